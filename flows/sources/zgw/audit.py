"""The audit trails: one request a case, so only of the cases that need one, and not more than the mapping allows."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flows.sources.zgw.answers import Refusal
from flows.sources.zgw.changes import trail_of, under_known_ids
from flows.sources.zgw.reading import Reading
from mappings.errors import SourceError

REFUSED = "audit trails refused: suspensions, extensions and reassignments are known from differences only"
HIDDEN = "audit trails of single cases that may not be seen"
LEFT = "audit trails left for the next reading"


def read_trails(reading: Reading) -> None:
    """Read the audit trails that are due. A client that may not read them goes on without; both are noted."""
    if reading.zgw.audit_trail == "none":
        return
    if reading.zgw.audit_trail == "open":
        _pass_over_closed(reading)
    query = "SELECT uuid FROM zaken WHERE audit_wanted = 1 AND gone_at IS NULL ORDER BY einddatum IS NOT NULL, uuid"
    due = [uuid for (uuid,) in reading.copy.rows(query)]
    now = due[: reading.zgw.audit_trail_requests]
    # one before many
    if _read(reading, now[:1]):
        reading.noted[REFUSED] += len(due)
        return
    hidden = _read(reading, now[1:])
    reading.noted["audit trails read"] += len(now) - hidden
    reading.noted[HIDDEN] += hidden
    if left := len(due) - len(now):
        reading.noted[LEFT] += left


def _pass_over_closed(reading: Reading) -> None:
    """In the first reading all cases are new: those that were closed by then need none."""
    if reading.copy.told("last_read_at") is None:
        reading.copy.db.execute("UPDATE zaken SET audit_wanted = 0 WHERE einddatum IS NOT NULL")


def _read(reading: Reading, uuids: list[str]) -> int:
    """Read audit trails; return of how many cases the client may not see it. Those stay due."""
    width, hidden = reading.client.concurrency * 4, 0
    with ThreadPoolExecutor(reading.client.concurrency, "zgw") as pool:
        try:
            for first in range(0, len(uuids), width):
                some = uuids[first : first + width]
                for uuid, entries in zip(some, pool.map(lambda u: _entries(reading, u), some), strict=True):
                    if entries is None:
                        hidden += 1
                    else:
                        _keep(reading, uuid, entries)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return hidden


def _entries(reading: Reading, uuid: str) -> list[Any] | None:
    """Return the rows of an audit trail; null where the client may not see it."""
    path = f"/zaken/{uuid}/audittrail"
    try:
        answer = reading.client.get("zaken", path, what="audit trails")
    except Refusal as said:
        if said.status in (404, 410):  # a case without rows, or gone with its trail
            return []
        if said.is_forbidden:
            return None
        raise
    if not isinstance(answer, list):
        where, what = reading.client.addresses["zaken"] + path, "the audit trail is no list, as the standard has it"
        raise SourceError(where, what, "set 'audit_trail: none', or ask the administrator what is served there")
    return answer


def _keep(reading: Reading, uuid: str, entries: Any) -> None:
    copy = reading.copy
    trail = trail_of(uuid, entries, reading.keeping, reading.zgw.handler_roles)
    with copy.whole():
        known = copy.rows("SELECT * FROM changes WHERE zaak = ?", uuid)
        copy.db.execute("DELETE FROM changes WHERE zaak = ?", (uuid,))
        reading.put_changes(uuid, under_known_ids(trail.changes, known), "audit")
        copy.db.execute("DELETE FROM registered WHERE zaak = ?", (uuid,))
        copy.db.executemany("INSERT OR REPLACE INTO registered VALUES (?, ?, ?, ?)", trail.registered)
        copy.db.execute("UPDATE zaken SET audit_wanted = 0, audit_read = 1 WHERE uuid = ?", (uuid,))


def hidden(counts: Counter[str]) -> bool:
    """Tell whether the audit trails were refused."""
    return counts[REFUSED] > 0
