"""Runs, the batches they took in, the verdicts of the quality gate.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTS = ("read", "stored", "replaced", "already_known", "ignored", "quarantined")


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(200), primary_key=True),
        sa.Column("project", sa.String(200), nullable=False),
        sa.Column("mapping_hash", sa.String(64), nullable=False),
        sa.Column("program_version", sa.String(50), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("interval_from", INSTANT),
        sa.Column("interval_to", INSTANT),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(20)),
        sa.Column("store_version", sa.JSON(), nullable=False),
        sa.Column("out", sa.String(1000)),
        sa.CheckConstraint("state IN ('running', 'published', 'stopped', 'failed')", name="runs_state"),
    )
    op.create_index("ix_runs_project", "runs", ["project"])
    op.create_table(
        "batches",
        sa.Column("run_id", sa.String(200), sa.ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("source", sa.String(200), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("law_holds", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("observed_until", INSTANT),
    )
    op.create_table(
        "verdicts",
        sa.Column("run_id", sa.String(200), sa.ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("source", sa.String(200), primary_key=True),
        sa.Column("measure", sa.String(200), primary_key=True),
        sa.Column("value", sa.Float()),
        sa.Column("limit", sa.Float()),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.CheckConstraint("verdict IN ('ok', 'warn', 'stop', 'not_determinable')", name="verdicts_verdict"),
    )


def downgrade() -> None:
    op.drop_table("verdicts")
    op.drop_table("batches")
    op.drop_table("runs")
