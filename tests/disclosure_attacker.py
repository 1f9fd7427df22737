"""An attacker who solves for what is not told: all numbers that are told, and every sum that the definitions promise.

In: the whole findings, from which only the names of the unknowns and the sizes of the groups are taken, and the
findings for the team. Out: the unknowns of small groups that the told numbers determine. What is told becomes an
equation, a share or a mean one with a known factor; an unknown is found where no solution of the system can change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flows.publish.disclosure_mark import About, is_few, is_withheld
from mining.findings import Findings
from mining.results.times import Amounts

KINDS = tuple(name.removesuffix("_seconds") for name in Amounts.model_fields)
CLOCKS = ("elapsed", "working")
Unknown = tuple[Any, ...]


def is_told(value: Any) -> bool:
    """Tell whether a number is told, and exactly."""
    return value is not None and not is_withheld(value) and not isinstance(value, About)


@dataclass
class Attack:
    """Unknowns with their true values, equations between them, and those that must not be found."""

    whole: Findings
    team: Findings
    truth: dict[Unknown, float] = field(default_factory=dict)
    rows: list[dict[Unknown, float]] = field(default_factory=list)
    secret: set[Unknown] = field(default_factory=set)

    @property
    def least(self) -> int:
        return self.whole.project.smallest_group

    def unknown(self, name: Unknown, value: float, group: int | None = None) -> None:
        """Name an unknown; it is a secret where it is, or rests on, a small group."""
        self.truth[name] = float(value)
        if is_few(int(value) if group is None else group, self.least):
            self.secret.add(name)

    def known(self, name: Unknown, told: Any) -> None:
        """Let a number that is told be the unknown."""
        if is_told(told) and name in self.truth:
            self.rows.append({name: 1.0})

    def sums(self, parts: Iterable[Unknown], whole: Unknown | None) -> None:
        """Let parts add up to a whole; null for one that is known. What is missing is an unknown of its own."""
        named = list(parts)
        total = 0.0 if whole is None else self.truth[whole]
        rest = ("rest", whole, *named[:1])
        if whole is not None and abs(total - sum(self.truth[each] for each in named)) > 1e-6 * max(1.0, abs(total)):
            self.truth[rest] = total - sum(self.truth[each] for each in named)
            named.append(rest)
        self.rows.append(dict.fromkeys(named, 1.0) | ({whole: -1.0} if whole is not None else {}))

    def times(self, first: Unknown, factor: Any, second: Unknown) -> None:
        """Let a told factor make one unknown out of another: a share, a mean, a rate."""
        if is_told(factor) and first in self.truth and second in self.truth:
            self.rows.append({first: 1.0, second: -float(factor)})

    def found(self) -> list[Unknown]:
        """Return the secrets that are determined: plain ones first, then what is tied together, each part apart."""
        found, rows_left = self._plain()
        out = [name for name in found if name in self.secret]
        for rows in self._tied(rows_left):
            names = sorted({name for row in rows for name in row}, key=str)
            if self.secret.intersection(names):
                loose = self._loose(rows, names)
                out += [name for name in names if name in self.secret and loose[name] < 1e-7]
        return sorted(out, key=str)

    def _plain(self) -> tuple[set[Unknown], list[dict[Unknown, float]]]:
        """Return what is told or left over when all else of an equation is known, and the other equations."""
        known: set[Unknown] = set()
        rows = self.rows
        while True:
            rows = [{name: factor for name, factor in row.items() if name not in known} for row in rows]
            single = {name for row in rows if len(row) == 1 for name, factor in row.items() if factor}
            rows = [row for row in rows if len(row) > 1]
            if not single:
                return known, rows
            known |= single

    def _tied(self, rows: list[dict[Unknown, float]]) -> list[list[dict[Unknown, float]]]:
        above: dict[Unknown, Unknown] = {}

        def root(name: Unknown) -> Unknown:
            while above.setdefault(name, name) != name:
                above[name] = above[above[name]]
                name = above[name]
            return name

        for row in rows:
            first, *others = row
            for name in others:
                above[root(name)] = root(first)
        groups: dict[Unknown, list[dict[Unknown, float]]] = {}
        for row in rows:
            groups.setdefault(root(next(iter(row))), []).append(row)
        return list(groups.values())

    def _loose(self, rows: list[dict[Unknown, float]], names: list[Unknown]) -> dict[Unknown, float]:
        """Return how far each unknown may move while all that is told stays as it is."""
        place = {name: at for at, name in enumerate(names)}
        matrix = np.zeros((len(rows), len(names)))
        for at, row in enumerate(rows):
            for name, factor in row.items():
                matrix[at, place[name]] = factor * (abs(self.truth[name]) or 1.0)
            matrix[at] /= np.abs(matrix[at]).max() or 1.0
        _, sizes, right = np.linalg.svd(matrix, full_matrices=True)
        free = right[int((sizes > 1e-9 * sizes[0]).sum()) :]
        moved = np.abs(free).max(axis=0) if len(free) else np.zeros(len(names))
        return dict(zip(names, moved, strict=True))


def attack(whole: Findings, team: Findings) -> list[Unknown]:
    """Return every secret that the team's findings give away."""
    made = Attack(whole, team)
    made.truth["N",] = float(whole.cohort.cases)
    made.truth["all",] = float(whole.log.cases)
    made.known(("N",), team.cohort.cases)
    made.known(("all",), team.log.cases)
    for each in (_ladders, _loops, _steps, _handoffs, _waits, _counts, _personas, _attempts, _contacts):
        each(made)
    return made.found()


