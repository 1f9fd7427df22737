"""A form in Matomo as attempts: each visit that reached a step of the form, how far it came, and why it stopped.

By the API (Live.getLastVisitsDetails, by POST so that the token is in no address) or from its JSON export.
Rules owned here: of a visit only step, moment, reason and reference are taken; visitor, address, place and device never
leave this file, and the visit's number is hashed. A visit without any step of the form is no attempt: counted, passed.
Visits are read one at a time, or a page of the API; of a day the numbers of its visits are held, to know each once.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from flows.sources.contacts import token_of
from flows.sources.files import SourceFile, source_files, substituted
from flows.sources.records import RawBatch, RowBuffer, Told
from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.client import Client
from flows.sources.zgw.token import StaticToken
from mappings.citizen import FormStep, Matomo, Reference
from mappings.errors import SourceError
from mappings.source import Source

Body = dict[str, Any]
NAMES = ("bezoek", "begonnen", "bereikt", "gestopt", "reden", "referentie")
"""The columns of an attempt's record."""


class MatomoClient(Client):
    """Asks Matomo: a form by POST, with the token in it and in no header."""

    def _carried(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        return {"data": {**(body or {}), "token_auth": self.token.header().removeprefix("Token ")}}


def read_matomo(
    source: Source, folder: Path, told: Told, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[RawBatch]:
    """Yield a record an attempt. Raises SourceError."""
    form = source.matomo
    if form is None:  # the model refuses such a source
        raise ValueError("a source of kind 'matomo' needs 'matomo'")
    if form.url is None:
        yield from _exported(source, form, folder)
        return
    told.read_at = now()
    where = f"source '{source.name}'"
    token = StaticToken("Token", token_of(form.token_env, where))
    client = MatomoClient({"api": substituted(form.url, where).rstrip("/")}, token, 1, form.timeout_seconds, form.tries)
    try:
        today = told.read_at.astimezone(ZoneInfo(source.zone)).date()
        for day in _days(date.fromisoformat(str(form.since)), today):
            yield from _batches(source, form, _visits_of(client, form, day), f"{source.name} {day} visit", 0)
    except Refusal as said:
        what = f"Matomo refuses ({said.status})"
        remedy = "check the address and the token, and that it may view the site"
        raise SourceError(client.addresses["api"], what, remedy) from None
    finally:
        client.close()
    told.requests = sum(client.requests.values())
    told.note({f"requests sent again: {why}": count for why, count in client.tried_again.items()})


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _visits_of(client: Client, form: Matomo, day: date) -> Iterator[Body]:
    """Yield the visits of one day, each once, a page at a time until one is not full."""
    seen: set[str] = set()
    for offset in range(0, 10**9, form.page_size):
        asked = {
            "module": "API",
            "method": "Live.getLastVisitsDetails",
            "format": "JSON",
            "idSite": str(form.site),
            "period": "day",
            "date": day.isoformat(),
            "filter_limit": str(form.page_size),
            "filter_offset": str(offset),
            # oldest first: a visit that comes in meanwhile shifts no page
            "filter_sort_order": "asc",
            "doNotFetchActions": "0",
        }
        visits = _checked(client.search("api", "/index.php", asked), client.addresses["api"])
        for visit in visits:
            if (own := str(visit.get("idVisit"))) not in seen:
                seen.add(own)
                yield visit
        if len(visits) < form.page_size:
            return


def _checked(body: Any, where: str) -> list[Body]:
    """Return the visits; Matomo says no with an ordinary answer, whose message may repeat what was asked."""
    if isinstance(body, dict) and body.get("result") == "error":
        remedy = "check the token, its right to view the site, and the number of the site"
        raise SourceError(where, "Matomo refuses the question", remedy)
    if not isinstance(body, list) or not all(isinstance(visit, dict) for visit in body):
        raise SourceError(where, "the answer is no list of visits", "is this the address of Matomo?")
    return body


def _exported(source: Source, form: Matomo, folder: Path) -> Iterator[RawBatch]:
    for number, file in enumerate(source_files(source, folder)):
        yield from _batches(source, form, _visits_in(file), f"{file.name} visit", number)


def _visits_in(file: SourceFile) -> Iterator[Body]:
    """Yield the visits of an export, one at a time. Raises SourceError where it is no list of visits."""
    import ijson

    with file.open() as opened:
        stream = _WithoutMark(opened)
        # an answer that is no list is told by its beginning, whatever its size
        if not stream.head.startswith(b"["):
            is_refusal = b'"result"' in stream.head and b'"error"' in stream.head
            _checked({"result": "error"} if is_refusal else None, file.name)
        try:
            for visit in ijson.items(stream, "item", use_float=True):
                yield from _checked([visit], file.name)
        except (ijson.JSONError, UnicodeError) as error:
            remedy = "export Live.getLastVisitsDetails as JSON"
            raise SourceError(file.name, f"is no whole JSON: {error}", remedy) from None


class _WithoutMark:
    """A stream of bytes past a byte order mark and blanks, with its beginning to look at."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.head = stream.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
        self._left = self.head

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        if not size:
            return b""
        told, self._left = self._left, b""
        return told or self._stream.read(size)


def _batches(source: Source, form: Matomo, visits: Iterable[Body], where: str, file: int) -> Iterator[RawBatch]:
    buffer, passed = RowBuffer(), 0
    funnel = Funnel(form, ZoneInfo(source.zone))
    for number, visit in enumerate(visits, start=1):
        if (row := funnel.attempt(visit)) is None:
            passed += 1
        elif buffer.add(row, number):
            yield buffer.batch(where, file, NAMES, passed)
            passed = 0
    yield buffer.batch(where, file, NAMES, passed)


@dataclass(frozen=True)
class Funnel:
    """One form: what of a visit is an attempt at it."""

    form: Matomo
    zone: ZoneInfo

    def attempt(self, visit: Body) -> Body | None:
        """Return the attempt that a visit is, None where it came to no step of the form."""
        actions = [each for each in visit.get("actionDetails") or () if isinstance(each, dict)]
        reached = [n for action in actions for n, step in enumerate(self.form.steps) if _shows(action, step)]
        if not reached:
            return None
        furthest, last = max(reached), len(self.form.steps) - 1
        return {
            "bezoek": str(visit.get("idVisit") or "") or None,
            "begonnen": self._begun(visit, actions),
            "bereikt": self.form.steps[furthest].name,
            "gestopt": None if furthest == last else self.form.steps[furthest].name,
            "reden": None if furthest == last else _last_event(actions, self.form.reason),
            "referentie": _reference(visit, actions, self.form.reference),
        }

    def _begun(self, visit: Body, actions: list[Body]) -> str | None:
        """Return when the visitor came to the form, else when the visit began; stamps are Unix seconds."""
        first = next((a for a in actions if any(_shows(a, step) for step in self.form.steps)), {})
        for said in (first.get("timestamp"), visit.get("firstActionTimestamp"), visit.get("serverTimestamp")):
            if isinstance(said, int) or (isinstance(said, str) and said.isdigit()):
                return datetime.fromtimestamp(int(said), UTC).isoformat()
        return None


def _shows(action: Body, step: FormStep) -> bool:
    if step.event is not None:
        return fnmatch.fnmatchcase(_event(action), step.event if step.event.count("/") > 1 else f"{step.event}/*")
    return action.get("type") != "event" and step.url is not None and step.url in str(action.get("url") or "")


def _event(action: Body) -> str:
    if action.get("type") != "event":
        return ""
    return "/".join(str(action.get(f"event{part}") or "") for part in ("Category", "Action", "Name"))


def _last_event(actions: list[Body], wanted: str | None) -> str | None:
    """Return the name of the last event of that category and action."""
    names = [str(a.get("eventName") or "") for a in actions if wanted and _event(a).startswith(f"{wanted}/")]
    return next((name for name in reversed(names) if name), None)


def _reference(visit: Body, actions: list[Body], rule: Reference | None) -> str | None:
    if rule is None:
        return None
    if rule.event is not None:
        return _last_event(actions, rule.event)
    if rule.url is not None:
        found = [match.group(1) for a in actions if (match := re.search(rule.url, str(a.get("url") or "")))]
        return found[-1] if found else None
    told = [each for place in (*actions, visit) if (each := _variable(place, rule))]
    return told[0] if told else None


def _variable(place: Body, rule: Reference) -> str | None:
    if rule.dimension is not None:
        return str(place.get(f"dimension{rule.dimension}") or "") or None
    numbered = place.get("customVariables")
    for number, each in numbered.items() if isinstance(numbered, dict) else ():
        for kind in ("", "Page"):
            if isinstance(each, dict) and each.get(f"customVariable{kind}Name{number}") == rule.variable:
                return str(each.get(f"customVariable{kind}Value{number}") or "") or None
    return None
