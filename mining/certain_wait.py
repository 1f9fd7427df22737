"""Certain wait: how much of the time was waiting for sure, also where no start was recorded (DESIGN §5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from mappings.calendar import Hours
from mappings.project import Project
from mining.amounts import per_case, rows_of
from mining.days import openings
from mining.engine import kept
from mining.ledger import CLOCKS, Ledger
from mining.log import Log, to_micros
from mining.results.base import LocalText
from mining.results.waiting import CertainWait, CertainWaitStep

ASSUMPTION: LocalText = {
    "nl": "Aanname: werk waarvan geen begin is vastgelegd, begon op de werkdag waarop het klaar was, en niet voor"
    " openingstijd.",
    "en": "Assumption: work without a recorded start began on the working day on which it was done, and not before"
    " opening time.",
}
_EPOCH = date(1970, 1, 1)
_PARTS = ("wait", "of_unknown")


def certain_wait(log: Log, ledger: Ledger, segments: Any, project: Project, cases: int) -> CertainWait:
    """Return the lower bound of the waiting: recorded wait, and unknown time up to the opening of the day of the work.

    Where the work was done before opening or on a closed day, that local day counts whole as possible work. What
    came before counts from its own instant, or from the end of its day where it is known by date only. In the clock
    of whole days it is whole days. Open cases have no part in it.
    """
    bound = _bounded(log, ledger, segments, project)
    of_unknown = {row["booked_step"]: row for row in rows_of(_by_step(bound, "of_unknown"))}
    nothing = {f"{c}_of_unknown": 0 for c in CLOCKS}
    summed = [row | nothing | of_unknown.get(row["booked_step"], {}) for row in rows_of(_by_step(segments, "wait"))]
    rows = sorted(summed, key=lambda r: (-r["elapsed_wait"] - r["elapsed_of_unknown"], r["booked_step"]))
    lead = rows_of(segments.agg(**{clock: segments[f"{clock}_total"].sum() for clock in CLOCKS}))[0]
    total = {f"{c}_{p}": sum(row[f"{c}_{p}"] for row in rows) for c in CLOCKS for p in _PARTS}
    whole = {c: total[f"{c}_wait"] + total[f"{c}_of_unknown"] for c in CLOCKS}
    return CertainWait(
        assumption=ASSUMPTION,
        **{f"{c}_seconds": per_case(whole[c], cases) for c in CLOCKS},
        **{f"of_unknown_{c}_seconds": per_case(total[f"{c}_of_unknown"], cases) for c in CLOCKS},
        **{f"share_{c}": whole[c] / lead[c] if lead[c] else None for c in CLOCKS},
        steps=tuple(_step(row, cases) for row in rows),
    )


def _step(row: dict[str, Any], cases: int) -> CertainWaitStep:
    return CertainWaitStep(
        step=row["booked_step"],
        **{f"{c}_seconds": per_case(row[f"{c}_wait"] + row[f"{c}_of_unknown"], cases) for c in CLOCKS},
        **{f"of_unknown_{c}_seconds": per_case(row[f"{c}_of_unknown"], cases) for c in CLOCKS},
    )


def _by_step(table: Any, part: str) -> Any:
    return table.group_by("booked_step").agg(**{f"{c}_{part}": table[f"{c}_{part}"].sum() for c in CLOCKS})


def _bounded(log: Log, ledger: Ledger, segments: Any, project: Project) -> Any:
    """Clamp the opening of the day of each piece of work into the unknown time before it, and read the clocks there."""
    clocks = ledger.timeline.clocks
    s = segments.select("case", "position", "booked_step", "precision", "started", "since", "free", "at", "whole_days")
    s = _with_date_before(ledger, s).mutate(begun=ibis._.since)
    # where a start is known, or nothing lies before the work, no time is unknown
    s = s.filter(s.started.isnull(), s.free > s.since)
    s = s.select("booked_step", "after_a_date", "begun", "since", "free", "whole_days", at=s["at"])
    for moment in ("at", "begun"):
        s = clocks.with_local(s, moment)
    days = kept(log.con, "zs_day_opens", _day_opens(project, ledger.timeline.window))
    s = s.mutate(day_of_work=clocks.day(s.at_local), day_before=clocks.day(s.begun_local))
    s = s.join(days.select(day_of_work="day", opens="opens", midnight="midnight"), "day_of_work")
    s = s.join(days.select(day_before="day", next_midnight="next_midnight"), "day_before")
    # done before opening, or on a closed day: then the whole of that day may have been work
    from_ = ibis.ifelse(ibis.coalesce(s.opens <= s["at"], False), s.opens, s.midnight)
    since = ibis.ifelse(s.after_a_date, s.next_midnight, s.since)
    s = s.mutate(begun=ibis.least(ibis.greatest(since, s.since), s.free), possible=from_)
    s = s.mutate(possible=ibis.least(ibis.greatest(s.possible, s.begun), s.free))
    for moment in ("begun", "possible"):
        s = clocks.with_clocks(s, moment)
    return s.select(
        "booked_step", **{f"{c}_of_unknown": (s[f"possible_{c}"] - s[f"begun_{c}"]).cast("int64") for c in CLOCKS}
    )


def _with_date_before(ledger: Ledger, s: Any) -> Any:
    """Add `after_a_date`: what the segment begins with is known by date only. Most logs have no dates at all."""
    cases = ledger.cases
    if not ledger.timeline.clocks.has_whole_days:
        return s.mutate(after_a_date=ibis.literal(False))
    s = s.join(cases.select("case", is_received_on_a_date=cases.received_precision == "day"), "case")
    before = (s.precision == "day").lag().over(ibis.window(group_by="case", order_by="position"))
    return s.mutate(after_a_date=ibis.coalesce(before, s.is_received_on_a_date, False))


def _day_opens(project: Project, window: tuple[datetime, datetime]) -> pa.Table:
    """Return for each local day its midnight, the next one, and when the reference calendar opens; null if closed."""
    zone = ZoneInfo(project.file.zone)
    opens = _first_openings(project.calendar.reference, window, zone)
    first, last = ((moment.astimezone(zone).date() - _EPOCH).days for moment in window)
    rows = []
    for day in range(first - 1, last + 2):
        midnight, after = (to_micros(_midnight(day + n, zone)) for n in (0, 1))
        rows.append({"day": day, "midnight": midnight, "next_midnight": after, "opens": opens.get(day)})
    schema = pa.schema([(name, pa.int64()) for name in ("day", "midnight", "next_midnight", "opens")])
    return pa.Table.from_pylist(rows, schema)


def _midnight(day: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(_EPOCH + timedelta(day), time(), zone).astimezone(UTC)


def _first_openings(hours: Hours, window: tuple[datetime, datetime], zone: ZoneInfo) -> dict[int, int]:
    found: dict[int, int] = {}
    for begin, _ in openings(hours, *window):
        local = datetime.fromtimestamp(begin // 1_000_000, zone)
        found.setdefault((local.date() - _EPOCH).days, begin)
    return found
