"""Where the files of a source lie, and how they are opened: local paths, patterns, fsspec URLs, gzip and zip.

A compressed file is hostile until read (`packed`).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

from flows.sources.addresses import file_name, file_system_of, is_missing, is_url, plain, readable, shown
from flows.sources.packed import CountedStream, movable
from mappings.errors import SourceError
from mappings.source import Source

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def substituted(text: str, where: str) -> str:
    """Fill in ${NAME} and ${NAME:-default} from the environment.

    Raises SourceError for a name without a value.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1], match[2])
        if found is None:
            raise SourceError(
                where,
                f"the environment variable {match[1]} is not set",
                f"set it, or write ${{{match[1]}:-default}}",
            )
        return found

    return _VARIABLE.sub(value, text)


@dataclass(frozen=True)
class SourceFile:
    """One file of a source, or one member of a zip file."""

    url: str
    name: str
    number: int
    member: str | None = None

    @contextmanager
    def open(self) -> Iterator[CountedStream]:
        """Open the file for reading, unpacked, and counting what comes out. Raises SourceError, never
        OSError.
        """
        with readable(self.name), opened(self.url, self.name) as (raw, stored), self._unpacked(raw, stored) as stream:
            yield stream

    @contextmanager
    def open_seekable(self) -> Iterator[IO[bytes]]:
        """Open the file so that one can move about in it; what is packed is unpacked to a temporary file
        first.
        """
        with self.open() as stream:
            if not stream.is_packed and stream.seekable():
                yield stream.inner
                return
            with tempfile.TemporaryFile() as copy:
                while chunk := stream.read(2**20):
                    copy.write(chunk)
                copy.seek(0)
                yield copy

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Give the file a local path, for libraries that read nothing else."""
        with self.open() as stream, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "copy"
            with path.open("wb") as copy:
                while chunk := stream.read(2**20):
                    copy.write(chunk)
            yield path

    def sha256(self) -> str:
        """Return the hash of the file as it is stored."""
        with readable(self.name), opened(self.url, self.name) as (raw, _):
            digest = hashlib.sha256()
            while chunk := raw.read(2**20):
                digest.update(chunk)
            return digest.hexdigest()

    @contextmanager
    def _unpacked(self, raw: IO[bytes], stored: int) -> Iterator[CountedStream]:
        if self.member is not None:
            with movable(raw) as whole, zipfile.ZipFile(whole) as archive:
                info = archive.getinfo(self.member)
                with archive.open(info) as inner:
                    yield CountedStream(inner, self.name, info.compress_size, is_packed=True)
        elif plain(self.url).lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=raw) as unzipped:
                yield CountedStream(unzipped, self.name, stored, is_packed=True)
        else:
            # of a member of a zip file only the size is bounded: what it was packed into is not known
            yield CountedStream(raw, self.name, 0, is_packed=self.url.startswith("zip:"))


@contextmanager
def opened(url: str, name: str) -> Iterator[tuple[IO[bytes], int]]:
    """Open a file as it is stored, with its size. Raises SourceError where it is empty."""
    file_system, path = file_system_of(url)
    # a compressed file system would unpack the file to find its end
    stored = file_system.size(path)
    if stored == 0:
        raise SourceError(name, "is empty (0 bytes)", "ask for the export again")
    # a web server need neither say how long a file is nor give parts of it
    is_stream = url.lower().startswith(("http://", "https://"))
    with file_system.open(path, "rb", **({"block_size": 0} if is_stream else {})) as raw:
        if is_stream:
            raw.seekable = lambda: False
        yield raw, int(stored or 0)


Files = Sequence[SourceFile] | None
"""The files that were chosen to be read; None for all that the source matches."""


def source_files(source: Source, folder: Path) -> list[SourceFile]:
    """Return the files of a source in the order of their names. Raises SourceError where there are none."""
    url = address_of(source, folder)
    with readable(url):
        return numbered(matching(source, url))


def address_of(source: Source, folder: Path) -> str:
    """Return where the files of a source are, with the environment filled in."""
    text = substituted(source.path or "", f"source '{source.name}'")
    return text if is_url(text) else _local(folder / text)


def _local(path: Path) -> str:
    """Return a path without '..' in it; the last part stays as it is, since its name says what kind of file it is."""
    return str(path.parent.resolve() / path.name)


def matching(source: Source, url: str) -> list[str]:
    """Return the addresses of the files that an address matches, by name. Raises SourceError where there are none."""
    file_system, path = _file_system(source, url)
    # a process that stays must see what has been written since
    file_system.invalidate_cache()
    if _is_file(file_system, path):
        return [url]
    found = sorted(p for p in file_system.glob(path) if file_system.isfile(p)) if re.search(r"[*?\[]", path) else []
    if not found:
        raise _missing(source, file_system, path)
    return [_address(url, path, str(p), file_system) for p in found]


def _address(url: str, pattern: str, found: str, file_system: Any) -> str:
    """Return the address of a file found by a pattern: on the same host, by the same user, in the same archive."""
    first, chain, rest = url.partition("::")
    if first.endswith(pattern):
        return f"{first.removesuffix(pattern)}{found}{chain}{rest}"
    return str(file_system.unstrip_protocol(found))


def _is_file(file_system: Any, path: str) -> bool:
    # not isfile: that says of a file which may not be read that it is none
    try:
        return bool(file_system.info(path)["type"] == "file")
    except FileNotFoundError as error:
        if not is_missing(error):
            raise
        return False


def _file_system(source: Source, url: str) -> tuple[Any, str]:
    try:
        return file_system_of(url)
    except (ValueError, ImportError) as error:
        scheme = url.partition(":")[0]
        remedy = f"correct 'path' of source '{source.name}', or install what it takes"
        what = f"'{scheme}:' cannot be read here: {shown(str(error))}"
        raise SourceError(f"source '{source.name}'", what, remedy) from None


def _missing(source: Source, file_system: Any, path: str) -> SourceError:
    parent, _, name = path.rpartition("/")
    try:
        beside = [str(p).rpartition("/")[2] for p in file_system.ls(parent, detail=False)]
    except Exception:  # whatever the library of a protocol raises: this is only for a hint
        what = "there is no such file, nor its folder"
        return SourceError(shown(path), what, f"correct 'path' of source '{source.name}'")
    close = get_close_matches(name, beside, n=1)
    hint = f" (did you mean '{close[0]}'?)" if close and close[0] != name else ""
    what = "is a folder" if name in beside else "there is no such file"
    return SourceError(shown(path), what, f"correct 'path' of source '{source.name}'{hint}")


def numbered(urls: list[str]) -> list[SourceFile]:
    """Return the files at these addresses, and the members of zip files, in their order."""
    files: list[SourceFile] = []
    for url in urls:
        name = file_name(url)
        members = _members(url) if plain(url).lower().endswith(".zip") and not url.startswith("zip:") else [None]
        for member in members:
            shown = name if member is None else f"{name}/{member}"
            files.append(SourceFile(url, shown, len(files), member))
    return files


def _members(url: str) -> list[str | None]:
    with opened(url, file_name(url)) as (raw, _), movable(raw) as whole, zipfile.ZipFile(whole) as archive:
        found = contents(archive)
    if not found:
        raise SourceError(file_name(url), "is an empty zip file", "ask for the export again")
    return list(found)


def contents(archive: zipfile.ZipFile) -> list[str]:
    """Return the members of a zip file that hold data: neither folders nor what a Mac puts beside each file."""
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    return [name for name in names if not name.startswith("__MACOSX/") and not name.rpartition("/")[2].startswith(".")]
