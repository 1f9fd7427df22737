"""Which share of the cases would keep a norm after a change: every case run through again (DESIGN §5, norm).

In: the ledger, its times and a change. Out: a share a norm. Only norms of the whole chain in the citizen's clock, over
the delivered cases of which the receipt is known: those that such a norm judges. Where cases are to skip steps, each
is weighted over every set of steps skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np

from mining.amounts import SECOND, cohort_booked, rows_of
from mining.branch_times import BranchTimes, Passes, has_waited, team_handoffs
from mining.engine import dropped, kept
from mining.ledger import Ledger
from mining.replay import Changed, costs_of, left_of, patterns
from mining.results.norms import NormResult
from mining.sample import Floats
from mining.sequences import Ints

MOST_SKIPPED = 8
"""Of more steps that cases are to skip, no share is told: each doubles the work."""
AT_ONCE = 1 << 19
"""Numbers of cases that are run through at a time, about 80 MB."""
_CHANGING = "zs_changing"


def shares_within(
    ledger: Ledger, times: BranchTimes, changed: Changed, norms: Sequence[NormResult]
) -> dict[str, float]:
    """Return norm → the share of the delivered cases that would keep it; empty where that is not told."""
    limits = {
        n.name: n.limit_seconds * SECOND for n in norms if n.is_whole and n.clock == "elapsed" and n.limit_seconds
    }
    if not limits or len(changed.reach) > MOST_SKIPPED:
        return {}
    # without a known receipt a norm judges no case
    delivered = ledger.cases.filter(
        ledger.cases.has_lead, ledger.cases.end == "delivered", ledger.cases.received.notnull()
    )
    delivered = delivered.select("case", "lead_elapsed")
    skipping = [*patterns(changed, changed.reach)]
    counted, cases = {name: [0] * len(skipping) for name in limits}, 0
    told = _told(changed)
    # found once for all parts: cases of all numbers lie everywhere among the booked rows
    changing = kept(ledger.booked.get_backend(), _CHANGING, _changing(ledger, delivered, changed)) if told else None
    for low in range(0, 1 + (rows_of(delivered.agg(last=delivered.case.max()))[0]["last"] or 0), AT_ONCE):
        block = _Block.of(ledger, delivered, times, low)
        straight = block.straight(changed, told, changing)
        cases += len(block.numbers)
        for n, (share, _) in enumerate(skipping):
            lead = block.in_passes(changed, share)
            for step, amounts in straight.items():
                lead += amounts * share.get(step, 1.0)
            for name, limit in limits.items():
                counted[name][n] += int((lead <= limit + 0.5).sum())
    if changing is not None:
        dropped(ledger.booked.get_backend(), _CHANGING)
    if not cases:
        return {}
    weights = [weight for _, weight in skipping]
    return {name: sum(w * (n / cases) for w, n in zip(weights, each, strict=True)) for name, each in counted.items()}


@dataclass(frozen=True, eq=False)
class _Block:
    """Some delivered cases, in order of their numbers: their lead times and their passes."""

    first: int
    numbers: Ints
    lead: Ints
    times: BranchTimes

    @classmethod
    def of(cls, ledger: Ledger, delivered: Any, times: BranchTimes, first: int) -> _Block:
        """Take those that are numbered from `first` on."""
        own = delivered.filter(delivered.case >= first, delivered.case < first + AT_ONCE)
        read = own.to_pyarrow().sort_by("case")
        of_block = (each.among(first, first + AT_ONCE) for each in times.passes)
        passes = tuple(each for each in of_block if len(each.case))
        numbers, lead = (read[name].to_numpy() for name in ("case", "lead_elapsed"))
        return cls(first, numbers, lead, replace(times, passes=passes))

    def straight(self, changed: Changed, told: Sequence[str], changing: Any) -> dict[str, Floats]:
        """Return the time of each case outside passes: of the steps that change one by one, of all others together.

        A number a case and changed step: what all changes together do to a case, no sum over cases tells. The others
        are what these leave of its lead time.
        """
        found = {"": self.lead.astype(np.float64)} | {name: np.zeros(len(self.numbers)) for name in told}
        if told:
            near = changing.filter(changing.case >= self.first, changing.case < self.first + AT_ONCE).to_pyarrow()
            place = np.searchsorted(self.numbers, near["case"].to_numpy())
            for n, name in enumerate(told):
                booked, waited = (near[f"{kind}{n}"].to_numpy() for kind in ("booked", "waited"))
                found[""][place] -= booked
                found[name][place] = booked - waited
        steps = self.times.steps
        numbered = {name: steps.index(name) for name in told if name in steps}
        for each in self.times.passes:
            left = np.where(each.on_path, left_of(each, self.times, changed), 0)
            for name, column in found.items():
                of_step = each.step == numbered.get(name, -1) if name else ~np.isin(each.step, [*numbered.values()])
                self._add(column, each, -np.where(of_step, left, 0).sum(axis=1))
        return found

    def in_passes(self, changed: Changed, share: Mapping[str, float]) -> Floats:
        """Return what each case spends in passes after the change."""
        spent = np.zeros(len(self.numbers))
        for each in self.times.passes:
            self._add(spent, each, each.order.longest(costs_of(each, self.times, changed, share)))
        return spent

    def _add(self, column: Floats, each: Passes, amounts: Floats) -> None:
        """Add an amount a pass to its case; a case that is not counted is left out."""
        if not len(self.numbers):
            return
        place = np.minimum(np.searchsorted(self.numbers, each.case), len(self.numbers) - 1)
        is_counted = self.numbers[place] == each.case
        np.add.at(column, place[is_counted], amounts[is_counted])


def _told(changed: Changed) -> list[str]:
    """Return the steps of which the time is told apart."""
    return sorted({*changed.times, *changed.reach, *(handing[2] for handing in changed.skipped)})


def _changing(ledger: Ledger, delivered: Any, changed: Changed) -> Any:
    """Return, of each case with any, what is booked to the changing steps and the waits before them that fall away.

    In order of the cases: case, and `booked{n}` and `waited{n}` of the n-th step in microseconds.
    """
    told, booked = _told(changed), cohort_booked(ledger)
    rows = booked.filter(booked.booked_step.isin(told)).semi_join(delivered, "case")
    team, waits = team_handoffs(ledger), has_waited(rows)
    amounts = {}
    for n, name in enumerate(told):
        is_step = rows.booked_step == name
        numbers = [number for number, pair in team.items() if (*pair, name) in changed.skipped]
        falls_away = is_step & waits & rows.passing.isin(numbers)
        amounts[f"booked{n}"] = rows.elapsed_total.sum(where=is_step)
        amounts[f"waited{n}"] = rows.elapsed_wait.sum(where=falls_away)
    each = rows.group_by("case").agg(**{name: ibis.coalesce(sums, 0).cast("int64") for name, sums in amounts.items()})
    return each.order_by("case")
