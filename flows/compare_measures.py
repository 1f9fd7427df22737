"""Which measures a comparison has, and the numbers a case behind each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from flows.compare_runs import CaseTable
from mining.case_amounts import ARROW
from mining.comparison import Measure
from mining.decided import ENOUGH
from mining.findings import Findings
from mining.ledger import UNKNOWN
from mining.results.base import LocalText
from mining.sample import Floats

_MICRO = 1_000_000
_OTHER_LOOPS = "other loops"
Clock = Literal["elapsed", "working"]
CLOCKS: tuple[Clock, ...] = ("elapsed", "working")


def measures_of(sides: Sequence[CaseTable], findings: Findings) -> tuple[list[Measure], list[dict[str, Floats]]]:
    """Return the measures, and per side their columns: one number a case with a lead time.

    Loops that fewer than 30 cases made over all sides stand together as one measure.
    """
    read = [_by_name(side) for side in sides]
    columns: list[dict[str, Floats]] = [_lead(side) for side in sides]
    measures = _lead_measures()
    titles = {rung.step: rung.title for rung in findings.ladder}
    kept = {norm.name: norm.title for norm in findings.norms}
    for kind, name in sorted({key for side in read for key in side}):
        found = _measures(kind, name, kept if kind == "norm" else titles, read)
        if not found:
            continue
        measures += [m for m in found if m.column not in {known.column for known in measures}]
        for side, amounts, own in zip(sides, read, columns, strict=True):
            _fill(own, kind, name, len(side), amounts.get((kind, name)), found)
    return measures, columns


Amounts = tuple[Any, Any, Any]
"""Row of the case, elapsed, working: three arrays of one length."""


def _by_name(side: CaseTable) -> dict[tuple[str, str], Amounts]:
    """Return the amounts of a side by kind and name."""
    row_of = np.full(int(max(side.facts["number"].to_pylist(), default=-1)) + 1, -1)
    row_of[side.facts["number"].to_numpy()] = np.arange(len(side))
    rows = row_of[side.amounts["number"].to_numpy()]
    amounts = [side.amounts[clock].to_numpy() for clock in CLOCKS]
    keys = np.array(
        [
            f"{k}\x00{n}"
            for k, n in zip(side.amounts["kind"].to_pylist(), side.amounts["name"].to_pylist(), strict=True)
        ],
        dtype=object,
    )
    found: dict[tuple[str, str], Amounts] = {}
    names, codes = np.unique(keys.astype(str), return_inverse=True) if len(keys) else (np.array([]), np.array([]))
    for code, key in enumerate(names.tolist()):
        chosen = codes == code
        kind, _, name = key.partition("\x00")
        found[(kind, name)] = (rows[chosen], amounts[0][chosen], amounts[1][chosen])
    return found


def _lead(side: CaseTable) -> dict[str, Floats]:
    return {
        f"lead_{clock}": side.facts[f"lead_{clock}"].to_numpy(zero_copy_only=False).astype(np.float64) / _MICRO
        for clock in CLOCKS
    }


def _lead_measures() -> list[Measure]:
    titles: dict[str, LocalText] = {
        "mean": {"nl": "Doorlooptijd, gemiddeld", "en": "Lead time, mean"},
        "median": {"nl": "Doorlooptijd, mediaan", "en": "Lead time, median"},
    }
    return [
        Measure("lead_time", "lead_time", titles[statistic], f"lead_{clock}", statistic, "seconds", clock)
        for clock in CLOCKS
        for statistic in ("mean", "median")
    ]


def _measures(kind: str, name: str, titles: dict[str, LocalText], read: Sequence[Any]) -> list[Measure]:
    title: LocalText = titles.get(name, {"nl": name, "en": name})
    match kind:
        case "direct":
            route: LocalText = {"nl": "Rechtstreekse route", "en": "Direct route"}
            return [Measure("lead_time", "direct_route", route, f"direct_{c}", "mean", "seconds", c) for c in CLOCKS]
        case "rung":
            rungs = [Measure("rungs", name, title, f"rung_{c}:{name}", "mean", "seconds", c) for c in CLOCKS]
            # time of which no step is known is no step that a case reaches
            reach = [] if name == UNKNOWN else [Measure("reach", name, title, f"reach:{name}", "mean", "share")]
            return [*rungs, *reach]
        case "loop":
            made = sum(len(set(side[(kind, name)][0].tolist())) for side in read if (kind, name) in side)
            name = name if made >= ENOUGH else _OTHER_LOOPS
            path: LocalText = {
                language: ARROW.join(titles.get(step, {}).get(language, step) for step in name.split(ARROW))
                for language in ("nl", "en")
            }
            path = {"nl": "Overige lussen", "en": "Other loops"} if name == _OTHER_LOOPS else path
            return [Measure("loops", name, path, f"loop_{c}:{name}", "mean", "seconds", c) for c in CLOCKS]
        case "handoff":
            return [Measure("handoffs", name, title, f"handoff:{name}", "mean", "count")]
        case "norm":
            return [Measure("norms", name, title, f"norm:{name}", "mean", "share")]
    return []


def _fill(
    own: dict[str, Floats], kind: str, name: str, cases: int, amounts: Amounts | None, found: Sequence[Measure]
) -> None:
    """Add the amounts to the columns of their measures; what is not there is zero, a norm not judged is NaN."""
    for measure in found:
        column = own.setdefault(measure.column, np.full(cases, np.nan if kind == "norm" else 0.0))
        if amounts is None:
            continue
        rows, elapsed, working = amounts
        if measure.table == "reach":
            column[rows] = 1.0
        elif measure.table == "norms":
            column[rows] = elapsed
        elif measure.table == "handoffs":
            column[rows] += elapsed
        else:
            column[rows] += (elapsed if measure.clock == "elapsed" else working) / _MICRO
