"""`zaakstroom compare RUN RUN… [--by segment]`: sides from the case amounts that runs keep, to comparison.json.

In: run folders. Out: a `Comparison`. It owns which runs may be compared, how cases fall into sides and strata, and
which measures a comparison has; the statistics are `mining.comparison`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.compare_claims import (
    MOST_OPEN,
    is_begun_before,
    is_begun_in,
    is_cut_short,
    is_run_out,
    without_claims_against,
    without_partial_claims,
)
from flows.compare_journeys import changed_alone, said_by, with_reach
from flows.compare_measures import measures_of
from flows.compare_runs import (
    CaseTable,
    ComparedRun,
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
from mining.results.base import LocalText
from mining.results.comparison import ComparedJourney, Comparison, MeasureComparison, SideFacts
from mining.results.journey import JourneyFacts
from mining.sample import Floats
from mining.sure import FALSE_DISCOVERY_RATE

MIX = ("zaaktype", "persona", "channel")
_MOST_SIDES = 24


class CompareError(ZaakstroomError):
    """Runs cannot be compared, or not by this."""

    exit_code = 6


@dataclass(frozen=True)
class _Part:
    """One side: the cases of a run, or those of them with one value of a segment."""

    name: str
    run: ComparedRun
    value: str
    closed: CaseTable
    still_open: CaseTable

    @property
    def open_cases(self) -> int:
        return len(self.still_open)


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


def _parts(run: ComparedRun, by: str | None, is_named: bool) -> list[_Part]:
    if by is None:
        closed, still_open = run.cases.split_open()
        return [_Part(run.name, run, "", closed, still_open)]
    values = run.cases.field(by)
    found = []
    for value in sorted({str(v) for v in values if v is not None}):
        closed, still_open = run.cases.where(values == value).split_open()
        found.append(_Part(f"{run.name}: {value}" if is_named else value, run, value, closed, still_open))
    return found


def _side(part: _Part, columns: dict[str, Floats], fields: Sequence[str]) -> Side:
    strata = part.closed.strata(fields)
    return Side(part.name, columns, strata, Ends(columns["lead_elapsed"], strata, part.still_open.strata(fields)))


def _with_reference(parts: list[_Part], reference: str | None) -> list[_Part]:
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
    parts: Sequence[_Part],
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
        journeys=tuple(_compared(journey, said, by) for journey in findings.journeys if journey.name in said),
        against=without_claims_against(against, facts),
        draws=DRAWS,
        seed=SEED,
        false_discovery_rate=FALSE_DISCOVERY_RATE,
        enough_cases=ENOUGH,
        notices=_notices(runs, parts, fields, facts, begun_before, run_out),
    )


def _facts(part: _Part, by: str | None) -> SideFacts:
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
    total = said[journey.name].total
    return ComparedJourney(
        name=journey.name,
        title=journey.title,
        kind=journey.kind,
        total_seconds=total,
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


def _notices(
    runs: Sequence[ComparedRun],
    parts: Sequence[_Part],
    fields: Sequence[str],
    facts: Sequence[SideFacts],
    begun_before: frozenset[str],
    run_out: frozenset[str],
) -> tuple[LocalText, ...]:
    notices: list[LocalText] = []
    if before := ", ".join(part.name for part in parts if part.name in begun_before):
        notices.append(
            {
                "nl": f"Het log begint met zaken die toen openstonden. Van {before} ontbreken zaken die al klaar waren,"
                " vooral snelle: geen verschil met zo'n periode heet zeker.",
                "en": f"The log begins with the cases that were open then. Of {before} it lacks those that had ended,"
                " mostly quick ones: no difference with such a period is called sure.",
            }
        )
    if short := ", ".join(side.name for side in facts if side.is_cut_short):
        notices.append(
            {
                "nl": f"Het log begint te kort voor {short}: trage zaken kunnen daar niet in eindigen, dus die kant"
                " lijkt korter dan zij was. Vergelijk liever naar begin, of kies een latere periode met --reference.",
                "en": f"The log begins too shortly before {short}: slow cases cannot end in it, so that side looks"
                " shorter than it was. Rather compare by start, or choose a later period with --reference.",
            }
        )
    if after := ", ".join(part.name for part in parts if part.name in run_out):
        notices.append(
            {
                "nl": f"{after} loopt door nadat de laatste zaak van het log binnenkwam: snelle zaken konden er"
                " niet meer in eindigen, dus die kant lijkt langer dan zij was, en geen verschil ermee heet zeker.",
                "en": f"{after} goes on after the last case of the log came in: quick cases could not end in it any"
                " more, so that side looks longer than it was, and no difference with it is called sure.",
            }
        )
    if len(runs) > 1 and _share_months(parts):
        notices.append(
            {
                "nl": "De runs hebben maanden gemeen: een zaak die in beide staat, telt aan beide kanten mee.",
                "en": "The runs have months in common: a case that is in both counts on both sides.",
            }
        )
    if len({run.findings.run.mapping_hash for run in runs}) > 1:
        left = ", ".join(sorted(unlike_norms(runs)))
        notices.append(
            {
                "nl": "De runs zijn van meer mappings met dezelfde stappen. Werkuren zijn die van elke kant zelf."
                + (f" Niet vergeleken, want niet gelijk: {left}." if left else ""),
                "en": "The runs are of several mappings with the same steps. Working hours are each side's own."
                + (f" Not compared, since they differ: {left}." if left else ""),
            }
        )
    if not fields:
        notices.append(
            {
                "nl": "De zaken hebben geen kenmerken om naar te wegen; gelijke mix is hier hetzelfde als ruw.",
                "en": "The cases have no fields to weigh by; equal mix is the same as raw here.",
            }
        )
    if max(side.open_share for side in facts) > MOST_OPEN:
        notices.append(
            {
                "nl": "Aan een kant staat meer dan 10 % van de zaken nog open; die zitten in geen enkele waarde.",
                "en": "On one side more than 10 % of the cases are still open; they are in none of the values.",
            }
        )
    if any(is_begun_in(side.segment) and side.open_share > MOST_OPEN for side in facts):
        notices.append(
            {
                "nl": "Van een periode waarvan zo veel zaken nog open staan zijn vooral de snelle klaar: geen verschil"
                " met zo'n periode heet zeker.",
                "en": "Of a period of which so many cases are still open, mostly the quick ones have ended: no"
                " difference with such a period is called sure.",
            }
        )
    return tuple(notices)


def _share_months(parts: Sequence[_Part]) -> bool:
    seen: dict[str, set[Any]] = {}
    for part in parts:
        seen.setdefault(part.run.name, set()).update(part.closed.months())
    every = list(seen.values())
    return any(one & other for n, one in enumerate(every) for other in every[n + 1 :])
