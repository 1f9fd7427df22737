"""The segments of the ledger in days of the legal term: the third clock's amounts (DESIGN §4, clocks and law).

In: the ledger and a `LegalClock`. Out: a table keyed by (case, position), beside the ledger's segments, of the cases
whose clock can be known. An amount is C(end) − C(begin) in whole days, split as the other clocks.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.engine import kept, table_part
from mining.ledger import KINDS, Ledger
from mining.legal import LegalClock
from mining.split import split
from mining.suspended import PIECE, has_any, pieces

MOMENTS = ("since", "free", "own", "at")
SHOWN = ("sequence", "booked_step", "visit", "loop", "order_known", "passing")
"""What a segment is put together by."""
_FAR = 2**40


def legal_amounts(con: Any, rows: Any, ledger: Ledger, clock: LegalClock) -> Any:
    """Return case (its number), position, SHOWN and legal_{wait, process, elsewhere, unknown, total} of on-path `rows`.

    Only of cases that the norm applies to and whose clock is known. Zero before the term begins, while suspended, and
    after the decision.
    """
    shown = _with_readings(con, _on_path(rows), ledger, clock, MOMENTS)
    shown = _with_still(con, shown, rows, ledger, clock)
    amounts = split([shown[f"c_{moment}"] for moment in MOMENTS], shown.own_day.notnull())
    amounts |= {"wait": amounts["wait"] + shown.still, "process": amounts["process"] - shown.still}
    told = shown.select("case", "position", *SHOWN, **{f"legal_{kind}": amount for kind, amount in amounts.items()})
    return kept(con, f"zs_legal_amounts_{table_part(clock.norm.name)}", told)


def _known_cases(ledger: Ledger, clock: LegalClock) -> Any:
    """Return the cases whose clock is known: case, begin_day and stop_day, far away while it runs."""
    known = clock.cases.filter(clock.cases.is_known).join(ledger.cases.select("case", "case_id"), "case_id")
    return known.select("case", "begin_day", stop_day=ibis.coalesce(known.stop_day, _FAR))


def _with_still(con: Any, shown: Any, rows: Any, ledger: Ledger, clock: LegalClock) -> Any:
    """Add `still`: the days of the term in which begun work was suspended."""
    suspended = ledger.timeline.coded.suspended
    if not has_any(suspended):
        return shown.mutate(still=ibis.literal(0, "int64"))
    cut = pieces(rows, suspended)
    numbered = cut.mutate(piece=ibis.row_number().over(order_by=["case", "position", "low"]))
    read = _with_readings(con, numbered.mutate(position=numbered.piece), ledger, clock, PIECE)
    days = read.select(piece="position", days=read.c_high - read.c_low)
    each = numbered.join(days, "piece").group_by(["case", "position"]).agg(still=lambda t: t.days.sum().cast("int64"))
    joined = shown.left_join(each, ["case", "position"])
    joined = joined.mutate(still=ibis.coalesce(joined.still, 0))
    return joined.drop([c for c in joined.columns if c.endswith("_right")])


def _on_path(rows: Any) -> Any:
    """Return the moments of each segment."""
    own = ibis.greatest(ibis.least(rows.started, rows["at"]), rows.since)
    own = ibis.ifelse(rows.started.isnull(), ibis.null("int64"), own)
    return rows.select("case", "position", *SHOWN, "since", "free", "at", own=own)


def _with_readings(con: Any, path: Any, ledger: Ledger, clock: LegalClock, moments: tuple[str, ...]) -> Any:
    """Add what the clock shows at each moment of a row of a known case: for a segment c_since, c_free, c_own, c_at."""
    clocks = ledger.timeline.clocks
    path = path.join(_known_cases(ledger, clock), "case")
    rest = [c for c in path.columns if c not in (*moments, "stop_day", "whole_days")]
    for moment in moments:
        path = clocks.with_local(path, moment)
    # an unknown moment stays unknown: least() of the engine would give the other one
    day = {m: ibis.least(clocks.day(path[f"{m}_local"]), path.stop_day) for m in moments}
    days = {f"{m}_day": ibis.ifelse(path[m].isnull(), ibis.null("int64"), day[m]) for m in moments}
    # read twice: by itself, and beside the spans
    path = kept(con, f"zs_legal_{'_'.join(moments)}_{table_part(clock.norm.name)}", path.select(*rest, **days))
    spans = clock.spans.join(ledger.cases.select("case", "case_id"), "case_id").select("case", "first_day", "last_day")
    joined = path.left_join(_stood(path, spans, moments), ["case", "position"])
    joined = joined.drop([c for c in joined.columns if c.endswith("_right")])
    return joined.mutate(
        **{
            f"c_{m}": ibis.greatest(joined[f"{m}_day"] - joined.begin_day, 0) - ibis.coalesce(joined[f"stood_{m}"], 0)
            for m in moments
        }
    )


def _stood(path: Any, spans: Any, moments: tuple[str, ...]) -> Any:
    """Return, a segment and moment, how many days the term had stood still by then."""
    both = path.join(spans, "case")
    first = ibis.greatest(both.first_day, both.begin_day + 1)
    inside = {f"stood_{m}": ibis.greatest(ibis.least(both[f"{m}_day"], both.last_day) - first + 1, 0) for m in moments}
    each = both.select("case", "position", **inside)
    return each.group_by(["case", "position"]).agg(**{name: each[name].sum() for name in inside})


def legal_sums(table: Any) -> dict[str, Any]:
    """Return the aggregations of the legal amounts of `table`, named as its columns."""
    return {f"legal_{kind}": table[f"legal_{kind}"].sum() for kind in (*KINDS, "total")}
