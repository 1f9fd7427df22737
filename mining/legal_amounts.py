"""The segments of the ledger in days of the legal term: the third clock's amounts (DESIGN §4, clocks and law).

In: the ledger and a `LegalClock`. Out: a table keyed by (case_id, position), beside the ledger's segments. An amount is
C(end) − C(begin) in whole days, split as the other clocks; null in cases whose clock cannot be known.
"""

from __future__ import annotations

from typing import Any

import ibis

from mining.ledger import KINDS, Ledger
from mining.legal import LegalClock
from mining.split import split

MOMENTS = ("since", "free", "own", "at")
_FAR = 2**40


def legal_amounts(con: Any, ledger: Ledger, clock: LegalClock) -> Any:
    """Return case_id, position and legal_{wait, process, elsewhere, unknown, total} of the on-path segments.

    Only cases that the norm applies to. Zero before the term begins, while suspended, and after the decision.
    """
    shown = con.create_table(
        f"zs_legal_shown_{clock.norm.name}", _with_readings(ledger, clock), temp=True, overwrite=True
    )
    amounts = split([shown[f"c_{moment}"] for moment in MOMENTS], shown.own_day.notnull())
    known = {
        f"legal_{kind}": ibis.ifelse(shown.is_known, amount, ibis.null("int64")) for kind, amount in amounts.items()
    }
    booked = shown.select("case_id", "position", **known)
    return con.create_table(f"zs_legal_amounts_{clock.norm.name}", booked, temp=True, overwrite=True)


def _with_readings(ledger: Ledger, clock: LegalClock) -> Any:
    """Add what the clock shows at each moment of a segment: c_since, c_free, c_own, c_at."""
    segments, clocks = ledger.segments, ledger.timeline.clocks
    path = segments.filter(segments.on_path).select("case_id", "position", *MOMENTS)
    for moment in MOMENTS:
        path = clocks.with_local(path, moment)
    cases = clock.cases.select("case_id", "begin_day", "stop_day", "is_known")
    path = path.join(cases, "case_id")
    stop = ibis.coalesce(path.stop_day, _FAR)
    # an unknown moment stays unknown: least() of the engine would give the other one
    day = {m: ibis.least(clocks.day(path[f"{m}_local"]), stop) for m in MOMENTS}
    path = path.mutate(**{f"{m}_day": ibis.ifelse(path[m].isnull(), ibis.null("int64"), day[m]) for m in MOMENTS})
    path = path.select("case_id", "position", "begin_day", "is_known", *(f"{m}_day" for m in MOMENTS))
    stood = _stood(path, clock)
    joined = path.left_join(stood, ["case_id", "position"])
    joined = joined.drop([c for c in joined.columns if c.endswith("_right")])
    return joined.mutate(
        **{
            f"c_{m}": ibis.greatest(joined[f"{m}_day"] - joined.begin_day, 0) - ibis.coalesce(joined[f"stood_{m}"], 0)
            for m in MOMENTS
        }
    )


def _stood(path: Any, clock: LegalClock) -> Any:
    """Return, a segment and moment, how many days the term had stood still by then."""
    both = path.join(clock.spans, "case_id")
    first = ibis.greatest(both.first_day, both.begin_day + 1)
    inside = {f"stood_{m}": ibis.greatest(ibis.least(both[f"{m}_day"], both.last_day) - first + 1, 0) for m in MOMENTS}
    each = both.select("case_id", "position", **inside)
    return each.group_by(["case_id", "position"]).agg(**{name: each[name].sum() for name in inside})


def legal_sums(table: Any) -> dict[str, Any]:
    """Return the aggregations of the legal amounts of `table`, named as its columns."""
    return {f"legal_{kind}": table[f"legal_{kind}"].sum() for kind in (*KINDS, "total")}
