"""The log with its chain cases: dossiers are read, linked, and every table gets the number of the chain case.

In: a log as it lies in the store, where each source has its own numbers. Out: the same log with `case_id` the chain
case, and the linking report. What is stored never changes: a link that comes in later, or goes, shows in the next run.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import ibis
import pyarrow as pa

from mappings.project import Project
from mining.engine import kept
from mining.linking import Dossier, Linked, link
from mining.linking_report import report
from mining.log import Log, micros
from mining.results.chain import Linking

Rows = Iterable[dict[str, Any]]
_KEYS = pa.schema([("node", pa.string()), ("chain_case", pa.string()), ("is_aside", pa.bool_())])
_TIES = pa.schema([(n, pa.string()) for n in ("source", "number", "to", "to_number", "key", "kind", "sure", "case_id")])


def with_chain_cases(log: Log, project: Project, pseudonym: Callable[[str], str] | None = None) -> Log:
    """Return the log linked as chain.yaml says, with its report; unchanged where it declares no link.

    `pseudonym` lists what could not be linked under pseudonyms of its numbers; without it only counts are told.
    """
    if not project.chain.links:
        return log
    attempts = {s.name for s in project.sources if s.record == "attempts"}
    dossiers = _dossiers(log, project)
    visits = _visits(log, project, attempts)
    linked = link([*dossiers, *visits], project.chain.links, [s.name for s in project.sources])
    aside = _aside(dossiers, linked, project)
    found = report(linked, dossiers, visits, aside, project, pseudonym)
    return _rekeyed(log, linked, project, aside, found)


def node_of(source: str, number: str, project: Project) -> str:
    """Return the number that a dossier has in the store."""
    return f"{source}:{number}" if project.chain.is_apart(source) else number


def _dossiers(log: Log, project: Project) -> list[Dossier]:
    """Return the dossiers of the sources that a link names, from events and cases."""
    named = sorted({name for each in project.chain.links for name in (each.source, each.to)})
    found: dict[tuple[str, str], Dossier] = {}
    events = log.events.filter(log.events.source.isin(named))
    instant = micros(ibis.coalesce(events.started_at, events.completed_at))
    seen = events.mutate(at=instant).group_by(["source", "source_case_id"]).agg(at=ibis._["at"].min(), n=ibis._.count())
    for row in seen.to_pyarrow().to_pylist():
        node = node_of(row["source"], row["source_case_id"], project)
        found[row["source"], node] = Dossier(row["source"], row["source_case_id"], node, row["at"], row["n"])
    told = events.filter(events.chain_ref.notnull()).select("source", "source_case_id", "chain_ref").distinct()
    for row in told.to_pyarrow().to_pylist():
        node = node_of(row["source"], row["source_case_id"], project)
        found[row["source"], node].references.add(row["chain_ref"])
    _add_cases(found, log, project, named)
    return list(found.values())


def _add_cases(found: dict[tuple[str, str], Dossier], log: Log, project: Project, named: list[str]) -> None:
    """Add what the case tables know: when a case came in, its person, and the cases that it names."""
    cases = log.cases.filter(log.cases.source.isin(named))
    for row in cases.select("source", "case_id", "links", at=micros(cases.received_at)).to_pyarrow().to_pylist():
        source, node = row["source"], row["case_id"]
        number = node.removeprefix(f"{source}:") if project.chain.is_apart(source) else node
        dossier = found.setdefault((source, node), Dossier(source, number, node))
        dossier.at = dossier.at if row["at"] is None else row["at"]
        for each in json.loads(row["links"] or "[]"):
            if "person" in each:
                dossier.persons.add(each["person"])
            elif "reference" in each:
                dossier.references.add(each["reference"])
            else:
                dossier.related.add((each["kind"], each.get("case", "")))


def _visits(log: Log, project: Project, sources: set[str]) -> list[Dossier]:
    """Return attempts as dossiers that no case is made of: one for each number that they refer to, and each without."""
    named = sorted(sources & {each.source for each in project.chain.links})
    if log.attempts is None or not named:
        return []
    a = log.attempts.filter(log.attempts.source.isin(named))
    counted = a.group_by(["source", "case_id"]).agg(n=a.count()).to_pyarrow().to_pylist()
    return [
        Dossier(
            row["source"],
            row["case_id"] or "",
            _visit(row["source"], row["case_id"]),
            events=row["n"],
            references={row["case_id"]} if row["case_id"] else set(),
        )
        for row in counted
    ]


def _visit(source: str, reference: str | None) -> str:
    return f"{source}:{reference or ''}"


def _aside(dossiers: list[Dossier], linked: Linked, project: Project) -> set[str]:
    """Return the nodes without a case, of sources whose links all put those aside."""
    ways: dict[str, set[str]] = defaultdict(set)
    for each in project.chain.links:
        if each.is_apart:
            ways[each.source].add(each.unlinked)
    sources = {source for source, said in ways.items() if said == {"aside"}}
    return {d.node for d in dossiers if d.source in sources and d.node not in linked.linked[d.source]}


def _rekeyed(log: Log, linked: Linked, project: Project, aside: set[str], found: Linking) -> Log:
    keys = [{"node": n, "chain_case": c, "is_aside": False} for n, c in sorted(linked.chain.items()) if n not in aside]
    keys += [{"node": node, "chain_case": node, "is_aside": True} for node in sorted(aside)]
    table = kept(log.con, "zs_chain_case", pa.Table.from_pylist(keys, schema=_KEYS))
    apart = [s.name for s in project.sources if project.chain.is_apart(s.name)]
    e = log.events
    own = ibis.ifelse(e.source.isin(apart), e.source + ":" + e.source_case_id, e.case_id)
    events = _with_key(e.mutate(node=own), table)
    cases = _one_each(_with_key(log.cases.mutate(node=log.cases.case_id), table, keep_node=True))
    return replace(
        log,
        events=kept(log.con, "zs_linked_events", events),
        cases=kept(log.con, "zs_linked_cases", cases),
        attempts=_attempts(log, table, linked, project),
        linking=found,
        ties=_ties(linked, project),
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
    return joined.select(*(name for name in cases.columns if name not in ("node", "links")))


def _attempts(log: Log, keys: Any, linked: Linked, project: Project) -> Any:
    """Return the attempts with the chain case; where a link is declared, none for a number that it did not find."""
    if log.attempts is None:
        return None
    checked = sorted(s.name for s in project.sources if s.record == "attempts" and s.name in linked.linked)
    a = log.attempts
    own = ibis.ifelse(a.source.isin(checked), a.source + ":" + ibis.coalesce(a.case_id, ""), a.case_id)
    joined = a.mutate(node=own).left_join(keys, ibis._.node == keys.node)
    plain = ibis.ifelse(joined.source.isin(checked), None, joined.case_id)
    joined = joined.mutate(case_id=ibis.coalesce(joined.chain_case, plain))
    return kept(log.con, "zs_linked_attempts", joined.select(*a.columns))


def _number(node: str, source: str, project: Project) -> str:
    """Return the number that a dossier has in its own source."""
    return node.removeprefix(f"{source}:") if project.chain.is_apart(source) else node


def _ties(linked: Linked, project: Project) -> pa.Table:
    """Return every link: the two dossiers, how it was made, how sure, and the chain case."""
    rows = [
        {
            "source": project.chain.links[tie.rule].source,
            "number": _number(tie.dossier, project.chain.links[tie.rule].source, project),
            "to": project.chain.links[tie.rule].to,
            "to_number": _number(tie.to, project.chain.links[tie.rule].to, project),
            "key": project.chain.links[tie.rule].key,
            "kind": tie.kind,
            "sure": tie.sure,
            "case_id": linked.chain.get(tie.dossier, tie.dossier),
        }
        for tie in linked.ties
    ]
    return pa.Table.from_pylist(rows, schema=_TIES)
