"""The rules of linking as plain loops over dossiers in memory: what `mining/linking.py` is held against."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mappings.chain import Link
from mining.linking import Fate
from mining.results.chain import Sureness

MAIN, PART = "hoofdzaak", "deelzaak"


@dataclass(slots=True)
class Dossier:
    """One case of one source, and what its records tell of other cases."""

    source: str
    number: str
    node: str
    """The number that it has in the store: with the source before it, where another case is its chain case."""
    at: int | None = None
    """When it came in, or its first event: microseconds UTC."""
    events: int = 0
    references: set[str] = field(default_factory=set)
    related: set[tuple[str, str]] = field(default_factory=set)
    """Kind and case number; an empty number is a case that the source may not see."""
    persons: set[str] = field(default_factory=set)
    is_main: bool = False


@dataclass(frozen=True)
class Tie:
    """One link between two dossiers, how it was made and how sure."""

    rule: int
    dossier: str
    to: str
    """The nodes of the two."""
    kind: str
    sure: Sureness


@dataclass
class OracleLinked:
    """What the links of a mapping made of the dossiers."""

    chain: dict[str, str]
    """Node → chain case, of every node that has another name there."""
    ties: list[Tie]
    fates: list[Counter[Fate]]
    """Of each link, in the order of the mapping."""
    examples: list[tuple[int, Fate, str, int]]
    """Link, why, node and number of candidates of all that were not tied."""
    linked: dict[str, set[str]]
    """Source → its nodes that some link tied to a case of another source."""


class Sets:
    """Sets of nodes that belong together."""

    def __init__(self) -> None:
        """Begin with every node alone."""
        self._above: dict[str, str] = {}

    def find(self, node: str) -> str:
        """Return the node that stands for the set."""
        root = node
        while (above := self._above.get(root, root)) != root:
            root = above
        while (above := self._above.get(node, node)) != root:
            self._above[node], node = root, above
        return root

    def join(self, one: str, other: str) -> None:
        """Put two sets together; which node stands for them does not depend on the order."""
        a, b = sorted((self.find(one), self.find(other)))
        self._above[b] = a

    def members(self) -> dict[str, list[str]]:
        """Return the sets of more than one node."""
        found: dict[str, list[str]] = defaultdict(list)
        for node in list(self._above):
            found[self.find(node)].append(node)
        return {root: [root, *(n for n in nodes if n != root)] for root, nodes in found.items()}


@dataclass
class _Found:
    """What one link says of one dossier: the nodes that it points to, each with kind and sureness."""

    fate: Fate
    nodes: dict[str, tuple[str, Sureness]] = field(default_factory=dict)
    candidates: int = 0


def link(dossiers: Sequence[Dossier], links: Sequence[Link], order: Sequence[str]) -> OracleLinked:
    """Link the dossiers. `order` has the sources as the mapping has them: the first one's zaak gives the name."""
    by_source: dict[str, list[Dossier]] = defaultdict(list)
    for dossier in sorted(dossiers, key=lambda d: (d.source, d.node)):
        by_source[dossier.source].append(dossier)
    sets = Sets()
    linked = OracleLinked({}, [], [], [], {each.source: set() for each in links if each.is_apart})
    tied: dict[tuple[str, str], str] = {}
    for rule, each in enumerate(links):
        index = _index(by_source, each)
        found = [(dossier, _found(dossier, each, index, sets)) for dossier in by_source[each.source]]
        linked.fates.append(Counter(_told(linked, rule, each, *one, tied, sets) for one in found))
        for tie in linked.ties:
            if tie.rule == rule:
                sets.join(tie.dossier, tie.to)
    linked.chain = _names(sets, dossiers, order)
    return linked


def _told(
    linked: OracleLinked,
    rule: int,
    link: Link,
    dossier: Dossier,
    what: _Found,
    tied: dict[tuple[str, str], str],
    sets: Sets,
) -> Fate:
    """Take down what one link says of one dossier, and return its fate."""
    fate = _checked(what, dossier, link, tied, sets)
    if fate in ("ambiguous", "orphan", "conflict"):
        linked.examples.append((rule, fate, dossier.node, what.candidates))
    if fate == "matched" or not link.is_apart:
        linked.ties += [Tie(rule, dossier.node, to, *how) for to, how in sorted(what.nodes.items())]
    if fate == "matched" and link.is_apart:
        linked.linked[link.source].add(dossier.node)
        tied.setdefault((dossier.node, link.to), next(iter(what.nodes)))
    return fate


def _checked(what: _Found, dossier: Dossier, rule: Link, tied: Mapping[tuple[str, str], str], sets: Sets) -> Fate:
    """Return the fate, `conflict` where an earlier link tied the dossier to another case of the same source."""
    before = tied.get((dossier.node, rule.to))
    if what.fate != "matched" or not rule.is_apart or before is None:
        return what.fate
    return "matched" if sets.find(next(iter(what.nodes))) == sets.find(before) else "conflict"


@dataclass
class _Index:
    """Where the cases of a source are found: by number or reference, or by person in order of time."""

    by_text: dict[str, list[Dossier]] = field(default_factory=lambda: defaultdict(list))
    by_person: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))


