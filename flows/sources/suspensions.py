"""Suspensions and extensions of the legal term, from the fields of a case to JSON objects of local dates.

Staged as one text a field and record; a case gets the distinct ones of all its records, so that a table with a row a
suspension, joined to the cases, gives them all. Of two that began on one day the last told one counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from flows.sources.attributes import text
from flows.sources.moments import MomentReader
from mappings.source import Source
from mappings.suspension import ExtensionColumns, SuspensionColumns, read_length

NOT_SUSPENDED = "-"
"""Stands for: the case says that there was no suspension."""


@dataclass
class TermStaging:
    """Reads the fields of suspensions and extensions of one source."""

    source: Source
    zone: str
    """The zone of the project: the day of an instant is its local day there, as in the ledger."""
    readers: dict[str, MomentReader] = field(init=False)

    def __post_init__(self) -> None:
        parts = {**self._named("suspension"), **self._named("extension")}
        self.readers = {
            f"{name}:{what}": MomentReader(column, self.source.zone)
            for name, part in parts.items()
            for what, column in part.moments.items()
        }

    def _named(self, kind: str) -> dict[str, SuspensionColumns | ExtensionColumns]:
        parts = self.source.case.suspensions if kind == "suspension" else self.source.case.extensions
        return {f"{kind}:{n}": part for n, part in enumerate(parts)}

    @property
    def names(self) -> list[str]:
        """The staged columns."""
        return [*self._named("suspension"), *self._named("extension")]

    def wanted(self) -> dict[str, str]:
        """Return the columns of a record that are read, by what they are."""
        found = {name: reader.column.column for name, reader in self.readers.items()}
        for name, part in {**self._named("suspension"), **self._named("extension")}.items():
            extra = part.indicated if isinstance(part, SuspensionColumns) else part.amount
            if extra:
                found[f"{name}:extra"] = extra
        return found

    def stage(self, raw: pa.Table) -> dict[str, pa.Array]:
        """Return one text a field and record: a JSON object, '-' for no suspension, null for nothing said."""
        told: dict[str, pa.Array] = {}
        for n, suspension in enumerate(self.source.case.suspensions):
            told[f"suspension:{n}"] = self._suspension(raw, f"suspension:{n}", suspension)
        for n, extension in enumerate(self.source.case.extensions):
            told[f"extension:{n}"] = self._extension(raw, f"extension:{n}", extension)
        return told

    def _dates(self, raw: pa.Table, name: str) -> tuple[pa.Array, pa.Array]:
        """Return local dates as text, and which of them are told and cannot be read.

        A date stays as it is written, an instant is its day in the zone of the project.
        """
        reader = self.readers.get(name)
        if reader is None or name not in raw.column_names:
            return pa.nulls(len(raw), pa.string()), pa.repeat(False, len(raw))
        moments = reader.read(text(raw, name))
        as_written, lived = (
            pc.strftime(pc.local_timestamp(moments.instants.cast(pa.timestamp("us", tz=zone))), format="%Y-%m-%d")
            for zone in (reader.column.zone or reader.zone, self.zone)
        )
        is_unread = pc.or_(moments.is_unreadable, moments.is_nonexistent)
        return pc.if_else(moments.is_day, as_written, lived), is_unread

    def _suspension(self, raw: pa.Table, name: str, part: SuspensionColumns) -> pa.Array:
        read = {what: self._dates(raw, f"{name}:{what}") for what in ("from", "to", "term")}
        dates = {what: days.to_pylist() for what, (days, _) in read.items()}
        unread = zip(*(is_unread.to_pylist() for _, is_unread in read.values()), strict=True)
        extra = text(raw, f"{name}:extra").to_pylist()
        is_told = f"{name}:from" in raw.column_names or f"{name}:extra" in raw.column_names
        rows = [
            self._told(part, began, ended, term, said, not_read)
            for began, ended, term, said, not_read in zip(
                dates["from"], dates["to"], dates["term"], extra, unread, strict=True
            )
        ]
        return pa.array(rows if is_told else [None] * len(raw), pa.string())

    def _told(
        self,
        part: SuspensionColumns,
        began: str | None,
        ended: str | None,
        term: str | None,
        said: str | None,
        unread: tuple[bool, bool, bool],
    ) -> str | None:
        """Return one suspension; `unread` says of its begin, its end and its term which are told and cannot be read."""
        is_indicated = said is not None and said.strip() in part.indicated_values
        if began is None and ended is None and not is_indicated and not any(unread[:2]):
            # empty dates say that there was none; an empty indication alone says nothing
            return NOT_SUSPENDED if part.from_ is not None or said is not None else None
        has_term = None if part.term is None else term is not None or unread[2]
        told = {"from": began, "to": ended, "term": term, "has_term": has_term}
        if any(unread):
            told["is_unread"] = True
        return json.dumps(told | {"ground": part.ground, "bounds": part.bounds})

    def _extension(self, raw: pa.Table, name: str, part: ExtensionColumns) -> pa.Array:
        (until, is_unread), (on, _) = self._dates(raw, f"{name}:until"), self._dates(raw, f"{name}:on")
        amounts = text(raw, f"{name}:extra")
        rows = [
            None
            if end is None and amount is None and not not_read
            else json.dumps(
                {"on": at}
                | dict(zip(("days", "months"), read_length(amount or "", part.unit), strict=True))
                | {"until": end, "by": part.by}
            )
            for end, at, amount, not_read in zip(
                *(column.to_pylist() for column in (until, on, amounts, is_unread)), strict=True
            )
        ]
        return pa.array(rows, pa.string())


Fields = Iterable[list[str] | None]
"""What all records of a case told, field by field."""


def suspensions_of(told: Iterable[Fields]) -> tuple[pa.Array, pa.Array]:
    """Return what is known (dated, open_only, none) and the JSON array of each case.

    Without dates for a suspension that is said to be, only its being open is known.
    """
    known, found = [], []
    for fields in told:
        texts = [text for field in fields for text in field or ()]
        spans = _distinct(texts, "from")
        is_undated = any(span["from"] is None for span in spans)
        known.append("none" if not texts else "open_only" if is_undated else "dated")
        found.append(json.dumps(spans) if spans else None)
    return pa.array(known, pa.string()), pa.array(found, pa.string())


def extensions_of(told: Iterable[Fields]) -> pa.Array:
    """Return the JSON array of the extensions of each case.

    Fields without the day on which they were made known are extensions of their own, each field one; of two fields
    with one such day the last told counts.
    """
    return pa.array([json.dumps(made) if (made := _extensions(fields)) else None for fields in told], pa.string())


def _extensions(fields: Fields) -> list[dict[str, object]]:
    made = [each for field in fields for each in _distinct(field or (), "on")]
    on_day = {(each["on"], each["by"]): each for each in made if each["on"] is not None}
    return [*on_day.values(), *(each for each in made if each["on"] is None)]


def _distinct(texts: Iterable[str], key: str) -> list[dict[str, object]]:
    read = [json.loads(told) for told in texts if told != NOT_SUSPENDED]
    last = {(each[key], each.get("ground", each.get("by"))): each for each in read}
    dated = [each for each in last.values() if each[key] is not None]
    # an earlier record may not have had the date yet
    return dated or list(last.values())
