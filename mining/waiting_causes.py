"""Why it waited, for the steps and the handoffs of the cohort; never below team level (DESIGN §5, §8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mappings.project import Project
from mining.again import FEWEST_PEOPLE
from mining.amounts import per_case, rows_of
from mining.cases_with import Kinds, cases_with
from mining.causes import Causes, causes_of_waits
from mining.ledger import CLOCKS, Ledger
from mining.log import Log
from mining.results.waiting import CauseAmounts, NotDetermined, WaitCause, WaitCauses
from mining.wait_keys import StepsAndHandoffs
from mining.waits import passing_of, recorded_waits

Row = Mapping[str, Any]
Key = Any
"""A step, or the number of a handoff."""
_NAMED = ("batching", "absent", "queue")
_AMOUNTS = (*_NAMED, "unexplained", "not_determinable", "wait")
_STEP, _HANDOFF = "booked_step", "handoff"


def waiting_causes(log: Log, ledger: Ledger, segments: Any, project: Project, cases: int) -> WaitCauses:
    """Return why the cases of the cohort waited.

    Needs recorded starts and resources, and a mapping that switches by-resource measures on. Otherwise it says why
    not, and the wait stands as not determinable. Rows that rest on fewer people than FEWEST_PEOPLE stand together.
    """
    if not project.file.resource_measures:
        return _not_determinable(segments, cases, "off")
    waits = recorded_waits(segments)
    keys = StepsAndHandoffs.of_ledger(ledger)
    counted = _counted(waits, keys)
    people = {row["resource_code"] for row in counted if row["reason"] is None}
    if len(people) < FEWEST_PEOPLE:
        has_starts = bool(counted) or _has_starts(segments)
        why = "few_people" if people else "no_resources" if has_starts else "no_starts"
        return _not_determinable(segments, cases, why)
    causes = causes_of_waits(log, ledger, project, keys, sum(row["n"] for row in counted))
    steps = _told_by(_STEP, counted, keys.of_step, causes)
    passed = _told_by(_HANDOFF, [row for row in counted if row[_HANDOFF] >= 0], keys.of_handoff, causes)
    total = _together(steps.values())
    cases_of_step, cases_of_handoff = _cases_by(log, waits, keys)
    unknown = rows_of(segments.agg(**{clock: segments[f"{clock}_unknown"].sum() for clock in CLOCKS}))[0]
    return WaitCauses(
        is_determinable=True,
        **{clock: _amounts(total, clock, cases) for clock in CLOCKS},
        **{f"determined_share_{clock}": _determined(total, clock, 0) or 0.0 for clock in CLOCKS},
        **{
            f"determined_share_of_all_{clock}": _determined(total, clock, unknown[clock] or 0) or 0.0
            for clock in CLOCKS
        },
        batches=causes.batches,
        batched_segments=total["batched"],
        not_determined=_not_determined(counted, cases),
        rows=(
            *_rows(steps, _of_step, cases_of_step, cases),
            *_rows(passed, _of_handoff(keys), cases_of_handoff, cases),
        ),
    )


def _counted(waits: Any, keys: StepsAndHandoffs) -> list[dict[str, Any]]:
    """Return how many waits and how much wait by step, handoff, resource and reason: a row for what occurs together."""
    told = waits.mutate(passing=passing_of(waits))
    summed = {"n": told.count(), **{f"{clock}_wait": told[f"{clock}_wait"].sum() for clock in CLOCKS}}
    rows = rows_of(told.group_by([_STEP, "passing", "resource_code", "reason"]).agg(**summed))
    return [row | {"handoff": int(keys.handoff_of[row["passing"]])} for row in rows]


def _cases_by(log: Log, waits: Any, keys: StepsAndHandoffs) -> tuple[dict[Key, int], dict[Key, int]]:
    """Return how many cases waited, by step and by handoff."""
    handoff_of = {passing: None if n < 0 else n for passing, n in enumerate(keys.handoff_of[:-1].tolist())} | {-1: None}
    sorts: dict[str, Kinds] = {_STEP: {step: n for n, step in enumerate(keys.steps)}, "passing": handoff_of}
    rows = waits.select("case", _STEP, passing=passing_of(waits).cast("int64"))
    found = cases_with(log.con, rows, sorts)
    return {keys.steps[n]: cases for n, cases in found[_STEP].items()}, found["passing"]


def _told_by(by: str, counted: Iterable[Row], number: Callable[[Key], int], causes: Causes) -> dict[Key, Row]:
    """Return what is told of each step or handoff: `{clock}_{amount}`, segments, determined, batched, people."""
    found: dict[Key, list[Row]] = {}
    for row in counted:
        found.setdefault(row[by], []).append(row)
    return {key: _with_causes(rows, causes.by_key.get(number(key), {})) for key, rows in found.items()}


def _with_causes(rows: list[Row], named: Mapping[str, int]) -> Row:
    known = [row for row in rows if row["reason"] is None]
    told: dict[str, Any] = {
        "segments": sum(row["n"] for row in rows),
        "determined": sum(row["n"] for row in known),
        "people": {row["resource_code"] for row in known},
        "batched": named.get("batched", 0),
    }
    for clock in CLOCKS:
        whole, explicable = (sum(row[f"{clock}_wait"] for row in each) for each in (rows, known))
        parts = {cause: named.get(f"{clock}_{cause}", 0) for cause in _NAMED}
        parts |= {"unexplained": explicable - sum(parts.values()), "not_determinable": whole - explicable}
        told |= {f"{clock}_{name}": amount for name, amount in {**parts, "wait": whole}.items()}
    return told


def _together(rows: Iterable[Row]) -> Row:
    listed = list(rows)
    names = ("segments", "determined", "batched", *(f"{clock}_{name}" for clock in CLOCKS for name in _AMOUNTS))
    return {name: sum(row[name] for row in listed) for name in names}


def _has_starts(segments: Any) -> bool:
    return bool(rows_of(segments.agg(n=segments.started.notnull().sum()))[0]["n"])


def _amounts(row: Row, clock: str, cases: int) -> CauseAmounts:
    return CauseAmounts(**{f"{name}_seconds": per_case(row[f"{clock}_{name}"], cases) for name in _AMOUNTS})


def _determined(row: Row, clock: str, beside: int) -> float | None:
    """Return the share of the wait, and of what stands beside it, of which the cause is known."""
    whole = row[f"{clock}_wait"] + beside
    return (row[f"{clock}_wait"] - row[f"{clock}_not_determinable"]) / whole if whole else None


def _not_determinable(segments: Any, cases: int, why: Any) -> WaitCauses:
    waits = recorded_waits(segments)
    row = rows_of(waits.agg(**{clock: waits[f"{clock}_wait"].sum() for clock in CLOCKS}))[0]
    held = {clock: per_case(row[clock], cases) for clock in CLOCKS}
    return WaitCauses(
        is_determinable=False,
        why_not=why,
        **{clock: CauseAmounts(not_determinable_seconds=held[clock], wait_seconds=held[clock]) for clock in CLOCKS},
    )


def _not_determined(counted: Iterable[Row], cases: int) -> tuple[NotDetermined, ...]:
    by_reason: dict[Any, list[Row]] = {}
    for row in counted:
        if row["reason"] is not None:
            by_reason.setdefault(row["reason"], []).append(row)
    return tuple(
        NotDetermined(
            reason=reason,
            segments=sum(row["n"] for row in rows),
            **{f"{clock}_seconds": per_case(sum(row[f"{clock}_wait"] for row in rows), cases) for clock in CLOCKS},
        )
        for reason, rows in sorted(by_reason.items())
    )


def _of_step(step: str) -> dict[str, Any]:
    return {"scope": "step", "step": step}


def _of_handoff(keys: StepsAndHandoffs) -> Callable[[int], dict[str, Any]]:
    def named(handoff: int) -> dict[str, Any]:
        giver, taker = keys.handoffs[handoff]
        return {"scope": "handoff", "from_lane": giver, "to_lane": taker}

    return named


def _rows(
    told: Mapping[Key, Row], name: Callable[[Key], dict[str, Any]], cases_of: Mapping[Key, int], cases: int
) -> Iterable[WaitCause]:
    """Yield the rows, most waited first; those of too few people stand together, with as many more as it takes."""
    keys = sorted(told, key=lambda key: (-told[key]["elapsed_wait"], -told[key]["working_wait"], key))
    few = _few(keys, {key: told[key]["people"] for key in keys})
    for key in keys:
        if key not in few:
            yield _cause(told[key], name(key), cases_of[key], cases)
    if few:
        # a case may stand in several of them: their number of cases is not the sum
        yield _cause(_together(told[key] for key in keys if key in few), {"scope": "few_people"}, None, cases)


def _few(keys: list[Key], people: Mapping[Key, set[str]]) -> set[Key]:
    """Return the rows to be told together: all of few people, and the smallest others until enough are in it."""
    few = {key for key in keys if 0 < len(people[key]) < FEWEST_PEOPLE}
    others = [key for key in reversed(keys) if key not in few and people[key]]
    while few and len(set().union(*(people[key] for key in few))) < FEWEST_PEOPLE and others:
        few.add(others.pop(0))
    return few


def _cause(row: Row, name: dict[str, Any], cases_of_it: int | None, cases: int) -> WaitCause:
    return WaitCause(
        **name,
        segments=row["segments"],
        determined_segments=row["determined"],
        cases=cases_of_it,
        **{clock: _amounts(row, clock, cases) for clock in CLOCKS},
        determined_share=_determined(row, "elapsed", 0),
    )
