"""Contacts of citizens, from Klantinteracties (Open Klant) or Contactmomenten: moment, channel, initiator, case.

A contact about two cases becomes a record for each; the run counts them. Rules owned here: nothing of a person is
kept, nor what was said; a subject is kept only where the mapping lists it. The whole list is read each time, since
neither API can be asked for what changed; a page at a time, the little that is kept of it lies on disk meanwhile.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flows.sources.contact_shelf import Shelf
from flows.sources.files import substituted
from flows.sources.listing import listed
from flows.sources.records import RawBatch, RowBuffer, Told
from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.client import Client
from flows.sources.zgw.token import StaticToken, Token
from mappings.citizen import OTHER_SUBJECT, ContactApi
from mappings.errors import SourceError
from mappings.source import Source

Body = dict[str, Any]
Row = tuple[str | None, ...]
NAMES = ("contact", "zaak", "onderwerp", "moment", "id", "kanaal", "initiatief")
"""The columns of a contact's record."""
CITIZEN, ORGANISATION = "klant", "gemeente"


def read_contacts(
    source: Source, told: Told, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[RawBatch]:
    """Yield a record a contact and case; requests and what was noted are put into `told`. Raises SourceError."""
    api = source.contacts
    if api is None:  # the model refuses such a source
        raise ValueError("a source of contacts needs 'contacts'")
    where = f"source '{source.name}'"
    told.read_at = now()
    client = _client(api, where)
    reading = _Reading(source, api, client)
    try:
        rows = reading.klantinteracties() if source.kind == "klantinteracties" else reading.contactmomenten()
        buffer = RowBuffer()
        for number, row in enumerate(rows, start=1):
            if buffer.add(row, number):
                yield buffer.batch(f"{source.name} contact", columns=NAMES)
        yield buffer.batch(f"{source.name} contact", columns=NAMES)
    except Refusal as said:
        raise _advice(said, client.addresses["api"]) from None
    finally:
        client.close()
        reading.shelf.close()
    told.requests = sum(client.requests.values())
    told.note(reading.noted)
    told.note({f"requests sent again: {why}": count for why, count in client.tried_again.items()})


def token_of(name: str | None, where: str) -> str:
    """Return the token from the environment. Raises SourceError where it is not there."""
    found = os.environ.get(name or "")
    if not found:
        raise SourceError(where, f"the environment variable {name} is not set", "set it to the token")
    return found


def _client(api: ContactApi, where: str) -> Client:
    address = substituted(api.url or "", where).rstrip("/")
    secret = token_of(api.token_env, where)
    token = Token(api.client_id, secret, api.client_id) if api.client_id else StaticToken("Token", secret)
    return Client({"api": address}, token, 1, api.timeout_seconds, api.tries)


def _advice(said: Refusal, address: str) -> SourceError:
    what = f"the API refuses ({said.status}{f', {said.code}' if said.code else ''})"
    if said.status in (401, 403):
        return SourceError(address, what, "check the token and the rights of this client: it needs to read contacts")
    return SourceError(address, what, "check 'contacts.url': it ends at /api/v1, before the name of a list")


@dataclass
class _Reading:
    """One reading of one API."""

    source: Source
    api: ContactApi
    client: Client
    noted: Counter[str] = field(default_factory=Counter)
    shelf: Shelf = field(default_factory=Shelf)

    def klantinteracties(self) -> Iterator[Body]:
        """Yield the contacts of Open Klant: the objects and whose initiative it was are lists of their own."""

        def about(each: Body) -> Row:
            return _own(_part(each, "klantcontact")), self._case(_part(each, "onderwerpobjectidentificator"))

        def initiator(each: Body) -> Row:
            said = each.get("initiator")
            if each.get("rol") != "klant" or not isinstance(said, bool):
                return None, None
            return _own(_part(each, "hadKlantcontact")), CITIZEN if said else ORGANISATION

        def contact(each: Body) -> Row:
            subject = self._listed(each.get("onderwerp"))
            return _own(each), subject, _text(each, "plaatsgevondenOp"), _text(each, "kanaal"), None

        self._all("onderwerpobjecten", "about", about)
        self._all("betrokkenen", "initiators", initiator)
        self._all("klantcontacten", "contacts", contact)
        yield from self._rows()

    def contactmomenten(self) -> Iterator[Body]:
        """Yield the contacts of the older API. Its text is never kept, and it knows no subject."""

        def about(each: Body) -> Row:
            is_case = each.get("objectType") == self.api.object_type
            return _own({"url": each.get("contactmoment")}), _own({"url": each.get("object")}) if is_case else None

        def contact(each: Body) -> Row:
            started = {"klant": CITIZEN, "gemeente": ORGANISATION}.get(str(each.get("initiatiefnemer")))
            return _own(each), None, _text(each, "registratiedatum"), _text(each, "kanaal"), started

        self._all("objectcontactmomenten", "about", about)
        self._all("contactmomenten", "contacts", contact)
        yield from self._rows()

    def _all(self, name: str, table: str, kept: Callable[[Body], Row]) -> None:
        """Read a list and keep of each row what is asked."""

        def take(rows: list[Body]) -> int:
            return self.shelf.take(table, ((str(row.get("uuid") or row.get("url")), *kept(row)) for row in rows))

        size = self.api.page_size if self.source.kind == "klantinteracties" else None
        in_doubt = listed(self.client, name, size, partial(self.shelf.empty, table), take)
        if in_doubt:
            self.noted[f"rows in doubt, the list kept shifting: {name}"] += in_doubt

    def _case(self, of: Body) -> str | None:
        """Return the number of the case that an object is, None where it is something else."""
        if str(of.get("codeObjecttype") or "").casefold() != self.api.object_type.casefold():
            return None
        if self.api.object_register is not None and of.get("codeRegister") != self.api.object_register:
            return None
        said = str(of.get("objectId") or "")
        return _last_part(said) if said.startswith(("http://", "https://")) else said or None

    def _rows(self) -> Iterator[Body]:
        for own, subject, moment, channel, started, cases in self.shelf.contacts():
            about = cases or (None,)
            self.noted["contacts about more than one case, a record for each"] += len(about) > 1
            self.noted["contacts about no case"] += not cases
            self.noted["contacts whose initiator is not known"] += started is None
            self.noted["contacts without a subject that the mapping lists"] += subject is None
            for case in about:
                several = f"{own}:{case}" if len(about) > 1 else own
                yield {
                    "contact": several,
                    "zaak": case,
                    "onderwerp": subject or OTHER_SUBJECT,
                    "moment": moment,
                    "id": several,
                    "kanaal": channel,
                    "initiatief": started,
                }

    def _listed(self, said: Any) -> str | None:
        """Return the subject where the mapping lists it: what else was typed there may name somebody."""
        is_listed = isinstance(said, str) and (said in self.source.activities or said in self.source.ignored)
        return said if is_listed else None


def _text(body: Body, name: str) -> str | None:
    found = body.get(name)
    return found if isinstance(found, str) else None


def _part(body: Body, name: str) -> Body:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _own(body: Body) -> str | None:
    """Return the id of a row: its uuid, or the end of its address, which names no host."""
    own = body.get("uuid")
    return own if isinstance(own, str) and own else _last_part(str(body.get("url") or ""))


def _last_part(url: str) -> str | None:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] or None
