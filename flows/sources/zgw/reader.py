"""Reads a source of kind zgw: the copy is brought up to date, and told as records.

A reading that was killed goes on where it stopped: its beginning, and each page that it read, stand in the copy.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flows.sources.files import substituted
from flows.sources.records import RawBatch, Told
from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.audit import read_trails
from flows.sources.zgw.catalogue import read_catalogue
from flows.sources.zgw.client import Client
from flows.sources.zgw.copy import Copy
from flows.sources.zgw.kept import Keeping
from flows.sources.zgw.notifications import Inbox, marks_of
from flows.sources.zgw.reading import Reading
from flows.sources.zgw.records import Records
from flows.sources.zgw.token import Token
from mappings.errors import SourceError
from mappings.source import Source
from mappings.zgw import Zgw

_COMPONENTS = ("zaken", "catalogi", "besluiten")


def read_zgw(
    source: Source,
    folder: Path,
    state: Path,
    key: bytes,
    told: Told,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[RawBatch]:
    """Yield the records of all cases, after bringing the copy in `state` up to date.

    What the reading cost and what it could not see is put into `told`. Raises SourceError.
    """
    zgw = zgw_of(source)
    client = client_of(zgw, f"source '{source.name}'")
    try:
        with Copy(state / f"{source.name}.zgw.sqlite") as copy:
            reading = _brought_up_to_date(source, folder, client, copy, key, told, now)
            zone, chosen = ZoneInfo(source.zone), reading.chosen
            records = Records(copy, source.name, zone, chosen, zgw.handler_roles, zgw.ending_results)
            yield from records.batches()
            told.note(records.noted)
            told.withdrawn.extend(records.taken_over())
    finally:
        client.close()


def zgw_of(source: Source) -> Zgw:
    """Return the part of the mapping that kind zgw has."""
    if source.zgw is None:  # the model refuses such a source
        raise ValueError("a source of kind 'zgw' needs 'zgw'")
    return source.zgw


def client_of(zgw: Zgw, where: str) -> Client:
    """Return a client with its secret from where the mapping says. Raises SourceError where it is not there."""
    wanted = [name for name in _COMPONENTS if zgw.root or getattr(zgw, name)]
    addresses = {name: _address(substituted(zgw.address(name), where), where) for name in wanted}
    token = Token(zgw.client_id, _secret(zgw, where), zgw.user_id)
    return Client(addresses, token, zgw.concurrency, zgw.timeout_seconds, zgw.tries)


def _address(text: str, where: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        remedy = "write https://host, or set the variable that it is taken from"
        raise SourceError(where, f"'{parts.scheme}://{parts.hostname or ''}{parts.path}' is no address", remedy)
    return text.rstrip("/")


def _secret(zgw: Zgw, where: str) -> str:
    if zgw.secret_env is not None:
        found = os.environ.get(zgw.secret_env)
        if not found:
            raise SourceError(where, f"the environment variable {zgw.secret_env} is not set", "set it to the secret")
        return found
    from prefect.blocks.system import Secret

    try:
        return str(Secret.load(zgw.secret_block or "").get())
    except Exception as error:
        what = f"the Prefect block '{zgw.secret_block}' cannot be read ({type(error).__name__})"
        raise SourceError(where, what, "make a block of type Secret with that name, or use 'secret_env'") from None


def _brought_up_to_date(
    source: Source, folder: Path, client: Client, copy: Copy, key: bytes, told: Told, now: Callable[[], datetime]
) -> Reading:
    zgw, inbox = zgw_of(source), Inbox.of(source, folder)
    _begin(copy, zgw, key, now, inbox)
    read_at, last_read_at = copy.told("reading_since") or "", copy.told("last_read_at")
    component = "catalogi"
    try:
        chosen = tuple(read_catalogue(client, copy, zgw))
        component = "zaken"
        keeping = Keeping(key, frozenset(zgw.kenmerken))
        reading = Reading(client, copy, zgw, keeping, chosen, read_at)
        if last_read_at is not None:
            reading.since(last_read_at, _notified(copy, inbox, last_read_at))
        if is_sweep := reading.is_everything_cheaper or _is_sweep_due(copy, zgw):
            reading.is_counting_missed = last_read_at is not None and not reading.is_everything_cheaper
            reading.everything()
        reading.settle_doubles()
        component = "audittrail"
        read_trails(reading)
    except Refusal as said:
        where = said.where or client.addresses.get(component, client.addresses["zaken"])
        raise said.told(where, component) from None
    _refuse_doubles(copy, client, zgw)
    _tell(told, reading, is_sweep, read_at)
    _finish(copy, zgw, is_sweep, read_at)
    return reading


def _notified(copy: Copy, inbox: Inbox, last_read_at: str) -> list[str]:
    """Return the cases that notifications named between the beginnings of the last reading and of this one."""
    return inbox.cases(marks_of(copy.told("notified")), marks_of(copy.told("notified_until")) or {}, last_read_at)


def _begin(copy: Copy, zgw: Zgw, key: bytes, now: Callable[[], datetime], inbox: Inbox) -> None:
    """Note that a reading has begun, or go on with the one that was killed.

    What is notified from here on is for the next reading: this one may have read the case before.
    """
    keyed = hashlib.sha256(key + b"zgw copy").hexdigest()
    if copy.told("key") not in (None, keyed):
        copy.forget_all()  # under another key the same person has another pseudonym
    asked = _asked(zgw)
    if copy.told("asked") != asked:
        with copy.whole():
            copy.tell(asked=asked, sweep_due="asked otherwise", reading_since=None)
    if copy.told("reading_since") is None:
        with copy.whole():
            copy.db.execute("DELETE FROM pages")
            copy.db.execute("DELETE FROM seen")
            marks = None if zgw.notifications is None else json.dumps(inbox.marks())
            copy.tell(reading_since=now().astimezone(UTC).isoformat(), key=keyed, notified_until=marks)


def _asked(zgw: Zgw) -> str:
    """Return a digest of what is asked for: where that changes, all is read anew."""
    names = {"root", "zaken", "zaaktypen", "case_number", "roles", "decisions", "kenmerken"}
    return hashlib.sha256(json.dumps(zgw.model_dump(mode="json", include=names), sort_keys=True).encode()).hexdigest()


def _is_sweep_due(copy: Copy, zgw: Zgw) -> bool:
    readings = int(copy.told("readings_since_sweep") or 0) + 1
    return copy.told("sweep_due") is not None or copy.told("last_read_at") is None or readings >= zgw.sweep_every


def _finish(copy: Copy, zgw: Zgw, is_sweep: bool, read_at: str) -> None:
    readings = 0 if is_sweep else int(copy.told("readings_since_sweep") or 0) + 1
    with copy.whole():
        copy.db.execute("DELETE FROM pages")
        copy.db.execute("DELETE FROM seen")
        due = {"sweep_due": None} if is_sweep else {}
        copy.tell(notified=copy.told("notified_until"), notified_until=None)
        copy.tell(reading_since=None, last_read_at=read_at, readings_since_sweep=str(readings), **due)


def _refuse_doubles(copy: Copy, client: Client, zgw: Zgw) -> None:
    """Two cases of one number would become one."""
    query = "SELECT number FROM zaken WHERE gone_at IS NULL GROUP BY number HAVING count(*) > 1 ORDER BY number"
    doubles = [number for (number,) in copy.rows(query)]
    if doubles:
        remedy = "set 'case_number: organisation_and_identificatie', or 'uuid'"
        what = f"{len(doubles)} case numbers stand for more than one case, such as '{doubles[0]}'"
        raise SourceError(client.addresses["zaken"], what, remedy)


def _tell(told: Told, reading: Reading, is_sweep: bool, read_at: str) -> None:
    copy, client = reading.copy, reading.client
    told.read_at = datetime.fromisoformat(read_at)
    told.requests = sum(client.requests.values())
    told.note({f"requests: {what}": count for what, count in client.requests.items()})
    told.note({f"requests sent again: {why}": count for why, count in client.tried_again.items()})
    told.note({"everything was read" if is_sweep else "only what may have changed was read": 1})
    told.note({f"rows in doubt, the list kept shifting: {name}": n for name, n in reading.walks.doubtful.items() if n})
    by_pages = reading.walks.by_pages.items()
    told.note({f"lists read page by page, since narrower ones did not hold all: {name}": n for name, n in by_pages})
    told.note(reading.noted)
    told.note({"cases": copy.one("SELECT count(*) FROM zaken WHERE gone_at IS NULL")})
    query = (
        "SELECT coalesce(json_extract(kept, '$.vertrouwelijkheidaanduiding'), 'unknown'), count(*) FROM zaken"
        " WHERE gone_at IS NULL GROUP BY 1"
    )
    told.note({f"cases seen with confidentiality {level}": n for level, n in copy.rows(query)})
    told.note({f"rows without an id: {name}": n for name, n in reading.walks.rejected.items() if n})
    told.note({f"rows that name no case: {name}": n for name, n in reading.walks.unplaced.items() if n})
    told.note(Counter({"cases without any status": copy.one(_WITHOUT_STATUS)}))
    told.note({"cases that are gone, whose number now is that of another case": copy.one(_TAKEN_OVER)})


_WITHOUT_STATUS = (
    "SELECT count(*) FROM zaken z WHERE gone_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM statussen s WHERE s.zaak = z.uuid)"
)
_TAKEN_OVER = (
    "SELECT count(*) FROM zaken WHERE gone_at IS NOT NULL"
    " AND number IN (SELECT number FROM zaken WHERE gone_at IS NULL)"
)
