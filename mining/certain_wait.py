"""Certain wait: how much of the time was waiting for sure, also where no start was recorded (DESIGN §5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa

from mappings.calendar import Hours
from mappings.project import Project
from mining.amounts import per_case, rows_of
from mining.day_moments import Moments, moments_of
from mining.days import openings
from mining.engine import kept
from mining.ledger import CLOCKS, Ledger
from mining.log import MICROSECONDS_A_DAY, Log, to_micros
from mining.reach import in_first
from mining.results.base import LocalText
from mining.results.waiting import CertainWait, CertainWaitStep

ASSUMPTION: LocalText = {
    "nl": "Aanname: werk waarvan geen begin is vastgelegd, begon op de werkdag waarop het klaar was, en niet voor"
    " openingstijd; en alle werk staat in de bronnen.",
    "en": "Assumption: work without a recorded start began on the working day on which it was done, and not before"
    " opening time; and all work is in the sources.",
}
_EPOCH = date(1970, 1, 1)
_PARTS = ("wait", "of_unknown")


def certain_wait(log: Log, ledger: Ledger, segments: Any, held: Any, project: Project, cases: int) -> CertainWait:
    """Return the lower bound of the waiting: recorded wait, and unknown time up to the opening of the day of the work.

    Where the work was done before opening or on a closed day, that local day counts whole as possible work. What
    came before counts from its own instant, or from the end of its day where it is known by date only. In the clock
    of whole days it is whole days. Open cases have no part in it. `held` are the summed segments.
    """
    bound = _bounded(log, ledger, segments, project)
    of_unknown = {row["booked_step"]: row for row in rows_of(_by_step(bound, "of_unknown"))}
    nothing = {f"{c}_of_unknown": 0 for c in CLOCKS}
    recorded = rows_of(_by_step(held, "wait", "total"))
    summed = [row | nothing | of_unknown.get(row["booked_step"], {}) for row in recorded]
    rows = sorted(summed, key=lambda r: (-r["elapsed_wait"] - r["elapsed_of_unknown"], r["booked_step"]))
    total = {f"{c}_{p}": sum(row[f"{c}_{p}"] for row in rows) for c in CLOCKS for p in (*_PARTS, "total")}
    whole = {c: total[f"{c}_wait"] + total[f"{c}_of_unknown"] for c in CLOCKS}
    return CertainWait(
        assumption=ASSUMPTION,
        **{f"{c}_seconds": per_case(whole[c], cases) for c in CLOCKS},
        **{f"of_unknown_{c}_seconds": per_case(total[f"{c}_of_unknown"], cases) for c in CLOCKS},
        **{f"share_{c}": whole[c] / total[f"{c}_total"] if total[f"{c}_total"] else None for c in CLOCKS},
        steps=tuple(_step(row, cases) for row in rows),
    )


def _step(row: dict[str, Any], cases: int) -> CertainWaitStep:
    return CertainWaitStep(
        step=row["booked_step"],
        **{f"{c}_seconds": per_case(row[f"{c}_wait"] + row[f"{c}_of_unknown"], cases) for c in CLOCKS},
        **{f"of_unknown_{c}_seconds": per_case(row[f"{c}_of_unknown"], cases) for c in CLOCKS},
    )


def _by_step(table: Any, *parts: str) -> Any:
    amounts = {f"{c}_{part}": table[f"{c}_{part}"].sum() for c in CLOCKS for part in parts}
    return table.group_by("booked_step").agg(**amounts)


def _bounded(log: Log, ledger: Ledger, segments: Any, project: Project) -> Any:
    """Clamp the opening of the day of each piece of work into the unknown time before it, in what the clocks show.

    A clock never runs back, so that the clamp may as well be done on its readings.
    """
    clocks = ledger.timeline.clocks
    # where a start is known, or nothing lies before the work, no time is unknown
    s = segments.filter(segments.started.isnull(), segments.free > segments.since)
    s = s.select(
        "case", "sequence", "position", "booked_step", "since", "at", "whole_days", *(f"{c}_unknown" for c in CLOCKS)
    )
    begin = _day_begins(project, ledger.timeline.window)
    s = _with_date_before(log, ledger, segments, s)
    s = clocks.with_known_clocks(s, ["since"])
    if clocks.has_whole_days:
        s = _listed(log, "zs_day_ends", [midnight for midnight, _ in begin], ledger).with_next(s, "since", "day_end")
        begun = {c: ibis.least(s[f"day_end_{c}"] - s[f"since_{c}"], s[f"{c}_unknown"]) for c in CLOCKS}
        s = s.mutate(**{f"begun_{c}": ibis.ifelse(s.after_a_date, begun[c], 0) for c in CLOCKS})
    else:
        s = s.mutate(**{f"begun_{c}": ibis.literal(0, "int64") for c in CLOCKS})
    opens = _listed(log, "zs_day_opens", sorted({m for pair in begin for m in pair if m is not None}), ledger)
    s = opens.with_latest(s, "at", "opens")
    possible = {c: ibis.greatest(s[f"opens_{c}"] - s[f"since_{c}"], s[f"begun_{c}"]) for c in CLOCKS}
    within = {c: ibis.least(possible[c], s[f"{c}_unknown"]) - s[f"begun_{c}"] for c in CLOCKS}
    return s.select("booked_step", **{f"{c}_of_unknown": within[c].cast("int64") for c in CLOCKS})


def _with_date_before(log: Log, ledger: Ledger, segments: Any, s: Any) -> Any:
    """Add `after_a_date`: what the segment begins with is known by date only. Most logs have no dates at all."""
    if not ledger.timeline.clocks.has_whole_days:
        return s.mutate(after_a_date=ibis.literal(False))
    s = s.join(kept(log.con, "zs_place_before", _place_before(ledger)), ["sequence", "position"])
    dated = segments.filter(segments.is_day).select("case", before="position", is_dated=True)
    s = s.left_join(dated, ["case", "before"])
    received = ledger.cases.filter(ledger.cases.received_precision == "day").select("case", is_received=True)
    s = s.left_join(received, "case", rname="{name}_received")
    after_a_date = ibis.ifelse(s.before < 0, s.is_received, s.is_dated)
    return s.mutate(after_a_date=ibis.coalesce(after_a_date, False))


def _place_before(ledger: Ledger) -> pa.Table:
    """Return of each position on the path of the first episode the one before it there; −1 for the first."""
    s = ledger.structures.sequences
    chosen = np.flatnonzero(in_first(ledger.structures))
    owners, places = s.owners[chosen], s.places[chosen]
    before = np.full(len(chosen), -1, places.dtype)
    before[1:] = np.where(owners[1:] == owners[:-1], places[:-1], -1)
    return pa.table({"sequence": owners, "position": places, "before": before})


def _day_begins(project: Project, window: tuple[datetime, datetime]) -> list[tuple[int, int | None]]:
    """Return of each local day its midnight, and when the reference calendar opens; null where it does not."""
    zone = ZoneInfo(project.file.zone)
    opens = _first_openings(project.calendar.reference, window, zone)
    first, last = ((moment.astimezone(zone).date() - _EPOCH).days for moment in window)
    return [(to_micros(_midnight(day, zone)), opens.get(day)) for day in range(first - 2, last + 3)]


def _listed(log: Log, name: str, moments: list[int], ledger: Ledger) -> Moments:
    days = [to_micros(moment) // MICROSECONDS_A_DAY for moment in ledger.timeline.window]
    return moments_of(log.con, name, moments, range(days[0] - 1, days[1] + 2), ledger.timeline.clocks)


def _midnight(day: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(_EPOCH + timedelta(day), time(), zone).astimezone(UTC)


def _first_openings(hours: Hours, window: tuple[datetime, datetime], zone: ZoneInfo) -> dict[int, int]:
    found: dict[int, int] = {}
    for begin, _ in openings(hours, *window):
        local = datetime.fromtimestamp(begin // 1_000_000, zone)
        found.setdefault((local.date() - _EPOCH).days, begin)
    return found
