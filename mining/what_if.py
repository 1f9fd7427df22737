"""What if a step took less time, fewer cases or visits: the gain per case, capped by the slack of branches beside it.

In: the ledger. Out: `Gains`, from which totals of any change are taken, and its bounded form for the findings.
A segment made shorter moves everything after it forward, until a branch beside it ends last: so in each pass through
branches the gain of a case is at most the slack of the branch that ended before. Elapsed time only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mappings.flow import parallel_pairs
from mappings.project import Project
from mining.amounts import SECOND, cohort_booked, rows_of
from mining.engine import kept
from mining.ledger import UNKNOWN, Ledger
from mining.read_arrays import EVENT_STEP, are_beside
from mining.results.what_if import HandoffGain, StepGain, WhatIf
from mining.structures import Structures

GRID = 20
"""The curve has a point for every twentieth."""
ASSUMPTION = {
    "nl": "Aanname: al het andere duurt even lang en begint zodra het kan; zaken die een stap overslaan lijken op de "
    "andere, en minder bezoeken vallen gelijk over de zaken. Kalendertijd, ook waar die over dichte uren loopt.",
    "en": "Assumption: everything else takes as long and begins as soon as it can; cases that skip a step are like the "
    "others, and fewer visits are spread evenly over cases. Calendar time, also where it runs over closed hours.",
}


@dataclass(frozen=True)
class Gains:
    """Sums over the cohort, in microseconds. `capped`: step, amount, slack, a row a case and pass through branches."""

    totals: Mapping[str, int]
    capped: Any
    capped_totals: Mapping[str, int]
    tangled: Mapping[str, frozenset[str]]
    """Step → the steps whose gains depend on its own."""
    off_path: frozenset[str]
    inexact: frozenset[str]
    cases: int

    def at(self, step: str, cut: float) -> float:
        """Return the mean gain in seconds where the time of a step is cut by this share; a negative one is growth."""
        capped = self.capped_totals.get(step, 0)
        gain = (self.totals.get(step, 0) - capped) * cut
        if capped:
            rows = self.capped.filter(self.capped.step == step)
            least = ibis.least(rows.amount.cast("float64") * cut, rows.slack.cast("float64"))
            gain += rows_of(rows.agg(gain=least.sum()))[0]["gain"]
        return gain / self.cases / SECOND if self.cases else 0.0

    @cached_property
    def curves(self) -> Mapping[str, tuple[float, ...]]:
        """Return step → gain per case at every twentieth that is cut."""
        cuts = [n / GRID for n in range(GRID + 1)]
        amount, slack = self.capped.amount.cast("float64"), self.capped.slack.cast("float64")
        points = {f"g{n}": ibis.least(amount * cut, slack).sum() for n, cut in enumerate(cuts)}
        found = {row["step"]: row for row in rows_of(self.capped.group_by("step").agg(**points))}
        whole = self.cases * SECOND
        return {
            step: tuple(
                ((total - self.capped_totals.get(step, 0)) * cut + (found[step][f"g{n}"] if step in found else 0))
                / whole
                for n, cut in enumerate(cuts)
            )
            for step, total in self.totals.items()
        }

    def after(self, step: str, reach: float = 1.0, visits: float = 1.0, time: float = 1.0) -> float | None:
        """Return the mean gain in seconds; reach, visits and time are shares of what they are now.

        Null where more of a step is asked for than the log can tell the cost of.
        """
        left = visits * time
        if (reach > 1 or left > 1) and (step in self.off_path or (reach > 1 and self.capped_totals.get(step))):
            return None
        if reach > 1:
            return self.at(step, 1 - reach * left)
        return reach * self.at(step, 1 - left) + (1 - reach) * self.at(step, 1.0)


def gains(ledger: Ledger, project: Project) -> Gains:
    """Return the gains over the cohort's cases."""
    segments = cohort_booked(ledger)
    shares = rows_of(segments.group_by("booked_step").agg(t=segments.elapsed_total.sum()))
    con = ledger.timeline.clocks.days.get_backend()
    off = ledger.booked.filter(~ledger.booked.on_path, ledger.booked.episode == 1, ledger.booked.phase == "lead")
    chosen = _in_passes(con, ledger, segments, off)
    keyed = chosen.mutate(step=chosen.booked_step.cast("string"), amount=chosen.elapsed_total)
    capped = kept(con, "zs_capped", _by_pass(keyed, ("step",)))
    totals = rows_of(capped.group_by("step").agg(t=capped.amount.sum()))
    doubled = keyed.filter(keyed.passes > 1)
    cases = rows_of(segments.agg(n=segments.case.nunique()))[0]["n"]
    return Gains(
        totals={r["booked_step"]: int(r["t"] or 0) for r in shares},
        capped=capped,
        capped_totals={r["step"]: int(r["t"] or 0) for r in totals},
        tangled=_tangled(keyed, project),
        off_path=frozenset(r["step_of_event"] for r in rows_of(off.select("step_of_event").distinct())),
        inexact=frozenset(r["step"] for r in rows_of(doubled.select("step").distinct())),
        cases=cases or 0,
    )


