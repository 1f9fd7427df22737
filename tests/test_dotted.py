"""The dotted chart: what is counted where, how wide the bins get, and that no single case is drawn."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import html

from flows.publish.disclosure import disclosed
from flows.publish.page_dotted import dotted_section
from flows.publish.page_tables import Telling
from flows.publish.words import Words
from mining.dotted import dotted
from mining.ledger import book
from mining.results.dotted import Dotted
from tests.findings_example import example
from tests.logs import AS_OF, log, project


def chart(text: str, smallest: int = 1, **more: object) -> Dotted:
    file = project().file.model_copy(update={"smallest_group": smallest})
    mapping = project().__class__(**{**project().__dict__, "file": file})
    found = dotted(book(log(text, **more), mapping, AS_OF), mapping)
    assert found is not None
    return found


def cells(time) -> dict[tuple[int, int], tuple[int, int]]:
    return {(cell.row, cell.column): (cell.cases, cell.events) for cell in time.cells}


def test_an_event_stands_in_the_row_of_its_receipt_and_the_column_of_its_age():
    # 1 June 2026 is a Monday; the second case is received in the week after it
    found = chart("Z1 a 0 | Z1 b 2 | Z2 a 8 | Z2 b 8", received={"Z1": "0", "Z2": "7"})
    assert (found.cases, found.events, found.row_days) == (2, 4, 7)
    assert [(row.from_on, row.cases) for row in found.rows] == [(date(2026, 6, 1), 1), (date(2026, 6, 8), 1)]
    assert cells(found.since_received) == {(0, 0): (1, 1), (0, 2): (1, 1), (1, 1): (1, 2)}


def test_the_same_events_stand_at_their_dates_on_the_calendar():
    found = chart("Z1 a 0 | Z1 b 2 | Z2 a 8 | Z2 b 8", received={"Z1": "0", "Z2": "7"})
    assert found.calendar.from_on == date(2026, 6, 1)
    assert cells(found.calendar) == {(0, 0): (1, 1), (0, 2): (1, 1), (1, 8): (1, 2)}
    assert (found.calendar.busiest, found.calendar.busiest_events) == (8, 2)


def test_a_date_without_a_time_counts_as_its_own_day_after_a_receipt_with_one():
    found = chart("Z1 a 1 | Z1 b 3", received={"Z1": "0T23:00"})
    assert cells(found.since_received) == {(0, 1): (1, 1), (0, 2): (1, 1)}


def test_hours_are_told_only_where_every_event_has_a_time():
    timed = chart("Z1 a 0T09:00-09:30 | Z1 b 0T15:00-15:30", received={"Z1": "0T09:00"})
    assert timed.since_received.column_seconds == 3600
    dated = chart("Z1 a 0T09:00-09:30 | Z1 b 0", received={"Z1": "0"})
    assert dated.since_received.column_seconds == 86400


def test_an_event_before_the_receipt_counts_as_at_the_receipt():
    found = chart("Z1 a 0 | Z1 b 5", received={"Z1": "3"})
    assert min(column for _, column in cells(found.since_received)) == 0


def test_bins_get_wider_until_enough_cases_stand_in_them():
    text = " | ".join(f"Z{n} a {n} | Z{n} b {n + n % 9}" for n in range(120))
    received = {f"Z{n}": str(n) for n in range(120)}
    narrow, wide = chart(text, 1, received=received), chart(text, 10, received=received)
    assert narrow.row_days == 7
    assert wide.row_days > 7
    told = sum(cell.events for cell in wide.since_received.cells if cell.cases >= 10)
    assert told >= 0.75 * wide.events


def test_what_came_long_after_nearly_all_the_rest_shares_the_last_column():
    text = " | ".join(f"Z{n} a {n % 10}" for n in range(60)) + " | Z0 b 300"
    time = chart(text, received={f"Z{n}": "0" for n in range(60)}).since_received
    assert (time.is_open_ended, time.columns, time.column_seconds) == (True, 11, 86400)
    assert cells(time)[0, 10] == (1, 1)


@pytest.mark.parametrize("kind", ["since_received", "calendar"])
def test_every_event_lies_in_one_cell_whatever_the_bins(kind: str):
    text = " | ".join(f"Z{n} a {n * 3} | Z{n} b {n * 3 + n} | Z{n} c {n * 3 + 2 * n}" for n in range(60))
    found = chart(text, 10, received={f"Z{n}": str(n * 3) for n in range(60)})
    assert sum(cell.events for cell in getattr(found, kind).cells) == found.events == 180
    assert sum(row.cases for row in found.rows) == found.cases == 60
    assert all(cell.column < getattr(found, kind).columns for cell in getattr(found, kind).cells)


def test_a_cell_of_few_cases_is_neither_drawn_nor_listed():
    text = " | ".join(f"Z{n} a 0 | Z{n} b {1 if n else 6}" for n in range(12))
    found = chart(text, 10, received={f"Z{n}": "0" for n in range(12)})
    section = dotted_section(Telling(disclosed(example(dotted=found)), Words("en")))
    assert section is not None
    assert [row[1:] for row in section.tables[0].rows] == [("10", "10", "10")]
    drawn = html.fromstring(f"<div>{section.figures[0].svg}</div>")
    marks = "".join(path.get("d") for path in drawn.findall(".//svg")[0].iter("path") if path.get("data-mark"))
    # one circle in the legend, and one for each of the two cells that are told
    assert marks.count("M") == 3
    assert "17% of the events" in section.figures[0].svg.replace("\u00a0", "")


def test_a_log_without_a_group_of_enough_cases_has_no_chart():
    found = chart("Z1 a 0 | Z1 b 2", 10, received={"Z1": "0"})
    assert dotted_section(Telling(disclosed(example(dotted=found)), Words("nl"))) is None
