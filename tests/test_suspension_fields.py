"""Suspensions and extensions from the fields of a case: local dates, several of them, and what is known at all."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.extraction import Extraction, read_csv

HEADER = "case,what,at,van,tot,termijn,opgeschort,verlengd,tot_en_met"


def read(folder: Path, *rows: str, **case: object) -> Extraction:
    text = "\n".join([HEADER, *(f"Z1,a,2026-06-0{n + 1} 10:00:00,{row}" for n, row in enumerate(rows))])
    folder.mkdir(exist_ok=True)
    return read_csv(folder, text, case=case)


def told(extraction: Extraction) -> tuple[str, list[dict], list[dict]]:
    (row,) = pq.read_table(extraction.facts.cases_path).to_pylist()
    return row["suspension_known"], json.loads(row["suspensions"] or "[]"), json.loads(row["extensions"] or "[]")


SPAN = {"suspensions": [{"from": "van", "to": "tot"}]}


def test_a_case_field_gives_the_local_dates_of_its_suspension(tmp_path: Path) -> None:
    # a quarter to midnight in Amsterdam, whatever the offset says
    known, spans, _ = told(read(tmp_path, "2026-06-09T22:15:00Z,2026-06-20,,,,", **SPAN))
    assert known == "dated"
    assert [(s["from"], s["to"], s["has_term"]) for s in spans] == [("2026-06-10", "2026-06-20", None)]


def test_an_instant_of_a_source_in_another_zone_is_on_the_local_day_of_the_project(tmp_path: Path) -> None:
    row = "2026-06-09T22:15:00,2026-06-20,,,,"
    extracted = read_csv(tmp_path, f"{HEADER}\nZ1,a,2026-06-01 10:00:00,{row}", case=SPAN, zone="UTC")
    _, spans, _ = told(extracted)
    assert [(s["from"], s["to"]) for s in spans] == [("2026-06-10", "2026-06-20")]


def test_an_empty_field_says_that_there_was_no_suspension(tmp_path: Path) -> None:
    assert told(read(tmp_path, ",,,,,", **SPAN)) == ("dated", [], [])


def test_without_such_a_field_nothing_is_known(tmp_path: Path) -> None:
    assert told(read(tmp_path, "2026-06-10,2026-06-20,,,,")) == ("none", [], [])


def test_several_records_of_a_case_give_several_suspensions_and_the_last_told_end_counts(tmp_path: Path) -> None:
    rows = ("2026-06-10,,,,,", "2026-06-10,2026-06-20,,,,", "2026-07-01,2026-07-03,,,,")
    _, spans, _ = told(read(tmp_path, *rows, **SPAN))
    assert [(s["from"], s["to"]) for s in spans] == [("2026-06-10", "2026-06-20"), ("2026-07-01", "2026-07-03")]


def test_a_mapped_term_that_is_empty_says_that_none_was_set(tmp_path: Path) -> None:
    columns = {"suspensions": [{"from": "van", "to": "tot", "term": "termijn"}]}
    _, (span,), _ = told(read(tmp_path, "2026-06-10,2026-06-20,,,,", **columns))
    assert span["has_term"] is False


def test_an_indication_without_dates_is_open_only(tmp_path: Path) -> None:
    columns = {"suspensions": [{"indicated": "opgeschort"}]}
    assert told(read(tmp_path, ",,,ja,,", **columns))[0] == "open_only"
    assert told(read(tmp_path, ",,,nee,,", **columns))[0] == "dated"
    assert told(read(tmp_path, ",,,,,", **columns))[0] == "none"


@pytest.mark.parametrize(
    ("written", "days", "months"),
    [
        ("P6W", 42, None),
        ("P42D", 42, None),
        ("P0Y0M42DT0H0M0S", 42, None),
        ("42", 42, None),
        ("42.0", 42, None),
        ("P2M", None, 2),
        ("P1Y6M0D", None, 18),
        ("P1M2W", None, None),
        ("P0M", None, None),
        ("1.000", None, None),
        ("PT48H", None, None),
        ("P", None, None),
        ("zes", None, None),
        ("20260901", None, None),
    ],
)
def test_an_extension_has_its_length(tmp_path: Path, written: str, days: int | None, months: int | None) -> None:
    _, _, (made,) = told(read(tmp_path, f",,,,{written},", extensions=[{"amount": "verlengd", "on": "van"}]))
    assert (made["days"], made["months"], made["until"]) == (days, months, None)


@pytest.mark.parametrize(("unit", "length"), [("d", (6, None)), ("w", (42, None)), ("m", (None, 6))])
def test_a_number_is_of_the_unit_that_the_mapping_says(
    tmp_path: Path, unit: str, length: tuple[int | None, int | None]
) -> None:
    _, _, (made,) = told(read(tmp_path, ",,,,6,", extensions=[{"amount": "verlengd", "unit": unit}]))
    assert (made["days"], made["months"]) == length


def test_two_fields_with_an_extension_are_two_also_where_no_day_is_told(tmp_path: Path) -> None:
    row = "2026-06-10,,,,P4W,P2W"
    second = {"amount": "tot_en_met"}
    for n, first in enumerate(({"amount": "verlengd"}, {"amount": "verlengd", "on": "van"})):
        _, _, made = told(read(tmp_path / str(n), row, extensions=[first, second]))
        assert [each["days"] for each in made] == [28, 14]


def test_an_extension_that_is_told_again_with_another_length_is_one(tmp_path: Path) -> None:
    rows = (",,,,P4W,", ",,,,P6W,", "2026-06-10,,,,P6W,")
    _, _, made = told(read(tmp_path, *rows[:2], extensions=[{"amount": "verlengd"}]))
    assert [(each["on"], each["days"]) for each in made] == [(None, 42)]
    _, _, made = told(read(tmp_path / "dated", *rows, extensions=[{"amount": "verlengd", "on": "van"}]))
    assert [(each["on"], each["days"]) for each in made] == [("2026-06-10", 42)]


def test_an_extension_to_a_date_has_that_date(tmp_path: Path) -> None:
    _, _, (made,) = told(read(tmp_path, ",,,,,2026-09-01", extensions=[{"until": "tot_en_met"}]))
    assert (made["days"], made["until"]) == (None, "2026-09-01")


def beside_readable(folder: Path, row: str, **case: object) -> tuple[str, list[dict], list[dict]]:
    """What is told of a case of which a value cannot be read, beside one of which all can."""
    folder.mkdir(exist_ok=True)
    good = "Z2,a,2026-06-01 10:00:00,2026-06-10,2026-06-20,2026-07-01,,,2026-09-01"
    made = read_csv(folder, f"{HEADER}\nZ1,a,2026-06-01 10:00:00,{row}\n{good}", case=case)
    (found,) = (r for r in pq.read_table(made.facts.cases_path).to_pylist() if r["case_id"].endswith("Z1"))
    return found["suspension_known"], json.loads(found["suspensions"] or "[]"), json.loads(found["extensions"] or "[]")


def test_a_moment_that_cannot_be_read_is_not_one_that_was_not_told(tmp_path: Path) -> None:
    columns = {"suspensions": [{"from": "van", "to": "tot", "term": "termijn"}]}
    rows = {
        "term": "2026-06-10,2026-06-20,spoedig,,,",
        "to": "2026-06-10,snel,2026-07-01,,,",
        "from": "begin juni,,,,,",
    }
    found = {name: beside_readable(tmp_path / name, row, **columns) for name, row in rows.items()}
    known = {name: [(s["has_term"], s["is_unread"]) for s in spans] for name, (_, spans, _) in found.items()}
    assert known == {"term": [(True, True)], "to": [(True, True)], "from": [(False, True)]}
    # a begin that cannot be read is a suspension without dates, not none
    assert [word for word, _, _ in found.values()] == ["dated", "dated", "open_only"]


def test_an_extension_to_a_date_that_cannot_be_read_is_one_of_unknown_length(tmp_path: Path) -> None:
    _, _, (made,) = beside_readable(tmp_path, ",,,,,eind augustus", extensions=[{"until": "tot_en_met"}])
    assert (made["days"], made["until"]) == (None, None)
