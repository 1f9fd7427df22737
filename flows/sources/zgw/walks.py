"""Lists read whole: pages side by side, narrower lists instead of deep pages, and again where a page shifted.

A list changes while it is read. A pass over it is whole when every page told the same count and just as many
different ids were seen; otherwise the list is read again with other page bounds, at most three times, and what
is still in doubt is counted. Pages are asked for by number, never by following a link; but where the page that is
the last one by its count names a next one, that is asked for too.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.client import Client, Params
from flows.sources.zgw.copy import Copy
from flows.sources.zgw.kept import Body, own_id
from mappings.errors import SourceError

PASSES = 3
_MOST_ROWS = 10**9
"""A list that says that it is longer says nothing."""
_SMALLER = (0, 1, 3)
"""By how many fortieths a page is smaller in each pass: rows that tie in the server's order then break elsewhere."""


@dataclass(frozen=True)
class Walk:
    """One list: of which resource, under which filters, in the how manieth pass."""

    component: str
    resource: str
    params: Params = ()
    turn: int = 0

    @property
    def name(self) -> str:
        """What the walk is known by when a run goes on after another was killed."""
        return f"{self.resource}?{'&'.join('='.join(p) for p in self.params)}"


@dataclass(frozen=True)
class Page:
    """One page, taken apart."""

    walk: Walk
    number: int
    count: int | None
    has_next: bool
    ids: tuple[str, ...]
    kept: tuple[Any, ...]
    rejected: int
    rows: int

    @property
    def goes_on(self) -> bool:
        """Another page is there, though by the count this is the last one, or no count is told."""
        return self.has_next and self.rows > 0 and (self.count is None or self.number * self.rows >= self.count)


@dataclass
class _Progress:
    """What is known of a walk under way."""

    waiting: set[int] = field(default_factory=set)
    counts: set[int | None] = field(default_factory=set)
    last: Page | None = None
    """The page that was read last of those of which only the one before tells that they are there."""


Narrower = Callable[[Walk, int, int], list[Walk]]
Taken = Callable[[Page], None]


