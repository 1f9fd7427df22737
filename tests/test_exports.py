"""Exports: what other tools read back is what was mined."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from flows.publish import log_in_parts
from flows.publish.csv_tables import guarded, write_tables
from flows.publish.disclosure import disclosed
from flows.publish.exports import write_exports
from mappings.errors import EngineError
from mining.columns import CASES, EVENTS
from mining.results.overlay import Deviation, Overlay
from mining.results.process import ModelQuality
from tests.findings_example import example as example_findings

START = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)
HOSTILE = '=cmd() <script>&"\n\x00\u202e🙂'


def event(case: str, activity: str, hours: float | None, seq: int, **more: object) -> dict[str, object]:
    return {
        "event_id": f"e{seq}",
        "source": "zaken",
        "source_case_id": f"Z-{case}",
        "case_id": case,
        "activity": activity,
        "raw_activity": activity,
        "completed_at": None if hours is None else START + timedelta(hours=hours),
        "precision": "second",
        "seq": seq,
        "role": "act",
        "records": 1,
    } | more


def events_of(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=EVENTS)


EVENTS_OF_TWO_CASES = events_of(
    event("2", "Intake", 0, 0, lane="kcc", resource="r1", started_at=START - timedelta(hours=1)),
    event("1", "Intake", 1, 1, lane="kcc"),
    event("2", "Besluit", 30, 2, lane="team"),
    event("1", HOSTILE, 2, 3),
    event("1", "Onderzoek", None, 4, started_at=START + timedelta(hours=3)),
)
CASES_OF_TWO = pa.Table.from_pylist(
    [
        {"case_id": "1", "source": "zaken", "zaaktype": "Wmo", "received_at": START},
        {"case_id": "1", "source": "partner", "zaaktype": "other", "outcome": "toegekend"},
    ],
    schema=CASES,
)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    ledger = pa.table({"case_id": ["1", "2"], "seconds": [1, 2]}).to_reader()
    write_exports(tmp_path / "export", EVENTS_OF_TWO_CASES, CASES_OF_TWO, ledger, example_findings())
    return tmp_path / "export"


def traces(file: Path) -> dict[str, list[dict[str, str]]]:
    root = etree.parse(str(file)).getroot()
    read = {}
    for trace in root.iterfind("trace"):
        name = trace.find("string[@key='concept:name']").get("value")
        read[name] = [{e.get("key"): e.get("value") for e in item} for item in trace.iterfind("event")]
    return read


def test_xes_holds_every_event_in_its_case_with_zone_and_lane(exported: Path) -> None:
    read = traces(exported / "log.xes")
    assert {case: len(events) for case, events in read.items()} == {"1": 3, "2": 2}
    first, second = read["2"]
    assert first["time:timestamp"] == "2026-03-27T09:00:00+01:00"
    assert first["start_timestamp"] == "2026-03-27T08:00:00+01:00"
    assert (first["org:group"], first["org:resource"], first["lifecycle:transition"]) == ("kcc", "r1", "complete")
    assert "org:resource" not in second
    assert "start_timestamp" not in second


def test_a_case_without_events_is_a_trace_without_events(tmp_path: Path) -> None:
    bare = pa.Table.from_pylist([{"case_id": "3", "source": "zaken", "received_at": START}], schema=CASES)
    cases = pa.concat_tables([bare, CASES_OF_TWO])
    write_exports(tmp_path, EVENTS_OF_TWO_CASES, cases, None, example_findings())
    assert {case: len(events) for case, events in traces(tmp_path / "log.xes").items()} == {"1": 3, "2": 2, "3": 0}
    last = etree.parse(str(tmp_path / "log.xes")).getroot().findall("trace")[-1]
    assert last.find("date[@key='received_at']").get("value") == "2026-03-27T09:00:00+01:00"


def test_work_in_hand_is_a_start_in_xes(exported: Path) -> None:
    last = traces(exported / "log.xes")["1"][-1]
    assert (last["concept:name"], last["lifecycle:transition"]) == ("Onderzoek", "start")


def test_suspended_work_is_the_lifecycle_of_the_standard_in_xes(tmp_path: Path) -> None:
    low = int(START.timestamp()) * 1_000_000
    told, still = f"[[{low + 3_600_000_000},{low + 7_200_000_000}]]", f"[[{low + 18_000_000_000},null]]"
    rows = events_of(
        event("1", "Intake", 3, 0, started_at=START, suspended=told),
        event("1", "Besluit", None, 1, started_at=START + timedelta(hours=4), suspended=still),
    )
    write_exports(tmp_path, rows, CASES_OF_TWO, None, example_findings())
    read = [(e["lifecycle:transition"], e["time:timestamp"][11:13]) for e in traces(tmp_path / "log.xes")["1"]]
    began = [("start", "09"), ("suspend", "10"), ("resume", "11"), ("complete", "12")]
    assert read == [*began, ("start", "13"), ("suspend", "14")]
    assert {e["concept:instance"] for e in traces(tmp_path / "log.xes")["1"]} == {"e0", "e1"}


def test_hostile_labels_survive_without_what_xml_forbids(exported: Path) -> None:
    assert traces(exported / "log.xes")["1"][1]["concept:name"].startswith('=cmd() <script>&"')


def test_the_first_source_that_knows_a_value_of_the_case_wins(exported: Path) -> None:
    trace = etree.parse(str(exported / "log.xes")).getroot().find("trace")
    known = {item.get("key"): item.get("value") for item in trace if item.tag in ("string", "date")}
    assert (known["zaaktype"], known["outcome"]) == ("Wmo", "toegekend")


def test_a_date_of_the_case_is_handed_over_as_a_date_and_not_as_midnight(tmp_path: Path) -> None:
    rows = [
        {"case_id": "1", "source": "zaken", "received_at": START, "received_precision": "day"},
        {"case_id": "1", "source": "partner", "closed_at": START, "closed_precision": "second"},
    ]
    cases = pa.Table.from_pylist(rows, schema=CASES)
    write_exports(tmp_path, EVENTS_OF_TWO_CASES, cases, None, example_findings())
    trace = etree.parse(str(tmp_path / "log.xes")).getroot().find("trace")
    known = {item.get("key"): item.get("value") for item in trace if item.tag == "string"}
    log = json.loads((tmp_path / "log.ocel.json").read_text("utf-8"))
    [told] = [each["attributes"] for each in log["objects"] if each["id"] == "zaak:1"]
    for found in (known, {each["name"]: each["value"] for each in told}):
        assert (found["received_precision"], found["closed_precision"]) == ("day", "second")
    [declared] = [each["attributes"] for each in log["objectTypes"] if each["name"] == "zaak"]
    assert {"received_precision", "closed_precision"} <= {each["name"] for each in declared}


def test_a_log_handed_over_in_parts_is_the_same_log(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_in_parts, "_PART", 1)
    write_exports(tmp_path / "parts", EVENTS_OF_TWO_CASES, CASES_OF_TWO, None, example_findings())
    assert traces(tmp_path / "parts" / "log.xes") == traces(exported / "log.xes")
    whole, parts = (json.loads((f / "log.ocel.json").read_text("utf-8")) for f in (exported, tmp_path / "parts"))
    for log in (whole, parts):
        for part in ("objects", "events"):
            log[part].sort(key=lambda each: each["id"])
    assert parts == whole
    assert not list(tmp_path.glob(".spill-*"))


def test_an_event_log_that_does_not_fit_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_in_parts, "_MEMORY", "1MB")
    rows = events_of(*(event(str(n), "Intake", 1, n, lane=f"{n:0>1000}") for n in range(2000)))
    with pytest.raises(EngineError, match=r"1MB is too little for it.*--no-logs"):
        write_exports(tmp_path / "export", rows, CASES_OF_TWO, None, example_findings())


def test_an_event_of_day_precision_stands_last_on_its_day(tmp_path: Path) -> None:
    midnight = START.replace(hour=23) - timedelta(days=1)
    day = event("1", "Post", None, 0, completed_at=midnight, precision="day")
    write_exports(tmp_path, events_of(day, event("1", "Intake", 1, 1)), CASES_OF_TWO, None, example_findings())
    assert [e["concept:name"] for e in traces(tmp_path / "log.xes")["1"]] == ["Intake", "Post"]


def test_ocel_keeps_zaak_and_dossier_apart_and_related(exported: Path) -> None:
    log = json.loads((exported / "log.ocel.json").read_text(encoding="utf-8"))
    assert [t["name"] for t in log["objectTypes"]] == ["zaak", "dossier zaken"]
    assert {t["name"] for t in log["eventTypes"]} == {"Intake", "Besluit", "Onderzoek", HOSTILE}
    objects = {o["id"]: o for o in log["objects"]}
    assert objects["zaken:Z-1"]["relationships"] == [{"objectId": "zaak:1", "qualifier": "part of"}]
    assert len(log["events"]) == 5
    for item in log["events"]:
        assert {r["objectId"] for r in item["relationships"]} <= set(objects)


def test_pm4py_reads_the_ocel_back(exported: Path) -> None:
    from pm4py.objects.ocel.importer.jsonocel.variants import ocel20_standard

    ocel = ocel20_standard.apply(str(exported / "log.ocel.json"))
    assert (len(ocel.events), len(ocel.objects)) == (5, 4)


def test_the_ledger_is_written_as_parquet(exported: Path) -> None:
    assert pq.read_table(exported / "ledger.parquet").to_pydict() == {"case_id": ["1", "2"], "seconds": [1, 2]}


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+31", "'+31"),
        ("-", "'-"),
        ("@SUM", "'@SUM"),
        ("\tx", "'\tx"),
        ("  =1", "'  =1"),
        (-1.5, -1.5),
        ("a=b", "a=b"),
        (None, None),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: object, written: object) -> None:
    assert guarded(cell) == written


def test_each_table_of_the_findings_is_a_csv(exported: Path) -> None:
    findings = example_findings()
    with (exported / "ladder.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == [rung.step for rung in findings.ladder]
    total = sum(float(row["elapsed_total_seconds"]) for row in rows)
    assert total == pytest.approx(sum(rung.elapsed.total_seconds for rung in findings.ladder))
    assert (exported / "dfg.csv").exists()


def test_deviations_and_models_have_tables_and_models_a_bpmn(tmp_path: Path) -> None:
    model = ModelQuality(
        kind="inductive", fitness=1, precision=1, simplicity=1, fitness_method="x", bpmn="<definitions/>"
    )
    overlay = Overlay(
        journey="j",
        aligned_variants=1,
        step_sequences=1,
        aligned_cases=1,
        aligned_share=1,
        fitting_cases=0,
        mean_fitness=0.5,
        deviations=(Deviation(kind="skipped", step="=intake", cases=1, occurrences=1, elapsed_seconds=None),),
    )
    findings = example_findings().model_copy(update={"overlay": overlay, "discovery": (model,)})
    files = {
        f.name for f in write_exports(tmp_path, EVENTS_OF_TWO_CASES, CASES_OF_TWO, None, findings, {"../ó j": "<x/>"})
    }
    assert {"overlay_deviations.csv", "discovered-inductive.bpmn", "j.bpmn"} <= files
    assert "'=intake" in (tmp_path / "overlay_deviations.csv").read_text(encoding="utf-8")
    assert "<definitions" not in (tmp_path / "discovery.csv").read_text(encoding="utf-8")
    assert write_tables(tmp_path, findings)


def test_a_table_with_rounded_counts_says_to_what_they_are_rounded(tmp_path: Path) -> None:
    written = {file.stem: file for file in write_tables(tmp_path, disclosed(example_findings()))}
    tables = {name: list(csv.DictReader(file.read_text().splitlines())) for name, file in written.items()}
    for name in ("dfg", "activities", "overlay_deviations", "wip_by_week"):
        assert {row["rounded_to"] for row in tables[name]} == {"10"}, name
    assert not any("rounded_to" in row for row in tables["ladder"])


@pytest.mark.realdata
def test_the_receipt_log_comes_back_with_the_same_cases_events_and_follows(realdata: Path, tmp_path: Path) -> None:
    with (realdata / "coselog-receipt" / "receipt.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows.sort(key=lambda row: datetime.fromisoformat(row["time:timestamp"]))
    table = events_of(
        *(
            event(
                row["case:concept:name"],
                row["concept:name"],
                None,
                seq,
                completed_at=datetime.fromisoformat(row["time:timestamp"]).astimezone(UTC),
                lane=row["org:group"],
                resource=row["org:resource"],
            )
            for seq, row in enumerate(rows)
        )
    )
    write_exports(tmp_path, table, CASES.empty_table(), None, example_findings())
    read = [[e["concept:name"] for e in events] for events in traces(tmp_path / "log.xes").values()]
    follows = Counter(pair for labels in read for pair in pairwise(labels))
    assert (len(read), sum(map(len, read))) == (1434, 8577)
    confirmation = "Confirmation of receipt"
    assert follows[confirmation, "T02 Check confirmation of receipt"] == 1079
    from pm4py.objects.log.importer.xes.variants import iterparse

    log = iterparse.apply(str(tmp_path / "log.xes"), {"show_progress_bar": False})
    assert (len(log), sum(map(len, log))) == (1434, 8577)
    assert Counter(p for t in log for p in pairwise(e["concept:name"] for e in t)) == follows


def test_a_table_without_rows_is_its_line_of_names(tmp_path: Path) -> None:
    empty = {"handoffs": (), "loops": (), "main_route": (), "overlay": None, "open_ends": None, "journeys": ()}
    write_tables(tmp_path, example_findings().model_copy(update=empty))
    for name, column in {
        "handoffs": "cases",
        "loops": "cases",
        "main_route": "value",
        "overlay_steps": "step",
        "survival_curves": "group",
        "journey_steps": "journey",
    }.items():
        (line,) = (tmp_path / f"{name}.csv").read_text().splitlines()
        assert column in line.split(",")


def test_a_list_of_plain_values_is_a_table_of_one_column(tmp_path: Path) -> None:
    write_tables(tmp_path, example_findings().model_copy(update={"main_route": ("intake", "=besluit")}))
    assert (tmp_path / "main_route.csv").read_bytes() == b"value\r\nintake\r\n'=besluit\r\n"


def test_the_event_log_is_left_out_where_it_is_not_asked_for(tmp_path: Path) -> None:
    ledger = pa.table({"case_id": ["1"], "seconds": [1]}).to_reader()
    names = {file.name for file in write_exports(tmp_path, None, None, ledger, example_findings())}
    assert "ledger.parquet" in names
    assert not {"log.xes", "log.ocel.json"} & {file.name for file in tmp_path.iterdir()}


def test_the_wait_of_a_handoff_and_the_recorded_wait_in_it_are_two_columns(tmp_path: Path):
    found = example_findings()
    write_tables(tmp_path, found)
    with (tmp_path / "handoffs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, one in zip(rows, found.handoffs, strict=True):
        assert float(row["elapsed_wait_seconds"]) == one.elapsed_wait_seconds
        assert float(row["elapsed_recorded_wait_seconds"]) == one.elapsed.wait_seconds
    assert any(one.elapsed_wait_seconds != one.elapsed.wait_seconds for one in found.handoffs)
    write_tables(tmp_path, example_findings(handoffs=()))
    assert "working_recorded_wait_seconds" in (tmp_path / "handoffs.csv").read_text("utf-8")


def test_events_of_one_instant_stand_in_the_order_of_the_sources_as_they_were_mined(tmp_path: Path):
    of_status, of_task = (event("1", name, 0, seq) | {"source": name} for name, seq in (("statuses", 1), ("tasks", 2)))
    on_a_day = event("1", "letter", -9, 3) | {"source": "letters", "precision": "day"}
    sources = [("tasks", False), ("statuses", False), ("letters", True)]
    rows = events_of(of_status, of_task, on_a_day)
    write_exports(tmp_path, rows, CASES_OF_TWO, None, example_findings(), sources=sources)
    names = etree.parse(tmp_path / "log.xes").xpath("//*[local-name()='event']/*[@key='concept:name']/@value")
    assert names == ["letter", "tasks", "statuses"]
