"""The simulator: the same seed gives the same chain, and its truth adds up by itself, without the pipeline."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from openpyxl import load_workbook

from flows.simulator.clocks import HOLIDAYS
from flows.simulator.simulate import AS_OF, simulate
from flows.simulator.slots import SLOTS, SOURCE_OF
from flows.simulator.stream import simulate_events
from flows.simulator.truth import Truth, read_truth
from mappings.load import load_project
from mining.columns import EVENTS

DEMO = Path(__file__).parent.parent / "mappings" / "demo"
FILES = (
    "zaaksysteem.sqlite",
    "adviesbureau.csv",
    "contacten.csv",
    "webformulier.csv",
    "enquetes.csv",
    "zorgaanbieder.xlsx",
)
DAYS = 86_400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return simulate(folder, cases=600)


def rows(folder: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "zaaksysteem.sqlite")) as database:
        return database.execute(query).fetchall()


def lines(folder: Path, name: str, delimiter: str = ",") -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_the_same_seed_gives_the_same_chain_and_another_seed_another(truth: Truth, tmp_path: Path) -> None:
    again, other = simulate(tmp_path / "a", cases=600), simulate(tmp_path / "b", cases=600, seed=7)
    assert again.cases.equals(truth.cases)
    assert again.segments.equals(truth.segments)
    assert again.summary == truth.summary
    assert not other.cases.equals(truth.cases)


def test_dirt_changes_no_truth(truth: Truth, tmp_path: Path) -> None:
    clean = simulate(tmp_path, cases=600, is_dirty=False)
    assert clean.cases.equals(truth.cases)
    assert clean.segments.equals(truth.segments)
    assert clean.summary["dirty"] == []


def test_the_truth_lies_beside_the_data(folder: Path, truth: Truth) -> None:
    assert {path.name for path in folder.iterdir()} >= {*FILES, "truth.json"}
    kept = read_truth(folder)
    assert kept.summary == truth.summary
    assert kept.cases.equals(truth.cases)
    assert kept.segments.equals(truth.segments)


@pytest.mark.parametrize("clock", ["elapsed", "working"])
def test_the_booked_segments_of_each_case_add_up_to_its_lead_time(truth: Truth, clock: str) -> None:
    kinds = [f"{clock}_{kind}_seconds" for kind in ("wait", "process", "unknown")]
    grouped = truth.segments.group_by("case_id").aggregate([(kind, "sum") for kind in kinds])
    booked = {row["case_id"]: sum(row[f"{kind}_sum"] for kind in kinds) for row in grouped.to_pylist()}
    lead = truth.cases.select(["case_id", f"lead_{clock}_seconds"]).drop_null().to_pylist()
    assert booked == {row["case_id"]: row[f"lead_{clock}_seconds"] for row in lead}


def test_segments_of_a_case_follow_each_other_without_gap_or_overlap(truth: Truth) -> None:
    case, begin, end = (truth.segments[name].to_pylist() for name in ("case_id", "from_at", "to_at"))
    same = [n for n in range(1, len(case)) if case[n] == case[n - 1]]
    assert all(begin[n] == end[n - 1] for n in same)
    assert all(b <= e for b, e in zip(begin, end, strict=True))


def test_every_amount_is_positive_or_zero(truth: Truth) -> None:
    for name in truth.segments.column_names[7:]:
        assert pc.min(truth.segments[name]).as_py() >= 0, name


def test_the_numbers_are_those_of_a_wmo_team(truth: Truth) -> None:
    lead = truth.cases.filter(pc.equal(truth.cases["end"], "delivered"))["lead_exact_seconds"].to_numpy() / DAYS
    assert 35 <= np.median(lead) <= 52
    loops = {loop["path"][0]: loop["cases"] for loop in truth.summary["loops"]}
    assert 0.12 <= loops["intake"] / 600 <= 0.25  # one in three until June, four of those ten since
    assert truth.summary["ends"]["delivered"] > 450
    assert all(count > 0 for count in truth.summary["ends"].values())
    assert truth.summary["reopened"] > 5
    for norm in truth.summary["norms"].values():
        assert min(norm["met"], norm["missed"]) > 5


def test_every_injected_loop_also_happens_twice_in_a_case(truth: Truth) -> None:
    assert pc.max(truth.cases["loops_intake"]).as_py() == 2
    assert pc.max(truth.cases["loops_decision"]).as_py() == 2


def test_the_queue_before_the_investigation_grows_over_the_year(truth: Truth) -> None:
    first = truth.segments.filter(pc.equal(truth.segments["activity"], "investigate"))
    waits, months = (
        first["working_wait_seconds"].to_numpy(),
        np.array([at.month for at in first["from_at"].to_pylist()]),
    )
    assert waits[months >= 9].mean() > 1.8 * waits[months <= 3].mean()


def test_the_advice_partner_never_works_on_fridays_weekends_or_holidays(folder: Path) -> None:
    dated = [row["datum"] for row in lines(folder, "adviesbureau.csv", ";")]
    readable = [datetime.strptime(text, "%d-%m-%Y").date() for text in dated if text[:2] != "31" and text[2:3] == "-"]
    assert len(readable) > 400
    assert {day.weekday() for day in readable} == {0, 1, 2, 3}
    assert not set(readable) & set(HOLIDAYS)


def test_no_employee_works_on_a_holiday_or_in_a_weekend(folder: Path) -> None:
    done = rows(folder, "SELECT afgerond_op FROM taken WHERE medewerker IS NOT NULL AND gestart_op IS NOT NULL")
    days = {date.fromisoformat(at[:10]) for (at,) in done if at}
    assert not days & set(HOLIDAYS)
    assert max(day.weekday() for day in days) == 4


def test_nothing_is_recorded_after_the_observation_but_the_future_dates_that_are_dirt(folder: Path) -> None:
    until = AS_OF.strftime("%Y-%m-%d")
    assert max(at for (at,) in rows(folder, "SELECT max(afgerond_op) FROM taken")) < until
    assert max(at for (at,) in rows(folder, "SELECT max(gestart_op) FROM taken")) < until
    assert max(at for (at,) in rows(folder, "SELECT max(gezet_op) FROM statussen")) < until
    years = Counter(row["tijdstip"][6:10] for row in lines(folder, "contacten.csv"))
    assert set(years) <= {"2025", "2026", "2052"}


def test_work_in_hand_has_a_start_and_no_completion(folder: Path) -> None:
    in_hand = rows(folder, "SELECT gestart_op FROM taken WHERE afgerond_op IS NULL AND gestart_op IS NOT NULL")
    assert all(started for (started,) in in_hand)


def test_the_counted_records_are_those_in_the_files(folder: Path, truth: Truth) -> None:
    sheet = load_workbook(folder / "zorgaanbieder.xlsx")["Opdrachten"]
    assert truth.summary["records"] == {
        "cases": rows(folder, "SELECT count(*) FROM zaken")[0][0],
        "case-tasks": rows(folder, "SELECT count(*) FROM taken")[0][0],
        "case-statuses": rows(folder, "SELECT count(*) FROM statussen")[0][0],
        "advice-partner": len(lines(folder, "adviesbureau.csv", ";")),
        "care-provider": sheet.max_row - 1,
        "contacts": len(lines(folder, "contacten.csv")),
        "web-form": len(lines(folder, "webformulier.csv")),
        "surveys": len(lines(folder, "enquetes.csv", ";")),
    }


def test_dirt_of_every_kind_is_in_the_files_and_in_the_truth(folder: Path, truth: Truth) -> None:
    kinds = Counter(dirty["kind"] for dirty in truth.summary["dirty"])
    assert set(kinds.values()) == {2}
    timeless = [d["record"] for d in truth.summary["dirty"] if d["kind"] == "task_without_time"]
    found = rows(folder, "SELECT id FROM taken WHERE gestart_op IS NULL AND afgerond_op IS NULL ORDER BY id")
    assert timeless == [str(number) for (number,) in found]
    assert kinds.keys() == {
        "task_without_time",
        "unknown_lane",
        "unlisted_activity",
        "unreadable_date",
        "exact_duplicate",
        "missing_case_number",
        "future_date",
    }


def test_the_dirt_that_lies_on_a_line_lies_there(folder: Path, truth: Truth) -> None:
    text = (folder / "adviesbureau.csv").read_text(encoding="utf-8").splitlines()
    for dirty in truth.summary["dirty"]:
        if dirty["kind"] == "exact_duplicate":
            line = text[int(dirty["record"].split()[1]) - 1]
            assert text.count(line) == 2


def test_the_case_system_holds_personal_data_that_a_gate_must_find(folder: Path) -> None:
    people = rows(folder, "SELECT bsn, email, naam FROM zaken")
    for bsn, email, name in people:
        weighted = sum(int(digit) * weight for digit, weight in zip(bsn, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
        assert weighted % 11 == 0
        assert "@" in email
        assert name


def test_visits_to_the_form_stop_at_the_login_at_the_municipality_and_half_way(folder: Path, truth: Truth) -> None:
    attempts = truth.summary["attempts"]
    visits = lines(folder, "webformulier.csv")
    stopped = Counter(row["gestopt_bij"] for row in visits if row["gestopt_bij"])
    assert stopped == {stop["stopped"]: stop["attempts"] for stop in attempts["stops"]}
    assert set(stopped) == {"inloggen", "gemeente", "gegevens", "bijlagen"}
    assert attempts["attempts"] == attempts["reached"] + sum(stopped.values())
    assert sum(bool(row["zaaknummer"]) for row in visits if row["gestopt_bij"]) == attempts["switched"] > 0


def test_who_switched_to_phone_or_counter_did_so_within_fourteen_days(folder: Path) -> None:
    received = dict(rows(folder, "SELECT zaaknummer, ontvangen_op FROM zaken"))
    for row in lines(folder, "webformulier.csv"):
        if row["gestopt_bij"] and row["zaaknummer"]:
            waited = datetime.fromisoformat(received[row["zaaknummer"]]) - datetime.fromisoformat(row["gestart_op"])
            assert timedelta() < waited < timedelta(days=14)


def test_the_mapping_says_of_every_label_what_the_simulator_means_by_it() -> None:
    project = load_project(DEMO)
    rules = {(s.name, label): rule for s in project.sources for label, rule in s.activities.items()}
    assert project.journey is not None
    steps = project.journey.step_of_activity()
    for slot in SLOTS:
        rule = rules[SOURCE_OF[slot.table], slot.label]
        opens = rule.opens and (rule.opens.step, rule.opens.lane, rule.opens.until)
        assert (rule.name, opens) == (slot.activity, slot.opens), slot.key
        assert (rule.role == "automatic") == slot.is_automatic
        assert steps.get(slot.activity, slot.step) == slot.step


def test_events_for_benchmarks_come_in_chunks_of_whole_cases_in_the_schema_of_the_event_table() -> None:
    tables = list(simulate_events(1000, chunk_cases=400))
    assert [table.schema for table in tables] == [EVENTS] * 3
    cases = [set(table["case_id"].to_pylist()) for table in tables]
    assert [len(part) for part in cases] == [400, 400, 200]
    assert len(set.union(*cases)) == 1000
    whole = pa.concat_tables(tables)
    assert len(set(whole["event_id"].to_pylist())) == len(whole) > 14_000
    assert not any(whole[field.name].null_count for field in EVENTS if not field.nullable)


def test_events_for_benchmarks_are_the_same_for_the_same_seed() -> None:
    once, again = (pa.concat_tables(simulate_events(300, seed=3)) for _ in range(2))
    assert once.equals(again)
