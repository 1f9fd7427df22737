"""From when until when a log tells all there was: since when no case is missing, until when cases came in, and until
when its sources were read.

In: the ledger's cases, which stay in the engine. A log that begins with the cases that were open then lacks those that
had ended before: of what came in earlier it holds only what took long.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from mappings.project import Project
from mappings.source import Source
from mining.amounts import rows_of
from mining.columns import ACTING
from mining.engine import whole_part
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log, to_micros

_FIRST_ENDS = 0.01
"""The share of the ends after which the records are taken to have begun: one slip of the pen does not decide it."""
_ENOUGH = 30
"""With fewer cases since then, all are counted; on fewer days with arrivals, none is known to be the last."""


def seen_until(log: Log, project: Project, as_of: datetime) -> int:
    """Return the latest reading of a source that tells of cases, at most `as_of`: contacts and surveys tell of none."""
    telling = {source.name for source in project.sources if _tells_of_cases(source)}
    read = {name: to_micros(moment) for name, moment in log.observed_until.items()}
    seen = [at for name, at in read.items() if name in telling] or list(read.values())
    return min([to_micros(as_of), *([max(seen)] if seen else [])])


def _tells_of_cases(source: Source) -> bool:
    roles = {rule.role for rule in source.activities.values()}
    return source.record != "attempts" and (not roles or bool(roles & {*ACTING}))


def complete_from(ledger: Ledger, until: int) -> int | None:
    """Return the instant since which every case that came in is in the log; null: since its first case.

    Whatever came in after the first ends that the log knows is in it, however the log was taken. Before those it lacks
    cases where fewer than half as many came in a day as since.
    """
    cases = ledger.cases.filter(ledger.cases.origin.notnull())
    ended = cases.filter(~cases.is_open, cases.ends_at <= until)
    first = rows_of(ended.agg(at=ended.ends_at.cast("float64").quantile(_FIRST_ENDS)))[0]["at"]
    if first is None:
        return None
    since = round(first)
    return since if _is_thinner_before(cases, since, until) else None


def _is_thinner_before(cases: Any, since: int, until: int) -> bool:
    is_since = (cases.origin >= since) & (cases.origin <= until)
    row = rows_of(cases.agg(before=(cases.origin < since).sum(), after=is_since.sum(), low=cases.origin.min()))[0]
    after = row["after"] or 0
    return after >= _ENOUGH and 2 * (row["before"] or 0) * (until - since) < after * (since - row["low"])


def run_out(ledger: Ledger, until: int, since: int | None) -> int | None:
    """Return the last arrival, where the log takes in no more cases though it goes on; null: it may take in more.

    So it is with a log of all cases that began in a year, which goes on until the last of them ended: for more than
    twice as long as ever before none came in, while at the same rate there should have been 30 or more. Seasons and
    holidays that the log has seen before are no end.
    """
    cases = ledger.cases.filter(ledger.cases.origin.notnull(), ledger.cases.origin <= until)
    cases = cases if since is None else cases.filter(cases.origin >= since)
    row = rows_of(cases.agg(came=cases.count(), last=cases.origin.max()))[0]
    days = sorted(r["day"] for r in rows_of(cases.select(day=whole_part(cases.origin, MICROSECONDS_A_DAY)).distinct()))
    if len(days) < _ENOUGH:
        return None
    silent = until // MICROSECONDS_A_DAY - days[-1]
    expected = row["came"] * silent / (days[-1] - days[0])
    longest = max(after - before for before, after in pairwise(days))
    return int(row["last"]) if silent > 2 * longest and expected >= _ENOUGH else None
