"""Personal data in columns that are kept: BSN (eleven-test), e-mail, IBAN (mod 97) and telephone numbers.

What is found is never shown: an example names the column, the kind and how often. One in eleven nine-digit
numbers passes the eleven-test by chance, so a column full of case numbers is not a column of BSNs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mining.quality_reading import Reading, both, one_row

EVENT_COLUMNS = ("source_case_id", "case_id", "event_id", "raw_activity", "resource", "lane", "channel")
CASE_COLUMNS = ("zaaktype", "persona", "channel", "outcome")
ATTEMPT_COLUMNS = ("attempt_id", "case_id", "reached", "stopped", "reason", "channel")
DOCUMENTS = ("attributes", "segments")
"""Columns that hold a JSON object; each of its keys is judged as a column of its own."""

CHANCE_SHARE, CHANCE_FROM = 0.2, 20
"""From this many nine-digit numbers on, of which no more than this share passes: chance, 1/11 expected."""
_IBAN_LENGTH = {
    "AT": 20, "BE": 16, "CH": 21, "DE": 22, "DK": 18, "ES": 24, "FR": 27, "GB": 22, "IE": 22, "IT": 27,
    "LU": 20, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24,
}  # fmt: skip
_NINE = re.compile(r"\b(?:\d{9}|\d{4}\.\d{2}\.\d{3}|\d{3}[ .]\d{3}[ .]\d{3})\b")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_IBAN = re.compile(r"\b([A-Z]{2})(\d{2}(?: ?[A-Z0-9]{1,4}){3,8})\b")
_PHONE = re.compile(
    r"(?<![\w+])(?:(?:\+31|0031)[ -]?\(?0?\)?[ -]?[1-9](?:[ -]?\d){8}|06[ -]?[1-9]\d{7}|0[1-9]\d{1,2}[ -]\d{6,7})(?!\w)"
)
_COARSE = (
    r"\b[0-9]{9}\b|[0-9]{3,4}[ .][0-9]{2,3}[ .][0-9]{3}|@|\b[A-Z]{2}[0-9]{2} ?[A-Z0-9]"
    r"|\+31|\b0031|\b0[1-9][0-9]?[0-9]?[ -]?[0-9]{6}"
)
"""What the engine looks for: at least everything that the exact tests can accept."""


def is_bsn(text: str) -> bool:
    """Say whether nine digits pass the eleven-test of the BSN (last digit weighs −1)."""
    digits = [int(c) for c in text if c.isdigit()]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    if len(digits) != 9 or not any(digits):
        return False
    return sum(w * d for w, d in zip(weights, digits, strict=True)) % 11 == 0


def is_iban(country: str, rest: str) -> bool:
    """Say whether it is an IBAN: the country's length, and 1 modulo 97 (ISO 13616)."""
    text = (country + rest).replace(" ", "")
    if len(text) != _IBAN_LENGTH.get(country):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def personal_data(events: Any, cases: Any, attempts: Any = None) -> Reading:
    """Return how many columns that are kept hold personal data; any is a reason to stop."""
    found: dict[str, _Column] = {}
    for table, column in _kept(events, cases, attempts):
        for name, text in _suspects(table, column):
            found.setdefault(name, _Column()).look_at(text)
    kinds = {name: kinds for name, seen in sorted(found.items()) if (kinds := seen.kinds())}
    hits = [f"{name}: {kind} × {n}" for name, each in kinds.items() for kind, n in each.items()]
    detail = both(
        "namen van personen zijn niet aan hun vorm te herkennen en blijven aan de mapping",
        "names of persons cannot be told by their form and are left to the mapping",
    )
    return Reading(float(len(kinds)), detail, tuple(hits)[:20])


def _kept(events: Any, cases: Any, attempts: Any) -> Iterator[tuple[Any, str]]:
    """Yield (table, column) of what may hold something; one pass a table tells which columns can be left out."""
    tables = [(events, EVENT_COLUMNS), (cases, CASE_COLUMNS)]
    if attempts is not None:
        tables.append((attempts, ATTEMPT_COLUMNS))
    for table, names in tables:
        columns = [name for name in (*names, *DOCUMENTS) if name in table.columns]
        counts = {name: table.count(where=table[name].re_search(_COARSE)) for name in columns}
        suspects = one_row(table.aggregate(**counts))
        yield from ((table, name) for name in columns if suspects[name])


class _Column:
    """What one column holds, counted over its distinct values."""

    def __init__(self) -> None:
        self.numbers: Counter[bool] = Counter()
        self.others: Counter[str] = Counter()

    def look_at(self, text: str) -> None:
        """Count what one value holds."""
        self.numbers.update(is_bsn(match) for match in _NINE.findall(text))
        self.others["e-mail"] += bool(_MAIL.search(text))
        self.others["IBAN"] += any(is_iban(*match) for match in _IBAN.findall(text))
        self.others["telephone"] += bool(_PHONE.search(text))

    def kinds(self) -> dict[str, int]:
        """Return the kinds found, chance passes of the eleven-test left out."""
        passed, all_numbers = self.numbers[True], self.numbers.total()
        by_chance = all_numbers >= CHANCE_FROM and passed <= CHANCE_SHARE * all_numbers
        kinds = {} if by_chance else {"BSN": passed}
        return {kind: n for kind, n in (kinds | self.others).items() if n}


def _suspects(table: Any, column: str) -> Iterator[tuple[str, str]]:
    """Yield (column, distinct value) that may hold something; the engine leaves the others out."""
    values = table.filter(table[column].re_search(_COARSE)).select(column).distinct()
    for text in values.to_pyarrow().column(0).to_pylist():
        yield from _parts(column, text)


def _parts(column: str, text: str) -> Iterator[tuple[str, str]]:
    if column not in DOCUMENTS:
        yield column, text
        return
    try:
        document = json.loads(text)
    except ValueError:
        document = {"?": text}
    for key, value in document.items():
        yield f"{column}.{key}", value if isinstance(value, str) else json.dumps(value)
