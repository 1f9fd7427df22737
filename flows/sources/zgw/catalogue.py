"""The catalogue as far as a reading needs it: the versions of each zaaktype, and what their types are called.

A type belongs to one version of a zaaktype and has a URL of its own; `identificatie` is what versions share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flows.sources.zgw.client import Client
from flows.sources.zgw.copy import Copy
from flows.sources.zgw.kept import Body, Row, flag, text
from flows.sources.zgw.walks import Page, Walk, Walks
from mappings.errors import SourceError
from mappings.zgw import Zgw

_ALL = ("status", "alles")
"""Also the concepts, which may have been published and withdrawn since."""
_MOST_PLACES = 10_000
"""The standard's `volgnummer` has four digits."""
_OF_VERSION = ("statustypen", "resultaattypen", "roltypen")


def read_catalogue(client: Client, copy: Copy, zgw: Zgw) -> list[str]:
    """Read the types into the copy; return the URLs of the versions that the mapping names, none where it names none.

    Raises SourceError where a zaaktype that the mapping names is not there.
    """
    walks = Walks(client, copy, zgw.page_size, zgw.deepest_page, _keep, lambda page: _take(copy, page))
    named = [Walk("catalogi", "zaaktypen", (("identificatie", each), _ALL)) for each in zgw.zaaktypen]
    walks.read(named or [Walk("catalogi", "zaaktypen", (_ALL,))])
    chosen = _chosen(copy, client, zgw) if named else []
    if chosen:
        filters = [(("zaaktype", url), _ALL) for url in chosen]
        walks.read(Walk("catalogi", resource, params) for resource in _OF_VERSION for params in filters)
    else:
        walks.read(Walk("catalogi", resource, (_ALL,)) for resource in _OF_VERSION)
    if zgw.decisions:
        walks.read([Walk("catalogi", "besluittypen", (_ALL,))])
    return chosen


def _chosen(copy: Copy, client: Client, zgw: Zgw) -> list[str]:
    found = copy.rows("SELECT url, zaaktype FROM types WHERE kind = 'zaaktypen' ORDER BY url")
    chosen = [url for url, identificatie in found if identificatie in zgw.zaaktypen]
    if missing := sorted(set(zgw.zaaktypen) - {identificatie for _, identificatie in found}):
        raise SourceError(
            f"{client.addresses['catalogi']}/zaaktypen",
            f"has no zaaktype {', '.join(missing)} that this client may see",
            "write its 'identificatie' as the catalogue has it, or let the client see it; leave 'zaaktypen' out to"
            " read all",
        )
    return chosen


def _keep(resource: str) -> Callable[[Body], Row | None]:
    return lambda body: type_row(resource, body)


def type_row(resource: str, body: Body) -> Row | None:
    """Return URL, kind, zaaktype (of a zaaktype its identificatie, of a type the URL of its version), name, place."""
    url = text(body, "url")
    if url is None:
        return None
    own = text(body, "identificatie") if resource == "zaaktypen" else text(body, "zaaktype")
    place = body.get("volgnummer")
    name = text(body, "omschrijvingGeneriek") if resource == "roltypen" else text(body, "omschrijving")
    is_place = isinstance(place, int) and not isinstance(place, bool) and abs(place) < _MOST_PLACES
    return (url, resource, own, name, place if is_place else None, int(flag(body, "isEindstatus") or False))


def _take(copy: Copy, page: Page) -> None:
    rows: Iterable[Row] = page.kept
    copy.db.executemany("INSERT OR REPLACE INTO types VALUES (?, ?, ?, ?, ?, ?)", rows)
