"""Linking the cases of several organisations to chain cases (DESIGN §6): which dossier belongs to which case, and why.

In: dossiers with the keys that their records tell, and the links that the mapping declares. Out: for each dossier its
chain case, every link with how it was made and how sure, and what could not be linked.
Rules owned here: it is a function of what is stored and of the mapping alone, so that the order in which records came
in, or came in twice, makes no difference. Links are tried as declared; of each, all dossiers are looked at before any
is tied. What fits more than one case is tied to none. A later link never overrules an earlier one. The chain case is
named after its first source's zaak: a main case before a part, then the first that came in, then the lowest number.
Texts and times stay in the engine; a run holds whole numbers, of the dossiers that a link ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal

import ibis
import numpy as np
import pyarrow as pa

from mappings.chain import Link
from mining.dossiers import Told
from mining.engine import kept
from mining.link_keys import Found, found_by
from mining.link_sets import Sets

Fate = Literal["matched", "ambiguous", "orphan", "conflict", "alone", "without_key"]


@dataclass(frozen=True)
class Linked:
    """What the links of a mapping made of the dossiers; tables in the engine."""

    chain: Any
    """node, chain_case: of every node that has another name there."""
    ties: Any
    """rule, nid, to_nid, kind, sure: one row a link between two dossiers."""
    fates: Any
    """rule, nid, fate, candidates: one row each declared link and dossier of its source."""


@dataclass
class _State:
    """How far the links were tried."""

    told: Told
    sets: Sets
    fates: list[Any] = field(default_factory=list)
    ties: list[Any] = field(default_factory=list)
    mains: list[Any] = field(default_factory=list)
    before: dict[str, list[Any]] = field(default_factory=dict)
    """Source → what links tied to its cases: nid, to_nid, in their order."""

    def roots(self) -> Any:
        """Return nid → what stands for its set, of the nodes that another one stands for."""
        members, roots = self.sets.moved()
        table = pa.table({"member": pa.array(members, pa.int64()), "root": pa.array(roots, pa.int64())})
        return kept(self.told.con, f"zs_link_roots_{len(self.fates)}", table)


def link(told: Told, links: Sequence[Link], order: Sequence[str]) -> Linked:
    """Link the dossiers. `order` has the sources as the mapping has them: the first one's zaak gives the name."""
    state = _State(told, Sets(told.nodes))
    for rule, each in enumerate(links):
        _try(state, rule, each, found_by(rule, each, told))
    return Linked(_names(state, order), _all(state.ties), _all(state.fates))


def _try(state: _State, rule: int, link: Link, found: Found) -> None:
    """Judge what one link found of every dossier of its source, and tie what fits."""
    con, roots = state.told.con, state.roots()
    judged = _judged(state.told, link, found, roots)
    for before in state.before.get(link.to, ()) if link.is_apart else ():
        judged = _with_conflicts(judged, before, roots)
    fates = kept(con, f"zs_link_fates_{rule}", judged)
    tied = found.pairs
    if link.is_apart:
        tied = tied.semi_join(fates.filter(fates.fate == "matched"), "nid")
        state.before.setdefault(link.to, []).append(fates.filter(fates.fate == "matched").select("nid", "first"))
    ties = kept(con, f"zs_link_ties_{rule}", tied.mutate(rule=ibis.literal(rule)))
    state.fates.append(fates.select("nid", "fate", "candidates", rule=ibis.literal(rule)))
    state.ties.append(ties.select("rule", "nid", "to_nid", "kind", "sure"))
    if found.mains is not None:
        state.mains.append(found.mains)
    pairs = ties.select("nid", "to_nid").to_pyarrow()
    state.sets.join(*(np.asarray(pairs.column(name)) for name in ("nid", "to_nid")))


def _judged(told: Told, link: Link, found: Found, roots: Any) -> Any:
    """Return the fate of each dossier: nid, fate, candidates (cases it fits, those put together before are one), first.

    `first` stands for the case that it fits.
    """
    rooted = found.pairs.left_join(roots, found.pairs.to_nid == roots.member)
    rooted = rooted.select("nid", "to_nid", root=ibis.coalesce(rooted.root, rooted.to_nid))
    met = rooted.group_by("nid").agg(pairs=rooted.count(), several=rooted.root.nunique(), first=rooted.to_nid.min())
    own = told.dossiers.filter(told.dossiers.source == link.source).select("nid")
    all_ = own.left_join(found.keyed, "nid").drop("nid_right").left_join(met, "nid").drop("nid_right")
    has_none = all_.pairs.isnull()
    if link.key == "related_case":
        fate = ibis.cases((all_.is_lost.isnull(), "without_key"), (all_.is_lost, "orphan"), else_="matched")
        candidates = ibis.coalesce(all_.pairs, 0)
    else:
        # of two numbers one may be a slip of the pen: which one, nobody can tell
        is_doubtful = ibis.coalesce((all_.several > 1) | all_.is_lost, False) & ibis.literal(link.is_apart)
        fate = ibis.cases(
            (all_.is_lost.isnull(), "without_key"),
            (has_none, "orphan" if link.is_apart else "alone"),
            (is_doubtful, "ambiguous"),
            else_="matched",
        )
        candidates = ibis.coalesce(all_.several, 0)
    return all_.select("nid", "first", fate=fate, candidates=candidates)


def _with_conflicts(judged: Any, before: Any, roots: Any) -> Any:
    """Return the fates, `conflict` where an earlier link tied the dossier to another case of the same source."""
    earlier = before.select("nid", tied="first")
    joined = judged.left_join(earlier, "nid").drop("nid_right")
    here, there = roots.select(here="member", here_root="root"), roots.select(there="member", there_root="root")
    joined = joined.left_join(here, joined["first"] == here.here).left_join(there, ibis._.tied == there.there)
    one, other = ibis.coalesce(joined.here_root, joined["first"]), ibis.coalesce(joined.there_root, joined.tied)
    is_other = (joined.fate == "matched") & joined.tied.notnull() & (one != other)
    return joined.select("nid", "first", "candidates", fate=ibis.ifelse(is_other, "conflict", joined.fate))


def _names(state: _State, order: Sequence[str]) -> Any:
    """Return node, chain_case of the nodes that a set gives another name."""
    con, roots = state.told.con, state.roots()
    members = roots.select(nid="member", root="root").union(roots.select(nid="root", root="root").distinct())
    rows = state.told.dossiers.inner_join(members, "nid")
    rows = rows.mutate(is_main=ibis.literal(False))
    if state.mains:
        mains = _all(state.mains).distinct().mutate(known=ibis.literal(True))
        rows = rows.left_join(mains, ["source", "nid"]).drop("source_right", "nid_right")
        rows = rows.mutate(is_main=rows.known.notnull())
    place = rows.source.cases(*((source, n) for n, source in enumerate(order)), else_=len(order))
    rank = [place + ibis.ifelse(rows.node != rows.number, len(order), 0), ~rows.is_main, rows["at"].isnull()]
    window = ibis.window(group_by="root", order_by=[*rank, rows["at"], rows.nid])
    first = rows.mutate(nth=ibis.row_number().over(window)).filter(ibis._.nth == 0)
    first = first.select("root", chain_case="node")
    named = rows.select("root", "node").distinct().inner_join(first, "root")
    return kept(con, "zs_link_names", named.filter(named.node != named.chain_case).select("node", "chain_case"))


def _all(tables: Sequence[Any]) -> Any:
    return reduce(lambda one, other: one.union(other), tables)
