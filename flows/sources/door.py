"""At the door, before any mapping: records are corrected as corrections.yaml says, and forgotten cases kept out.

Rule owned here: a record that a correction is about either still has the wrong value, or stops the run. A record of a
case that was forgotten goes no further than this, and is counted as ignored.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.forgotten import ForgottenCases
from flows.pseudonym import pseudonyms
from flows.sources.attributes import text
from flows.sources.columns import event_columns, has_cases_apart, with_guess
from flows.sources.records import RawBatch
from mappings.correction import Correction
from mappings.errors import SourceError
from mappings.source import Source

FORGOTTEN = "forgotten"
_MARKS = ".,:;!?()[]{}<>\"'/#"
DROPPED = "dropped by a correction"


@dataclass
class Door:
    """The door of one source."""

    source: Source
    key: bytes = field(default=b"", repr=False)
    forgotten: ForgottenCases = field(default_factory=ForgottenCases)
    targets: frozenset[str] = frozenset()
    """The sources whose numbers its records write over."""
    in_place: str | None = None
    """What stands where a record wrote over a number that is forgotten."""
    is_about: bool = False
    """Whether its records are about a case, and none themselves."""
    ignored: Counter[str] = field(default_factory=Counter)
    """Why → event records that went no further."""
    corrected: Counter[int] = field(default_factory=Counter)
    """Place of the correction → records that it was applied to, of events and of cases."""
    wrong: list[RawBatch] = field(default_factory=list)
    """The records as they were before they were corrected: what the store may hold of them must go."""

    def admit(self, batch: RawBatch) -> RawBatch:
        """Return what may come in of a batch, corrected. Raises SourceError where the source was mended."""
        before = len(batch.table)
        batch = self._known(batch)
        if not batch.is_cases:
            self.ignored[FORGOTTEN] += before - len(batch.table)
        for place, correction in enumerate(self.source.corrections):
            batch = self._corrected(place, correction, batch)
        return batch

    def unmet(self) -> tuple[str, ...]:
        """Return the corrections that met no record, each by its reason."""
        told = enumerate(self.source.corrections)
        return tuple(correction.reason for place, correction in told if not self.corrected[place])

    def notes(self) -> dict[str, int]:
        """Return what was corrected, for the facts of the run."""
        told: Counter[str] = Counter()
        for place, count in self.corrected.items():
            told[f"corrected: {self.source.corrections[place].reason}"] += count
        return dict(told)

    def _known(self, batch: RawBatch) -> RawBatch:
        if not self.forgotten or not len(batch.table):
            return batch
        is_gone, is_staying = (pa.repeat(False, len(batch.table)) for _ in range(2))
        for numbers in self._as_kept(batch.table, self._case(batch)):
            is_gone = pc.or_(is_gone, self.forgotten.of_source(self.source.name, numbers))
            is_staying = pc.or_(is_staying, self.forgotten.staying(self.source.name, numbers))
        for numbers in self._as_kept(batch.table, self._chain()):
            is_gone = pc.or_(is_gone, pc.and_not(self._goes(numbers), is_staying))
        return _only(batch, pc.invert(is_gone)) if pc.any(is_gone).as_py() else batch

    def _goes(self, numbers: pa.Array) -> pa.Array:
        """Return which of the numbers that records write over take the record along."""
        gone = self.forgotten.pointing(self.targets, numbers)
        return pc.or_(gone, self.forgotten.alone(self.targets, numbers)) if self.is_about else gone

    def without_names(self, batch: RawBatch) -> RawBatch:
        """Return the records without what they tell of forgotten cases: in kept columns and segments, and as a number.

        The same batch where they tell nothing.
        """
        table, chain = batch.table, self._chain()
        if not self.forgotten or not len(table):
            return batch
        told = {*self.source.keep, *self.source.case.segments.values(), chain}
        for name in told & set(table.column_names):
            values = text(table, name)
            is_named = self._writes_over(table, name) if name == chain else self._tells(values)
            if pc.any(is_named).as_py():
                instead = self.in_place if name == chain else None
                table = _with(table, name, pc.if_else(is_named, pa.scalar(instead, pa.string()), values))
        return batch if table is batch.table else replace(batch, table=table)

    def _writes_over(self, table: pa.Table, name: str) -> pa.Array:
        found = pa.repeat(False, len(table))
        for form in self._as_kept(table, name):
            found = pc.or_(found, self.forgotten.pointing(self.targets, form))
            found = pc.or_(found, self.forgotten.alone(self.targets, form))
        return found

    def _tells(self, values: pa.Array) -> pa.Array:
        """Return which texts name a forgotten case, as a whole or in one of their words."""
        encoded = values.dictionary_encode()
        told = [any(map(self.forgotten.names, words_of(each))) for each in encoded.dictionary.to_pylist()]
        return pa.array(told, pa.bool_()).take(encoded.indices).fill_null(False)

    def unnamed(self, links: pa.Array) -> pa.Array:
        """Return the links of cases, as JSON, without those to forgotten cases."""
        return (
            links if not self.forgotten else pa.array([self._unlinked(text) for text in links.to_pylist()], pa.string())
        )

    def _unlinked(self, told: str | None) -> str | None:
        if told is None:
            return None
        kept = [link for link in json.loads(told) if not self._names_one(link)]
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if kept else None

    def _names_one(self, link: dict[str, str]) -> bool:
        """Tell whether a link leads to a forgotten case, or attributes of an object name one."""
        told = words_of(link.get("attributes", ""))
        return any(map(self.forgotten.is_linked, link.values())) or any(map(self.forgotten.names, told))

    def _as_kept(self, table: pa.Table, name: str | None) -> list[pa.Array]:
        """Return a column as it is, and as it is kept where that is otherwise: a case may be known by either."""
        numbers = pc.utf8_trim_whitespace(text(table, name))
        return [numbers, pseudonyms(numbers, self.key)] if name in self.source.pseudonymise else [numbers]

    def _case(self, batch: RawBatch) -> str | None:
        if self.source.record == "attempts":
            return None
        key = event_columns(self.source).case
        return (self.source.case.case or key) if batch.is_cases else key

    def _chain(self) -> str | None:
        if self.source.attempt is not None and self.source.record == "attempts":
            return self.source.attempt.chain_case
        return event_columns(self.source).chain_case

    def _corrected(self, place: int, correction: Correction, batch: RawBatch) -> RawBatch:
        table = batch.table
        if (batch.is_cases or has_cases_apart(self.source)) and not correction.columns <= set(table.column_names):
            return batch
        is_meant = _has(table, correction.where)
        count = pc.sum(is_meant).as_py() or 0
        if not count:
            return batch
        is_wrong = _has(table, correction.was)
        if pc.any(pc.and_not(is_meant, is_wrong)).as_py():
            raise self._mended(place, correction, batch, pc.and_not(is_meant, is_wrong))
        self.corrected[place] += count
        # only the records: the batch may tell of more beside them
        former, numbers = table.filter(is_meant), batch.numbers.filter(is_meant)
        self.wrong.append(RawBatch(former, batch.where, numbers, batch.file, is_cases=batch.is_cases))
        if correction.drop:
            if not batch.is_cases:
                self.ignored[DROPPED] += count
            return _only(batch, pc.invert(is_meant))
        for name, value in correction.set.items():
            table = _with(table, name, pc.if_else(is_meant, pa.scalar(value, pa.string()), text(table, name)))
        return replace(batch, table=table)

    def _mended(self, place: int, correction: Correction, batch: RawBatch, is_mended: pa.Array) -> SourceError:
        number, known = batch.numbers.filter(is_mended)[0].as_py(), batch.table.column_names
        where, told = f"{batch.where} {number}", f"correction {place + 1} of source '{self.source.name}'"
        about = f"that {told} ({correction.reason}) is about"
        if (missing := sorted(set(correction.was) - set(known))) and self.source.kind not in ("xes", "ocel"):
            what = f"has no column {', '.join(with_guess(name, known) for name in missing)}"
            remedy = f"name under 'was' of {told} columns that the mapping reads"
            return SourceError(where, what, remedy)
        names = ", ".join(f"'{name}'" for name in correction.was)
        return SourceError(
            where,
            f"no longer has the wrong value in {names} {about}: the source was mended",
            "take that correction out of corrections.yaml, or write under 'was' what is wrong now",
        )


def words_of(text: str) -> set[str]:
    """Return a text and its words: between blanks, and without the marks around them."""
    words = text.split()
    return {text, *words, *(word.strip(_MARKS) for word in words)}


def _has(table: pa.Table, wanted: dict[str, str | None]) -> pa.Array:
    """Return which records have all of these values."""
    found = pa.repeat(True, len(table))
    for name, value in wanted.items():
        column: Any = text(table, name)
        same = pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, value), False)
        found = pc.and_(found, same)
    return found


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, values)
    return table.append_column(name, values)


def _only(batch: RawBatch, mask: pa.Array) -> RawBatch:
    numbers = batch.numbers.filter(mask) if len(batch.numbers) == len(mask) else batch.numbers
    return replace(batch, table=batch.table.filter(mask), numbers=numbers)
