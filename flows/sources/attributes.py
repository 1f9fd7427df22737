"""Columns to one JSON text a record, and records to the keyed hash that names them.

Computed a column at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

_BETWEEN = "\x1f"
_COMMA = ", "
MADE = "\0fingerprint"
"""The column with the hash of a record as it was told, where a part of it was left at the door."""


def json_objects(columns: Mapping[str, pa.Array], length: int) -> pa.Array:
    """Return a JSON object a record, of the values that are known; null where none is."""
    if not columns:
        return pa.nulls(length, pa.string())
    joined = _joined([_json_part(name, values) for name, values in columns.items()])
    inside = pc.utf8_slice_codeunits(joined, len(_COMMA))
    return pc.if_else(pc.equal(joined, ""), None, pc.binary_join_element_wise("{", inside, "}", ""))


def _joined(parts: list[str | pa.Array]) -> pa.Array:
    # null_handling="skip" loses the rows in which all parts are null
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def _json_part(name: str, values: pa.Array) -> pa.Array:
    encoded = values.dictionary_encode()
    key = json.dumps(name, ensure_ascii=False)
    texts = [f"{_COMMA}{key}: {json.dumps(value, ensure_ascii=False)}" for value in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def fingerprints(table: pa.Table, key: bytes) -> pa.Array:
    """Return a keyed hash a record over all that is known of it; the order of the columns does not matter.

    A record that lost something at the door keeps the hash that it had: it is no other one (`MADE`).
    """
    if MADE in table.column_names:
        return text(table, MADE)
    known = [name for name in sorted(table.column_names) if table.column(name).null_count < len(table)]
    parts = [part for name in known for part in _named(name, text(table, name))]
    whole = _joined(parts) if parts else pa.array([""] * len(table), pa.string())
    short = hashlib.sha256(key).digest()  # blake2b takes a key of at most 64 bytes
    keyed = hashlib.blake2b(key=short, digest_size=16)
    return pa.array([_hashed(told, keyed.copy()) for told in whole.cast(pa.binary()).to_pylist()], pa.string())


def _named(name: str, values: pa.Array) -> list[str | pa.Array]:
    """Return what is joined to name=value=␟; as it stands where all are known, since each joining costs."""
    if values.null_count:
        return [pc.binary_join_element_wise(name, values, _BETWEEN, "=")]
    return [f"{name}=", values, f"={_BETWEEN}"]


def _hashed(told: bytes, begun: hashlib.blake2b) -> str:
    begun.update(told)
    return begun.hexdigest()


def text(table: pa.Table, name: str | None) -> pa.Array:
    """Return a column as one array of text; nulls where the table has no such column."""
    if name is None or name not in table.column_names:
        return pa.nulls(len(table), pa.string())
    column = table.column(name).combine_chunks()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
