"""Packed files: what comes out of one is counted, and a bomb is refused before it fills memory or disk."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from mappings.errors import SourceError


@dataclass(frozen=True)
class Expansion:
    """How far a compressed file may expand."""

    max_bytes: int = 64 * 2**30
    max_ratio: int = 250
    ratio_from_bytes: int = 64 * 2**20
    """Below this size the ratio does not matter: small and very regular logs compress well."""

    def check(self, name: str, expanded: int, stored: int) -> None:
        """Raise SourceError where a file expands like a bomb."""
        too_dense = expanded > self.ratio_from_bytes and stored and expanded > self.max_ratio * stored
        if expanded > self.max_bytes or too_dense:
            raise SourceError(
                name,
                f"expands to more than {expanded // 2**20} MiB from {stored // 1024} KiB, as a zip bomb does",
                "ask its sender for the file, and unpack it yourself if it is right",
            )


EXPANSION = Expansion()


def refuse_bomb(name: str, expanded: int, stored: int) -> None:
    """Raise SourceError where a file expands further than is allowed."""
    EXPANSION.check(name, expanded, stored)


class CountedStream(io.RawIOBase):
    """A stream that counts what comes out of it, and gives back what was peeked."""

    def __init__(self, inner: IO[bytes], name: str, stored: int, is_packed: bool) -> None:
        """Count against `stored` bytes of packed input."""
        self.inner = inner
        self.is_packed = is_packed
        self._name, self._stored = name, stored
        self._expanded, self._peeked = 0, b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say whether the file underneath can be moved about in."""
        return bool(self.inner.seekable())

    def peek(self, size: int) -> bytes:
        """Return the first bytes that are still to come, without taking them."""
        while len(self._peeked) < size and (chunk := self._fresh(size - len(self._peeked))):
            self._peeked += chunk
        return self._peeked

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes. Raises SourceError where a packed file expands like a bomb."""
        if self._peeked:
            end = len(self._peeked) if size < 0 else size
            taken, self._peeked = self._peeked[:end], self._peeked[end:]
            return taken if size >= 0 else taken + self._rest()
        return self._fresh(size) if size >= 0 else self._rest()

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        taken = self.read(len(buffer))
        buffer[: len(taken)] = taken
        return len(taken)

    def _rest(self) -> bytes:
        return b"".join(iter(lambda: self._fresh(2**20), b""))

    def _fresh(self, size: int) -> bytes:
        chunk = self.inner.read(size)
        self._expanded += len(chunk)
        if self.is_packed:
            refuse_bomb(self._name, self._expanded, self._stored)
        return chunk


@contextmanager
def movable(raw: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a stream in which one can move about: what comes in one piece only is copied to disk first."""
    if raw.seekable():
        yield raw
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(raw, copy, 2**20)
        copy.seek(0)
        yield copy
