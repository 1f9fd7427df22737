"""The pipeline gives back what the simulator injected, exactly: the demo's findings against its known truth."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.simulator.clocks import ZONE
from flows.simulator.simulate import AS_OF, simulate
from flows.simulator.truth import Truth, expected
from flows.sources import Extract, extract
from mappings.load import load_project
from mappings.project import Project
from mining.cards import judged_cards
from mining.chain_cases import with_chain_cases
from mining.citizen import conversion
from mining.drift import drift
from mining.followed import followed
from mining.handoffs import handed, handoffs
from mining.ladder import ladder
from mining.lead_time import cohort, lead_times
from mining.ledger import Ledger, book
from mining.legal import legal_clocks
from mining.log import Log
from mining.loops import loops
from mining.norms import norms
from tests.mining_run import cohort_segments

DEMO = Path(__file__).parent.parent / "mappings" / "demo"
CASES = 1200
KEY = b"a key for tests, of no use elsewhere"


@dataclass(frozen=True)
class Demo:
    """The simulated chain, and what the pipeline made of it."""

    data: Path
    truth: Truth
    project: Project
    extracts: dict[str, Extract]
    log: Log
    ledger: Ledger
    segments: Any

    @property
    def ended(self) -> int:
        return self.truth.summary["lead_time"]["cases"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    truth = simulate(folder / "data", cases=CASES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(folder / "data"))
        project = load_project(DEMO)
        extracts = {s.name: extract(s, project, folder / "work", KEY) for s in project.sources}
    con = ibis.duckdb.connect()
    tables = {name: con.create_table(name, _all(extracts, name)) for name in ("events", "cases", "attempts")}
    seen = {name: each.observed_until for name, each in extracts.items() if each.observed_until}
    log = with_chain_cases(Log(con, **tables, observed_until=seen), project)
    ledger = book(log, project, AS_OF)
    yield Demo(folder / "data", truth, project, extracts, log, ledger, cohort_segments(ledger))
    con.disconnect()


def _all(extracts: dict[str, Extract], name: str) -> pa.Table:
    return pa.concat_tables(pq.read_table(getattr(each, f"{name}_path")) for each in extracts.values())


@pytest.fixture(scope="module")
def known(demo: Demo) -> dict[str, Any]:
    return expected(demo.truth)


def test_every_record_read_is_accounted_for_and_no_more_is_read_than_was_written(demo: Demo) -> None:
    records = demo.truth.summary["records"]
    for name, each in demo.extracts.items():
        assert each.read == records[name] == each.accounted, name


def test_each_dirty_record_is_set_apart_with_its_reason_and_nothing_else_is(demo: Demo) -> None:
    dirt = demo.truth.summary["dirty"]
    told = Counter((d["source"], d["reason"]) for d in dirt if d["fate"] == "quarantined")
    found = Counter({(name, why): n for name, each in demo.extracts.items() for why, n in each.quarantined.items()})
    assert found == told
    repeated = Counter(d["source"] for d in dirt if d["fate"] == "repeated")
    assert {name: each.known for name, each in demo.extracts.items() if each.known} == repeated


def test_unknown_teams_and_unlisted_tasks_are_counted(demo: Demo) -> None:
    kinds = Counter(d["kind"] for d in demo.truth.summary["dirty"])
    tasks = demo.extracts["case-tasks"]
    assert sum(tasks.unknown_lanes.values()) == kinds["unknown_lane"]
    assert sum(tasks.unmapped_activities.values()) == kinds["unlisted_activity"]


def test_no_name_number_or_address_of_a_person_gets_past_the_extraction(demo: Demo) -> None:
    kept = {
        text
        for name in ("events", "cases", "attempts")
        for column in _all(demo.extracts, name).columns
        for text in column.unique().to_pylist()
        if isinstance(text, str)
    }
    with closing(sqlite3.connect(demo.data / "zaaksysteem.sqlite")) as database:
        people = database.execute("SELECT naam, bsn, email FROM zaken").fetchall()
        staff = database.execute("SELECT DISTINCT medewerker FROM taken WHERE medewerker IS NOT NULL").fetchall()
    assert len(staff) > 30
    assert not kept & {text for row in (*people, *staff) for text in row}
    assert not any("@" in text for text in kept)


def test_cases_and_open_cases_are_those_simulated(demo: Demo, known: dict[str, Any]) -> None:
    cases = demo.ledger.cases.to_pyarrow().to_pylist()
    assert len(cases) == known["cases"] == CASES
    assert sum(case["is_open"] for case in cases) == known["open_cases"]


def test_the_lead_time_of_every_case_is_the_one_that_it_took_in_both_clocks(demo: Demo) -> None:
    booked = {
        row["case_id"]: (row["lead_elapsed"], row["lead_working"])
        for row in demo.ledger.cases.select("case_id", "lead_elapsed", "lead_working").to_pyarrow().to_pylist()
    }
    for row in demo.truth.cases.to_pylist():
        lead = (row["lead_elapsed_seconds"], row["lead_working_seconds"])
        wanted = tuple(None if seconds is None else seconds * 1_000_000 for seconds in lead)
        assert booked[row["case_id"]] == wanted, row["case_id"]


def test_mean_and_median_are_those_of_the_truth(demo: Demo, known: dict[str, Any]) -> None:
    times = lead_times(demo.ledger, demo.segments)
    for clock, (mean, median) in known["lead_time"].items():
        found = getattr(times, clock)
        assert (found.mean_seconds, found.median_seconds) == pytest.approx((mean, median))


def test_waits_work_and_unknown_time_of_every_step_are_booked_to_the_second(demo: Demo, known: dict[str, Any]) -> None:
    rungs = [
        r
        for r in ladder(demo.ledger, demo.segments, demo.project)
        if r.working.total_seconds or r.elapsed.total_seconds
    ]
    found = {
        (r.step, r.lane): {
            f"{clock}_{kind}": getattr(getattr(r, clock), f"{kind}_seconds")
            for clock in ("elapsed", "working")
            for kind in ("wait", "process", "unknown")
        }
        for r in rungs
    }
    assert found.keys() == known["ladder"].keys()
    for step, amounts in known["ladder"].items():
        assert found[step] == pytest.approx(amounts), step
    assert all(r.elapsed.elsewhere_seconds == 0 for r in rungs)


def test_the_injected_loops_are_found_and_no_others(demo: Demo, known: dict[str, Any]) -> None:
    found, rest, _ = loops(demo.ledger, demo.segments, demo.ended)
    told = {each.path: (each.cases, each.occurrences) for each in found}
    assert told == {path: (cases, occurrences) for path, (cases, occurrences, _) in known["loops"].items()}
    for each in found:
        assert each.elapsed.total_seconds == pytest.approx(known["loops"][each.path][2])
    assert rest is None


def test_the_handoffs_are_those_that_happened(demo: Demo, known: dict[str, Any]) -> None:
    passed = handoffs(handed(demo.ledger, demo.segments), cohort(demo.ledger, AS_OF).cases)
    found = {(h.from_, h.to): h.count for h in passed if h.level == "team"}
    assert found == known["handoffs"]


def test_suspended_days_are_given_back_exactly_and_so_is_the_end_of_the_legal_term(demo: Demo) -> None:
    clock = legal_clocks(demo.ledger, demo.log, demo.project, AS_OF)["legal"]
    found = {row["case_id"]: row for row in clock.cases.to_pyarrow().to_pylist()}
    told = {row["case_id"]: row for row in demo.truth.cases.to_pylist()}
    assert found.keys() == told.keys()
    assert {row["reason"] for row in found.values()} == {None}
    suspended = {case: row["suspended_days"] for case, row in told.items() if row["suspended_days"] is not None}
    assert {case: found[case]["suspended_until_then"] for case in suspended} == suspended
    assert sum(days > 0 for days in suspended.values()) > 75
    past = {case: row["days_past_legal_end"] for case, row in told.items() if row["days_past_legal_end"] is not None}
    assert {case: found[case]["stop_day"] - found[case]["end_day"] for case in past} == past
    running = [row for case, row in found.items() if told[case]["suspended_days"] is None]
    assert running
    assert all(row["used"] + row["suspended_until_then"] == row["at_day"] - row["begin_day"] for row in running)


def test_norms_are_met_and_missed_as_injected(demo: Demo, known: dict[str, Any]) -> None:
    found = {n.name: (n.met, n.missed) for n in norms(demo.ledger, demo.log, demo.project, AS_OF)}
    assert found == known["norms"]


def test_visits_that_stop_or_switch_are_found_with_where_and_why(demo: Demo, known: dict[str, Any]) -> None:
    (web,) = conversion(demo.log, demo.ledger, demo.project, AS_OF)
    assert {(s.stopped, s.reason): s.attempts for s in web.stops} == known["stops"]
    assert (web.attempts, web.reached, web.switched) == known["attempts"]


def test_a_reopened_case_has_a_second_episode_as_long_as_its_objection(demo: Demo) -> None:
    rows = demo.ledger.segments.filter((demo.ledger.segments.episode == 2) & (demo.ledger.segments.phase == "lead"))
    booked = rows.group_by("case_id").agg(total=rows.working_total.sum()).to_pyarrow().to_pylist()
    found = {row["case_id"]: row["total"] for row in booked}
    told = {
        row["case_id"]: row["second_working_seconds"] * 1_000_000
        for row in demo.truth.cases.to_pylist()
        if row["second_working_seconds"] is not None
    }
    assert told
    assert {case: found[case] for case in told} == told


def test_the_check_beside_an_advice_keeps_its_slack(demo: Demo) -> None:
    rows = demo.ledger.segments.filter(demo.ledger.segments.activity == "check_contribution")
    found = {r["case_id"]: r["slack"] for r in rows.select("case_id", "slack").to_pyarrow().to_pylist()}
    slack = demo.truth.cases.select(["case_id", "contribution_slack_seconds", "end"]).to_pylist()
    told = {r["case_id"]: r["contribution_slack_seconds"] * 1_000_000 for r in slack if r["contribution_slack_seconds"]}
    assert len(told) > 100
    assert {case: found[case] for case in told} == told


def test_it_is_known_whose_turn_it_is_in_every_open_case(demo: Demo) -> None:
    tails = demo.ledger.tails.select("case_id", "step", "lane").to_pyarrow().to_pylist()
    found = {row["case_id"]: (row["step"], row["lane"]) for row in tails}
    open_cases = [row for row in demo.truth.cases.to_pylist() if row["end"] == "open"]
    assert open_cases
    told = {row["case_id"]: (row["open_step"], row["open_lane"]) for row in open_cases}
    assert {case: found[case] for case in told} == told


def test_the_cards_are_judged_as_the_simulator_made_it(demo: Demo) -> None:
    norms(demo.ledger, demo.log, demo.project, AS_OF)
    judged = {card.card: card for card in judged_cards(demo.ledger, demo.project, AS_OF)}
    verdicts = {name: card.verdict for name, card in judged.items()}
    assert verdicts == {"prefilled-form": "worked", "investigation-slots": "not", "sample-of-decisions": "too_early"}
    (change,) = demo.truth.summary["changes"]
    card, cases = judged["prefilled-form"], demo.truth.cases.to_pylist()
    assert card.started_on.isoformat() == change["received_from"]
    sides: dict[str, list[int]] = {"before": [], "after": []}
    for case in cases:
        on = case["received_at"].astimezone(ZONE).date()
        took = case["lead_elapsed_seconds"]
        if took is not None and took <= 86_400 * card.followed_days and on <= card.counted_to:
            sides["before" if on < card.started_on else "after"].append(case["loop_seconds_intake"])
    assert (card.cases_before, card.cases_after) == (len(sides["before"]), len(sides["after"]))
    means = {name: sum(loops) / len(loops) for name, loops in sides.items()}
    assert (card.value_before, card.value_after) == (pytest.approx(means["before"]), pytest.approx(means["after"]))
    shares = {name: sum(loop > 0 for loop in loops) / len(loops) for name, loops in sides.items()}
    assert shares["after"] / shares["before"] == pytest.approx(change["factor"], abs=0.15)


def test_where_the_process_changed_is_where_the_simulator_changed_it(demo: Demo) -> None:
    found = drift(demo.ledger, followed(demo.ledger, demo.log, demo.project, AS_OF))
    (change,) = demo.truth.summary["changes"]
    on = date.fromisoformat(change["received_from"])
    (told,) = (c for c in found.changes if c.series == "follows")
    assert (told.from_, told.to) == ("intake", "investigation_opened")
    assert told.before < told.after
    # intake is done some days after receipt, and weeks are whole
    assert timedelta(-7) <= told.week - on <= timedelta(21)
