"""The other imperfection patterns of Suriadi et al. 2017: time travel, unanchored and scattered events, elusive and
scattered cases, collateral events. Form-based capture stands with its neighbours, labels with the labels.

Each is a sign that the pattern may be there, measured where data can show it; where it cannot, the reading says why.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import ibis

from mining.amounts import rows_of
from mining.quality_order import Context
from mining.quality_reading import (
    ExtractFacts,
    Pseudonym,
    Reading,
    Readings,
    not_determinable,
    one_row,
    share,
)

DOMINANT, AGAINST = 50, 0.01
"""a→b must occur this often, and b→a in no more than this share of both, before b→a is called a reversal."""
COLLATERAL, TOGETHER = 30, 0.8
"""a→b must occur this often, and this share of it quickly, before both are called one action."""
_MOMENT = r"\b(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]\b|\b[0-3]?[0-9][-/][01]?[0-9][-/](19|20)[0-9]{2}\b"


def pattern_readings(
    bounded: Any, found: tuple[Context, ...], facts: ExtractFacts, pseudonym: Pseudonym | None
) -> Readings:
    """Return the readings of the patterns that this module owns."""
    return {
        "pattern_time_travel": _time_travel(found),
        "pattern_unanchored_event": _unanchored(bounded, pseudonym),
        "pattern_scattered_event": _scattered_event(bounded),
        "pattern_elusive_case": _elusive(bounded, facts),
        "pattern_collateral_events": _collateral(found),
    }


def _steps(found: tuple[Context, ...]) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    counts: Counter[tuple[str, str]] = Counter()
    quick: Counter[tuple[str, str]] = Counter()
    for c in found:
        if c.previous is not None and c.previous != c.activity:
            counts[c.previous, c.activity] += c.count
            quick[c.previous, c.activity] += c.quick
    return counts, quick


def _time_travel(found: tuple[Context, ...]) -> Reading:
    """Return the share of steps against an order that nearly all cases keep: a time off by a day or a typing error."""
    counts, _ = _steps(found)
    against = {
        (a, b): n for (a, b), n in counts.items() if counts[b, a] >= DOMINANT and n <= AGAINST * (n + counts[b, a])
    }
    most = sorted(against.items(), key=lambda item: (-item[1], item[0]))
    examples = tuple(f"{a} → {b}: {n} ({counts[b, a]} ←)" for (a, b), n in most)
    return share(sum(against.values()), counts.total(), examples=examples)


def _collateral(found: tuple[Context, ...]) -> Reading:
    """Return the share of steps between activities that nearly always come within seconds of each other."""
    counts, quick = _steps(found)
    pairs = {p: n for p, n in counts.items() if n >= COLLATERAL and quick[p] >= TOGETHER * n}
    most = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return share(sum(pairs.values()), counts.total(), examples=tuple(f"{a} + {b} ({n})" for (a, b), n in most))


def _unanchored(bounded: Any, pseudonym: Pseudonym | None) -> Reading:
    """Return the share of events outside their case that would lie inside it with day and month exchanged."""
    known = bounded.filter(bounded["at"].notnull() & bounded.received_at.notnull() & bounded.closed_end.notnull())
    outside = (known.at_end < known.received_at) | (known["at"] > known.closed_end)
    counts = one_row(known.aggregate(n=known.count(), outside=known.count(where=outside)))
    suspect = _swapped_inside(known.filter(outside))
    hits = one_row(suspect.aggregate(n=suspect.count()))["n"] if counts["outside"] else 0
    n, examples = counts["n"], _dated_examples(suspect, pseudonym) if hits else ()
    return share(
        hits,
        n,
        "alleen verwisselde dag en maand; een verkeerde tijdzone is uit de tijden zelf niet te zien",
        "exchanged day and month only; a wrong time zone cannot be seen from the times alone",
        examples,
    )


def _swapped_inside(outside: Any) -> Any:
    """Return the events that lie inside their case, give or take a day, with day and month exchanged."""
    at, day = outside["at"], ibis.interval(days=1)
    readable = (at.day() <= 12) & (at.day() != at.month())
    # only where it can be read the other way round: the engine would refuse a thirteenth month
    year, month, day_of_month = at.year(), ibis.ifelse(readable, at.day(), 1), ibis.ifelse(readable, at.month(), 1)
    swapped = ibis.timestamp(year, month, day_of_month, at.hour(), at.minute(), at.second())
    dated = outside.mutate(is_readable=readable, swapped=swapped.cast("timestamp('UTC')"))
    return dated.filter(
        dated.is_readable, dated.swapped + day >= dated.received_at, dated.swapped - day <= dated.closed_end
    )


def _dated_examples(events: Any, pseudonym: Pseudonym | None) -> tuple[str, ...]:
    found = rows_of(events.order_by("case_id", "at", "event_id").limit(5).select("case_id", "activity", "at"))
    return tuple(
        f"{row['at']:%Y-%m-%d}: {row['activity']}" + (f" ({pseudonym(row['case_id'])})" if pseudonym else "")
        for row in found
    )


def _scattered_event(bounded: Any) -> Reading:
    """Return the share of events whose kept attributes hold a date: an event may hide in them."""
    kept = bounded.filter(bounded.attributes.notnull())
    n = one_row(kept.aggregate(n=kept.count(), hits=kept.count(where=kept.attributes.re_search(_MOMENT))))
    if not n["n"]:
        return not_determinable("de mapping bewaart geen extra kolommen", "the mapping keeps no further columns")
    return share(n["hits"], n["n"])


def _elusive(bounded: Any, facts: ExtractFacts) -> Reading:
    """Return the share of events that belong to no case, or could not be linked to the chain's."""
    if facts.unlinked is None:
        return not_determinable(
            "elke regel draagt een zaaknummer; of dat het goede is, is aan de gegevens niet te zien",
            "each record carries a case number; whether it is the right one, the data cannot show",
        )
    if facts.unlinked_of is not None:
        return share(facts.unlinked, facts.unlinked_of)
    return share(facts.unlinked, one_row(bounded.aggregate(n=bounded.count()))["n"])


def scattered_case(cases_without_events: Reading) -> Reading:
    """Return the share of known cases without an event here: their events may be in another system."""
    if cases_without_events.value is None:
        return not_determinable(
            "zonder zakenlijst is niet te zien welke zaken in een ander systeem verder lopen",
            "without a list of cases nobody can see which of them go on in another system",
        )
    return cases_without_events
