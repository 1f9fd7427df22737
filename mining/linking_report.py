"""What the links did, counted: matched, ambiguous, orphans, conflicts, and how much of each source they reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from mappings.project import Project
from mining.linking import Dossier, Linked
from mining.results.chain import ChainCases, LinkCoverage, Linking, LinkResult, NotLinked

MOST_EXAMPLES = 20
"""Listed of each link and reason."""


def report(
    linked: Linked,
    dossiers: Sequence[Dossier],
    visits: Sequence[Dossier],
    aside: set[str],
    project: Project,
    pseudonym: Callable[[str], str] | None = None,
) -> Linking:
    """Return the linking report. `visits` stand for as many attempts as they have events."""
    return Linking(
        links=tuple(_link(rule, linked, visits, project) for rule in range(len(project.chain.links))),
        sources=tuple(_coverage(name, nodes, dossiers, aside) for name, nodes in sorted(linked.linked.items())
                      if not any(v.source == name for v in visits)),
        cases=_cases(linked, dossiers, aside, project),
        not_linked=_examples(linked, project, pseudonym),
    )  # fmt: skip


def _link(rule: int, linked: Linked, visits: Sequence[Dossier], project: Project) -> LinkResult:
    link, fates = project.chain.links[rule], linked.fates[rule]
    sure = _sureness(rule, linked)
    if several := {v.node: v.events for v in visits if v.source == link.source}:
        fates, sure = _weighted(rule, linked, several)
    usable = sum(fates.values()) - fates["without_key"] - fates["alone"]
    return LinkResult(
        source=link.source,
        to=link.to,
        key=link.key,
        dossiers=sum(fates.values()),
        matched=fates["matched"],
        **{name: sure[name] for name in ("stated", "stated_loosely", "inferred")},
        ambiguous=fates["ambiguous"],
        orphans=fates["orphan"],
        conflicts=fates["conflict"],
        alone=fates["alone"],
        without_key=fates["without_key"],
        share=fates["matched"] / usable if usable else None,
        note=link.note if isinstance(link.note, dict) else {"nl": link.note, "en": link.note},
    )


def _sureness(rule: int, linked: Linked) -> Counter[str]:
    """Return the matched dossiers by the least sure of their ties."""
    order = ("stated", "stated_loosely", "inferred")
    least: dict[str, str] = {}
    lost = {node for n, why, node, _ in linked.examples if n == rule and why == "orphan"}
    for tie in linked.ties:
        if tie.rule == rule and tie.dossier not in lost:
            least[tie.dossier] = max(least.get(tie.dossier, "stated"), tie.sure, key=order.index)
    return Counter(least.values())


def _weighted(rule: int, linked: Linked, several: dict[str, int]) -> tuple[Counter[Any], Counter[str]]:
    """Return fates and sureness in attempts: those with one number were looked at together."""
    fates: Counter[Any] = Counter()
    why = {node: fate for n, fate, node, _ in linked.examples if n == rule}
    tied = {tie.dossier: tie.sure for tie in linked.ties if tie.rule == rule}
    sure: Counter[str] = Counter()
    for node, count in several.items():
        fates["matched" if node in tied else why.get(node, "without_key")] += count
        if node in tied:
            sure[tied[node]] += count
    return fates, sure


def _coverage(source: str, nodes: set[str], dossiers: Sequence[Dossier], aside: set[str]) -> LinkCoverage:
    own = [d for d in dossiers if d.source == source]
    return LinkCoverage(
        source=source,
        dossiers=len(own),
        linked=len(nodes),
        events=sum(d.events for d in own),
        linked_events=sum(d.events for d in own if d.node in nodes),
        aside_events=sum(d.events for d in own if d.node in aside),
        coverage=len(nodes) / len(own) if own else None,
    )


def _cases(linked: Linked, dossiers: Sequence[Dossier], aside: set[str], project: Project) -> ChainCases:
    """Count the chain cases of the dossiers that a link names; sources of one organisation share their numbers."""
    organisation = {s.name: s.organisation or s.name for s in project.sources}
    sources: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for d in dossiers:
        if d.node not in aside:
            sources[linked.chain.get(d.node, d.node)][d.source].add(d.node)
    parties = Counter(len({organisation[name] for name in by_source}) for by_source in sources.values())
    return ChainCases(
        cases=len(sources),
        joined=sum(len(set().union(*by_source.values())) > 1 for by_source in sources.values()),
        by_organisations={str(n): count for n, count in sorted(parties.items())},
        several_cases=sum(
            any(len(nodes) > 1 for name, nodes in by_source.items() if not project.chain.is_apart(name))
            for by_source in sources.values()
        ),
    )


def _examples(linked: Linked, project: Project, pseudonym: Callable[[str], str] | None) -> tuple[NotLinked, ...]:
    if pseudonym is None:
        return ()
    seen: Counter[tuple[int, str]] = Counter()
    listed = []
    for rule, why, node, candidates in linked.examples:
        seen[rule, why] += 1
        if seen[rule, why] <= MOST_EXAMPLES:
            link = project.chain.links[rule]
            named = {"source": link.source, "to": link.to, "key": link.key}
            listed.append(NotLinked(**named, why=why, dossier=pseudonym(node), candidates=candidates))
    return tuple(listed)
