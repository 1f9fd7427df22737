"""Folders of what is under way: each lasts as long as the process that made it, also where that is killed.

Rules owned here: a folder is held by a lock that ends with its process; whoever makes the next one takes away
those that nobody holds any more. Extracts lie there before they were looked through for personal data, so what a
killed run leaves must not stay.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: what a killed run leaves stays until cases are forgotten
    fcntl = None


@contextmanager
def held_folder(above: Path, name: str, pattern: str = "*") -> Iterator[Path]:
    """Give the folder `above`/`name` and remove it at the end; before it, those of `pattern` that nobody holds."""
    above.mkdir(parents=True, exist_ok=True)
    folder = above / name
    with _locked(above):
        for each in above.glob(pattern):
            _remove_unheld(each)
        folder.mkdir(exist_ok=True)
        held = _hold(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


@contextmanager
def _locked(above: Path) -> Iterator[None]:
    """Let one process at a time make and take away folders: a new one is not held yet."""
    if fcntl is None:
        yield
        return
    handle = os.open(above, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _hold(folder: Path) -> int | None:
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)  # shared: a schedule that fires twice has two runs of one name
    return handle


def _remove_unheld(folder: Path) -> None:
    if fcntl is None or folder.is_symlink() or not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
