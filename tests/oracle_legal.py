"""The legal clock a second time: a set of dates a case, walked day by day, from DESIGN §4, example 11 and the measures.

It shares no code with `mining` and reads no law file: the days and grounds stand here as the Awb and the Algemene
termijnenwet have them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

A_DAY = timedelta(1)
OMISSION = (1, 1, True)
GROUNDS = {  # ground: days after the beginning, days before the end, and whether a term must have been set
    "supplement": (1, 1, True),
    "foreign_information": (1, 1, False),
    "consent": (0, 0, False),
    "applicant_delay": (0, 1, False),
    "force_majeure": (0, 1, False),
}
EASTER = {  # Easter Sunday, from a church calendar
    2019: (4, 21), 2020: (4, 12), 2021: (4, 4), 2022: (4, 17), 2023: (4, 9), 2024: (3, 31), 2025: (4, 20),
    2026: (4, 5), 2027: (3, 28), 2028: (4, 16), 2029: (4, 1), 2030: (4, 21),
}  # fmt: skip
DECREES = {  # put on a par with the holidays by royal decree
    *(date(2020, 5, 22), date(2021, 5, 14), date(2022, 5, 27), date(2023, 4, 28), date(2023, 5, 19)),
    *(date(2024, 5, 10), date(2024, 12, 27), date(2025, 5, 30), date(2026, 1, 2), date(2026, 5, 15)),
    *(date(2027, 5, 7), date(2028, 4, 28), date(2028, 5, 26)),
}
HOLIDAYS = DECREES | {
    *(date(year, *easter) + n * A_DAY for year, easter in EASTER.items() for n in (-2, 1, 39, 50)),
    *(date(year, m, d) for year in EASTER for m, d in ((1, 1), (5, 5), (12, 25), (12, 26))),
    *(date(year, 4, 26 if date(year, 4, 27).weekday() == 6 else 27) for year in EASTER),
}


@dataclass(frozen=True)
class Rule:
    """What the Awb says of a kind of term: grounds, ways with the most days they may give, and what comes before."""

    grounds: tuple[str, ...] = tuple(GROUNDS)
    ways: tuple[tuple[str, int | None], ...] = (("statutory", None), ("notice_without_term", None))
    waits: int = 0


DECISION = Rule()
OBJECTION = Rule(("omission",), (("adjourned", 42), ("consent_to_delay", None)), 42)


@dataclass(frozen=True)
class Asked:
    """A suspension: from the day of asking or beginning to that of the answer or end, and the last day of the term."""

    ground: str
    on: date
    to: date | None = None
    term: date | None = None
    has_term: bool | None = True
    is_inclusive: bool = False


@dataclass(frozen=True)
class Longer:
    """An extension: made known on, by so many days or months, or until a date."""

    on: date
    by: str = "statutory"
    days: int = 0
    until: date | None = None
    months: int = 0


@dataclass(frozen=True)
class Told:
    """What is known of a case."""

    received: date | None
    decided: date | None
    now: date
    asked: list[Asked] = field(default_factory=list)
    longer: list[Longer] = field(default_factory=list)
    is_known: bool = True
    """The log would show a suspension."""
    ended: date | None = None
    """Withdrawn, or ended otherwise without a decision."""

    @property
    def last(self) -> date:
        """The day up to which the term runs."""
        return self.decided or self.ended or self.now


@dataclass(frozen=True)
class Term:
    """How the term of a case went."""

    verdict: str
    reason: str | None
    end: date | None
    used: int | None
    suspended: int | None
    extended: int | None


def term_of(told: Told, length: int, rolls: bool, rule: Rule = DECISION, months: int | None = None) -> Term:
    """Count the days of a term of so many days, or months."""
    if told.received is None:
        return Term("not_determinable", "begin_not_known", None, None, None, None)
    still: set[date] = set()
    problem = None
    for asked in told.asked:
        if asked.ground not in rule.grounds:
            continue
        if asked.to is not None and asked.to < asked.on:
            problem = "suspension_contradicts"
            continue
        still |= _days_of(asked, told.last)
    reason = problem or (None if told.is_known else "suspensions_not_known")
    begin = told.received if not rule.waits else _rolled(told.received, told.received + rule.waits * A_DAY, 0, True)
    plain = begin + length * A_DAY if months is None else months_after(begin, months)
    end, suspended, extended = _end(told, begin, plain, length if months is None else 0, rolls, still, rule)
    at = told.decided or max(told.last, begin)
    lived = set(_range(begin + A_DAY, at))
    stood = {day for run in _runs(still) if run[0] <= end for day in run}
    used = len(lived - stood) if reason is None else None
    verdict = ("met" if at <= end else "missed") if told.decided else "ended_otherwise" if told.ended else "open"
    if reason is not None and at > end and not told.ended:
        verdict = "not_determinable"
    return Term(verdict, reason, end, used, suspended, extended)


def _days_of(asked: Asked, now: date) -> set[date]:
    after, before, needs_term = OMISSION if asked.ground == "omission" else GROUNDS[asked.ground]
    if needs_term and asked.has_term is False:
        return set()
    if asked.is_inclusive:
        after = before = 0
    ends = [end for end in (asked.to and asked.to - before * A_DAY, asked.term) if end is not None]
    return set(_range(asked.on + after * A_DAY, min([*ends, now])))


def _end(
    told: Told, begin: date, plain: date, length: int, rolls: bool, still: set[date], rule: Rule
) -> tuple[date, int, int]:
    """Walk over what happened in order of time; what comes after the term has ended does not move it."""
    end, suspended, extended, is_named = plain, 0, 0, False
    left = dict(rule.ways)
    longer = [e for e in told.longer if e.by in left]
    changes = [*((run[0], None) for run in _runs(still)), *((e.on, e) for e in longer)]
    for on, what in sorted(changes, key=_turn):
        if on > _rolled(begin, end, length, rolls and not is_named):
            continue
        if what is None:
            # a day that the term rolled over to is a day of the term
            end = max(end, _rolled(begin, end, length, rolls and not is_named)) if on > end else end
            run = _run(on, still)
            moved = len([day for day in run if day > begin])
            suspended += moved
            end += moved * A_DAY
        else:
            stands = _rolled(begin, end, length, rolls and not is_named)
            by = months_after(end, what.months) - end if what.months else what.days * A_DAY
            wanted = by.days if what.until is None else (what.until - end).days if what.until > stands else 0
            most = left[what.by]
            moved = wanted if most is None else min(wanted, most)
            left[what.by] = None if most is None else most - moved
            extended += moved
            end += moved * A_DAY
            is_named = is_named or (what.until is not None and moved == wanted > 0)
    return _rolled(begin, end, length, rolls and not is_named), suspended, extended


def _turn(change: tuple[date, Longer | None]) -> tuple[Any, ...]:
    """Of one day suspensions come first, then extensions by days, by months, the fewest first, and to a date."""
    on, what = change
    if what is None:
        return on, 0
    return (on, 3, what.until) if what.until else (on, 2, what.months) if what.months else (on, 1)


def _runs(still: set[date]) -> list[list[date]]:
    return [_run(day, still) for day in still if day - A_DAY not in still]


def _run(first: date, still: set[date]) -> list[date]:
    run = [first]
    while run[-1] + A_DAY in still:
        run.append(run[-1] + A_DAY)
    return run


def _rolled(begin: date, end: date, length: int, rolls: bool) -> date:
    if not rolls:
        return end
    while not _is_open(end) or (length >= 3 and len([d for d in _range(begin + A_DAY, end) if _is_open(d)]) < 2):
        end += A_DAY
    return end


def _is_open(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def _range(first: date, last: date) -> list[date]:
    return [first + n * A_DAY for n in range((last - first).days + 1)]


def months_after(day: date, months: int) -> date:
    """The same day so many months later, walked month by month; the last day where that month has no such day."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    on = day.day
    while True:
        try:
            return date(year, month, on)
        except ValueError:
            on -= 1


def left_of(told: Told, term: Term) -> int:
    """Days of the term that are left: of its own length those that were not used; suspended days are none of it."""
    return len(_range(told.received + A_DAY, term.end)) - term.suspended - term.used


def chance(lived: list[tuple[int, str]], age: int, left: int) -> tuple[float, float] | None:
    """Bounds of the chance that a case open at `age` is decided within `left` days, by walking over the days.

    `lived` gives of each case how many days it used, and 'decided', 'ended' or 'open'. None: fewer than 30 ended.
    """
    if sum(how != "open" for _, how in lived) < 30:
        return None
    last = max(days for days, _ in lived)
    still, low = 1.0, 0.0
    for day in range(age + 1, age + left + 1):
        here = [how for days, how in lived if days == day]
        followed = sum(days >= day for days, _ in lived)
        if followed:
            low += still * here.count("decided") / followed
            still *= 1 - (len(here) - here.count("open")) / followed
    return low, low + (still if age + left > last else 0.0)
