"""The event log as OCEL 2.0 JSON: zaken, dossiers of each source, decisions, contacts and kept objects apart, related.

Streamed object by object, so that memory does not grow with the log, but for what object-centric sources keep beside
it; times come in as UTC without a zone. An event without any time has no place in OCEL and is left out. Standard:
OCEL 2.0, Berti et al. 2023.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from flows.publish.log_in_parts import CASE_TEXTS, CASE_TIMES, OF_CASE
from flows.publish.ocel_beside import Beside
from flows.publish.ocel_log import OcelLog, Thing, thing_of

_EVENT_TEXTS = ("resource", "lane", "channel", "precision", "source")
_encode = json.JSONEncoder(separators=(",", ":")).encode
_THING_TEXTS = ("name", "channel")
_ABOUT = {"contact": "about", "decision": "decides"}
_EPOCH = "1970-01-01T00:00:00Z"


def write_ocel(path: Path, log: OcelLog, beside: Beside) -> Path:
    """Write zaken, dossiers, decisions and contacts; `beside` are the objects that object-centric sources tell."""
    related = beside.relations({_dossier(source, number) for source, number in log.numbers(beside.case_types)})
    parts = {
        "objectTypes": chain(_object_types(log.sources(), log.kinds()), _kept_types(beside)),
        "eventTypes": _event_types(log),
        "objects": chain(
            map(_case_object, log.cases()),
            (_dossier_object(row, related) for row in log.dossiers()),
            map(_thing_object, log.things()),
            _kept(beside, related),
        ),
        "events": _events(log, beside),
    }
    return _written(path, parts)


def write_as_it_came(path: Path, log: OcelLog, beside: Beside) -> Path:
    """Write the log of one object-centric source with the objects, ids and types that it had."""
    ((source, case_type),) = beside.case_types.items()
    related = beside.relations({number for _, number in log.numbers([source])})
    cases = (
        {
            "id": row["number"],
            "type": case_type,
            "attributes": _of_case(row),
            "relationships": related.get(row["number"], []),
        }
        for row in log.dossiers()
    )
    parts = {
        "objectTypes": chain([{"name": case_type, "attributes": _case_attributes()}], _kept_types(beside)),
        "eventTypes": _event_types(log),
        "objects": chain(cases, _kept(beside, related)),
        "events": _whole_events(log, beside),
    }
    return _written(path, parts)


def _written(path: Path, parts: Mapping[str, Iterable[dict[str, Any]]]) -> Path:
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


def _case_attributes() -> list[dict[str, str]]:
    texts = [{"name": name, "type": "string"} for name in CASE_TEXTS]
    return [*texts, *({"name": name, "type": "time"} for name in CASE_TIMES)]


def _object_types(sources: Iterable[str], kinds: Iterable[str]) -> Iterator[dict[str, Any]]:
    yield {"name": "zaak", "attributes": _case_attributes()}
    for source in sources:
        yield {"name": dossier_type(source), "attributes": []}
    for kind in kinds:
        yield {"name": kind, "attributes": [{"name": name, "type": "string"} for name in _THING_TEXTS]}


def _event_types(log: OcelLog) -> Iterator[dict[str, Any]]:
    return ({"name": name, "attributes": _event_attributes()} for name in log.activities())


def _event_attributes() -> list[dict[str, str]]:
    texts = [{"name": name, "type": "string"} for name in _EVENT_TEXTS]
    return [*texts, {"name": "started_at", "type": "time"}]


def _case_object(case: dict[str, Any]) -> dict[str, Any]:
    return {"id": _zaak(case["case_id"]), "type": "zaak", "attributes": _of_case(case), "relationships": []}


def _dossier_object(row: dict[str, Any], related: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    own = _dossier(row["source"], row["number"])
    return {
        "id": own,
        "type": dossier_type(row["source"]),
        "attributes": [],
        "relationships": [
            {"objectId": _zaak(row["case_id"]), "qualifier": "part of"},
            *({"objectId": _dossier(tie["to"], tie["to_number"]), "qualifier": _how(tie)} for tie in row["ties"]),
            *related.get(own, ()),
        ],
    }


def _how(tie: dict[str, str]) -> str:
    """Say how a link between dossiers was made, and how sure that is."""
    how = tie["key"] if tie["kind"] in (tie["key"], "related") else f"{tie['key']} {tie['kind']}"
    return f"linked by {how} ({tie['sure']})"


def _thing_object(thing: Thing) -> dict[str, Any]:
    about = [
        {"objectId": _zaak(thing.case_id), "qualifier": _ABOUT[thing.kind]},
        {"objectId": _dossier(thing.source, thing.number), "qualifier": "recorded in"},
    ]
    told = _from_the_start(_attributes(vars(thing), _THING_TEXTS, ()))
    return {"id": thing.object_id, "type": thing.kind, "attributes": told, "relationships": about}


def _of_case(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return what a row knows of its case."""
    case = {name: row[OF_CASE + name] for name in (*CASE_TEXTS, *CASE_TIMES)}
    return _from_the_start(_attributes(case, CASE_TEXTS, CASE_TIMES))


def _from_the_start(attributes: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**each, "time": _EPOCH} for each in attributes]


def _kept_types(beside: Beside) -> Iterator[dict[str, Any]]:
    for kind, names in beside.types.items():
        yield {"name": kind, "attributes": [{"name": name, "type": "string"} for name in names]}


def _kept(beside: Beside, related: dict[str, list[dict[str, str]]]) -> Iterator[dict[str, Any]]:
    """Yield the objects that object-centric sources tell."""
    for own, (kind, attributes) in beside.objects.items():
        told = [{"name": name, "time": _EPOCH, "value": value} for name, value in attributes.items()]
        yield {"id": own, "type": kind, "attributes": told, "relationships": related.get(own, [])}


def _events(log: OcelLog, beside: Beside) -> Iterator[dict[str, Any]]:
    for row in log.events():
        touched = [
            {"objectId": _zaak(row["case_id"]), "qualifier": "zaak"},
            {"objectId": _dossier(row["source"], row["source_case_id"]), "qualifier": "dossier"},
            *({"objectId": t.object_id, "qualifier": t.kind} for t in [thing_of(row)] if t),
            *beside.touched_by(row["event_id"]),
        ]
        yield from _event(row["event_id"], row, touched)


def _whole_events(log: OcelLog, beside: Beside) -> Iterator[dict[str, Any]]:
    """Yield each event once, with all the cases that it touches."""
    seen: set[str] = set()
    shared = log.shared()
    for row in log.events():
        source, case = row["source"], row["source_case_id"]
        own = row["event_id"].removeprefix(f"{source}:").removesuffix(f"@{case}")
        if own in seen:
            continue
        if own in shared:
            seen.add(own)
        ids = {number: f"{source}:{own}@{number}" for number in shared.get(own, [case])}
        touched = [{"objectId": number, "qualifier": beside.of_cases.get(i, "")} for number, i in ids.items()]
        others = [each for i in ids.values() for each in beside.touched_by(i)]
        distinct = {(each["objectId"], each["qualifier"]): each for each in [*touched, *others]}
        yield from _event(own, row, list(distinct.values()))


def _event(own: str, row: dict[str, Any], touched: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    at = row["completed_at"] or row["started_at"]
    if at is not None:
        yield {
            "id": own,
            "type": row["activity"],
            "time": _instant(at),
            "attributes": _attributes(row, _EVENT_TEXTS, ("started_at",)),
            "relationships": touched,
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
