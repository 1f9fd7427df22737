"""Notifications as they were received: which cases they name, so that those are read again.

An installation sends them (Notificaties API) to a callback; whatever receives them there writes one JSON object
a line into a file. Only the case that a notification names is used, never anything else that it says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.sources.files import substituted
from flows.sources.zgw.kept import id_of
from mappings.errors import SourceError
from mappings.source import Source

_OVERLAP = timedelta(hours=1)
"""A notification may arrive later than it was made."""


def notified_cases(source: Source, folder: Path, last_read_at: str) -> list[str]:
    """Return the ids of the cases that notifications since the last reading name. Raises SourceError without a file."""
    named = source.zgw.notifications if source.zgw else None
    if named is None:
        return []
    path = folder / substituted(named, f"source '{source.name}'")
    if not path.exists():
        raise SourceError(str(path), "there are no notifications", "correct 'notifications', or take it out")
    since = datetime.fromisoformat(last_read_at) - _OVERLAP
    files = sorted(f for f in path.iterdir() if f.is_file()) if path.is_dir() else [path]
    return list(dict.fromkeys(own for file in files for own in _cases(file, since)))


def _cases(file: Path, since: datetime) -> Iterator[str]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            told = _object(line)
            own = id_of(told.get("hoofdObject")) if isinstance(told.get("hoofdObject"), str) else None
            if told.get("kanaal") == "zaken" and own is not None and _is_since(told.get("aanmaakdatum"), since):
                yield own


def _object(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _is_since(value: Any, since: datetime) -> bool:
    """Tell whether it was made since; one that does not say when counts."""
    try:
        made = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return True
    return made.tzinfo is None or made >= since
