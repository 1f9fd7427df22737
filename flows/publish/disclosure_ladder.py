"""Steps and loops of few cases are told together: rungs and loops add up to the lead time, so none may simply go.

In: rungs or loops with their cases. Out: the same with the small ones as one, together with a large one that hides
them; the sums stay what they were. Steps that are told together are told so everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.publish.disclosure_mark import NOT_TOLD, cases_beside, is_few, is_withheld, part, share
from mining.findings import Findings
from mining.results.base import LocalText
from mining.results.legal import LegalDays
from mining.results.rework import Loop
from mining.results.stream import Ladder, Rung
from mining.results.times import Amounts, Both

OTHER_STEPS = "other_steps"
"""The name under which steps are told together."""

OTHER_LANES = "other_lanes"
"""The name under which lanes are told together."""


@dataclass(frozen=True)
class Ladders:
    """Which steps are told together, on the ladder of all cases and on those of a part of them."""

    all: frozenset[str]
    typical: frozenset[str]
    slow: frozenset[str]


Parts = Mapping[str, Sequence[float]]
"""Name → its amounts, each of a kind of its own."""


def together(
    sizes: Mapping[str, int], amounts: Parts, least: int, also: Iterable[str] = (), guarded: Iterable[str] = ()
) -> frozenset[str]:
    """Return what is told as one: all of few cases, those of `guarded` and `also`, and large ones that hide them.

    Of each kind of amount that a small one has, a large one among them has at least as much: else a kind that only the
    small ones have would stand there by itself. Of those that do, the one of least time goes along.
    """
    hidden = {name for name, size in sizes.items() if is_few(size, least)} | set(guarded)
    members = hidden | set(also)
    needs = [max(kind, default=0.0) for kind in zip(*(amounts[name] for name in hidden), strict=True)]
    while hidden:
        large = [name for name in members if name not in hidden and sizes[name] >= least]
        bare = [k for k, need in enumerate(needs) if need and not any(amounts[n][k] >= need for n in large)]
        others = [name for name, size in sizes.items() if size >= least and name not in members]
        useful = [name for name in others if any(amounts[name][k] for k in bare)] or ([] if large else others)
        if (large and not bare) or not useful:
            break
        members.add(min(useful, key=lambda name: _cost(amounts[name], needs, bare, name)))
    return frozenset(members)


def _cost(own: Sequence[float], needs: Sequence[float], bare: Sequence[int], name: str) -> tuple[int, float, str]:
    """Return what rather goes along: what hides most kinds, then what takes least time."""
    return (-sum(own[k] >= needs[k] for k in bare), sum(own), name)


def ladders(findings: Findings, least: int) -> Ladders:
    """Return which steps stand together on each ladder, so that no ladder less another one gives a small group."""
    rungs = {rung.step: rung for rung in findings.ladder}
    pooled = {"all": _pool(findings.ladder, least, (), ())}
    parts = {"typical": findings.ladder_typical, "slow": findings.ladder_slow}
    for name, found in parts.items():
        pooled[name] = _pool(found.rungs, least, pooled["all"], ()) if found else frozenset()
    known = {name: {rung.step: rung for rung in found.rungs} for name, found in parts.items() if found}
    guarded: dict[str, set[str]] = {name: set() for name in known}
    changed = True
    while changed:
        changed = False
        for step, rung in rungs.items():
            told = [name for name, steps in known.items() if step in steps and step not in pooled[name]]
            rest = rung.cases - sum(known[name][step].cases for name in told)
            if step not in pooled["all"] and told and is_few(rest, least):
                name = min(told, key=lambda each: known[each][step].cases)
                guarded[name].add(step)
                pooled[name] = _pool(tuple(known[name].values()), least, pooled[name], guarded[name])
                changed = True
    return Ladders(**pooled)


def _pool(rungs: Sequence[Rung], least: int, also: Iterable[str], guarded: Iterable[str]) -> frozenset[str]:
    sizes = {rung.step: rung.cases for rung in rungs}
    amounts = {rung.step: kinds_of(rung) for rung in rungs}
    return together(sizes, amounts, least, [name for name in also if name in sizes], guarded)


def kinds_of(row: Rung | Loop | Both) -> tuple[float, ...]:
    """Return wait, work, elsewhere and unknown time, each of which is told."""
    return tuple(getattr(row.elapsed, name) for name in Amounts.model_fields if name != "total_seconds")


def pooled_rungs(
    rungs: Sequence[Rung], steps: frozenset[str], cases: int, least: int, title: LocalText
) -> tuple[Rung, ...]:
    """Return the rungs, those of `steps` as one at the end; shares of the cases as bounds where the rest is small."""
    own = [rung for rung in rungs if rung.step in steps]
    kept = [_told_rung(rung, cases, least) for rung in rungs if rung.step not in steps]
    return (*kept, _as_one(own, title)) if own else tuple(kept)


def _told_rung(rung: Rung, cases: int, least: int) -> Rung:
    """Return a rung whose reach and visits tell of no few cases that missed the step, or came to it again."""
    visits = round(rung.visits * rung.cases)
    told = {"cases": part(rung.cases, cases, least), "reach": share(rung.reach, cases, least)}
    if told["reach"] is not rung.reach or is_few(visits - rung.cases, least):
        names = ("visits", "elapsed_per_visit_seconds", "working_per_visit_seconds")
        told |= dict.fromkeys(names, NOT_TOLD)
    return rung.model_copy(update=told)


def _as_one(rungs: Sequence[Rung], title: LocalText) -> Rung:
    legal = [rung.legal for rung in rungs if rung.legal is not None]
    names = ("cases", "reach", "visits", "elapsed_per_visit_seconds", "working_per_visit_seconds", "in_loops_seconds")
    shares = ("declared_share", "inferred_share", "unknown_holder_share")
    return rungs[0].model_copy(
        update={
            "step": OTHER_STEPS,
            "title": title,
            "lane": rungs[0].lane if len({rung.lane for rung in rungs}) == 1 else OTHER_LANES,
            "elapsed": added(rung.elapsed for rung in rungs),
            "working": added(rung.working for rung in rungs),
            "legal": added_days(legal) if legal else None,
            "is_designed": True,
            **dict.fromkeys((*names, *shares), NOT_TOLD),
        }
    )


def added(amounts: Iterable[Amounts]) -> Amounts:
    """Return amounts added up, kind by kind."""
    each = list(amounts)
    return Amounts(**{name: sum(getattr(one, name) for one in each) for name in Amounts.model_fields})


def added_days(days: Sequence[LegalDays]) -> LegalDays:
    """Return legal days added up; they are over the same cases."""
    names = [f"{kind}_days" for kind in ("wait", "process", "elsewhere", "unknown", "total")]
    summed = {name: sum(getattr(one, name) for one in days) for name in names}
    return days[0].model_copy(update=summed | {"median_days": None})


def part_of_ladder(found: Ladder | None, steps: frozenset[str], least: int, title: LocalText) -> Ladder | None:
    """Return the ladder of a part of the cases; none where these are too few."""
    if found is None or found.cases < least:
        return None
    return found.model_copy(update={"rungs": pooled_rungs(found.rungs, steps, found.cases, least, title)})


@dataclass(frozen=True)
class Loops:
    """The loops as they are told."""

    changes: dict[str, Any]
    """Fields of the findings."""
    steps: frozenset[str] | None
    """Steps through which loops run that are told together; null where nobody knows which those are."""
    unclear: frozenset[str]
    """Steps of which the share that comes back would give a small loop away."""


def told_loops(findings: Findings, least: int) -> Loops:
    """Return the loops of enough cases, the others as one with the rest; none where few cases make any loop."""
    cases, seen = findings.cohort.cases, findings.observed_first_time_right
    returned = None if seen is None else round((1 - seen) * cases)
    changes: dict[str, Any] = {"observed_first_time_right": share(seen, cases, least)}
    if is_few(returned, least):
        return Loops(changes | _no_loops(), None, frozenset())
    away = _away(findings, least)
    if len(findings.loops) == 1 and is_few(findings.loops[0].occurrences - findings.loops[0].cases, least):
        # its cases are those that came back to a step at all
        changes["observed_first_time_right"] = NOT_TOLD
    if not away:
        told = tuple(_told_loop(loop, cases, least) for loop in findings.loops)
        return Loops(changes | {"loops": told}, frozenset(), frozenset())
    pooled = [loop for loop in findings.loops if loop.path in away]
    changes["loops"] = tuple(_told_loop(loop, cases, least) for loop in findings.loops if loop.path not in away)
    changes["other_loops"] = _rest(pooled, findings.other_loops)
    changes["other_loops_count"] = len(pooled) + findings.other_loops_count
    ways = frozenset(step for loop in pooled for step in loop.path)
    back = {loop.path[0]: max(one.cases for one in pooled if one.path[0] == loop.path[0]) for loop in pooled}
    unclear = frozenset(step for step, most in back.items() if most < least)
    if findings.other_loops is not None:
        return Loops(changes, None, unclear | {loop.path[0] for loop in findings.loops})
    return Loops(changes, ways, unclear)


def _away(findings: Findings, least: int) -> frozenset[tuple[str, ...]]:
    named = {repr(loop.path): loop for loop in findings.loops}
    sizes = {name: loop.cases for name, loop in named.items()}
    amounts = {name: kinds_of(loop) for name, loop in named.items()}
    if findings.other_loops is not None:
        # the rest that was cut off: of how few cases nobody counted
        sizes["rest"], amounts["rest"] = 1, kinds_of(findings.other_loops)
    return frozenset(named[name].path for name in together(sizes, amounts, least) if name in named)


def no_amount() -> Both:
    """Return an amount that is not told in any clock."""
    nothing = Amounts.model_construct(**dict.fromkeys(Amounts.model_fields, NOT_TOLD))
    return Both.model_construct(elapsed=nothing, working=nothing, legal=None)


def _no_loops() -> dict[str, Any]:
    both = no_amount()
    return {"loops": (), "other_loops": both, "other_loops_count": NOT_TOLD, "direct_route": both}


def _rest(pooled: Sequence[Loop], rest: Both | None) -> Both:
    each = [*pooled, *([rest] if rest else [])]
    legal = [one.legal for one in each if one.legal is not None]
    return Both(
        elapsed=added(one.elapsed for one in each),
        working=added(one.working for one in each),
        legal=added_days(legal) if len(legal) == len(each) else None,
    )


def _told_loop(loop: Loop, cases: int, least: int) -> Loop:
    """Return a loop; where few cases make it more than once, how many make it is not told, as the rounds are known."""
    told: dict[str, Any] = {
        "share_of_cases": share(loop.share_of_cases, cases, least),
        "cases": cases_beside(part(loop.cases, cases, least), loop.occurrences, least),
        "order_unknown_occurrences": part(loop.order_unknown_occurrences, loop.occurrences, least),
    }
    if is_withheld(told["cases"]):
        names = ("elapsed_per_case_seconds", "working_per_case_seconds", "times_per_case")
        told |= dict.fromkeys(names, NOT_TOLD)
    if is_few(loop.occurrences - loop.cases, least):
        told["share_of_cases"] = NOT_TOLD
    counts = (*loop.kinds.values(), *loop.cases_by_times.values())
    if any(is_few(count, least) for count in counts) or is_withheld(told["cases"]):
        told |= {"kinds": {}, "cases_by_times": {}}
    if loop.again is not None and any(is_few(n, least) for n in loop.again.model_dump().values()):
        told["again"] = loop.again.model_copy(update=dict.fromkeys(type(loop.again).model_fields, NOT_TOLD))
    return loop.model_copy(update=told)
