"""Columns to one JSON text a record, and records to the keyed hash that names them. Computed a column at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

_BETWEEN = "\x1f"


def json_objects(columns: Mapping[str, pa.Array], length: int) -> pa.Array:
    """Return a JSON object a record, of the values that are known; null where none is."""
    if not columns:
        return pa.nulls(length, pa.string())
    parts = [_json_part(name, values) for name, values in columns.items()]
    joined = pc.binary_join_element_wise(*parts, ", ", null_handling="skip")
    return pc.if_else(pc.equal(joined, ""), None, pc.binary_join_element_wise("{", joined, "}", ""))


def _json_part(name: str, values: pa.Array) -> pa.Array:
    encoded = values.dictionary_encode()
    key = json.dumps(name, ensure_ascii=False)
    texts = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for value in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def fingerprints(table: pa.Table, key: bytes) -> pa.Array:
    """Return a keyed hash a record over all that is known of it; the order of the columns does not matter."""
    named = [
        pc.binary_join_element_wise(name, table.column(name).combine_chunks(), "=")
        for name in sorted(table.column_names)
        if table.column(name).null_count < len(table)
    ]
    if not named:
        return pa.array([""] * len(table), pa.string())
    whole = pc.binary_join_element_wise(*named, _BETWEEN, null_handling="skip")
    short = hashlib.sha256(key).digest()  # blake2b takes a key of at most 64 bytes
    make = hashlib.blake2b
    return pa.array(
        [make(text.encode(), key=short, digest_size=16).hexdigest() for text in whole.to_pylist()],
        pa.string(),
    )
