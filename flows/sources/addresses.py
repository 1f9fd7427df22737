"""Addresses of files elsewhere (HTTP, S3, SFTP and whatever fsspec reads): how they are shown, and what their
libraries' errors mean.

Neither a password nor the signature of a signed address may stand in an error, a log or a report.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec

from mappings.errors import SourceError

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*(://|::)")
_USER = re.compile(r"(://)[^/\s]*@")
_QUERY = re.compile(r"(https?://[^\s?'\"]*)\?[^\s'\"]*", re.IGNORECASE)
_UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)
# their errors derive from Exception alone, and importing them to name them would cost a second
_LIBRARIES = ("adlfs", "aiohttp", "asyncssh", "azure", "botocore", "aiobotocore", "s3fs", "sshfs", "fsspec")
_REFUSED = (401, 403)
_SSH = {"known_hosts": (), "timeout": 60}


def is_url(text: str) -> bool:
    """Say whether a text is an address with a scheme, and not a path."""
    return _SCHEME.match(text) is not None


def shown(text: str) -> str:
    """Return an address, or a text with addresses in it, without users, passwords and signatures."""
    return _QUERY.sub(r"\1?…", _USER.sub(r"\1", text))


def file_name(url: str) -> str:
    """Return the name of the file at an address."""
    return plain(url).rpartition("/")[2]


def plain(url: str) -> str:
    """Return an address without its query, which says nothing about the kind of the file."""
    return url.partition("?")[0] if url.lower().startswith(("http://", "https://")) else url


def file_system_of(url: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it. Raises what its library raises."""
    # left to itself, sshfs takes any host for the one that was meant; () is ~/.ssh/known_hosts
    options = {protocol: dict(_SSH) for protocol in ("sftp", "ssh") if f"{protocol}://" in url}
    return fsspec.core.url_to_fs(url, **options)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what goes wrong while reading a file into a SourceError."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        if not isinstance(error, _UNREADABLE) and not _is_of_library(error):
            raise
        # the original may hold a password, and a traceback shows it
        raise SourceError(shown(name), f"cannot be read: {_said(error)}", _remedy(error)) from None


def is_missing(error: FileNotFoundError) -> bool:
    """Say whether a file is really not there: an HTTP library says so too of one that it may not read, and of a host
    that does not answer.
    """
    cause: Any = error.__cause__
    is_answer = type(cause).__module__.startswith("aiohttp")
    return not is_answer or getattr(cause, "status", None) in (404, 410)


def _is_of_library(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _LIBRARIES


def _said(error: BaseException) -> str:
    cause = error.__cause__
    if isinstance(error, FileNotFoundError) and cause is not None and _is_of_library(cause):
        error = cause
    return shown(str(error).strip() or type(error).__name__)


def _remedy(error: BaseException) -> str:
    cause: Any = error.__cause__ or error
    kind = type(cause).__name__
    if kind == "HostKeyNotVerifiable":
        return "put the host's key into ~/.ssh/known_hosts, after asking its owner for the fingerprint"
    status = getattr(cause, "status", None) or getattr(error, "status_code", None)
    if isinstance(error, PermissionError) or status in _REFUSED or "Permission" in kind:
        return "ask the owner of the file for the right to read it, and check user, key or password"
    if "Credentials" in kind:
        return "give the credentials where the library looks for them, such as the environment"
    if isinstance(cause, ConnectionError | TimeoutError) or "Connect" in kind or kind == "gaierror":
        return "check host and port, and whether this machine may reach them"
    return "check that the file is whole, and ask for it again if not"
