"""The ladder: mean per case, step by step, adding up to the mean lead time (DESIGN §5, ladder rung)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from mappings.base import Text, text_in
from mappings.flow import steps_of
from mappings.project import Project
from mining.amounts import mean, per_case, rows_of, sums
from mining.ledger import CLOCKS, UNKNOWN, Ledger
from mining.reach import Reached, cases_of_sequences, reached
from mining.results.stream import Ladder, Rung

_TITLES = {UNKNOWN: {"nl": "Niet vastgelegd", "en": "Not recorded"}}


def title_of(project: Project, step: str) -> dict[str, str]:
    """Return the title of a step in both languages; a step that the journey does not have keeps its own name."""
    journey = project.journey
    if step in _TITLES:
        return _TITLES[step]
    if journey is None or step not in journey.steps or not journey.steps[step].title:
        return {"nl": step, "en": step}
    return both_languages(journey.steps[step].title)


def both_languages(text: Text) -> dict[str, str]:
    """Return a text of a mapping in Dutch and English; what is written once stands in both."""
    return {language: text_in(text, language) for language in ("nl", "en")}


def step_order(project: Project) -> dict[str, int]:
    """Return the place of each step in the journey as it is written."""
    journey = project.journey
    written = steps_of(journey.flow) if journey and journey.flow is not None else list(journey.steps) if journey else []
    return {step: n for n, step in reversed(list(enumerate(written)))}


def ladder(ledger: Ledger, segments: Any, project: Project, chosen: Any | None = None) -> tuple[Rung, ...]:
    """Return a rung a step: reach × visits × time. The rungs' totals add up to the mean lead time, exactly.

    `segments` are those of the chosen cases, summed or not: all with a lead time where left out.
    """
    weights = ledger.cohort_cases if chosen is None else cases_of_sequences(chosen, ledger.structures)
    cases = int(weights.sum())
    looped = segments.elapsed_total.sum(where=segments.loop >= 0)
    held = segments.group_by(["booked_step", "lane", "booked_by"]).agg(**sums(segments), looped=looped)
    by_step: dict[str, list[dict[str, Any]]] = defaultdict(list)
    # of equals the first by name: the engine gives groups in no order
    for row in sorted(rows_of(held), key=lambda r: (r["lane"] or "", r["booked_by"])):
        by_step[row["booked_step"]].append(row)
    if not any(row[f"{clock}_total"] for row in by_step.get(UNKNOWN, ()) for clock in CLOCKS):
        by_step.pop(UNKNOWN, None)
    reach, order = reached(ledger.structures, weights), step_order(project)
    place = {step: (order.get(step, len(order)), step == UNKNOWN, reach[step].place, step) for step in by_step}
    return tuple(_rung(step, by_step[step], reach[step], project, cases) for step in sorted(by_step, key=place.get))  # type: ignore[arg-type]


def _rung(step: str, held: list[dict[str, Any]], reach: Reached, project: Project, cases: int) -> Rung:
    total = {name: sum(row[name] or 0 for row in held) for name in held[0] if name.startswith(("elapsed", "working"))}
    journey = project.journey
    by = {
        kind: sum(r["elapsed_total"] for r in held if r["booked_by"] == kind)
        for kind in ("declared", "inferred", "unknown")
    }
    whole = total["elapsed_total"]
    return Rung(
        step=step,
        title=title_of(project, step),
        lane=_main_lane(held),
        reach=reach.cases / cases if cases else 0.0,
        cases=reach.cases,
        visits=reach.visits / reach.cases,
        elapsed=mean(total, "elapsed", cases),
        working=mean(total, "working", cases),
        elapsed_per_visit_seconds=per_case(total["elapsed_total"], reach.visits),
        working_per_visit_seconds=per_case(total["working_total"], reach.visits),
        in_loops_seconds=per_case(sum(row["looped"] or 0 for row in held), cases),
        declared_share=by["declared"] / whole if whole else 0.0,
        inferred_share=by["inferred"] / whole if whole else 0.0,
        unknown_holder_share=by["unknown"] / whole if whole else 0.0,
        is_designed=bool(journey and step in journey.steps),
    )


def _main_lane(held: list[dict[str, Any]]) -> str | None:
    """Return the known lane with most of the time; ties go to the name that comes first."""
    time: dict[str, int] = defaultdict(int)
    for row in held:
        if row["lane"] is not None:
            time[row["lane"]] += row["elapsed_total"] or 0
    return min(time, key=lambda lane: (-time[lane], lane)) if time else None


TYPICAL, SLOW = (0.4, 0.6), (0.9, None)
"""The cases whose elapsed lead time lies between these percentiles; no upper one is the longest."""
PARTS: dict[str, tuple[float, float | None]] = {"is_typical": TYPICAL, "is_slow": SLOW}


def is_between(cases: Any, parts: Mapping[str, tuple[float, float | None]]) -> dict[str, Any]:
    """Tell by name which cases have an elapsed lead time between two percentiles, both included."""
    lead = cases.lead_elapsed.cast("float64")
    bounds = {f"{name}_low": lead.quantile(low) for name, (low, _) in parts.items()}
    bounds |= {f"{name}_high": lead.quantile(1.0 if high is None else high) for name, (_, high) in parts.items()}
    # without any case there are none: nothing lies between 1 and 0
    found = {name: bound for name, bound in rows_of(cases.agg(**bounds))[0].items() if bound is not None}
    low, high = ({name: found.get(f"{name}_{end}", none) for name in parts} for end, none in (("low", 1), ("high", 0)))
    return {name: (cases.lead_elapsed >= low[name]) & (cases.lead_elapsed <= high[name]) for name in parts}


def cases_between(ledger: Ledger, low: float, high: float | None) -> Any:
    """Return the cases whose elapsed lead time lies between two percentiles, both included."""
    cases = ledger.cases.filter(ledger.cases.has_lead)
    return cases.filter(is_between(cases, {"is_chosen": (low, high)})["is_chosen"])


def ladder_of_part(ledger: Ledger, segments: Any, cases: Any, project: Project, part: str) -> Ladder | None:
    """Return the ladder of one of PARTS; null where it has no cases. `segments` and `cases` are those of `Summed`."""
    chosen = cases.filter(cases[part])
    row = rows_of(chosen.agg(n=chosen.count(), total=chosen.lead_elapsed.sum()))[0]
    if not row["n"]:
        return None
    rungs = ladder(ledger, segments.filter(segments[part]), project, chosen)
    return Ladder(cases=row["n"], mean_seconds=per_case(row["total"], row["n"]), rungs=rungs)
