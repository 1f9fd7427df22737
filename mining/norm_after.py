"""Which share of the cases would keep a norm after a change: every case run through again (DESIGN §5, norm).

In: the ledger, its times and a change. Out: a share a norm. Only norms of the whole chain in the citizen's clock, over
the delivered cases, which are those that such a norm judges. Where cases are to skip steps, each is weighted over every
set of steps skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import numpy as np

from mining.amounts import SECOND, cohort_booked, rows_of
from mining.branch_times import BranchTimes, Passes, waits_after
from mining.ledger import Ledger
from mining.replay import Changed, costs_of, finished, is_skipped, patterns
from mining.results.norms import NormResult
from mining.sample import Floats
from mining.sequences import Ints

MOST_SKIPPED = 8
"""Of more steps that cases are to skip, no share is told: each doubles the work."""


def shares_within(
    ledger: Ledger, times: BranchTimes, changed: Changed, norms: Sequence[NormResult]
) -> dict[str, float]:
    """Return norm → the share of the delivered cases that would keep it; empty where that is not told."""
    limits = {
        n.name: n.limit_seconds * SECOND for n in norms if n.is_whole and n.clock == "elapsed" and n.limit_seconds
    }
    delivered = ledger.cases.filter(ledger.cases.has_lead, ledger.cases.end == "delivered").select("case")
    numbers = np.sort(delivered.to_pyarrow()["case"].to_numpy()) if limits else np.empty(0)
    if not len(numbers) or len(changed.reach) > MOST_SKIPPED:
        return {}
    straight = _straight(ledger, delivered, numbers, times, changed)
    within = dict.fromkeys(limits, 0.0)
    for share, weight in patterns(changed, changed.reach):
        lead = _in_passes(numbers, times, changed, share)
        for step, amounts in straight.items():
            lead += amounts * share.get(step, 1.0)
        for name, limit in limits.items():
            within[name] += weight * float((lead <= limit + 0.5).mean())
    return within


def _straight(ledger: Ledger, delivered: Any, numbers: Ints, times: BranchTimes, changed: Changed) -> dict[str, Floats]:
    """Return the time of each case outside passes: of the steps that change one by one, of all others together."""
    segments = cohort_booked(ledger).semi_join(delivered, "case")
    step = segments.booked_step.cast("string")
    told = sorted({*changed.times, *changed.reach, *(handing[2] for handing in changed.skipped)})
    kept = segments.mutate(step=ibis.ifelse(step.isin(told), step, "") if told else ibis.literal(""))
    found = {name: np.zeros(len(numbers)) for name in ("", *told)}
    grouped = kept.group_by(["case", "step"]).agg(t=kept.elapsed_total.sum()).to_pyarrow()
    for name, column in found.items():
        here = np.asarray(grouped["step"].to_numpy(zero_copy_only=False) == name)
        column[np.searchsorted(numbers, grouped["case"].to_numpy()[here])] = grouped["t"].to_numpy()[here]
    if changed.skipped:
        for row in rows_of(waits_after(ledger, segments)):
            if (row["giver"], row["taker"], row["step"]) in changed.skipped:
                found[row["step"]][np.searchsorted(numbers, row["case"])] -= row["elapsed_wait"]
    for each in times.passes:
        falls_away = np.where(is_skipped(each, times, changed), each.wait, 0)
        for name, column in found.items():
            number = times.steps.index(name) if name else -1
            of_step = each.step == number if name else ~np.isin(each.step, [times.steps.index(s) for s in told])
            _add(column, numbers, each, -np.where(of_step & each.on_path, each.takes - falls_away, 0).sum(axis=1))
    return found


def _in_passes(numbers: Ints, times: BranchTimes, changed: Changed, share: Mapping[str, float]) -> Floats:
    """Return what each case spends in passes after the change."""
    spent = np.zeros(len(numbers))
    for each in times.passes:
        done = finished(each.order, costs_of(each, times, changed, share))
        _add(spent, numbers, each, done[:, list(each.order.ends)].max(axis=1))
    return spent


def _add(column: Floats, numbers: Ints, each: Passes, amounts: Floats) -> None:
    """Add an amount a pass to its case; a case that is not counted is left out."""
    place = np.minimum(np.searchsorted(numbers, each.case), len(numbers) - 1)
    is_counted = numbers[place] == each.case
    np.add.at(column, place[is_counted], amounts[is_counted])
