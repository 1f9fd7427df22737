"""One reading of an installation into the copy: everything, or what may have changed since the last one.

The standard has no "changed since". What may have changed is: the open cases, the cases registered or closed
since the last reading (with an overlap of days), those that were open and no longer are, and those that a
notification names. Of these, the ones whose fields differ from the copy are read whole. The number of requests
so follows the open and the changed cases, not the closed ones; an edit of a case closed long ago shows only in
a notification or in the next full reading, which counts what was missed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.changes import Change, differences, reassigned
from flows.sources.zgw.client import Client, Params
from flows.sources.zgw.copy import OF_CASES, Copy, on
from flows.sources.zgw.kept import EMPLOYEE, UNIT, Body, Keeping, Row, as_json
from flows.sources.zgw.narrower import Narrowing
from flows.sources.zgw.walks import Page, Walk, Walks
from mappings.zgw import Zgw

_MOST_PAGES_A_CASE = 50
_MOST_UNLISTED = 1_000
_LEAST = 100
"""Fewer requests than this are never worth reading everything."""
_NONE_CHOSEN = "no case has a zaaktype that the mapping names, by the address that the catalogue gives it"
_UNLISTED = "unlisted"
"""Stands among what was seen for: cases that something belongs to, and that no list had shown by then."""
_DOUBLES = """
SELECT uuid FROM zaken WHERE read_at < ? AND gone_at IS NULL
    AND number IN (SELECT number FROM zaken WHERE gone_at IS NULL GROUP BY number HAVING count(*) > 1) ORDER BY uuid
"""
_LACKING = """
SELECT uuid FROM (
    SELECT uuid, json_extract(kept, '$.status') AS status, json_extract(kept, '$.resultaat') AS result FROM zaken
    WHERE read_at = ? AND gone_at IS NULL
) WHERE status IS NOT NULL AND substr(status, -36) NOT IN (SELECT uuid FROM statussen)
    OR result IS NOT NULL AND substr(result, -36) NOT IN (SELECT uuid FROM resultaten)
