"""From a file to the verdict: requests with their set term, kept as a column, through extraction and store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mappings.calendar import Calendar
from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import Source
from tests.mining_run import mined, stored_log

FILE = """zaak,wat,op,ontvangen,termijn
A,Aanvulling gevraagd,2026-06-10 14:00,2026-06-01,2026-07-01
A,Aanvulling ontvangen,2026-06-20 09:00,2026-06-01,
A,Besluit verzonden,2026-08-05 16:00,2026-06-01,
B,Aanvulling gevraagd,2026-06-10 14:00,2026-06-01,
B,Aanvulling ontvangen,2026-06-20 09:00,2026-06-01,
B,Besluit verzonden,2026-07-28 16:00,2026-06-01,
"""


def test_a_term_set_in_a_request_suspends_and_one_not_set_does_not(tmp_path: Path) -> None:
    (tmp_path / "zaken.csv").write_text(FILE, encoding="utf-8")
    source = Source(
        name="zaken",
        kind="csv",
        path="zaken.csv",
        lane="team",
        columns={"case": "zaak", "activity": "wat", "completed_at": "op"},
        case={"received_at": "ontvangen"},
        keep=["termijn"],
        activities={
            "Aanvulling gevraagd": {"name": "ask", "suspends": {"term_column": "termijn"}},
            "Aanvulling ontvangen": {"name": "answer", "resumes": "supplement"},
            "Besluit verzonden": "decide",
        },
    )
    norm = {"name": "legal", "kind": "legal", "clock": "legal", "amount": "8w", "to": "decide"}
    steps = {step: {"lane": "team", "layer": "backstage"} for step in ("ask", "answer", "decide")}
    journey = Journey(name="j", steps=steps, flow={"sequence": [*steps]}, norms=[norm], delivers=["decide"])
    file = ProjectFile(name="test", purpose="test", legal_basis="test")
    project = Project(file=file, folder=tmp_path, sources=(source,), journeys=(journey,), calendar=Calendar())
    findings, _ = mined(stored_log(project, tmp_path), project, datetime(2026, 9, 1, tzinfo=UTC))
    (found,) = findings.norms
    assert (found.met, found.missed, found.not_determinable) == (1, 1, 0)
    assert found.legal is not None
    assert (found.legal.suspended_cases, found.legal.suspended_days) == (1, 9)
    assert findings.lead_time.legal is not None
    # 56 days of A and 57 of B, over two cases; the rungs add up to the same
    assert findings.lead_time.legal.total_days == 56.5
    assert sum(rung.legal.total_days for rung in findings.ladder if rung.legal) == 56.5
    # the slowest tenth is A alone: 65 days for the citizen, 56 of the law
    assert findings.ladder_slow is not None
    assert sum(rung.legal.total_days for rung in findings.ladder_slow.rungs if rung.legal) == 56
    assert {rung.legal.cases for rung in findings.ladder_slow.rungs if rung.legal} == {1}
