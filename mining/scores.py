"""Measured scores (CES, NPS, CSAT, emotion from −2 to +2) by the step that was asked about, with n and the response.

They stand beside the emotion that a design expects, and are never averaged with it.
"""

from __future__ import annotations

from sys import float_info
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.json_told import text_under
from mining.log import Log
from mining.results.citizen import Score

_KPIS = ("ces", "nps", "csat", "emotion")
_SCALES = {"emotion": (-2.0, 2.0), "nps": (0.0, 10.0)}
"""Of an emotion, as a design expects it; of NPS by its definition. The scale of the others is the survey's own."""
_ANY = (-float_info.max, float_info.max)


def scores(log: Log, project: Project) -> tuple[Score, ...]:
    """Return the scores that the mapping keeps, each with its n; null steps are about the journey as a whole.

    An answer that is no number (`NaN` is none), or an emotion or NPS outside its scale, counts as none. Scores that
    contacts carry have no response rate: nobody knows who was asked. NPS after Reichheld 2003: share of 9 and 10 less
    share of 0 to 6.
    """
    step_of = project.journey.step_of_activity() if project.journey is not None else {}
    asked = log.events.filter((log.events.role == "survey") | log.events.attributes.notnull())
    step = asked.activity.cases(*step_of.items(), else_=None) if step_of else ibis.null("string")
    asked = asked.mutate(is_survey=asked.role == "survey")
    asked = asked.mutate(step=ibis.ifelse(asked.is_survey, step, ibis.null("string")))
    return tuple(score for kpi in _KPIS for score in _scores(asked, kpi, project))


def _scores(asked: Any, kpi: str, project: Project) -> list[Score]:
    sources = [source.name for source in project.sources if kpi in source.keep]
    if not sources:
        return []
    own = asked.filter(asked.source.isin(sources))
    # a Dutch export writes 3,5; what is left out would count as no answer
    value = text_under(own.attributes, kpi).replace(",", ".").try_cast("float64")
    # an answer on another scale would be a wrong number; what is no number stands above all numbers in the engines
    lowest, highest = _SCALES.get(kpi, _ANY)
    is_off = (value < lowest) | (value > highest)
    own = own.mutate(v=ibis.ifelse(is_off, ibis.null("float64"), value))
    found = own.group_by(["is_survey", "step"]).agg(
        m=own.v.mean(),
        n=own.v.count(),
        cases=own.case_id.nunique(where=own.v.notnull()),
        invited=own.count(),
        high=own.count(where=own.v >= 9),
        low=own.count(where=own.v <= 6),
    )
    rows = sorted(rows_of(found), key=lambda row: (row["is_survey"], row["step"] is None, row["step"] or ""))
    return [_score(kpi, row) for row in rows if row["n"]]


def _score(kpi: str, row: dict[str, Any]) -> Score:
    invited = row["invited"] if row["is_survey"] else None
    return Score(
        kpi=kpi.upper(),
        step=row["step"],
        mean=row["m"],
        n=row["n"],
        cases=row["cases"],
        invited=invited,
        response_rate=row["n"] / invited if invited else None,
        net=100 * (row["high"] - row["low"]) / row["n"] if kpi == "nps" else None,
    )
