"""The ladder with each phase of the journey as one rung, which is the sum of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from mining.results.legal import LegalDays
from mining.results.stream import Rung
from mining.results.times import Amounts

PREFIX = "phase:"


def folded(rungs: tuple[Rung, ...], phase_of: Mapping[str, str]) -> tuple[tuple[Rung, tuple[Rung, ...]], ...]:
    """Return each rung beside the rungs that it stands for: neighbours of one phase together.

    A phase to which the case comes back after another one stands twice, since rungs keep their order. What cannot
    be added, its reach and visits, is zero and never shown.
    """
    out = []
    for n, (phase, group) in enumerate(groupby(rungs, key=lambda rung: phase_of.get(rung.step, ""))):
        members = tuple(group)
        if phase and len(members) > 1:
            out.append((_sum(f"{PREFIX}{phase}:{n}", members), members))
        else:
            out += [(rung, (rung,)) for rung in members]
    return tuple(out)


def _sum(name: str, members: tuple[Rung, ...]) -> Rung:
    largest = max(members, key=lambda rung: rung.elapsed.total_seconds)
    legal = [rung.legal for rung in members]
    return Rung(
        step=name,
        title={},
        lane=largest.lane,
        reach=0.0,
        cases=0,
        visits=0.0,
        elapsed=_added([rung.elapsed for rung in members]),
        working=_added([rung.working for rung in members]),
        legal=_days([days for days in legal if days is not None]) if all(legal) else None,
        in_loops_seconds=sum(rung.in_loops_seconds for rung in members),
        is_designed=any(rung.is_designed for rung in members),
    )


def _added(parts: list[Amounts]) -> Amounts:
    return Amounts(**{name: sum(getattr(part, name) for part in parts) for name in Amounts.model_fields})


def _days(parts: list[LegalDays]) -> LegalDays:
    names = [f"{kind}_days" for kind in ("wait", "process", "elsewhere", "unknown", "total")]
    added = {name: sum(getattr(part, name) for part in parts) for name in names}
    return parts[0].model_copy(update=added | {"median_days": None})
