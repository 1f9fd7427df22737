"""What counts as which deviation from the journey (DESIGN §5), with cases, occurrences and own booked time.

One-sided moves of an alignment get a name: a step missing here and done elsewhere is `moved`; missing only,
`skipped`; done again after it was done, `repeated`; else `inserted`. A step that no log can show is
`not_observed`, never skipped. Lane and channel need no alignment: the ledger knows who did a visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mappings.journey import Journey
from mining.aligned import Aligned
from mining.alignment import Alignment
from mining.results.overlay import Deviation
from mining.step_sequence import StepSequence, Visits

Kind = Literal["skipped", "inserted", "repeated", "moved", "wrong_lane", "wrong_channel", "late", "not_observed"]


class Departure(NamedTuple):
    """One departure in one sequence; the position is null for what was not done."""

    kind: Kind
    step: str
    position: int | None


def departures(
    sequence: StepSequence, alignment: Alignment, unobservable: Collection[str] = ()
) -> tuple[Departure, ...]:
    """Name each one-sided move of the alignment."""
    left_out = Counter(m.step for m in alignment.moves if m.position is None and m.step is not None)
    done: set[str] = set()
    found = []
    for move in alignment.moves:
        if move.position is None:
            continue
        step = sequence.steps[move.position]
        if move.step is None:
            found.append(Departure(_extra(step, left_out, done, unobservable), step, move.position))
        done.add(step)
    for step, times in left_out.items():
        kind: Kind = "not_observed" if step in unobservable else "skipped"
        found += [Departure(kind, step, None)] * times
    return tuple(found)


def _extra(step: str, left_out: Counter[str], done: set[str], unobservable: Collection[str]) -> Kind:
    if left_out[step] and step not in unobservable:
        left_out[step] -= 1
        return "moved"
    return "repeated" if step in done else "inserted"


def is_accepted(journey: Journey, kind: str, step: str) -> bool:
    """Say whether the journey accepts it: written as the step, or as 'kind:step' for one kind only."""
    return step in journey.accepted_deviations or f"{kind}:{step}" in journey.accepted_deviations


def is_another_channel(journey: Journey, step: str, channel: str | None) -> bool:
    """Say whether a channel is known and none of the step's touchpoints has it; a step without any says nothing."""
    designed = journey.steps.get(step)
    if not channel or designed is None or not designed.touchpoints:
        return False
    return channel not in {t.channel for t in designed.touchpoints}


@dataclass
class _Tally:
    cases: int = 0
    occurrences: int = 0
    seconds: float | None = None


@dataclass
class Deviations:
    """Adds up departures over sequences."""

    journey: Journey
    _tallies: dict[tuple[Kind, str, str | None], _Tally] = field(default_factory=dict)

    def add_moves(self, one: Aligned, unobservable: Collection[str]) -> None:
        """Add the departures of one aligned sequence, weighted by its cases."""
        for alignment, cases in one.weighted:
            found = departures(one.sequence, alignment, unobservable)
            share = cases / one.sequence.cases
            for kind, step in dict.fromkeys((d.kind, d.step) for d in found):
                same = [d.position for d in found if (d.kind, d.step) == (kind, step)]
                booked = _booked(one.sequence, same)
                seconds = None if booked is None else booked * share
                self._add((kind, step, None), cases, cases * len(same), seconds)

    def add_lanes(self, visits: Iterable[Visits]) -> None:
        """Add the visits in another lane than the designed one; an unknown lane is no deviation."""
        designed = self.journey.steps
        for visit in visits:
            if visit.at and visit.step in designed and designed[visit.step].lane != visit.at:
                key: tuple[Kind, str, str | None] = ("wrong_lane", visit.step, visit.at)
                self._add(key, visit.cases, visit.occurrences, visit.seconds)

    def add_channels(self, visits: Iterable[Visits]) -> None:
        """Add the visits through another channel, of a step together, so that a case counts once."""
        for visit in visits:
            self._add(("wrong_channel", visit.step, None), visit.cases, visit.occurrences, visit.seconds)

    def add_all(self, other: Deviations) -> None:
        """Add what was found in another part of the sequences."""
        for key, tally in other._tallies.items():
            self._add(key, tally.cases, tally.occurrences, tally.seconds)

    def _add(self, key: tuple[Kind, str, str | None], cases: int, occurrences: int, seconds: float | None) -> None:
        tally = self._tallies.setdefault(key, _Tally())
        tally.cases += cases
        tally.occurrences += occurrences
        if seconds is not None:
            tally.seconds = (tally.seconds or 0.0) + seconds

    def result(self, cohort_cases: int) -> tuple[Deviation, ...]:
        """Return them, the most cases first; booked time as mean per case of the cohort."""
        found = [
            Deviation(
                kind=kind,
                step=step,
                lane=lane,
                cases=tally.cases,
                occurrences=tally.occurrences,
                elapsed_seconds=None if tally.seconds is None or not cohort_cases else tally.seconds / cohort_cases,
                is_accepted=is_accepted(self.journey, kind, step),
            )
            for (kind, step, lane), tally in self._tallies.items()
        ]
        return tuple(sorted(found, key=lambda d: (-d.cases, d.kind, d.step, d.lane or "")))


def _booked(sequence: StepSequence, positions: list[int | None]) -> float | None:
    known = [sequence.seconds[p] for p in positions if p is not None and p < len(sequence.seconds)]
    return sum(known) if known else None
