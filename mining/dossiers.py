"""The dossiers of a log and the keys that their records tell, as tables in the engine: what linking goes by.

In: the tables of a log as they lie in the store. Out: one row a dossier, and one a key. Attempts stand among the
dossiers, one for each number that they refer to and each source without one: no case is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from mappings.project import Project
from mining.engine import kept
from mining.json_told import links_told
from mining.log import Log, micros


@dataclass(frozen=True)
class Told:
    """What the records of a log tell, in the engine. `nid` numbers the nodes in the order of their texts, from 0."""

    con: Any
    nodes: int
    dossiers: Any
    """source, number (its own), node (the one it has in the store), nid, at (µs), events, is_visit. One row a source
    and node; `at` is when it came in, or its first event."""
    references: Any
    """source, nid, text: numbers of other cases, or that both bear."""
    related: Any
    """source, nid, kind, number: empty where the source may not see the case."""
    persons: Any
    """source, nid, person: a keyed hash."""


def node_of(source: str, number: str, project: Project) -> str:
    """Return the number that a dossier has in the store."""
    return f"{source}:{number}" if project.chain.is_apart(source) else number


def told_by(log: Log, project: Project) -> Told:
    """Return the dossiers of the sources that a link names, from events, cases and attempts."""
    named = sorted({name for each in project.chain.links for name in (each.source, each.to)})
    events = log.events.filter(log.events.source.isin(named))
    events = events.mutate(node=_node(events, project))
    links = _links(log, named)
    visits = _visits(log, project)
    rows = _from_tables(log, events, project, named)
    references = _alike(
        events.filter(events.chain_ref.notnull()).select("source", "node", text="chain_ref"),
        links.filter(links.what == "reference").select("source", "node", text="told"),
    )
    if visits is not None:
        visits = visits.mutate(at=ibis.null("int64"), is_visit=ibis.literal(True))
        rows = _alike(rows, visits.select(*rows.columns))
        references = _alike(references, visits.filter(visits.number != "").select("source", "node", text="number"))
    related = links.filter(links.what == "related").select("source", "node", "kind", number="told")
    persons = links.filter(links.what == "person").select("source", "node", person="told")
    return numbered(log.con, rows, references, related, persons)


def numbered(con: Any, dossiers: Any, references: Any, related: Any, persons: Any) -> Told:
    """Number the nodes and keep all tables; those of keys name a dossier by `source` and `node`."""
    rows = kept(con, "zs_link_rows", dossiers)
    nodes = rows.select("node").distinct()
    nodes = kept(con, "zs_link_nodes", nodes.mutate(nid=ibis.row_number().over(order_by=nodes.node).cast("int64")))

    def own(name: str, table: Any) -> Any:
        return kept(con, f"zs_link_{name}", table.inner_join(nodes, "node").drop("node").distinct())

    return Told(
        con,
        int(nodes.count().to_pyarrow().as_py()),
        kept(con, "zs_link_dossiers", rows.inner_join(nodes, "node")),
        own("references", references),
        own("related", related),
        own("persons", persons),
    )


def _alike(one: Any, other: Any) -> Any:
    """Put two tables together, whichever of them knows that a column is never null."""
    plain = {name: kind(nullable=True) for name, kind in one.schema().items()}
    return one.cast(plain).union(other.cast(plain))


def _node(events: Any, project: Project) -> Any:
    apart = [s.name for s in project.sources if project.chain.is_apart(s.name)]
    return ibis.ifelse(events.source.isin(apart), events.source + ":" + events.source_case_id, events.source_case_id)


def _from_tables(log: Log, events: Any, project: Project, named: list[str]) -> Any:
    """Return the dossiers of events and cases; when a case came in is known better than by its first event."""
    instant = micros(ibis.coalesce(events.started_at, events.completed_at))
    dated = events.mutate(at=instant)
    seen = dated.group_by(["source", "node"]).agg(
        own=dated.source_case_id.min(), first=dated["at"].min(), n=dated.count()
    )
    cases = log.cases.filter(log.cases.source.isin(named))
    cases = cases.select("source", came=micros(cases.received_at), node_of_case="case_id")
    both = seen.outer_join(cases, [seen.source == cases.source, seen.node == cases.node_of_case])
    source, node = ibis.coalesce(both.source, both.source_right), ibis.coalesce(both.node, both.node_of_case)
    apart = [s.name for s in project.sources if project.chain.is_apart(s.name)]
    plain = ibis.ifelse(source.isin(apart) & node.startswith(source + ":"), node.substr(source.length() + 1), node)
    return both.select(
        source=source,
        number=ibis.coalesce(both.own, plain),
        node=node,
        at=ibis.coalesce(both.came, both["first"]),
        events=ibis.coalesce(both.n, 0),
        is_visit=ibis.literal(False),
    )


def _links(log: Log, named: list[str]) -> Any:
    """Return what the case tables tell of other cases and persons: source, node, what, kind, told."""
    cases = log.cases.filter(log.cases.source.isin(named), log.cases.links.notnull())
    each = cases.select("source", node="case_id", link=links_told(cases.links).unnest())
    person, reference = each.link["person"], each.link["reference"]
    what = ibis.cases((person.notnull(), "person"), (reference.notnull(), "reference"), else_="related")
    told = ibis.coalesce(person, reference, each.link["case"], "")
    return each.select("source", "node", what=what, kind=each.link["kind"], told=told)


def _visits(log: Log, project: Project) -> Any | None:
    """Return attempts as dossiers: one for each number that they refer to, and one of each source without."""
    attempts = {s.name for s in project.sources if s.record == "attempts"}
    named = sorted(attempts & {each.source for each in project.chain.links})
    if log.attempts is None or not named:
        return None
    a = log.attempts.filter(log.attempts.source.isin(named))
    a = a.mutate(number=ibis.coalesce(a.case_id, ""))
    return a.group_by(["source", "number"]).agg(events=a.count()).mutate(node=ibis._.source + ":" + ibis._.number)
