"""Which cases were forgotten: a list of keyed hashes beside the store, so that no reading brings them back.

Rules owned here: no case number stands in the list. Its own key is wrapped with the project's, so that another key of
the project needs no new list, and who has the store without the key cannot try numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from mappings.errors import StoreError

FILE = "forgotten.json"
KEY_FILE = "key.sign"
_CHAIN = "\0chain"


@dataclass(frozen=True)
class ForgottenCases:
    """The list, opened with the project's key; empty where nothing was ever forgotten."""

    key: bytes = field(default=b"", repr=False)
    hashes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def has(self, scope: str, number: str) -> bool:
        """Tell whether the case of a source (or of the chain, `chain_scope`) was forgotten."""
        return self._hash(scope, number) in self.hashes

    def of_source(self, source: str, numbers: pa.Array) -> pa.Array:
        """Return, for a column of case numbers of a source, which were forgotten."""
        return self._told(source, numbers)

    def of_chain(self, numbers: pa.Array) -> pa.Array:
        """Return, for a column of numbers of chain cases, which were forgotten."""
        return self._told(_CHAIN, numbers)

    def of_any(self, numbers: pa.Array) -> pa.Array:
        """Return, for a column of texts, which are the number of a forgotten case of whichever source."""
        return self._told("", numbers)

    def anywhere(self, number: str) -> bool:
        """Tell whether a number is that of a forgotten case of whichever source."""
        return bool(self) and self._hash("", number) in self.hashes

    def with_cases(
        self, dossiers: Iterable[tuple[str, str]], chain: Iterable[str], names: Iterable[str] = ()
    ) -> ForgottenCases:
        """Return the list with more cases: (source, number) of dossiers, numbers of chain cases, and other names."""
        key = self.key or secrets.token_bytes(32)
        grown = ForgottenCases(key, self.hashes)
        pairs = [*dossiers, *((_CHAIN, number) for number in chain)]
        new = {grown._hash(scope, number) for scope, number in pairs} | {grown._hash("", n) for _, n in pairs}
        new |= {grown._hash("", name) for name in names}
        return ForgottenCases(key, self.hashes | new)

    def _told(self, scope: str, numbers: pa.Array) -> pa.Array:
        encoded = numbers.dictionary_encode()
        known = [value is not None and self.has(scope, value) for value in encoded.dictionary.to_pylist()]
        return pa.array(known, pa.bool_()).take(encoded.indices).fill_null(False)

    def _hash(self, scope: str, number: str) -> str:
        return hmac.new(self.key, f"{scope}\0{number}".encode(), hashlib.sha256).hexdigest()[:40]


def forgotten_cases(store: Path, key: bytes) -> ForgottenCases:
    """Return the list of a store. Raises StoreError where it was made with another key of the project."""
    path = store / FILE
    if not path.exists():
        return ForgottenCases()
    said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    own = _wrapped(bytes.fromhex(said["key"]), key, said["salt"])
    if not hmac.compare_digest(_check(own), said["check"]):
        remedy = "set the key of before again, or change keys with 'zaakstroom rekey'"
        raise StoreError(str(path), "the list of forgotten cases was made with another ZAAKSTROOM_KEY", remedy)
    return ForgottenCases(own, frozenset(said["hashes"]))


def keep_forgotten(store: Path, key: bytes, cases: ForgottenCases) -> None:
    """Write the list, whole or not at all, and lasting before it returns."""
    if not cases:
        return
    salt = secrets.token_hex(16)
    said = {
        "check": _check(cases.key),
        "hashes": sorted(cases.hashes),
        "key": _wrapped(cases.key, key, salt).hex(),
        "salt": salt,
    }
    write_lasting(store / FILE, json.dumps(said, indent=1) + "\n")


def write_lasting(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all, and on the disk before it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _wrapped(own: bytes, key: bytes, salt: str) -> bytes:
    pad = hmac.new(key, b"forgotten\0" + salt.encode(), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(own, pad, strict=True))


def _check(own: bytes) -> str:
    return hashlib.sha256(b"check\0" + own).hexdigest()


def refuse_other_key(store: Path, key: bytes) -> None:
    """Raise StoreError where the store was filled under another key: one person would have two pseudonyms in it."""
    path = store / KEY_FILE
    if path.exists() and not hmac.compare_digest(path.read_text("utf-8").strip(), _sign(key)):
        remedy = "set the key of before again, or change keys with 'zaakstroom rekey'"
        raise StoreError(str(store), "was filled under another ZAAKSTROOM_KEY", remedy)


def remember_key(store: Path, key: bytes) -> None:
    """Note under which key the store is filled: a sign of it, from which it cannot be told."""
    if not (store / KEY_FILE).exists():
        write_lasting(store / KEY_FILE, _sign(key) + "\n")


def _sign(key: bytes) -> str:
    return hmac.new(key, b"the key of this store", hashlib.sha256).hexdigest()
