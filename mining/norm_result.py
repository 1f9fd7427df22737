"""How a norm was kept, from its verdicts: the same counting for a service norm and a legal term.

In: the norm and the number of cases a verdict. Out: a `NormResult`. It owns met share = met ÷ (met + missed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.journey import Norm
from mining.ladder import both_languages
from mining.results.norms import LegalTerm, NormResult

VERDICTS = ("met", "missed", "open", "at_risk", "ended_otherwise", "not_determinable")
MET, MISSED, STILL_OPEN, AT_RISK, ENDED_OTHERWISE, NOT_DETERMINABLE = range(6)
"""The places of the verdicts in VERDICTS: arrays hold these numbers."""


def verdict_number(verdict: Any) -> Any:
    """Return the place of a verdict in VERDICTS, in the engine."""
    return verdict.cases(*((name, n) for n, name in enumerate(VERDICTS)), else_=NOT_DETERMINABLE).cast("int8")


def norm_result(
    norm: Norm,
    verdicts: Mapping[str, int],
    *,
    limit_seconds: float | None,
    median_seconds: float | None,
    legal: LegalTerm | None = None,
) -> NormResult:
    """Return the result; open cases at risk are among the open ones, and those ended otherwise stand apart."""
    met, missed, at_risk = (verdicts.get(name, 0) for name in ("met", "missed", "at_risk"))
    return NormResult(
        name=norm.name,
        title=both_languages(norm.title or norm.name),
        kind=norm.kind,
        clock=norm.clock,
        from_=norm.from_,
        to=norm.to,
        lane=norm.lane,
        only_with=norm.only_with,
        limit_seconds=limit_seconds,
        target=norm.target,
        source=both_languages(norm.source),
        met=met,
        missed=missed,
        open=verdicts.get("open", 0) + at_risk,
        at_risk=at_risk,
        ended_otherwise=verdicts.get("ended_otherwise", 0),
        not_determinable=verdicts.get("not_determinable", 0),
        met_share=met / (met + missed) if met + missed else None,
        median_seconds=median_seconds,
        legal=legal,
    )
