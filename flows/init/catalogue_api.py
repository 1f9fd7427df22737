"""The zaaktypen of a running installation, and what the newest statuses of each type show of their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.init.case_type import CaseType, Observed, observed
from flows.init.catalogue_export import case_types
from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.client import Client, Params
from flows.sources.zgw.kept import UNIT, Body, id_of, part, text
from mappings.errors import SourceError

_MOST_PAGES = 200


@dataclass(frozen=True)
class Seen:
    """What an installation showed: its zaaktypen, the units that handle cases, and the requests that it took."""

    case_types: list[CaseType]
    units: tuple[str, ...]
    requests: int
    cases: dict[str, int]
    """identificatie → cases looked at."""


def case_types_of_api(client: Client, wanted: Iterable[str] = ()) -> Seen:
    """Look at the catalogue and at one page of the newest statuses of each statustype. Raises SourceError."""
    try:
        return _seen(client, tuple(wanted))
    except Refusal as said:
        raise said.told(client.addresses["catalogi"], "catalogi") from None


def _seen(client: Client, wanted: tuple[str, ...]) -> Seen:
    zaaktypen = _all(client, "zaaktypen", (("status", "alles"),))
    statustypen = _all(client, "statustypen", (("status", "alles"),))
    resultaattypen = _all(client, "resultaattypen", (("status", "alles"),))
    names = {text(z, "url"): text(z, "identificatie") for z in zaaktypen}
    listed = [s for s in statustypen if not wanted or names.get(text(s, "zaaktype")) in wanted]
    seen = _observed(client, listed, names)
    found = case_types(zaaktypen, statustypen, resultaattypen, wanted, client.addresses["catalogi"], seen)
    # those that have cases first: one of them is laid over the log
    found.sort(key=lambda each: -each.observed.cases)
    cases = {each.identificatie: each.observed.cases for each in found}
    return Seen(found, _units(client), sum(client.requests.values()), cases)


def _all(client: Client, resource: str, params: Params) -> list[Body]:
    """Return all rows of a list of the catalogue, page by page."""
    found: list[Body] = []
    for number in range(1, _MOST_PAGES + 1):
        answer = client.get("catalogi", f"/{resource}", (*params, ("page", str(number))), resource)
        found += _results(answer)
        if not isinstance(answer, dict) or not answer.get("next"):
            return found
    raise SourceError(
        client.addresses["catalogi"], f"has more than {_MOST_PAGES} pages of {resource}", "name zaaktypen"
    )


def _observed(client: Client, statustypen: list[Body], names: dict[str | None, str | None]) -> dict[str, Observed]:
    def newest(statustype: Body) -> list[Body]:
        url = text(statustype, "url") or ""
        return _results(client.get("zaken", "/statussen", (("statustype", url),), "statussen of one type"))

    cases: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    with ThreadPoolExecutor(client.concurrency, "zgw") as pool:
        for statustype, statuses in zip(statustypen, pool.map(newest, statustypen), strict=True):
            case_type, name = names.get(text(statustype, "zaaktype")), text(statustype, "omschrijving")
            for status in statuses:
                zaak, moment = id_of(text(status, "zaak")), text(status, "datumStatusGezet")
                if case_type and name and zaak and moment:
                    cases[case_type][zaak].append((moment, name))
    return {case_type: observed(each.values()) for case_type, each in cases.items()}


def _units(client: Client) -> tuple[str, ...]:
    """Return the organisational units on the first page of the roles."""
    try:
        answer = client.get("zaken", "/rollen", (("betrokkeneType", UNIT),), "rollen")
    except Refusal as said:
        if said.is_forbidden:
            return ()
        raise
    who = [part(body, "betrokkeneIdentificatie") for body in _results(answer)]
    return tuple(sorted({name for each in who if (name := text(each, "naam") or text(each, "identificatie"))}))


def _results(answer: object) -> list[Body]:
    listed = answer.get("results") if isinstance(answer, dict) else answer
    return [body for body in listed if isinstance(body, dict)] if isinstance(listed, list) else []