def what_if(found: Gains, ledger: Ledger) -> WhatIf:
    """Return the gains as findings: a curve a step, and the recorded wait after each handoff between teams."""
    return WhatIf(
        assumption=ASSUMPTION,
        steps=tuple(
            StepGain(
                step=step,
                curve_seconds=curve,
                beside=tuple(sorted(found.tangled.get(step, frozenset()))),
                may_grow=step not in found.off_path,
                is_exact=step not in found.inexact,
            )
            for step, curve in sorted(found.curves.items())
            if step != UNKNOWN
        ),
        handoffs=tuple(_handoffs(found, ledger)),
    )


def _handoffs(found: Gains, ledger: Ledger) -> Iterator[HandoffGain]:
    segments = cohort_booked(ledger)
    ordered = segments.filter(segments.order_known, segments.elapsed_wait > 0)
    passed = ordered.join(ledger.handoffs.filter(ledger.handoffs.level == "team"), ["sequence", "position"])
    con = ledger.timeline.clocks.days.get_backend()
    in_pass = con.table("zs_in_pass").select("case", "position", "fork", "until", "slack", "passes")
    joined = passed.drop("slack").left_join(in_pass, ["case", "position"])
    joined = joined.drop([c for c in joined.columns if c.endswith("_right")])
    keys = ("giver", "taker", "step")
    keyed = joined.mutate(amount=joined.elapsed_wait, step=joined.booked_step.cast("string"))
    by_pass = _by_pass(keyed.filter(keyed.slack.notnull()), keys)
    free = keyed.filter(keyed.slack.isnull()).group_by(list(keys)).agg(gain=ibis._.amount.sum())
    capped = by_pass.mutate(least=ibis.least(by_pass.amount, by_pass.slack)).group_by(list(keys))
    total: dict[tuple[str, ...], int] = {}
    for row in [*rows_of(free), *rows_of(capped.agg(gain=ibis._.least.sum()))]:
        key = tuple(row[k] for k in keys)
        total[key] = total.get(key, 0) + int(row["gain"] or 0)
    for (giver, taker, step), gain in sorted(total.items(), key=lambda item: (-item[1], item[0])):
        yield HandoffGain(giver=giver, taker=taker, step=step, gain_seconds=gain / found.cases / SECOND)


def _by_pass(segments: Any, keys: tuple[str, ...]) -> Any:
    """Sum the amounts of each case and pass through branches; the slack of the pass caps them together."""
    by = [*keys, "case", "fork", "until"]
    return segments.group_by(by).agg(amount=segments.amount.sum(), slack=segments.slack.min())


def _in_passes(con: Any, ledger: Ledger, segments: Any, off: Any) -> Any:
    """Return the segments that lie beside a branch off the path, each with the pass that caps it the most."""
    windows = kept(con, "zs_windows", _windows(ledger.structures))
    beside = off.join(windows, ["sequence", "position"])
    passes = beside.group_by(["case", "fork", "until"]).agg(
        slack=beside.slack.min(), beside_step=beside.step_of_event.min()
    )
    booked = segments.select("case", "sequence", "position", "booked_step", "elapsed_total")
    inside = booked.join(passes, "case")
    inside = inside.filter(inside.position > inside.fork, inside.position <= inside.until)
    one = ibis.window(group_by=["case", "position"], order_by=["slack", "fork", "until"])
    all_of = ibis.window(group_by=["case", "position"])
    ranked = inside.mutate(place=ibis.row_number().over(one), passes=inside.fork.count().over(all_of))
    names = ["case", "sequence", "position", "booked_step", "elapsed_total", "fork", "until", "slack", "passes"]
    return kept(con, "zs_in_pass", ranked.filter(ranked.place == 0).select(*names, "beside_step"))


def _windows(structures: Structures) -> pa.Table:
    """Return for each position off the path where its branches fork and until where they run."""
    offsets, places = structures.sequences.offsets, structures.positions
    steps = structures.coded.alphabet.tokens[:, EVENT_STEP][structures.sequences.codes]
    beside = structures.coded.alphabet.beside
    rows = []
    for at in np.flatnonzero(~places.on_path & (places.slack_until >= 0)):
        sequence = int(structures.sequences.owners[at])
        first = int(offsets[sequence])
        until = fork = int(places.slack_until[at])
        while fork >= 0 and (not places.on_path[first + fork] or are_beside(beside, steps[first + fork], steps[at])):
            fork -= 1
        rows.append((sequence, int(at) - first, fork, until))
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    types = {"sequence": pa.int32(), "position": pa.int32(), "fork": pa.int32(), "until": pa.int32()}
    return pa.table({name: pa.array(values, t) for (name, t), values in zip(types.items(), columns, strict=True)})


def _tangled(keyed: Any, project: Project) -> dict[str, frozenset[str]]:
    """Return which steps share branches, by the design and by what the log shows."""
    journey = project.journey
    pairs = set(parallel_pairs(journey.flow)) if journey else set()
    met = keyed.select("step", other=keyed.beside_step.cast("string")).distinct()
    pairs |= {(r["step"], r["other"]) for r in rows_of(met)}
    groups = _connected(pairs)
    return {step: group - {step} for group in groups for step in group}


def _connected(pairs: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    groups: list[frozenset[str]] = []
    for pair in sorted(pairs):
        touching = [g for g in groups if g & set(pair)]
        groups = [g for g in groups if g not in touching] + [frozenset(pair).union(*touching)]
    return groups
