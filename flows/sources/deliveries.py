"""What a partner has delivered: which files are whole, in which order they count, and which were read before.

All files that are there are taken each run, in order, so that pairs and corrections over several files come right; the
store knows again what it has. A file whose content was taken under another name is not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.sources.addresses import file_name, file_system_of, readable, shown
from flows.sources.arrivals import arrivals
from flows.sources.files import SourceFile, address_of, matching, numbered
from flows.sources.records import Told
from mappings.deliveries import DATES, Deliveries
from mappings.errors import SourceError
from mappings.source import Source

PARTIAL = "files left alone: by their name still being uploaded"
UNMARKED = "files left alone: without the file that says that they are whole"
GROWING = "files left alone: modified a moment ago, so perhaps still growing"
DOUBLE = "files not read: the same content under another name"


@dataclass(frozen=True)
class Delivery:
    """One file as it is listed."""

    url: str
    name: str
    size: int | None
    modified: datetime | None
    on: date | None
    """The date or month in its name."""

    def state(self) -> tuple[int | None, datetime | None]:
        """Return what changes when a file is written to."""
        return self.size, self.modified


@contextmanager
def taken(source: Source, folder: Path, told: Told, as_of: datetime | None = None) -> Iterator[list[SourceFile]]:
    """Give the files to read, in the order in which they count. What is missing is judged `as_of`, now where left out.

    Raises SourceError where a file changed while it was read; nothing of it is stored then.
    """
    said = source.deliveries or Deliveries()
    at = datetime.now(UTC)
    url = address_of(source, folder)
    with readable(url):
        listed = _listed(source, url, bool(told.before.get("files")))
        whole = _ordered(said, _whole(said, listed, told, at))
        chosen, hashes = _without_doubles(source, whole, told)
        files = numbered([each.url for each in chosen])
    yield files
    with readable(url):
        _refuse_changed(whole)
    names = {**told.before.get("files", {}), **hashes}
    told.after["files"] = names
    if said.expected is not None:
        zone = ZoneInfo(source.zone)
        come = {each.on or _day(each, zone, at): _day(each, zone, at) for each in reversed(whole)}
        known = {date.fromisoformat(k): date.fromisoformat(v) for k, v in told.before.get("periods", {}).items()}
        come = come | known
        told.after["periods"] = {k.isoformat(): v.isoformat() for k, v in come.items()}
        until = (as_of or at).astimezone(zone).date()
        told.arrivals = arrivals(said.expected, come, until, said.date_in_name is not None)
        told.note({f"expected delivery {each}": 1 for each in told.arrivals})


def _day(delivery: Delivery, zone: ZoneInfo, at: datetime) -> date:
    return (delivery.modified or at).astimezone(zone).date()


def _listed(source: Source, url: str, is_known: bool) -> list[Delivery]:
    try:
        urls = matching(source, url)
    except SourceError:
        if is_known:
            return []
        raise
    return [_delivery(source, each) for each in urls]


def _delivery(source: Source, url: str) -> Delivery:
    file_system, path = file_system_of(url)
    info = file_system.info(path)
    pattern = source.deliveries.date_in_name if source.deliveries else None
    name = file_name(url)
    return Delivery(url, name, info.get("size"), _modified(info), _date_in(name, pattern))


def _modified(info: dict[str, Any]) -> datetime | None:
    """Return when a file was modified: every file system has a name and a form of its own for it."""
    value = next((info[key] for key in ("mtime", "LastModified", "last_modified", "modified") if info.get(key)), None)
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


def _date_in(name: str, pattern: str | None) -> date | None:
    if pattern is None:
        return None
    regex = re.escape(pattern)
    for part, digits in DATES.items():
        regex = regex.replace(re.escape(part), digits)
    found = re.search(rf"(?<!\d){regex}(?!\d)", name)
    try:
        return datetime.strptime(found[0], pattern).date() if found else None
    except ValueError:
        return None


def _whole(said: Deliveries, listed: list[Delivery], told: Told, at: datetime) -> list[Delivery]:
    markers = {_marker(said, each.name) for each in listed}
    left = {PARTIAL: 0, UNMARKED: 0, GROWING: 0}
    kept = []
    for each in listed:
        if each.name in markers:
            continue
        reason = _why_not(said, each, at)
        if reason is None:
            kept.append(each)
        else:
            left[reason] += 1
    told.note(left)
    return kept


def _why_not(said: Deliveries, each: Delivery, at: datetime) -> str | None:
    if any(fnmatch(each.name.lower(), pattern.lower()) for pattern in said.partial):
        return PARTIAL
    if said.marker is not None and not _has_marker(said, each):
        return UNMARKED
    if each.modified is not None and at - each.modified < said.quiet:
        return GROWING
    return None


def _marker(said: Deliveries, name: str) -> str | None:
    return said.marker and said.marker.replace("{name}", name).replace("{stem}", name.partition(".")[0])


def _has_marker(said: Deliveries, each: Delivery) -> bool:
    file_system, path = file_system_of(each.url)
    return bool(file_system.exists(f"{path.rpartition('/')[0]}/{_marker(said, each.name)}"))


def _ordered(said: Deliveries, listed: list[Delivery]) -> list[Delivery]:
    order = said.order or ("date" if said.date_in_name else "name")
    if order == "date" and (undated := [each.name for each in listed if each.on is None]):
        remedy = "correct 'date_in_name', or narrow 'path' to the files that have it"
        raise SourceError(undated[0], f"has no date '{said.date_in_name}' in its name", remedy)
    if order == "modified" and (unknown := [each.name for each in listed if each.modified is None]):
        raise SourceError(unknown[0], "its server does not say when it was modified", "order by name or date")
    never = datetime.min.replace(tzinfo=UTC)

    def place(each: Delivery) -> tuple[Any, ...]:
        modified = each.modified or never
        return {"name": (each.name,), "date": (each.on, modified, each.name), "modified": (modified, each.name)}[order]

    return sorted(listed, key=place)


def _without_doubles(source: Source, whole: Sequence[Delivery], told: Told) -> tuple[list[Delivery], dict[str, str]]:
    """Return the files to read, and hash → name of all that were looked at.

    Where the source pairs starts and completions, a renamed file is read: its halves may belong to others.
    """
    before: dict[str, str] = told.before.get("files", {})
    pairs = source.columns is not None and source.columns.lifecycle is not None
    chosen, hashes, doubles = [], {}, 0
    for each in whole:
        digest = SourceFile(each.url, each.name, 0).sha256()
        is_renamed = digest in before and before[digest] != each.name and not pairs
        if digest in hashes or is_renamed:
            doubles += 1
        else:
            chosen.append(each)
        hashes.setdefault(digest, before.get(digest, each.name))
    told.note({DOUBLE: doubles})
    return chosen, hashes


def _refuse_changed(whole: Sequence[Delivery]) -> None:
    for each in whole:
        file_system, path = file_system_of(each.url)
        file_system.invalidate_cache()
        info = file_system.info(path)
        if (info.get("size"), _modified(info)) != each.state():
            remedy = "run again when its sender has finished, or set 'marker' or a longer 'quiet'"
            raise SourceError(shown(each.name), "changed while it was being read", remedy)
