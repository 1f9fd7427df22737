"""Features of a mapping crossed at random: laws that hold whatever the mapping, and oracles that agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mappings.flow import Parallel, When, branches_of
from mappings.project import Project
from mining.findings import Findings
from mining.ledger import Ledger
from mining.mine import mine
from mining.results.quality import Quality
from mining.results.run import RunFacts
from tests import crossing_laws, crossing_laws_of_cases, crossing_laws_of_time
from tests.crossings import Crossing, crossing
from tests.oracle import Case, book_all
from tests.oracle_found import differences, found, said
from tests.oracle_norms import Judge
from tests.oracle_overlay import Ways, done_elsewhere, hidden_steps, laid
from tests.test_laws_of_logs import unlike

SEEDS = (12, 22, 75, 108, 144)
"""Together they reach everything in `FEATURES`; any other seeds do for looking further."""
LAWS = (*crossing_laws.LAWS, *crossing_laws_of_time.LAWS, *crossing_laws_of_cases.LAWS)
VERDICTS = ("met", "missed", "open", "ended_otherwise", "not_determinable")


@dataclass(frozen=True)
class Mined:
    """A crossing with what the engine and the oracle say of it."""

    made: Crossing
    findings: Findings
    ledger: Ledger
    cases: dict[str, Case]

    @property
    def cohort(self) -> list[Case]:
        return [case for case in self.cases.values() if case.lead["elapsed"] is not None]


def mined(made: Crossing) -> tuple[Findings, Ledger]:
    """Mine with a clock that stands still: a budget of time that runs out is no difference of the mapping."""
    run, quality = RunFacts(run_id="test", as_of=made.as_of), Quality(verdict="ok")
    plain: dict[str, Any] = {"run": run, "quality": quality, "reconciliation": (), "monotonic": lambda: 0.0}
    return mine(made.log(), made.project, made.as_of, **plain)


@pytest.fixture(scope="module", params=SEEDS)
def crossed(request: pytest.FixtureRequest) -> Mined:
    made = crossing(request.param)
    findings, ledger = mined(made)
    return Mined(made, findings, ledger, oracle(made))


def oracle(made: Crossing) -> dict[str, Case]:
    return book_all(made.events, made.cases, made.project, made.as_of, made.observed_until)


def test_findings_keep_every_law_and_can_be_read_back(crossed: Mined) -> None:
    told = crossed.findings.model_dump(mode="json")
    assert [broken for law in LAWS for broken in law(told)] == []
    assert Findings.model_validate_json(crossed.findings.model_dump_json()) == crossed.findings


def test_the_ledger_is_that_of_the_oracle(crossed: Mined) -> None:
    booked = found(crossed.ledger)
    apart = {name: differences(said(case), booked[name]) for name, case in crossed.cases.items()}
    assert {name: told for name, told in apart.items() if told} == {}


def test_norms_are_judged_as_by_hand_in_every_clock_but_the_legal_one(crossed: Mined) -> None:
    judge, journey = Judge(crossed.made.project, crossed.made.as_of), crossed.made.project.journey
    for norm, told in zip(journey.norms if journey else (), crossed.findings.norms, strict=True):
        if norm.clock != "legal":
            by_hand = judge.verdicts(norm, list(crossed.cases.values()))
            assert {v: getattr(told, v) for v in VERDICTS} == {v: by_hand[v] for v in VERDICTS}, norm


def test_each_lane_has_its_time_in_its_own_hours(crossed: Mined) -> None:
    by_hand = Judge(crossed.made.project, crossed.made.as_of).lane_working(crossed.cohort)
    assert [lane.lane for lane in crossed.findings.lane_working] == sorted(by_hand)
    for told in crossed.findings.lane_working:
        kinds = by_hand[told.lane]
        assert told.segments == kinds.pop("segments")
        amounts = {kind: getattr(told.amounts, f"{kind}_seconds") * told.cases * 1_000_000 for kind in kinds}
        assert amounts == pytest.approx(kinds, abs=1)


def test_every_case_lies_as_near_to_the_journey_as_there_is_a_way_through_it(crossed: Mined) -> None:
    project, overlay = crossed.made.project, crossed.findings.overlay
    journey = project.journey
    assert (journey is None) == (overlay is None)
    if journey is None or overlay is None:
        return
    ways = Ways(journey.flow, hidden_steps(project, journey, crossed.cases))
    cases = [each for each in (laid(case, journey) for case in crossed.cases.values()) if each.visits]
    assert (overlay.aligned_cases, overlay.step_sequences) == (len(cases), len({each.visits for each in cases}))
    fitness = sum(ways.fitness(each.visits, each.may_stop) for each in cases)
    assert overlay.mean_fitness == pytest.approx(fitness / len(cases))
    costs = {"inserted": 1, "repeated": 1, "skipped": 1, "moved": 2}
    told = sum(d.occurrences * costs.get(d.kind, 0) for d in overlay.deviations)
    assert told == sum(ways.cost(each.visits, each.may_stop) for each in cases)


def test_work_elsewhere_than_designed_is_counted_as_by_hand(crossed: Mined) -> None:
    journey, overlay = crossed.made.project.journey, crossed.findings.overlay
    if journey is None or overlay is None:
        return
    channels = {e["event_id"]: e["channel"] for e in crossed.made.events}
    by_hand = done_elsewhere({n: c for n, c in crossed.cases.items() if c in crossed.cohort}, channels, journey)
    told = {(d.kind, d.step, d.lane): (d.cases, d.occurrences) for d in overlay.deviations}
    assert {key: n for key, n in told.items() if key[0] in ("wrong_lane", "wrong_channel")} == by_hand


def test_journeys_beside_it_and_a_name_of_its_own_change_no_number() -> None:
    made = next(c for c in map(crossing, SEEDS) if len(c.project.journeys) == 3)
    only, _ = mined(made)
    journey = made.project.journeys[0].model_copy(update={"name": "renamed"})
    file = made.project.file.model_copy(update={"journey": "renamed"})
    other = made.project.model_copy(update={"journeys": (*made.project.journeys[1:2], journey), "file": file})
    again, _ = mined(replace(made, project=other))
    one, two = (f.model_copy(update={"journeys": ()}).model_dump(mode="json") for f in (only, again))
    assert [told for told in unlike(one, two) if not told.startswith(".overlay.journey:")] == []


FEATURES = 44


def test_the_seeds_reach_what_they_are_to_cross() -> None:
    reached: Counter[str] = Counter()
    for seed in SEEDS:
        reached.update({*features(crossing(seed))})
    assert len(reached) == FEATURES, sorted(reached)


def features(made: Crossing) -> Iterator[str]:
    """Name what a crossing holds."""
    project, journey = made.project, made.project.journey
    yield f"{len(project.sources)} sources"
    yield f"{len(project.journeys)} journeys"
    yield from (f"calendar of {lane}" for lane in project.calendar.lanes)
    yield from (f"day slot {source.day_slot}" for source in project.sources)
    yield from ("received opens" for source in project.sources if source.received_opens)
    yield from (f"a {type(node).__name__}" for node in nodes(journey.flow if journey else None))
    yield from (f"norm {norm.name}" for norm in (journey.norms if journey else ()))
    yield from (f"card of {card.measure.kind}" for card in project.cards)
    yield from ("records after the moment" for e in made.events if (e["completed_at"] or made.as_of) > made.as_of)
    yield from marked(project)


def marked(project: Project) -> Iterator[str]:
    for rule in (rule for source in project.sources for rule in source.activities.values()):
        for what in ("suspends", "resumes", "extends", "asks", "opens"):
            if getattr(rule, what):
                yield what


def nodes(flow: Any) -> Iterator[Any]:
    if isinstance(flow, Parallel | When) or branches_of(flow):
        yield flow
    for branch in branches_of(flow):
        yield from nodes(branch)
