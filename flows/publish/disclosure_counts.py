"""Counts of cases over all cases of the log: open and closed, by norm, month, group and step, as one system of sums.

In: the findings. Out: the counts that are hidden, so that none of them follows from the others, whatever table they
stand in. Cells are named by where they stand; what no field says but a reader can compute, such as the cases of a
group that is left out, is a cell too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from flows.publish.disclosure_lines import Key, Line, closed
from mining.findings import Findings
from mining.results.norms import NormResult
from mining.results.survival import OpenEnds

OPEN = ("log", "open")
NOT_FOLLOWED, UNOBSERVED = ("log", "not followed"), ("log", "ended unobserved")
NORM = ("met", "missed", "open", "ended_otherwise", "not_determinable")
ENDS = ("open", "delivered", "ended", "closed")


@dataclass
class System:
    """Cells with their counts, and the lines between them."""

    counts: dict[Key, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    worth: dict[Key, int] = field(default_factory=dict)
    """What of several counts is rather hidden: the one of the least worth; what is not here is worth nothing."""

    def add(self, parts: Iterable[Key], whole: Key) -> None:
        """Let the parts, with what remains, be the whole."""
        named = tuple(parts)
        rest = self.counts[whole] - sum(self.counts[key] for key in named)
        if rest < 0:
            return  # they overlap, so that no sum is told
        if rest:
            self.counts["rest", whole, named] = rest
            named = (*named, ("rest", whole, named))
        self.lines.append(Line(named, whole))

    def same(self, first: Key, second: Key) -> None:
        """Let two cells be one, where they count the same."""
        if self.counts.get(first, -1) == self.counts.get(second, -2):
            self.lines.append(Line((first,), second))


def hidden_counts(findings: Findings, least: int) -> frozenset[Key]:
    """Return the cells that are not told."""
    system = System({"all": findings.log.cases, "cohort": findings.cohort.cases, OPEN: findings.log.open_cases})
    system.counts["log", "without"] = findings.log.without_lead_time
    system.worth |= {"all": 9, "cohort": 9, OPEN: 6}
    system.add(("cohort", OPEN, ("log", "without")), "all")
    _standing(system, findings)
    _months(system, findings)
    _groups(system, findings)
    for at, norm in enumerate(findings.norms):
        _norm(system, findings, at, norm)
    return closed(system.counts, system.lines, least, worth=system.worth)


def _standing(system: System, findings: Findings) -> None:
    """Add the open cases by the step in which they stand, and those that are older than most."""
    standing = {step.step: step.wip for step in findings.steps}
    ages = {one.step: one for one in (findings.open_ends.ages if findings.open_ends else ())}
    for step in {*standing, *(step for step in ages if step is not None)}:
        system.counts["wip", step] = max(standing.get(step, 0), ages[step].cases if step in ages else 0)
    system.add([key for key in system.counts if key[0] == "wip"], OPEN)
    for step, one in ages.items():
        system.counts["older", step] = one.older_than_typical
        system.add([("older", step)], OPEN if step is None else ("wip", step))
    if None in ages:
        system.add([("older", step) for step in ages if step is not None], ("older", None))


def _months(system: System, findings: Findings) -> None:
    months = findings.drift.months if findings.drift else ()
    for one in months:
        system.counts["drift", one.month, "all"] = one.cases
        system.counts["drift", one.month, "open"] = one.open
        system.worth["drift", one.month, "all"] = 1
        system.add([("drift", one.month, "open")], ("drift", one.month, "all"))
    if months:
        system.add([("drift", one.month, "all") for one in months], "all")
        system.add([("drift", one.month, "open") for one in months], OPEN)


def _groups(system: System, findings: Findings) -> None:
    """Add personas and case types, with how their cases ended, and the same groups among the cases of the ladder."""
    found = findings.open_ends.survival if findings.open_ends else ()
    by_group = {(one.group, one.value): one for one in found}
    for group, one in by_group.items():
        system.counts["group", *group, "all"] = one.cases
        for name in ENDS:
            system.counts["group", *group, name] = getattr(one, name)
        # rather the size of a group than how its cases ended, which the panels of the steps tell too
        system.worth |= {("group", *group, name): 2 for name in ENDS[1:]} | {("group", *group, "all"): 1}
        system.add([("group", *group, name) for name in ENDS], ("group", *group, "all"))
    if findings.open_ends is not None:
        _all_followed(system, findings.open_ends)
    if ("all", "") in by_group:
        for kind in {group for group, _ in by_group} - {"all"}:
            for name in ("all", *ENDS):
                mine = [("group", *group, name) for group in by_group if group[0] == kind]
                system.add(mine, ("group", "all", "", name))
    _segments(system, findings)
    _personas(system, findings)


def _all_followed(system: System, ends: OpenEnds) -> None:
    """Add the cases that are in no curve, and those that are open in the curves alone, to the followed ones."""
    key = ("group", "all", "")
    system.counts.setdefault((*key, "all"), ends.cases)
    system.counts |= {NOT_FOLLOWED: ends.not_followed, UNOBSERVED: ends.ended_unobserved}
    system.worth[*key, "open"] = 5
    system.add([(*key, "all"), NOT_FOLLOWED], "all")
    if (*key, "open") in system.counts:
        system.add([OPEN, UNOBSERVED], (*key, "open"))
        system.add([(*key, name) for name in ENDS[1:]], "cohort")


def _segments(system: System, findings: Findings) -> None:
    known = {(one.kind, one.value): one.cases for detail in findings.step_details for one in detail.segments}
    for segment, cases in known.items():
        system.counts["segment", *segment] = cases
        system.worth["segment", *segment] = 2
        ended = [("group", *segment, name) for name in ENDS[1:]]
        if ended[0] in system.counts:
            system.add([("segment", *segment)], ("group", *segment, "all"))
            if sum(system.counts[key] for key in ended) == cases:
                system.lines.append(Line(tuple(ended), ("segment", *segment)))
    for kind in {kind for kind, _ in known}:
        system.add([("segment", *each) for each in known if each[0] == kind], "cohort")


def _personas(system: System, findings: Findings) -> None:
    for journey in findings.journeys:
        named = []
        for at, persona in enumerate(journey.personas):
            if persona.cases is None:
                continue
            key = ("persona", journey.name, at)
            system.counts[key] = persona.cases
            named.append(key)
            # followed cases are those of the persona, or somewhat fewer
            group = ("group", "persona", persona.persona, "all")
            if system.counts.get(group, persona.cases + 1) <= persona.cases:
                system.add([group], key)
        system.add(named, "all")


def _norm(system: System, findings: Findings, at: int, norm: NormResult) -> None:
    """Add how a norm was kept, in all and by month."""
    key = ("norm", at)
    for name in (*NORM, "at_risk", "at_risk_unknown"):
        system.counts[*key, name] = getattr(norm, name)
    system.counts[*key, "all"] = sum(getattr(norm, name) for name in NORM)
    system.worth |= {(*key, "ended_otherwise"): 1, (*key, "not_determinable"): 1, (*key, "met"): 2, (*key, "missed"): 2}
    system.worth |= {(*key, "open"): 5 if norm.open == system.counts[OPEN] else 2, (*key, "all"): 8}
    system.add([(*key, name) for name in NORM], (*key, "all"))
    system.add([(*key, "at_risk"), (*key, "at_risk_unknown")], (*key, "open"))
    # a norm of some of the cases alone tells by what it leaves how many it does not judge
    system.add([(*key, "all")], "all")
    system.add([(*key, "open")], OPEN)
    if norm.legal is not None:
        for n, reason in enumerate(norm.legal.reasons):
            system.counts[*key, "reason", n] = reason.cases
        named = [(*key, "reason", n) for n in range(len(norm.legal.reasons))]
        system.add(named, (*key, "not_determinable")) if named else None
    for by in ("started_in", "reached_in"):
        _norm_months(system, findings, at, norm, by)


def _norm_months(system: System, findings: Findings, at: int, norm: NormResult, by: str) -> None:
    months = [one for one in findings.norm_months if (one.norm, one.by) == (norm.name, by)]
    for one in months:
        key = ("month", at, by, one.month)
        for name in ("met", "missed", "open"):
            system.counts[*key, name] = getattr(one, name)
        system.counts[*key, "all"] = one.cases
        # rather how many cases a month had than how many of them met the norm: that is what the picture shows
        system.worth |= {(*key, "all"): 1, (*key, "met"): 2, (*key, "missed"): 2}
        system.add([(*key, name) for name in ("met", "missed", "open")], (*key, "all"))
        if by == "started_in":
            system.same((*key, "all"), ("drift", one.month, "all"))
            system.same((*key, "open"), ("drift", one.month, "open"))
    for name in ("met", "missed", "open") if months else ():
        system.add([("month", at, by, one.month, name) for one in months], ("norm", at, name))
