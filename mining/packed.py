"""Small numbers of a row in as few columns as hold them: what stands in every row of a large log has to be narrow.

In: arrays of whole numbers or truth values of one length, or columns of an engine with the numbers between which they
lie. Out: columns of int64 of which each holds as many of them as there are bits for, and the expressions that take them
out again. A column that nothing takes out costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np

from mining.sequences import Ints

_ROOM = 63
"""Bits of a column: the sign stays free."""
_AT_ONCE = 1 << 14
"""Rows that are packed at a time."""


@dataclass(frozen=True)
class Field:
    """Where a number stands: `bits` bits of `column` from `shift` on, less the least one there is."""

    name: str
    column: str
    shift: int
    bits: int
    least: int
    kind: str

    def taken_from(self, table: Any) -> Any:
        """Return the number, or the truth value, of each row."""
        held = table[self.column]
        if self.kind == "bool":
            return (held & (1 << self.shift)) != 0
        number = (held >> self.shift) & ((1 << self.bits) - 1)
        return (number + self.least if self.least else number).cast(self.kind)

    def put(self, value: Any) -> Any:
        """Return the bits of a number, or a truth value, of each row: those of several fields are added up."""
        if self.kind == "bool":
            return ibis.ifelse(value, ibis.literal(1 << self.shift, "int64"), 0)
        return (value.cast("int64") - self.least) * (1 << self.shift)


@dataclass(frozen=True)
class Packed:
    """The fields that stand in columns, and how numbers get into those and out of them."""

    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(dict.fromkeys(field.column for field in self.fields))

    def put(self, numbers: Mapping[str, Ints]) -> dict[str, Ints]:
        """Return the columns of some rows, of which these are the numbers by field."""
        length = max(map(len, numbers.values()), default=0)
        columns: dict[str, Ints] = {name: np.zeros(length, np.int64) for name in self.columns}
        # some rows at a time, which stay near at hand while every field of theirs is put in
        for low in range(0, length, _AT_ONCE):
            rows = slice(low, low + _AT_ONCE)
            for field in self.fields:
                columns[field.column][rows] |= (numbers[field.name][rows].astype(np.int64) - field.least) << field.shift
        return columns

    def taken_from(self, table: Any) -> dict[str, Any]:
        """Return every field of a table that has the columns."""
        return {field.name: field.taken_from(table) for field in self.fields}


def bounds_of(each: Ints) -> tuple[int, int, str]:
    """Return the numbers between which an array lies, nought among them, and its kind."""
    return int(each.min(initial=0)), int(each.max(initial=0)), each.dtype.name


def fields(name: str, bounds: Mapping[str, tuple[int, int, str]]) -> tuple[Field, ...]:
    """Return where numbers stand of which the least, the most and the kind are known, in columns `{name}_0` …"""
    found: list[Field] = []
    number, used = -1, _ROOM
    for field, (least, most, kind) in bounds.items():
        bits = max((most - least).bit_length(), 1)
        if used + bits > _ROOM:
            number, used = number + 1, 0
        found.append(Field(field, f"{name}_{number}", used, bits, least, kind))
        used += bits
    return tuple(found)
