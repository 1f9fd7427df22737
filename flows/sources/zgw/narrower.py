"""Narrower lists for one that is too deep: cases by the day they started, all else by the type it has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from flows.sources.zgw.client import Client, Params
from flows.sources.zgw.copy import Copy
from flows.sources.zgw.kept import text
from flows.sources.zgw.walks import Walk

_PAGES_A_LIST = 8
_TYPE_OF = {
    "statussen": ("statustype", "statustypen"),
    "resultaten": ("resultaattype", "resultaattypen"),
    "rollen": ("roltype", "roltypen"),
    "besluiten": ("besluittype", "besluittypen"),
}
"""Resource → the filter on its type, and the types."""


@dataclass
class Narrowing:
    """Makes narrower lists."""

    client: Client
    copy: Copy
    days: dict[Walk, tuple[date, date]] = field(default_factory=dict)
    """List of cases → first and last day on which one of it started."""

    def narrower(self, walk: Walk, count: int, size: int) -> list[Walk]:
        """Return lists that together hold what this one holds; none where it cannot be made narrower."""
        if walk.resource == "zaken":
            return self._by_start(walk, count, size)
        if walk.resource not in _TYPE_OF:
            return []
        name, kind = _TYPE_OF[walk.resource]
        if all(key != name for key, _ in walk.params):
            return [_with(walk, (name, url)) for url in self._types(kind)]
        if walk.resource == "statussen" and all(key != _LAST for key, _ in walk.params):
            return [_with(walk, (_LAST, value)) for value in ("true", "false")]
        return []

    def _types(self, kind: str) -> list[str]:
        """Return the types of the zaaktypen that cases have; of besluiten all."""
        if kind == "besluittypen":
            found = self.copy.rows("SELECT url FROM types WHERE kind = ? ORDER BY url", kind)
        else:
            of_cases = "SELECT zaaktype FROM zaken WHERE gone_at IS NULL"
            query = f"SELECT url FROM types WHERE kind = ? AND zaaktype IN ({of_cases}) ORDER BY url"  # noqa: S608
            found = self.copy.rows(query, kind)
        return [url for (url,) in found]

    def _by_start(self, walk: Walk, count: int, size: int) -> list[Walk]:
        first, last = self.days.get(walk) or self._extremes(walk)
        days = (last - first).days + 1
        if days < 2:
            return []
        lists = min(days, max(2, -(-count // (_PAGES_A_LIST * size))))
        starts = [first + timedelta(days * n // lists) for n in range(lists)]
        return [self._between(walk, *bounds) for bounds in zip(starts, [*starts[1:], last + timedelta(1)], strict=True)]

    def _between(self, walk: Walk, begin: date, end: date) -> Walk:
        """Return the part of a list from one day up to another; a list without bounds keeps its open ends."""
        low, high = self.days.get(walk) or self._known
        params: Params = tuple(p for p in walk.params if p[0] not in ("startdatum__gte", "startdatum__lt"))
        if begin > low or _has(walk, "startdatum__gte"):
            params = (*params, ("startdatum__gte", begin.isoformat()))
        if end <= high or _has(walk, "startdatum__lt"):
            params = (*params, ("startdatum__lt", end.isoformat()))
        made = replace(walk, params=params)
        self.days[made] = (begin, end - timedelta(1))
        return made

    def _extremes(self, walk: Walk) -> tuple[date, date]:
        found = [self._start_of_first(walk, ordering) for ordering in ("startdatum", "-startdatum")]
        low, high = found[0] or date.max, found[1] or date.min
        self._known = (low, high) if low <= high else (date.min, date.min)
        return self._known

    def _start_of_first(self, walk: Walk, ordering: str) -> date | None:
        answer = self.client.get("zaken", "/zaken", (*walk.params, ("ordering", ordering)), "zaken")
        results = answer.get("results") if isinstance(answer, dict) else None
        first = results[0] if isinstance(results, list) and results and isinstance(results[0], dict) else {}
        try:
            return date.fromisoformat(text(first, "startdatum") or "")
        except ValueError:
            return None


_LAST = "indicatieLaatstGezetteStatus"


def _with(walk: Walk, filter_: tuple[str, str]) -> Walk:
    return replace(walk, params=(*walk.params, filter_))


def _has(walk: Walk, name: str) -> bool:
    return any(key == name for key, _ in walk.params)
