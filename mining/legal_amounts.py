"""The segments of the ledger in days of the legal term: the third clock's amounts (DESIGN §4, clocks and law).

In: the ledger and a `LegalClock`. Out: a table keyed by (case, position), beside the ledger's segments. An amount is
C(end) − C(begin) in whole days, split as the other clocks; null in cases whose clock cannot be known.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.engine import kept
from mining.ledger import KINDS, Ledger
from mining.legal import LegalClock
from mining.split import split
from mining.suspended import PIECE, has_any, pieces

MOMENTS = ("since", "free", "own", "at")
_FAR = 2**40


def legal_amounts(con: Any, rows: Any, ledger: Ledger, clock: LegalClock) -> Any:
    """Return case (its number), position and legal_{wait, process, elsewhere, unknown, total} of on-path `rows`.

    Only cases that the norm applies to. Zero before the term begins, while suspended, and after the decision.
    """
    path = _on_path(rows)
    shown = kept(con, f"zs_legal_shown_{clock.norm.name}", _with_readings(path, ledger, clock, MOMENTS))
    shown = _with_still(shown, rows, ledger, clock)
    amounts = split([shown[f"c_{moment}"] for moment in MOMENTS], shown.own_day.notnull())
    amounts |= {"wait": amounts["wait"] + shown.still, "process": amounts["process"] - shown.still}
    known = {
        f"legal_{kind}": ibis.ifelse(shown.is_known, amount, ibis.null("int64")) for kind, amount in amounts.items()
    }
    return kept(con, f"zs_legal_amounts_{clock.norm.name}", shown.select("case", "position", **known))


def _with_still(shown: Any, rows: Any, ledger: Ledger, clock: LegalClock) -> Any:
    """Add `still`: the days of the term in which begun work was suspended."""
    suspended = ledger.timeline.coded.suspended
    if not has_any(suspended):
        return shown.mutate(still=ibis.literal(0, "int64"))
    cut = pieces(rows, suspended)
    numbered = cut.mutate(piece=ibis.row_number().over(order_by=["case", "position", "low"]))
    read = _with_readings(numbered.mutate(position=numbered.piece), ledger, clock, PIECE)
    days = read.select(piece="position", days=read.c_high - read.c_low)
    each = numbered.join(days, "piece").group_by(["case", "position"]).agg(still=lambda t: t.days.sum().cast("int64"))
    joined = shown.left_join(each, ["case", "position"])
    joined = joined.mutate(still=ibis.coalesce(joined.still, 0))
    return joined.drop([c for c in joined.columns if c.endswith("_right")])


def _on_path(rows: Any) -> Any:
    """Return the moments of each segment."""
    own = ibis.greatest(ibis.least(rows.started, rows["at"]), rows.since)
    own = ibis.ifelse(rows.started.isnull(), ibis.null("int64"), own)
    return rows.select("case", "position", "since", "free", "at", own=own)


def _with_readings(path: Any, ledger: Ledger, clock: LegalClock, moments: tuple[str, ...]) -> Any:
    """Add what the clock shows at each moment of a row: for a segment c_since, c_free, c_own, c_at."""
    clocks, number = ledger.timeline.clocks, ledger.cases.select("case", "case_id")
    for moment in moments:
        path = clocks.with_local(path, moment)
    cases = clock.cases.join(number, "case_id").select("case", "begin_day", "stop_day", "is_known")
    path = path.join(cases, "case")
    stop = ibis.coalesce(path.stop_day, _FAR)
    # an unknown moment stays unknown: least() of the engine would give the other one
    day = {m: ibis.least(clocks.day(path[f"{m}_local"]), stop) for m in moments}
    path = path.mutate(**{f"{m}_day": ibis.ifelse(path[m].isnull(), ibis.null("int64"), day[m]) for m in moments})
    path = path.select("case", "position", "begin_day", "is_known", *(f"{m}_day" for m in moments))
    stood = _stood(path, clock.spans.join(number, "case_id").select("case", "first_day", "last_day"), moments)
    joined = path.left_join(stood, ["case", "position"])
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
