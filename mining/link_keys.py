"""What one link finds by its key, for all dossiers of its source at once: by reference, related case or person.

Out: the pairs of dossiers that it points to, each with kind and sureness, and of each dossier with a key whether a
number that it tells is nowhere. Whether a pair becomes a tie is decided in `linking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from mappings.chain import Link
from mining.dossiers import Told
from mining.engine import kept

MAIN, PART = "hoofdzaak", "deelzaak"
_SPELLED = pa.schema([("own", pa.string()), ("spelled", pa.string())])


@dataclass(frozen=True)
class Found:
    """What one link points to."""

    pairs: Any
    """nid, to_nid, kind, sure: one row a pair."""
    keyed: Any
    """nid, is_lost: a row each dossier with a key."""
    mains: Any | None = None
    """source, nid of main cases that have parts, as this link tells."""


def found_by(rule: int, link: Link, told: Told) -> Found:
    """Return what a link points to."""
    by_key = {"reference": _by_reference, "related_case": _by_related, "person": _by_person}
    return by_key[link.key](rule, link, told)


def _by_reference(rule: int, link: Link, told: Told) -> Found:
    """Match texts; a pair is stated where one of them is the same to the letter."""
    own = told.references.filter(told.references.source == link.source).select("nid", "text")
    if link.on == "reference":
        index = told.references.filter(told.references.source == link.to).select(to_nid="nid", to_text="text")
    else:
        index = told.dossiers.filter(told.dossiers.source == link.to).select(to_nid="nid", to_text="number")
    sides = ((own, "text"), (index, "to_text"))
    own, index = (_compared(told.con, table, column, link, rule) for table, column in sides)
    met = own.left_join(index, [own.compared == index.compared, own.nid != index.to_nid])
    met = kept(told.con, f"zs_link_met_{rule}", met.select("nid", "text", "to_nid", "to_text"))
    pairs = met.filter(met.to_nid.notnull()).group_by(["nid", "to_nid"]).agg(exact=(met.text == met.to_text).any())
    pairs = pairs.select(
        "nid",
        "to_nid",
        kind=ibis.literal("reference"),
        sure=ibis.ifelse(pairs.exact, "stated", "stated_loosely"),
    )
    return Found(pairs, met.group_by("nid").agg(is_lost=met.to_nid.isnull().any()))


def _compared(con: Any, table: Any, column: str, link: Link, rule: int) -> Any:
    """Add what a text is compared by: itself, or without capitals, spaces and punctuation."""
    if not link.loosely:
        return table.mutate(compared=table[column])
    texts = table.select(text=table[column]).distinct()
    odd = texts.filter(texts.text.re_search(r"[^\x00-\x7F]")).to_pyarrow().column("text").to_pylist()
    spelled = pa.Table.from_pylist([{"own": text, "spelled": loosely(text)} for text in odd], schema=_SPELLED)
    known = kept(con, f"zs_link_spelled_{column}_{rule}", spelled)
    joined = table.left_join(known, table[column] == known.own)
    plain = joined[column].lower().re_replace("[^0-9a-z]", "")
    compared = joined.select(*table.columns, compared=ibis.coalesce(joined.spelled, plain))
    return kept(con, f"zs_link_compared_{column}_{rule}", compared)


def loosely(text: str) -> str:
    """Return a number without capitals, spaces and punctuation."""
    return "".join(mark for mark in text.casefold() if mark.isalnum())


def _by_related(rule: int, link: Link, told: Told) -> Found:
    """Match the numbers that a case names; one that is not there makes it an orphan, though tied to the others."""
    wanted = told.related.filter(told.related.source == link.source)
    if link.kinds:
        wanted = wanted.filter(wanted.kind.isin(link.kinds))
    index = told.dossiers.filter(told.dossiers.source == link.to, told.dossiers.number != "")
    index = index.select(to_nid="nid", to_number="number")
    met = wanted.left_join(index, [wanted.number == index.to_number, wanted.nid != index.to_nid])
    met = kept(told.con, f"zs_link_met_{rule}", met.select("nid", "kind", "to_nid"))
    there = met.filter(met.to_nid.notnull())
    pairs = there.group_by(["nid", "to_nid"]).agg(kind=there.kind.min())
    pairs = pairs.select("nid", "to_nid", "kind", sure=ibis.literal("stated"))
    main = there.filter(there.kind == MAIN).select(source=ibis.literal(link.to), nid="to_nid")
    part = there.filter(there.kind == PART).select(source=ibis.literal(link.source), nid="nid")
    return Found(pairs, met.group_by("nid").agg(is_lost=met.to_nid.isnull().any()), main.union(part))


def _by_person(rule: int, link: Link, told: Told) -> Found:
    """Match cases of one person within the window; among cases of one source the nearest on each side."""
    people = told.persons.filter(told.persons.source == link.source).select("nid", "person")
    if link.within is None:  # the model refuses such a link
        raise ValueError("a link by person needs 'within'")
    reach = int(link.within.total_seconds()) * 1_000_000
    pairs = _beside(link, told, reach) if not link.is_apart else _around(link, told, reach)
    pairs = kept(told.con, f"zs_link_met_{rule}", pairs.distinct())
    pairs = pairs.select("nid", "to_nid", kind=ibis.literal("person"), sure=ibis.literal("inferred"))
    return Found(pairs, people.select("nid").distinct().mutate(is_lost=ibis.literal(False)))


def _moments(source: str, told: Told) -> Any:
    """Return nid, person, at of the dossiers of a source whose moment is known."""
    dated = told.dossiers.filter(told.dossiers.source == source, told.dossiers["at"].notnull()).select("nid", "at")
    return told.persons.filter(told.persons.source == source).select("nid", "person").inner_join(dated, "nid")


def _around(link: Link, told: Told, reach: int) -> Any:
    own, index = _moments(link.source, told), _moments(link.to, told)
    own, index = own.select("nid", "person", "at"), index.select(to_nid="nid", to_person="person", to_at="at")
    near = [
        own.person == index.to_person,
        index.to_at >= own["at"] - reach,
        index.to_at <= own["at"] + reach,
        own.nid != index.to_nid,
    ]
    return own.inner_join(index, near).select("nid", "to_nid")


def _beside(link: Link, told: Told, reach: int) -> Any:
    moments = _moments(link.to, told).select("nid", "person", "at")
    window = ibis.window(group_by="person", order_by=["at", "nid"])
    beside = moments.mutate(to_nid=moments.nid.lag().over(window), to_at=moments["at"].lag().over(window))
    beside = beside.filter(beside.to_nid.notnull(), beside["at"] - beside.to_at <= reach)
    pairs = beside.select("nid", "to_nid")
    return pairs.union(beside.select(nid="to_nid", to_nid="nid"))
