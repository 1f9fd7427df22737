"""Workbooks, and what stands around the records of a table: other sheets, titles and groups above the header."""

from datetime import date, time
from pathlib import Path

import openpyxl
import pytest

from flows.inspect import inspect_file, write_mapping
from flows.sources.workbook import read_xlsx
from mappings.errors import SourceError
from mappings.load import load_project
from mappings.source import EventColumns, Source
from tests.test_inspect import dutch_log, written


def test_the_sheet_with_most_records_is_looked_at_and_named(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.title = "Toelichting"
    for row in (["Gemaakt door", "op"], ["functioneel beheer", "maandag"]):
        book.active.append(row)
    book.create_sheet("Leeg")
    data = book.create_sheet("Zaken ")
    for line in dutch_log().splitlines():
        data.append(line.split(";"))
    book.save(tmp_path / "export.xlsx")
    write_mapping(seen := inspect_file(tmp_path / "export.xlsx"), tmp_path / "mapping")
    asked = "Is 'Zaken' the sheet that holds the events? It has most records. The others: 'Toelichting'."
    assert asked in seen.questions
    (read,) = load_project(tmp_path / "mapping").sources
    assert read.sheet == "Zaken"
    assert sum(len(batch.table) for batch in read_xlsx(read, tmp_path / "mapping")) == len(dutch_log().splitlines()) - 1


def test_a_sheet_that_is_hidden_is_said_to_be_and_is_not_read_unasked(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "Oud", "hidden"
    shown = book.create_sheet("Zaken")
    for number, line in enumerate(dutch_log().splitlines()):
        book.active.append(line.replace("Z-", "X-").split(";"))
        if number < 40:
            shown.append(line.split(";"))
    book.active = 1
    book.save(tmp_path / "export.xlsx")
    asked = "Is 'Oud' (hidden) the sheet that holds the events? It has most records. The others: 'Zaken'."
    assert asked in inspect_file(tmp_path / "export.xlsx").questions
    columns = EventColumns(case="Zaaknummer", activity="Stap")
    source = Source(name="zaken", kind="xlsx", path="export.xlsx", columns=columns)
    cases = {case for batch in read_xlsx(source, tmp_path) for case in batch.table.column("Zaaknummer").to_pylist()}
    assert cases
    assert not [case for case in cases if case.startswith("X-")]


def test_times_of_day_in_a_column_of_their_own_are_asked_about(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["zaak", "stap", "datum", "tijd", "duur"])
    for number in range(12):
        day, clock = date(2025, 1, 6 + number), time(9, number)
        book.active.append([f"Z-{number // 3}", "abc"[number % 3], day, clock, f"{number} min"])
    book.save(tmp_path / "split.xlsx")
    seen = inspect_file(tmp_path / "split.xlsx")
    assert seen.moments["datum"].precision == "day"
    (asked,) = [question for question in seen.questions if "time of day" in question]
    assert asked.startswith("Does 'tijd' hold the time of day of 'datum'?")


def test_a_workbook_is_understood(tmp_path: Path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in dutch_log().splitlines():
        sheet.append(line.split(";"))
    book.save(tmp_path / "log.xlsx")
    seen = inspect_file(tmp_path / "log.xlsx")
    assert seen.form.kind == "xlsx"
    assert seen.column("case") == "Zaaknummer"


def test_a_case_that_stands_in_its_first_row_only_is_told(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["zaak", "stap", "gereed op"])
    for case in range(5):
        for day, step in enumerate("abc", start=1):
            book.active.append([f"Z-{case}" if day == 1 else None, step, f"2025-01-0{day} 09:00"])
    book.save(tmp_path / "merged.xlsx")
    with pytest.raises(SourceError, match=r"'zaak', is filled in 5 of 15 records.*empty below the first row of each"):
        inspect_file(tmp_path / "merged.xlsx")


@pytest.mark.parametrize("title", ["Export zaken\n", "Export zaken;;\n", "\n", "Export zaken\n\n"])
def test_a_title_above_the_header_is_told(tmp_path: Path, title: str):
    line = 1 + title.count("\n")
    with pytest.raises(SourceError, match=f"seems to stand lower, in line {line}: .*; take out what stands above"):
        inspect_file(written(tmp_path, title + "zaak;stap;gereed op\n" + "Z-1;a;2025-01-06\nZ-1;b;2025-01-07\n" * 3))


def test_a_title_above_the_header_of_a_sheet_is_told(tmp_path: Path):
    book = openpyxl.Workbook()
    for row in (["Export zaken"], ["zaak", "stap", "op"], *([f"Z-{n % 3}", "a", "2025-01-06"] for n in range(9))):
        book.active.append(row)
    book.save(tmp_path / "title.xlsx")
    with pytest.raises(SourceError, match="seems to stand lower, in row 2"):
        inspect_file(tmp_path / "title.xlsx")


def test_names_of_groups_above_the_header_of_a_sheet_are_told(tmp_path: Path):
    book = openpyxl.Workbook()
    header = ["zaaknummer", "team", "stap", "gereed op"]
    for row in (
        ["zaak", None, "gebeurtenis", None],
        header,
        *([f"Z-{n % 3}", "A", "a", "2025-01-06"] for n in range(9)),
    ):
        book.active.append(row)
    book.save(tmp_path / "groups.xlsx")
    with pytest.raises(SourceError, match="seems to stand lower, in row 2"):
        inspect_file(tmp_path / "groups.xlsx")


def test_a_delimiter_within_values_makes_no_title_of_a_header(tmp_path: Path):
    rows = "".join(f"Z-{n % 3};{'abc'[n // 3]};2025-01-0{n + 1};1,5;2,5;3,5\n" for n in range(9))
    assert inspect_file(written(tmp_path, "zaak;stap;gereed op;x;y;z\n" + rows)).form.delimiter == ";"
