"""The cases of a legal term as numbers: days of the term used, how each stands, and what is left of the term.

In: a `LegalClock` and the cases as followed. Out: `NormCases`, with days of the legal clock as microseconds of whole
days, so that like cases are laid side by side as for every other norm. A case of which the days used are not known
keeps its verdict and takes part in nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mappings.journey import Norm
from mining.followed import Followed
from mining.legal import LegalClock
from mining.log import MICROSECONDS_A_DAY, Log
from mining.norm_cases import OTHERWISE, REACHED, UNKNOWN_DAY, NormCases, followed_table, likeness
from mining.norm_result import ENDED_OTHERWISE, MET, MISSED, VERDICTS, verdict_number
from mining.survival import FROM_START, OPEN, Spans

_DAYS = ("begin_day", "end_day", "at_day", "suspended", "used", "stop_day")


def legal_norm_cases(norm: Norm, clock: LegalClock, log: Log, cases: Followed) -> NormCases:
    """Return the cases of a legal term that were followed and have a verdict.

    Remaining = the days of the term, its suspensions apart, less the days used; below zero where the term has ended.
    Overdue cases so have no chance left. With a target date of the case's own: the days until that date.
    """
    judged = clock.cases.filter(clock.cases.verdict != "not_determinable")
    joined = judged.join(followed_table(log, cases), "case_id").order_by("number")
    table = joined.select("number", *_DAYS, verdict=verdict_number(joined.verdict)).to_pyarrow()
    column = {name: _days(table, name) for name in _DAYS}
    number = table["number"].to_numpy()
    verdict = table["verdict"].to_numpy()
    kinds = np.full(len(VERDICTS), OPEN, np.int8)
    kinds[[MET, MISSED, ENDED_OTHERWISE]] = REACHED, REACHED, OTHERWISE
    used, is_timed = column["used"], ~np.isnan(column["used"])
    length = column["end_day"] - column["begin_day"] - column["suspended"]
    left = column["end_day"] - column["at_day"] if norm.target else length - used
    late = cases.spans["elapsed"].entry[number] != FROM_START
    reached = np.where(np.isin(verdict, (MET, MISSED)), column["stop_day"], np.nan)
    return NormCases(
        norm=norm,
        spans=Spans(
            np.full(len(number), FROM_START, np.int64),
            np.where(is_timed, used, 0).astype(np.int64) * MICROSECONDS_A_DAY,
            kinds[verdict],
        ),
        remaining=np.where(is_timed, left * float(MICROSECONDS_A_DAY), np.nan),
        verdict=verdict,
        began_day=column["begin_day"].astype(np.int64),
        reached_day=np.where(np.isnan(reached), UNKNOWN_DAY, np.nan_to_num(reached)).astype(np.int64),
        is_comparable=is_timed & (~late if norm.from_ == "received" else True),
        likeness=likeness(cases, number),
        is_timed=is_timed,
    )


def _days(table: Any, name: str) -> np.typing.NDArray[np.float64]:
    """Return a column of whole days; NaN where it is not known."""
    found: np.typing.NDArray[np.float64] = table[name].to_numpy(zero_copy_only=False).astype(np.float64)
    return found
