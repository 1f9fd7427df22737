"""Loops by kind, redo and repeat, supplements, handoffs by level, first time right, certain wait: by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.flow import followers
from mappings.journey import Journey, Step
from mappings.project import Lane, Project
from mining.again import again_by_path, self_loops
from mining.certain_wait import certain_wait
from mining.designs import designed_total
from mining.first_time_right import main_route, observed_first_time_right, rolled_first_time_right
from mining.handoffs import handed, handoff_levels, handoffs
from mining.lead_time import cohort, direct_route, lead_times
from mining.ledger import CLOCKS, Ledger, book
from mining.log import Log
from mining.loops import loops
from mining.step_detail import step_details
from mining.steps import steps
from mining.summed import summed
from mining.supplements import supplements
from mining.visits import visits_of
from tests.logs import AS_OF, log, project
from tests.mining_run import cohort_segments
from tests.mining_run import mined as run_of

LANES = {
    "citizen": Lane(layer="citizen", organisation="citizen"),
    "desk": Lane(department="front", organisation="municipality"),
    "team": Lane(department="social", organisation="municipality"),
    "check": Lane(department="social", organisation="municipality"),
    "partner": Lane(organisation="agency"),
}
RULES = {"ask": {"opens": ("supplement", "citizen", "done")}}


def mapping(journey: Journey | None = None, by_resource: bool = False) -> Project:
    made = project(journey)
    return made.model_copy(
        update={"file": made.file.model_copy(update={"lanes": LANES, "resource_measures": by_resource})}
    )


def mined(text: str, by_resource: bool = False, **more: Any) -> tuple[Log, Ledger, Any, Project, int]:
    made, told = log(text, **more), mapping(by_resource=by_resource)
    ledger = book(made, told, AS_OF)
    return made, ledger, cohort_segments(ledger), told, cohort(ledger, AS_OF).cases


def test_a_loop_through_the_citizen_is_a_supplement_between_two_lanes_ping_pong_and_any_other_a_return() -> None:
    text = (
        "X intake 1 desk | X supplement 5 citizen | X intake 6 desk | X decide 9 team"
        " | Y intake 1 desk | Y decide 2 team | Y verify 4 check | Y decide 5 team | Y verify 6 check | Y send 7 desk"
        " | Z intake 1 desk | Z weigh 3 team | Z decide 4 team | Z weigh 6 team | Z decide 7 team"
    )
    _, ledger, segments, told, n = mined(text, received={"X": "0", "Y": "0", "Z": "0"})
    found, _, _ = loops(ledger, segments, n, told)
    kinds = {loop.path: loop.kind for loop in found}
    assert kinds == {
        ("intake", "supplement", "intake"): "supplement",
        ("decide", "verify", "decide"): "ping_pong",
        ("weigh", "decide", "weigh"): "return",
    }
    times = lead_times(ledger, segments)
    route = direct_route(segments, n)
    for clock in CLOCKS:
        looped = sum(getattr(loop, clock).total_seconds for loop in found)
        assert getattr(route, clock).total_seconds + looped == pytest.approx(getattr(times, clock).mean_seconds)


def test_a_loop_that_comes_back_to_another_lane_than_it_left_is_no_ping_pong() -> None:
    text = "X weigh 1 desk | X verify 4 check | X weigh 6 team | X send 7 desk"
    text += " | Y weigh 1 team | Y verify 4 check | Y weigh 6 team | Y send 7 desk"
    _, ledger, segments, told, n = mined(text)
    (loop,) = loops(ledger, segments, n, told)[0]
    assert loop.kinds == {"ping_pong": 1, "return": 1}


def test_times_per_case_and_the_cost_per_case_and_per_time_are_told() -> None:
    text = (
        "X A 1 desk | X B 3 team | X A 5 desk | X B 6 team | X A 9 desk | X C 10 desk"
        " | Y A 1 desk | Y B 2 team | Y A 3 desk | Y C 4 desk"
    )
    _, ledger, segments, told, n = mined(text, received={"X": "0", "Y": "0"})
    (loop,) = loops(ledger, segments, n, told)[0]
    assert (loop.cases, loop.occurrences, loop.times_per_case) == (2, 3, 1.5)
    assert loop.cases_by_times == {"1": 1, "2": 1}
    assert loop.elapsed_per_case_seconds == 5 * 86_400
    assert loop.elapsed_per_time_seconds == pytest.approx(10 / 3 * 86_400)


def returning(who: str, n: int) -> str:
    return f"Z{n} A 1T09:00 desk ann | Z{n} B 2T09:00 team bob{n} | Z{n} A 3T09:00 desk {who} | Z{n} C 4T09:00 desk ann"


def test_the_same_step_by_another_is_redo_and_by_the_same_repeat() -> None:
    text = " | ".join(returning(who, n) for n, who in enumerate(["ann", "eve", "pim", "pim", ""]))
    _, ledger, segments, told, _ = mined(text, by_resource=True)
    again = again_by_path(ledger, segments, told)["A", "B", "A"]
    assert (again.redo, again.repeat, again.not_determinable) == (3, 1, 1)


def test_redo_is_not_told_when_it_is_switched_off_or_rests_on_fewer_than_three_people() -> None:
    text = " | ".join(returning(who, n) for n, who in enumerate(["ann", "eve", "pim"]))
    _, ledger, segments, told, _ = mined(text)
    assert again_by_path(ledger, segments, told) == {}
    few = " | ".join(returning(who, n) for n, who in enumerate(["ann", "eve", "eve"]))
    _, ledger, segments, told, _ = mined(few, by_resource=True)
    assert again_by_path(ledger, segments, told) == {}


def test_an_activity_again_within_a_visit_is_a_self_loop_and_no_loop() -> None:
    _, ledger, segments, told, n = mined("Z A 1 desk | Z A 2 desk | Z A 3 desk | Z B 4 team")
    assert loops(ledger, segments, n, told)[0] == ()
    found = self_loops(ledger, segments, told)
    assert (found.times, found.cases, found.again) == (2, 1, None)


def test_supplements_asked_more_than_once_are_counted_with_what_they_cost() -> None:
    text = (
        "X ask 1 desk | X supplement 5 citizen | X ask 6 desk | X supplement 9 citizen | X decide 10 team"
        " | Y ask 1 desk | Y supplement 3 citizen | Y decide 4 team | W decide 2 team"
    )
    _, ledger, segments, told, n = mined(text, received={"X": "0", "Y": "0", "W": "0"}, rules=RULES)
    found = supplements(ledger, segments, told, n)
    assert (found.cases, found.times, found.cases_more_than_once, found.times_more_than_once) == (2, 3, 1, 1)
    assert found.cost
    assert found.cost_more_than_once
    assert found.cost.elapsed.total_seconds * n == (4 + 3 + 2) * 86_400
    assert found.cost_more_than_once.elapsed.total_seconds * n == 3 * 86_400
    (asked,) = found.asked
    assert (asked.activity, asked.cases, asked.times, asked.cases_more_than_once) == ("ask", 2, 3, 1)


def test_handoffs_are_told_at_each_level_with_their_wait_and_what_ping_pong_costs() -> None:
    text = "Z A 1T09:00-10:00 desk | Z B 2T12:00-13:00 team | Z C 3T09:00-10:00 check | Z D 4T09:00-10:00 team"
    _, ledger, segments, told, n = mined(text)
    found = {(h.level, h.from_, h.to): h for h in handoffs(handed(ledger, segments), n)}
    assert set(found) == {
        ("team", "desk", "team"),
        ("team", "team", "check"),
        ("team", "check", "team"),
        ("department", "front", "social"),
    }
    first = found["team", "desk", "team"]
    assert (first.elapsed.wait_seconds, first.elapsed.process_seconds) == (26 * 3600, 3600)
    team, department = handoff_levels(handed(ledger, segments), ledger, told, n)
    assert (team.count, team.ping_pongs, team.share_of_cases, team.per_case) == (3, 1, 1.0, 3.0)
    assert team.ping_pong_elapsed_wait_seconds == 23 * 3600
    assert department.count == 1


def test_a_transition_of_which_a_holder_is_unknown_is_counted_apart() -> None:
    _, ledger, segments, told, n = mined("Z A 1 desk | Z B 2 - | Z C 3 desk | Z D 4 team | Z E 5 partner")
    team, organisation = (
        x for x in handoff_levels(handed(ledger, segments), ledger, told, n) if x.level != "department"
    )
    assert (team.count, team.unknown_holder) == (2, 2)
    assert (organisation.count, organisation.unknown_holder) == (1, 2)


def flow(*parts: Any) -> dict[str, Any]:
    return {"sequence": list(parts)}


def test_the_main_route_has_nothing_optional_and_nothing_that_is_done_only_on_return() -> None:
    tree = flow("a", {"repeat": "b", "redo": "c"}, {"optional": "d"}, {"parallel": ["e", "f"]}, {"choice": ["g", "h"]})
    steps_ = {s: {"lane": "team", "layer": "backstage"} for s in "abcdefgh"}
    journey = Journey(name="j", steps=steps_, flow=tree)
    assert main_route(journey.flow, {"g": 3, "h": 9}) == ["a", "b", "e", "f", "h"]
    assert main_route(journey.flow, {}) == ["a", "b", "e", "f", "g"]


def test_what_is_for_some_personas_alone_is_on_no_main_route_unless_it_is_the_branch_that_most_take() -> None:
    young = {"when": "young", "then": "b"}
    written = {"steps": {s: Step(lane="team", layer="backstage", designed={"wait": "2d"}) for s in "abc"}}
    persona = {"personas": {"young": {"name": "Young"}}}
    apart = Journey(name="j", flow=flow("a", young, "c"), **written, **persona)
    chosen = Journey(name="j", flow=flow("a", {"choice": [young, "c"]}), **written, **persona)
    assert main_route(apart.flow, {"b": 9}) == ["a", "c"]
    assert main_route(chosen.flow, {"b": 9}) == ["a", "b"]
    assert [designed_total(each) for each in (apart, chosen)] == [4 * 86_400, 4 * 86_400]
    assert followers(apart.flow) == {"a": {"b", "c"}, "b": {"c"}, "c": {""}}
    assert followers(chosen.flow) == {"a": {"b", "c"}, "b": {""}, "c": {""}}


def test_first_time_right_is_booked_to_the_step_returned_to_and_rolled_over_the_main_route_alone() -> None:
    """Y returns to intake once: intake 2 of 3 right, of the cases 1 of 2; the supplement is not on the main route."""
    tree = flow({"repeat": "intake", "redo": "supplement"}, "decide")
    lanes = {"intake": "desk", "supplement": "citizen", "decide": "team"}
    journey = Journey(name="j", steps={s: {"lane": v, "layer": "backstage"} for s, v in lanes.items()}, flow=tree)
    made = log(
        "X intake 1 desk | X decide 2 team"
        " | Y intake 1 desk | Y supplement 2 citizen | Y intake 3 desk | Y decide 4 team"
    )
    told = mapping(journey)
    ledger = book(made, told, AS_OF)
    segments = cohort_segments(ledger)
    boxes = steps(ledger, visits_of(segments), told, dict(lanes))
    shares = {b.step: b.first_time_right_share for b in boxes}
    assert shares == {"intake": pytest.approx(2 / 3), "supplement": 1, "decide": 1}
    rolled, route = rolled_first_time_right(boxes, told)
    assert (rolled, route) == (pytest.approx(2 / 3), ("intake", "decide"))
    assert observed_first_time_right(ledger, 2) == 0.5


def certain(text: str, **more: Any) -> tuple[float, float, float, float]:
    """Return hours: elapsed and working, and the part of each in unknown time."""
    made, ledger, segments, told, n = mined(text, **more)
    found = certain_wait(made, ledger, segments, summed(ledger, segments).segments, told, n)
    parts = (found.elapsed_seconds, found.working_seconds)
    return tuple(x / 3600 for x in (*parts, found.of_unknown_elapsed_seconds, found.of_unknown_working_seconds))


def test_what_no_working_day_can_hold_was_certainly_waiting() -> None:
    """Monday 10:00 to Wednesday 15:00, opening at nine: at least 47 hours, 15 of them at the office."""
    assert certain("Z A 0T10:00 | Z B 2T15:00") == (47, 15, 47, 15)


def test_recorded_wait_is_certain_too_and_work_of_the_same_day_leaves_none() -> None:
    assert certain("Z A 0T09:00-10:00 | Z B 0T15:00") == (0, 0, 0, 0)
    assert certain("Z A 0T09:00-10:00 | Z B 0T15:00-16:00") == (5, 5, 0, 0)


def test_work_done_before_opening_or_on_a_closed_day_may_have_taken_all_of_that_day() -> None:
    assert certain("Z A 0T10:00 | Z B 1T07:00") == (14, 7, 14, 7)
    assert certain("Z A 4T16:00 | Z B 5T15:00") == (8, 1, 8, 1)


def test_after_a_date_the_bound_begins_when_that_day_is_over() -> None:
    assert certain("Z A 0 | Z B 3") == (48, 16, 48, 16)


def test_the_wait_after_a_handoff_ends_where_the_work_is_taken_up_also_where_it_then_lay_still() -> None:
    text = "Z A 1T09:00-10:00 desk | Z B 1T12:00-16:00 team"
    _, ledger, segments, _, n = mined(text, suspended={1: ["1T13:00-15:00"]})
    (team,) = (h for h in handoffs(handed(ledger, segments), n) if h.level == "team")
    assert (team.elapsed.wait_seconds, team.elapsed_wait_seconds) == (4 * 3600, 2 * 3600)


def test_a_step_of_which_nine_in_ten_visits_take_no_time_shows_the_long_ones_all_the_same() -> None:
    text = " | ".join(f"Z{n} A {'17' if n == 11 else '1'}T09:00 desk" for n in range(12))
    received = {f"Z{n}": "1T09:00" for n in range(12)}
    _, ledger, segments, told, _ = mined(text, received=received)
    held = summed(ledger, segments).segments
    (detail,) = step_details(ledger, segments, visits_of(segments), held, told)
    bins = [(b.from_seconds / 86_400, b.to_seconds / 86_400, b.cases) for b in detail.histogram]
    assert bins == [(0, 2, 11), (14, 16, 1)]


def test_of_many_loops_the_most_costly_are_listed_and_those_of_one_cost_by_their_path(monkeypatch: pytest.MonkeyPatch):
    ways = [("b", 1), ("c", 1), ("d", 1), ("e", 2), ("f", 1), ("g", 3)]
    lines, closed = [], {}
    for n, (step, days) in enumerate(ways):
        for case in (f"Z{n}", f"Y{n}"):
            lines.append(f"{case} a 1 | {case} {step} 2 | {case} a {2 + days} | {case} z {3 + days}")
            closed[case] = str(3 + days)
    text = " | ".join(lines)
    whole = run_of(log(text, closed=closed), project(), AS_OF)[0]
    assert [loop.path[1] for loop in whole.loops] == ["g", "e", "b", "c", "d", "f"]
    monkeypatch.setattr("mining.loops._LISTED", 4)
    cut = run_of(log(text, closed=closed), project(), AS_OF)[0]
    assert cut.loops == whole.loops[:4]
    assert cut.other_loops_count == 2
    assert cut.other_loops.elapsed.total_seconds == pytest.approx(
        sum(loop.elapsed.total_seconds for loop in whole.loops[4:])
    )
