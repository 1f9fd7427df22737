"""The cases of one norm as numbers: how long each took in the norm's clock, how it stands, and when.

In: the tables that `mining.norms` judged, and the cases as followed. Out: `NormCases`, one entry a case that the norm
applies to and that was followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from mappings.calendar import Hours
from mappings.journey import Norm
from mappings.project import Project
from mining.clocks import Clocks
from mining.column_arrays import arrays_of
from mining.engine import kept_before, table_part
from mining.followed import Followed
from mining.ledger import Ledger
from mining.log import Log
from mining.norm_result import verdict_number
from mining.norm_spans import watched
from mining.survival import FROM_START, OPEN, Spans
from mining.timeline import clocks_of

REACHED, OTHERWISE = 1, 2
"""How a norm's time ended: at the norm's end, or with the case (a withdrawal), which competes."""
UNKNOWN_DAY = int(np.iinfo(np.int32).min)
_READ = ("kind", "verdict", "age", "began_day", "reached_day", "like", "is_late", "is_timed")


@dataclass(frozen=True)
class NormCases:
    """`spans`: microseconds in the norm's clock, open cases up to where they were observed. `remaining`: what is left
    of the limit at that age, NaN where the case has no limit. `began_day`, `reached_day`: local days since 1970.
    """

    norm: Norm
    spans: Spans
    remaining: npt.NDArray[np.float64]
    verdict: npt.NDArray[np.int8]
    """Places in `VERDICTS`."""
    began_day: npt.NDArray[np.int32]
    reached_day: npt.NDArray[np.int32]
    is_late: npt.NDArray[np.bool_]
    """Whether the norm's time began before the records did: like cases that ended before are not in the log."""
    likeness: tuple[npt.NDArray[np.integer], ...]
    """Codes of the groups of like cases, from the closest to the widest."""
    is_timed: npt.NDArray[np.bool_]
    """False for a case whose time in the norm's clock is not known."""


def norm_cases(
    norm: Norm, limit: int | None, ledger: Ledger, log: Log, project: Project, cases: Followed
) -> NormCases | None:
    """Return the cases of a norm that was judged in this run; null for the legal clock (`mining.legal_cases`)."""
    if norm.clock == "legal":
        return None
    judged = kept_before(log.con, f"zs_judged_{table_part(norm.name)}")
    known = judged.filter(judged.since.notnull() & (judged.verdict != "not_determinable"))
    names = ("case_id", "whole_days", "since", "until", "is_open", "ended", "verdict")
    known = known.select(*names, *(["target_end"] if limit is None else []))
    joined = with_followed(norm, known, ledger, cases)
    if norm.from_ != "received" and cases.complete_from is not None:
        joined = joined.mutate(is_late=joined.since < cases.complete_from)
    if norm.to != "delivered" and (read := watched(norm, project, cases.read_until)):
        # such as a partner's answer: open as far as the sources that can show it were read
        joined = joined.mutate(seen_until=ibis.least(joined.seen_until, min(read)))
    clocks, clock = _clocks(norm, ledger, log, project)
    return told_cases(norm, _timed(joined, norm, clocks, clock, limit), cases)


def with_followed(norm: Norm, judged: Any, ledger: Ledger, cases: Followed) -> Any:
    """Join what is said of cases as they were followed: like, is_late (older than its sources), and seen_until.

    What an activity begins was seen from its begin on, in a case that is older than its sources too.
    """
    is_late = cases.table.entry_elapsed != FROM_START if norm.from_ == "received" else ibis.literal(False)
    seen = cases.table.select("case", "like", "seen_until", is_late=is_late)
    return judged.join(ledger.cases.select("case", "case_id"), "case_id").join(seen, "case")


def told_cases(norm: Norm, table: Any, cases: Followed) -> NormCases:
    """Read the cases of a norm: kind, verdict, age (null: not known), remaining, the days, like, is_late; no texts."""
    days = {name: table[name].fill_null(UNKNOWN_DAY).cast("int32") for name in ("began_day", "reached_day")}
    table = table.mutate(is_timed=table.age.notnull(), age=table.age.fill_null(0).cast("int64"), **days)
    column = arrays_of(table.select(*_READ, remaining=table.remaining.cast("float64")))
    is_late, is_timed = column["is_late"], column["is_timed"]
    return NormCases(
        norm=norm,
        spans=Spans(np.broadcast_to(np.int64(FROM_START), len(is_late)), column["age"], column["kind"]),
        remaining=column["remaining"],
        verdict=column["verdict"],
        began_day=column["began_day"],
        reached_day=column["reached_day"],
        is_late=is_late,
        likeness=likeness(cases, column["like"]),
        is_timed=is_timed,
    )


def likeness(cases: Followed, like: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.integer], ...]:
    """Return zaaktype with persona, zaaktype, and all."""
    zaaktype = cases.likeness.labels(like)["zaaktype"].codes
    return like, zaaktype, np.broadcast_to(np.int8(0), len(like))


def _clocks(norm: Norm, ledger: Ledger, log: Log, project: Project) -> tuple[Clocks, str]:
    """Return the clocks that the norm was judged in, and which of the two it is."""
    hours: Hours = project.calendar.reference
    if norm.clock == "lane_working" and norm.lane in project.calendar.lanes:
        hours = project.calendar.lanes[norm.lane or ""]
    clock = "elapsed" if norm.clock == "elapsed" else "working"
    if hours is project.calendar.reference:
        return ledger.timeline.clocks, clock
    return clocks_of(
        log.con, hours, ledger.timeline.window, project.file.zone, f"zs_days_norm_{table_part(norm.name)}"
    ), clock


def _timed(joined: Any, norm: Norm, clocks: Clocks, clock: str, limit: int | None) -> Any:
    """Time each case to the norm's end, to another end, or to where it was observed; an end after that is not yet."""
    is_reached = joined.until.notnull() & (joined.until <= joined.seen_until)
    is_over = ~is_reached & ~joined.is_open & joined.until.isnull() & (joined.ended <= joined.seen_until)
    is_over = is_over.fill_null(False)
    stop = ibis.cases((is_reached, joined.until), (is_over, joined.ended), else_=joined.seen_until)
    timed = joined.mutate(
        stop=ibis.greatest(stop, joined.since),
        kind=ibis.cases((is_reached, REACHED), (is_over, OTHERWISE), else_=OPEN).cast("int8"),
    )
    for moment in ("since", "stop"):
        timed = clocks.with_clocks(timed, moment)
    timed = clocks.with_local(clocks.with_local(timed, "since"), "until")
    age = timed[f"stop_{clock}"] - timed[f"since_{clock}"]
    if limit is not None:
        remaining = limit - age
    elif clock == "elapsed":
        remaining = timed.target_end - timed.stop
    else:
        remaining = ibis.null("int64")
    return timed.select(
        "like",
        "is_late",
        "kind",
        verdict=verdict_number(timed.verdict),
        age=age,
        remaining=remaining,
        began_day=clocks.day(timed.since_local),
        reached_day=clocks.day(timed.until_local),
    )
