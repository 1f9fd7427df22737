"""`zaakstroom compare RUN RUN… [--by segment]`: sides from the case amounts that runs keep, to comparison.json.

In: run folders. Out: a `Comparison`. It owns which runs may be compared, how cases fall into sides and strata, and
which measures a comparison has; the statistics are `mining.comparison`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.compare_claims import (
    is_begun_before,
    is_cut_short,
    is_run_out,
    without_claims_against,
    without_partial_claims,
)
from flows.compare_journeys import changed_alone, said_by, with_reach
from flows.compare_measures import measures_of
from flows.compare_notices import notices_of
from flows.compare_runs import (
    ComparedRun,
    Part,
    read_run,
    refuse_unlike,
    refuse_unlike_journeys,
    unlike_norms,
    with_own_names,
)
from mappings.errors import ZaakstroomError
from mining.against_journey import Said, against_journeys
from mining.bootstrap import DRAWS, SEED
from mining.comparison import Side, compare, missing_strata
from mining.decided import ENOUGH
from mining.ended_alike import Ends
from mining.results.comparison import ComparedJourney, Comparison, MeasureComparison, SideFacts
from mining.results.journey import JourneyFacts
from mining.sample import Floats
from mining.sure import FALSE_DISCOVERY_RATE

MIX = ("zaaktype", "persona", "channel")
_MOST_SIDES = 24


class CompareError(ZaakstroomError):
    """Runs cannot be compared, or not by this."""

    exit_code = 6


def compare_runs(
    folders: Sequence[Path],
    by: str | None = None,
    mix: Sequence[str] | None = None,
    reference: str | None = None,
    is_same_journey: bool = False,
) -> Comparison:
    """Compare runs with one another, or the parts of runs by a segment. The first side is the reference.

    Runs of different mappings are refused, unless `is_same_journey`: then their designed journeys must have the same
    steps, and norms that differ are left out. Raises CompareError where there is nothing to compare.
    """
    runs = with_own_names([read_run(folder) for folder in folders])
    (refuse_unlike_journeys if is_same_journey else refuse_unlike)(runs)
    parts = _with_reference([part for run in runs for part in _parts(run, by, len(runs) > 1)], reference)
    if len(parts) < 2 and (by is not None or not said_by(runs[0].findings)):
        raise CompareError(
            ", ".join(str(folder) for folder in folders),
            f"gives {len(parts)} side to compare",
            "name two runs, or a segment with --by that divides the cases; or design the journey",
        )
    if len(parts) > _MOST_SIDES:
        raise CompareError(f"--by {by}", f"gives {len(parts)} sides", f"name a segment of at most {_MOST_SIDES} values")
    fields = [f for f in (mix or MIX) if f != by and any(part.closed.has(f) for part in parts)]
    measures, columns = measures_of([part.closed for part in parts], runs[0].findings)
    unlike = unlike_norms(runs)
    measures = [m for m in measures if m.table != "norms" or m.name not in unlike]
    sides = [_side(part, values, fields) for part, values in zip(parts, columns, strict=True)]
    return _told(runs, by, parts, fields, sides, compare(sides, measures))


def _parts(run: ComparedRun, by: str | None, is_named: bool) -> list[Part]:
    if by is None:
        closed, still_open = run.cases.split_open()
        return [Part(run.name, run, "", closed, still_open)]
    values = run.cases.field(by)
    found = []
    for value in sorted({str(v) for v in values if v is not None}):
        closed, still_open = run.cases.where(values == value).split_open()
        found.append(Part(f"{run.name}: {value}" if is_named else value, run, value, closed, still_open))
    return found


def _side(part: Part, columns: dict[str, Floats], fields: Sequence[str]) -> Side:
    strata = part.closed.strata(fields)
    return Side(part.name, columns, strata, Ends(columns["lead_elapsed"], strata, part.still_open.strata(fields)))


def _with_reference(parts: list[Part], reference: str | None) -> list[Part]:
    """Put the reference first; without one the order is that of the runs, and of the values."""
    if reference is None:
        return parts
    chosen = [part for part in parts if reference in (part.name, part.value)]
    if not chosen:
        known = ", ".join(part.name for part in parts)
        raise CompareError(f"--reference {reference}", "is none of the sides", f"name one of: {known}")
    return [chosen[0], *(part for part in parts if part is not chosen[0])]


def _told(
    runs: Sequence[ComparedRun],
    by: str | None,
    parts: Sequence[Part],
    fields: Sequence[str],
    sides: Sequence[Side],
    found: tuple[MeasureComparison, ...],
) -> Comparison:
    findings, facts = runs[0].findings, tuple(_facts(part, by) for part in parts)
    said = {each.name: each for each in said_by(findings)}
    against = against_journeys(sides, [changed_alone(each, findings) for each in said.values()])
    said = with_reach(said, sides[0])
    begun_before = frozenset(part.name for part in parts if is_begun_before(part.run, part.closed, by))
    run_out = frozenset(part.name for part in parts if is_run_out(part.run, part.closed, by))
    return Comparison(
        project=findings.project.name,
        title=findings.project.title,
        mapping_hash=findings.run.mapping_hash,
        zone=findings.project.zone,
        language=findings.project.language,
        sides=facts,
        mix=tuple(fields),
        missing_strata=missing_strata(sides),
        measures=tuple(_with_said(without_partial_claims(m, facts, begun_before | run_out), said) for m in found),
        steps=tuple(rung.step for rung in findings.ladder),
        personas={p.persona: p.name for j in findings.journeys if j.kind == "designed" for p in j.personas},
        journeys=tuple(_compared(journey, said, by) for journey in findings.journeys if journey.name in said),
        against=without_claims_against(against, facts),
        draws=DRAWS,
        seed=SEED,
        false_discovery_rate=FALSE_DISCOVERY_RATE,
        enough_cases=ENOUGH,
        notices=notices_of(runs, by, parts, fields, facts, begun_before, run_out),
    )


def _facts(part: Part, by: str | None) -> SideFacts:
    closed = len(part.closed)
    every = closed + part.open_cases
    months = part.closed.months()
    return SideFacts(
        name=part.name,
        run_id=part.run.findings.run.run_id,
        segment=by or "",
        value=part.value,
        cases=closed,
        open_cases=part.open_cases,
        open_share=part.open_cases / every if every else 0.0,
        started_from=months[0] if months else None,
        started_to=months[-1] if months else None,
        as_of=part.run.findings.run.as_of,
        is_cut_short=is_cut_short(part.run, part.closed, by),
    )


def _compared(journey: JourneyFacts, said: dict[str, Said], by: str | None) -> ComparedJourney:
    return ComparedJourney(
        name=journey.name,
        title=journey.title,
        kind=journey.kind,
        total_seconds=said[journey.name].total,
        main_route_seconds=None if journey.flow is None else journey.total_seconds,
        # of the whole run: of a part of it the findings do not say
        within_norms={} if by else journey.within_norms,
    )


def _with_said(measure: MeasureComparison, said: dict[str, Said]) -> MeasureComparison:
    """Set what the journeys say beside the mean lead time and the steps: they have no cases to draw from."""
    if (measure.statistic, measure.clock) != ("mean", "elapsed"):
        return measure
    if measure.table == "rungs":
        designed = {
            name: each.per_case[measure.measure] for name, each in said.items() if measure.measure in each.per_case
        }
    elif measure.measure == "lead_time":
        designed = {name: each.total for name, each in said.items() if each.total is not None}
    else:
        return measure
    return measure.model_copy(update={"designed": designed})
