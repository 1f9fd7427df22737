"""The case table of one source: what its records said of each case, as rows in the schema of `mining.columns.CASES`.

In: settled case facts with columns named `target:…`, `segment:…`, `link:…`, `suspension:…` and `extension:…`.
Out: Arrow tables of CASES.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from flows.sources.attributes import json_objects
from flows.sources.door import Door
from flows.sources.kept_objects import objects_of
from flows.sources.links import links_of
from flows.sources.suspensions import extensions_of, suspensions_of
from mappings.source import Source
from mining.columns import CASES


def case_rows(batch: pa.RecordBatch, source: Source, door: Door) -> pa.Table:
    """Return the rows; links to cases that are forgotten lose their number at the door."""
    said = pa.Table.from_batches([batch])
    length = len(said)
    targets = {name: pc.strftime(at, format="%Y-%m-%dT%H:%M:%SZ") for name, at in _named(said, "target:").items()}
    rows = {name: said.column(name) for name in CASES.names if name in said.column_names}
    rows |= {
        "source": pa.array([source.name] * length, pa.string()),
        "targets": json_objects(targets, length),
        "segments": json_objects(_named(said, "segment:"), length),
        **_terms(said, source),
        "links": _links(said, door),
        "objects": _objects(said, door),
    }
    return pa.table({name: rows[name] for name in CASES.names})


def _named(said: pa.Table, prefix: str) -> dict[str, pa.Array]:
    return {n.removeprefix(prefix): said.column(n).combine_chunks() for n in said.column_names if n.startswith(prefix)}


def _links(said: pa.Table, door: Door) -> pa.Array:
    related, persons, references = (
        said.column(name).to_pylist() if name in said.column_names else [None] * len(said)
        for name in ("link:related", "link:person", "link:reference")
    )
    return door.unnamed(links_of(related, persons, references))


def _objects(said: pa.Table, door: Door) -> pa.Array:
    if "link:objects" not in said.column_names:
        return pa.nulls(len(said), pa.string())
    return door.unnamed(objects_of(said.column("link:objects").to_pylist()))


def _terms(said: pa.Table, source: Source) -> dict[str, pa.Array]:
    """Return what is known of suspensions, and the suspensions and extensions themselves."""

    def told(kind: str) -> Iterator[tuple[list[str] | None, ...]]:
        fields = [said.column(n).to_pylist() for n in said.column_names if n.startswith(f"{kind}:")]
        return zip(*fields, strict=True)

    known, spans = pa.array(["none"] * len(said), pa.string()), pa.nulls(len(said), pa.string())
    longer = spans
    if source.case.suspensions:
        known, spans = suspensions_of(told("suspension"))
    if source.case.extensions:
        longer = extensions_of(told("extension"))
    return {"suspension_known": known, "suspensions": spans, "extensions": longer}
