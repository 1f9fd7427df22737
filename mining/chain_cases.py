"""The log with its chain cases: dossiers are read, linked, and every table gets the number of the chain case.

In: a log as it lies in the store, where each source has its own numbers. Out: the same log with `case_id` the chain
case, and the linking report. What is stored never changes: a link that comes in later, or goes, shows in the next run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ibis

from mappings.project import Project
from mining.dossiers import Told, told_by
from mining.engine import kept
from mining.linking import Linked, link
from mining.linking_report import linked_nodes, report
from mining.log import Log
from mining.results.chain import Linking

_TIES = ("rule", "source", "number", "to", "to_number", "key", "kind", "sure", "case_id")


def with_chain_cases(log: Log, project: Project, pseudonym: Callable[[str], str] | None = None) -> Log:
    """Return the log linked as chain.yaml says, with its report; unchanged where it declares no link.

    `pseudonym` lists what could not be linked under pseudonyms of its numbers; without it only counts are told.
    """
    if not project.chain.links:
        return log
    told = told_by(log, project)
    linked = link(told, project.chain.links, [s.name for s in project.sources])
    aside = _aside(told, linked, project)
    found = report(linked, told, aside, project, pseudonym)
    return _rekeyed(log, linked, told, project, aside, found)


def _aside(told: Told, linked: Linked, project: Project) -> Any:
    """Return the nodes without a case, of sources whose links all put those aside."""
    ways: dict[str, set[str]] = defaultdict(set)
    for each in project.chain.links:
        if each.is_apart:
            ways[each.source].add(each.unlinked)
    sources = [source for source, said in ways.items() if said == {"aside"}]
    d = told.dossiers.filter(~told.dossiers.is_visit, told.dossiers.source.isin(sources))
    return kept(told.con, "zs_link_aside", d.anti_join(linked_nodes(linked, project), "nid").select("node").distinct())


def _rekeyed(log: Log, linked: Linked, told: Told, project: Project, aside: Any, found: Linking) -> Log:
    keys = linked.chain.anti_join(aside, "node").mutate(is_aside=ibis.literal(False))
    keys = keys.union(aside.select("node", chain_case="node").mutate(is_aside=ibis.literal(True)))
    table = kept(log.con, "zs_chain_case", keys)
    apart = [s.name for s in project.sources if project.chain.is_apart(s.name)]
    e = log.events
    own = ibis.ifelse(e.source.isin(apart), e.source + ":" + e.source_case_id, e.case_id)
    events = _with_key(e.mutate(node=own), table)
    cases = _one_each(_with_key(log.cases.mutate(node=log.cases.case_id), table, keep_node=True))
    return replace(
        log,
        events=kept(log.con, "zs_linked_events", events),
        cases=kept(log.con, "zs_linked_cases", cases),
        attempts=_attempts(log, table, project),
        linking=found,
        ties=_ties(linked, told, project),
    )


def _with_key(table: Any, keys: Any, keep_node: bool = False) -> Any:
    """Return the rows under their chain case, those aside left out."""
    joined = table.left_join(keys, table.node == keys.node)
    joined = joined.filter(~ibis.coalesce(joined.is_aside, False))
    joined = joined.mutate(case_id=ibis.coalesce(joined.chain_case, joined.node))
    return joined.select(*(name for name in table.columns if keep_node or name != "node"))


def _one_each(cases: Any) -> Any:
    """Return one row a chain case and source: that of its main case, from the first receipt to the last closing."""
    group = ["source", "case_id"]
    order = [cases.node != cases.case_id, cases.received_at.isnull(), cases.received_at, cases.node]
    ranked = cases.mutate(nth=ibis.row_number().over(ibis.window(group_by=group, order_by=order)))
    rows = ranked.filter(ranked.nth == 0).drop("nth", "node")
    several = cases.group_by(group).agg(
        n=cases.count(),
        first=cases.received_at.min(),
        first_precision=cases.received_precision.argmin(cases.received_at),
        last=cases.closed_at.max(),
        last_precision=cases.closed_precision.argmax(cases.closed_at),
        closed=cases.closed_at.count(),
    )
    joined = rows.left_join(several.filter(several.n > 1), group)
    is_several, is_closed = joined.n.notnull(), joined.closed == joined.n
    joined = joined.mutate(
        received_at=ibis.ifelse(is_several, joined["first"], joined.received_at),
        received_precision=ibis.ifelse(is_several, joined.first_precision, joined.received_precision),
        closed_at=ibis.ifelse(is_several, ibis.ifelse(is_closed, joined["last"], None), joined.closed_at),
        closed_precision=ibis.ifelse(
            is_several, ibis.ifelse(is_closed, joined.last_precision, None), joined.closed_precision
        ),
    )
    return joined.select(*(name for name in cases.columns if name not in ("node", "links", "objects")))


def _attempts(log: Log, keys: Any, project: Project) -> Any:
    """Return the attempts with the chain case; where a link is declared, none for a number that it did not find."""
    if log.attempts is None:
        return None
    linking = {link.source for link in project.chain.links if link.is_apart}
    checked = sorted(s.name for s in project.sources if s.record == "attempts" and s.name in linking)
    a = log.attempts
    own = ibis.ifelse(a.source.isin(checked), a.source + ":" + ibis.coalesce(a.case_id, ""), a.case_id)
    joined = a.mutate(node=own).left_join(keys, ibis._.node == keys.node)
    plain = ibis.ifelse(joined.source.isin(checked), None, joined.case_id)
    joined = joined.mutate(case_id=ibis.coalesce(joined.chain_case, plain))
    return kept(log.con, "zs_linked_attempts", joined.select(*a.columns))


def _ties(linked: Linked, told: Told, project: Project) -> Any:
    """Return every link: the two dossiers, how it was made, how sure, and the chain case."""
    links = project.chain.links

    def of_link(name: str) -> Any:
        return linked.ties.rule.cases(*((n, getattr(link, name)) for n, link in enumerate(links)), else_="")

    ties = linked.ties.mutate(source=of_link("source"), to=of_link("to"), key=of_link("key"))
    d = told.dossiers.select("source", "nid", "node", "number")
    here = d.select(here_source="source", here_nid="nid", node="node", number="number")
    there = d.select(there_source="source", there_nid="nid", to_number="number")
    ties = ties.inner_join(here, [ties.source == here.here_source, ties.nid == here.here_nid])
    ties = ties.inner_join(there, [ties["to"] == there.there_source, ties.to_nid == there.there_nid])
    ties = ties.left_join(linked.chain, "node").drop("node_right")
    ties = ties.mutate(case_id=ibis.coalesce(ties.chain_case, ties.node))
    return kept(told.con, "zs_link_ties", ties.order_by("rule", "nid", "to_nid").select(*_TIES))
