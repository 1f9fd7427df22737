"""The zaaktypen of a running installation, and what some of the newest cases of each show of their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.init.case_type import CaseType, Observed, observed
from flows.init.catalogue_export import case_types
from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.client import Client, Params
from flows.sources.zgw.kept import UNIT, Body, flag, part, text
from mappings.errors import SourceError

_MOST_PAGES = 200
_CASES = 30
"""How many ended cases of a zaaktype are looked at."""
_FEW = 3
"""How many cases of each other status are looked at beside them: they show an order, but no share."""


@dataclass(frozen=True)
class Seen:
    """What an installation showed: its zaaktypen, the units that handle cases, and the requests that it took."""

    case_types: list[CaseType]
    units: tuple[str, ...]
    requests: int
    cases: dict[str, int]
    """identificatie → cases looked at."""


def case_types_of_api(client: Client, wanted: Iterable[str] = ()) -> Seen:
    """Look at the catalogue and at some of the newest cases of each zaaktype. Raises SourceError."""
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
    """Read some of the newest cases of each zaaktype whole: those that ended, and a few in each of the other states."""
    labels = {text(s, "url"): (names.get(text(s, "zaaktype")), text(s, "omschrijving")) for s in statustypen}

    def newest(statustype: Body) -> list[str]:
        url = text(statustype, "url") or ""
        listed = _results(client.get("zaken", "/statussen", (("statustype", url),), "statussen of one type"))
        return list(dict.fromkeys(zaak for each in listed if (zaak := text(each, "zaak"))))

    def passed(zaak: str) -> list[tuple[str, str, str]]:
        told = _results(client.get("zaken", "/statussen", (("zaak", zaak),), "statussen of one case"))
        named = [(*labels.get(text(s, "statustype"), (None, None)), text(s, "datumStatusGezet")) for s in told]
        return [(kind, moment, name) for kind, name, moment in named if kind and moment and name]

    with ThreadPoolExecutor(client.concurrency, "zgw") as pool:
        chosen = _looked_at(zip(statustypen, pool.map(newest, statustypen), strict=True))
        sequences = list(pool.map(passed, [zaak for zaak, _ in chosen]))
    found: dict[str, list[tuple[bool, list[tuple[str, str]]]]] = defaultdict(list)
    for (_, is_ended), sequence in zip(chosen, sequences, strict=True):
        if sequence:
            found[sequence[0][0]].append((is_ended, [(moment, name) for _, moment, name in sequence]))
    return {kind: observed(each) for kind, each in found.items()}


def _looked_at(newest: Iterable[tuple[Body, list[str]]]) -> list[tuple[str, bool]]:
    """Return the cases to look at, and whether each has ended."""
    ended: dict[str, None] = {}
    under_way: dict[str, None] = {}
    for statustype, zaken in newest:
        is_last = flag(statustype, "isEindstatus")
        (ended if is_last else under_way).update(dict.fromkeys(zaken[: _CASES if is_last else _FEW]))
    return [(zaak, True) for zaak in ended] + [(zaak, False) for zaak in under_way if zaak not in ended]


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
