"""The event log as OCEL 2.0 JSON: zaken and the dossiers of each source apart, with their relations.

Streamed object by object; times come in as UTC without a zone. An event without any time has no place in OCEL and
is left out. Standard: OCEL 2.0, Berti et al. 2023.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

_ZAAK_TEXTS = ("zaaktype", "persona", "channel", "outcome")
_ZAAK_TIMES = ("received_at", "closed_at")
_EVENT_TEXTS = ("resource", "lane", "channel", "precision", "source")
_encode = json.JSONEncoder(separators=(",", ":")).encode
_EPOCH = "1970-01-01T00:00:00Z"


def write_ocel(
    path: Path,
    events: Iterable[dict[str, Any]],
    cases: dict[str, dict[str, Any]],
    dossiers: Iterable[tuple[str, str, str]],
    activities: Iterable[str],
) -> Path:
    """Write the log; `dossiers` are distinct (source, source_case_id, case_id), `activities` distinct names."""
    known = list(dossiers)
    case_ids = dict.fromkeys([*cases, *(case_id for _, _, case_id in known)])
    parts = {
        "objectTypes": iter(_object_types({source for source, _, _ in known})),
        "eventTypes": ({"name": name, "attributes": _event_attributes()} for name in activities),
        "objects": _objects(case_ids, cases, known),
        "events": _events(events),
    }
    with path.open("w", encoding="utf-8") as file:
        for i, (name, items) in enumerate(parts.items()):
            file.write(f"{',' if i else '{'}\n{json.dumps(name)}: [")
            for j, item in enumerate(items):
                text = _encode(item)
                file.write((",\n" if j else "\n") + text)
            file.write("]")
        file.write("}\n")
    return path


def dossier_type(source: str) -> str:
    """Return the object type of a source's dossiers."""
    return f"dossier {source}"


def _object_types(sources: set[str]) -> Iterator[dict[str, Any]]:
    texts = [{"name": name, "type": "string"} for name in _ZAAK_TEXTS]
    times = [{"name": name, "type": "time"} for name in _ZAAK_TIMES]
    yield {"name": "zaak", "attributes": texts + times}
    for source in sorted(sources):
        yield {"name": dossier_type(source), "attributes": []}


def _event_attributes() -> list[dict[str, str]]:
    texts = [{"name": name, "type": "string"} for name in _EVENT_TEXTS]
    return [*texts, {"name": "started_at", "type": "time"}]


def _objects(
    case_ids: Iterable[str], cases: dict[str, dict[str, Any]], dossiers: list[tuple[str, str, str]]
) -> Iterator[dict[str, Any]]:
    for case_id in case_ids:
        yield {
            "id": _zaak(case_id),
            "type": "zaak",
            "attributes": [
                {**a, "time": _EPOCH} for a in _attributes(cases.get(case_id, {}), _ZAAK_TEXTS, _ZAAK_TIMES)
            ],
            "relationships": [],
        }
    for source, number, case_id in dossiers:
        yield {
            "id": _dossier(source, number),
            "type": dossier_type(source),
            "attributes": [],
            "relationships": [{"objectId": _zaak(case_id), "qualifier": "part of"}],
        }


def _events(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in events:
        at = row["completed_at"] or row["started_at"]
        if at is None:
            continue
        yield {
            "id": row["event_id"],
            "type": row["activity"],
            "time": _instant(at),
            "attributes": _attributes(row, _EVENT_TEXTS, ("started_at",)),
            "relationships": [
                {"objectId": _zaak(row["case_id"]), "qualifier": "zaak"},
                {"objectId": _dossier(row["source"], row["source_case_id"]), "qualifier": "dossier"},
            ],
        }


def _zaak(case_id: str) -> str:
    return f"zaak:{case_id}"


def _dossier(source: str, number: str) -> str:
    return f"{source}:{number}" if source != "zaak" else f"dossier:{number}"


def _attributes(row: dict[str, Any], texts: Iterable[str], times: Iterable[str]) -> list[dict[str, str]]:
    found = [(name, row.get(name)) for name in texts]
    found += [(name, _instant(row[name])) for name in times if row.get(name) is not None]
    return [{"name": name, "value": value} for name, value in found if value is not None]


def _instant(at: datetime) -> str:
    return at.isoformat() + "Z"