def _by(rows: Iterable[Any], *names: str) -> dict[Any, Any]:
    return {tuple(getattr(row, name) for name in names): row for row in rows}


def _ladders(a: Attack) -> None:
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


def _loops(a: Attack) -> None:
    told = _by(a.team.loops, "path")
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


def _steps(a: Attack) -> None:
    boxes, details = _by(a.team.steps, "step"), _by(a.team.step_details, "step")
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
    told = _by(own.segments if own else (), "kind", "value")
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


def _handoffs(a: Attack) -> None:
    told = _by(a.team.handoffs, "level", "from_", "to")
    levels = _by(a.team.handoff_levels, "level")
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


def _waits(a: Attack) -> None:
    found, own = a.whole.certain_wait, a.team.certain_wait
    if found is not None and own is not None:
        told = _by(own.steps, "step")
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
    told = _by(team.rows, "scope", "step", "from_lane", "to_lane")
    rows = [row for row in causes.rows if row.scope == "step"]
    for name in type(causes.elapsed).model_fields:
        for row in rows:
            key = (row.scope, row.step, row.from_lane, row.to_lane)
            a.unknown(("cause", name, row.step), getattr(row.elapsed, name), row.cases or 0)
            a.known(("cause", name, row.step), getattr(told[key].elapsed, name) if key in told else None)
        a.truth["cause", name] = sum(getattr(row.elapsed, name) for row in rows)
        a.rows.append({("cause", name): 1.0})
        a.sums([("cause", name, row.step) for row in rows], ("cause", name))


def _counts(a: Attack) -> None:
    for at, (norm, own) in enumerate(zip(a.whole.norms, a.team.norms, strict=True)):
        names = ("met", "missed", "open", "ended_otherwise", "not_determinable")
        for name in (*names, "at_risk", "at_risk_unknown"):
            a.unknown(("norm", at, name), getattr(norm, name))
            a.known(("norm", at, name), getattr(own, name))
        total = sum(getattr(norm, name) for name in names)
        a.truth["norm", at] = total
        a.rows.append({("norm", at): 1.0})
        a.sums([("norm", at, name) for name in names], ("norm", at))
        a.sums([("norm", at, "at_risk"), ("norm", at, "at_risk_unknown")], ("norm", at, "open"))
        if is_told(own.met_share):
            a.rows.append({("norm", at, "met"): 1 - own.met_share, ("norm", at, "missed"): -own.met_share})
        if total == a.whole.log.cases:
            a.rows.append({("norm", at): 1.0, ("all",): -1.0})
        if norm.open == a.whole.log.open_cases:
            a.sums([("norm", at, "open")], ("open",)) if ("open",) in a.truth else None
        _months(a, at, norm.name)
    _open(a)
    _groups(a)


