"""The sums of times and visits that the definitions promise: ladders, loops, steps, handoffs, waits."""

from __future__ import annotations

from typing import Any

from mining.results.times import Amounts
from tests.disclosure_system import Attack, is_told, rows_by

KINDS = tuple(name.removesuffix("_seconds") for name in Amounts.model_fields)
CLOCKS = ("elapsed", "working")


def ladders(a: Attack) -> None:
    for kind in KINDS:
        for clock in CLOCKS:
            a.truth["lead", clock, kind] = getattr(getattr(a.whole.lead_time, clock).amounts, f"{kind}_seconds")
            a.known(("lead", clock, kind), getattr(getattr(a.team.lead_time, clock).amounts, f"{kind}_seconds"))
    a.truth["n", "all"] = a.truth["N",]
    a.known(("n", "all"), a.team.cohort.cases)
    parts = {"all": (a.whole.ladder, a.team.ladder, a.whole.cohort.cases)}
    for name in ("typical", "slow"):
        found, told = getattr(a.whole, f"ladder_{name}"), getattr(a.team, f"ladder_{name}")
        if found is not None:
            a.unknown(("n", name), found.cases)
            a.known(("n", name), told.cases if told else None)
            parts[name] = (found.rungs, told.rungs if told else (), found.cases)
    for name, (rungs, told, cases) in parts.items():
        _ladder(a, name, rungs, {rung.step: rung for rung in told}, cases)
    _beside(a, parts)


def _ladder(a: Attack, part: str, rungs: Any, told: dict[str, Any], cases: int) -> None:
    for rung in rungs:
        _rung(a, part, rung, cases)
        if (own := told.get(rung.step)) is not None:
            _rung_told(a, part, own)
    away = [rung.step for rung in rungs if rung.step not in told]
    for clock in CLOCKS:
        for kind in KINDS:
            named = [("rung", part, rung.step, clock, kind) for rung in rungs]
            a.truth["ladder", part, clock, kind] = sum(a.truth[each] for each in named)
            a.sums(named, ("ladder", part, clock, kind))
            if part == "all" or (told and getattr(a.team, f"ladder_{part}")):
                a.rows.append({("ladder", part, clock, kind): 1.0})
            if away and told:
                a.truth["pool", part, clock, kind] = sum(a.truth["rung", part, step, clock, kind] for step in away)
                a.sums([("rung", part, step, clock, kind) for step in away], ("pool", part, clock, kind))
                a.rows.append({("pool", part, clock, kind): 1.0})


def _rung(a: Attack, part: str, rung: Any, cases: int) -> None:
    step, visits = rung.step, rung.visits * rung.cases
    a.unknown(("cases", part, step), rung.cases)
    a.unknown(("missed", part, step), cases - rung.cases)
    a.sums([("cases", part, step), ("missed", part, step)], ("n", part))
    a.unknown(("visits", part, step), visits)
    a.unknown(("again", part, step), visits - rung.cases)
    a.sums([("cases", part, step), ("again", part, step)], ("visits", part, step))
    for clock in CLOCKS:
        for kind in KINDS:
            a.unknown(("rung", part, step, clock, kind), _of(rung, clock, kind) * cases, rung.cases)
        a.sums([("rung", part, step, clock, kind) for kind in KINDS[:-1]], ("rung", part, step, clock, "total"))


def _rung_told(a: Attack, part: str, own: Any) -> None:
    for clock in CLOCKS:
        for kind in KINDS:
            a.known(("rung", part, own.step, clock, kind), _of(own, clock, kind))
        per = getattr(own, f"{clock}_per_visit_seconds")
        a.times(("rung", part, own.step, clock, "total"), per, ("visits", part, own.step))
    a.known(("cases", part, own.step), own.cases)
    a.times(("cases", part, own.step), own.reach, ("n", part))
    a.times(("visits", part, own.step), own.visits, ("cases", part, own.step))


def _of(row: Any, clock: str, kind: str) -> Any:
    return getattr(getattr(row, clock), f"{kind}_seconds")


def _beside(a: Attack, parts: dict[str, Any]) -> None:
    """Let the ladder of all cases less those of its parts be that of the rest, step by step."""
    own = [name for name in parts if name != "all"]
    rungs = {name: {rung.step: rung for rung in found} for name, (found, _, _) in parts.items()}
    for step in rungs["all"]:
        mine = [name for name in own if step in rungs[name]]
        rest = rungs["all"][step].cases - sum(rungs[name][step].cases for name in mine)
        a.unknown(("cases", "rest", step), rest)
        a.sums([*(("cases", name, step) for name in mine), ("cases", "rest", step)], ("cases", "all", step))
        for clock in CLOCKS:
            for kind in KINDS:
                named = [("rung", name, step, clock, kind) for name in mine]
                whole = ("rung", "all", step, clock, kind)
                a.unknown(("rung", "rest", step, clock, kind), a.truth[whole] - sum(a.truth[n] for n in named), rest)
                a.sums([*named, ("rung", "rest", step, clock, kind)], whole)


