"""What a case tells of the objects beside it, as one JSON list: objects, which events touch them, and relations.

In: entries of texts, raw as the reader gives them. Out: the column `objects` of the case table, a set in a fixed
order, so that telling it twice changes nothing. Rules owned here: ids of types under `pseudonymise`, and of cases
where their number is, are hashed before anything is staged.

An entry is one of: {case}, the number of the case as its source has it; {object, type, attributes};
{event, object, type, qualifier}; {from, from_type, to, to_type, qualifier}.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pyarrow as pa

from flows.pseudonym import pseudonym
from mappings.source import Source

COLUMN = "ocel:objects"
"""The column of a case record that holds the entries."""
CASE = "ocel:oid"
Entry = dict[str, str]
_ENDS = (("object", "type"), ("from", "from_type"), ("to", "to_type"))


def written(entries: Iterable[Entry]) -> str:
    """Return entries as a JSON list."""
    told = {json.dumps(each, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for each in entries}
    return f"[{','.join(sorted(told))}]"


def objects_of(told: Sequence[Iterable[str] | None]) -> pa.Array:
    """Return, for each case, all that its records told, as one list; null where it is nothing."""
    lists = [[entry for text in texts or () for entry in json.loads(text)] for texts in told]
    return pa.array([written(entries) if entries else None for entries in lists], pa.string())


def hashed(table: pa.Table, source: Source, key: bytes) -> pa.Table:
    """Return records of cases whose entries name nobody: ids are hashed where the mapping says so."""
    hidden = {name for name, kept in source.objects.items() if kept.pseudonymise}
    if CASE in source.pseudonymise and source.object_type:
        hidden.add(source.object_type)
    if COLUMN not in table.column_names or not hidden:
        return table
    texts = [_hashed(text, hidden, source, key) for text in table.column(COLUMN).to_pylist()]
    return table.set_column(table.column_names.index(COLUMN), COLUMN, pa.array(texts, pa.string()))


def _hashed(text: str | None, hidden: set[str], source: Source, key: bytes) -> str | None:
    if text is None:
        return None
    entries: list[Entry] = json.loads(text)
    for entry in entries:
        for end, kind in _ENDS:
            if end in entry and entry[kind] in hidden:
                entry[end] = pseudonym(entry[end], key)
        if "case" in entry and source.object_type in hidden:
            entry["case"] = pseudonym(entry["case"], key)
    return written(entries)
