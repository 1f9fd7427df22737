"""Handoffs for the team: those of enough cases, so that the sums of a level do not give the others.

In: the findings. Out: the handoffs and levels as they are told, the lanes too. A handoff between departments is the
sum of those between their teams, and so are those between organisations.
"""

from __future__ import annotations

from typing import Any

from flows.publish.disclosure_lines import Key, Line, closed
from flows.publish.disclosure_mark import NOT_TOLD, Withheld, cases_beside, is_few, part, share
from mining.findings import Findings
from mining.results.rework import Handoff, HandoffLevel

ABOVE = ("department", "organisation")


def told_handoffs(findings: Findings, least: int) -> tuple[dict[str, Any], int]:
    """Return the fields of the handoffs, and how many are left out."""
    away = _away(findings, least)
    told = tuple(_handoff(one, least) for one in findings.handoffs if (one.level, one.from_, one.to) not in away)
    cases = findings.cohort.cases
    back = {one.level for one in findings.handoffs if _back_away(findings, one.level, least)}
    levels = tuple(_level(one, one.level in back, cases, least) for one in findings.handoff_levels)
    told = tuple(_no_ping_pongs(one) if one.level in back else one for one in told)
    lanes = tuple(one for one in findings.lane_working if one.cases >= least)
    working = tuple(one.model_copy(update={"cases": cases_beside(one.cases, one.segments, least)}) for one in lanes)
    fields = {"handoffs": told, "handoff_levels": levels, "lane_working": working}
    return fields, len(findings.handoffs) - len(told)


def _away(findings: Findings, least: int) -> frozenset[Key]:
    counts: dict[Key, int] = {(one.level, one.from_, one.to): one.count for one in findings.handoffs}
    groups: dict[Key, int] = {(one.level, one.from_, one.to): one.cases for one in findings.handoffs}
    lines = []
    for level in findings.handoff_levels:
        counts[level.level], groups[level.level] = level.count, level.cases
        mine = tuple(key for key in groups if key[0] == level.level and isinstance(key, tuple))
        lines.append(Line(mine, level.level, overlaps=True))
    lines += _between(findings, groups)
    worth: dict[Key, int] = {level.level: 9 for level in findings.handoff_levels}
    return closed(counts, lines, least, worth=worth, groups=groups)


def _between(findings: Findings, groups: dict[Key, int]) -> list[Line]:
    """Return the lines from teams to the departments and organisations above them."""
    lines = []
    teams = [key for key in groups if isinstance(key, tuple) and key[0] == "team"]
    for level in ABOVE:
        above = {lane.lane: getattr(lane, level) for lane in findings.lanes}
        for key in [key for key in groups if isinstance(key, tuple) and key[0] == level]:
            parts = tuple(one for one in teams if (above.get(one[1]), above.get(one[2])) == key[1:])
            if parts:
                lines.append(Line(parts, key, overlaps=True))
    return lines


def _handoff(one: Handoff, least: int) -> Handoff:
    told: dict[str, Any] = {
        "cases": cases_beside(one.cases, one.count, least),
        "order_unknown": part(one.order_unknown, None, least),
    }
    if is_few(one.ping_pongs, least) or is_few(one.count - one.ping_pongs, least):
        one = _no_ping_pongs(one, Withheld(below=least) if is_few(one.ping_pongs, least) else NOT_TOLD)
    return one.model_copy(update=told)


def _no_ping_pongs(one: Handoff, said: float = NOT_TOLD) -> Handoff:
    if not one.ping_pongs:
        return one
    names = ("ping_pong_elapsed_wait_seconds", "ping_pong_working_wait_seconds")
    return one.model_copy(update={"ping_pongs": said} | dict.fromkeys(names, NOT_TOLD))


def _back_away(findings: Findings, level: str, least: int) -> bool:
    """Tell whether the handoffs of a level that go back are few for one pair of lanes, so that their sum tells it."""
    counts = [one.ping_pongs for one in findings.handoffs if one.level == level]
    return any(is_few(count, least) for count in counts)


def _level(one: HandoffLevel, is_back_away: bool, cases: int, least: int) -> HandoffLevel:
    told: dict[str, Any] = {
        "cases": part(cases_beside(one.cases, one.count, least), cases, least),
        "unknown_holder": part(one.unknown_holder, None, least),
        "order_unknown": part(one.order_unknown, None, least),
    }
    told["share_of_cases"] = share(one.share_of_cases, cases, least) if told["cases"] == one.cases else NOT_TOLD
    waits = [f"{name}_wait_seconds" for name in ("elapsed", "working")]
    if is_few(one.cases, least):
        told |= dict.fromkeys(("count", "per_case", *waits), NOT_TOLD)
    if is_back_away or is_few(one.ping_pong_cases, least):
        told |= dict.fromkeys(("ping_pongs", "ping_pong_cases", *(f"ping_pong_{name}" for name in waits)), NOT_TOLD)
    else:
        told["ping_pong_cases"] = cases_beside(one.ping_pong_cases, one.ping_pongs, least)
    return one.model_copy(update=told)
