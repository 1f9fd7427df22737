"""Files that are broken, wrong or meant to harm: where, what and how to mend it, and nothing half-written."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from flows.sources import packed
from mappings.errors import SourceError
from mappings.source import ActivityRule
from tests.extraction import read, read_csv, source

GOOD = "case,what,at\nZ1,intake,2024-01-05 09:00\n"
XES = '<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="Z1"/>{}</trace></log>'
EVENT = (
    '<event><string key="concept:name" value="intake"/>'
    '<date key="time:timestamp" value="2024-01-05T09:00:00+01:00"/></event>'
)
XES_COLUMNS = {"case": "case:concept:name", "activity": "concept:name", "completed_at": "time:timestamp"}


def refused(folder: Path, **parts: Any) -> SourceError:
    """Return the error, after looking that nothing was left behind."""
    with pytest.raises(SourceError) as raised:
        read(folder, source(**parts))
    assert list((folder / "work").iterdir()) == []
    return raised.value


def refused_csv(folder: Path, content: bytes, **parts: Any) -> SourceError:
    (folder / "zaken.csv").write_bytes(content)
    return refused(folder, **parts)


def refused_xes(folder: Path, content: str) -> SourceError:
    (folder / "log.xes").write_text(content)
    return refused(folder, kind="xes", path="log.xes", columns=XES_COLUMNS)


def test_a_missing_file_names_the_closest_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "zaken.csv").write_text(GOOD)
    error = refused(tmp_path, path="zakn.csv")
    assert "no such file" in error.what
    assert "zaken.csv" in error.remedy


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "zaken.csv").mkdir()
    assert refused(tmp_path).what == "is a folder"


def test_a_scheme_that_nothing_reads_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, path="foo://host/zaken.csv")
    assert "'foo:'" in error.what
    assert "zaken" in error.where


def test_a_missing_column_names_those_that_there_are(tmp_path: Path) -> None:
    error = refused_csv(tmp_path, GOOD.encode(), columns={"activity": "wat", "resource": "who"})
    assert "'wat' (did you mean 'what'?), 'who'" in error.what
    assert "'case', 'what', 'at'" in error.remedy
    assert error.where == "zaken.csv"


def test_a_wrong_delimiter_is_recognised(tmp_path: Path) -> None:
    assert 'delimiter: ";"' in refused_csv(tmp_path, GOOD.replace(",", ";").encode()).remedy


def test_a_missing_column_of_a_kept_attribute_or_of_the_case_is_an_error_too(tmp_path: Path) -> None:
    assert "'wijk'" in refused_csv(tmp_path, GOOD.encode(), keep=("wijk",)).what
    assert "'stad'" in refused_csv(tmp_path, GOOD.encode(), case={"segments": {"city": "stad"}}).what


@pytest.mark.parametrize(
    ("kind", "name"), [("csv", "a.csv"), ("xlsx", "a.xlsx"), ("xes", "a.xes"), ("parquet", "a.pq"), ("ocel", "a.json")]
)
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / name).touch()
    assert "0 bytes" in refused(tmp_path, kind=kind, path=name, object_type="x").what


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("xlsx", "a.xlsx"),
        ("xes", "a.xes"),
        ("parquet", "a.pq"),
        ("ocel", "a.json"),
        ("csv", "a.csv.gz"),
        ("csv", "a.csv.zip"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is none of them")
    assert refused(tmp_path, kind=kind, path=name, object_type="x").where


def test_a_file_that_is_not_utf_8_names_the_setting(tmp_path: Path) -> None:
    content = GOOD.replace("intake", "geïnd").encode("windows-1252")
    assert "windows-1252" in refused_csv(tmp_path, content).remedy
    assert read_csv(tmp_path, content, encoding="windows-1252").column("activity") == ["geïnd"]


def test_a_file_in_utf_16_names_the_setting(tmp_path: Path) -> None:
    content = GOOD.encode("utf-16")
    error = refused_csv(tmp_path, content)
    assert "utf-16" in error.remedy
    assert "\0" not in str(error)
    assert len(read_csv(tmp_path, content, encoding="utf-16").events) == 1


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    assert "'utf-9'" in refused_csv(tmp_path, GOOD.encode(), encoding="utf-9").what


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert len(read_csv(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()).events) == 1


def test_a_header_alone_is_an_export_of_a_quiet_day(tmp_path: Path) -> None:
    for content in (b"case,what,at\n", b"case,what,at"):
        assert read_csv(tmp_path, content).facts.read == 0


def test_lines_of_another_length_are_quarantined_with_their_line(tmp_path: Path) -> None:
    content = b'case,what,at\nZ1,"a\nb",2024-01-05\n\nZ2,x\nZ3,c,2024-01-05\nZ4,,2024-01-05\n1,2,3,4\n'
    extraction = read_csv(tmp_path, content)
    assert extraction.column("activity") == ["a\nb", "c"]
    assert {(row["record"], row["reason"]) for row in extraction.quarantine} == {
        ("zaken.csv line 5", "wrong_number_of_values"),
        ("zaken.csv line 7", "activity_missing"),
        ("zaken.csv line 8", "wrong_number_of_values"),
    }
    assert extraction.facts.read == 5


def test_what_only_quarantined_records_name_is_a_case_where_they_tell_its_receipt_or_end(tmp_path: Path) -> None:
    text = "case,what,at,in\nZ1,a,2024-01-05,\nZ1,b,?,\nZ2,a,?,2024-01-04\nTotal,,,\nSum:,3,,"
    extraction = read_csv(tmp_path, text, case={"received_at": "in"})
    assert list(extraction.cases) == ["Z1", "Z2"]
    assert extraction.facts.quarantined == {"completed_at_unreadable": 2, "activity_missing": 1, "time_missing": 1}


def test_lines_may_end_as_on_an_old_mac(tmp_path: Path) -> None:
    assert read_csv(tmp_path, b"case,what,at\rZ1,a,2024-01-05\rZ1,b,2024-01-06\r").column("activity") == ["a", "b"]


def test_labels_come_through_untouched(tmp_path: Path) -> None:
    labels = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "a\nb",
        "\u202egnikrow",
        "📮 post",
        'say "hi"',
        "'; DROP TABLE x",
    ]
    lines = "\n".join(f'Z{n},"{label.replace(chr(34), chr(34) * 2)}",2024-01-05' for n, label in enumerate(labels))
    extraction = read_csv(tmp_path, f"case,what,at\n{lines}\n".encode(), keep=("what",))
    assert extraction.column("activity") == extraction.column("raw_activity") == labels
    assert [json.loads(text)["what"] for text in extraction.column("attributes")] == labels


def test_a_case_that_is_called_na_is_a_case(tmp_path: Path) -> None:
    names = ["NA", "null", "None", "nan", "007", "1e5", "TRUE", "-"]
    content = "case,what,at\n" + "\n".join(f"{name},a,2024-01-05" for name in names)
    assert read_csv(tmp_path, content.encode()).column("case_id") == names


def test_one_id_for_two_records_is_quarantined_but_the_last(tmp_path: Path) -> None:
    text = "case,what,at,id\nZ1,a,2024-01-05,1\nZ1,b,2024-01-05,1\nZ1,c,2024-01-05,2"
    extraction = read_csv(tmp_path, text, columns={"event_id": "id"})
    assert extraction.column("activity") == ["b", "c"]
    assert [(row["record"], row["reason"]) for row in extraction.quarantine] == [("zaken.csv line 2", "duplicate_id")]


def test_a_truncated_xes_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused_xes(tmp_path, XES.format(EVENT)[:-12])
    assert "not whole XML" in error.what
    assert "line 1" in error.where


def test_an_xml_bomb_is_refused(tmp_path: Path) -> None:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f"<!DOCTYPE log [{laughs}]>" + XES.format(EVENT.replace("intake", "&i;"))
    assert refused_xes(tmp_path, bomb).what


def test_a_harmless_document_type_is_refused_all_the_same(tmp_path: Path) -> None:
    assert "document type" in refused_xes(tmp_path, '<!DOCTYPE log [<!ENTITY a "ha">]>' + XES.format(EVENT)).what


def test_an_external_entity_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    entity = f'<!DOCTYPE log [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    error = refused_xes(tmp_path, entity + XES.format("<string key='k' value='v'/>&x;" + EVENT))
    assert "secret" not in str(error)


def test_xml_that_is_no_event_log_is_refused(tmp_path: Path) -> None:
    assert "no XES traces" in refused_xes(tmp_path, "<html><body/></html>").what


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "EXPANSION", packed.Expansion(max_bytes=2**30, max_ratio=100, ratio_from_bytes=2**20))


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("suffix", ["gz", "zip"])
def test_a_zip_bomb_is_refused(tmp_path: Path, suffix: str) -> None:
    bomb = GOOD.encode() + b"Z1,a,2024-01-05\n" * 500_000
    path = tmp_path / f"zaken.csv.{suffix}"
    if suffix == "gz":
        path.write_bytes(gzip.compress(bomb))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zaken.csv", bomb)
    assert "zip bomb" in refused(tmp_path, path=path.name).what


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zaken.csv.gz").write_bytes(gzip.compress((GOOD + GOOD * 1000).encode())[:-20])
    assert refused(tmp_path, path="zaken.csv.gz").remedy


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Zaken"
    for row in (["case", "what", "at"], ["Z1", "intake", "2024-01-05"]):
        book.active.append(row)
    book.save(folder / "zaken.xlsx")
    return folder / "zaken.xlsx"


def test_a_wrong_sheet_names_those_that_there_are(tmp_path: Path) -> None:
    workbook(tmp_path)
    error = refused(tmp_path, kind="xlsx", path="zaken.xlsx", sheet="Zaak")
    assert "no sheet 'Zaak'" in error.what
    assert "did you mean 'Zaken'?" in error.remedy


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    path, bad = workbook(tmp_path), tmp_path / "bad.xlsx"
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(bad, "w") as evil:
        for info in good.infolist():
            content = good.read(info)
            if info.filename.startswith("xl/worksheets/"):
                content = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]>' + content
            evil.writestr(info, content)
    assert "XML entities" in refused(tmp_path, kind="xlsx", path="bad.xlsx").what


@pytest.mark.usefixtures("small_limits")
def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"\0" * 20_000_000)
    assert "zip bomb" in refused(tmp_path, kind="xlsx", path="zaken.xlsx").what


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    assert "NOT_SET_ANYWHERE" in refused(tmp_path, path="${NOT_SET_ANYWHERE}/zaken.csv").what


def test_a_failed_extraction_leaves_the_last_good_one(tmp_path: Path) -> None:
    good = read_csv(tmp_path, GOOD)
    (tmp_path / "zaken.csv").write_text("case,what\nZ1,a\n")
    with pytest.raises(SourceError):
        read(tmp_path, source())
    assert len(good.events) == 1


def test_an_activity_with_a_sign_that_is_no_text_is_quarantined(tmp_path: Path) -> None:
    # the closing of a case has such a name among its events
    content = b"case,what,at\nZ1,\0closed,2024-01-05\nZ1,a\0b,2024-01-05\nZ1,c,2024-01-06\n"
    extraction = read_csv(tmp_path, content)
    assert extraction.column("activity") == ["c"]
    assert [row["reason"] for row in extraction.quarantine] == ["activity_unreadable"] * 2
    with pytest.raises(ValueError, match="NUL"):
        ActivityRule(name="\0closed")


def test_an_error_about_json_quotes_no_record(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"events": [{"id": "Jansen"}]} trailing')
    with pytest.raises(SourceError, match="is not whole JSON") as error:
        read(tmp_path, source(kind="ocel", path="a.json", object_type="zaak"))
    assert "Jansen" not in str(error.value)


def test_a_zip_file_without_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("map/", "")
    with pytest.raises(SourceError, match="is an empty zip file"):
        read(tmp_path, source(path="a.zip"))
