"""The cohort's booked amounts, summed once by what ladders, lead time and direct route tell apart.

In: the ledger and the cohort's segments. Out: an engine table of a few rows, to be read in the place of the segments by
whatever only adds up amounts: a sum of its rows is the sum of the segments.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import ibis

from mining.amounts import WIDE, sums
from mining.engine import kept
from mining.ladder import PARTS, is_between
from mining.ledger import Ledger


class Summed(NamedTuple):
    """Engine tables.

    segments: booked_step, lane, booked_by, loop (−1 on the direct route, 0 in any loop), all amounts (µs), segments
    (how many they are), length (µs between their instants), before (what of those that begin a case lay before any
    recorded work), and whether they are of cases of each of PARTS. cases: case, sequence, lead_elapsed, and whether the
    case is of each of PARTS.
    """

    segments: Any
    cases: Any


def summed(ledger: Ledger, segments: Any) -> Summed:
    """Sum up the segments of the cases with a lead time."""
    con, lead = segments.get_backend(), ledger.cases.filter(ledger.cases.has_lead)
    cases = lead.select("case", "sequence", "lead_elapsed", **is_between(lead, PARTS))
    cases = kept(con, "zs_parts", cases)
    rows = segments.join(cases.select("case", *PARTS), "case")
    rows = rows.mutate(loop=ibis.ifelse(rows.loop >= 0, 0, -1))
    grouped = rows.group_by(["booked_step", "lane", "booked_by", "loop", *PARTS])
    # work that had begun, of whichever event, is recorded: only what lay free before it is not
    before = (rows.free - rows.since).sum(where=rows.is_begin)
    added = sums(rows) | {"length": (rows["at"] - rows.since).sum(), "before": before}
    wide = {name: total.cast(WIDE) for name, total in added.items()}
    return Summed(kept(con, "zs_summed", grouped.agg(segments=rows.count(), **wide)), cases)
