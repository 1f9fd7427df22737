"""The real logs, against the counts that others published, and against pm4py."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import extract
from mappings.source import Source
from tests.extraction import Extraction, project, source

XES = {
    "case": "case:concept:name",
    "activity": "concept:name",
    "completed_at": "time:timestamp",
    "lifecycle": "lifecycle:transition",
}
pytestmark = pytest.mark.realdata


def extracted(data: Path, work: Path, written: Source) -> Extraction:
    facts = extract(written, project(data, written), work, b"k" * 32)
    assert facts.accounted == facts.read
    return Extraction(facts)


def test_the_receipt_log_is_the_same_as_csv_and_as_xes(realdata: Path, tmp_path: Path) -> None:
    csv = extracted(realdata, tmp_path, source(name="csv", path="coselog-receipt/receipt.csv", columns=XES))
    xes = extracted(
        realdata, tmp_path, source(name="xes", kind="xes", path="coselog-receipt/receipt.xes.gz", columns=XES)
    )

    def rows(read: Extraction) -> list[tuple[object, ...]]:
        return [(e["case_id"], e["activity"], e["completed_at"]) for e in read.events]

    assert rows(csv) == rows(xes)
    assert (len(csv.events), len(csv.cases), len(set(csv.column("activity")))) == (8577, 1434, 27)


def test_bpic_2012_pairs_starts_with_completions(realdata: Path, tmp_path: Path) -> None:
    facts = extracted(realdata, tmp_path, source(kind="xes", path="bpic2012/bpic2012.xes.gz", columns=XES)).facts
    assert (facts.read, facts.ignored) == (262200, {"lifecycle: schedule": 26318})
    # of 71376 starts three are never completed; each completion is an event
    assert (facts.events, facts.unpaired_starts) == (164509, 3)


@pytest.mark.parametrize(("name", "events"), [("order-management.sqlite", 6484)])
def test_the_orders_of_the_ocel_example(realdata: Path, tmp_path: Path, name: str, events: int) -> None:
    written = source(kind="ocel", path=f"ocel/{name}", object_type="orders").model_copy(update={"columns": None})
    assert extracted(realdata, tmp_path, written).facts.events == events


def test_the_three_formats_of_ocel_hold_the_same_events(realdata: Path, tmp_path: Path) -> None:
    told = []
    for ending in ("jsonocel", "xmlocel", "sqlite"):
        written = source(kind="ocel", path=f"ocel/ocel20_example.{ending}", object_type="Purchase Order")
        read = extracted(realdata, tmp_path, written.model_copy(update={"columns": None}))
        told.append([(e["event_id"], e["activity"]) for e in read.events])
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == 5
