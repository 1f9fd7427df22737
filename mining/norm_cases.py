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
import pyarrow as pa

from mappings.calendar import Hours
from mappings.journey import Norm
from mappings.project import Project
from mining.clocks import Clocks
from mining.engine import kept, kept_before, table_part
from mining.followed import Followed
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log
from mining.norm_result import verdict_number
from mining.survival import FROM_START, OPEN, Spans
from mining.timeline import clocks_of

REACHED, OTHERWISE = 1, 2
"""How a norm's time ended: at the norm's end, or with the case (a withdrawal), which competes."""
UNKNOWN_DAY = np.iinfo(np.int64).min


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
    began_day: npt.NDArray[np.int64]
    reached_day: npt.NDArray[np.int64]
    is_comparable: npt.NDArray[np.bool_]
    """False for a case older than its sources: like ones that ended before are not in the log."""
    likeness: tuple[npt.NDArray[np.int64], ...]
    """Codes of the groups of like cases, from the closest to the widest."""
    is_timed: npt.NDArray[np.bool_] | None = None
    """False for a case whose time in the norm's clock is not known; null where it is of all."""


def norm_cases(
    norm: Norm, limit: int | None, ledger: Ledger, log: Log, project: Project, cases: Followed
) -> NormCases | None:
    """Return the cases of a norm that was judged in this run; null for the legal clock (`mining.legal_cases`)."""
    if norm.clock == "legal":
        return None
    judged = kept_before(log.con, f"zs_judged_{table_part(norm.name)}")
    known = judged.filter(judged.since.notnull() & (judged.verdict != "not_determinable"))
    known = known.select("case_id", "whole_days", "since", "until", "is_open", "ended", "target", "verdict")
    joined = known.join(followed_table(log, cases), "case_id")
    clocks, clock = _clocks(norm, ledger, log, project)
    table = _timed(joined, norm, clocks, clock, limit).to_pyarrow()
    number = table["number"].to_numpy()
    kind = table["kind"].to_numpy().astype(np.int8)
    exits = table["age"].to_numpy().astype(np.int64)
    late = cases.spans["elapsed"].entry[number] != FROM_START
    return NormCases(
        norm=norm,
        spans=Spans(np.full(len(exits), FROM_START, np.int64), exits, kind),
        remaining=table["remaining"].to_numpy(zero_copy_only=False).astype(np.float64),
        verdict=table["verdict"].to_numpy(),
        began_day=table["began_day"].to_numpy().astype(np.int64),
        reached_day=table["reached_day"].fill_null(UNKNOWN_DAY).to_numpy().astype(np.int64),
        is_comparable=~late if norm.from_ == "received" else np.ones(len(exits), np.bool_),
        likeness=likeness(cases, number),
    )


def likeness(cases: Followed, number: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return zaaktype with persona, zaaktype, and all."""
    zaaktype, persona = cases.labels["zaaktype"], cases.labels["persona"]
    wide = zaaktype.codes[number]
    return wide * len(persona.names) + persona.codes[number], wide, np.zeros(len(number), np.int64)


def followed_table(log: Log, cases: Followed) -> Any:
    """Return the cases that were followed: case_id, number, and until when each was seen."""
    rows = pa.table(
        {
            "case_id": cases.case_ids,
            "number": pa.array(np.arange(len(cases)), pa.int64()),
            "seen_until": pa.array(cases.seen_until, pa.int64()),
        }
    )
    return kept(log.con, "zs_followed", rows)


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
        kind=ibis.cases((is_reached, REACHED), (is_over, OTHERWISE), else_=OPEN).cast("int64"),
    )
    for moment in ("since", "stop"):
        timed = clocks.with_clocks(timed, moment)
    timed = clocks.with_local(clocks.with_local(timed, "since"), "until")
    age = timed[f"stop_{clock}"] - timed[f"since_{clock}"]
    if limit is not None:
        remaining = limit - age
    elif clock == "elapsed":
        # the whole of the target day counts
        remaining = timed.target + (MICROSECONDS_A_DAY - 1) - timed.stop
    else:
        remaining = ibis.null("int64")
    return timed.select(
        "number",
        "kind",
        verdict=verdict_number(timed.verdict),
        age=age.cast("int64"),
        remaining=remaining.cast("float64"),
        began_day=clocks.day(timed.since_local).cast("int64"),
        reached_day=clocks.day(timed.until_local).cast("int64"),
    )
