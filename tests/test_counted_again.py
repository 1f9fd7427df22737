"""What findings count over sequences or in one pass, counted again row by row on generated logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings

from mappings.project import Project
from mining.amounts import cohort_booked
from mining.handoffs import handed, handoff_levels, handoffs
from mining.lead_time import cohort
from mining.ledger import CLOCKS, Ledger, book
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

    @seed(11)
    @settings(max_examples=6, database=None, deadline=None, phases=[Phase.generate])
    @given(logs(cases=80))
    def draw(drawn: Any) -> None:
        told = drawn.project.file.model_copy(update={"resource_measures": True})
        project = drawn.project.model_copy(update={"file": told})
        ledger = book(drawn.log(), project, drawn.as_of)
        of_cohort = cohort_booked(ledger)
        made.append(Booked(ledger, of_cohort, project, cohort(ledger).cases, rows(of_cohort)))

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
    return sum(row[f"{clock}_wait"] + row[f"{clock}_unknown"] for row in listed)


def handed_over(one: Booked) -> list[Row]:
    of_place = {(row["case"], row["position"]): row for row in one.rows}
    places = by(one.rows, "sequence", "position")
    found = []
    for handing in rows(one.ledger.handoffs):
        for row in places.get((handing["sequence"], handing["position"]), ()):
            found.append({**of_place[row["case"], row["position"]], **handing})
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
            back = [row for row in known if row["is_back"]]
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
            back = [row for row in known if row["is_back"]]
            level = levels[name]
            assert (level.count, level.cases) == (len(known), cases_of(known))
            assert (level.ping_pongs, level.ping_pong_cases) == (len(back), cases_of(back))
            assert level.order_unknown == len(all_) - len(known)
    assert unordered > 20