@dataclass
class Walks:
    """Reads lists into the copy."""

    client: Client
    copy: Copy
    page_size: int | None
    deepest_page: int
    keep: Callable[[str], Callable[[Body], Any]]
    take: Taken
    narrower: Narrower = lambda walk, count, size: []
    doubtful: Counter[str] = field(default_factory=Counter)
    """Resource → rows that a list told of, but that no pass over it showed."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Resource → rows without an id."""
    unplaced: Counter[str] = field(default_factory=Counter)
    """Resource → rows that do not say of what they are, so that nothing of them is kept."""
    by_pages: Counter[str] = field(default_factory=Counter)
    """Resource → lists that were read page after page, since the narrower ones did not hold all of them."""
    _progress: dict[Walk, _Progress] = field(default_factory=dict)
    _narrowed: dict[Walk, int] = field(default_factory=dict)
    """Lists that narrower ones are read for → how many rows they told of."""
    _whole: set[Walk] = field(default_factory=set)
    """Lists that are not to be narrowed."""
    _read_before: dict[tuple[str, int], int | None] | None = None

    def read(self, walks: Iterable[Walk]) -> None:
        """Read the lists, `concurrency` pages at a time. Raises Refusal or SourceError; what was read is kept."""
        self._read(walks)
        lacking = [walk for walk, count in self._narrowed.items() if self._shown(walk) < count]
        self._narrowed.clear()
        self._whole.update(lacking)
        self.by_pages.update(walk.resource for walk in lacking)
        self._read(lacking)

    def _shown(self, walk: Walk) -> int:
        """Return how many different rows of a list the narrower ones showed."""
        query = "SELECT count(DISTINCT uuid) FROM seen WHERE substr(walk, instr(walk, ':') + 1, ?) = ?"
        return int(self.copy.one(query, len(walk.name), walk.name))

    def _read(self, walks: Iterable[Walk]) -> None:
        self._read_before = None
        queue = deque((walk, 1) for walk in walks)
        running: dict[Future[Page | None], tuple[Walk, int]] = {}
        with ThreadPoolExecutor(self.client.concurrency, "zgw") as pool:
            try:
                while queue or running:
                    while queue and len(running) < self.client.concurrency:
                        self._start(pool, running, *queue.popleft())
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        walk, number = running.pop(future)
                        queue.extend(self._went(walk, number, future.result()))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, pool: ThreadPoolExecutor, running: Any, walk: Walk, number: int) -> None:
        self._progress.setdefault(walk, _Progress()).waiting.add(number)
        running[pool.submit(self._page, walk, number)] = (walk, number)

    def _page(self, walk: Walk, number: int) -> Page | None:
        """Return a page; null where the list has ended before it."""
        paged = (*walk.params, *((("page", str(number)),) if number > 1 else ()))
        try:
            answer = self._listed(walk, paged)
        except Refusal as said:
            if said.status == 404 and number > 1:
                return None
            raise
        return self._apart(walk, number, answer)

    def _listed(self, walk: Walk, params: Params) -> Any:
        path = f"/{walk.resource}"
        size = self.page_size
        if size is None:
            return self.client.get(walk.component, path, params, walk.resource)
        try:
            smaller = _SMALLER[walk.turn] * max(1, size // 40)
            sized = (*params, ("pageSize", str(size - smaller)))
            return self.client.get(walk.component, path, sized, walk.resource)
        except Refusal as said:
            if not said.is_unknown_parameter:
                raise
            self.page_size = None
            return self.client.get(walk.component, path, params, walk.resource)

    def _apart(self, walk: Walk, number: int, answer: Any) -> Page:
        where = f"{self.client.addresses[walk.component]}/{walk.resource}"
        results = answer.get("results") if isinstance(answer, dict) else answer
        if not isinstance(results, list):
            raise SourceError(where, "the answer is no list with 'results'", "is this a ZGW API of version 1.2 to 1.5?")
        following = answer.get("next") if isinstance(answer, dict) else None
        if following:
            self._refuse_foreign(where, following)
        bodies = [body for body in results if isinstance(body, dict)]
        named = [(own, body) for body in bodies if (own := own_id(body)) is not None]
        keep = self.keep(walk.resource)
        kept = tuple(row for _, body in named if (row := keep(body)) is not None)
        count = answer.get("count") if isinstance(answer, dict) else len(results)
        return Page(
            walk,
            number,
            count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= _MOST_ROWS else None,
            bool(following),
            tuple(own for own, _ in named),
            kept,
            len(results) - len(named),
            len(results),
        )

    def _refuse_foreign(self, where: str, following: Any) -> None:
        """Stop at a server that sends its readers elsewhere; a relative link stays where it is."""
        ours = urlsplit(where).netloc.lower()
        theirs = _host(following)
        if theirs not in ("", ours):
            what = f"names its next page at another host: {theirs[:200]!r}"
            remedy = f"nothing is read there. If that is the same server, write its address in the mapping, not {ours}"
            raise SourceError(where, what, remedy)

    def _went(self, walk: Walk, number: int, page: Page | None) -> list[tuple[Walk, int]]:
        """Keep a page; return which pages are to be read because of it."""
        progress = self._progress[walk]
        progress.waiting.discard(number)
        following: list[tuple[Walk, int]] = []
        if page is not None:
            progress.counts.add(page.count)
            self._keep(page)
            if number == 1:
                following = self._after_first(walk, page)
                if following and following[0][0] != walk:
                    del self._progress[walk]
                    return following
            elif page.goes_on:
                following = [(walk, number + 1)]
                self._refuse_same(progress, page)
        else:
            progress.counts.add(-1)
        progress.waiting.update(n for w, n in following if w == walk)
        return following or self._once_more(walk, progress)

    def _after_first(self, walk: Walk, page: Page) -> list[tuple[Walk, int]]:
        if not page.has_next or not page.rows:
            return []
        if page.goes_on:
            self._progress[walk].last = page
            return [(walk, 2)]
        pages = -(-page.count // page.rows)
        is_deep = pages > self.deepest_page and walk not in self._whole
        if is_deep and (narrower := self.narrower(walk, page.count, page.rows)):
            self._narrowed[walk] = page.count
            return [(each, 1) for each in narrower]
        return [(walk, number) for number in range(2, pages + 1) if not self._is_read(walk, number, page.count)]

    def _refuse_same(self, progress: _Progress, page: Page) -> None:
        """Stop at a server that names a next page and gives the same one: it would never end."""
        if progress.last is not None and progress.last.ids == page.ids:
            where = f"{self.client.addresses[page.walk.component]}/{page.walk.resource}"
            what = f"pages {progress.last.number} and {page.number} hold the same rows, and name a next one"
            raise SourceError(where, what, "does the server, or something between, leave out the parameter 'page'?")
        progress.last = page

    def _keep(self, page: Page) -> None:
        with self.copy.whole():
            name = f"{page.walk.turn}:{page.walk.name}"
            self.copy.db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(name, own) for own in page.ids])
            self.copy.db.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (name, page.number, page.count))
            self.take(page)
        self.rejected[page.walk.resource] += page.rejected
        if page.walk.resource != "rollen":  # of which most are not for us
            self.unplaced[page.walk.resource] += len(page.ids) - len(page.kept)

    def _is_read(self, walk: Walk, number: int, count: int | None) -> bool:
        """Tell whether a run that was killed read this page already, of a list of the same length."""
        if self._read_before is None:
            self._read_before = {(w, page): n for w, page, n in self.copy.rows("SELECT * FROM pages")}
        key = (f"{walk.turn}:{walk.name}", number)
        return key in self._read_before and self._read_before[key] == count

    def _once_more(self, walk: Walk, progress: _Progress) -> list[tuple[Walk, int]]:
        """Return the next pass over a list that shifted under this one; nothing where it is whole."""
        if progress.waiting:
            return []
        del self._progress[walk]
        if progress.counts == {None}:
            return []
        name, last = f"{walk.turn}:{walk.name}", max((c for c in progress.counts if c is not None), default=0)
        seen = self.copy.one("SELECT count(*) FROM seen WHERE walk = ?", name)
        if len(progress.counts) == 1 and seen >= last:
            return []
        if walk.turn + 1 < PASSES:
            return [(replace(walk, turn=walk.turn + 1), 1)]
        names = [f"{turn}:{walk.name}" for turn in range(PASSES)]
        union = self.copy.one("SELECT count(DISTINCT uuid) FROM seen WHERE walk IN (?, ?, ?)", *names)
        self.doubtful[walk.resource] += max(0, last - union)
        return []


def _host(following: Any) -> str:
    """Return the host that a link leads to; nothing where it stays, '?' where that cannot be told."""
    try:
        return urlsplit(following).netloc.lower() if isinstance(following, str) else "?"
    except ValueError:
        return "?"
