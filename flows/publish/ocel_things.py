"""What stands beside the cases in an object-centric log: decisions and contacts, and how dossiers were linked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import duckdb
import pyarrow as pa

from flows.publish.ocel import DossierTie, Thing
from mappings.project import Project
from mappings.zgw import DECIDED, SENT

_QUERY = """
SELECT event_id, source, source_case_id, case_id, activity, raw_activity, channel, role FROM log
WHERE role = 'contact' OR starts_with(raw_activity, $decided) OR starts_with(raw_activity, $sent)
    OR list_contains($labels, source || chr(31) || raw_activity)
ORDER BY ALL
"""


def decisions_of(project: Project) -> frozenset[tuple[str, str]]:
    """Return source and label of each activity that the mapping calls a decision."""
    return frozenset((s.name, label) for s in project.sources for label, rule in s.activities.items() if rule.decision)


def things_of(connection: duckdb.DuckDBPyConnection, decisions: Collection[tuple[str, str]]) -> Iterator[Thing]:
    """Yield the decisions and contacts of the table `log`; a ZGW besluit is one decision, taken and sent."""
    known = {"decided": DECIDED, "sent": SENT, "labels": [f"{source}\x1f{label}" for source, label in decisions]}
    for event_id, source, number, case_id, activity, label, channel, role in connection.execute(
        _QUERY, known
    ).fetchall():
        is_besluit = label.startswith((DECIDED, SENT))
        kind = "contact" if role == "contact" else "decision"
        own = event_id.rpartition(":")[0] if is_besluit else event_id
        name = label.partition(": ")[2] if is_besluit else activity
        yield Thing(kind, event_id, f"{kind}:{own}", source, number, case_id, name, channel)


def dossier_ties(ties: pa.Table | None) -> Iterator[DossierTie]:
    """Yield the links between dossiers, qualified by how they were made and how sure that is."""
    for row in [] if ties is None else ties.to_pylist():
        how = row["key"] if row["kind"] in (row["key"], "related") else f"{row['key']} {row['kind']}"
        yield DossierTie(row["source"], row["number"], row["to"], row["to_number"], f"linked by {how} ({row['sure']})")
