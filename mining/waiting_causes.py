"""Why it waited, for the steps and the handoffs of the cohort; never below team level (DESIGN §5, §8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mappings.project import Project
from mining.again import FEWEST_PEOPLE
from mining.amounts import per_case, rows_of
from mining.ledger import CLOCKS, Ledger
from mining.log import Log
from mining.results.waiting import CauseAmounts, NotDetermined, WaitCause, WaitCauses
from mining.waits import CAUSES, recorded_waits, waits_by_cause

Row = Mapping[str, Any]
_AMOUNTS = tuple(f"{clock}_{name}" for clock in CLOCKS for name in ("wait", *CAUSES))


def waiting_causes(log: Log, ledger: Ledger, segments: Any, project: Project, cases: int) -> WaitCauses:
    """Return why the cases of the cohort waited.

    Needs recorded starts and resources, and a mapping that switches by-resource measures on. Otherwise it says why
    not, and the wait stands as not determinable. Rows that rest on fewer people than FEWEST_PEOPLE stand together.
    """
    if not project.file.resource_measures:
        return _not_determinable(segments, cases, "off")
    waits = waits_by_cause(log, ledger, segments, project)
    total = rows_of(waits.agg(**_summed(waits), people=waits.resource.nunique(where=waits.reason.isnull())))[0]
    if total["people"] < FEWEST_PEOPLE:
        has_starts = total["segments"] > 0 or _has_starts(segments)
        why = "few_people" if total["people"] else "no_resources" if has_starts else "no_starts"
        return _not_determinable(segments, cases, why)
    unknown = rows_of(segments.agg(**{clock: segments[f"{clock}_unknown"].sum() for clock in CLOCKS}))[0]
    return WaitCauses(
        is_determinable=True,
        **{clock: _amounts(total, clock, cases) for clock in CLOCKS},
        **{f"determined_share_{clock}": _determined(total, clock, 0) or 0.0 for clock in CLOCKS},
        **{
            f"determined_share_of_all_{clock}": _determined(total, clock, unknown[clock] or 0) or 0.0
            for clock in CLOCKS
        },
        batches=total["batches"],
        batched_segments=total["batched"],
        not_determined=_not_determined(waits, cases),
        rows=(*_steps(waits, cases), *_handoffs(ledger, waits, cases)),
    )


def _summed(waits: Any) -> dict[str, Any]:
    return {
        "segments": waits.count(),
        "determined": waits.reason.isnull().sum(),
        "cases": waits.case.nunique(),
        "batches": waits.batch.nunique(),
        "batched": waits.batch.notnull().sum(),
        **{name: waits[name].sum() for name in _AMOUNTS},
    }


def _has_starts(segments: Any) -> bool:
    return bool(rows_of(segments.agg(n=segments.started.notnull().sum()))[0]["n"])


def _amounts(row: Row, clock: str, cases: int) -> CauseAmounts:
    return CauseAmounts(**{f"{name}_seconds": per_case(row[f"{clock}_{name}"], cases) for name in ("wait", *CAUSES)})


def _determined(row: Row, clock: str, beside: int) -> float | None:
    """Return the share of the wait, and of what stands beside it, of which the cause is known."""
    whole = (row[f"{clock}_wait"] or 0) + beside
    return ((row[f"{clock}_wait"] or 0) - (row[f"{clock}_not_determinable"] or 0)) / whole if whole else None


def _not_determinable(segments: Any, cases: int, why: Any) -> WaitCauses:
    waits = recorded_waits(segments)
    row = rows_of(waits.agg(**{clock: waits[f"{clock}_wait"].sum() for clock in CLOCKS}))[0]
    held = {clock: per_case(row[clock], cases) for clock in CLOCKS}
    return WaitCauses(
        is_determinable=False,
        why_not=why,
        **{clock: CauseAmounts(not_determinable_seconds=held[clock], wait_seconds=held[clock]) for clock in CLOCKS},
    )


def _not_determined(waits: Any, cases: int) -> tuple[NotDetermined, ...]:
    left = waits.filter(waits.reason.notnull())
    rows = rows_of(left.group_by("reason").agg(n=left.count(), **{c: left[f"{c}_wait"].sum() for c in CLOCKS}))
    return tuple(
        NotDetermined(
            reason=row["reason"],
            segments=row["n"],
            elapsed_seconds=per_case(row["elapsed"], cases),
            working_seconds=per_case(row["working"], cases),
        )
        for row in sorted(rows, key=lambda r: r["reason"])
    )


def _steps(waits: Any, cases: int) -> Iterable[WaitCause]:
    return _told(waits, ["booked_step"], lambda row: {"scope": "step", "step": row["booked_step"]}, cases)


def _handoffs(ledger: Ledger, waits: Any, cases: int) -> Iterable[WaitCause]:
    teams = ledger.handoffs.filter(ledger.handoffs.level == "team")
    passed = waits.filter(waits.order_known).join(teams, ["sequence", "position"])
    by = ["giver", "taker"]
    return _told(
        passed, by, lambda row: {"scope": "handoff", "from_lane": row["giver"], "to_lane": row["taker"]}, cases
    )


def _told(waits: Any, by: list[str], name: Callable[[Row], dict[str, Any]], cases: int) -> Iterable[WaitCause]:
    """Yield the rows, most waited first; those of too few people stand together, with as many more as it takes."""
    rows = rows_of(waits.group_by(by).agg(**_summed(waits)))
    people: dict[tuple[str, ...], set[str]] = defaultdict(set)
    known = waits.filter(waits.reason.isnull()).select(*by, "resource").distinct()
    for row in rows_of(known):
        people[tuple(row[b] for b in by)].add(row["resource"])
    rows.sort(key=lambda r: (-r["elapsed_wait"], -r["working_wait"], *(r[b] for b in by)))
    few = _few([tuple(r[b] for b in by) for r in rows], people)
    pooled = [r for r in rows if tuple(r[b] for b in by) in few]
    for row in rows:
        if tuple(row[b] for b in by) not in few:
            yield _cause(row, name(row), cases)
    if pooled:
        together = {key: sum(r[key] or 0 for r in pooled) for key in pooled[0] if key not in by}
        scope = {**dict.fromkeys(name(pooled[0])), "scope": "few_people"}
        # a case may stand in several of them: their number of cases is not the sum
        yield _cause(together | {"cases": None}, scope, cases)


def _few(keys: list[tuple[str, ...]], people: Mapping[tuple[str, ...], set[str]]) -> set[tuple[str, ...]]:
    """Return the rows to be told together: all of few people, and the smallest others until enough are in it."""
    few = {key for key in keys if 0 < len(people.get(key, ())) < FEWEST_PEOPLE}
    others = [key for key in reversed(keys) if key not in few and people.get(key)]
    while few and len(set().union(*(people[key] for key in few))) < FEWEST_PEOPLE and others:
        few.add(others.pop(0))
    return few


def _cause(row: Row, name: dict[str, Any], cases: int) -> WaitCause:
    return WaitCause(
        **name,
        segments=row["segments"],
        determined_segments=row["determined"],
        cases=row["cases"],
        **{clock: _amounts(row, clock, cases) for clock in CLOCKS},
        determined_share=_determined(row, "elapsed", 0),
    )
