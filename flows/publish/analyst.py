"""The analyst's build: the list of cases under pseudonyms, to sort and to take along as CSV. It is never mailed.

In: the findings, the ledger's cases and the key of the project. Out: `analyst.html` and `analyst-cases.csv`, and the
page with nothing left out (`analyst-page.html`), beside the page for the team, which holds no case and no small
group. They are written only where the run was asked for them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from flows.publish.disclosure import whole
from flows.publish.page import TEMPLATES, content_hash, page, template
from flows.publish.page_tables import Telling
from flows.publish.svg.draw import PALETTE
from flows.publish.words import LANGUAGES, Words
from mining.amounts import rows_of
from mining.findings import Findings
from mining.ledger import Ledger

MOST_ROWS = 5000
"""Rows of the page: the longest. The CSV holds all."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = (
    "case",
    "state",
    "zaaktype",
    "persona",
    "channel",
    "started",
    "ended",
    "lead_days",
    "working_hours",
    "visits",
)


@dataclass(frozen=True)
class CaseRow:
    """A case under its pseudonym. Lead times are null for open cases and for those without one."""

    case: str
    state: str
    zaaktype: str
    persona: str
    channel: str
    started: date | None
    ended: date | None
    lead_days: float | None
    working_hours: float | None
    visits: int
    """Visits on the path, of the phase that is the lead time."""


def case_rows(ledger: Ledger, zone: str, hide: Callable[[str], str]) -> list[CaseRow]:
    """Return every case that began, the longest first; open ones by their age come last."""
    cases = ledger.cases.filter(ledger.cases.origin.notnull())
    booked = ledger.booked.filter(ledger.booked.on_path, ledger.booked.phase == "lead")
    visits = booked.group_by("case").agg(visits=booked.count())
    names = ("case_id", "is_open", "origin", "ends_at", "lead_elapsed", "lead_working")
    of_case = [name for name in ("zaaktype", "persona", "channel") if name in cases.columns]
    wanted = cases.left_join(visits, "case").select(*names, *of_case, "visits")
    rows = [_row(row, ZoneInfo(zone), hide) for row in rows_of(wanted)]
    return sorted(rows, key=lambda r: (r.lead_days is None, -(r.lead_days or 0.0), r.started or date.min, r.case))


def _row(row: dict[str, Any], zone: ZoneInfo, hide: Callable[[str], str]) -> CaseRow:
    lead, working = row["lead_elapsed"], row["lead_working"]
    return CaseRow(
        case=hide(row["case_id"]),
        state="open" if row["is_open"] else "closed",
        **{name: row.get(name) or "" for name in ("zaaktype", "persona", "channel")},
        started=_day(row["origin"], zone),
        ended=None if row["is_open"] else _day(row["ends_at"], zone),
        lead_days=None if lead is None else round(int(lead) / 86_400_000_000, 3),
        working_hours=None if working is None else round(int(working) / 3_600_000_000, 3),
        visits=row["visits"] or 0,
    )


def _day(micros: int | None, zone: ZoneInfo) -> date | None:
    return None if micros is None else (_EPOCH + timedelta(microseconds=int(micros))).astimezone(zone).date()


def write_analyst(findings: Findings, rows: list[CaseRow], folder: Path) -> tuple[Path, Path]:
    """Write page and CSV, and return where they are."""
    listed, table = folder / "analyst.html", folder / "analyst-cases.csv"
    listed.write_text(analyst_page(findings, rows), "utf-8")
    table.write_text(_csv(rows), "utf-8-sig")
    return listed, table


def write_all_groups(findings: Findings, folder: Path) -> Path:
    """Write the page with nothing left out, which says so before anything else, and return where it is."""
    all_groups = folder / "analyst-page.html"
    all_groups.write_text(page(whole(findings)), "utf-8")
    return all_groups


def analyst_page(findings: Findings, rows: list[CaseRow]) -> str:
    """Return the page as HTML, in both languages; columns sort, and what is not shown is counted."""
    first = findings.project.language
    style = template("page.css.j2").render(palette=PALETTE)
    script = "".join((TEMPLATES / name).read_text("utf-8") for name in ("page.js", "analyst.js"))
    order = sorted(LANGUAGES, key=lambda each: each != first)
    return template("analyst.html.j2").render(
        findings=findings,
        first=first,
        tellings=[Telling(findings, Words(language)) for language in order],
        columns=COLUMNS,
        rows=rows[:MOST_ROWS],
        left=max(0, len(rows) - MOST_ROWS),
        all=len(rows),
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        style_hash=content_hash(style),
        script_hash=content_hash(script),
    )


def _csv(rows: list[CaseRow]) -> str:
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_plain(getattr(row, name)) for name in COLUMNS] for row in rows)
    return told.getvalue()


def _plain(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
