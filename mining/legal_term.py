"""How a legal term is counted: where it begins, stands still, is extended and ends (DESIGN §4, clock 3).

In: arrays, one entry a case, and the spans in which terms stood still. Out: the end of each term, and how many days
were suspended and extended. The days of a term are those after its first event: received on 1 June, eight weeks end
on 27 July. Everything is whole local days, by their number since 1970; nothing here goes case by case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from mappings.journey import Norm
from mappings.law import Law, Scope
from mining.legal_days import Day, LegalDays, Mask

DAY = timedelta(days=1)
NEVER = np.int64(2**40)


@dataclass(frozen=True)
class Length:
    """The length of a term: days, or months; and whether it rolls over."""

    days: int | None
    months: int | None
    rolls_over: bool
    begins_after: int | None = None
    """Days of another term that has to end first."""

    def ends(self, begin: Day) -> Day:
        """Return the last day of a term that begins after each of these days, before any roll-over."""
        if self.days is not None:
            return begin + self.days
        return months_later(begin, self.months or 0)


def months_later(days: Day, months: int | Day) -> Day:
    """Return the same day so many months later, or the last day of a month that has no such day."""
    at = days.astype("datetime64[D]")
    month = at.astype("datetime64[M]")
    later = month + np.asarray(months, "timedelta64[M]")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    found: Day = np.minimum(later.astype("datetime64[D]") + (at - month.astype("datetime64[D]")), last).astype(np.int64)
    return found


def length_of(norm: Norm, law: Law) -> Length:
    """Return the length of a norm's term. A term in hours, over 90 days, 12 weeks or 3 months does not roll over."""
    rule = law.awb.rules[norm.rule]
    waits = rule.begins_after // DAY if rule.begins_after else None
    if norm.months is not None:
        within = norm.months <= law.termijnenwet.scope.months
        return Length(None, norm.months, within and norm.set_by == "law", waits)
    amount = norm.amount or rule.amount
    rolls = norm.set_by == "law" and _is_in_scope(amount, law.termijnenwet.scope)
    return Length(amount // DAY, None, rolls, waits)


def _is_in_scope(amount: timedelta, scope: Scope) -> bool:
    """Say whether the Termijnenwet applies. Whole weeks are read as set in weeks, so 84 days at most; else days."""
    if amount % DAY:
        return False
    days = amount // DAY
    return days <= (scope.weeks * 7 if days % 7 == 0 else scope.days)


@dataclass(frozen=True)
class Changes:
    """What moved the end of terms, in order of time: one entry a change, `case` an index into the cases."""

    case: Day
    at: Day
    """The first suspended day, or the day on which an extension was made known (the smallest number: not known)."""
    last: Day
    """The last suspended day; of an extension to a date that date; else NEVER."""
    days: Day
    """The days of an extension; 0 else."""
    months: Day
    """The months of an extension; 0 else."""
    is_suspension: Mask
    way: Day
    """The number of the way of extending; 0 of a suspension."""
    at_most: tuple[int, ...]
    """By the number of a way: the days that it may give a case in all; NEVER where the law sets no bound."""

    def sorted(self) -> Changes:
        """Return the changes by case and time; of one day suspensions first, then days, then months, then dates.

        So a date that an extension names holds whatever else was made known on that day.
        """
        of_extension = np.where(self.last != NEVER, 3, np.where(self.months > 0, 2, 1))
        rank = np.where(self.is_suspension, 0, of_extension)
        order = np.lexsort((self.months, rank, self.at, self.case))
        columns = ("case", "at", "last", "days", "months", "is_suspension", "way")
        return replace(self, **{name: getattr(self, name)[order] for name in columns})


@dataclass(frozen=True)
class Terms:
    """One entry a case: after which day the term begins, its last day, and what moved it."""

    begin: Day
    end: Day
    suspended: Day
    """Suspended days that moved the end."""
    extended: Day
    """Days by which extensions moved the end."""
    rolled: Day
    """Days by which the end rolled over."""


def begins(origin: Day, length: Length, days: LegalDays) -> Day:
    """Return the day after which the term begins; for an objection the last day on which one could be filed."""
    if length.begins_after is None:
        return origin
    return days.rolled(origin + length.begins_after)


def terms(origin: Day, length: Length, changes: Changes, days: LegalDays, short: tuple[int, int] = (3, 2)) -> Terms:
    """Return the terms with every change applied, each in the order of time.

    A suspension or an extension after the term has ended does not move it. Overlapping suspensions must have been
    merged. An end that an extension names as a date does not roll over, since no law set it; where the law allows
    less, the end is the law's. `short` is art. 2 of the Algemene termijnenwet: from so many days on, at least so many
    working days.
    """
    begin = begins(origin, length, days)
    plain = length.ends(begin)
    suspended, extended, carried = (np.zeros_like(plain) for _ in range(3))
    is_named = np.zeros(len(plain), dtype=bool)
    left = np.repeat(np.array([changes.at_most], np.int64), len(plain), axis=0)
    ordered = changes.sorted()
    for turn in _turns(ordered.case):
        case, at, last = ordered.case[turn], ordered.at[turn], ordered.last[turn]
        now = plain[case] + suspended[case] + extended[case] + carried[case]
        stands = _rolled(now, begin[case], length, days, is_named[case], short)
        counts = at <= stands
        still = ordered.is_suspension[turn]
        # the days that it rolled over to are its own where it stands still on one: else it would end suspended
        carried[case] += np.where(counts & still & (at > now), stands - now, 0)
        first = np.maximum(at, begin[case] + 1)
        suspended[case] += np.where(counts & still, np.maximum(last - first + 1, 0), 0)
        way, is_longer = ordered.way[turn], counts & ~still
        # a date no later than the end that stands, rolled over, makes the term no longer and no shorter
        told = ordered.days[turn] + months_later(now, ordered.months[turn]) - now
        wanted = np.where(last == NEVER, told, np.where(last > stands, last - now, 0))
        by = np.where(is_longer, np.minimum(wanted, left[case, way]), 0)
        extended[case] += by
        left[case, way] -= by
        is_named[case] |= is_longer & (last != NEVER) & (by == wanted) & (by > 0)
    unrolled = plain + suspended + extended
    end = _rolled(unrolled + carried, begin, length, days, is_named, short)
    return Terms(begin, end, suspended, extended, end - unrolled)


def _rolled(end: Day, begin: Day, length: Length, days: LegalDays, is_named: Mask, short: tuple[int, int]) -> Day:
    if not length.rolls_over:
        return end
    later = days.rolled(end)
    if length.days is not None and length.days >= short[0]:
        later = days.with_working_days(begin, later, short[1])
    return np.where(is_named, end, later)


def _turns(case: Day) -> list[Day]:
    """Return, for the first change of each case, the second and so on, the indices of those changes."""
    if not len(case):
        return []
    starts = np.concatenate(([True], case[1:] != case[:-1]))
    first = np.maximum.accumulate(np.where(starts, np.arange(len(case)), 0))
    turn = np.arange(len(case)) - first
    return [np.flatnonzero(turn == n) for n in range(int(turn.max()) + 1)]