def _months(a: Attack, at: int, name: str) -> None:
    told = _by([one for one in a.team.norm_months if one.norm == name], "by", "month")
    for by in ("started_in", "reached_in"):
        mine = [one for one in a.whole.norm_months if (one.norm, one.by) == (name, by)]
        for one in mine:
            key = ("month", at, by, one.month)
            own = told.get((by, one.month))
            a.truth[key] = one.cases
            for kind in ("met", "missed", "open"):
                a.unknown((*key, kind), getattr(one, kind))
                a.known((*key, kind), getattr(own, kind) if own else None)
            a.known(key, own.cases if own else None)
            a.unknown((*key, "else"), one.cases - one.met - one.missed - one.open)
            a.sums([(*key, kind) for kind in ("met", "missed", "open", "else")], key)
            if own is not None and is_told(own.met_share):
                a.rows.append({(*key, "met"): 1 - own.met_share, (*key, "missed"): -own.met_share})
            if own is not None:
                a.times((*key, "open"), own.open_share, key)
        for kind in ("met", "missed", "open") if mine else ():
            a.sums([("month", at, by, one.month, kind) for one in mine], ("norm", at, kind))


def _open(a: Attack) -> None:
    a.unknown(("open",), a.whole.log.open_cases)
    for told in (a.team.log.open_cases, a.team.cohort.open_cases, a.team.wip.at_as_of):
        a.known(("open",), told)
    a.unknown(("without",), a.whole.log.without_lead_time)
    a.known(("without",), a.team.log.without_lead_time)
    a.sums([("N",), ("open",), ("without",)], ("all",))
    told = _by(a.team.steps, "step")
    for box in a.whole.steps:
        a.unknown(("wip", box.step), box.wip)
        a.known(("wip", box.step), told[box.step,].wip if (box.step,) in told else None)
    a.sums([("wip", box.step) for box in a.whole.steps], ("open",))
    ends = a.team.open_ends
    for one in ends.ages if ends else ():
        a.known(("open",) if one.step is None else ("wip", one.step), one.cases)
    months = _by(a.team.drift.months if a.team.drift else (), "month")
    for one in a.whole.drift.months if a.whole.drift else ():
        own = months.get((one.month,))
        key = ("drift", one.month)
        a.unknown(key, one.cases)
        a.unknown((*key, "open"), one.open)
        a.known(key, own.cases if own else None)
        a.known((*key, "open"), own.open if own else None)
        if own is not None:
            a.times((*key, "open"), own.open_share, key)
    drift = a.whole.drift.months if a.whole.drift else ()
    if drift:
        a.sums([("drift", one.month) for one in drift], ("all",))
        a.sums([("drift", one.month, "open") for one in drift], ("open",))
    for at, norm in enumerate(a.whole.norms):
        for one in drift:
            month = ("month", at, "started_in", one.month)
            if norm.is_whole and a.truth.get(month) == one.cases:
                a.rows.append({month: 1.0, ("drift", one.month): -1.0})


