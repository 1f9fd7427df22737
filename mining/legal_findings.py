"""The third clock on what is shown: lead time, direct route, ladder, steps, loops and handoffs in legal days.

In: the ledger, the cohort's segments and the journey's legal norm. Out: the same results with `legal` filled.
Nothing is filled where the journey has no norm in the legal clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from mappings.project import Project
from mining.amounts import rows_of
from mining.findings import Findings
from mining.ladder import SLOW, TYPICAL, cases_between
from mining.ledger import Ledger
from mining.legal import LegalClock
from mining.legal_amounts import legal_amounts, legal_sums
from mining.log import Log
from mining.results.legal import LegalDays
from mining.results.rework import Handoff, Loop
from mining.results.stream import Ladder, Rung, StepMeasures
from mining.results.times import Both, LeadTimes

_Shown = TypeVar("_Shown", Rung, StepMeasures, Loop, Handoff, Both, LeadTimes)


@dataclass(frozen=True)
class LegalView:
    """The cohort's segments with their legal amounts, of the cases of which they are known."""

    segments: Any
    ledger: Ledger
    norm: str
    cases: int
    cohort: int

    def lead_times(self, shown: LeadTimes) -> LeadTimes:
        """Return the lead times with the legal one."""
        by_case = self.segments.group_by("case").agg(**legal_sums(self.segments))
        row = rows_of(by_case.agg(**legal_sums(by_case), median=by_case.legal_total.cast("float64").quantile(0.5)))[0]
        return _with(shown, self._days(row))

    def direct_route(self, shown: Both) -> Both:
        """Return the direct route with its legal days."""
        direct = self.segments.filter(self.segments.loop == -1)
        return _with(shown, self._days(rows_of(direct.agg(**legal_sums(direct)))[0]))

    def rungs(self, shown: tuple[Rung, ...]) -> tuple[Rung, ...]:
        """Return the ladder with a third rail; its rungs add up to the mean legal lead time of the same cases."""
        return tuple(_with(rung, self._days(self._by_step.get(rung.step, {}))) for rung in shown)

    def steps(self, shown: tuple[StepMeasures, ...]) -> tuple[StepMeasures, ...]:
        """Return the boxes with the legal days of each step, and their median per visit."""
        return tuple(_with(box, self._days(self._by_step.get(box.step, {}))) for box in shown)

    def loops(self, shown: tuple[Loop, ...]) -> tuple[Loop, ...]:
        """Return the loops with the legal days that each costs per case."""
        return tuple(_with(loop, self._days(self._by_loop.get(loop.path, {}))) for loop in shown)

    def other_loops(self, shown: Both, listed: tuple[Loop, ...]) -> Both:
        """Return the sum of the loops that are not listed, so that direct route + loops adds up here too."""
        named = {loop.path for loop in listed}
        rest = [row for path, row in self._by_loop.items() if path not in named]
        total = {name: sum(row[name] or 0 for row in rest) for name in legal_sums(self.segments)}
        return _with(shown, self._days(total))

    def handoffs(self, shown: tuple[Handoff, ...]) -> tuple[Handoff, ...]:
        """Return the handoffs with the legal days of the receiving segments, per case."""
        # events whose order no source gives are in no figure of a handoff
        ordered = self.segments.filter(self.segments.passing >= 0, self.segments.order_known)
        passed = ordered.join(self.ledger.handoffs, "passing")
        grouped = rows_of(passed.group_by(["level", "giver", "taker"]).agg(**legal_sums(passed)))
        found = {(r["level"], r["giver"], r["taker"]): r for r in grouped}
        return tuple(_with(each, self._days(found.get((each.level, each.from_, each.to), {}))) for each in shown)

    @cached_property
    def _by_step(self) -> dict[str, dict[str, Any]]:
        summed = self.segments.group_by("booked_step").agg(**legal_sums(self.segments))
        visits = self.segments.group_by(["booked_step", "case", "visit"]).agg(t=self.segments.legal_total.sum())
        median = visits.group_by("booked_step").agg(median=visits.t.cast("float64").quantile(0.5))
        middle = {row["booked_step"]: row["median"] for row in rows_of(median)}
        return {row["booked_step"]: row | {"median": middle[row["booked_step"]]} for row in rows_of(summed)}

    @cached_property
    def _by_loop(self) -> dict[tuple[str, ...], dict[str, Any]]:
        looped = self.segments.filter(self.segments.loop >= 0).join(self.ledger.loops, ["sequence", "loop"])
        return {tuple(row["path"]): row for row in rows_of(looped.group_by("path").agg(**legal_sums(looped)))}

    def _days(self, row: dict[str, Any]) -> LegalDays:
        kinds = ("wait", "process", "elsewhere", "unknown", "total")
        means = {f"{k}_days": (row.get(f"legal_{k}") or 0) / self.cases if self.cases else 0.0 for k in kinds}
        share = self.cases / self.cohort if self.cohort else 0.0
        return LegalDays(cases=self.cases, share=share, median_days=row.get("median"), norm=self.norm, **means)


def _with(shown: _Shown, days: LegalDays) -> _Shown:
    return shown.model_copy(update={"legal": days})


def with_legal_clock(
    findings: Findings, clocks: dict[str, LegalClock], ledger: Ledger, log: Log, project: Project, segments: Any
) -> Findings:
    """Return the findings with the third clock filled; unchanged where the journey has no norm in it."""
    norm = project.journey.legal_norm if project.journey else None
    if norm is None:
        return findings
    amounts = legal_amounts(log.con, segments, ledger, clocks[norm.name])
    known = amounts.filter(amounts.legal_total.notnull())
    cases = int(known["case"].nunique().to_pyarrow().as_py() or 0)
    view = LegalView(known, ledger, norm.name, cases, findings.cohort.cases)
    filled: dict[str, Any] = {
        "lead_time": view.lead_times(findings.lead_time),
        "direct_route": view.direct_route(findings.direct_route),
        "ladder": view.rungs(findings.ladder),
        "steps": view.steps(findings.steps),
        "loops": view.loops(findings.loops),
        "handoffs": view.handoffs(findings.handoffs),
    }
    for name, between in (("ladder_typical", TYPICAL), ("ladder_slow", SLOW)):
        if (part := getattr(findings, name)) is not None:
            filled[name] = _part(view, part, between)
    if findings.other_loops is not None:
        filled["other_loops"] = view.other_loops(findings.other_loops, findings.loops)
    return findings.model_copy(update=filled)


def _part(view: LegalView, shown: Ladder, between: tuple[float, float | None]) -> Ladder:
    """Return the ladder of the same cases as in the other clocks, with its third rail."""
    chosen = cases_between(view.ledger, *between)
    segments = view.segments.semi_join(chosen, "case")
    cases = int(segments["case"].nunique().to_pyarrow().as_py() or 0)
    own = replace(view, segments=segments, cases=cases, cohort=shown.cases)
    return shown.model_copy(update={"rungs": own.rungs(shown.rungs)})
