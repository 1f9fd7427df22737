"""Why it waited: each cause in a log made by hand, the order among them, and that the parts add up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mappings.calendar import Calendar, Hours
from mappings.project import Project
from mining.amounts import cohort_booked, rows_of
from mining.causes import begun, causes_of_waits, split_in_turn
from mining.ledger import CLOCKS, Ledger, book
from mining.log import Log
from mining.openings import openings_of
from mining.results.waiting import WaitCauses
from mining.waiting_causes import waiting_causes
from mining.waits import IN_TURN, recorded_waits
from mining.work_arrays import NEVER, PIECE_FIELDS
from tests.logs import AS_OF, hours, log, project
from tests.mining_run import cohort_segments, with_event_texts
from tests.wait_oracle import QUARTER, TOGETHER, causes_by_hand

OFFICE = ("09:00-17:00",)
FOUR_DAYS = Hours(weekly=dict.fromkeys(("mon", "tue", "wed", "thu"), OFFICE))


def switched_on(is_on: bool = True, **lanes: Hours) -> Project:
    """Return a project that measures by resource; Monday 1 June 2026 is day 0."""
    made = project()
    file = made.file.model_copy(update={"resource_measures": is_on})
    return made.model_copy(update={"file": file, "calendar": Calendar(lanes=lanes)})


CAUSES = ("batching", "queue", "absent", "unexplained", "not_determinable")


class OneByOne:
    """Each piece of work under a number of its own, so that nothing is added up."""

    count = 400

    def __init__(self) -> None:
        self.rows: list[tuple[int, int]] = []

    def of(self, column: dict[str, Any]) -> tuple[Any, Any]:
        first = len(self.rows)
        self.rows += zip(column["case"].tolist(), column["position"].tolist(), strict=True)
        return np.arange(first, len(self.rows)), np.full(len(self.rows) - first, -1)


def causes_one_by_one(made: Log, ledger: Ledger, mapping: Project) -> dict[tuple[int, int], dict]:
    """Return (case, position) → the causes, of the waits of which something is named."""
    keys = OneByOne()
    found = causes_of_waits(made, ledger, mapping, keys, 0)
    return {keys.rows[key]: named for key, named in found.by_key.items()}


def waits_of(made: Log, ledger: Ledger, mapping: Project) -> list[dict]:
    """Return the waits of the cohort by cause, with the texts of their cases."""
    found = causes_one_by_one(made, ledger, mapping)
    waits = recorded_waits(cohort_booked(ledger))
    waits = with_event_texts(waits, ledger)
    rows = rows_of(waits.join(ledger.cases.select("case", "case_id"), "case"))
    for row in rows:
        named = found.get((row["case"], row["position"]), {})
        row["batched"] = named.get("batched", 0)
        for clock in CLOCKS:
            parts = {cause: named.get(f"{clock}_{cause}", 0) for cause in ("batching", "queue", "absent")}
            left = row[f"{clock}_wait"] - sum(parts.values())
            rest = {"unexplained": 0, "not_determinable": 0}
            rest["unexplained" if row["reason"] is None else "not_determinable"] = left
            row |= {f"{clock}_{cause}": amount for cause, amount in (parts | rest).items()}
    return rows


def split(made: Log, mapping: Project) -> dict[tuple[str, str], dict[str, float]]:
    """Return (case, step) → hours by clock and cause, those of zero left out."""
    ledger = book(made, mapping, AS_OF)
    rows = waits_of(made, ledger, mapping)
    return {
        (r["case_id"], r["booked_step"]): {
            f"{clock}_{cause}": hours(r[f"{clock}_{cause}"])
            for clock in CLOCKS
            for cause in CAUSES
            if r[f"{clock}_{cause}"]
        }
        for r in rows
    }


def test_other_work_of_the_same_resource_is_a_queue() -> None:
    found = split(log("Z A 0T09:00-10:00 x ann | Y B 0T10:00-13:00 x bob | Z B 0T14:00-15:00 x bob"), switched_on())
    assert found["Z", "B"] == {
        "elapsed_queue": 3,
        "elapsed_unexplained": 1,
        "working_queue": 3,
        "working_unexplained": 1,
    }


def test_work_of_another_resource_explains_nothing() -> None:
    found = split(log("Z A 0T09:00-10:00 x ann | Y B 0T10:00-13:00 x eve | Z B 0T13:00-15:00 x bob"), switched_on())
    assert found["Z", "B"] == {"elapsed_unexplained": 3, "working_unexplained": 3}


def test_overlapping_work_counts_once() -> None:
    text = "Z A 0T09:00-10:00 x ann | Y B 0T10:00-12:00 x bob | X C 0T11:00-13:00 x bob | Z B 0T13:00-15:00 x bob"
    assert split(log(text), switched_on())["Z", "B"] == {"elapsed_queue": 3, "working_queue": 3}


def test_a_night_is_absent_in_the_citizens_clock_and_nothing_in_working_hours() -> None:
    found = split(log("Z A 0T16:00-17:00 x ann | Z B 1T09:00-10:00 x bob"), switched_on())
    assert found["Z", "B"] == {"elapsed_absent": 16}


def test_work_recorded_over_a_night_keeps_nobody_busy_that_night() -> None:
    text = "Z A 0T15:00-16:00 x ann | Y B 0T15:30-16:30 x bob | Y B 0T16:30-16:45 x bob | Z B 1T10:00-11:00 x bob"
    rows = split(log(text), switched_on())
    assert rows["Z", "B"]["elapsed_absent"] == 16


def test_the_partner_that_works_four_days_is_absent_on_the_fifth_in_both_clocks() -> None:
    """Thursday 16:00 to Monday 09:00 at a partner that is closed on Fridays."""
    text = "Z ask 3T15:00-16:00 x ann | Z advise 7T09:00-10:00 partner pim"
    found = split(log(text), switched_on(partner=FOUR_DAYS))
    assert found["Z", "advise"] == {
        "elapsed_absent": 3 * 24 + 16,
        "elapsed_unexplained": 1,
        "working_absent": 8,
        "working_unexplained": 1,
    }


def test_cases_that_gather_until_the_last_one_came_in_waited_for_the_batch() -> None:
    """Three cases, on Monday 10:00, 12:00 and Tuesday 10:00, are done in one go on Tuesday at 14:00."""
    text = (
        "X A 0T09:00-10:00 x ann | Y A 0T11:00-12:00 x ann | Z A 1T09:00-10:00 x ann"
        " | X B 1T14:00-14:30 x bob | Y B 1T14:30-15:00 x bob | Z B 1T15:00-15:30 x bob"
    )
    found = split(log(text), switched_on())
    assert found["X", "B"] == {
        "elapsed_batching": 24,
        "elapsed_unexplained": 4,
        "working_batching": 8,
        "working_unexplained": 4,
    }
    assert found["Y", "B"]["working_batching"] == 6
    # the last one waited for nobody to come in, and then its turn
    assert found["Z", "B"] == {
        "elapsed_queue": 1,
        "elapsed_unexplained": 4,
        "working_queue": 1,
        "working_unexplained": 4,
    }


def test_a_queue_of_the_same_work_is_no_batch() -> None:
    """Bob does this all the time and the cases stand in line: that some follow each other makes no batch."""
    text = (
        "W A 0T09:00-09:30 x ann | X A 0T09:00-10:00 x ann | Y A 0T09:00-11:00 x ann"
        " | W B 0T09:30-12:00 x bob | X B 0T12:00-14:00 x bob | Y B 0T14:00-15:00 x bob"
    )
    found = split(log(text), switched_on())
    assert found["X", "B"] == {"elapsed_queue": 2, "working_queue": 2}
    assert found["Y", "B"] == {"elapsed_queue": 3, "working_queue": 3}


def test_a_case_that_was_passed_over_before_waited_in_a_queue_and_for_no_batch() -> None:
    """Bob took up W while X lay there already; that Y came in later is not why X waited."""
    text = (
        "X A 0T09:00-09:10 x ann | W A 0T09:00-09:20 x ann | Y A 0T11:40-11:45 x ann"
        " | W B 0T09:30-11:30 x bob | X B 0T12:00-13:00 x bob | Y B 0T13:00-14:00 x bob"
    )
    found = split(log(text), switched_on())["X", "B"]
    assert (found["working_queue"], found["working_unexplained"]) == (2, pytest.approx(5 / 6))
    assert "working_batching" not in found


def test_cases_that_came_in_over_a_night_are_no_batch_since_nobody_could_have_begun() -> None:
    text = "X A 0T18:00-19:00 x ann | Y A 0T19:00-20:00 x ann | X B 1T09:00-09:30 x bob | Y B 1T09:30-10:00 x bob"
    found = split(log(text), switched_on())
    assert found["X", "B"] == {"elapsed_absent": 14}
    assert found["Y", "B"] == {"elapsed_absent": 13, "elapsed_queue": 0.5, "working_queue": 0.5}


def test_without_a_resource_or_a_clock_time_or_behind_other_work_on_the_case_no_cause_is_told() -> None:
    text = (
        "Z A 0T09:00-10:00 x ann | Z B 0T12:00-13:00 x | Z C 0T15:00-16:00 x bob"
        " | Y A 0T09:00-10:00 x ann | Y B 0T12:00-14:00 x bob | Y C 0T11:00-15:00 x eve"
    )
    made, mapping = log(text), switched_on()
    ledger = book(made, mapping, AS_OF)
    rows = waits_of(made, ledger, mapping)
    reasons = {(r["case_id"], r["booked_step"]): r["reason"] for r in rows}
    assert reasons == {("Z", "B"): "no_resource", ("Z", "C"): None, ("Y", "B"): "other_work_first"}
    told = waiting(made, mapping)
    assert told.why_not == "few_people"
    assert told.elapsed.not_determinable_seconds == told.elapsed.wait_seconds > 0


def test_in_a_case_known_by_whole_days_the_days_are_divided_as_the_hours_are() -> None:
    """Monday 16:00 to Wednesday 09:00 are two days; 32 of the 41 hours are closed, 1 is busy."""
    text = "Z A 0T09:00-16:00 x ann | Y B 1T09:00-10:00 x bob | Z B 2T09:00-10:00 x bob | Z C 3 x"
    found = split(log(text), switched_on())["Z", "B"]
    assert sum(v for k, v in found.items() if k.startswith("elapsed")) == 48
    assert found["elapsed_absent"] == pytest.approx(48 * 32 / 41)
    assert found["elapsed_queue"] == pytest.approx(48 * 1 / 41)
    assert (found["working_queue"], found["working_unexplained"]) == (1, 8)


def waiting(made: Log, mapping: Project) -> WaitCauses:
    ledger = book(made, mapping, AS_OF)
    cases = rows_of(ledger.cases.agg(n=ledger.cases.has_lead.sum()))[0]["n"]
    return waiting_causes(made, ledger, cohort_segments(ledger), mapping, cases)


def line(people: tuple[str, ...], cases: int = 12) -> str:
    """Return a line of cases that come in faster than they are done: each resource does one after the other."""
    parts, free = [], dict.fromkeys(people, 9)
    for n in range(cases):
        who = people[n % len(people)]
        parts.append(f"Z{n:02} in 0T08:00-09:00 desk d{n % 3}")
        day, hour = divmod(free[who] - 9, 8)
        parts.append(f"Z{n:02} do {day}T{hour + 9:02}:00-{hour + 11:02}:00 team {who}")
        free[who] += 2
    return " | ".join(parts)


def test_a_line_that_grows_is_a_queue_and_the_rest_of_it_the_nights() -> None:
    told = waiting(log(line(("ann", "bob", "eve", "pim"), 24)), switched_on())
    assert told.is_determinable
    assert told.determined_share_working == 1
    assert told.working.queue_seconds == pytest.approx(told.working.wait_seconds)
    assert told.elapsed.queue_seconds + told.elapsed.absent_seconds == pytest.approx(told.elapsed.wait_seconds)
    (step,) = (r for r in told.rows if r.scope == "step")
    (handoff,) = (r for r in told.rows if r.scope == "handoff")
    assert (step.step, handoff.from_lane, handoff.to_lane) == ("do", "desk", "team")
    assert step.working == handoff.working == told.working


def test_switched_off_it_tells_nothing_by_resource() -> None:
    told = waiting(log(line(("ann", "bob", "eve", "pim"))), switched_on(is_on=False))
    assert (told.is_determinable, told.why_not, told.rows) == (False, "off", ())
    assert told.elapsed.not_determinable_seconds == told.elapsed.wait_seconds > 0


def test_a_step_of_fewer_than_three_people_is_never_shown_apart() -> None:
    """Two people do the step; it stands together with as many others as it takes to hide them."""
    text = line(("ann", "bob", "eve", "pim")) + " | Z00 end 2T16:00-17:00 desk ann | Z01 end 2T15:00-16:00 desk bob"
    told = waiting(log(text), switched_on())
    steps = [r for r in told.rows if r.scope in ("step", "few_people")]
    assert [r.scope for r in steps if r.step == "end"] == []
    assert "few_people" in {r.scope for r in steps}


@pytest.mark.parametrize(
    ("text", "why"), [("Z A 0 | Z B 5", "no_starts"), ("Z A 0T09:00-10:00 | Z B 1T09:00-10:00", "no_resources")]
)
def test_it_says_why_nothing_can_be_determined(text: str, why: str) -> None:
    assert waiting(log(text), switched_on()).why_not == why


@st.composite
def busy_logs(draw: st.DrawFn) -> tuple[str, date]:
    """Return cases of up to five pieces of work by four people, over a switch of the clock or not."""
    parts = []
    for n in range(12):
        for _ in range(draw(st.integers(1, 5))):
            day, begin, length = draw(st.integers(0, 6)), draw(st.integers(0, 22)), draw(st.integers(0, 3))
            activity, lane = draw(st.sampled_from("ABC")), draw(st.sampled_from(["team", "partner"]))
            who = draw(st.sampled_from(["ann", "bob", "eve", "pim", ""]))
            end = min(begin + length, 23)
            when = draw(st.sampled_from([f"{day}T{begin:02}:15-{end:02}:15"] * 5 + [f"{day}"]))
            parts.append(f"Z{n:02} {activity} {when} {lane} {who}".strip())
    return " | ".join(parts), draw(st.sampled_from([date(2026, 3, 26), date(2026, 10, 22), date(2026, 6, 1)]))


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(busy_logs())
def test_the_causes_add_up_to_the_wait_to_the_microsecond_in_both_clocks(drawn: tuple[str, date]) -> None:
    text, start = drawn
    made, mapping = log(text, start=start), switched_on(partner=FOUR_DAYS)
    ledger = book(made, mapping, AS_OF)
    segments = cohort_segments(ledger)
    booked = {(s["case_id"], s["position"]): s for s in rows_of(segments)}
    rows = waits_of(made, ledger, mapping)
    for row in rows:
        for clock in CLOCKS:
            parts = [row[f"{clock}_{cause}"] for cause in CAUSES]
            assert min(parts) >= 0
            assert sum(parts) == row[f"{clock}_wait"] == booked[row["case_id"], row["position"]][f"{clock}_wait"]
    for clock in CLOCKS:
        assert sum(r[f"{clock}_wait"] for r in rows) == sum(s[f"{clock}_wait"] for s in booked.values())
    work = rows_of(with_event_texts(ledger.booked, ledger))
    slow = dict(causes_by_hand(work, [r for r in rows if r["reason"] is None], is_open, reference="team"))
    for row in rows:
        if row["reason"] is None:
            wanted = slow[row["case"], row["position"]]
            assert {name: row[name] for name in wanted} == wanted
        else:
            assert row["batched"] == 0


def is_open(microseconds: int, lane: str) -> bool:
    from zoneinfo import ZoneInfo

    local = (datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(microseconds=microseconds)).astimezone(
        ZoneInfo("Europe/Amsterdam")
    )
    days = range(4) if lane == "partner" else range(5)
    # Easter Monday is the one holiday in the weeks that are drawn
    return local.weekday() in days and 9 <= local.hour < 17 and local.date() != date(2026, 4, 6)


MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
LANES = ("team", "partner")
EVENINGS = Hours(weekly=dict.fromkeys(("tue", "wed", "thu", "fri", "sat"), ("12:00-20:00",)))


def is_open_in_summer(microseconds: int, lane: str) -> bool:
    """Tell the same of a partner that keeps hours of which some are outside those of the office."""
    local = MONDAY + timedelta(microseconds=microseconds - int(MONDAY.timestamp()) * 1_000_000, hours=2)
    if lane == "partner":
        return 1 <= local.weekday() <= 5 and 12 <= local.hour < 20
    return local.weekday() < 5 and 9 <= local.hour < 17


@st.composite
def work_of_a_week(draw: st.DrawFn) -> list[dict]:
    """Return pieces of work in the order in which three people did them; many follow each other at once."""
    work: list[dict] = []
    start = int(MONDAY.timestamp()) * 1_000_000
    for person in range(3):
        at = draw(st.integers(0, 60))
        for _ in range(draw(st.integers(0, 14))):
            at += draw(st.sampled_from([0, 0, 0, 1, 5, 30, 80]))
            length = draw(st.sampled_from([0, 1, 1, 2, 40]))
            waited = draw(st.sampled_from([None, 0, 1, 2, 7, 8, 41, 90]))
            begin = start + at * QUARTER
            piece = {"resource": f"p{person}", "person": person, "case": draw(st.integers(0, 5)), "position": len(work)}
            piece |= {"started": begin, "done": begin + length * QUARTER, "free": begin, "precision": "minute"}
            piece |= {"since": None if waited is None else begin - waited * QUARTER}
            piece |= {"activity": draw(st.sampled_from("AAAB")), "event_lane": draw(st.sampled_from(LANES))}
            piece |= {"is_wait": bool(waited) and draw(st.sampled_from([True, True, True, False]))}
            piece |= {"whole_days": draw(st.sampled_from([False, False, True]))}
            piece |= {"elapsed_wait": draw(st.integers(0, 3)) * 24 * 4 * QUARTER}
            work.append(piece)
            at += draw(st.sampled_from([0, length, length]))
    return sorted(work, key=lambda w: tuple(w[name] for name in IN_TURN))


def pieces_of(work: list[dict]) -> Any:
    """Return work as the pass takes it in, each piece under a number of its own."""
    rows = [
        (
            w["person"], "AB".index(w["activity"]), LANES.index(w["event_lane"]), w["case"], w["started"], w["done"],
            NEVER if w["since"] is None else w["since"], w["is_wait"],
            w["elapsed_wait"] if w["whole_days"] else -1, n, -1,
        )
        for n, w in enumerate(work)
    ]  # fmt: skip
    return np.array(rows, np.int64).reshape(len(rows), PIECE_FIELDS)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(work_of_a_week(), st.integers(1, 9))
def test_the_pass_says_the_same_as_a_walk_of_each_wait_by_quarters_in_whatever_parts_the_work_comes(
    work: list[dict], size: int
) -> None:
    hours_of_lanes = openings_of(switched_on(partner=EVENINGS), (MONDAY - timedelta(9), MONDAY + timedelta(60)))
    pieces = pieces_of(work)
    waits = [w for w in work if w["is_wait"]]
    told = {key[1]: c for key, c in causes_by_hand(work, waits, is_open_in_summer, reference="team")}
    wanted = {position: causes for position, causes in told.items() if any(causes.values())}
    for parts, many in (([pieces[n : n + size] for n in range(0, len(pieces), size)], 0), ([pieces], 10**9)):
        found = split_in_turn(parts, begun(hours_of_lanes, TOGETHER, 2, len(work)), many)
        assert {work[n]["position"]: causes for n, causes in found.by_key.items()} == wanted
