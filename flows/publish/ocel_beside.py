"""What stands beside the cases of an object-centric source: its objects, what events touch them, how they are related.

In: what the store keeps of it, a JSON list a dossier (`flows.sources.kept_objects`). Out: the same by object, event
and dossier, for the OCEL export.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

Relation = tuple[str, str]
"""Id of the other object, qualifier."""
_OURS = ("zaak", "contact", "decision")


@dataclass
class Beside:
    """The objects of all sources that keep any. `case_types`: source → the type of its cases."""

    case_types: Mapping[str, str]
    is_alone: bool = False
    """The log is that of one such source: ids and types are then what they were."""
    objects: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    """Id → type and attributes."""
    touched: dict[str, list[Relation]] = field(default_factory=dict)
    """Id of an event in the store → what it touches."""
    related: dict[str, list[Relation]] = field(default_factory=dict)
    """Id of an object or dossier → what it is related to."""
    of_cases: dict[str, str] = field(default_factory=dict)
    """Id of an event → how it touches its case."""

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str]],
        case_types: Mapping[str, str],
        dossiers: Collection[tuple[str, str]],
        is_alone: bool,
    ) -> Beside:
        """Gather what the dossiers of (source, JSON) tell; one that has no events in the log is passed over."""
        found = cls(case_types, is_alone)
        for source, told in rows:
            entries = json.loads(told)
            case = next((each["case"] for each in entries if "case" in each), "")
            for each in entries if (source, case) in dossiers else ():
                found._take(source, case, each)
        return found

    @property
    def types(self) -> dict[str, list[str]]:
        """The types of the objects, with the names of their attributes."""
        names: dict[str, set[str]] = {}
        for kind, attributes in self.objects.values():
            names.setdefault(kind, set()).update(attributes)
        return {kind: sorted(some) for kind, some in sorted(names.items())}

    def touched_by(self, event: str) -> list[dict[str, str]]:
        """Return the objects that an event touches, as OCEL tells it."""
        return [_told(each) for each in self.touched.get(event, ()) if each[0] in self.objects]

    def relations(self, dossiers: Collection[str]) -> dict[str, list[dict[str, str]]]:
        """Return how objects and dossiers are related, as OCEL tells it; to one that is not there nothing is."""
        known = {*self.objects, *dossiers}
        found = {
            here: [_told(each) for each in told if each[0] in known]
            for here, told in self.related.items()
            if here in known
        }
        return {here: told for here, told in found.items() if told}

    def _take(self, source: str, case: str, entry: dict[str, str]) -> None:
        if "to" in entry:
            here = self._id(source, entry["from"])
            _add(self.related, here, (self._id(source, entry["to"]), entry["qualifier"]))
        elif "event" in entry:
            event = f"{source}:{entry['event']}@{case}"
            if entry["type"] == self.case_types.get(source):
                self.of_cases[event] = entry["qualifier"]
            else:
                _add(self.touched, event, (self._id(source, entry["object"]), entry["qualifier"]))
        elif "object" in entry:
            attributes = json.loads(entry.get("attributes", "{}"))
            self.objects[self._id(source, entry["object"])] = (self._kind(source, entry["type"]), attributes)

    def _id(self, source: str, own: str) -> str:
        return own if self.is_alone else f"{source}:{own}"

    def _kind(self, source: str, kind: str) -> str:
        is_ours = kind in _OURS or kind.startswith("dossier ")
        return f"{kind} ({source})" if is_ours and not self.is_alone else kind


def _told(relation: Relation) -> dict[str, str]:
    return {"objectId": relation[0], "qualifier": relation[1]}


def _add(to: dict[str, list[Relation]], key: str, relation: Relation) -> None:
    known = to.setdefault(key, [])
    if relation not in known:
        known.append(relation)
