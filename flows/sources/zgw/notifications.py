"""Notifications as they were received: which cases they name, so that those are read again.

In: a file, or a folder of files, that only grow, one JSON object a line, as `zaakstroom receive` writes them. Only
the case that a notification names is used, never anything else that it says. Rules owned here: each line is taken
up once, by its place in the file and not by the moment that it tells, which may be long before it came; a line is
taken up by the first reading that begins after it came, and again where that reading did not come to its end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.sources.files import substituted
from flows.sources.zgw.kept import id_of
from mappings.errors import SourceError
from mappings.source import Source

RECEIVED = "notifications-*.jsonl"
"""The files of `zaakstroom receive`, a file a day; those of another program are not ours."""
Marks = dict[str, tuple[int, str]]
"""Name of a file → how far it was read, and a digest of what stands just before."""
_BEFORE_BYTES = 256
_OVERLAP = timedelta(hours=1)
"""A notification may arrive later than it was made: of the first ones that are read, those since the last reading."""


def file_of(day: date) -> str:
    """Return the name of the file in which the notifications of a day are received."""
    return RECEIVED.replace("*", f"{day:%Y-%m-%d}")


@dataclass(frozen=True)
class Inbox:
    """The files in which notifications are received."""

    files: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, folder: Path) -> Inbox:
        """Return the inbox that a mapping names, an empty one where it names none. SourceError without a file."""
        named = source.zgw.notifications if source.zgw else None
        if named is None:
            return cls()
        path = folder / substituted(named, f"source '{source.name}'")
        if not path.exists():
            remedy = "start 'zaakstroom receive', correct 'notifications', or take it out"
            raise SourceError(str(path), "there are no notifications", remedy)
        listed = path.iterdir() if path.is_dir() else [path]
        return cls({f.name: f for f in sorted(listed) if f.is_file() and not f.name.startswith(".")})

    def marks(self) -> Marks:
        """Return how far each file reaches now, in whole lines."""
        return {name: _mark(path) for name, path in self.files.items()}

    def cases(self, begin: Marks | None, end: Marks, last_read_at: str) -> list[str]:
        """Return the ids of the cases named between two marks; without a first mark, of those made since."""
        since = datetime.fromisoformat(last_read_at) - _OVERLAP if begin is None else None
        found = (
            own
            for name, (until, _) in end.items()
            if (path := self.files.get(name)) is not None
            for own in _cases(path, _begin(path, (begin or {}).get(name)), until, since)
        )
        return list(dict.fromkeys(found))


def marks_of(told: str | None) -> Marks | None:
    """Return marks that were kept as JSON."""
    return None if told is None else {name: (int(at), str(digest)) for name, (at, digest) in json.loads(told).items()}


def _mark(path: Path) -> tuple[int, str]:
    """Return the place after the last whole line: what is being written is left for the next time."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        while end:
            begin = max(0, end - _BEFORE_BYTES)
            file.seek(begin)
            found = file.read(end - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1, _digest(path, begin + found + 1)
            end = begin
    return 0, _digest(path, 0)


def _digest(path: Path, at: int) -> str:
    begin = max(0, at - _BEFORE_BYTES)
    with path.open("rb") as file:
        file.seek(begin)
        return hashlib.sha256(file.read(at - begin)).hexdigest()


def _begin(path: Path, mark: tuple[int, str] | None) -> int:
    """Return where to go on; at the beginning where the file is another one under the same name."""
    if mark is None or path.stat().st_size < mark[0] or _digest(path, mark[0]) != mark[1]:
        return 0
    return mark[0]


def _cases(path: Path, begin: int, end: int, since: datetime | None) -> Iterator[str]:
    with path.open("rb") as file:
        file.seek(begin)
        while file.tell() < end and (line := file.readline()):
            told = _object(line)
            own = id_of(told.get("hoofdObject")) if isinstance(told.get("hoofdObject"), str) else None
            if told.get("kanaal") == "zaken" and own is not None and _is_since(told.get("aanmaakdatum"), since):
                yield own


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _is_since(value: Any, since: datetime | None) -> bool:
    """Tell whether it was made since; one that does not say when counts."""
    try:
        made = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return True
    return since is None or made.tzinfo is None or made >= since
