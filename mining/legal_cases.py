"""The cases of a legal term as numbers: days of the term used, how each stands, and what is left of the term.

In: a `LegalClock` and the cases as followed. Out: `NormCases`, with days of the legal clock as microseconds of whole
days, so that like cases are laid side by side as for every other norm. A case of which the days used are not known
keeps its verdict and takes part in nothing else.
"""

from __future__ import annotations

import ibis

from mappings.journey import Norm
from mining.followed import Followed
from mining.ledger import Ledger
from mining.legal import LegalClock
from mining.log import MICROSECONDS_A_DAY
from mining.norm_cases import OTHERWISE, REACHED, NormCases, told_cases, with_followed
from mining.norm_result import verdict_number
from mining.survival import OPEN


def legal_norm_cases(norm: Norm, clock: LegalClock, ledger: Ledger, cases: Followed) -> NormCases:
    """Return the cases of a legal term that were followed and have a verdict.

    Remaining = the days until the end of the term as it stands, or until the case's own target date; below zero where
    it has ended, so that overdue cases have no chance left.
    """
    judged = clock.cases.filter(clock.cases.verdict != "not_determinable")
    told = with_followed(norm, judged, ledger, cases)
    left = told.end_day - told.at_day
    is_judged = told.verdict.isin(["met", "missed"])
    kind = ibis.cases((is_judged, REACHED), (told.verdict == "ended_otherwise", OTHERWISE), else_=OPEN)
    table = told.select(
        "like",
        "is_late",
        kind=kind.cast("int8"),
        verdict=verdict_number(told.verdict),
        age=told.used.cast("int64") * MICROSECONDS_A_DAY,
        remaining=ibis.ifelse(told.used.notnull(), left.cast("int64") * MICROSECONDS_A_DAY, ibis.null("int64")),
        began_day=told.begin_day,
        reached_day=ibis.ifelse(is_judged, told.stop_day, ibis.null(told.stop_day.type())),
    )
    return told_cases(norm, table, cases)
