"""How dossiers were linked, for the team: the links of a source and its coverage as one system of sums.

In: the linking report. Out: the same without small counts, without what would give one back, and without dossiers,
though these stand under pseudonyms. A dossier that two links tie to its case counts in both; where none is, the links
of a source add up to what is linked of it, and a reader may well suppose so.
"""

from __future__ import annotations

from typing import Any

from flows.publish.disclosure_counts import System
from flows.publish.disclosure_lines import Key, closed
from flows.publish.disclosure_mark import NOT_TOLD, part, said, share
from mining.results.chain import ChainCases, LinkCoverage, Linking, LinkResult

_PARTS = ("matched", "ambiguous", "orphans", "conflicts", "alone", "without_key")
_SURE = ("stated", "stated_loosely", "inferred")
_WITH_KEY = _PARTS[:4]
"""What the share of a link is told of."""
Hidden = frozenset[Key]


def linking(found: Linking, least: int) -> Linking:
    """Return the links by their numbers, each told as far as all others allow."""
    hidden = _hidden(found, least)
    return found.model_copy(
        update={
            "links": tuple(_link(one, n, hidden, least) for n, one in enumerate(found.links)),
            "sources": tuple(_coverage(one, hidden, least) for one in found.sources),
            "cases": None if found.cases is None else _chain(found.cases, least),
            "not_linked": (),
        }
    )


def _hidden(found: Linking, least: int) -> Hidden:
    """Return the cells of links and sources that are not told."""
    system = System()
    for n, link in enumerate(found.links):
        system.counts |= {("link", n, name): getattr(link, name) for name in ("dossiers", *_PARTS, *_SURE)}
        system.worth |= {("link", n, "dossiers"): 9, ("link", n, "matched"): 1}
        system.add([("link", n, name) for name in _PARTS], ("link", n, "dossiers"))
        system.add([("link", n, name) for name in _SURE], ("link", n, "matched"))
    for one in found.sources:
        key = ("source", one.source)
        system.counts |= {(*key, name): getattr(one, name) for name in ("dossiers", "linked")}
        system.worth[(*key, "dossiers")] = 9
        system.add([(*key, "linked")], (*key, "dossiers"))
        own = [n for n, link in enumerate(found.links) if link.source == one.source]
        system.add([("link", n, "matched") for n in own], (*key, "linked"))
        for n in own:
            system.same(("link", n, "dossiers"), (*key, "dossiers"))
    return closed(system.counts, system.lines, least, worth=system.worth)


def _link(one: LinkResult, at: int, hidden: Hidden, least: int) -> LinkResult:
    names = ("dossiers", *_PARTS, *_SURE)
    told: dict[str, Any] = {name: said(getattr(one, name), ("link", at, name) in hidden, least) for name in names}
    if one.share is not None and any(("link", at, name) in hidden for name in _WITH_KEY):
        told["share"] = NOT_TOLD
    return one.model_copy(update=told)


def _coverage(one: LinkCoverage, hidden: Hidden, least: int) -> LinkCoverage:
    key = ("source", one.source)
    told: dict[str, Any] = {"dossiers": said(one.dossiers, (*key, "dossiers") in hidden, least)}
    if (*key, "linked") not in hidden:
        return one.model_copy(update=told)
    bound = part(one.linked, told["dossiers"], least)
    told["linked"] = NOT_TOLD if bound is one.linked else bound
    covered = share(one.coverage, told["dossiers"], least)
    told["coverage"] = covered if covered is not one.coverage or covered is None else NOT_TOLD
    return one.model_copy(update=told | dict.fromkeys(("events", "linked_events", "aside_events"), NOT_TOLD))


def _chain(one: ChainCases, least: int) -> ChainCases:
    """Return the chain cases; those of several organisations are joined ones."""
    names = ("cases", "joined", "several_cases")
    system = System({name: getattr(one, name) for name in names}, worth={"cases": 9})
    system.counts.update(one.by_organisations)
    system.add(one.by_organisations, "cases")
    system.add(["joined"], "cases")
    system.add([n for n in one.by_organisations if n != "1"], "joined")
    system.add(["several_cases"], "joined")
    hidden = closed(system.counts, system.lines, least, worth=system.worth)
    told: dict[str, Any] = {name: said(getattr(one, name), name in hidden, least) for name in names}
    by = {n: said(count, n in hidden, least) for n, count in one.by_organisations.items()}
    return one.model_copy(update=told | {"by_organisations": by})
