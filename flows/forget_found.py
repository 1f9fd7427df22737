"""What a number that is to be forgotten stands for: the dossiers that go, and every text that names them.

Rules owned here: a zaak goes with what hangs on it alone: dossiers of partners, contacts, visits, surveys, directly or
through another that goes. A partner's dossier goes by itself, with the contacts about it. Another zaak never goes
unless it is asked, however it is linked; what also belongs to one that stays, stays.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from flows.forgotten import is_about, written_over
from flows.mined import mined_log
from flows.pseudonym import pseudonym
from flows.store import EventStore
from mappings.errors import SourceError, StoreError
from mappings.project import Project
from mining.dossiers import node_of
from mining.json_told import links_told

Pair = tuple[str, str]
"""Source and number."""
OwnIds = Callable[[set[Pair]], Iterable[Pair]]


@dataclass
class Found:
    """What goes, and by what it is known."""

    dossiers: set[Pair] = field(default_factory=set)
    """Source and own number; of attempts the number that they refer to."""
    written: set[Pair] = field(default_factory=set)
    """How a reading may write them: source, and the number as it was asked."""
    pointing: set[Pair] = field(default_factory=set)
    """Source and number that others write over: what points there goes, where it belongs to nothing else."""
    alone: set[Pair] = field(default_factory=set)
    """The same of partners' dossiers that were asked by themselves: what points there stays, without the number."""
    staying: set[Pair] = field(default_factory=set)
    """Dossiers that point to what goes and stay."""
    unknown: set[str] = field(default_factory=set)
    """Numbers that nothing is stored under."""
    names: set[str] = field(default_factory=set)
    """Every text by which what goes is named."""
    common: set[str] = field(default_factory=set)
    """Of these, numbers of partners: another organisation's case may bear the same one."""


def found(store: Path, project: Project, key: bytes, numbers: Iterable[str], own_ids: OwnIds) -> Found:
    """Return what the numbers stand for. `own_ids` tells under what else dossiers are known, each with its source.

    Raises StoreError where a number is that of several dossiers.
    """
    with _Stored.opened(store, project) as stored:
        return _Search(project, key, stored, own_ids).found(numbers)


@dataclass
class _Stored:
    """The dossiers of a store and how they are linked, asked a few numbers at a time."""

    con: Any
    project: Project
    dossiers: Any
    """source, number: of events, cases and attempts."""
    told: Any
    """source, number, ref: the numbers that records write over."""
    ties: Any | None
    cases: Any
    """source, case_id, links."""

    @staticmethod
    @contextlib.contextmanager
    def opened(store: Path, project: Project) -> Iterator[_Stored]:
        """Give the dossiers of a store; none where nothing is stored yet."""
        con = ibis.duckdb.connect()
        try:
            kept = EventStore(store)
            tables = kept.tables(con)
            events, attempts = tables.events, tables.attempts
            apart = [s.name for s in project.sources if project.chain.is_apart(s.name)]
            cases = tables.cases.select("source", "case_id")
            prefix = cases.source + ":"
            is_prefixed = cases.source.isin(apart) & cases.case_id.startswith(prefix)
            plain = ibis.ifelse(is_prefixed, cases.case_id.substr(prefix.length()), cases.case_id)
            refs = attempts.filter(attempts.case_id.notnull()).select("source", number="case_id", ref="case_id")
            told = events.filter(events.chain_ref.notnull())
            told = told.select("source", number="source_case_id", ref="chain_ref").union(refs).distinct()
            all_ = events.select("source", number="source_case_id").union(cases.select("source", number=plain))
            yield _Stored(con, project, all_.distinct(), told, _ties(con, kept, project), tables.cases)
        finally:
            con.disconnect()

    def rows(self, table: Any, column: str, values: Iterable[str]) -> list[dict[str, Any]]:
        """Return the rows with one of the values."""
        listed = pa.table({"wanted": pa.array(sorted(set(values)), pa.string())})
        wanted = self.con.create_table("wanted", listed, temp=True, overwrite=True)
        return table.semi_join(wanted, table[column] == wanted.wanted).to_pyarrow().to_pylist() if len(listed) else []


