"""What a run found, as artifacts of its Prefect flow run: a summary, and three small tables.

Everything comes from the findings, which hold no key, no connection and no person. Labels of the source stand in
table cells or a code block, where markdown does not read them.
"""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.publication import Published
from flows.summary import summary
from mining.findings import Findings

_LISTED = 20


def keep_results(published: Published) -> None:
    """Create the artifacts; only within a flow run."""
    findings = published.findings
    text = summary(findings, published.folder).replace("`", "'")
    create_markdown_artifact(f"```text\n{text}\n```", key="zaakstroom-summary", description=findings.run.run_id)
    tables = {
        "zaakstroom-reconciliation": _reconciliation(findings),
        "zaakstroom-quality": _quality(findings),
        "zaakstroom-above-design": _above_design(findings),
    }
    for key, rows in tables.items():
        if rows:
            create_table_artifact(rows, key=key, description=findings.run.run_id)


def _reconciliation(findings: Findings) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json", exclude={"quarantine_reasons"}) for row in findings.reconciliation]


def _quality(findings: Findings) -> list[dict[str, Any]]:
    return [
        {"source": each.source, "measure": m.measure, "value": m.value, "verdict": m.verdict}
        for each in findings.quality.sources
        for m in each.measures
        if m.verdict != "ok"
    ]


def _above_design(findings: Findings) -> list[dict[str, Any]]:
    return [
        {
            "what": " → ".join(amount.name),
            "days_a_case": round(amount.above_seconds / 86_400, 2),
            "cases": amount.cases,
            "has_design": amount.has_design,
        }
        for amount in findings.above_design[:_LISTED]
    ]
