"""Records settled a stretch at a time, in less memory than they take: events and cases as if all were held at once."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.sources import settling
from mappings.source import CaseColumns
from tests.extraction import Extraction, read, read_csv, source

LIFECYCLE = {"event_id": "id", "lifecycle": "half", "chain_case": "chain"}


def told_at_length(cases: int = 40) -> str:
    """Return a source in which work is started, completed, told again, corrected and left in hand."""
    lines = ["id,case,what,at,half,chain,colour"]
    for n in range(cases):
        day, chain = f"2025-03-{1 + n % 28:02d}", f"K{n // 2}" if n % 3 else ""
        lines += [
            f"a{n},Z{n},ask,{day} 09:00,start,{chain},red",
            f"b{n},Z{n},ask,{day} 11:00,complete,,",
            f"c{n},Z{n},check,{day} 10:00,complete,,{'blue' if n % 5 else ''}",
            f"d{n},Z{n},decide,{day} 12:00,start,,",
        ]
        # the same once more; and the same id with another content
        lines += [lines[-2]] if n % 4 == 0 else []
        lines += [f"d{n},Z{n},decide,{day} 13:00,start,,"] if n % 7 == 0 else []
    return "\n".join(lines) + "\n"


def settled(folder: Path, stretch: int, monkeypatch: pytest.MonkeyPatch) -> Extraction:
    monkeypatch.setattr(settling, "_STRETCH", stretch)
    folder.mkdir()
    columns = CaseColumns(segments={"colour": "colour"})
    return read_csv(folder, told_at_length(), columns=LIFECYCLE, case=columns)


def test_stretches_give_the_events_that_the_whole_gives_in_the_same_order(tmp_path, monkeypatch):
    whole = settled(tmp_path / "whole", 1_000_000, monkeypatch)
    parts = settled(tmp_path / "parts", 7, monkeypatch)
    assert parts.events == whole.events
    assert len(whole.events) > 100
    assert parts.cases == whole.cases
    assert parts.quarantine == whole.quarantine
    assert parts.facts.known == whole.facts.known > 0


def wide(rows: int) -> pa.Table:
    """Return records of about a kilobyte each, of which no two share a text; each second one ends what one began."""
    notes = [f"{n:09d}" * 100 for n in range(rows)]
    at = pa.array([1_735_689_600 + n for n in range(rows)], pa.timestamp("s")).cast(pa.timestamp("us", "UTC"))
    halves = ["start" if n % 2 == 0 else "complete" for n in range(rows)]
    cases = [f"Z{n // 2:09d}" for n in range(rows)]
    return pa.table({"case": cases, "what": ["ask"] * rows, "at": at, "half": halves, "note": notes})


@pytest.mark.parametrize(("columns", "records"), [({}, 1), ({"lifecycle": "half"}, 2)], ids=["single", "pairs"])
def test_records_that_outgrow_the_memory_are_settled_though_all_are_told_twice(tmp_path, monkeypatch, columns, records):
    rows = 100_000
    monkeypatch.setattr(settling, "_MEMORY", "100MB")
    monkeypatch.setattr(settling, "_STRETCH", 5_000)
    for name in ("first", "second"):
        pq.write_table(wide(rows), tmp_path / f"{name}.parquet")
    found = read(tmp_path, source(kind="parquet", path="*.parquet", columns=columns, keep=("note",)))
    assert (found.facts.events, found.facts.known) == (rows // records, rows)
    seq = pq.read_table(found.facts.events_path, columns=["seq"])["seq"].to_pylist()
    assert seq == list(range(records - 1, rows, records))