def loops(a: Attack) -> None:
    told = rows_by(a.team.loops, "path")
    cases = a.whole.cohort.cases
    returned = round((1 - (a.whole.observed_first_time_right or 0.0)) * cases)
    a.unknown(("returned",), returned)
    a.times(("returned",), _less(a.team.observed_first_time_right), ("N",))
    for clock in CLOCKS:
        for kind in KINDS:
            named = [("loop", loop.path, clock, kind) for loop in a.whole.loops]
            for loop, name in zip(a.whole.loops, named, strict=True):
                a.unknown(name, _of(loop, clock, kind) * cases, loop.cases)
                own = told.get((loop.path,))
                a.known(name, None if own is None else _of(own, clock, kind))
            a.unknown(("direct", clock, kind), _of(a.whole.direct_route, clock, kind) * cases, cases)
            a.known(("direct", clock, kind), _of(a.team.direct_route, clock, kind))
            a.unknown(("loops", clock, kind), sum(a.truth[each] for each in named), returned)
            a.sums(named, ("loops", clock, kind))
            a.sums([("loops", clock, kind), ("direct", clock, kind)], ("ladder", "all", clock, kind))
            away = [name for name in named if (name[1],) not in told]
            if away and a.team.other_loops is not None and is_told(_of(a.team.other_loops, clock, kind)):
                a.truth["other loops", clock, kind] = sum(a.truth[each] for each in away)
                a.sums(away, ("other loops", clock, kind))
                a.rows.append({("other loops", clock, kind): 1.0})
    for loop in a.whole.loops:
        _loop(a, loop, told.get((loop.path,)))
    _inside(a)


def _less(share: Any) -> Any:
    return 1 - share if is_told(share) else None


def _loop(a: Attack, loop: Any, own: Any) -> None:
    a.unknown(("loop cases", loop.path), loop.cases)
    a.unknown(("rounds", loop.path), loop.occurrences)
    a.unknown(("rounds again", loop.path), loop.occurrences - loop.cases)
    a.sums([("loop cases", loop.path), ("rounds again", loop.path)], ("rounds", loop.path))
    if own is None:
        return
    a.known(("loop cases", loop.path), own.cases)
    a.known(("rounds", loop.path), own.occurrences)
    a.times(("loop cases", loop.path), own.share_of_cases, ("N",))
    a.times(("rounds", loop.path), own.times_per_case, ("loop cases", loop.path))
    for clock in CLOCKS:
        total = ("loop", loop.path, clock, "total")
        a.times(total, getattr(own, f"{clock}_per_case_seconds"), ("loop cases", loop.path))
        a.times(total, getattr(own, f"{clock}_per_time_seconds"), ("rounds", loop.path))


def _inside(a: Attack) -> None:
    """Let the time in loops, step by step, be that of the loops that run through the step."""
    told = {rung.step: rung for rung in a.team.ladder}
    for loop in a.whole.loops:
        steps = list(dict.fromkeys(loop.path))
        for step in steps:
            # only its size matters: which part of the loop fell in the step is not among the findings
            total = a.truth["loop", loop.path, "elapsed", "total"]
            a.unknown(("within", loop.path, step), total / len(steps), loop.cases)
        a.rows.append({("within", loop.path, s): 1.0 for s in steps} | {("loop", loop.path, "elapsed", "total"): -1.0})
    for rung in a.whole.ladder:
        through = [loop.path for loop in a.whole.loops if rung.step in loop.path]
        a.unknown(("in loops", rung.step), rung.in_loops_seconds, a.whole.cohort.cases)
        a.rows.append({("within", path, rung.step): 1.0 for path in through} | {("in loops", rung.step): -1.0})
        own = told.get(rung.step)
        a.known(("in loops", rung.step), own.in_loops_seconds if own is not None and through else None)


def steps(a: Attack) -> None:
    boxes, details = rows_by(a.team.steps, "step"), rows_by(a.team.step_details, "step")
    for box in a.whole.steps:
        own = boxes.get((box.step,))
        back = box.visits * (1 - (1.0 if box.first_time_right_share is None else box.first_time_right_share))
        a.unknown(("back", box.step), round(back))
        paths = [("rounds", loop.path) for loop in a.whole.loops if loop.path[0] == box.step]
        if paths:
            a.sums(paths, ("back", box.step))
        if own is not None:
            a.known(("cases", "all", box.step), own.cases)
            a.known(("visits", "all", box.step), own.visits)
            a.times(("back", box.step), _less(own.first_time_right_share), ("visits", "all", box.step))
    for detail in a.whole.step_details:
        _detail(a, detail, details.get((detail.step,)))


