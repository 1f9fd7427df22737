"""How soon cases end and are decided, for all cases and per persona and zaaktype (DESIGN §5, percentiles)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from mining.amounts import SECOND
from mining.followed import CLOSED, DELIVERED, ENDED, Followed
from mining.ledger import CLOCKS
from mining.results.survival import CurvePoint, Reached, Survival
from mining.survival import FROM_START, OPEN, Curve, Spans, curve, from_start

ENOUGH = 30
"""Cases below which nothing is claimed (DESIGN §5, comparison)."""
PERCENTILES = (0.5, 0.8, 0.9, 0.95)
_POINTS = 120
_GROUPS = 50
_EPOCH = date(1970, 1, 1)

Group = tuple[str, str, npt.NDArray[np.bool_]]
"""'all', 'persona' or 'zaaktype'; its value; which cases."""


def groups(cases: Followed, smallest: int) -> tuple[tuple[Group, ...], int]:
    """Return all cases, then each persona and zaaktype of at least `smallest` cases, and how many were left out.

    A group that holds every case is the whole, and not said twice.
    """
    found: list[Group] = [("all", "", np.ones(len(cases), np.bool_))]
    left_out = 0
    for name in ("persona", "zaaktype"):
        for value, count in sorted(cases.labels[name].counts().items(), key=lambda v: (-v[1], v[0])):
            if count == len(cases):
                continue
            if count < smallest or len(found) > _GROUPS:
                left_out += 1
                continue
            found.append((name, value, cases.labels[name].are(value)))
    return tuple(found), left_out


def decided(cases: Followed, chosen: tuple[Group, ...]) -> tuple[Survival, ...]:
    """Return the curves and percentiles of each group in both clocks."""
    if not len(cases):
        return ()
    return tuple(_survival(cases, group, clock) for group in chosen for clock in CLOCKS)


def _survival(cases: Followed, group: Group, clock: str) -> Survival:
    name, value, members = group
    spans = cases.spans[clock].where(members)
    days = cases.started_day[members]
    whole = cases.curve if clock == "elapsed" and members.all() else curve(spans)
    return Survival(
        group=name,
        value=value,
        clock=clock,
        started_from=_EPOCH + timedelta(int(days.min())),
        started_to=_EPOCH + timedelta(int(days.max())),
        cases=len(spans),
        open=_number(spans, OPEN),
        delivered=_number(spans, DELIVERED),
        ended=_number(spans, ENDED),
        closed=_number(spans, CLOSED),
        entered_late=int((spans.entry != FROM_START).sum()),
        is_enough=from_start(spans) >= ENOUGH,
        to_any_end=tuple(reached(whole, share) for share in PERCENTILES),
        to_decision=tuple(reached(whole, share, DELIVERED) for share in PERCENTILES),
        curve=tuple(_points(whole)),
        curve_steps=whole.jumps,
    )


def _number(spans: Spans, kind: int) -> int:
    return int((spans.kind == kind).sum())


def reached(whole: Curve, share: float, kind: int | None = None) -> Reached:
    """Return the age by which `share` has ended (as `kind`); not reached: at least the last age followed."""
    age = whole.age_at(share, kind)
    if age is not None:
        return Reached(share=share, seconds=age / SECOND)
    return Reached(share=share, seconds=None, at_least_seconds=None if whole.last is None else whole.last / SECOND)


def _points(whole: Curve) -> Iterator[CurvePoint]:
    """Read the curve at evenly spread ages, its own steps where they are few."""
    if whole.last is None:
        return
    last = max(whole.last, 0)
    even = np.unique(np.linspace(0, last, _POINTS).astype(np.int64))
    ages = np.unique(np.concatenate(([0], whole.steps().ages, [last]))) if whole.jumps < _POINTS else even
    shares = [whole.ended_at(kind, ages) for kind in (DELIVERED, ENDED, CLOSED)]
    columns = (ages, whole.at_risk_at(ages), whole.open_at(ages), *shares)
    for age, risk, still, delivered, ended, closed in zip(*columns, strict=True):
        yield CurvePoint(
            age_seconds=float(age) / SECOND,
            at_risk=int(risk),
            open_share=max(float(still), 0.0),
            delivered_share=float(delivered),
            ended_share=float(ended),
            closed_share=float(closed),
        )
