"""XLSX: what a cell means stays what openpyxl says it is, whatever the size; texts lie on disk."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from flows.sources import shared_strings, workbook
from flows.sources.shared_strings import SharedStrings
from mappings.errors import SourceError
from tests.extraction import source

HEAD = ["case", "what", "at"]
ERROR = "#DIV/0!"


def raw(folder: Path, name: str = "a.xlsx", **parts: Any) -> list[dict[str, str | None]]:
    batches = workbook.read_xlsx(source(kind="xlsx", path=name, **parts), folder)
    return [row for batch in batches for row in batch.table.to_pylist()]


def by_openpyxl(path: Path) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = list(book.active.iter_rows(values_only=True))
    book.close()
    return rows


def kinds(path: Path, **options: Any) -> None:
    """Write a cell of each kind."""
    with xlsxwriter.Workbook(path, options) as book:
        sheet, day = book.add_worksheet("Zaken"), book.add_format({"num_format": "dd-mm-yyyy"})
        long, span = (book.add_format({"num_format": form}) for form in ("dd-mm-yy hh:mm", "[h]:mm:ss"))
        sheet.write_row(0, 0, HEAD)
        sheet.write_rich_string(1, 0, "Z", book.add_format({"bold": True}), "1", " oud")
        sheet.write_formula(1, 1, "=1/0", None, ERROR)
        sheet.write_datetime(1, 2, datetime(2024, 1, 5, 9, 30), long)
        sheet.write_row(3, 0, ["_x0041_", True])
        sheet.write_datetime(3, 2, date(2024, 2, 29), day)
        sheet.write_row(4, 0, [1.5, "=cmd()"])
        sheet.write_number(4, 2, 1.25, span)
        sheet.write_row(5, 0, [" blank ", "", "\u202eomgekeerd \U0001f600\nregel"])
        sheet.write_number(6, 0, -5, day)
        sheet.write_formula(6, 1, "=A1", None, "bewaard")
        sheet.write_number(6, 2, 0.25, book.add_format({"num_format": "hh:mm"}))
        sheet.merge_range("A8:B8", "samen")
        for row in range(9, 20):
            sheet.write_url(row, 0, f"https://voorbeeld.nl/{row}", string=f"zaak {row}")
            sheet.set_row(row, 30)


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"in_memory": True, "constant_memory": True}])
@pytest.mark.filterwarnings("ignore:Cell A7 is marked as a date")
@pytest.mark.filterwarnings("ignore:Unable to merge")
def test_every_kind_of_cell_is_what_openpyxl_says_it_is_and_an_error_is_empty(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    kinds(tmp_path / "a.xlsx", strings_to_formulas=False, **options)
    head, *rows = by_openpyxl(tmp_path / "a.xlsx")
    expected = [dict(zip(head, row, strict=True)) for row in rows if any(value is not None for value in row)]
    told = raw(tmp_path)
    assert [list(row.values()) for row in told] == [
        [workbook_text(value) for value in row.values()] for row in expected
    ]
    assert told[0]["what"] is None
    assert expected[0]["what"] == ERROR
    assert told[0]["at"] == "2024-01-05T09:30:00"


def workbook_text(value: Any) -> str | None:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()  # each of them is shown as a date alone
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    return (
        value.isoformat()
        if isinstance(value, datetime | date | time)
        else None
        if value in (None, "", ERROR)
        else str(value)
    )


def rewritten(path: Path, to: Path, text: bytes, instead: bytes) -> None:
    """Write a workbook again, with another text in its sheet."""
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(to, "w") as bad:
        for info in good.infolist():
            content = good.read(info)
            if info.filename.startswith("xl/worksheets/"):
                assert text in content
                content = content.replace(text, instead)
            bad.writestr(info, content)


def test_a_sheet_that_states_its_size_wrongly_is_read_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEAD, ["Z1", "intake", "2024-01-05"]):
        book.active.append(row)
    book.save(tmp_path / "whole.xlsx")
    rewritten(tmp_path / "whole.xlsx", tmp_path / "a.xlsx", b'ref="A1:C2"', b'ref="A1"')
    assert raw(tmp_path) == [{"case": "Z1", "what": "intake", "at": "2024-01-05"}]


def test_texts_come_back_from_disk_when_memory_has_let_them_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_strings, "_CACHED_CHARACTERS", 10)
    texts = ["", "één", "\U0001f600", "x" * 100, "één"]
    with SharedStrings.kept(texts) as shared:
        assert [shared[n] for n in (3, 0, 1, 2, 4, 3)] == [texts[n] for n in (3, 0, 1, 2, 4, 3)]
        assert len(shared._cache) < len(texts)
        for number in (-1, 5):
            with pytest.raises(IndexError):
                shared[number]


def test_a_part_that_is_read_whole_may_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds(tmp_path / "a.xlsx")
    monkeypatch.setattr(workbook, "_WHOLE_BYTES", 100)
    with pytest.raises(SourceError, match="which no workbook needs"):
        raw(tmp_path)


def test_a_formula_that_was_never_calculated_is_refused_where_the_mapping_reads_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([*HEAD, "out", "beside"], ["Z1", "a", date(2024, 1, 5), "=C2+1", '=B2&"x"']):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert raw(tmp_path) == [{"case": "Z1", "what": "a", "at": "2024-01-05", "out": None, "beside": None}]
    with pytest.raises(SourceError, match="row 2: the formula in column 'out' was never calculated"):
        raw(tmp_path, case={"closed_at": "out"})


def test_a_formula_that_gave_an_empty_text_is_empty(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEAD, ["Z1", "a", "2024-01-05"], ['=IF(B3="","",B3)']):
        book.active.append(row)
    book.save(tmp_path / "whole.xlsx")
    rewritten(tmp_path / "whole.xlsx", tmp_path / "a.xlsx", b'<c r="A3">', b'<c r="A3" t="str">')
    assert raw(tmp_path) == [{"case": "Z1", "what": "a", "at": "2024-01-05"}]


@pytest.mark.parametrize(
    ("written", "read"),
    [("twee_x000D_\nregels", "twee\r\nregels"), ("_x005F_x0041_", "_x0041_"), ("a_x0000_b_xD800_", "a_x0000_b_xD800_")],
)
@pytest.mark.parametrize("kind", ["shared", "inline", "of a formula"])
def test_what_xml_cannot_hold_is_read_as_what_it_stands_for(tmp_path: Path, kind: str, written: str, read: str) -> None:
    book = openpyxl.Workbook()
    for row in (HEAD, ["Z1", "LABEL", "2024-01-05"]):
        book.active.append(row)
    book.save(tmp_path / "whole.xlsx")
    text = written.encode()
    cells = {
        "inline": b'<c r="B2" t="inlineStr"><is><t>' + text + b"</t></is></c>",
        "of a formula": b'<c r="B2" t="str"><f>A1</f><v>' + text + b"</v></c>",
    }
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as good, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as told:
        for info in good.infolist():
            content = good.read(info)
            if kind in cells:
                content = re.sub(rb'<c r="B2".*?</c>', lambda _: cells[kind], content)
            told.writestr(info, content.replace(b"LABEL", text))
    (row,) = raw(tmp_path)
    assert row["what"] == read
