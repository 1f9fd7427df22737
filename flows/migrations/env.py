"""Runs the migrations on the connection that `flows.registry.database` hands over, inside its transaction.

To write a new one: `alembic -c flows/migrations/alembic.ini revision --autogenerate -m "…"`.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from flows.registry.models import Base


def migrate(connection: Connection) -> None:
    """Apply what is missing."""
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").begin() as own:
        migrate(own)