def _index(by_source: Mapping[str, list[Dossier]], rule: Link) -> _Index:
    index = _Index()
    for dossier in by_source.get(rule.to, ()):
        texts = dossier.references if rule.on == "reference" else {dossier.number}
        for text in sorted(texts):
            index.by_text[_compared(text, rule)].append(dossier)
        if dossier.at is not None:
            for person in dossier.persons:
                index.by_person[person].append((dossier.at, dossier.node))
    for moments in index.by_person.values():
        moments.sort()
    return index


def _compared(text: str, rule: Link) -> str:
    return "".join(mark for mark in text.casefold() if mark.isalnum()) if rule.loosely else text


def _found(dossier: Dossier, rule: Link, index: _Index, sets: Sets) -> _Found:
    if rule.key == "reference":
        return _by_reference(dossier, rule, index, sets)
    if rule.key == "related_case":
        return _by_related(dossier, rule, index)
    return _by_person(dossier, rule, index, sets)


def _by_reference(dossier: Dossier, rule: Link, index: _Index, sets: Sets) -> _Found:
    if not dossier.references:
        return _Found("without_key")
    nodes: dict[str, tuple[str, Sureness]] = {}
    is_lost = False
    for text in sorted(dossier.references):
        found = [d for d in index.by_text.get(_compared(text, rule), ()) if d.node != dossier.node]
        is_lost |= not found
        for other in found:
            is_exact = text in other.references if rule.on == "reference" else text == other.number
            known = nodes.get(other.node)
            if known is None or is_exact:
                nodes[other.node] = ("reference", "stated" if is_exact else "stated_loosely")
    if not nodes:
        return _Found("orphan" if rule.is_apart else "alone")
    # of two numbers one may be a slip of the pen: which one, nobody can tell
    return _one_of(nodes, rule, sets, is_doubtful=is_lost)


def _one_of(nodes: dict[str, tuple[str, Sureness]], rule: Link, sets: Sets, *, is_doubtful: bool = False) -> _Found:
    """Return the one case that is pointed to; cases that earlier links put together are one."""
    several = len({sets.find(node) for node in nodes})
    if rule.is_apart and (several > 1 or is_doubtful):
        return _Found("ambiguous", nodes, several)
    return _Found("matched", nodes, several)


def _by_related(dossier: Dossier, rule: Link, index: _Index) -> _Found:
    """Return the related cases; a case of which one is not there is an orphan, though tied to the others."""
    wanted = [(kind, number) for kind, number in sorted(dossier.related) if not rule.kinds or kind in rule.kinds]
    if not wanted:
        return _Found("without_key")
    nodes: dict[str, tuple[str, Sureness]] = {}
    lost = 0
    for kind, number in wanted:
        found = [d for d in index.by_text.get(number, ()) if d.node != dossier.node] if number else []
        lost += not found
        for other in found:
            nodes.setdefault(other.node, (kind, "stated"))
            other.is_main |= kind == MAIN
            dossier.is_main |= kind == PART
    return _Found("orphan" if lost else "matched", nodes, len(nodes))


def _by_person(dossier: Dossier, rule: Link, index: _Index, sets: Sets) -> _Found:
    if not dossier.persons:
        return _Found("without_key")
    near = sorted(set(_near(dossier, rule, index)))
    nodes: dict[str, tuple[str, Sureness]] = dict.fromkeys(near, ("person", "inferred"))
    if not nodes:
        return _Found("orphan" if rule.is_apart else "alone")
    return _one_of(nodes, rule, sets)


def _near(dossier: Dossier, rule: Link, index: _Index) -> Iterator[str]:
    """Yield the cases of the same person within the window; among cases of one source the nearest on each side."""
    if dossier.at is None or rule.within is None:
        return
    reach = int(rule.within.total_seconds()) * 1_000_000
    for person in dossier.persons:
        moments = index.by_person.get(person, [])
        low = bisect_left(moments, (dossier.at - reach, ""))
        high = bisect_right(moments, (dossier.at + reach, "\U0010ffff"))
        if not rule.is_apart:
            here = bisect_left(moments, (dossier.at, dossier.node))
            low, high = max(low, here - 1), min(high, here + 2)
        yield from (node for _, node in moments[low:high] if node != dossier.node)


def _names(sets: Sets, dossiers: Iterable[Dossier], order: Sequence[str]) -> dict[str, str]:
    """Return node → chain case for the nodes that a set gives another name."""
    place = {source: n for n, source in enumerate(order)}
    rank: dict[str, tuple[int, bool, float, str]] = {}
    for d in dossiers:
        is_apart = d.node != d.number
        own = (
            place.get(d.source, len(place)) + is_apart * len(place),
            not d.is_main,
            float("inf") if d.at is None else d.at,
            d.node,
        )
        rank[d.node] = min(own, rank.get(d.node, own))
    found = {}
    for nodes in sets.members().values():
        first = min((n for n in nodes if n in rank), key=lambda n: rank[n])
        found.update({node: first for node in nodes if node != first})
    return found
