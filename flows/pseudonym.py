"""Pseudonyms: a person's name, number or account becomes a keyed hash before it is written anywhere (DESIGN
§8).

HMAC-SHA-256 with a key per project, cut to 128 bits. The same person has the same pseudonym in every source
of the project; without the key nobody can find back who it is by trying names or citizen numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mappings.errors import SourceError

KEY_VARIABLE = "ZAAKSTROOM_KEY"
KEY_BYTES = 32
MIN_KEY_LENGTH = 16


def project_key(key_file: Path) -> bytes:
    """Return the key of the project: from ZAAKSTROOM_KEY, else from `key_file`, which is made when it is not
    there.

    Raises SourceError where the key is too short to protect anybody.
    """
    from_environment = os.environ.get(KEY_VARIABLE)
    if from_environment:
        return checked_key(from_environment.encode(), KEY_VARIABLE)
    if not key_file.exists():
        _make_key(key_file)
    return checked_key(key_file.read_bytes().strip(), str(key_file))


def _make_key(key_file: Path) -> None:
    key_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another run made it in between
        return
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_hex(KEY_BYTES).encode())


def checked_key(key: bytes, where: str) -> bytes:
    """Return the key; raise SourceError where it is too short to protect anybody."""
    if len(key) < MIN_KEY_LENGTH:
        raise SourceError(
            where,
            f"the key for pseudonyms has {len(key)} characters",
            f"give a random text of at least {MIN_KEY_LENGTH} characters, such as 'openssl rand -hex 32' makes",
        )
    return key


def pseudonym(value: str, key: bytes) -> str:
    """Return the pseudonym of one value: 32 hexadecimal characters."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]


def pseudonyms(values: pa.Array, key: bytes) -> pa.Array:
    """Return the pseudonyms of a text column; null stays null. Each distinct value is hashed once."""
    encoded = pc.dictionary_encode(values)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    hashed = pa.array([pseudonym(value, key) for value in encoded.dictionary.to_pylist()], pa.string())
    return hashed.take(encoded.indices)


def person_hashes(values: pa.Array, key: bytes) -> pa.Array:
    """Return the keyed hashes of a column of person ids, by which cases are linked; null and empty become null.

    However it was written, spaces, dots and leading zeros of a citizen number aside, one id has one hash. It is
    another one than the pseudonym of the same text, so that a link does not tell who handles a case.
    """
    encoded = pc.dictionary_encode(pc.cast(values, pa.string()))
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    hashed = [_person_hash(value, key) for value in encoded.dictionary.to_pylist()]
    return pa.array(hashed, pa.string()).take(encoded.indices)


def _person_hash(value: str, key: bytes) -> str | None:
    plain = "".join(mark for mark in value.casefold() if mark.isalnum())
    if not plain.strip("0"):
        return None
    return pseudonym("person\0" + (plain.lstrip("0") if plain.isdigit() else plain), key)
