"""How many cases have a row of each kind, of several sorts of kinds at once.

In: rows with a case, and the kinds of each sort by number. Out: cases by number. A case is put together as bits, one a
kind, so that the rows are read and grouped once, where counting distinct cases would do so for each sort.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mining.amounts import rows_of
from mining.engine import kept, labelled

_BITS = 62
"""Of each number of 64 bits."""
Kinds = Mapping[Any, int | None]
"""A value of a column → its kind; several values may be of one kind, and of none."""


def cases_with(con: Any, rows: Any, sorts: Mapping[str, Kinds]) -> dict[str, dict[int, int]]:
    """Return by column and kind how many cases have a row of it; the kinds of no case are left out.

    Rows whose value is not among those of every column are not counted.
    """
    for column, kinds in sorts.items():
        rows = rows.join(_bits(con, column, kinds), column)
    wanted = {(column, kind) for column, kinds in sorts.items() for kind in kinds.values() if kind is not None}
    words = {_word(*each) for each in wanted}
    by_case = rows.group_by("case").agg(**{word: rows[word].bit_or() for word in words})
    counted = {
        f"{column}:{kind}": ((by_case[_word(column, kind)] & (1 << kind % _BITS)) != 0).sum() for column, kind in wanted
    }
    found = rows_of(by_case.agg(**counted))[0] if counted else {}
    told: dict[str, dict[int, int]] = {column: {} for column in sorts}
    for column, kind in wanted:
        if found[f"{column}:{kind}"]:
            told[column][kind] = found[f"{column}:{kind}"]
    return told


def _word(column: str, kind: int) -> str:
    return f"bits_{column}_{kind // _BITS}"


def _bits(con: Any, column: str, kinds: Kinds) -> Any:
    """Return the bits of each value."""
    words = {_word(column, kind) for kind in kinds.values() if kind is not None}
    bits = {
        word: pa.array(
            [0 if kind is None or _word(column, kind) != word else 1 << kind % _BITS for kind in kinds.values()],
            pa.int64(),
        )
        for word in sorted(words)
    }
    table = pa.table({column: list(kinds), **bits})
    if pa.types.is_string(table.schema.field(column).type):
        return labelled(con, f"zs_bits_{column}", table, (column,))
    return kept(con, f"zs_bits_{column}", table)
