"""The third clock on what is shown: lead time, direct route, ladder, steps, loops and handoffs in legal days.

In: the ledger, the cohort's segments and the journey's legal norm. Out: the same results with `legal` filled.
Nothing is filled where the journey has no norm in the legal clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from mappings.project import Project
from mining.amounts import rows_of
from mining.engine import kept
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
        found = self._by_step()
        return tuple(_with(rung, self._days(found.get(rung.step, {}))) for rung in shown)

    def steps(self, shown: tuple[StepMeasures, ...]) -> tuple[StepMeasures, ...]:
        """Return the boxes with the legal days of each step, and their median per visit."""
        found = self._by_step()
        return tuple(_with(box, self._days(found.get(box.step, {}))) for box in shown)

    def loops(self, shown: tuple[Loop, ...]) -> tuple[Loop, ...]:
        """Return the loops with the legal days that each costs per case."""
        looped = self.segments.filter(self.segments.loop >= 0).join(self.ledger.loops, ["sequence", "loop"])
        found = {tuple(r["path"]): r for r in rows_of(looped.group_by("path").agg(**legal_sums(looped)))}
        return tuple(_with(loop, self._days(found.get(loop.path, {}))) for loop in shown)

    def other_loops(self, shown: Both, listed: tuple[Loop, ...]) -> Both:
        """Return the sum of the loops that are not listed, so that direct route + loops adds up here too."""
        looped = self.segments.filter(self.segments.loop >= 0).join(self.ledger.loops, ["sequence", "loop"])
        named = {loop.path for loop in listed}
        grouped = rows_of(looped.group_by("path").agg(**legal_sums(looped)))
        rest = [row for row in grouped if tuple(row["path"]) not in named]
        total = {name: sum(row[name] or 0 for row in rest) for name in legal_sums(looped)}
        return _with(shown, self._days(total))

    def handoffs(self, shown: tuple[Handoff, ...]) -> tuple[Handoff, ...]:
        """Return the handoffs with the legal days of the receiving segments, per case."""
        # events whose order no source gives are in no figure of a handoff
        ordered = self.segments.filter(self.segments.order_known)
        passed = ordered.join(self.ledger.handoffs, ["sequence", "position"])
        grouped = rows_of(passed.group_by(["level", "giver", "taker"]).agg(**legal_sums(passed)))
        found = {(r["level"], r["giver"], r["taker"]): r for r in grouped}
        return tuple(_with(each, self._days(found.get((each.level, each.from_, each.to), {}))) for each in shown)

    def _by_step(self) -> dict[str, dict[str, Any]]:
        visits = self.segments.group_by(["booked_step", "case", "visit"]).agg(**legal_sums(self.segments))
        median = visits.legal_total.cast("float64").quantile(0.5)
        grouped = visits.group_by("booked_step").agg(**legal_sums(visits), median=median)
        return {row["booked_step"]: row for row in rows_of(grouped)}

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
    shown = segments.select("case", "position", "sequence", "booked_step", "visit", "loop", "order_known")
    joined = shown.join(amounts, ["case", "position"])
    known = joined.filter(joined.legal_total.notnull())
    known = kept(log.con, "zs_legal_cohort", known)
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
    segments = view.segments.semi_join(chosen, "case") if chosen is not None else view.segments.filter(False)
    cases = int(segments["case"].nunique().to_pyarrow().as_py() or 0)
    own = replace(view, segments=segments, cases=cases, cohort=shown.cases)
    return shown.model_copy(update={"rungs": own.rungs(shown.rungs)})
