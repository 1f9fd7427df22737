"""What findings count over sequences or in one pass, counted again row by row on generated logs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings

from mappings.project import Lane, Project
from mining.again import FEWEST_PEOPLE, again_by_path, self_loops
from mining.amounts import cohort_booked, sums
from mining.first_time_right import observed_first_time_right
from mining.handoffs import handed, handoff_levels, handoffs
from mining.ladder import PARTS, ladder, ladder_of_part
from mining.lead_time import cohort, direct_route
from mining.ledger import CLOCKS, UNKNOWN, Ledger, book
from mining.loops import citizen_lanes, loops
from mining.reach import again_by_step, cases_of_lanes, reached
from mining.step_detail import step_details
from mining.steps import steps
from mining.summed import summed
from mining.supplements import supplements
from mining.visits import visits_of
from tests.logs import AS_OF, log, project
from tests.mining_run import handings_by_place, with_event_texts
from tests.oracle_found import rows
from tests.oracle_logs import logs

Row = dict[str, Any]


@dataclass(frozen=True)
class Booked:
    """A log as booked, and the rows of its cohort."""

    ledger: Ledger
    segments: Any
    project: Project
    cases: int
    rows: list[Row]


@pytest.fixture(scope="module")
def booked() -> list[Booked]:
    made: list[Booked] = []
    random = Random(5)

    @seed(11)
    @settings(max_examples=6, database=None, deadline=None, phases=[Phase.generate])
    @given(logs(cases=80))
    def draw(drawn: Any) -> None:
        lanes = drawn.project.file.lanes | {"citizen": Lane(layer="citizen")}
        told = drawn.project.file.model_copy(update={"resource_measures": True, "lanes": lanes})
        for event in drawn.events:
            event["resource"] = random.choice(["p", "q", "r", "s", None])
        project = drawn.project.model_copy(update={"file": told})
        ledger = book(drawn.log(), project, drawn.as_of)
        of_cohort = cohort_booked(ledger)
        made.append(
            Booked(
                ledger, of_cohort, project, cohort(ledger, drawn.as_of).cases, rows(with_event_texts(of_cohort, ledger))
            )
        )

    draw()
    return made


def by(listed: Iterable[Row], *names: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in listed:
        found[tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]].append(row)
    return found


def cases_of(listed: Iterable[Row]) -> int:
    return len({row["case"] for row in listed})


def waited(listed: Iterable[Row], clock: str) -> int:
    return sum(row[f"{clock}_wait"] + row[f"{clock}_unknown"] - row[f"{clock}_suspended"] for row in listed)


def handed_over(one: Booked) -> list[Row]:
    of_place = {(row["case"], row["position"]): row for row in one.rows}
    places = by(one.rows, "sequence", "position")
    found = []
    for handing in handings_by_place(one.ledger):
        for row in places.get((handing["sequence"], handing["position"]), ()):
            found.append({**of_place[row["case"], row["position"]], **handing})
    # a way back pairs with the handoff before it at its level, where the order of that is known
    for listed in by(found, "case", "level").values():
        is_known = True
        for row in sorted(listed, key=lambda row: row["position"]):
            row["is_paired"], is_known = is_known, row["order_known"]
    return found


def test_handoffs_and_their_levels_are_those_of_the_rows_also_where_the_order_of_some_is_not_known(
    booked: list[Booked],
) -> None:
    unordered = 0
    for one in booked:
        found = handed(one.ledger, one.segments)
        passed = handed_over(one)
        told = {(h.level, h.from_, h.to): h for h in handoffs(found, one.cases)}
        assert set(told) == set(by(passed, "level", "giver", "taker"))
        for pair, all_ in by(passed, "level", "giver", "taker").items():
            known = [row for row in all_ if row["order_known"]]
            back = [row for row in known if row["is_back"] and row["is_paired"]]
            one_told = told[pair]
            assert (one_told.count, one_told.cases, one_told.ping_pongs) == (len(known), cases_of(known), len(back))
            assert one_told.order_unknown == len(all_) - len(known)
            assert one_told.elapsed.wait_seconds * len(known) * 1e6 == pytest.approx(
                sum(row["elapsed_wait"] for row in known)
            )
            for clock in CLOCKS:
                whole = getattr(one_told, f"{clock}_wait_seconds") * one_told.count * 1e6
                assert whole == pytest.approx(waited(known, clock))
                whole = getattr(one_told, f"ping_pong_{clock}_wait_seconds") * one.cases * 1e6
                assert whole == pytest.approx(waited(back, clock))
            unordered += one_told.order_unknown
        levels = {level.level: level for level in handoff_levels(found, one.ledger, one.project, one.cases)}
        assert set(levels) == set(by(passed, "level"))
        for name, all_ in by(passed, "level").items():
            known = [row for row in all_ if row["order_known"]]
            back = [row for row in known if row["is_back"] and row["is_paired"]]
            level = levels[name]
            assert (level.count, level.cases) == (len(known), cases_of(known))
            assert (level.ping_pongs, level.ping_pong_cases) == (len(back), cases_of(back))
            assert level.order_unknown == len(all_) - len(known)
    assert unordered > 20


def kind_of(one: Booked, rows_of_loop: list[Row], path: tuple[str, ...]) -> str:
    lanes = [row["lane"] for row in rows_of_loop]
    if set(lanes) & set(citizen_lanes(one.project)):
        return "supplement"
    back = {row["lane"] for row in rows_of_loop if row["booked_step"] == path[0]}
    away = {row["lane"] for row in rows_of_loop if row["booked_step"] != path[0]}
    (case,), first = {row["case"] for row in rows_of_loop}, min(row["position"] for row in rows_of_loop)
    before = [row for row in one.rows if row["case"] == case and row["position"] < first]
    back.add(max(before, key=lambda row: row["position"])["lane"])
    if len(path) == 3 and len(back) == len(away) == 1 and back != away and None not in lanes:
        return "ping_pong"
    return "return"


def paths_of(one: Booked) -> dict[Any, list[Row]]:
    """The rows of each path of a loop of the cohort."""
    named = {(row["sequence"], row["loop"]): tuple(row["path"]) for row in rows(one.ledger.loops)}
    looped = [row for row in one.rows if row["loop"] >= 0]
    return by(({**row, "path": named[row["sequence"], row["loop"]]} for row in looped), "path")


def test_loops_their_kinds_cases_and_times_are_those_of_the_rows(booked: list[Booked]) -> None:
    kinds: set[str] = set()
    unordered = 0
    for one in booked:
        listed, _, left = loops(one.ledger, one.segments, one.cases, one.project)
        expected = paths_of(one)
        assert len(listed) + left == len(expected)
        for loop in listed:
            made = by(expected[loop.path], "case", "loop")
            assert loop.occurrences == len(made)
            times = Counter(case for case, _ in made)
            assert loop.cases == len(times)
            assert loop.cases_by_times == {str(n): k for n, k in sorted(Counter(times.values()).items())}
            assert Counter(loop.kinds) == Counter(kind_of(one, each, loop.path) for each in made.values())
            lanes = [{row["lane"] for row in each} - {None} for each in made.values()]
            assert loop.crosses_lanes == any(len(each) > 1 for each in lanes)
            unsure = [each for each in made.values() if not all(row["order_known"] for row in each)]
            assert loop.order_unknown_occurrences == len(unsure)
            total = sum(row["elapsed_total"] for row in expected[loop.path])
            assert loop.elapsed.total_seconds * one.cases * 1e6 == pytest.approx(total)
            kinds |= set(loop.kinds)
            unordered += len(unsure)
    assert kinds == {"supplement", "ping_pong", "return"}
    assert unordered > 10


def known_again(pairs: list[tuple[str | None, str | None]]) -> tuple[int, int, int] | None:
    """Redo, repeat and what is not determinable, of the resources before and after; null for too few people."""
    if len({after for before, after in pairs if before and after}) < FEWEST_PEOPLE:
        return None
    known = [before == after for before, after in pairs if before and after]
    return known.count(False), known.count(True), len(pairs) - len(known)


def did_it(row: Row) -> bool:
    return bool(row["resource"]) and row["step_of_event"] == row["booked_step"] and row["role"] != "automatic"


def test_who_did_a_step_again_is_told_as_the_rows_have_it(booked: list[Booked]) -> None:
    told = 0
    for one in booked:
        pairs: dict[Any, list[tuple[str | None, str | None]]] = defaultdict(list)
        of_case = by(one.rows, "case")
        for path, made in paths_of(one).items():
            for back in (row for row in made if row["returns_to"]):
                own = [row for row in of_case[back["case"]] if row["booked_step"] == back["booked_step"]]
                own = [row for row in own if did_it(row)]
                before = [row for row in own if row["visit"] < back["visit"]]
                after = [row for row in own if row["visit"] == back["visit"]]
                last = max(before, key=lambda row: row["position"])["resource"] if before else None
                first = min(after, key=lambda row: row["position"])["resource"] if after else None
                pairs[path].append((last, first))
        found = again_by_path(one.ledger, one.segments, one.project)
        expected = {path: known for path, each in pairs.items() if (known := known_again(each))}
        assert {path: (a.redo, a.repeat, a.not_determinable) for path, a in found.items()} == expected
        told += len(expected)
    assert told > 2


def test_self_loops_and_first_time_right_are_those_of_the_rows(booked: list[Booked]) -> None:
    told = 0
    for one in booked:
        found = self_loops(one.ledger, one.segments, one.project)
        looped = [row for row in one.rows if row["is_self_loop"]]
        assert (found.times, found.cases) == (len(looped), cases_of(looped))
        pairs = []
        for alike in by(one.rows, "case", "visit", "activity").values():
            ordered = sorted(alike, key=lambda row: row["position"])
            pairs += [(a["resource"], b["resource"]) for a, b in pairwise(ordered) if b["is_self_loop"]]
        expected = known_again(pairs)
        assert (found.again and (found.again.redo, found.again.repeat, found.again.not_determinable)) == expected
        told += expected is not None
        returned = cases_of(row for row in one.rows if row["returns_to"])
        assert observed_first_time_right(one.ledger, one.cases) == pytest.approx(1 - returned / one.cases)
    assert told


def test_the_counts_of_a_step_and_its_lanes_are_those_of_the_rows(booked: list[Booked]) -> None:
    for one in booked:
        held, visits = summed(one.ledger, one.segments), visits_of(one.segments)
        rungs = ladder(one.ledger, held.segments, one.project)
        boxes = {b.step: b for b in steps(one.ledger, visits, one.project, {r.step: r.lane for r in rungs})}
        by_step = by(one.rows, "booked_step")
        for step, own in by_step.items():
            made = by(own, "case", "visit").values()
            assert (boxes[step].cases, boxes[step].visits) == (cases_of(own), len(made))
            returned = sum(any(row["returns_to"] for row in visit) for visit in made)
            assert boxes[step].first_time_right_share == pytest.approx(1 - returned / len(made))
            assert boxes[step].self_loops == sum(row["is_self_loop"] for row in own)
        details = step_details(one.ledger, one.segments, visits, held.segments, one.project)
        for detail in details:
            lanes = {lane: cases_of(own) for lane, own in by(by_step[detail.step], "lane").items()}
            assert {share.lane: share.cases for share in detail.lanes} == lanes
        assert {detail.step for detail in details} == set(by_step) - {UNKNOWN}


def test_visits_that_are_grouped_some_cases_at_a_time_are_those_that_are_grouped_at_once(
    booked: list[Booked], monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in booked:
        monkeypatch.setattr("mining.visits.AT_ONCE", 1_000_000)
        whole = Counter(tuple(row.values()) for row in rows(visits_of(one.segments)))
        monkeypatch.setattr("mining.visits.AT_ONCE", 7)
        assert Counter(tuple(row.values()) for row in rows(visits_of(one.segments))) == whole
        assert sum(whole.values()) == len(by(one.rows, "case", "booked_step", "visit"))


def test_segments_told_in_parts_are_those_told_at_once(booked: list[Booked], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mining.ledger._AT_ONCE", 60)
    for one in booked:
        whole = {(row["case"], row["position"]): row for row in rows(one.ledger.segments)}
        parts = [rows(part) for part in one.ledger.segments_in_parts()]
        assert len(parts) > 1
        told = [row for part in parts for row in part]
        assert len(told) == len(whole)
        assert {(row["case"], row["position"]): row for row in told} == whole
        assert sum(len({row["case"] for row in part}) for part in parts) == len({row["case"] for row in told})


def test_a_sum_of_the_summed_rows_is_the_sum_of_the_segments_for_each_part_of_the_cases(booked: list[Booked]) -> None:
    for one in booked:
        held = summed(one.ledger, one.segments)
        few = rows(held.segments)
        for name in sums(one.segments):
            assert sum(row[name] for row in few) == sum(row[name] for row in one.rows)
        assert direct_route(held.segments, one.cases) == direct_route(one.segments, one.cases)
        assert ladder(one.ledger, held.segments, one.project) == ladder(one.ledger, one.segments, one.project)
        for part in PARTS:
            chosen = {row["case"] for row in rows(held.cases) if row[part]}
            own = [row for row in one.rows if row["case"] in chosen]
            told = ladder_of_part(one.ledger, *held, one.project, part)
            assert told
            assert told.cases == len(chosen)
            for rung in told.rungs:
                total = sum(row["elapsed_total"] for row in own if row["booked_step"] == rung.step)
                assert rung.elapsed.total_seconds * told.cases * 1e6 == pytest.approx(total)


def test_rounds_with_the_citizen_and_who_asked_are_those_of_the_rows(booked: list[Booked]) -> None:
    more = 0
    for one in booked:
        found = supplements(one.ledger, one.segments, one.project, one.cases)
        held = [row for row in one.rows if row["lane"] == "citizen" and row["visit"] > 1]
        rounds = {case: sorted(by(own, "visit")) for case, own in by(held, "case").items()}
        assert (found.cases, found.times) == (len(rounds), sum(map(len, rounds.values())))
        later = [row for row in held if row["visit"] != rounds[row["case"]][0]]
        assert found.cases_more_than_once == cases_of(later)
        assert found.times_more_than_once == found.times - found.cases
        for cost, own in ((found.cost, held), (found.cost_more_than_once, later)):
            total = cost.elapsed.total_seconds if cost else 0
            assert total * one.cases * 1e6 == pytest.approx(sum(row["elapsed_total"] for row in own))
        cohort_cases = {row["case"] for row in one.rows}
        asking = [
            row
            for row in rows(with_event_texts(one.ledger.booked, one.ledger))
            if row["case"] in cohort_cases
            and (row["episode"], row["phase"], row["opens_lane"]) == (1, "lead", "citizen")
        ]
        expected = {}
        for activity, own in by(asking, "activity").items():
            times = Counter(row["case"] for row in own)
            expected[activity] = (len(times), len(own), sum(n > 1 for n in times.values()))
        assert {a.activity: (a.cases, a.times, a.cases_more_than_once) for a in found.asked} == expected
        more += len(expected) + found.cases_more_than_once
    assert more > 5


def test_an_activity_of_the_name_that_stands_for_an_unknown_step_keeps_its_counts() -> None:
    text = " | ".join(f"Z{n} {UNKNOWN} 0 | Z{n} other 1 | Z{n} {UNKNOWN} 2 | Z{n} {UNKNOWN} 3" for n in range(10))
    structures = book(log(text), project(), AS_OF).structures
    weights = structures.sequences.cases
    assert again_by_step(structures, weights)[UNKNOWN] == (10, 10)
    assert reached(structures, weights)[UNKNOWN].cases == 10
    assert sum(n for (step, _), n in cases_of_lanes(structures, weights).items() if step == UNKNOWN) == 10
