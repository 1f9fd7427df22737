"""The shared strings of a workbook, kept on disk: a workbook holds each distinct text once, and there may be
millions of them.

Two temporary files, one of texts and one of where each begins; a bounded number of them in memory.
"""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from flows.sources.markup import local_name

_CACHED_CHARACTERS = 2**20
_OFFSET = struct.Struct("<Q")
_ESCAPED = re.compile("_x(?!0000|[dD][89a-fA-F])([0-9a-fA-F]{4})_")


@dataclass
class SharedStrings:
    """Texts by number, as the cells of a sheet refer to them."""

    texts: IO[bytes]
    offsets: IO[bytes]
    count: int = 0
    _cache: dict[int, str] = field(default_factory=dict)
    _cached: int = 0

    @classmethod
    @contextmanager
    def kept(cls, texts: Iterable[str]) -> Iterator[SharedStrings]:
        """Write the texts to disk, and take them away again at the end."""
        with tempfile.TemporaryFile() as text_file, tempfile.TemporaryFile() as offset_file:
            shared = cls(text_file, offset_file)
            shared._write(texts)
            yield shared

    def _write(self, texts: Iterable[str]) -> None:
        end = 0
        self.offsets.write(_OFFSET.pack(end))
        for text in texts:
            end += self.texts.write(text.encode("utf-8", "surrogatepass"))
            self.offsets.write(_OFFSET.pack(end))
            self.count += 1

    def __getitem__(self, number: int) -> str:
        """Return a text. Raises IndexError for a number that no text has."""
        if (known := self._cache.get(number)) is not None:
            return known
        if not 0 <= number < self.count:
            raise IndexError(f"a cell refers to shared string {number} of {self.count}")
        text = self._read(number)
        if self._cached > _CACHED_CHARACTERS:
            self._cache.clear()
            self._cached = 0
        self._cache[number] = text
        self._cached += len(text) + 1
        return text

    def _read(self, number: int) -> str:
        self.offsets.seek(number * _OFFSET.size)
        begin, end = struct.unpack("<2Q", self.offsets.read(2 * _OFFSET.size))
        self.texts.seek(begin)
        return self.texts.read(end - begin).decode("utf-8", "surrogatepass")


def string_text(element: Any) -> str:
    """Return the text of a shared string: of rich text its parts without their form, and no
    phonetic guide.
    """
    parts: list[str] = []
    for child in element:
        if local_name(child) == "t":
            parts.append(child.text or "")
        elif local_name(child) == "r":
            parts += [part.text or "" for part in child if local_name(part) == "t"]
    return "".join(parts)


def unescaped(text: str) -> str:
    """Return a text of a cell: what XML cannot hold stands by its number in it, as does what only looks like that.

    The carriage return of a label over two lines is "_x000D_", and a literal "_x0041_" is "_x005F_x0041_". What is no
    text, such as NUL, stays as it is written.
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
