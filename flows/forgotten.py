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
import pyarrow.compute as pc

from mappings.citizen import CONTACT_KINDS
from mappings.errors import StoreError
from mappings.project import Project
from mining.columns import NOT_ACTING

FILE = "forgotten.json"
KEY_FILE = "key.sign"
_POINTING, _ALONE, _STAYING, _LINKED = "\0pointing:", "\0alone:", "\0staying:", "\0linked:"
UNNAMED = "forgotten"
"""What stands in the place of a number that is forgotten, where the record that wrote it over stays."""


@dataclass(frozen=True)
class ForgottenCases:
    """The list, opened with the project's key; empty where nothing was ever forgotten."""

    key: bytes = field(default=b"", repr=False)
    hashes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def has(self, scope: str, number: str) -> bool:
        """Tell whether the case of a source was forgotten."""
        return self._hash(scope, number) in self.hashes

    def of_source(self, source: str, numbers: pa.Array) -> pa.Array:
        """Return, for a column of case numbers of a source, which were forgotten."""
        return self._told(source, numbers)

    def pointing(self, sources: Iterable[str], numbers: pa.Array) -> pa.Array:
        """Return, for a column of numbers of cases of these sources, which go with a case that was forgotten."""
        return self._of_scopes((_POINTING + source for source in sources), numbers)

    def alone(self, sources: Iterable[str], numbers: pa.Array) -> pa.Array:
        """Return which are the number of a partner's dossier that was forgotten by itself."""
        return self._of_scopes((_ALONE + source for source in sources), numbers)

    def staying(self, source: str, numbers: pa.Array) -> pa.Array:
        """Return, for a column of case numbers of a source, which stay though they name a forgotten case."""
        return self._told(_STAYING + source, numbers)

    def names(self, text: str) -> bool:
        """Tell whether a text is the number of a forgotten case of whichever source, or another name of it."""
        return self._hash("", text) in self.hashes

    def is_linked(self, target: str) -> bool:
        """Tell whether what a case links to is forgotten: a number, or an address that ends in its id."""
        forms = {target, target.rstrip("/").rpartition("/")[2]}
        return bool(self) and any(self._hash(scope, form) in self.hashes for form in forms for scope in (_LINKED, ""))

    def with_cases(
        self,
        dossiers: Iterable[tuple[str, str]],
        names: Iterable[str] = (),
        linked: Iterable[str] = (),
        pointing: Iterable[tuple[str, str]] = (),
        alone: Iterable[tuple[str, str]] = (),
        staying: Iterable[tuple[str, str]] = (),
    ) -> ForgottenCases:
        """Return the list with more cases: (source, number) of dossiers, what else names them, what writes them over.

        `names` are looked for in kept columns, `linked` in the links of other cases.
        """
        key = self.key or secrets.token_bytes(32)
        grown = ForgottenCases(key, self.hashes)
        scopes = (("", dossiers), (_POINTING, pointing), (_ALONE, alone), (_STAYING, staying))
        new = {grown._hash(scope + source, number) for scope, pairs in scopes for source, number in pairs}
        new |= {grown._hash("", name) for name in names} | {grown._hash(_LINKED, name) for name in linked}
        return ForgottenCases(key, self.hashes | new)

    def _of_scopes(self, scopes: Iterable[str], numbers: pa.Array) -> pa.Array:
        found = pa.repeat(False, len(numbers))
        for scope in scopes:
            found = pc.or_(found, self._told(scope, numbers))
        return found

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


def written_over(project: Project, source: str) -> frozenset[str]:
    """Return the sources whose numbers a source writes over; all with zaken where no link says."""
    chain = project.chain
    linked = {link.to for link in chain.links if link.source == source and link.key == "reference"}
    return frozenset(linked or {s.name for s in project.sources if not chain.is_apart(s.name)})


def is_about(project: Project, name: str) -> bool:
    """Tell whether a source's records are about a case, and none themselves: contacts, visits, surveys."""
    source = next((s for s in project.sources if s.name == name), None)
    if source is None:
        return False
    roles = {rule.role for rule in source.activities.values()}
    return source.kind in CONTACT_KINDS or source.record == "attempts" or (bool(roles) and roles <= set(NOT_ACTING))
