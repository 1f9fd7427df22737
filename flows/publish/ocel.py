"""The event log as OCEL 2.0 JSON: zaken, dossiers of each source, decisions, contacts and kept objects apart, related.

Streamed object by object; times come in as UTC without a zone. An event without any time has no place in OCEL and
is left out. Standard: OCEL 2.0, Berti et al. 2023.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from flows.publish.ocel_beside import Beside

_ZAAK_TEXTS = ("zaaktype", "persona", "channel", "outcome")
_ZAAK_TIMES = ("received_at", "closed_at")
_EVENT_TEXTS = ("resource", "lane", "channel", "precision", "source")
_encode = json.JSONEncoder(separators=(",", ":")).encode
_THING_TEXTS = ("name", "channel")
_ABOUT = {"contact": "about", "decision": "decides"}
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Thing:
    """A decision or a contact: an object beside the case that it is about."""

    kind: Literal["contact", "decision"]
    event_id: str
    object_id: str
    source: str
    number: str
    """The dossier in which it was recorded."""
    case_id: str
    name: str
    """Its activity, or what it was about."""
    channel: str | None = None


@dataclass(frozen=True)
class DossierTie:
    """One dossier linked to another: how, and how sure."""

    source: str
    number: str
    to: str
    to_number: str
    qualifier: str


def write_ocel(
    path: Path,
    events: Iterable[dict[str, Any]],
    cases: dict[str, dict[str, Any]],
    dossiers: Iterable[tuple[str, str, str]],
    activities: Iterable[str],
    things: Iterable[Thing] = (),
    ties: Iterable[DossierTie] = (),
    beside: Beside | None = None,
) -> Path:
    """Write the log; `dossiers` are distinct (source, source_case_id, case_id), `activities` distinct names.

    `things` are the decisions and contacts, `ties` how one dossier was linked to another, `beside` the objects that
    object-centric sources tell.
    """
    known, told = list(dossiers), beside or Beside({})
    tied = _tied(ties, {_dossier(source, number) for source, number, _ in known})
    apart = {thing.event_id: thing for thing in things}
    case_ids = dict.fromkeys([*cases, *(case_id for _, _, case_id in known)])
    related = told.relations({_dossier(source, number) for source, number, _ in known})
    for here, relations in related.items():
        tied.setdefault(here, []).extend(relations)
    parts = {
        "objectTypes": chain(
            _object_types({source for source, _, _ in known}, {t.kind for t in apart.values()}), _kept_types(told)
        ),
        "eventTypes": ({"name": name, "attributes": _event_attributes()} for name in activities),
        "objects": chain(_objects(case_ids, cases, known, tied), _things(apart.values()), _kept(told, related)),
        "events": _events(events, apart, told),
    }
    return _written(path, parts)


def write_as_it_came(
    path: Path,
    events: Iterable[dict[str, Any]],
    cases: dict[str, dict[str, Any]],
    dossiers: Iterable[tuple[str, str, str]],
    activities: Iterable[str],
    beside: Beside,
    shared: Mapping[str, list[str]],
) -> Path:
    """Write the log of one object-centric source with the objects, ids and types that it had.

    `shared` are the ids of events that touch several cases, each with the numbers of those.
    """
    known = list(dossiers)
    related = beside.relations({number for _, number, _ in known})
    (case_type,) = beside.case_types.values()
    parts = {
        "objectTypes": chain([{"name": case_type, "attributes": _case_attributes()}], _kept_types(beside)),
        "eventTypes": ({"name": name, "attributes": _event_attributes()} for name in activities),
        "objects": chain(
            (
                {
                    "id": number,
                    "type": case_type,
                    "attributes": _of_case(cases.get(case_id, {})),
                    "relationships": related.get(number, []),
                }
                for _, number, case_id in known
            ),
            _kept(beside, related),
        ),
        "events": _whole_events(events, beside, shared),
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
    texts = [{"name": name, "type": "string"} for name in _ZAAK_TEXTS]
    return [*texts, *({"name": name, "type": "time"} for name in _ZAAK_TIMES)]


def _object_types(sources: set[str], kinds: set[str]) -> Iterator[dict[str, Any]]:
    yield {"name": "zaak", "attributes": _case_attributes()}
    for source in sorted(sources):
        yield {"name": dossier_type(source), "attributes": []}
    for kind in sorted(kinds):
        yield {"name": kind, "attributes": [{"name": name, "type": "string"} for name in _THING_TEXTS]}


def _event_attributes() -> list[dict[str, str]]:
    texts = [{"name": name, "type": "string"} for name in _EVENT_TEXTS]
    return [*texts, {"name": "started_at", "type": "time"}]


def _tied(ties: Iterable[DossierTie], known: set[str]) -> dict[str, list[dict[str, str]]]:
    """Return the relations of each dossier to others; to one without events there is none, since it is no object."""
    found: dict[str, list[dict[str, str]]] = {}
    for tie in ties:
        here, there = _dossier(tie.source, tie.number), _dossier(tie.to, tie.to_number)
        if here in known and there in known:
            found.setdefault(here, []).append({"objectId": there, "qualifier": tie.qualifier})
    return found


def _things(things: Iterable[Thing]) -> Iterator[dict[str, Any]]:
    """Yield the decisions and contacts; several events of one decision are one object."""
    seen: set[str] = set()
    for thing in things:
        if thing.object_id not in seen:
            seen.add(thing.object_id)
            about = [
                {"objectId": _zaak(thing.case_id), "qualifier": _ABOUT[thing.kind]},
                {"objectId": _dossier(thing.source, thing.number), "qualifier": "recorded in"},
            ]
            told = [{**a, "time": _EPOCH} for a in _attributes(vars(thing), _THING_TEXTS, ())]
            yield {"id": thing.object_id, "type": thing.kind, "attributes": told, "relationships": about}


def _objects(
    case_ids: Iterable[str],
    cases: dict[str, dict[str, Any]],
    dossiers: list[tuple[str, str, str]],
    tied: dict[str, list[dict[str, str]]],
) -> Iterator[dict[str, Any]]:
    for case_id in case_ids:
        yield {
            "id": _zaak(case_id),
            "type": "zaak",
            "attributes": _of_case(cases.get(case_id, {})),
            "relationships": [],
        }
    for source, number, case_id in dossiers:
        yield {
            "id": _dossier(source, number),
            "type": dossier_type(source),
            "attributes": [],
            "relationships": [
                {"objectId": _zaak(case_id), "qualifier": "part of"},
                *tied.get(_dossier(source, number), ()),
            ],
        }


def _of_case(case: dict[str, Any]) -> list[dict[str, str]]:
    return [{**a, "time": _EPOCH} for a in _attributes(case, _ZAAK_TEXTS, _ZAAK_TIMES)]


def _kept_types(beside: Beside) -> Iterator[dict[str, Any]]:
    for kind, names in beside.types.items():
        yield {"name": kind, "attributes": [{"name": name, "type": "string"} for name in names]}


def _kept(beside: Beside, related: dict[str, list[dict[str, str]]]) -> Iterator[dict[str, Any]]:
    """Yield the objects that object-centric sources tell."""
    for own, (kind, attributes) in beside.objects.items():
        told = [{"name": name, "time": _EPOCH, "value": value} for name, value in attributes.items()]
        yield {"id": own, "type": kind, "attributes": told, "relationships": related.get(own, [])}


def _events(events: Iterable[dict[str, Any]], apart: dict[str, Thing], beside: Beside) -> Iterator[dict[str, Any]]:
    for row in events:
        touched = [
            {"objectId": _zaak(row["case_id"]), "qualifier": "zaak"},
            {"objectId": _dossier(row["source"], row["source_case_id"]), "qualifier": "dossier"},
            *({"objectId": t.object_id, "qualifier": t.kind} for t in [apart.get(row["event_id"])] if t),
            *beside.touched_by(row["event_id"]),
        ]
        yield from _event(row["event_id"], row, touched)


def _whole_events(
    events: Iterable[dict[str, Any]], beside: Beside, shared: Mapping[str, list[str]]
) -> Iterator[dict[str, Any]]:
    """Yield each event once, with all the cases that it touches."""
    seen: set[str] = set()
    for row in events:
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