def _detail(a: Attack, detail: Any, own: Any) -> None:
    whole = ("rung", "all", detail.step, "elapsed", "total")
    if whole not in a.truth:
        return
    for lane in detail.lanes:
        a.unknown(("lane", detail.step, lane.lane), lane.share * a.truth[whole], lane.cases)
    a.sums([("lane", detail.step, lane.lane) for lane in detail.lanes], whole)
    for lane in own.lanes if own else ():
        a.times(("lane", detail.step, lane.lane), lane.share, whole)
    if own is not None and own.histogram:
        # bins add up to the visits
        a.rows.append({("visits", "all", detail.step): 1.0})
    told = rows_by(own.segments if own else (), "kind", "value")
    sizes = {(one.kind, one.value): one.cases for each in a.whole.step_details for one in each.segments}
    times = {(one.kind, one.value): one.mean_seconds * one.cases for one in detail.segments}
    for kind in {kind for kind, _ in sizes}:
        mine = {value: cases for (of, value), cases in sizes.items() if of == kind}
        mine[None] = a.whole.cohort.cases - sum(mine.values())
        for value, cases in mine.items():
            a.unknown(("segment", kind, value), cases)
            if value is not None:
                a.unknown(("time", detail.step, kind, value), times.get((kind, value), 0.0), cases)
        a.sums([("segment", kind, value) for value in mine], ("N",))
        named = [("time", detail.step, kind, value) for value in mine if value is not None]
        rest = ("time", detail.step, kind, None)
        a.unknown(rest, a.truth[whole] - sum(a.truth[each] for each in named), mine[None])
        a.sums([*named, rest], whole)
        for value in mine:
            if (seen := told.get((kind, value))) is not None:
                a.known(("segment", kind, value), seen.cases)
                a.times(("time", detail.step, kind, value), seen.mean_seconds, ("segment", kind, value))


def handoffs(a: Attack) -> None:
    told = rows_by(a.team.handoffs, "level", "from_", "to")
    levels = rows_by(a.team.handoff_levels, "level")
    for one in a.whole.handoffs:
        key, own = (one.level, one.from_, one.to), told.get((one.level, one.from_, one.to))
        a.unknown(("handoffs", *key), one.count, one.cases)
        a.unknown(("back", *key), one.ping_pongs)
        for clock in CLOCKS:
            a.unknown(("after", *key, clock), one.count * getattr(one, f"{clock}_wait_seconds"), one.cases)
        if own is not None:
            a.known(("handoffs", *key), own.count)
            a.known(("back", *key), own.ping_pongs)
            for clock in CLOCKS:
                a.times(("after", *key, clock), getattr(own, f"{clock}_wait_seconds"), ("handoffs", *key))
    for level in a.whole.handoff_levels:
        mine = [(level.level, one.from_, one.to) for one in a.whole.handoffs if one.level == level.level]
        own = levels[level.level,]
        a.unknown(("handoffs", level.level), level.count, level.cases)
        a.unknown(("back", level.level), level.ping_pongs)
        a.known(("handoffs", level.level), own.count)
        a.known(("back", level.level), own.ping_pongs)
        a.sums([("handoffs", *key) for key in mine], ("handoffs", level.level))
        a.sums([("back", *key) for key in mine], ("back", level.level))
        for clock in CLOCKS:
            a.truth["after", level.level, clock] = sum(a.truth["after", *key, clock] for key in mine)
            a.sums([("after", *key, clock) for key in mine], ("after", level.level, clock))
            a.known(("after", level.level, clock), getattr(own, f"{clock}_wait_seconds"))


def waits(a: Attack) -> None:
    found, own = a.whole.certain_wait, a.team.certain_wait
    if found is not None and own is not None:
        told = rows_by(own.steps, "step")
        sizes = {rung.step: rung.cases for rung in a.whole.ladder}
        for row in found.steps:
            a.unknown(("certain", row.step), row.elapsed_seconds, sizes.get(row.step, a.least))
            a.known(("certain", row.step), told[row.step,].elapsed_seconds if (row.step,) in told else None)
        a.truth["certain",] = sum(row.elapsed_seconds for row in found.steps)
        a.rows.append({("certain",): 1.0})
        a.sums([("certain", row.step) for row in found.steps], ("certain",))
    causes, team = a.whole.wait_causes, a.team.wait_causes
    if causes is None or team is None:
        return
    told = rows_by(team.rows, "scope", "step", "from_lane", "to_lane")
    rows = [row for row in causes.rows if row.scope == "step"]
    for name in type(causes.elapsed).model_fields:
        for row in rows:
            key = (row.scope, row.step, row.from_lane, row.to_lane)
            a.unknown(("cause", name, row.step), getattr(row.elapsed, name), row.cases or 0)
            a.known(("cause", name, row.step), getattr(told[key].elapsed, name) if key in told else None)
        a.truth["cause", name] = sum(getattr(row.elapsed, name) for row in rows)
        a.rows.append({("cause", name): 1.0})
        a.sums([("cause", name, row.step) for row in rows], ("cause", name))