def _groups(a: Attack) -> None:
    ends = a.whole.open_ends
    if ends is None:
        return
    told = _by(a.team.open_ends.survival if a.team.open_ends else (), "group", "value", "clock")
    names = ("open", "delivered", "ended", "closed")
    found = [one for one in ends.survival if one.clock == "elapsed"]
    for one in found:
        key, own = ("group", one.group, one.value), told.get((one.group, one.value, "elapsed"))
        for name in ("cases", *names):
            a.unknown((*key, name), getattr(one, name))
            a.known((*key, name), getattr(own, name) if own else None)
        a.sums([(*key, name) for name in names], (*key, "cases"))
        if ("segment", one.group, one.value) in a.truth:
            closed = [(*key, name) for name in names[1:]]
            if sum(a.truth[each] for each in closed) == a.truth["segment", one.group, one.value]:
                a.sums(closed, ("segment", one.group, one.value))
    for kind in {one.group for one in found} - {"all"}:
        for name in ("cases", *names):
            mine = [("group", one.group, one.value, name) for one in found if one.group == kind]
            if sum(a.truth[each] for each in mine) <= a.truth["group", "all", "", name]:
                a.sums(mine, ("group", "all", "", name))
    if ("group", "all", "", "cases") in a.truth and a.truth["group", "all", "", "cases"] == a.truth["all",]:
        a.rows.append({("group", "all", "", "cases"): 1.0, ("all",): -1.0})
        a.sums([("group", "all", "", "open")], ("open",))


def _personas(a: Attack) -> None:
    for journey, own in zip(a.whole.journeys, a.team.journeys, strict=True):
        for at, persona in enumerate(journey.personas):
            _persona(a, ("persona", journey.name, at), persona, own.personas[at].cases)


def _persona(a: Attack, key: Unknown, persona: Any, told: Any) -> None:
    if persona.cases is None:
        return
    a.unknown(key, persona.cases)
    a.known(key, told)
    group = ("group", "persona", persona.persona, "cases")
    if group in a.truth and a.truth[group] <= persona.cases:
        a.sums([group], key)


def _attempts(a: Attack) -> None:
    for at, one in enumerate(a.whole.conversion):
        own = next((each for each in a.team.conversion if each.channel == one.channel), None)
        for name in ("attempts", "reached", "switched", "stopped"):
            a.unknown(("try", at, name), getattr(one, name))
            a.known(("try", at, name), getattr(own, name) if own else None)
        a.sums([("try", at, name) for name in ("reached", "switched", "stopped")], ("try", at, "attempts"))
        for n, stop in enumerate(one.stops):
            a.unknown(("try", at, "stop", n), stop.attempts)
            a.known(("try", at, "stop", n), own.stops[n].attempts if own else None)
        if sum(stop.attempts for stop in one.stops) == one.stopped + one.switched and one.stops:
            stops = {("try", at, "stop", n): 1.0 for n in range(len(one.stops))}
            a.rows.append(stops | {("try", at, "stopped"): -1.0, ("try", at, "switched"): -1.0})


def _contacts(a: Attack) -> None:
    found, own = a.whole.contacts, a.team.contacts
    a.unknown(("contacts",), found.contacts)
    a.known(("contacts",), own.contacts)
    a.times(("contacts",), own.mean_per_case, ("N",))
    for rows, name, key in (("at_steps", "contacts", "step"), ("reasons", "contacts", "activity")):
        told = _by(getattr(own, rows), key)
        mine = getattr(found, rows)
        for row in mine:
            a.unknown((rows, getattr(row, key)), getattr(row, name), row.cases)
            seen = told.get((getattr(row, key),))
            a.known((rows, getattr(row, key)), getattr(seen, name) if seen else None)
        if mine:
            a.sums([(rows, getattr(row, key)) for row in mine], ("contacts",))
    for channel, n in found.by_channel.items():
        a.unknown(("channel", channel), n)
        a.known(("channel", channel), own.by_channel.get(channel))
    if found.by_channel:
        a.sums([("channel", channel) for channel in found.by_channel], ("contacts",))
    silent = _by(own.silence_steps, "step")
    for row in found.silence_steps:
        a.unknown(("silence", row.step), row.mean_seconds, row.cases)
        a.known(("silence", row.step), silent[row.step,].mean_seconds if (row.step,) in silent else None)
    if found.silence_steps:
        a.truth["silence",] = sum(row.mean_seconds for row in found.silence_steps)
        a.rows.append({("silence",): 1.0})
        a.sums([("silence", row.step) for row in found.silence_steps], ("silence",))
