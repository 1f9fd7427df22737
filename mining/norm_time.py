"""Norms over time: which open cases are at risk, and how each norm was kept month by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt

from mappings.project import Project
from mining.amounts import SECOND
from mining.at_risk import HALF, Chances, chances
from mining.decided import ENOUGH
from mining.followed import Followed
from mining.ledger import Ledger
from mining.legal import LegalClock
from mining.legal_cases import legal_norm_cases
from mining.log import Log
from mining.norm_cases import REACHED, UNKNOWN_DAY, NormCases, norm_cases
from mining.norm_result import AT_RISK, MET, MISSED, STILL_OPEN
from mining.norm_spread import Taken, norm_spread
from mining.results.norms import NormResult, NormSpread
from mining.results.survival import NormMonth
from mining.survival import OPEN

_OPEN = (STILL_OPEN, AT_RISK)


def norms_over_time(
    results: tuple[NormResult, ...],
    ledger: Ledger,
    log: Log,
    project: Project,
    cases: Followed,
    legal: Mapping[str, LegalClock] | None = None,
) -> tuple[tuple[NormResult, ...], tuple[NormMonth, ...]]:
    """Return the norms with who is at risk among like cases, and the months of each.

    `legal` holds the clocks of legal terms by norm; a legal term without one comes back as it is.
    """
    told, months = [], []
    for result in results:
        norm = next(n for n in project.journey.norms if n.name == result.name) if project.journey else None
        limit = None if result.limit_seconds is None else round(result.limit_seconds * 1_000_000)
        found = None if norm is None else norm_cases(norm, limit, ledger, log, project, cases)
        if norm is not None and legal and norm.name in legal:
            found = legal_norm_cases(norm, legal[norm.name], ledger, cases)
        if found is None:
            told.append(result)
            continue
        told.append(_with_risk(result, found))
        months += list(norm_months(found))
    return tuple(told), tuple(months)


def _with_risk(result: NormResult, found: NormCases) -> NormResult:
    """Set who is at risk. Cases that were not followed have no chance that could be told."""
    is_open = np.isin(found.verdict, _OPEN)
    among = chances(found.spans, REACHED, found.remaining, found.likeness, found.is_timed & ~found.is_late)
    at_risk, known = among.at_risk(is_open[found.spans.kind == OPEN])
    update = {"at_risk": at_risk, "at_risk_unknown": result.open - known, "spread": _spread(result, found, among)}
    return result.model_copy(update=update)


def _spread(result: NormResult, found: NormCases, among: Chances) -> NormSpread | None:
    """Return how long the cases took; at risk as it was counted."""
    is_open = np.isin(found.verdict, _OPEN) & (found.spans.kind == OPEN)
    at_risk, is_sure = np.zeros(len(is_open), np.bool_), np.zeros(len(is_open), np.bool_)
    at_risk[found.spans.kind == OPEN], is_sure[found.spans.kind == OPEN] = among.high < HALF, among.low >= HALF
    at_risk &= is_open
    is_over = found.spans.kind == REACHED
    ages = found.spans.exit / SECOND
    ages[~found.is_timed] = np.nan
    return norm_spread(
        Taken(
            seconds=ages if result.limit_seconds is not None else -found.remaining / SECOND,
            is_met=is_over & (found.verdict == MET),
            is_missed=is_over & (found.verdict == MISSED),
            is_open=is_open,
            is_at_risk=at_risk,
            is_unsure=is_open & ~at_risk & ~is_sure,
        ),
        result.limit_seconds,
        result.met + result.missed + result.open,
    )


def norm_months(found: NormCases) -> Iterator[NormMonth]:
    """Yield the months in which the norm's time began, then those in which its end was reached."""
    yield from _months(found, "started_in", found.began_day)
    is_reached = np.isin(found.verdict, (MET, MISSED)) & (found.reached_day != UNKNOWN_DAY)
    yield from _months(found, "reached_in", np.where(is_reached, found.reached_day, UNKNOWN_DAY))


def _is_up(found: NormCases) -> npt.NDArray[np.bool_]:
    """Say which open cases can keep the norm no more: their time has passed."""
    # without a remaining time, that of a target in working hours, a case is only called at risk once it is late
    is_late = np.isnan(found.remaining) & (found.verdict == AT_RISK)
    is_up: npt.NDArray[np.bool_] = np.isin(found.verdict, _OPEN) & ((found.remaining < 0) | is_late)
    return is_up


def _months(found: NormCases, by: str, days: npt.NDArray[np.int32]) -> Iterator[NormMonth]:
    is_dated = days != UNKNOWN_DAY
    months = days[is_dated].astype("datetime64[D]").astype("datetime64[M]")
    verdicts, is_up = found.verdict[is_dated], _is_up(found)[is_dated]
    is_late = found.is_late[is_dated] & (by == "started_in")
    for month in np.unique(months):
        own, from_begin = verdicts[months == month], ~is_late[months == month]
        met, missed = int((own == MET).sum()), int((own == MISSED).sum())
        still_open = int(np.isin(own, _OPEN).sum())
        in_time = still_open - int(is_up[months == month].sum())
        judged, every = met + missed, met + missed + still_open
        yield NormMonth(
            norm=found.norm.name,
            by=by,
            month=month.astype("datetime64[D]").astype(date),
            cases=len(own),
            met=met,
            missed=missed,
            open=still_open,
            met_share=met / judged if judged else None,
            open_share=still_open / len(own),
            met_at_least=met / every if every else None,
            met_at_most=(met + in_time) / every if every else None,
            is_enough=int((np.isin(own, (MET, MISSED)) & from_begin).sum()) >= ENOUGH,
        )
