"""What the extraction counted reaches the quality measures under the right name."""

from __future__ import annotations

from pathlib import Path

from flows.gate.facts import extract_facts
from flows.sources.extract import Extract
from mappings.project import Project, ProjectFile
from mappings.source import Source


def a_source(**columns: str) -> Source:
    return Source.model_validate(
        {
            "name": "zaken",
            "kind": "csv",
            "path": "zaken.csv",
            "columns": {"case": "c", "activity": "a", "completed_at": "t", **columns},
            "case": {"received_at": "r"},
        }
    )


def project(source: Source) -> Project:
    file = ProjectFile.model_validate({"name": "p", "purpose": "test", "legal_basis": "test", "together_within": "90s"})
    return Project(file=file, folder=Path(), sources=(source,))


def extract(**counts: object) -> Extract:
    path = Path("x.parquet")
    return Extract("zaken", path, path, path, path, **counts)


def test_counts_by_reason_are_added_up():
    source = a_source()
    facts = extract_facts(
        extract(
            read=20, known=1, replaced=2, ignored={"label: x": 3, "y": 1}, quarantined={"no time": 2},
            ambiguous_times={"t": 4}, unpaired_starts=1, completions_without_start=2, unreadable={"t": 1},
        ),
        source,
        project(source),
    )  # fmt: skip
    assert (facts.read, facts.repeated, facts.ignored, facts.quarantined) == (20, 3, 4, 2)
    assert (facts.ambiguous_times, facts.unpaired, facts.unreadable_times) == (4, 3, {"t": 1})
    assert facts.together_within_seconds == 90


def test_unlinked_records_are_known_only_where_the_source_is_linked():
    alone, linked = a_source(), a_source(chain_case="ref")
    assert extract_facts(extract(unlinked=5), alone, project(alone)).unlinked is None
    assert extract_facts(extract(unlinked=5), linked, project(linked)).unlinked == 5


def test_columns_that_the_mapping_names_are_told():
    source = a_source(resource="who")
    facts = extract_facts(extract(), source, project(source))
    assert facts.fills("resource")
    assert facts.fills("received_at")
    assert not facts.fills("closed_at")
    assert not facts.fills("channel")
