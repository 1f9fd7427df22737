"""A whole list of an API, page after page, by number: a link that an answer gives is never followed.

A list that shifts while it is read is read again, at most three times; what is still in doubt is counted. A page is
handed on as it comes: the list is nowhere whole in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.sources.zgw.client import Client
from mappings.errors import SourceError

TRIES = 3
MOST_PAGES = 100_000
Take = Callable[[list[dict[str, Any]]], int]
"""Takes the rows of a page in, each once, and returns how many there are now."""


def listed(client: Client, name: str, page_size: int | None, begin: Callable[[], None], take: Take) -> int:
    """Read all rows of `/name`; return how many are in doubt. `begin` lets go of what an earlier reading took.

    Raises Refusal, and SourceError where the answer is no list.
    """
    in_doubt = 0
    for _ in range(TRIES):
        begin()
        in_doubt = _read(client, name, page_size, take)
        if not in_doubt:
            break
    return in_doubt


def _read(client: Client, name: str, page_size: int | None, take: Take) -> int:
    """Return how many rows the server counts more or fewer than were met, or that were met twice."""
    known = met = counted = 0
    for page in range(1, MOST_PAGES):
        size = (("pageSize", str(page_size)),) if page_size else ()
        body = client.get("api", f"/{name}", (("page", str(page)), *size), what=name)
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list):
            raise SourceError(client.addresses["api"], f"'/{name}' is no list", "check the address of the API")
        known = take([row for row in results if isinstance(row, dict)])
        met, counted = met + len(results), int(body.get("count") or 0)
        if not body.get("next"):
            break
    return max(abs(counted - met), met - known)
