"""Handoffs between teams, departments and organisations, and the wait that each costs (DESIGN §5, handoff)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.amounts import mean, per_case, rows_of, sums
from mining.engine import kept
from mining.ledger import CLOCKS, Ledger
from mining.passings import LEVELS, Handing, names_of_level
from mining.reach import cases_of_groups, cases_of_sequences, in_first, passed_on
from mining.results.rework import Handoff, HandoffLevel
from mining.sequences import Ints


class Group(NamedTuple):
    """Handoffs that are told together: of a level, or of one pair within it; all of them, or those that go back."""

    level: str
    pair: tuple[str, str] | None
    is_back: bool


@dataclass(frozen=True)
class Handed:
    """The handoffs of the cohort, summed. Those between events of unknown order are in `unordered` alone.

    `sums`: of each group its number `n` and the amounts of the receiving segments (µs). `cases`: those that have one.
    """

    sums: dict[Group, Counter[str]]
    cases: dict[Group, int]
    unordered: Counter[Group]


def handed(ledger: Ledger, segments: Any) -> Handed:
    """Sum up the handoffs of the cohort in one pass over its segments, for every level and pair at once."""
    passed = segments.filter(segments.passing >= 0)
    still = {f"{clock}_suspended": passed[f"{clock}_suspended"].sum() for clock in CLOCKS}
    summed = {"n": passed.count(), **sums(passed), **still}
    grouped = passed.group_by(["passing", "order_known"]).agg(**summed)
    of_group: dict[Group, Counter[str]] = {}
    unordered: Counter[Group] = Counter()
    for row in rows_of(grouped):
        for group in _groups(ledger.passings.handings[row["passing"]]):
            if row["order_known"]:
                of_group.setdefault(group, Counter()).update({name: row[name] or 0 for name in summed})
            else:
                unordered[group] += row["n"]
    apart = _apart(ledger, passed) if unordered else None
    if apart is not None:
        named = {n: group for group, n in _numbers(ledger).items()}
        beyond = apart.unpaired.group_by("group").agg(**{name: apart.unpaired[name].sum() for name in summed})
        for row in rows_of(beyond):
            of_group[named[row["group"]]].subtract({name: row[name] or 0 for name in summed})
    return Handed(of_group, _cases(ledger, passed, apart), unordered)


class _Apart(NamedTuple):
    """Cases with a handoff of unknown order, and their ways back of known order from such a handoff: no ping-pong.

    `unpaired`: case, position, group (the number of a group of those that go back) and the amounts.
    """

    cases: Any
    unpaired: Any


def _apart(ledger: Ledger, passed: Any) -> _Apart:
    con = passed.get_backend()
    doubtful = kept(con, "zs_unordered", _unordered(passed))
    groups = _numbers(ledger)
    rows = [
        {"passing": number, "level": LEVELS.index(group.level), "group": groups[group], "goes_back": group.is_back}
        for number, group in _memberships(ledger)
        if group.is_back or group.pair is None
    ]
    kinds = pa.schema(
        [("passing", pa.int64()), ("level", pa.int64()), ("group", pa.int64()), ("goes_back", pa.bool_())]
    )
    levels = kept(con, "zs_handoff_legs", pa.Table.from_pylist(rows, kinds))
    of = passed.semi_join(doubtful, "case").mutate(n=ibis.literal(1, "int64"))
    at_level = levels.filter(~levels.goes_back).select("passing", "level")
    legs = of.select("case", "position", "passing", "order_known").join(at_level, "passing")
    before = legs.order_known.lag().over(group_by=["case", "level"], order_by="position")
    legs = legs.mutate(first_is_known=before)
    legs = legs.filter(legs.order_known, ~ibis.coalesce(legs.first_is_known, True))
    back = levels.filter(levels.goes_back).select("passing", "level", "group")
    unpaired = legs.select("case", "position", "passing", "level").join(back, ["passing", "level"])
    amounts = of.select("case", "position", "n", *_amounts(of))
    unpaired = unpaired.select("case", "position", "group").join(amounts, ["case", "position"])
    return _Apart(doubtful, kept(con, "zs_unpaired_backs", unpaired))


def _amounts(passed: Any) -> tuple[str, ...]:
    return (*sums(passed), *(f"{clock}_suspended" for clock in CLOCKS))


def _numbers(ledger: Ledger) -> dict[Group, int]:
    """Number the groups that there are."""
    return {group: n for n, group in enumerate(dict.fromkeys(group for _, group in _memberships(ledger)))}


def _groups(handings: Iterable[Handing]) -> Iterable[Group]:
    """Yield the groups that a position with these handoffs belongs to."""
    for level, giver, taker, is_back in handings:
        for pair in (None, (giver, taker)):
            yield Group(level, pair, False)
            if is_back:
                yield Group(level, pair, True)


def _cases(ledger: Ledger, passed: Any, apart: _Apart | None) -> dict[Group, int]:
    """Count the cases of each group that have a handoff of known order.

    Which handoffs a case has depends on its sequence alone, unless the order of some is not known: such cases are
    counted one by one.
    """
    groups = _numbers(ledger)
    found: Ints = np.zeros(len(groups), np.int64)
    weights = ledger.cohort_cases
    if apart is not None:
        weights = weights - cases_of_sequences(apart.cases, ledger.structures)
        found += _one_by_one(ledger, passed.semi_join(apart.cases, "case"), apart.unpaired, groups)
    return {group: int(n) for group, n in zip(groups, found + _by_sequence(ledger, weights, groups), strict=True)}


def _unordered(passed: Any) -> Any:
    return passed.filter(~passed.order_known).select("case", "sequence").distinct()


def _by_sequence(ledger: Ledger, weights: Ints, groups: dict[Group, int]) -> Ints:
    """Return the cases of each group, counted over sequences."""
    structures, passings = ledger.structures, ledger.passings
    found: Ints = np.zeros(len(groups), np.int64)
    chosen = np.flatnonzero((passings.numbers >= 0) & in_first(structures))
    numbers, owners = passings.numbers[chosen], structures.sequences.owners[chosen]
    # of one level, pair or not, back or not, a position is in one group at most
    of_number: dict[tuple[str, bool, bool], Ints] = {}
    for number, group in _memberships(ledger):
        kind = (group.level, group.pair is None, group.is_back)
        of_number.setdefault(kind, np.full(len(passings.handings), -1, np.int64))[number] = groups[group]
    for group_of in of_number.values():
        of_place = group_of[numbers]
        has_any = of_place >= 0
        found += cases_of_groups(of_place[has_any], owners[has_any], weights, len(groups))
    return found


def _one_by_one(ledger: Ledger, passed: Any, unpaired: Any, groups: dict[Group, int]) -> Ints:
    """Return the cases of each group that have one of known order, counted over rows."""
    listed = [(number, groups[group]) for number, group in _memberships(ledger)]
    numbers, of_group = (pa.array(column, pa.int64()) for column in zip(*listed, strict=True))
    members = kept(passed.get_backend(), "zs_handoff_groups", pa.table({"passing": numbers, "group": of_group}))
    known = passed.filter(passed.order_known).select("case", "position", "passing").join(members, "passing")
    known = known.anti_join(unpaired, ["case", "position", "group"])
    found: Ints = np.zeros(len(groups), np.int64)
    for row in rows_of(known.group_by("group").agg(n=known.case.nunique())):
        found[row["group"]] = row["n"]
    return found


def _memberships(ledger: Ledger) -> Iterable[tuple[int, Group]]:
    """Yield each number of `passings` with each of its groups."""
    for number, handings in enumerate(ledger.passings.handings):
        for group in _groups(handings):
            yield number, group


def handoffs(found: Handed, cases: int) -> tuple[Handoff, ...]:
    """Return the handoffs of the cohort, most frequent first; wait is wait + unknown of the receiving segment, up to
    where the work was taken up.

    Those between events of unknown order are counted apart. `cases` is the size of the cohort, for what is told
    per case of it.
    """
    told = [group for group in {**found.sums, **found.unordered} if group.pair and not group.is_back]
    told.sort(key=lambda group: (LEVELS.index(group.level), -_number(found, group), group.pair))
    return tuple(_handoff(found, group, cases) for group in told)


def handoff_levels(found: Handed, ledger: Ledger, project: Project, cases: int) -> tuple[HandoffLevel, ...]:
    """Return the handoffs of each level together, with the transitions of which a holder is unknown counted apart."""
    told = {group.level: group for group in {**found.sums, **found.unordered} if not group.pair and not group.is_back}
    unknown = _unknown_holders(ledger, project)
    return tuple(_level(found, told[level], unknown[level], cases) for level in LEVELS if level in told)


def _number(found: Handed, group: Group) -> int:
    return found.sums[group]["n"] if group in found.sums else 0


def _waited(found: Handed, group: Group, clock: str) -> int:
    """Return the wait of the receiving segments, known or not to be one, in microseconds.

    Work that was taken up and then suspended lay still for another reason than the handoff.
    """
    row = found.sums.get(group, Counter())
    return row[f"{clock}_wait"] + row[f"{clock}_unknown"] - row[f"{clock}_suspended"]


def _handoff(found: Handed, group: Group, cases: int) -> Handoff:
    n, back = _number(found, group), group._replace(is_back=True)
    row = found.sums.get(group, Counter())
    giver, taker = group.pair or ("", "")
    return Handoff(
        level=group.level,
        from_=giver,
        to=taker,
        count=n,
        cases=found.cases[group],
        elapsed_wait_seconds=per_case(_waited(found, group, "elapsed"), n),
        working_wait_seconds=per_case(_waited(found, group, "working"), n),
        ping_pongs=_number(found, back),
        order_unknown=found.unordered[group],
        elapsed=mean(row, "elapsed", n),
        working=mean(row, "working", n),
        ping_pong_elapsed_wait_seconds=per_case(_waited(found, back, "elapsed"), cases),
        ping_pong_working_wait_seconds=per_case(_waited(found, back, "working"), cases),
    )


def _level(found: Handed, group: Group, unknown: int, cases: int) -> HandoffLevel:
    n, back = _number(found, group), group._replace(is_back=True)
    return HandoffLevel(
        level=group.level,
        count=n,
        cases=found.cases[group],
        share_of_cases=found.cases[group] / cases if cases else 0.0,
        per_case=n / cases if cases else 0.0,
        ping_pongs=_number(found, back),
        ping_pong_cases=found.cases.get(back, 0),
        elapsed_wait_seconds=per_case(_waited(found, group, "elapsed"), cases),
        working_wait_seconds=per_case(_waited(found, group, "working"), cases),
        ping_pong_elapsed_wait_seconds=per_case(_waited(found, back, "elapsed"), cases),
        ping_pong_working_wait_seconds=per_case(_waited(found, back, "working"), cases),
        unknown_holder=unknown,
        order_unknown=found.unordered[group],
    )


def _unknown_holders(ledger: Ledger, project: Project) -> dict[str, int]:
    """Count per level the transitions between consecutive on-path segments of which a holder is unknown."""
    pairs = passed_on(ledger.structures, ledger.cohort_cases)
    found = {}
    for level in LEVELS:
        name = names_of_level(project, level)
        found[level] = sum(n for pair, n in pairs.items() if not all(lane and name(lane) for lane in pair))
    return found
