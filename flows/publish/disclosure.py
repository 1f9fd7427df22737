"""The page for the team: the findings without what would tell of a small group (DESIGN §8). One step, before any page.

In: findings, whole. Out: findings in which no count is that of 1 up to `smallest_group` − 1 cases, no amount rests on
so few, and no sum or difference gives one back. What is not told is marked (`disclosure_mark`), told together with
others, or rounded; the numbers that are told stay true. docs/privacy.md says field by field how.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.publish.disclosure_all import blank, without_all_cases
from flows.publish.disclosure_citizen import citizen
from flows.publish.disclosure_counts import hidden_counts
from flows.publish.disclosure_flow import flow
from flows.publish.disclosure_handoffs import told_handoffs
from flows.publish.disclosure_ladder import (
    OTHER_LANES,
    OTHER_STEPS,
    Loops,
    ladders,
    part_of_ladder,
    pooled_rungs,
    told_loops,
)
from flows.publish.disclosure_lines import Line, closed
from flows.publish.disclosure_mark import NOT_TOLD, is_few, is_withheld
from flows.publish.disclosure_population import personas, population, wip_of
from flows.publish.disclosure_rest import is_legal_told, rest
from flows.publish.disclosure_steps import Steps, step_rows
from flows.publish.page_numbers import Numbers
from flows.publish.words import LANGUAGES, Words
from mining.findings import Findings
from mining.results.base import LocalText
from mining.results.disclosure import Disclosure
from mining.results.run import LaneFacts
from mining.results.stream import Rung


def disclosed(findings: Findings) -> Findings:
    """Return what the team may be told. The same findings give the same; once disclosed they stay as they are."""
    least = findings.project.smallest_group
    if findings.disclosure is not None:
        return findings
    if least <= 1:
        return findings.model_copy(update={"disclosure": Disclosure(smallest_group=least)})
    if is_few(findings.cohort.cases, least) or (not findings.cohort.cases and is_few(findings.log.cases, least)):
        rule = Disclosure(smallest_group=least, is_empty=True)
        return _noted(findings.model_copy(update=blank(findings, least) | {"disclosure": rule}), is_all=True)
    told = findings.model_copy(update=_told(findings, least))
    is_all = not is_few(findings.log.cases - findings.cohort.cases, least)
    return _noted(told if is_all else told.model_copy(update=without_all_cases(told)), is_all)


def _told(findings: Findings, least: int) -> dict[str, Any]:
    """Return the fields that change."""
    pools, loops, hidden = ladders(findings, least), told_loops(findings, least), hidden_counts(findings, least)
    other = _named("other_steps")
    rungs = pooled_rungs(findings.ladder, pools.all, findings.cohort.cases, least, other)
    rungs = tuple(_around(rung, loops) for rung in rungs)
    parts = {
        name: _no_loops_in(part_of_ladder(getattr(findings, f"ladder_{name}"), getattr(pools, name), least, other))
        for name in ("typical", "slow")
    }
    passed, handoffs_left = told_handoffs(findings, least)
    teams = frozenset((one.from_, one.to) for one in passed["handoffs"] if one.level == "team")
    by = Steps(pools.all, {rung.step: rung for rung in rungs}, loops, teams, hidden, least)
    rows = step_rows(findings, by)
    drawn, left = flow(findings, pools.all, least)
    left |= {"handoffs": handoffs_left, "loops": len(findings.loops) - len(loops.changes["loops"])}
    fields = {
        "ladder": rungs,
        **{f"ladder_{name}": part for name, part in parts.items()},
        **loops.changes,
        **passed,
        **rows,
        "steps": _standing(findings, rows["steps"], hidden, least),
        "journeys": tuple(personas(journey, hidden, least) for journey in rows["journeys"]),
        "lanes": _lanes(findings),
        **population(findings, hidden, least),
        **drawn,
        **citizen(findings, least),
        **rest(findings, least),
        "disclosure": Disclosure(
            smallest_group=least,
            pooled_steps=tuple(rung.step for rung in findings.ladder if rung.step in pools.all),
            left_out={what: n for what, n in left.items() if n},
            transitions=sum(edge.count for edge in findings.dfg),
        ),
    }
    return fields | _legal(findings, fields, least)


def _named(key: str) -> LocalText:
    return {language: Words(language)(key) for language in LANGUAGES}


def _around(rung: Rung, loops: Loops) -> Rung:
    """Return a rung without its time in loops, where that would tell of loops of few cases."""
    is_away = loops.steps is None or rung.step in loops.steps
    return rung.model_copy(update={"in_loops_seconds": NOT_TOLD}) if is_away else rung


def _no_loops_in(part: Any) -> Any:
    """Return a ladder of a part of the cases without its time in loops: how many of them make any is not counted."""
    if part is None:
        return None
    return part.model_copy(
        update={"rungs": tuple(rung.model_copy(update={"in_loops_seconds": NOT_TOLD}) for rung in part.rungs)}
    )


def _standing(findings: Findings, boxes: Sequence[Any], hidden: frozenset[Any], least: int) -> tuple[Any, ...]:
    """Return the boxes with the cases that stand in them, and activities repeated in a visit, as they may be told."""
    counts: dict[Any, int] = {box.step: box.self_loops for box in findings.steps}
    counts["all"] = findings.self_loops.times
    lines = [Line(tuple(key for key in counts if key != "all"), "all", overlaps=True)]
    away = closed(counts, lines if sum(counts.values()) == 2 * counts["all"] else [], least)
    return tuple(
        box.model_copy(
            update={
                "wip": wip_of(box.step, box.wip, hidden, least),
                "self_loops": NOT_TOLD if box.step in away else box.self_loops,
            }
        )
        for box in boxes
    )


def _lanes(findings: Findings) -> tuple[LaneFacts, ...]:
    return (*findings.lanes, LaneFacts(lane=OTHER_LANES, title=_named("other_lanes"), layer="unknown"))


def _legal(findings: Findings, fields: dict[str, Any], least: int) -> dict[str, Any]:
    """Return the fields without the law's clock, where too few cases of a step or loop may be known in it."""
    cases, legal = findings.cohort.cases, findings.lead_time.legal
    if legal is None:
        return {}
    away = {loop.path for loop in fields["loops"]}
    pooled = fields["disclosure"].pooled_steps
    groups = [rung.cases for rung in findings.ladder if rung.step not in pooled and rung.cases]
    groups += [loop.cases for loop in findings.loops if loop.path in away]
    is_told = is_legal_told(legal, cases, groups, least)

    def may(size: Any) -> bool:
        return not is_withheld(size) and is_legal_told(legal, cases, [size], least)

    kept: dict[str, Any] = {
        "handoffs": tuple(_counted(one, fields) if may(one.cases) else _plain(one) for one in fields["handoffs"]),
        "steps": tuple(_counted(one, fields) if may(one.cases) else _plain(one) for one in fields["steps"]),
    }
    if is_told:
        kept |= {name: tuple(_counted(one, fields) for one in fields[name]) for name in ("ladder", "loops")}
        for name in ("direct_route", "other_loops"):
            found = fields.get(name, getattr(findings, name))
            kept[name] = None if found is None else _counted(found, fields)
        return kept
    kept |= {name: tuple(_plain(one) for one in fields[name]) for name in ("ladder", "loops")}
    for name in ("direct_route", "other_loops"):
        found = fields.get(name, getattr(findings, name))
        kept[name] = None if found is None else _plain(found)
    kept["lead_time"] = fields["lead_time"].model_copy(update={"legal": None})
    return kept


