"""The longest period without word to the citizen: how long, and in which steps it fell (DESIGN §5, silence)."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.coded_log import CodedLog
from mining.loops import citizen_lanes
from mining.results.citizen import SilenceAt


def silences(said: Any, coded: CodedLog, lead: Any, project: Project) -> Any:
    """Return the longest gap of each case: case, start, gap (µs); the earliest where several are as long.

    It lies between the case's origin, word to or from the citizen, and its end. Word is a contact, an event of a
    citizen lane, and an event that opens a turn for the citizen: it asks something. `said` are the events that do not
    act, `lead` the cases.
    """
    citizen = citizen_lanes(project) or [""]
    by_contact = said.filter((said.role == "contact") | _of_citizen(said, citizen))
    tokens = coded.tokens.filter(_of_citizen(coded.tokens, citizen))
    acts = coded.rows.filter(coded.rows.is_event).semi_join(tokens, "token")
    words = by_contact.select("case", at="heard").union(acts.select("case", at="done"))
    heard = words.inner_join(lead, "case")
    heard = heard.filter(heard["at"] >= heard.origin, heard["at"] <= heard.ends_at).select("case", "at")
    moments = heard.union(lead.select("case", at="origin")).union(lead.select("case", at="ends_at"))
    window = ibis.window(group_by="case", order_by="at")
    gaps = moments.mutate(start=moments["at"].lag().over(window)).filter(ibis._.start.notnull())
    gaps = gaps.mutate(gap=gaps["at"] - gaps.start)
    longest = gaps.group_by("case").agg(gap=gaps.gap.max())
    found = gaps.join(longest, ["case", "gap"])
    return found.group_by(["case", "gap"]).agg(start=found.start.min())


def _of_citizen(events: Any, citizen: list[str]) -> Any:
    return ibis.coalesce(events.lane.isin(citizen), False) | ibis.coalesce(events.opens_lane.isin(citizen), False)


def silence_at(gaps: Any, segments: Any) -> tuple[SilenceAt, ...]:
    """Return step by step how much of the longest silences fell in the on-path segments [since, at) of the cohort.

    The mean is over the cases of the cohort: each has a silence and a segment. A part that falls in no segment, such as
    time after the last event, is in no row.
    """
    on = segments.filter(segments.on_path).select("case", "since", "booked_step", until=segments["at"])
    met = gaps.join(on, "case")
    shared = ibis.least(met.until, met.start + met.gap) - ibis.greatest(met.since, met.start)
    met = met.mutate(shared=ibis.greatest(shared, 0))
    cases = rows_of(gaps.agg(n=gaps.count()))[0]["n"]
    inside = met.filter(met.shared > 0)
    rows = rows_of(
        inside.group_by("booked_step").agg(cases=inside.case.nunique(), total=inside.shared.sum().cast("float64"))
    )
    return tuple(
        SilenceAt(step=r["booked_step"], cases=r["cases"], mean_seconds=r["total"] / 1e6 / cases)
        for r in sorted(rows, key=lambda r: (-r["total"], r["booked_step"]))
    )
