"""Which columns look personal: by what their values are, and by what the column is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

TRIED_VALUES = 3000
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$")
_IBAN = re.compile(r"^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$")
_PHONE = re.compile(r"^(?:\+31|0031|0)[1-9]\d{8}$")
_NAMES = re.compile(
    r"bsn|burgerservice|voornaam|achternaam|geslachtsnaam|(?:^|[_: ])naam|geboorte|e-?mail|telefoon|mobiel|"
    r"adres|straat|huisnummer|postcode|iban|rekening|birth|surname|first_?name|last_?name|phone|address",
    re.IGNORECASE,
)


def is_bsn(text: str) -> bool:
    """Apply the eleven-test of the citizen service number."""
    digits = text.replace(".", "").replace(" ", "")
    if not re.fullmatch(r"\d{8,9}", digits) or int(digits) == 0:
        return False
    numbers = [int(digit) for digit in digits.zfill(9)]
    return (sum(n * w for n, w in zip(numbers, range(9, 1, -1), strict=False)) - numbers[8]) % 11 == 0


def is_iban(text: str) -> bool:
    """Apply the modulo-97 test of an account number."""
    bare = text.replace(" ", "").upper()
    if not _IBAN.match(bare):
        return False
    return int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1


def _is_phone(text: str) -> bool:
    return bool(_PHONE.match(re.sub(r"[\s()-]", "", text)))


_TESTS: tuple[tuple[str, Callable[[str], bool], float], ...] = (
    # one in eleven numbers passes the test by chance, so most must
    ("BSN (eleven-test)", is_bsn, 0.8),
    ("e-mail address", lambda text: bool(_EMAIL.match(text)), 0.05),
    ("IBAN", is_iban, 0.05),
    ("telephone number", _is_phone, 0.5),
)


def personal_reason(name: str, values: Iterable[str | None]) -> tuple[float, str] | None:
    """Return confidence and reason where a column looks personal."""
    texts = list(dict.fromkeys(value for value in values if value))[:TRIED_VALUES]
    for what, test, needed in _TESTS:
        share = sum(map(test, texts)) / len(texts) if texts else 0.0
        if share >= needed and sum(map(test, texts[:TRIED_VALUES])) >= min(3, len(texts)):
            return min(1.0, 0.6 + share * 0.4), f"{share:.0%} of its values look like a {what}"
    if _NAMES.search(name):
        return 0.6, f"it is called '{name}'"
    return None
