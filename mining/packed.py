"""Small numbers of a row in as few columns as hold them: what stands in every row of a large log has to be narrow.

In: arrays of whole numbers or truth values of one length. Out: columns of int64 of which each holds as many of them as
there are bits for, and the expressions that take them out again. A column that nothing takes out costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mining.sequences import Ints

_ROOM = 63
"""Bits of a column: the sign stays free."""


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


@dataclass(frozen=True)
class Packed:
    """The columns, and the fields that stand in them."""

    columns: dict[str, Ints]
    fields: tuple[Field, ...]

    def taken_from(self, table: Any) -> dict[str, Any]:
        """Return every field of a table that has the columns."""
        return {field.name: field.taken_from(table) for field in self.fields}


def packed(name: str, numbers: Mapping[str, Ints]) -> Packed:
    """Pack the arrays into columns `{name}_0`, `{name}_1` …; a single one takes up to 63 bits."""
    columns: dict[str, Ints] = {}
    fields: list[Field] = []
    used = _ROOM
    for field, each in numbers.items():
        least = int(each.min(initial=0))
        bits = max((int(each.max(initial=0)) - least).bit_length(), 1)
        if used + bits > _ROOM:
            columns[f"{name}_{len(columns)}"] = np.zeros(len(each), np.int64)
            used = 0
        column = f"{name}_{len(columns) - 1}"
        columns[column] |= (each.astype(np.int64) - least) << used
        fields.append(Field(field, column, used, bits, least, each.dtype.name))
        used += bits
    return Packed(columns, tuple(fields))
