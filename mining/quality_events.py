"""Measures over single events: completeness, uniqueness, impossible times, clock precision. One pass, and a small one.

Events come in with `received_at` and `closed_at` of their case joined on (`with_case`); an instant of day
precision stands for its whole day, so that it is never earlier or later than something on that same day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from mining.amounts import rows_of
from mining.columns import NOT_ACTING
from mining.quality_reading import ExtractFacts, Reading, Readings, not_determinable, one_row, share

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
"""Until the second of January, since a zero in a zone west of Greenwich or shifted by one falls on it."""
_IDENTITY = (
    "case_id",
    "activity",
    "raw_activity",
    "started_at",
    "completed_at",
    "resource",
    "lane",
    "channel",
)


def with_case(events: Any, cases: Any) -> Any:
    """Return the events with `at`, `at_end`, and the bounds of their case."""
    at = ibis.coalesce(events.completed_at, events.started_at)
    day = ibis.interval(days=1)
    end = ibis.ifelse(events.precision == "day", at + day, at)
    timed = events.mutate(at=at, at_end=end)
    return timed.left_join(cases, "case_id").select(timed, cases.received_at, cases.closed_end)


def per_case(cases: Any) -> Any:
    """Return one row a case, with `closed_end`: the last instant that counts as not after closing."""
    end = ibis.ifelse(cases.closed_precision == "day", cases.closed_at + ibis.interval(days=1), cases.closed_at)
    return cases.group_by("case_id").aggregate(
        received_at=cases.received_at.min(), closed_at=cases.closed_at.max(), closed_end=end.max()
    )


def event_readings(events: Any, bounded: Any, facts: ExtractFacts, as_of: datetime) -> Readings:
    """Return the measures that look at one event at a time."""
    seen = one_row(bounded.aggregate(**_counts(bounded, as_of)))
    n, acts = seen["n"], seen["acts"]
    same = n - one_row(events.select(*_IDENTITY).distinct().aggregate(n=lambda t: t.count()))["n"]
    readings = {
        name: share(seen[name], n)
        for name in ("case_missing", "activity_missing", "time_missing", "work_in_hand", "day_precision")
    }
    readings |= {name: share(seen[name], seen["timed"]) for name in ("future_times", "pre_epoch_times")}
    readings["duplicate_event_ids"] = share(n - seen["ids"], n)
    readings["duplicate_events"] = share(same, n)
    readings["completed_before_started"] = share(seen["completed_before_started"], seen["started"])
    readings["before_received"] = share(seen["before_received"], seen["with_received"])
    readings["after_closed"] = share(seen["after_closed"], seen["with_closed"])
    readings |= {name: share(seen[name], acts) for name in ("start_missing", "lane_unknown")}
    for name, column, whole in (("resource_missing", "resource", acts), ("channel_missing", "channel", n)):
        readings[name] = share(seen[name], whole) if facts.fills(column) else _no(column)
    readings["midnight_cluster"] = _midnights(bounded, facts.zone)
    return readings


def _no(column: str) -> Reading:
    return not_determinable(
        f"de mapping wijst geen kolom aan voor {column}", f"the mapping names no column for {column}"
    )


def _counts(t: Any, as_of: datetime) -> dict[str, Any]:
    acting = ~t.role.isin(NOT_ACTING)
    now = ibis.literal(as_of, type="timestamp('UTC')")
    epoch = ibis.literal(EPOCH, type="timestamp('UTC')")
    return {
        "n": t.count(),
        "acts": t.count(where=acting),
        "timed": t.count(where=t["at"].notnull()),
        "ids": t.event_id.nunique(),
        "started": t.count(where=t.started_at.notnull() & t.completed_at.notnull()),
        "with_received": t.count(where=t.received_at.notnull() & t["at"].notnull()),
        "with_closed": t.count(where=t.closed_end.notnull() & t["at"].notnull()),
        "case_missing": t.count(where=t.source_case_id.strip() == ""),
        "activity_missing": t.count(where=t.raw_activity.strip() == ""),
        "time_missing": t.count(where=t["at"].isnull()),
        "work_in_hand": t.count(where=t.completed_at.isnull() & t.started_at.notnull()),
        "start_missing": t.count(where=acting & t.started_at.isnull()),
        "resource_missing": t.count(where=acting & t.resource.isnull()),
        "lane_unknown": t.count(where=acting & t.lane.isnull()),
        "channel_missing": t.count(where=t.channel.isnull()),
        "day_precision": t.count(where=t.precision == "day"),
        "completed_before_started": t.count(where=t.completed_at < t.started_at),
        "before_received": t.count(where=t.at_end < t.received_at),
        "after_closed": t.count(where=t["at"] > t.closed_end),
        "future_times": t.count(where=t["at"] > now),
        "pre_epoch_times": t.count(where=t["at"] < epoch),
    }


def _midnights(t: Any, zone: str) -> Reading:
    """Return the share exactly at local midnight among events that claim a time of day.

    No zone function of an engine is asked: every zone's midnight lies on a quarter of an hour, so only the
    distinct quarters are looked at here.
    """
    claims = t.filter((t.precision != "day") & t["at"].notnull())
    claimed = one_row(claims.aggregate(n=claims.count()))["n"]
    quarters = claims.filter((claims["at"].epoch_seconds() % 900 == 0) & (claims["at"].microsecond() == 0))
    found = rows_of(quarters.group_by(at=quarters["at"]).aggregate(n=lambda q: q.count()))
    local = ZoneInfo(zone)
    midnight = [(row["at"].astimezone(local), row["n"]) for row in found]
    hits = sorted((-n, at) for at, n in midnight if (at.hour, at.minute, at.second) == (0, 0, 0))
    examples = tuple(f"{at:%Y-%m-%d} 00:00 ({-n})" for n, at in hits)
    return share(sum(-n for n, _ in hits), claimed, examples=examples)