"""


@dataclass
class Reading:
    """Reads one installation into one copy. `read_at` is when the reading began, UTC, ISO 8601."""

    client: Client
    copy: Copy
    zgw: Zgw
    keeping: Keeping
    chosen: tuple[str, ...]
    """URLs of the versions of the zaaktypen that the mapping names; none: all."""
    read_at: str
    noted: Counter[str] = field(default_factory=Counter)
    is_counting_missed: bool = False
    is_everything_cheaper: bool = False
    """So much changed that reading everything costs fewer requests."""
    _urls: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        narrowing = Narrowing(self.client, self.copy)
        self.walks = Walks(
            self.client,
            self.copy,
            self.zgw.page_size,
            self.zgw.deepest_page,
            self.keeping.of,
            self._take,
            narrowing.narrower,
        )

    def everything(self) -> None:
        """Read all cases and all that belongs to them, in bulk."""
        self.walks.read(self._zaken(()))
        for resource, params in self._resources():
            self.walks.read(self._of_types(resource, params))
        self._mend(self._unlisted())
        self._leave_what_is_gone()
        self.copy.db.execute("UPDATE zaken SET changed = 0")
        if self.chosen and not self.copy.one("SELECT count(*) FROM zaken WHERE gone_at IS NULL"):
            self.noted[_NONE_CHOSEN] += 1

    def since(self, last_read_at: str, notified: Iterable[str] = ()) -> None:
        """Read what may have changed since the last reading began."""
        day = date.fromisoformat(last_read_at[:10]) - timedelta(self.zgw.overlap_days)
        filters: list[Params] = [
            (("einddatum__isnull", "true"),),
            (("registratiedatum__gt", day.isoformat()),),
            (("einddatum__gt", day.isoformat()),),
        ]
        self.walks.read(walk for params in filters for walk in self._zaken(params))
        no_longer_open = "SELECT uuid FROM zaken WHERE einddatum IS NULL AND read_at < ? AND gone_at IS NULL"
        left = [uuid for (uuid,) in self.copy.rows(no_longer_open, self.read_at)]
        named = dict.fromkeys(notified)
        self._read_singly(list(dict.fromkeys([*left, *named])))
        # a status put in between need not show on the case itself
        marked = "UPDATE zaken SET changed = 1, audit_wanted = 1 WHERE uuid = ? AND gone_at IS NULL"
        self.copy.db.executemany(marked, [(each,) for each in named])
        self.noted["cases named by notifications"] += len(named)
        self.changed_cases()

    def settle_doubles(self) -> None:
        """Ask for the cases that share their number with another and were not read by now: they may be gone."""
        self._read_singly([uuid for (uuid,) in self.copy.rows(_DOUBLES, self.read_at)])

    def changed_cases(self) -> None:
        """Read all that belongs to the cases that changed, a few requests each."""
        changed = self.copy.rows("SELECT uuid FROM zaken WHERE changed = 1 AND gone_at IS NULL ORDER BY uuid")
        if len(changed) * len(self._resources()) > self._pages_of_everything():
            self.is_everything_cheaper = True
            self.noted["cases changed, more than are read one by one: everything was read"] += len(changed)
            return
        self._read_details([uuid for (uuid,) in changed])

    def _pages_of_everything(self) -> int:
        """Return about how many requests reading everything takes, by what the copy holds."""
        tables = ("zaken", *OF_CASES)
        rows = sum(self.copy.one(on(table, "SELECT count(*) FROM {table}")) for table in tables)
        types = self.copy.one("SELECT count(*) FROM types")
        return int(rows // (self.zgw.page_size or 100) + types + _LEAST)

    def _zaken(self, params: Params) -> Iterator[Walk]:
        for url in self.chosen or ("",):
            yield Walk("zaken", "zaken", (*((("zaaktype", url),) if url else ()), *params))

    def _resources(self) -> list[tuple[str, Params]]:
        found: list[tuple[str, Params]] = [("statussen", ()), ("resultaten", ())]
        if self.zgw.roles:
            found += [("rollen", (("betrokkeneType", kind),)) for kind in (EMPLOYEE, UNIT)]
        return found + ([("besluiten", ())] if self.zgw.decisions else [])

    def _of_types(self, resource: str, params: Params) -> list[Walk]:
        """Return one list of all; where the mapping names zaaktypen, one list a type of theirs."""
        walk = Walk("besluiten" if resource == "besluiten" else "zaken", resource, params)
        return self.walks.narrower(walk, 0, 0) if self.chosen else [walk]

    def _take(self, page: Page) -> None:
        if page.walk.resource == "zaken":
            self._take_zaken(page.kept)
            return
        named = {row[1] for row in page.kept}
        known = self.copy.those_known(named)
        unlisted = [(_UNLISTED, zaak) for zaak in named - known]
        self.copy.db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", unlisted)
        new = self.copy.put(page.walk.resource, [row for row in page.kept if row[1] in known])
        if self.is_counting_missed:
            self.noted[f"missed by the readings since the last full one: {page.walk.resource}"] += new

    def _take_zaken(self, bodies: Iterable[Body]) -> None:
        """Keep cases, and what changed on those that were read before."""
        listed = list(bodies)
        wanted = {kept["uuid"]: kept for kept in listed if not self.chosen or kept["zaaktype"] in self.chosen}
        self.noted["cases left out, of other zaaktypen than the mapping names"] += len(listed) - len(wanted)
        known = self.copy.known_zaken(wanted)
        rows = []
        for uuid, kept in wanted.items():
            (read_before, before), written = known.get(uuid, ("", "")), as_json(kept)
            if before and before != written:
                self.put_changes(uuid, differences(json.loads(before), kept, read_before, self.read_at))
            rows.append((kept, written, self._number(kept), before != written))
        if self.is_counting_missed:
            self.noted["missed by the readings since the last full one: zaken"] += sum(row[3] for row in rows)
        self.copy.put_zaken(rows, self.read_at)

    def _number(self, kept: Body) -> str:
        named = kept["identificatie"]
        if named is None or self.zgw.case_number == "uuid":
            return str(kept["uuid"])
        is_whole = self.zgw.case_number == "organisation_and_identificatie"
        return f"{kept['bronorganisatie'] or ''}:{named}" if is_whole else str(named)

    def put_changes(self, zaak: str, changes: Iterable[Change], origin: str = "readings") -> None:
        """Keep changes of a case."""
        rows = [change.row(zaak, origin) for change in changes]
        self.copy.db.executemany("INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _read_singly(self, uuids: list[str]) -> None:
        """Read cases by themselves; one that is not there or not to be seen is gone."""
        for uuid, body in self._each(uuids, self._one_zaak):
            with self.copy.whole():
                if body is None:
                    self._is_gone(uuid)
                elif (kept := self.keeping.zaak(body)) is not None:
                    self._take_zaken([kept])

    def _is_gone(self, uuid: str) -> None:
        self.copy.db.execute("UPDATE zaken SET gone_at = ? WHERE uuid = ?", (self.read_at, uuid))
        self.noted["cases no longer there, or no longer to be seen"] += 1

    def _one_zaak(self, uuid: str) -> Body | None:
        try:
            body = self.client.get("zaken", f"/zaken/{uuid}", what="zaken singly")
        except Refusal as said:
            if said.is_hidden:
                return None
            raise
        return body if isinstance(body, dict) else None

    def _read_details(self, uuids: list[str]) -> None:
        for uuid, lists in self._each(uuids, self._lists_of):
            with self.copy.whole():
                if lists is None:
                    self._is_gone(uuid)
                    continue
                for table, rows in lists.items():
                    if table == "rollen":
                        self._note_reassignment(uuid, rows)
                    self.copy.replace(table, uuid, rows)
                self.copy.db.execute("UPDATE zaken SET changed = 0 WHERE uuid = ?", (uuid,))
                self.noted["cases read again because they changed"] += 1

    def _note_reassignment(self, uuid: str, rows: list[Row]) -> None:
        read_before = self.copy.told("last_read_at")
        old = self.copy.rows("SELECT * FROM rollen WHERE zaak = ?", uuid)
        if read_before is not None:
            before, now = (self._handlers(each) for each in (old, rows))
            self.put_changes(uuid, reassigned(uuid, before, now, read_before, self.read_at))

    def _handlers(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if row[3] in self.zgw.handler_roles]

    def _lists_of(self, uuid: str) -> dict[str, list[Row]] | None:
        """Return all that belongs to a case, by table; null where the case went since a list showed it."""
        try:
            return self._listed(uuid)
        except Refusal as said:
            # some servers refuse to filter by a case that is not there
            if (said.status == 400 or said.is_hidden) and self._one_zaak(uuid) is None:
                return None
            raise

    def _listed(self, uuid: str) -> dict[str, list[Row]]:
        url = self._urls[uuid]
        found: dict[str, list[Row]] = {}
        for resource, params in self._resources():
            component = "besluiten" if resource == "besluiten" else "zaken"
            keep = self.keeping.of(resource)
            bodies = self._all_of(component, resource, (("zaak", url), *params))
            found.setdefault(resource, []).extend(row for body in bodies if (row := keep(body)) is not None)
        return found

    def _all_of(self, component: str, resource: str, params: Params) -> Iterator[Body]:
        """Yield all rows of a short list."""
        for number in range(1, _MOST_PAGES_A_CASE + 1):
            paged = (*params, *((("page", str(number)),) if number > 1 else ()))
            answer = self.client.get(component, f"/{resource}", paged, f"{resource} of one case")
            results = answer.get("results") if isinstance(answer, dict) else answer
            yield from (body for body in (results if isinstance(results, list) else []) if isinstance(body, dict))
            if not isinstance(answer, dict) or not answer.get("next"):
                return
        self.noted[f"cases with more {resource} than were read"] += 1

    def _each(self, uuids: list[str], ask: Any) -> Iterator[tuple[str, Any]]:
        """Ask for each case, `concurrency` at a time, and yield the answers as the cases stand."""
        width = self.client.concurrency * 4
        with ThreadPoolExecutor(self.client.concurrency, "zgw") as pool:
            try:
                for first in range(0, len(uuids), width):
                    some = uuids[first : first + width]
                    self._urls = {uuid: self._url(uuid) for uuid in some}
                    yield from zip(some, pool.map(ask, some), strict=True)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _url(self, uuid: str) -> str:
        """Return what the server itself calls the case: filters compare texts."""
        kept = self.copy.zaak(uuid)
        own = kept["url"] if kept else None
        return str(own or f"{self.client.addresses['zaken']}/zaken/{uuid}")

    def _unlisted(self) -> list[str]:
        """Read the cases that no list showed, though something of theirs was there; return those that are read.

        Where as many rows come as go while a list is read, it hides that it shifted. A server may also show what
        belongs to cases that are hidden: of many, only the first are asked for, and the others counted.
        """
        query = "SELECT uuid FROM seen WHERE walk = ? AND uuid NOT IN (SELECT uuid FROM zaken) ORDER BY uuid"
        named = [uuid for (uuid,) in self.copy.rows(query, _UNLISTED)]
        asked = named[:_MOST_UNLISTED]
        self._read_singly(asked)
        found = sorted(self.copy.those_known(asked))
        self.noted["cases read singly because no list showed them, though something of theirs was there"] += len(found)
        self.noted["cases not read, though something of theirs was there"] += len(named) - len(found)
        return found

    def _mend(self, unlisted: list[str]) -> None:
        """Read the cases again whose current status or result no list showed: a list shifted, or a type is hidden."""
        lacking = [uuid for (uuid,) in self.copy.rows(_LACKING, self.read_at) if uuid not in set(unlisted)]
        self._read_details([*unlisted, *lacking])
        if lacking:
            self.noted["cases read singly because a list left out their status or result"] += len(lacking)
        with self.copy.whole():
            for uuid in [*unlisted, *lacking]:
                for table in OF_CASES:
                    query = on(table, "INSERT OR IGNORE INTO seen SELECT ?, uuid FROM {table} WHERE zaak = ?")
                    self.copy.db.execute(query, (f"singly:{table}?", uuid))

    def _leave_what_is_gone(self) -> None:
        """Take out what a whole reading did not show; where a list stayed in doubt, nothing of it is taken out.

        A case is asked for before it is taken for gone: the list may have shifted.
        """
        if self.chosen:
            chosen = "(SELECT value FROM json_each(?))"
            query = f"UPDATE zaken SET gone_at = ? WHERE gone_at IS NULL AND zaaktype NOT IN {chosen}"  # noqa: S608
            self.copy.db.execute(query, (self.read_at, json.dumps(self.chosen)))
        query = "SELECT uuid FROM zaken WHERE read_at < ? AND gone_at IS NULL ORDER BY uuid"
        self._read_singly([uuid for (uuid,) in self.copy.rows(query, self.read_at)])
        with self.copy.whole():
            for table in {resource for resource, _ in self._resources()} - set(self.walks.doubtful):
                query = (
                    "DELETE FROM {table} WHERE uuid NOT IN (SELECT uuid FROM seen WHERE walk LIKE ?)"
                    " AND zaak NOT IN (SELECT uuid FROM zaken WHERE gone_at IS NOT NULL)"
                )
                self.copy.db.execute(on(table, query), (f"%:{table}?%",))
