"""Dossiers written in a test, linked by the engine, and what came of it as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ibis
import pyarrow as pa

from mappings.chain import Link
from mining.dossiers import numbered
from mining.linking import Fate, link
from tests.oracle_linking import Dossier, Tie

_TEXT, _NUMBER = pa.string(), pa.int64()


@dataclass(frozen=True)
class PlainLinked:
    """What the links made of the dossiers."""

    chain: dict[str, str]
    ties: list[Tie]
    fates: list[Counter[Fate]]
    examples: list[tuple[int, Fate, str, int]]


@cache
def _engine() -> Any:
    return ibis.duckdb.connect()


def linked_in_engine(dossiers: Sequence[Dossier], links: Sequence[Link], order: Sequence[str]) -> PlainLinked:
    """Link the dossiers in an engine."""
    con = _engine()
    keys = [(d, text) for d in dossiers for text in d.references]
    pairs = [(d, *pair) for d in dossiers for pair in d.related]
    people = [(d, person) for d in dossiers for person in d.persons]
    told = numbered(
        con,
        _table(con, "rows", [(d.source, d.number, d.node, d.at, d.events, False) for d in dossiers],
               source=_TEXT, number=_TEXT, node=_TEXT, at=_NUMBER, events=_NUMBER, is_visit=pa.bool_()),
        _table(con, "references", [(d.source, d.node, text) for d, text in keys], source=_TEXT, node=_TEXT, text=_TEXT),
        _table(con, "related", [(d.source, d.node, kind, number) for d, kind, number in pairs],
               source=_TEXT, node=_TEXT, kind=_TEXT, number=_TEXT),
        _table(con, "persons", [(d.source, d.node, person) for d, person in people],
               source=_TEXT, node=_TEXT, person=_TEXT),
    )  # fmt: skip
    found = link(told, links, order)
    nodes = {row["nid"]: row["node"] for row in told.dossiers.to_pyarrow().to_pylist()}
    fates = sorted(found.fates.to_pyarrow().to_pylist(), key=lambda row: (row["rule"], row["nid"]))
    ties = sorted(found.ties.to_pyarrow().to_pylist(), key=lambda row: (row["rule"], row["nid"], row["to_nid"]))
    return PlainLinked(
        {row["node"]: row["chain_case"] for row in found.chain.to_pyarrow().to_pylist()},
        [Tie(t["rule"], nodes[t["nid"]], nodes[t["to_nid"]], t["kind"], t["sure"]) for t in ties],
        [Counter(row["fate"] for row in fates if row["rule"] == rule) for rule in range(len(links))],
        sorted(
            (row["rule"], row["fate"], nodes[row["nid"]], row["candidates"])
            for row in fates
            if row["fate"] in ("ambiguous", "orphan", "conflict")
        ),
    )


def _table(con: Any, name: str, rows: list[tuple[Any, ...]], **columns: pa.DataType) -> Any:
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    return con.create_table(f"given_{name}", pa.Table.from_pylist(named, pa.schema(columns)), temp=True, overwrite=True)