def _counted(one: Any, fields: dict[str, Any]) -> Any:
    """Return an amount that says of how many cases the law's clock is known as it may be said."""
    told = fields["lead_time"].legal
    if one.legal is None:
        return one
    legal = one.legal.model_copy(update={"cases": told.cases, "share": told.share})
    return one.model_copy(update={"legal": legal})


def _plain(one: Any) -> Any:
    return one.model_copy(update={"legal": None})


def _noted(told: Findings, is_all: bool) -> Findings:
    """Return the findings with what was done, in words, before the other notices."""
    rule = told.disclosure
    if rule is None:
        return told
    notes = ["empty"] if rule.is_empty else ["rule", *(["steps"] if rule.pooled_steps else [])]
    notes += [] if rule.is_empty or not rule.left_out else ["left"]
    notes += [] if rule.is_empty else ["rounded"] if is_all else ["nearly_all"]
    said = tuple({language: _note(told, Words(language), name) for language in LANGUAGES} for name in notes)
    others = () if rule.is_empty else told.notices
    return told.model_copy(update={"notices": (*said, *others)})


def _note(told: Findings, words: Words, name: str) -> str:
    rule = told.disclosure
    if rule is None:
        return ""
    titles = {step.step: words.of(step.title, step.step) for journey in told.journeys for step in journey.steps}
    count = Numbers(words).count
    left = ", ".join(words(f"disclosed_{what}", count=count(n)) for what, n in rule.left_out.items())
    steps = ", ".join(titles.get(step, step) for step in rule.pooled_steps)
    return words(f"disclosed_{name}", n=rule.smallest_group, steps=steps, left=left, other=words(OTHER_STEPS))


def whole(findings: Findings) -> Findings:
    """Return the findings for the analyst: nothing is hidden, and the page says so before anything else."""
    said = {language: Words(language)("analyst_build") for language in LANGUAGES}
    project = findings.project.model_copy(update={"smallest_group": 1})
    return findings.model_copy(update={"project": project, "notices": (said, *findings.notices)})
