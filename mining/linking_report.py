"""What the links did, counted: matched, ambiguous, orphans, conflicts, and how much of each source they reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.dossiers import Told
from mining.linking import Linked
from mining.results.chain import ChainCases, LinkCoverage, Linking, LinkResult, NotLinked

MOST_EXAMPLES = 20
"""Listed of each link and reason."""
_SURE = ("stated", "stated_loosely", "inferred")


def report(
    linked: Linked, told: Told, aside: Any, project: Project, pseudonym: Callable[[str], str] | None = None
) -> Linking:
    """Return the linking report. `aside` has the nodes that no case is made of; attempts count as many as they are."""
    fates, sure = _fates(linked, told), _sureness(linked, told)
    return Linking(
        links=tuple(_link(rule, fates[rule], sure[rule], project) for rule in range(len(project.chain.links))),
        sources=_coverage(linked, told, aside, project),
        cases=_cases(linked, told, aside, project),
        not_linked=_examples(linked, told, project, pseudonym),
    )


def _weighted(linked: Linked, told: Told) -> Any:
    """Return the fates with their weight: the dossier of a number stands for all attempts that bear it."""
    visits = told.dossiers.filter(told.dossiers.is_visit).select("nid", weight="events")
    joined = linked.fates.left_join(visits, "nid").drop("nid_right")
    return joined.mutate(weight=ibis.coalesce(joined.weight, 1))


def _fates(linked: Linked, told: Told) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    fates = _weighted(linked, told)
    for row in rows_of(fates.group_by(["rule", "fate"]).agg(n=fates.weight.sum())):
        found[row["rule"]][row["fate"]] = row["n"]
    return found


def _sureness(linked: Linked, told: Told) -> dict[int, Counter[str]]:
    """Return of each link the matched dossiers by the least sure of their ties."""
    ties = linked.ties.mutate(place=linked.ties.sure.cases(*((name, n) for n, name in enumerate(_SURE)), else_=0))
    least = ties.group_by(["rule", "nid"]).agg(place=ties.place.max())
    fates = _weighted(linked, told)
    matched = least.inner_join(fates.filter(fates.fate == "matched"), ["rule", "nid"])
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows_of(matched.group_by(["rule", "place"]).agg(n=matched.weight.sum())):
        found[row["rule"]][_SURE[row["place"]]] = row["n"]
    return found


def _link(rule: int, fates: Counter[str], sure: Counter[str], project: Project) -> LinkResult:
    link = project.chain.links[rule]
    usable = sum(fates.values()) - fates["without_key"] - fates["alone"]
    return LinkResult(
        source=link.source,
        to=link.to,
        key=link.key,
        dossiers=sum(fates.values()),
        matched=fates["matched"],
        **{name: sure[name] for name in _SURE},
        ambiguous=fates["ambiguous"],
        orphans=fates["orphan"],
        conflicts=fates["conflict"],
        alone=fates["alone"],
        without_key=fates["without_key"],
        share=fates["matched"] / usable if usable else None,
        note=link.note if isinstance(link.note, dict) else {"nl": link.note, "en": link.note},
    )


def linked_nodes(linked: Linked, project: Project) -> Any:
    """Return the nid of all dossiers that some link tied to a case of another source."""
    apart = [rule for rule, link in enumerate(project.chain.links) if link.is_apart]
    fates = linked.fates.filter(linked.fates.rule.isin(apart), linked.fates.fate == "matched")
    return fates.select("nid").distinct()


def _coverage(linked: Linked, told: Told, aside: Any, project: Project) -> tuple[LinkCoverage, ...]:
    names = sorted({link.source for link in project.chain.links if link.is_apart})
    d = told.dossiers.filter(told.dossiers.source.isin(names))
    tied = linked_nodes(linked, project).mutate(is_linked=ibis.literal(1))
    d = d.left_join(tied, "nid").drop("nid_right").left_join(aside.mutate(is_aside=ibis.literal(1)), "node")
    found = d.group_by("source").agg(
        dossiers=d.count(),
        linked=d.is_linked.count(),
        events=d.events.sum(),
        linked_events=d.events.sum(where=d.is_linked.notnull()),
        aside_events=d.events.sum(where=d.is_aside.notnull()),
        are_visits=d.is_visit.any(),
    )
    rows = {row["source"]: row for row in rows_of(found)}
    nothing = {"dossiers": 0, "linked": 0, "events": 0, "linked_events": 0, "aside_events": 0}
    told_of = {name: rows.get(name, {"source": name, **nothing}) for name in names}
    return tuple(
        LinkCoverage(
            **{key: row[key] or 0 for key in nothing},
            source=name,
            coverage=row["linked"] / row["dossiers"] if row["dossiers"] else None,
        )
        for name, row in told_of.items()
        if not row.get("are_visits")
    )


def _cases(linked: Linked, told: Told, aside: Any, project: Project) -> ChainCases:
    """Count the chain cases of the dossiers that a link names; sources of one organisation share their numbers."""
    d = told.dossiers.filter(~told.dossiers.is_visit).anti_join(aside, "node")
    d = d.left_join(linked.chain, "node").drop("node_right")
    organisations = tuple((s.name, s.organisation or s.name) for s in project.sources)
    apart = [s.name for s in project.sources if project.chain.is_apart(s.name)]
    d = d.mutate(
        case=ibis.coalesce(d.chain_case, d.node),
        organisation=d.source.cases(*organisations, else_=d.source),
        is_zaak=~d.source.isin(apart),
    )
    parts = d.group_by(["case", "source", "is_zaak"]).agg(nodes=d.node.nunique())
    several = parts.group_by("case").agg(is_several=(parts.is_zaak & (parts.nodes > 1)).any())
    cases = d.group_by("case").agg(nodes=d.node.nunique(), parties=d.organisation.nunique())
    cases = cases.inner_join(several, "case")
    found = rows_of(
        cases.group_by("parties").agg(
            cases=cases.count(), joined=(cases.nodes > 1).sum(), several=cases.is_several.sum()
        )
    )
    return ChainCases(
        cases=sum(row["cases"] for row in found),
        joined=sum(row["joined"] for row in found),
        by_organisations={str(row["parties"]): row["cases"] for row in sorted(found, key=lambda row: row["parties"])},
        several_cases=sum(row["several"] for row in found),
    )


def _examples(
    linked: Linked, told: Told, project: Project, pseudonym: Callable[[str], str] | None
) -> tuple[NotLinked, ...]:
    if pseudonym is None:
        return ()
    out = linked.fates.filter(linked.fates.fate.isin(["ambiguous", "orphan", "conflict"]))
    out = out.mutate(nth=ibis.row_number().over(ibis.window(group_by=["rule", "fate"], order_by="nid")))
    nodes = told.dossiers.select("nid", "node").distinct()
    listed = out.filter(out.nth < MOST_EXAMPLES).inner_join(nodes, "nid")
    links = project.chain.links
    return tuple(
        NotLinked(
            source=links[row["rule"]].source,
            to=links[row["rule"]].to,
            key=links[row["rule"]].key,
            why=row["fate"],
            dossier=pseudonym(row["node"]),
            candidates=row["candidates"],
        )
        for row in sorted(rows_of(listed), key=lambda row: (row["rule"], row["nid"]))
    )
