"""The real receipt log is worth a warning, never a stop, and its known flaws are found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest

from flows.gate.process import judge_in_process
from mining.columns import CASES, EVENTS
from mining.quality import ExtractFacts, measure
from mining.results.quality import Measure

pytestmark = pytest.mark.realdata

_EVENTS = """
select 'receipt:' || "concept:instance" event_id, 'receipt' source, "case:concept:name" source_case_id,
    "case:concept:name" case_id, "concept:name" activity, "concept:name" raw_activity,
    "time:timestamp"::timestamptz completed_at, 'second' "precision", row_number() over () seq,
    "org:resource" resource, nullif("org:group", 'EMPTY') lane, "case:channel" channel, 'act' "role", 1 records
from read_csv(?, all_varchar = true)"""
_CASES = """
select distinct on (case_id) "case:concept:name" case_id, 'receipt' source, "case:startdate"::timestamptz received_at,
    case when "case:enddate"::timestamptz >= '1971-01-01'::timestamptz then "case:enddate"::timestamptz end closed_at,
    'second' received_precision, 'second' closed_precision
from read_csv(?, all_varchar = true)"""


@pytest.fixture(scope="module")
def receipt(realdata: Path) -> dict[str, Measure]:
    """The measures of the log by name."""
    csv = str(realdata / "coselog-receipt" / "receipt.csv")
    connection = ibis.duckdb.connect()
    with duckdb.connect() as reader:
        reader.execute("set timezone = 'UTC'")
        tables = []
        for name, query, schema in (("events", _EVENTS, EVENTS), ("cases", _CASES, CASES)):
            found = reader.sql(query, params=[csv]).to_arrow_table()
            tables.append(connection.create_table(name, _complete(found, schema)))
    facts = ExtractFacts(source="receipt", read=8577, observed_until=datetime(2012, 1, 23, tzinfo=UTC))
    measures = measure(*tables, facts, datetime(2012, 1, 24, tzinfo=UTC))
    connection.disconnect()
    return {m.measure: m for m in measures}


def _complete(found: Any, schema: Any) -> Any:
    import pyarrow as pa

    columns = [
        found[field.name].cast(field.type) if field.name in found.column_names else pa.nulls(len(found), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def test_the_log_covers_about_nine_percent_of_its_lead_time(receipt: dict[str, Measure]):
    assert receipt["lead_time_before_log"].value == pytest.approx(0.38, abs=0.005)
    assert receipt["lead_time_after_log"].value == pytest.approx(0.52, abs=0.007)
    assert receipt["lead_time_uncovered"].value == pytest.approx(0.91, abs=0.005)


def test_its_empty_groups_its_batches_and_its_spelling_error_are_found(receipt: dict[str, Measure]):
    assert receipt["lane_unknown"].value == pytest.approx(1936 / 8577)
    assert receipt["start_missing"].value == 1.0
    assert receipt["batch_entry"].value == pytest.approx(6010 / 8577)
    assert receipt["pattern_distorted_label"].examples == ("T18 Adjust report Y to stop indicition ≈ indication",)


def test_it_is_published_with_warnings(receipt: dict[str, Measure]):
    quality = judge_in_process({"receipt": tuple(receipt.values())}).quality
    assert quality.verdict == "warn"
    assert [m.measure for m in quality.sources[0].measures if m.verdict == "warn"] == [
        "start_missing",
        "lane_unknown",
        "batch_entry",
        "lead_time_uncovered",
        "closed_before_received",
        "pattern_distorted_label",
    ]
