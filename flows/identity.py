"""Whether a store still speaks of the same records: the parts of a mapping that say which record is which.

Events are known again by the source's own key, or by a hash of the columns that the mapping lists. Where those columns
change, the same records would come in a second time under other ids, and every number would be wrong. Such a run is
refused before anything is read.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from mappings.errors import StoreError
from mappings.project import Project
from mappings.source import Source

_FILE = "identity.json"


def identity_of(source: Source) -> str:
    """Return a digest of what makes the source's records and cases the ones they are."""
    columns = source.columns
    parts: dict[str, object] = {"kind": source.kind, "record": source.record, "object_type": source.object_type}
    if columns is not None and columns.event_id:
        own = ("event_id", "case", "chain_case", "activity", "lifecycle", "lifecycle_instance")
        parts |= {name: getattr(columns, name) for name in own}
    else:
        listed = source.model_dump(mode="json", include={"columns", "attempt", "case", "keep", "pseudonymise"})
        parts |= listed
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def refuse_other_identity(store: Path, project: Project) -> None:
    """Raise a StoreError where the store was filled under other columns of one of the sources."""
    known = _read(store)
    changed = [s.name for s in project.sources if known.get(s.name, identity_of(s)) != identity_of(s)]
    if changed:
        raise StoreError(
            str(store),
            f"was filled from {', '.join(changed)} under other columns; the same records would count twice",
            "give another --store, or remove this one to read the sources anew",
        )


def remember_identity(store: Path, project: Project) -> None:
    """Write down under which columns the store is filled, whole or not at all."""
    known = _read(store) | {source.name: identity_of(source) for source in project.sources}
    store.mkdir(parents=True, exist_ok=True)
    beside = store / f".{_FILE}"
    beside.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    beside.replace(store / _FILE)


def _read(store: Path) -> dict[str, str]:
    path = store / _FILE
    if not path.is_file():
        return {}
    known: dict[str, str] = json.loads(path.read_text("utf-8"))
    return known
