"""A whole list of an API, page after page, by number: a link that an answer gives is never followed.

A list that shifts while it is read is read again, at most three times; what is still in doubt is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flows.sources.zgw.client import Client
from mappings.errors import SourceError

TRIES = 3
MOST_PAGES = 100_000


@dataclass
class Listing:
    """The rows of a list, each once, and how many the server counts more or fewer than were met."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    in_doubt: int = 0


def listed(client: Client, name: str, page_size: int | None = None) -> Listing:
    """Return all rows of `/name`. Raises Refusal, and SourceError where the answer is no list."""
    listing = Listing()
    for _ in range(TRIES):
        listing = _read(client, name, page_size)
        if not listing.in_doubt:
            break
    return listing


def _read(client: Client, name: str, page_size: int | None) -> Listing:
    rows: dict[str, dict[str, Any]] = {}
    met = counted = 0
    for page in range(1, MOST_PAGES):
        size = (("pageSize", str(page_size)),) if page_size else ()
        body = client.get("api", f"/{name}", (("page", str(page)), *size), what=name)
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list):
            raise SourceError(client.addresses["api"], f"'/{name}' is no list", "check the address of the API")
        told = [row for row in results if isinstance(row, dict)]
        rows.update({str(row.get("uuid") or row.get("url")): row for row in told})
        met, counted = met + len(results), int(body.get("count") or 0)
        if not body.get("next"):
            break
    return Listing(list(rows.values()), max(abs(counted - met), met - len(rows)))
