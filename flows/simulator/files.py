"""The chain's files: the case system's SQLite database, CSV of form, contacts and advice, XLSX of care."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from flows.simulator.clocks import LOCAL
from flows.simulator.contact import REASONS, SENT, STAGES, SUBJECTS, Contacts, Visits, contact_times
from flows.simulator.people import case_numbers
from flows.simulator.records import Row

CONTACT_COLUMNS = ["contact_id", "zaaknummer", "tijdstip", "kanaal", "onderwerp", "ces", "telefoonnummer"]
VISIT_COLUMNS = ["bezoek_id", "gestart_op", "laatste_stap", "gestopt_bij", "reden", "zaaknummer", "kanaal"]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row], delimiter: str = ",") -> None:
    """Write rows under their column names."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(rows)


def write_database(path: Path, tables: Mapping[str, tuple[Sequence[str], list[Row]]]) -> None:
    """Write tables to a new SQLite database; the first column of each is its key, except of roles."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        for name, (columns, rows) in tables.items():
            kinds = ", ".join(f'"{c}" {"INTEGER PRIMARY KEY" if c == "id" else "TEXT"}' for c in columns)
            database.execute(f'CREATE TABLE "{name}" ({kinds})')
            places = ", ".join("?" for _ in columns)
            database.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)  # noqa: S608 — own table names


def write_workbook(path: Path, sheet: str, columns: Sequence[str], rows: list[Row], date_column: int) -> None:
    """Write one sheet with real Excel dates in one column."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet(sheet)
        as_date = book.add_format({"num_format": "dd-mm-yyyy"})
        page.write_row(0, 0, columns)
        for n, row in enumerate(rows, start=1):
            page.write_row(n, 0, row)
            page.write_datetime(n, date_column, date.fromisoformat(row[date_column]), as_date)


def contact_rows(contacts: Contacts) -> list[Row]:
    """Return the contacts as the telephony system writes them; the phone number must never be kept."""
    columns = (
        contact_times(contacts),
        contacts.channel_names(),
        [SUBJECTS[s] for s in contacts.subject.tolist()],
        [str(score) if score else "" for score in contacts.score.tolist()],
    )
    case_ids = case_numbers(contacts.case)
    return [
        (n + 1, case_ids[n], *rest, f"0612{n % 1_000_000:06d}") for n, rest in enumerate(zip(*columns, strict=True))
    ]


def visit_rows(visits: Visits) -> list[Row]:
    """Return the visits as the web form writes them, local time."""
    started = [text.replace(" ", "T") for text in LOCAL.iso(visits.started)]
    return [
        (f"WB{n + 1:07d}", at, STAGES[f], "" if f == SENT else STAGES[f], REASONS.get(f, ""), case, "web")
        for n, (at, f, case) in enumerate(zip(started, visits.furthest.tolist(), visits.case_numbers(), strict=True))
    ]
