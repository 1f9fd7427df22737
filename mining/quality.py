"""The measures of the quality gate, computed in the engine: one set a source, each with its thresholds.

In: the event and case tables (mining/columns.py) as Ibis tables, what the extraction counted, and `as_of`.
Out: findings.Measure in the order of the catalogue, without a verdict: judging is the gate's (flows/gate).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from mining.quality_cases import case_readings, freshness
from mining.quality_catalogue import CATALOGUE, Definition
from mining.quality_events import event_readings, per_case, with_case
from mining.quality_labels import label_readings
from mining.quality_order import contexts, neighbour_readings, with_neighbours
from mining.quality_patterns import pattern_readings, scattered_case
from mining.quality_personal import personal_data
from mining.quality_reading import (
    MAX_EXAMPLES,
    ExtractFacts,
    LateDelivery,
    Pseudonym,
    Reading,
    Readings,
    both,
    counted,
    not_determinable,
    share,
)
from mining.results.quality import Measure

__all__ = ["ExtractFacts", "Threshold", "measure", "unknown_thresholds"]


class Threshold(Protocol):
    """What a mapping may set for a measure; a value above it gives the verdict (mappings.source.Limits)."""

    @property
    def warn(self) -> float | None:
        """Above it: warn."""

    @property
    def stop(self) -> float | None:
        """Above it: stop."""


def measure(
    events: Any,
    cases: Any,
    facts: ExtractFacts,
    as_of: datetime,
    thresholds: Mapping[str, Threshold] | None = None,
    pseudonym: Pseudonym | None = None,
    attempts: Any = None,
) -> tuple[Measure, ...]:
    """Measure one source; rows of other sources in the two tables are left out.

    Open cases count in every measure but those that need a closing. A threshold that the mapping sets
    replaces the default of its kind (warn or stop) alone. Without `pseudonym` no example names a case.
    """
    own_events = events.filter(events.source == facts.source)
    own_cases = cases.filter(cases.source == facts.source)
    readings = _from_tables(own_events, own_cases, facts, as_of, pseudonym) | _from_facts(facts)
    readings["freshness"] = freshness(facts, as_of)
    own_attempts = None if attempts is None else attempts.filter(attempts.source == facts.source)
    readings["personal_data"] = personal_data(own_events, own_cases, own_attempts)
    overrides = thresholds or {}
    return tuple(_as_measure(d, readings, overrides.get(d.name)) for d in CATALOGUE)


def unknown_thresholds(thresholds: Mapping[str, Threshold]) -> tuple[str, ...]:
    """Return the names in a mapping's thresholds that are no measure."""
    names = {definition.name for definition in CATALOGUE}
    return tuple(sorted(set(thresholds) - names))


def _from_tables(
    events: Any, own_cases: Any, facts: ExtractFacts, as_of: datetime, pseudonym: Pseudonym | None
) -> Readings:
    cases = per_case(own_cases)
    bounded = with_case(events, cases)
    seen = with_neighbours(bounded)
    found = contexts(seen, facts)
    readings = event_readings(events, bounded, facts, as_of)
    readings |= case_readings(bounded, cases, facts)
    readings |= neighbour_readings(found, seen, facts, pseudonym)
    readings |= pattern_readings(bounded, found, facts, pseudonym)
    readings |= label_readings(events, found)
    readings["pattern_scattered_case"] = scattered_case(readings["cases_without_events"])
    return readings


def _from_facts(facts: ExtractFacts) -> Readings:
    used = facts.read - facts.ignored
    unmapped, lanes, channels = facts.unmapped_activities, facts.unmapped_lanes, facts.unmapped_channels
    unreadable = facts.unreadable_times
    readings = {
        "quarantined": share(facts.quarantined, facts.read, examples=counted(facts.quarantine_reasons)),
        "repeated_records": share(facts.repeated, facts.read),
        "activities_unmapped": share(sum(unmapped.values()), used, examples=counted(unmapped)),
        "lanes_unmapped": share(sum(lanes.values()), used, examples=counted(lanes)),
        "ambiguous_times": share(facts.ambiguous_times, used),
        "channels_unmapped": share(sum(channels.values()), used, examples=counted(channels)),
        "times_unreadable": share(sum(unreadable.values()), used, examples=counted(unreadable)),
        "unpaired_transitions": share(facts.unpaired, used),
        "unlinked": not_determinable(
            "de bron wordt niet aan een andere gekoppeld", "the source is not linked to another"
        ),
    }
    readings["deliveries_late"] = not_determinable("er wordt geen levering verwacht", "no delivery is expected")
    if facts.arrivals is not None:
        readings["deliveries_late"] = _late(facts.arrivals)
    readings["corrections_unmet"] = not_determinable(
        "er zijn geen correcties, of niet alles is gelezen", "there are no corrections, or not all was read"
    )
    if facts.corrections_unmet is not None:
        unmet = "; ".join(facts.corrections_unmet)
        readings["corrections_unmet"] = Reading(
            len(facts.corrections_unmet), both(unmet, unmet), facts.corrections_unmet[:MAX_EXAMPLES]
        )
    if facts.unlinked is not None:
        whole = used if facts.unlinked_of is None else facts.unlinked_of
        readings["unlinked"] = share(facts.unlinked, whole)
    return readings


def _late(arrivals: tuple[LateDelivery, ...]) -> Reading:
    nl = (
        f"over {a.period}, uiterlijk {a.due_on}: " + (f"kwam {a.came_on}" if a.came_on else "niet gekomen")
        for a in arrivals
    )
    detail = both("; ".join(nl), "; ".join(map(str, arrivals))) if arrivals else {}
    return Reading(len(arrivals), detail, tuple(f"{a.period} ({a.due_on})" for a in arrivals[-MAX_EXAMPLES:]))


def _as_measure(definition: Definition, readings: Readings, override: Threshold | None) -> Measure:
    reading = readings[definition.name]
    warn, stop = definition.warn, definition.stop
    if override is not None:
        warn = warn if override.warn is None else override.warn
        stop = stop if override.stop is None else override.stop
    return Measure(
        measure=definition.name,
        title=both(*definition.title),
        value=reading.value,
        unit=definition.unit,
        warn=warn,
        stop=stop,
        verdict="not_determinable" if reading.value is None else "ok",
        detail=dict(reading.detail),
        examples=reading.examples,
    )
