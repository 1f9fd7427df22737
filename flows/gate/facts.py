"""From what an extraction counted to what the quality measures need of it."""

from __future__ import annotations

from flows.sources.extract import Extract
from mappings.project import Project
from mappings.source import Source
from mining.quality_reading import ExtractFacts
from mining.results.chain import Linking


def extract_facts(extract: Extract, source: Source, project: Project, linking: Linking | None = None) -> ExtractFacts:
    """Return the facts of one source; unlinked records are known only where the source is linked to another.

    Where chain.yaml declares its links, `linking` has them of all that is stored, whichever reading brought it.
    """
    is_linked = source.columns is not None and source.columns.chain_case is not None
    reached = next((each for each in (linking or Linking()).sources if each.source == source.name), None)
    unlinked, of_events = (extract.unlinked if is_linked else None), None
    if reached is not None:
        unlinked, of_events = reached.events - reached.linked_events, reached.events
    return ExtractFacts(
        source=source.name,
        zone=source.zone,
        read=extract.read,
        ignored=sum(extract.ignored.values()),
        quarantined=sum(extract.quarantined.values()),
        repeated=extract.known + extract.replaced,
        quarantine_reasons=extract.quarantined,
        unmapped_activities=extract.unmapped_activities,
        unmapped_lanes=extract.unmapped_lanes,
        unmapped_channels=extract.unmapped_channels,
        ambiguous_times=sum(extract.ambiguous_times.values()),
        unreadable_times=extract.unreadable,
        arrivals=extract.arrivals,
        corrections_unmet=extract.corrections_unmet,
        unpaired=extract.unpaired_starts + extract.completions_without_start,
        unlinked=unlinked,
        unlinked_of=of_events,
        observed_until=extract.observed_until,
        together_within_seconds=project.file.together_within.total_seconds(),
        columns=_filled(source),
    )


def _filled(source: Source) -> frozenset[str] | None:
    columns, case = source.columns, source.case
    if columns is None:
        return None
    filled = {
        "resource": columns.resource,
        "channel": columns.channel
        or source.channel
        or next((rule.channel for rule in source.activities.values() if rule.channel), None),
        "received_at": case.received_at,
        "closed_at": case.closed_at,
    }
    return frozenset(name for name, column in filled.items() if column)
