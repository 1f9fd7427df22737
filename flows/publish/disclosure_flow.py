"""The process map, the dotted chart and the deviations for the team: rounded; the variants: those of enough cases.

Paths go into and out of activities, so that a hidden one would follow from the others; and all of these counts are
over all cases, open ones too, beside the closed ones of the map. So what is told is rounded to the smallest group,
and what is smaller than that is not there.
"""

from __future__ import annotations

from typing import Any

from flows.publish.disclosure_lines import Line, closed
from flows.publish.disclosure_mark import NOT_TOLD, Withheld, about, is_few, part, share, timed
from mining.findings import Findings
from mining.results.dotted import Dotted, DottedTime
from mining.results.overlay import Deviation, Overlay
from mining.results.process import Edge, ModelQuality, Node, Variant


def flow(findings: Findings, pooled: frozenset[str], least: int) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the fields of the process, and what is left out of them."""
    nodes = tuple(_node(one, least) for one in findings.activities if one.cases >= least)
    paths = tuple(_path(one, least) for one in findings.dfg if one.cases >= least)
    variants = _variants(findings, least)
    fields = {
        "dfg": paths,
        "activities": nodes,
        "variants": variants,
        "variants_shown_share": sum(one.share for one in variants),
        "discovery": tuple(_model(one, findings.log.cases, least) for one in findings.discovery),
        "overlay": _overlay(findings.overlay, pooled, findings.log.cases, least),
        "dotted": _dotted(findings.dotted, findings.log.cases, least),
    }
    left = {
        "activities": len(findings.activities) - len(nodes),
        "paths": len(findings.dfg) - len(paths),
        "variants": findings.log.variants - len(variants) if len(variants) < len(findings.variants) else 0,
    }
    return fields, left


def _node(node: Node, least: int) -> Node:
    told = {name: about(getattr(node, name), least) for name in ("events", "cases", "starts", "ends")}
    return node.model_copy(update=told)


def _path(edge: Edge, least: int) -> Edge:
    return edge.model_copy(update={name: about(getattr(edge, name), least) for name in ("count", "cases")})


def _variants(findings: Findings, least: int) -> tuple[Variant, ...]:
    """Return the variants of enough cases, as long as those that are not told are a group of enough too."""
    counts: dict[Any, int] = {at: one.cases for at, one in enumerate(findings.variants)}
    rest = findings.log.cases - sum(counts.values())
    named = (*counts, "rest") if rest > 0 else tuple(counts)
    counts["rest"] = max(rest, 0)
    away = closed(counts, [Line(named)], least, worth={"rest": 9})
    told = (one for at, one in enumerate(findings.variants) if at not in away)
    return tuple(one.model_copy(update=timed(one, least)) for one in told)


def _model(model: ModelQuality, cases: int, least: int) -> ModelQuality:
    told = {"covered_cases": part(model.covered_cases, cases, least)}
    return model.model_copy(update=told | {"covered_share": share(model.covered_share, cases, least)})


def _overlay(found: Overlay | None, pooled: frozenset[str], cases: int, least: int) -> Overlay | None:
    if found is None:
        return None
    return found.model_copy(
        update={
            "aligned_cases": part(found.aligned_cases, cases, least),
            "aligned_share": share(found.aligned_share, cases, least),
            "fitting_cases": part(found.fitting_cases, found.aligned_cases, least),
            "mean_fitness": NOT_TOLD if is_few(found.aligned_cases, least) else found.mean_fitness,
            "deviations": tuple(_deviation(one, pooled, least) for one in found.deviations),
            "steps": tuple(_against(one, pooled, least) for one in found.steps),
            "models": tuple(_model(one, cases, least) for one in found.models),
        }
    )


def _deviation(one: Deviation, pooled: frozenset[str], least: int) -> Deviation:
    seconds = NOT_TOLD if one.elapsed_seconds is not None else None
    if is_few(one.cases, least):
        few = {"cases": Withheld(below=least), "occurrences": NOT_TOLD, "elapsed_seconds": seconds}
        return one.model_copy(update=few)
    told: dict[str, Any] = {name: about(getattr(one, name), least) for name in ("cases", "occurrences")}
    return one.model_copy(update=told | ({"elapsed_seconds": seconds} if one.step in pooled else {}))


def _against(one: Any, pooled: frozenset[str], least: int) -> Any:
    if one.step not in pooled and one.cases >= least:
        return one.model_copy(update={"cases": about(one.cases, least)})
    seconds = None if one.actual_seconds is None else NOT_TOLD
    return one.model_copy(update={"actual_seconds": seconds, "cases": part(one.cases, None, least)})


def _dotted(found: Dotted | None, cases: int, least: int) -> Dotted | None:
    """Return the chart with rounded counts, without what was done by, or on, few cases."""
    if found is None:
        return None
    rows = tuple(one.model_copy(update={"cases": about(one.cases, least)}) for one in found.rows)
    times = {name: _time(getattr(found, name), least) for name in ("since_received", "calendar")}
    return found.model_copy(update={"cases": part(found.cases, cases, least), "rows": rows, **times})


def _time(time: DottedTime, least: int) -> DottedTime:
    cells = tuple(
        one.model_copy(update={name: about(getattr(one, name), least) for name in ("events", "cases")})
        for one in time.cells
        if one.cases >= least
    )
    busiest = {"busiest_events": about(time.busiest_events, least)}
    if time.busiest is not None and time.busiest_events < least:
        busiest = {"busiest": None, "busiest_events": 0}
    return time.model_copy(update={"cells": cells} | busiest)
