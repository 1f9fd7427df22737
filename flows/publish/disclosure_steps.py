"""What is told step by step, where some steps stand together: boxes, panels, what-if, causes, deviations.

In: the findings, and the steps that are told together. Out: the fields that hold a row a step, without those rows, or
with their sum where rows add up to a total.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flows.publish.disclosure_ladder import OTHER_LANES, OTHER_STEPS, Loops, together
from flows.publish.disclosure_lines import Key, Line, closed
from flows.publish.disclosure_mark import NOT_TOLD, Withheld, is_few, is_withheld, part, share
from flows.publish.disclosure_what_if import told_gains
from mining.findings import Findings
from mining.results.base import Result
from mining.results.detail import LaneShare, StepDetail
from mining.results.overlay import AboveDesign
from mining.results.stream import Rung, StepMeasures
from mining.results.times import HistogramBin
from mining.results.waiting import CauseAmounts, CertainWaitStep, WaitCause

_Row = TypeVar("_Row", bound=Result)


@dataclass(frozen=True)
class Steps:
    """What the rows of single steps have to follow."""

    pooled: frozenset[str]
    rungs: dict[str, Rung]
    """The rungs as they are told."""
    loops: Loops
    handoffs: frozenset[tuple[str, str]]
    """Pairs of lanes whose handoffs between teams are told."""
    hidden: frozenset[Key]
    """Counts over all cases that are not told."""
    least: int


def step_rows(findings: Findings, by: Steps) -> dict[str, Any]:
    """Return the fields that hold a row a step."""
    boxes = tuple(_box(box, by) for box in findings.steps if not is_few(box.cases, by.least))
    return {
        "steps": boxes,
        "rolled_first_time_right": _rolled(findings, boxes),
        "step_details": _details(findings, by),
        "what_if": told_gains(findings.what_if, by.least, lambda step, lanes: _is_gain_told(step, lanes, by)),
        "wait_causes": _causes(findings, by),
        "certain_wait": _certain(findings, by),
        "above_design": tuple(
            _above(one, findings, by.least)
            for one in findings.above_design
            if one.cases >= by.least and _is_told(one.kind, one.name, findings, by)
        ),
        "journeys": tuple(_journey(journey, findings, by) for journey in findings.journeys),
    }


def _is_told(kind: str, name: tuple[str, ...], findings: Findings, by: Steps) -> bool:
    if kind == "step":
        return name[0] not in by.pooled
    return name in {loop.path for loop in by.loops.changes["loops"]}


def _above(one: AboveDesign, findings: Findings, least: int) -> AboveDesign:
    """Return an amount; not of how many cases, where few of all or of those that came there took no more."""
    if one.kind == "step":
        reached = next((rung.cases for rung in findings.ladder if (rung.step,) == one.name), None)
    else:
        reached = next((loop.cases for loop in findings.loops if loop.path == one.name), None)
    cases = part(part(one.cases, findings.cohort.cases, least), reached, least)
    times = NOT_TOLD if is_withheld(cases) else _again(one.occurrences, one.cases, least)
    return one.model_copy(update={"cases": cases, "occurrences": times})


def _again(times: Any, cases: int, least: int) -> Any:
    return NOT_TOLD if is_few(times - cases, least) else times


def _box(box: StepMeasures, by: Steps) -> StepMeasures:
    rung = by.rungs.get(box.step)
    told: dict[str, Any] = {
        "starts_known_share": round(box.starts_known_share, 2),
        "first_time_right_share": _right(box, by),
    }
    if rung is not None and is_withheld(rung.cases):
        told["cases"] = rung.cases
    if is_few(box.visits - box.cases, by.least) or "cases" in told:
        told["visits"] = NOT_TOLD
    if is_few(round(box.starts_known_share * box.visits), by.least):
        told |= {"process_median_seconds": NOT_TOLD, "starts_known_share": NOT_TOLD}
    return box.model_copy(update=told)


def _right(box: StepMeasures, by: Steps) -> Any:
    if box.first_time_right_share is None or by.loops.steps is None or box.step in by.loops.unclear:
        return None if box.first_time_right_share is None else NOT_TOLD
    told = share(box.first_time_right_share, box.visits, by.least)
    # the bound is a share of the visits: not said where there is a small group between them and the cases
    return NOT_TOLD if is_withheld(told) and is_few(box.visits - box.cases, by.least) else told


def _rolled(findings: Findings, boxes: Sequence[StepMeasures]) -> Any:
    """Return the product over the main route; not told where a factor is not, since the others would give it."""
    known = {box.step: box.first_time_right_share for box in boxes}
    if findings.rolled_first_time_right is None:
        return None
    factors = [known.get(step, NOT_TOLD) for step in findings.main_route]
    return NOT_TOLD if any(is_withheld(each) for each in factors) else findings.rolled_first_time_right


def _details(findings: Findings, by: Steps) -> tuple[StepDetail, ...]:
    away = _segments_away(findings, by.least) | {key[1:] for key in by.hidden if key[0] == "segment"}
    boxes = {box.step: box for box in findings.steps}
    return tuple(
        _detail(one, boxes.get(one.step), away, by) for one in findings.step_details if one.step not in by.pooled
    )


def _segments_away(findings: Findings, least: int) -> frozenset[tuple[str, str]]:
    """Return the segments that are not told, since they would give those that are left out: the same in every step."""
    cases = {(one.kind, one.value): one.cases for detail in findings.step_details for one in detail.segments}
    counts: dict[Any, int] = dict(cases)
    lines = []
    for kind in {kind for kind, _ in cases}:
        known = tuple(key for key in cases if key[0] == kind)
        counts[kind] = max(findings.cohort.cases - sum(cases[key] for key in known), 0)
        lines.append(Line((*known, kind)))
    return frozenset(key for key in closed(counts, lines, least) if key in cases)


def _detail(one: StepDetail, box: StepMeasures | None, away: frozenset[tuple[str, str]], by: Steps) -> StepDetail:
    kept = tuple(each for each in one.segments if (each.kind, each.value) not in away)
    return one.model_copy(
        update={
            "histogram": _visits(one.histogram, box, by),
            "lanes": _lanes(one.lanes, by.least),
            "segments": kept,
            "segments_left_out": one.segments_left_out + len(one.segments) - len(kept),
        }
    )


def _visits(bins: Sequence[HistogramBin], box: StepMeasures | None, by: Steps) -> tuple[HistogramBin, ...]:
    """Return bins of enough visits; none where the number of visits would tell of few that came again."""
    rung = by.rungs.get(box.step) if box else None
    if box is None or is_few(box.visits - box.cases, by.least) or (rung is not None and is_withheld(rung.visits)):
        return ()
    told = wider(bins, by.least)
    # the last bin ends with the longest visit of all
    return (*told[:-1], told[-1].model_copy(update={"to_seconds": NOT_TOLD})) if told else ()


def wider(bins: Sequence[HistogramBin], least: int) -> tuple[HistogramBin, ...]:
    """Return neighbouring bins taken together until each holds enough, or none at all."""
    out: list[HistogramBin] = []
    for each in bins:
        if out and (is_few(out[-1].cases, least) or (out[-1].cases == 0 and is_few(each.cases, least))):
            out[-1] = _joined(out[-1], each)
        else:
            out.append(each)
    while len(out) > 1 and is_few(out[-1].cases, least):
        last = out.pop()
        out[-1] = _joined(out[-1], last)
    return () if len(out) == 1 and is_few(out[0].cases, least) else tuple(out)


def _joined(first: HistogramBin, last: HistogramBin) -> HistogramBin:
    cases = first.cases + last.cases
    return HistogramBin(from_seconds=first.from_seconds, to_seconds=last.to_seconds, cases=cases)


def _lanes(lanes: Sequence[LaneShare], least: int) -> tuple[LaneShare, ...]:
    """Return the lanes, those of few cases as one with one that hides them."""
    named = {repr(one.lane): one for one in lanes}
    sizes = {name: least if one.cases is None else one.cases for name, one in named.items()}
    away = together(sizes, {name: (one.share,) for name, one in named.items()}, least)
    if not away:
        return tuple(one.model_copy(update={"cases": None}) for one in lanes)
    kept = [one.model_copy(update={"cases": None}) for name, one in named.items() if name not in away]
    rest = sum(named[name].share for name in away)
    return (*kept, LaneShare(lane=OTHER_LANES, share=rest)) if kept else ()


def _is_gain_told(step: str, lanes: tuple[str, str] | None, by: Steps) -> bool:
    rung = by.rungs.get(step)
    is_known = step not in by.pooled and (rung is None or not is_withheld(rung.visits))
    return is_known and (lanes is None or lanes in by.handoffs)


def _causes(findings: Findings, by: Steps) -> Any:
    """Return the causes of waiting with the rows of few cases, or of steps that stand together, as one."""
    found = findings.wait_causes
    if found is None or not found.rows:
        return found
    steps = {repr(row.step): row for row in found.rows if row.scope == "step"}
    sizes = {name: row.cases or 0 for name, row in steps.items()}
    amounts = {name: tuple(row.elapsed.model_dump().values()) for name, row in steps.items()}
    pooled = [name for name, row in steps.items() if row.step in by.pooled]
    away = together(sizes, amounts, by.least, pooled)
    rows = [
        row for row in found.rows if row.scope == "few_people" or (row.scope == "step" and repr(row.step) not in away)
    ]
    rows += [row for row in found.rows if row.scope == "handoff" and _is_wait_told(row, by)]
    small = [steps[name] for name in away]
    if small:
        rows.append(_caused(small))
    reasons = tuple(
        one if not is_few(one.segments, by.least) else one.model_copy(update={"segments": Withheld(below=by.least)})
        for one in found.not_determined
    )
    if any(is_withheld(one.segments) for one in reasons):
        reasons = tuple(
            one.model_copy(update={"elapsed_seconds": NOT_TOLD, "working_seconds": NOT_TOLD, "segments": NOT_TOLD})
            for one in reasons
        )
    counts = {name: part(getattr(found, name), None, by.least) for name in ("batches", "batched_segments")}
    return found.model_copy(update={"rows": tuple(rows), "not_determined": reasons, **counts})


def _is_wait_told(row: WaitCause, by: Steps) -> bool:
    is_enough = row.cases is not None and row.cases >= by.least
    return is_enough and (row.from_lane is None or (row.from_lane, row.to_lane or "") in by.handoffs)


def _caused(rows: Sequence[WaitCause]) -> WaitCause:
    clocks = {
        clock: CauseAmounts(
            **{name: sum(getattr(getattr(row, clock), name) for row in rows) for name in CauseAmounts.model_fields}
        )
        for clock in ("elapsed", "working")
    }
    counts = dict.fromkeys(("segments", "determined_segments", "cases", "determined_share"), NOT_TOLD)
    return rows[0].model_copy(update={"scope": "step", "step": OTHER_STEPS, **clocks, **counts})


def _certain(findings: Findings, by: Steps) -> Any:
    found = findings.certain_wait
    if found is None:
        return None
    rows = summed(found.steps, lambda row: row.step in by.pooled, CertainWaitStep)
    return found.model_copy(update={"steps": rows})


def summed(rows: Sequence[_Row], is_away: Callable[[_Row], bool], kind: type[_Row]) -> tuple[_Row, ...]:
    """Return the rows, those that are away as one row of their sums."""
    away = [row for row in rows if is_away(row)]
    names = [name for name in kind.model_fields if name.endswith("_seconds")]
    if not away:
        return tuple(rows)
    rest = away[0].model_copy(
        update={"step": OTHER_STEPS} | {name: sum(getattr(row, name) for row in away) for name in names}
    )
    return (*(row for row in rows if not is_away(row)), rest)


def _journey(journey: Any, findings: Findings, by: Steps) -> Any:
    """Return a journey without the rungs of steps that stand together; a total that changes one of them is not told.

    What it would bring within a norm is a share of the cases that the norm judges, which may be far fewer than all.
    """
    judged = {norm.name: norm.met + norm.missed for norm in findings.norms}
    within = {
        name: share(value, judged[name], by.least) if judged.get(name, 0) >= by.least else NOT_TOLD
        for name, value in journey.within_norms.items()
    }
    journey = journey.model_copy(update={"within_norms": within})
    told = {step: seconds for step, seconds in journey.rung_seconds.items() if step not in by.pooled}
    if not by.pooled & set(journey.changes):
        return journey.model_copy(update={"rung_seconds": told})
    none = {"total_seconds": None, "total_between_seconds": None, "within_norms": {}}
    return journey.model_copy(update={"rung_seconds": told} | none)
