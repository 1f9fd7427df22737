"""How each legal term stands: its days counted over arrays, its verdict, and why it may not be known.

In: numbered cases as the engine has them, so many at a time, with what suspends and extends their terms. Out: an Arrow
table for the engine, one row a case. Reasons and verdicts are numbers here: no case is a Python object.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mappings.journey import Norm
from mappings.law import Extending
from mappings.project import Project
from mining.legal_days import LegalDays, date_of, legal_days, number_of
from mining.legal_spans import CONTRADICTION, NO_WORD_OF_TERM, UNDATED, UNREAD, LegalSpans
from mining.legal_term import DAY, NEVER, Changes, Length, Terms, terms
from mining.norm_result import ENDED_OTHERWISE, MET, MISSED, NOT_DETERMINABLE, STILL_OPEN, VERDICTS

BEGIN, UNKNOWN_SUSPENSIONS, LENGTH, OLD = "begin_not_known", "suspensions_not_known", "extension_not_read", "law_before"
NO_TARGET = "target_not_known"
REASONS = (BEGIN, UNKNOWN_SUSPENSIONS, LENGTH, OLD, NO_TARGET, UNDATED, NO_WORD_OF_TERM, CONTRADICTION, UNREAD)
NO_REASON = -1
LONG_AGO = -(2**40)
AT_ONCE = 500_000
"""Cases counted at a time: about 100 MB."""


def reason_number(reason: str) -> int:
    """Return the place of a reason in REASONS."""
    return REASONS.index(reason)


def legal_verdicts(
    part: Any, first: int, norm: Norm, length: Length, extended: Any, spans: LegalSpans, project: Project
) -> pa.Table:
    """Return the term and the verdict of each of these cases, in the order of their numbers, which begin at `first`."""
    rows = part.order_by("n").drop("case_id").to_pyarrow()
    if not len(rows):
        return _TERMS.empty_table()
    since, until, now, target, ended = (
        _numbers(rows, f"{m}_day") for m in ("since", "until", "now", "target", "ended")
    )
    has_begin = since != LONG_AGO
    origin = np.where(has_begin, since, now)
    days = _days_table(project, np.concatenate([origin, now]), length)
    changes, unread = _changes(part, first, extended, spans, project, norm.rule)
    counted = terms(origin, length, changes, days, _short(project))
    end = np.where(target != LONG_AGO, target, counted.end) if norm.target else counted.end
    has_unread = _has_unread(unread, counted)
    reason = _reasons(rows, norm, counted, has_unread, target, project)
    is_open = rows["is_open"].to_numpy(zero_copy_only=False)
    stop = np.where(until != LONG_AGO, until, np.where(is_open, LONG_AGO, np.maximum(ended, counted.begin)))
    at = np.where(stop != LONG_AGO, stop, np.maximum(now, counted.begin))
    # what begins after the end of the term moves nothing, whether it suspended or not
    is_late = (_numbers(rows, "doubt_day") > counted.end) & ~has_unread
    verdict = _verdict(reason, until, at, end, is_open, is_late, norm)
    none = np.zeros_like(end)
    table = {
        "n": np.arange(first, first + len(rows)),
        "begin_day": counted.begin,
        "end_day": end,
        "stop_day": pa.array(stop, mask=stop == LONG_AGO),
        "at_day": at,
        "suspended": counted.suspended,
        "extended": none if norm.target else counted.extended,
        "rolled": none if norm.target else counted.rolled,
        "reason": _named(reason, REASONS),
        "verdict": _named(verdict, VERDICTS),
        "is_overdue": (until == LONG_AGO) & is_open & (at > end) & (verdict != NOT_DETERMINABLE),
        "is_outside_decrees": _is_outside(end, project) & has_begin & (length.rolls_over and norm.target is None),
    }
    return pa.table(table, schema=_TERMS)


def _named(numbers: Any, names: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int8(), mask=numbers < 0), pa.array(names, pa.string()))


_NAMES = pa.dictionary(pa.int8(), pa.string())
_TERMS = pa.schema(
    [
        ("n", pa.int64()),
        ("begin_day", pa.int64()),
        ("end_day", pa.int64()),
        ("stop_day", pa.int64()),
        ("at_day", pa.int64()),
        ("suspended", pa.int64()),
        ("extended", pa.int64()),
        ("rolled", pa.int64()),
        ("reason", _NAMES),
        ("verdict", _NAMES),
        ("is_overdue", pa.bool_()),
        ("is_outside_decrees", pa.bool_()),
    ]
)


def _numbers(rows: pa.Table, name: str) -> Any:
    return rows[name].fill_null(LONG_AGO).to_numpy().astype(np.int64)


def _days_table(project: Project, days: Any, length: Length) -> LegalDays:
    """Return the table of days, with room for the term, its extensions and a margin."""
    room = 2 * ((length.days or 0) + 31 * (length.months or 0) + (length.begins_after or 0)) + 3660
    first = max(int(days.min()), number_of(date(1900, 1, 1)))
    last = min(int(days.max()) + room, number_of(date(2200, 1, 1)))
    return legal_days(project.law.termijnenwet, date_of(first), date_of(last))


def _short(project: Project) -> tuple[int, int]:
    short = project.law.termijnenwet.short_terms
    return short.from_days, short.working_days


def ways_to_extend(project: Project, rule: str) -> list[str]:
    """Return the ways of the rule in which a term becomes longer; what is extended in another moves no end."""
    awb = project.law.awb
    return [way for way in awb.rules[rule].extended_by if awb.extensions[way].extends]


def _changes(
    part: Any, first: int, extended: Any, spans: LegalSpans, project: Project, rule: str
) -> tuple[Changes, pa.Table]:
    """Return the changes of all terms, and the extensions whose length cannot be read: n and on_day."""
    index = part.select("case_id", n=part.n - first)
    still = spans.spans.join(index, "case_id").select("n", "first_day", "last_day").to_pyarrow()
    awb, ways = project.law.awb, ways_to_extend(project, rule)
    longer = extended.join(index, "case_id").select("n", "way", "on_day", "days", "months", "until_day").to_pyarrow()
    told = pc.coalesce(*(longer[name] for name in ("days", "months", "until_day")))
    unread = longer.filter(told.is_null())
    count, more = len(still), len(longer)
    days, months = (longer[name].fill_null(0).to_numpy() for name in ("days", "months"))
    return Changes(
        case=np.concatenate([still["n"].to_numpy(), longer["n"].to_numpy()]),
        at=np.concatenate([still["first_day"].to_numpy(), longer["on_day"].fill_null(LONG_AGO).to_numpy()]),
        last=np.concatenate([still["last_day"].to_numpy(), longer["until_day"].fill_null(int(NEVER)).to_numpy()]),
        days=np.concatenate([np.zeros(count, np.int64), days]),
        months=np.concatenate([np.zeros(count, np.int64), months]),
        is_suspension=np.concatenate([np.ones(count, bool), np.zeros(more, bool)]),
        way=np.concatenate([np.zeros(count, np.int64), _numbers_of(longer["way"], ways)]),
        at_most=tuple(_at_most(awb.extensions[way]) for way in ways) or (int(NEVER),),
    ), unread


def _numbers_of(texts: pa.ChunkedArray, names: list[str]) -> Any:
    return pc.index_in(texts, pa.array(names, pa.string())).to_numpy().astype(np.int64)


def _at_most(way: Extending) -> int:
    return way.at_most // DAY if way.at_most is not None else int(NEVER)


def _has_unread(unread: pa.Table, counted: Terms) -> Any:
    """Say of each case whether an extension that cannot be read may have moved its end: not one made known after it."""
    found = np.zeros(len(counted.end), bool)
    n, on_day = unread["n"].to_numpy(), unread["on_day"].fill_null(LONG_AGO).to_numpy()
    found[n[on_day <= counted.end[n]]] = True
    return found


def _reasons(rows: pa.Table, norm: Norm, counted: Terms, has_unread: Any, target: Any, project: Project) -> Any:
    """Return the number of why the clock of a case cannot be known; NO_REASON where it can."""
    reason = rows["reason"].to_numpy().astype(np.int8)
    early = number_of(date(project.law.termijnenwet.known_from_year, 1, 1))
    reason = np.where((reason == NO_REASON) & (counted.end < early), reason_number(OLD), reason)
    reason = np.where((reason == NO_REASON) & has_unread, reason_number(LENGTH), reason)
    if norm.target is not None:
        reason = np.where(target == LONG_AGO, reason_number(NO_TARGET), reason)
    return reason


def _verdict(reason: Any, until: Any, at: Any, end: Any, is_open: Any, is_late: Any, norm: Norm) -> Any:
    """Met and missed by the last day of the term. Without knowledge only what holds in any case is said.

    `is_late`: all that is not known of the case began after its term had ended.
    """
    reached, within = until != LONG_AGO, at <= end
    known = np.select([reached & within, reached, is_open], [MET, MISSED, STILL_OPEN], ENDED_OTHERWISE)
    has_end = ~np.isin(reason, [reason_number(name) for name in (BEGIN, OLD, NO_TARGET)])
    certain = has_end & (within | (~reached & ~is_open) | is_late)
    # the case's own target date is an end that somebody computed, suspensions included
    is_known = (reason == NO_REASON) | (has_end & (norm.target is not None))
    return np.where(is_known | certain, known, NOT_DETERMINABLE).astype(np.int8)


def _is_outside(end: Any, project: Project) -> Any:
    """Say of each end whether it lies outside the years of which the royal decrees are in the list."""
    law = project.law.termijnenwet
    first, last = number_of(date(law.decrees_from_year, 1, 1)), number_of(date(law.decrees_to_year, 12, 31))
    return (end < first) | (end > last)