def _ties(con: Any, kept: EventStore, project: Project) -> Any | None:
    version = kept.version()
    if not project.chain.links or not version:
        return None
    with contextlib.suppress(SourceError):
        return mined_log(con, kept, project.model_copy(update={"fingerprint": ""}), version, {}).ties
    return None


def _borne(links: str) -> Iterator[str]:
    """Yield the references that a case bears."""
    yield from (link["reference"] for link in json.loads(links) if "reference" in link)


@dataclass
class _Search:
    project: Project
    key: bytes
    stored: _Stored
    own_ids: OwnIds
    out: Found = field(default_factory=Found)

    def found(self, numbers: Iterable[str]) -> Found:
        """Return what the numbers stand for."""
        wanted = sorted(set(numbers))
        forms = {number: self._forms(number) for number in wanted}
        met: dict[str, set[Pair]] = defaultdict(set)
        for row in self.stored.rows(self.stored.dossiers, "number", (t for each in forms.values() for _, t in each)):
            met[row["number"]].add((row["source"], row["number"]))
        asked: set[Pair] = set()
        for number in wanted:
            asked |= self._meant(number, forms[number], {pair for _, text in forms[number] for pair in met[text]})
        zaken = {pair for pair in asked if not self.project.chain.is_apart(pair[0])}
        self.out.dossiers |= asked
        self._hang(zaken, whatever=True)
        self._hang(asked - zaken, whatever=False)
        self.out.alone = asked - zaken
        self.out.pointing |= {pair for pair in self.out.dossiers - self.out.alone if not self._is_visit(pair)}
        self._ids()
        self._point()
        self._name(wanted)
        return self.out

    def _is_visit(self, pair: Pair) -> bool:
        return any(s.name == pair[0] and s.record == "attempts" for s in self.project.sources)

    def _forms(self, number: str) -> list[tuple[str | None, str]]:
        """Return what a number may be written as: by itself or after its source, as it is or as a pseudonym."""
        source, _, own = number.partition(":")
        forms: list[tuple[str | None, str]] = [(None, number), (None, pseudonym(number, self.key))]
        if own and any(s.name == source for s in self.project.sources):
            forms += [(source, own), (source, pseudonym(own, self.key))]
        return forms

    def _meant(self, number: str, forms: list[tuple[str | None, str]], met: set[Pair]) -> set[Pair]:
        """Return the dossiers of one number. Sources that share their numbers have one case under it."""
        exact = {(s, n) for s, n in met if (s, n) in forms or (None, n) in forms}
        nodes = {node_of(*pair, self.project) for pair in exact}
        if len(nodes) > 1:
            named = ", ".join(sorted({source for source, _ in exact}))
            what = f"a number is that of a dossier in several sources ({named})"
            raise StoreError("the store", what, "write source:number")
        if not nodes:
            self.out.unknown.add(number)
            zaken = [s.name for s in self.project.sources if not self.project.chain.is_apart(s.name)]
            self.out.pointing |= {(s or zaak, text) for s, text in forms for zaak in zaken}
            self.out.written |= {(s or any_.name, text) for s, text in forms for any_ in self.project.sources}
            return set()
        meant = {pair for pair in met if node_of(*pair, self.project) in nodes}
        self.out.written |= {(source, text) for source, _ in meant for s, text in forms if s in (None, source)}
        return meant

    def _hang(self, going: set[Pair], whatever: bool) -> None:
        """Add what is tied to those alone; `whatever`: also dossiers of partners, not only what is about a case."""
        while going:
            near = self._tied_to(going)
            if not whatever:
                near = {pair for pair in near if is_about(self.project, pair[0])}
            ties = self._first_ties(near)
            going = {pair for pair in near if ties[pair] <= self.out.dossiers} - self.out.dossiers
            self.out.dossiers |= going

    def _tied_to(self, going: set[Pair]) -> set[Pair]:
        if self.stored.ties is None:
            return set()
        rows = self.stored.rows(self.stored.ties, "to_number", (number for _, number in going))
        return {
            (r["source"], r["number"]) for r in rows if r["source"] != r["to"] and ((r["to"], r["to_number"]) in going)
        }

    def _first_ties(self, pairs: set[Pair]) -> dict[Pair, set[Pair]]:
        """Return what the first link that tied each dossier ties it to: a later one never overrules it."""
        found: dict[Pair, dict[int, set[Pair]]] = {pair: {} for pair in pairs}
        if self.stored.ties is not None:
            for r in self.stored.rows(self.stored.ties, "number", (number for _, number in pairs)):
                if (r["source"], r["number"]) in found and r["source"] != r["to"]:
                    by_rule = found[r["source"], r["number"]]
                    by_rule.setdefault(r["rule"], set()).add((r["to"], r["to_number"]))
        return {pair: by_rule[min(by_rule)] if by_rule else set() for pair, by_rule in found.items()}

    def _ids(self) -> None:
        """Add under what else the cases are known, such as their id in the case system, where no other has it."""
        for source, own in sorted({*self._references(), *self.own_ids(self.out.dossiers)}):
            self.out.pointing.add((source, own))
            self.out.names |= {own, pseudonym(own, self.key)}

    def _references(self) -> Iterator[Pair]:
        going = {node_of(*pair, self.project): pair for pair in self.out.dossiers}
        told = self.stored.cases.filter(self.stored.cases.links.notnull()).select("source", "case_id", "links")
        of_going = {
            (r["source"], text) for r in self.stored.rows(told, "case_id", going) for text in _borne(r["links"])
        }
        if not of_going:
            return
        links = told.select("source", "case_id", link=links_told(told.links).unnest())
        others = links.select("source", "case_id", reference=links.link["reference"])
        rows = self.stored.rows(others, "reference", (text for _, text in of_going))
        shared = {(r["source"], r["reference"]) for r in rows if r["case_id"] not in going}
        yield from of_going - shared

    def _point(self) -> None:
        """Look at what writes a number over: it goes too where it belongs to nothing else, or stays without it."""
        refs = {number for _, number in self.out.pointing | self.out.alone}
        hits = {(r["source"], r["number"]) for r in self.stored.rows(self.stored.told, "ref", refs)}
        hits -= self.out.dossiers
        told: dict[Pair, set[str]] = defaultdict(set)
        for r in self.stored.rows(self.stored.told, "number", (number for _, number in hits)):
            told[r["source"], r["number"]].add(r["ref"])
        ties = self._first_ties(hits)
        for pair in sorted(hits):
            targets = written_over(self.project, pair[0])
            gone = {ref for ref in told[pair] if any((to, ref) in self.out.pointing for to in targets)}
            lone = {ref for ref in told[pair] if any((to, ref) in self.out.alone for to in targets)}
            is_all = told[pair] == gone | lone and ties[pair] <= self.out.dossiers
            if is_all and (gone or (lone and is_about(self.project, pair[0]))):
                self.out.dossiers.add(pair)
            elif gone:
                self.out.staying.add(pair)

    def _name(self, asked: Iterable[str]) -> None:
        """Set down every text that names what goes."""
        out = self.out
        out.names |= {text for number in asked for source, text in self._forms(number)}
        for source, number in out.dossiers:
            texts = {number, f"{source}:{number}"}
            out.names |= texts | {pseudonym(text, self.key) for text in texts}
            is_related = any(link.to == source and link.key == "related_case" for link in self.project.chain.links)
            if self.project.chain.is_apart(source) and not is_related and not self._is_visit((source, number)):
                out.common |= {number, pseudonym(number, self.key)}
        out.common -= {n for source, n in out.dossiers if not self.project.chain.is_apart(source)} | out.unknown
