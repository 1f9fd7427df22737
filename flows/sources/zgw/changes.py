"""What changed on a case beside its statuses: told exactly by its audit trail, or seen between two readings.

A suspension and an extension carry no dates, and a removed role is gone: without the audit trail a change is
known to lie after the reading before and not after this one (`observed_after`). Where the audit trail tells a
change that was seen before, it keeps its id, so that the store replaces it and does not count it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.sources.zgw.kept import EMPLOYEE, UNIT, Body, Keeping, Row, flag, id_of, own_id, part, text

_ONE_ACT = timedelta(seconds=60)
"""Roles that come and go within this time are one reassignment."""


@dataclass(frozen=True)
class Change:
    """One change: at `moment`, or after `observed_after` and not after `moment`."""

    id: str
    kind: str
    moment: str
    observed_after: str | None = None
    who: str | None = None
    value: str | None = None

    def row(self, zaak: str, origin: str) -> Row:
        """Return it as a row of the copy."""
        return (self.id, zaak, self.kind, self.moment, self.observed_after, self.who, self.value, origin)


@dataclass(frozen=True)
class Trail:
    """What an audit trail tells: changes, and when and by whom each status was registered."""

    changes: tuple[Change, ...]
    registered: tuple[Row, ...]


def differences(before: Body, now: Body, read_before: str, read_at: str) -> list[Change]:
    """Return the changes between two readings of a case. `now` was last changed at `laatstGemuteerd`, where served."""
    moment = _latest(now.get("laatstGemuteerd"), read_before, read_at)
    kinds = _kinds(before["opgeschort"], now["opgeschort"], before["verlenging"], now["verlenging"])
    if before["einddatum"] and not now["einddatum"]:
        kinds.append(("reopened", None))
    return [
        Change(f"{now['uuid']}:{kind}:{moment}", kind, moment, observed_after=read_before, value=value)
        for kind, value in kinds
    ]


def reassigned(zaak: str, before: Iterable[Row], now: Iterable[Row], read_before: str, read_at: str) -> list[Change]:
    """Return the change of handler between two readings of the roles of a case, where it had one and has another."""
    old, new = {row[4] for row in before if row[4]}, {row[4]: row for row in now if row[4]}
    if not old or not new or old == set(new):
        return []
    begun = max((row[5] for who, row in new.items() if who not in old and _moment(row[5])), key=_moment, default=None)
    is_between = _is_between(begun, read_before, read_at)
    moment, after = (str(begun), None) if is_between else (read_at, read_before)
    employees = [row[4] for row in new.values() if row[2] == EMPLOYEE]
    who = employees[0] if len(employees) == 1 else None
    return [Change(f"{zaak}:reassigned:{moment}", "reassigned", moment, after, who)]


def _kinds(was: bool | None, now: bool | None, before: str | None, after: str | None) -> list[tuple[str, str | None]]:
    kinds: list[tuple[str, str | None]] = []
    if bool(was) != bool(now):
        kinds.append(("suspended" if now else "resumed", None))
    if after and after != before:
        kinds.append(("extended", after))
    return kinds


def _latest(changed_at: Any, read_before: str, read_at: str) -> str:
    """Return the latest moment at which a change can have been made: no later than the last change of the case."""
    return str(changed_at) if _is_between(changed_at, read_before, read_at) else read_at


def _is_between(value: Any, read_before: str, read_at: str) -> bool:
    """Tell whether a moment, in whatever zone it is told, lies between two readings."""
    told, low, high = _moment(value), _moment(read_before), _moment(read_at)
    return told is not None and low is not None and high is not None and low < told <= high


def _moment(value: Any) -> datetime | None:
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else None


def trail_of(zaak: str, entries: Any, keeping: Keeping, handler_roles: Iterable[str]) -> Trail:
    """Take an audit trail apart; of the bodies in it nothing else is kept."""
    told = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    dated = [(at, each) for each in told if (at := _moment(each.get("aanmaakdatum"))) is not None and _went_well(each)]
    dated.sort(key=lambda pair: pair[0])
    changes = [change for _, each in dated for change in _of_zaak(each, keeping)]
    changes += _of_roles(dated, keeping, frozenset(handler_roles))
    return Trail(tuple(changes), tuple(row for _, each in dated if (row := _registered(zaak, each, keeping))))


def _went_well(entry: Body) -> bool:
    result = entry.get("resultaat")
    return not isinstance(result, int) or result < 400  # an administrator's own edit has 0


def _bodies(entry: Body) -> tuple[Body, Body]:
    edits = part(entry, "wijzigingen")
    return part(edits, "oud"), part(edits, "nieuw")


def _of_zaak(entry: Body, keeping: Keeping) -> list[Change]:
    if text(entry, "resource") != "zaak" or text(entry, "actie") == "destroy":
        return []
    old, new = _bodies(entry)
    was, now = (flag(part(body, "opschorting"), "indicatie") for body in (old, new))
    before, after = (text(part(body, "verlenging"), "duur") for body in (old, new))
    kinds = _kinds(was, now, before, after)
    if text(old, "einddatum") and "einddatum" in new and not text(new, "einddatum"):
        kinds.append(("reopened", None))
    who = keeping.person(text(entry, "gebruikersId"))
    named, moment = own_id(entry) or entry["aanmaakdatum"], entry["aanmaakdatum"]
    return [Change(f"{named}:{kind}", kind, moment, who=who, value=value) for kind, value in kinds]


def _of_roles(dated: list[tuple[datetime, Body]], keeping: Keeping, handlers: frozenset[str]) -> list[Change]:
    """Return each change from one set of handlers to another; what comes and goes within a minute is one act."""
    holders: dict[str, tuple[str, str]] = {}
    states: list[tuple[datetime, Body, frozenset[tuple[str, str]]]] = []
    for at, entry in dated:
        if text(entry, "resource") == "rol" and _moves(holders, entry, keeping, handlers):
            states.append((at, entry, frozenset(holders.values())))
    settled = [s for i, s in enumerate(states) if i + 1 == len(states) or states[i + 1][0] - s[0] > _ONE_ACT]
    found, last = [], frozenset[tuple[str, str]]()
    for _, entry, state in settled:
        if last and state and state != last:
            employees = [who for kind, who in state if kind == EMPLOYEE]
            named = own_id(entry) or entry["aanmaakdatum"]
            who = employees[0] if len(employees) == 1 else None
            found.append(Change(f"{named}:reassigned", "reassigned", entry["aanmaakdatum"], who=who))
        last = state or last
    return found


def _moves(holders: dict[str, tuple[str, str]], entry: Body, keeping: Keeping, handlers: frozenset[str]) -> bool:
    """Follow a role that came, changed or went; tell whether the handlers are others now."""
    old, new = _bodies(entry)
    own = id_of(text(entry, "resourceUrl")) or own_id(new) or own_id(old)
    before = dict(holders)
    if own is not None:
        holders.pop(own, None)
        row = keeping.rol({**new, "url": text(new, "url") or text(entry, "resourceUrl")}) if new else None
        gone = text(entry, "actie") == "destroy"
        if row is not None and not gone and row[2] in (EMPLOYEE, UNIT) and row[3] in handlers and row[4]:
            holders[own] = (row[2], row[4])
    return holders != before


def _registered(zaak: str, entry: Body, keeping: Keeping) -> Row | None:
    if text(entry, "resource") != "status" or text(entry, "actie") != "create":
        return None
    own = id_of(text(entry, "resourceUrl"))
    if own is None:
        return None
    return (own, zaak, entry["aanmaakdatum"], keeping.person(text(entry, "gebruikersId")))


def under_known_ids(changes: Iterable[Change], known: Iterable[Row]) -> list[Change]:
    """Return the changes that a trail tells, each under the id that the same change already has in the copy."""
    left = list(known)
    return [_under_known_id(change, left) for change in changes]


def _under_known_id(change: Change, left: list[Row]) -> Change:
    at = _moment(change.moment)
    for row in left:
        own, _, kind, moment, after, *_ = row
        low, high = _moment(after), _moment(moment)
        is_within = at is not None and low is not None and high is not None and low < at <= high
        if kind == change.kind and (own == change.id or moment == change.moment or is_within):
            left.remove(row)
            return Change(own, change.kind, change.moment, None, change.who, change.value)
    return change
