"""The longest period without word to the citizen: how long, and in which steps it fell (DESIGN §5, silence)."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.clocks import Clocks
from mining.loops import citizen_lanes
from mining.results.citizen import SilenceAt
from mining.timeline import Timeline


def silences(said: Any, line: Timeline, lead: Any, project: Project) -> Any:
    """Return the longest gap of each case: case, whole_days, start, until, gap (elapsed µs); of several the earliest.

    It lies between the case's origin, word to or from the citizen, and its end. Word is a contact, an event of a
    citizen lane, and an event that opens a turn for the citizen: it asks something. `said` are the events that do not
    act, `lead` the cases.
    """
    citizen = citizen_lanes(project) or [""]
    by_contact = said.filter((said.role == "contact") | _of_citizen(said, citizen))
    tokens = line.coded.tokens.filter(_of_citizen(line.coded.tokens, citizen))
    acts = line.coded.rows.filter(line.coded.rows.is_event).semi_join(tokens, "token")
    words = by_contact.select("case", at="heard").union(acts.select("case", at="done"))
    heard = words.inner_join(lead, "case")
    heard = heard.filter(heard["at"] >= heard.origin, heard["at"] <= heard.ends_at).select("case", "whole_days", "at")
    ends = [lead.select("case", "whole_days", at=name) for name in ("origin", "ends_at")]
    moments = _shown(heard.union(ends[0]).union(ends[1]), line.clocks, ("at",))
    window = ibis.window(group_by="case", order_by="at")
    gaps = moments.mutate(
        start=moments["at"].lag().over(window), gap=moments.at_shown - moments.at_shown.lag().over(window)
    )
    gaps = gaps.filter(gaps.start.notnull())
    longest = gaps.group_by("case").agg(gap=gaps.gap.max())
    found = gaps.join(longest, ["case", "gap"])
    earliest = {"start": found.start.min(), "until": found["at"].argmin(found.start)}
    return found.group_by(["case", "gap", "whole_days"]).agg(**earliest)


def _shown(table: Any, clocks: Clocks, moments: tuple[str, ...]) -> Any:
    """Add `{moment}_shown`, what the elapsed clock shows then: whole local days in a case that is told by dates."""
    for moment in moments:
        if clocks.has_whole_days:
            table = clocks.with_clocks(table, moment).rename({f"{moment}_shown": f"{moment}_elapsed"})
            table = table.drop(f"{moment}_working")
        else:
            table = table.mutate(**{f"{moment}_shown": table[moment]})
    return table


def _of_citizen(events: Any, citizen: list[str]) -> Any:
    return ibis.coalesce(events.lane.isin(citizen), False) | ibis.coalesce(events.opens_lane.isin(citizen), False)


def silence_at(gaps: Any, segments: Any, clocks: Clocks) -> tuple[SilenceAt, ...]:
    """Return step by step how much of the longest silences fell in the on-path segments [since, at) of the cohort.

    The mean is over the cases of the cohort: each has a silence and a segment. A part that falls in no segment, such as
    time after the last event, is in no row.
    """
    on = segments.filter(segments.on_path).select("case", "since", "booked_step", ends=segments["at"])
    met = gaps.join(on, "case")
    met = met.mutate(low=ibis.greatest(met.since, met.start), high=ibis.least(met.ends, met.until))
    met = _shown(met.filter(met.high > met.low), clocks, ("low", "high"))
    met = met.mutate(shared=met.high_shown - met.low_shown)
    cases = rows_of(gaps.agg(n=gaps.count()))[0]["n"]
    inside = met.filter(met.shared > 0)
    rows = rows_of(
        inside.group_by("booked_step").agg(cases=inside.case.nunique(), total=inside.shared.sum().cast("float64"))
    )
    return tuple(
        SilenceAt(step=r["booked_step"], cases=r["cases"], mean_seconds=r["total"] / 1e6 / cases)
        for r in sorted(rows, key=lambda r: (-r["total"], r["booked_step"]))
    )
