"""What one reading leaves for the next, such as a watermark: kept beside the store, and only once that has all of it.

It holds for one mapping of the source, one mapping folder's zone and labels, and one key of pseudonyms: under another
one it is taken for nothing, and all is read again. A crash before it is kept repeats rows and never skips any.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mappings.source import Source


def left_before(folder: Path, source: Source, key: bytes) -> dict[str, Any]:
    """Return what the last reading of this source under this mapping left; empty where there is none."""
    try:
        said = json.loads(_path(folder, source.name).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return {}
    is_same = isinstance(said, dict) and said.get("mapping") == _fingerprint(source, key)
    return dict(said["left"]) if is_same else {}


def keep_left(folder: Path, source: Source, key: bytes, left: Mapping[str, Any]) -> None:
    """Keep what a reading leaves, in one step: a crash leaves the former one."""
    if not left:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, source.name)
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"mapping": _fingerprint(source, key), "left": left}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.left.json"


def _fingerprint(source: Source, key: bytes) -> str:
    return hmac.new(key, source.model_dump_json().encode(), hashlib.sha256).hexdigest()
