"""Requests to the ZGW APIs: one connection pool, tried again with patience, never to another host.

Rules owned here: redirects and links are not followed; an answer is read up to a bound; when one thread is
told to wait (429), all wait; every request that was sent is counted.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from flows.sources.zgw.answers import AGAIN, Refusal, refusal
from flows.sources.zgw.token import StaticToken, Token
from mappings.errors import SourceError

MOST_BYTES = 64 * 2**20
LONGEST_WAIT_SECONDS = 120.0
_FIRST_WAIT_SECONDS = 0.5
_CRS = "EPSG:4326"

Params = tuple[tuple[str, str], ...]


@dataclass
class Client:
    """Asks one installation; may be used from several threads. Close it."""

    addresses: Mapping[str, str]
    """Component → address."""
    token: Token | StaticToken
    concurrency: int = 8
    timeout_seconds: float = 60.0
    tries: int = 6
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    requests: Counter[str] = field(default_factory=Counter)
    """Requests sent, tries included, by what was asked."""
    tried_again: Counter[str] = field(default_factory=Counter)
    """Why → how often a request was sent again."""
    _wait_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        import httpx

        limits = httpx.Limits(max_connections=self.concurrency, max_keepalive_connections=self.concurrency)
        self._http = httpx.Client(
            limits=limits, timeout=self.timeout_seconds, follow_redirects=False, headers={"Accept": "application/json"}
        )
        self._transport_error: type[Exception] = httpx.RequestError

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, component: str, path: str, params: Params = (), what: str = "") -> Any:
        """Return the JSON that is at a path of a component. Raises Refusal, or SourceError for no answer at all."""
        return self._asked(component, "GET", path, params, None, what or path)

    def search(self, component: str, path: str, body: Mapping[str, Any], params: Params = ()) -> Any:
        """Return the JSON that a search with POST gives; it changes nothing at the server."""
        return self._asked(component, "POST", path, params, body, path)

    def _asked(
        self, component: str, method: str, path: str, params: Params, body: Mapping[str, Any] | None, what: str
    ) -> Any:
        url, is_clock_set = self.addresses[component] + path, False
        for attempt in range(1, self.tries + 1):
            self._wait_turn()
            self._count(what)
            try:
                return self._once(method, url, params, body)
            except Refusal as said:
                if said.may_be_the_clock and not is_clock_set:
                    is_clock_set = True
                    self._again("the token's clock")
                    continue
                if said.status not in AGAIN or attempt == self.tries:
                    raise
                self._again(f"answer {said.status}")
                self._back_off(attempt)
            except (self._transport_error, _CutShort) as error:
                if attempt == self.tries:
                    raise self._no_answer(url, error) from None
                self._again(type(error).__name__.lstrip("_"))
                self._back_off(attempt)
        raise self._no_answer(url, TimeoutError())

    def _once(self, method: str, url: str, params: Params, body: Mapping[str, Any] | None) -> Any:
        with self._http.stream(method, url, params=list(params) or None, **self._carried(body)) as answer:
            content = self._content(url, answer)
            if answer.status_code == 200:
                return _parsed(content, url)
            said = refusal(answer.status_code, _parsed_or_nothing(content), _shown(url), self.token.hidden)
            self._heed(said, answer.headers)
            raise said

    def _carried(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return headers and body of a request."""
        headers = {"Authorization": self.token.header(), "Accept-Crs": _CRS}
        return {"headers": headers} if body is None else {"headers": {**headers, "Content-Crs": _CRS}, "json": body}

    def _content(self, url: str, answer: Any) -> bytes:
        parts, size = [], 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > MOST_BYTES:
                what = f"an answer is larger than {MOST_BYTES // 2**20} MiB"
                raise SourceError(_shown(url), what, "lower 'page_size', or ask the administrator what it sends")
            parts.append(part)
        return b"".join(parts)

    def _heed(self, said: Refusal, headers: Mapping[str, str]) -> None:
        """Take over the clock of a server that finds our token too old or too new, and the wait that it asks for."""
        if said.may_be_the_clock and (told := _date(headers.get("date"))) is not None:
            self.token.follow(told.timestamp())
        if (wait := _retry_after(headers.get("retry-after"), headers.get("date"))) is not None:
            with self._lock:
                until = self.clock() + min(wait, LONGEST_WAIT_SECONDS)
                self._wait_until = max(self._wait_until, until)

    def _wait_turn(self) -> None:
        with self._lock:
            wait = self._wait_until - self.clock()
        if wait > 0:
            self.sleep(wait)

    def _back_off(self, attempt: int) -> None:
        self.sleep(min(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS))

    def _count(self, what: str) -> None:
        with self._lock:
            self.requests[what] += 1

    def _again(self, why: str) -> None:
        with self._lock:
            self.tried_again[why] += 1

    def _no_answer(self, url: str, error: Exception) -> SourceError:
        what = f"there is no answer after {self.tries} tries ({type(error).__name__.lstrip('_')})"
        remedy = "check the address and the network; what was read is kept, and the next run goes on from there"
        return SourceError(_shown(url), what, remedy)


class _CutShort(Exception):  # noqa: N818
    """The answer says that it is JSON, but ends before its end."""


def _parsed(content: bytes, url: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        if content[:1] in (b"{", b"["):
            raise _CutShort from None
        remedy = "the address leads to a page for people, or to something between; write the address of the API"
        raise SourceError(_shown(url), "the answer is no JSON", remedy) from None


def _parsed_or_nothing(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _retry_after(value: str | None, date: str | None) -> float | None:
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    until = _date(value)
    if until is None:
        return None
    now = _date(date) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _date(value: str | None) -> datetime | None:
    try:
        told = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
