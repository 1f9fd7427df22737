"""Lifecycle: records of starts and completions become events with both, and what is left over is counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from flows.store import EventStore
from tests.extraction import Extraction, read_csv, utc

DAY = "2024-01-05"


def log(folder: Path, *lines: str, instance: bool = False, event_id: str | None = None, **parts: object) -> Extraction:
    """Each line: case activity transition hour [instance or id]."""
    rows = []
    for line in lines:
        case, what, transition, hour, *rest = line.split()
        rows.append(f"{case},{what},{transition},{DAY} {hour}:00Z,{''.join(rest)}")
    columns = {"lifecycle": "how"} | ({"lifecycle_instance": "nr"} if instance else {})
    columns |= {"event_id": event_id} if event_id else {}
    return read_csv(folder, "case,what,how,at,nr\n" + "\n".join(rows), columns=columns, **parts)


def spans(extraction: Extraction) -> set[tuple[str, str | None, str | None]]:
    def hour(moment: object) -> str | None:
        return None if moment is None else moment.strftime("%H:%M")

    return {(e["activity"], hour(e["started_at"]), hour(e["completed_at"])) for e in extraction.events}


def test_a_start_and_a_completion_become_one_event_of_two_records(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 intake start 09:00", "Z1 intake complete 10:00")
    assert spans(read) == {("intake", "09:00", "10:00")}
    assert (read.column("records"), read.facts.events_records) == ([2], 2)


def test_of_two_starts_the_older_is_completed_first(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a start 09:00", "Z1 a start 10:00", "Z1 a complete 11:00", "Z1 a complete 12:00")
    assert spans(read) == {("a", "09:00", "11:00"), ("a", "10:00", "12:00")}


def test_the_instance_says_which_start_belongs_to_which_completion(tmp_path: Path) -> None:
    lines = ("Z1 a start 09:00 x", "Z1 a start 10:00 y", "Z1 a complete 11:00 y", "Z1 a complete 12:00 x")
    assert spans(log(tmp_path, *lines, instance=True)) == {("a", "09:00", "12:00"), ("a", "10:00", "11:00")}


def test_a_completion_before_any_start_stands_alone_and_takes_no_later_start(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a complete 08:00", "Z1 a start 09:00", "Z1 a complete 10:00")
    assert spans(read) == {("a", None, "08:00"), ("a", "09:00", "10:00")}
    assert read.facts.completions_without_start == 1


def test_an_unpaired_start_is_work_in_hand(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a start 09:00", "Z1 a complete 10:00", "Z1 a start 11:00")
    assert spans(read) == {("a", "09:00", "10:00"), ("a", "11:00", None)}
    assert read.facts.unpaired_starts == 1


def test_activities_and_cases_are_paired_apart(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a start 09:00", "Z2 a complete 10:00", "Z1 b complete 11:00")
    assert spans(read) == {("a", "09:00", None), ("a", None, "10:00"), ("b", None, "11:00")}


def test_at_one_instant_starts_come_first(tmp_path: Path) -> None:
    assert spans(log(tmp_path, "Z1 a complete 09:00", "Z1 a start 09:00")) == {("a", "09:00", "09:00")}


def test_a_date_ends_work_that_began_at_a_time_of_that_day_and_none_of_the_next(tmp_path: Path) -> None:
    rows = (
        "start,2024-01-05 10:00",
        "complete,2024-01-05 00:00",
        "start,2024-01-06 00:00",
        "complete,2024-01-06 00:00",
    )
    text = "case,what,how,at\n" + "\n".join(f"Z1,a,{row}" for row in rows)
    at = {"column": "at", "day_when_time_is": ["00:00"]}
    read = read_csv(tmp_path, text, columns={"lifecycle": "how", "completed_at": at})
    assert {(e["started_at"], e["completed_at"], e["precision"]) for e in read.events} == {
        (utc("2024-01-04 23:00"), utc("2024-01-04 23:00"), "day"),
        (utc("2024-01-05 23:00"), utc("2024-01-05 23:00"), "day"),
    }
    assert (read.facts.unpaired_starts, read.facts.completions_without_start) == (0, 0)


def test_the_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    assert spans(log(tmp_path, "Z1 a complete 10:00", "Z1 a start 09:00")) == {("a", "09:00", "10:00")}


def test_transitions_are_known_in_any_case_and_the_standards_other_names(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a START 09:00", "Z1 a ate_abort 10:00", "Z1 b COMPLETE 10:00")
    assert spans(read) == {("a", "09:00", "10:00"), ("b", None, "10:00")}


def test_records_that_are_no_part_of_an_event_are_counted(tmp_path: Path) -> None:
    read = log(
        tmp_path,
        "Z1 a schedule 08:00",
        "Z1 a start 09:00",
        "Z1 a suspend 09:30",
        "Z1 a complete 10:00",
        "Z1 b withdraw 11:00",
    )
    assert spans(read) == {("a", "09:00", "10:00")}
    assert read.facts.ignored == {
        "lifecycle: schedule": 1,
        "lifecycle: suspend": 1,
        "lifecycle: withdraw or abort without a start": 1,
    }


def test_an_unknown_transition_is_quarantined(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a complete 09:00", "Z1 a klaar 10:00")
    assert read.facts.quarantined == {"lifecycle_unknown": 1}


def test_a_log_of_completions_only_misses_no_starts(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a complete 09:00", "Z1 b complete 10:00")
    assert (read.facts.completions_without_start, read.column("started_at")) == (0, [None, None])


def test_work_in_hand_keeps_its_id_when_it_is_completed_later(tmp_path: Path) -> None:
    (before,) = log(tmp_path, "Z1 a start 09:00").events
    (after,) = log(tmp_path, "Z1 a start 09:00", "Z1 a complete 10:00").events
    assert before["event_id"] == after["event_id"]


def test_a_start_before_the_interval_is_not_lost_to_a_completion_inside_it(tmp_path: Path) -> None:
    lines = ("Z1 a start 09:00", "Z1 a complete 12:00", "Z1 b start 09:00", "Z1 b complete 10:00")
    read = log(tmp_path, *lines, interval=(utc(f"{DAY} 11:00"), utc(f"{DAY} 13:00")))
    assert spans(read) == {("a", "09:00", "12:00")}
    assert read.facts.ignored == {"outside the interval": 2}


def suspended(extraction: Extraction) -> list[list[tuple[str, str | None]]]:
    """Of each event that was suspended, the intervals as local text."""

    def hour(micros: int | None) -> str | None:
        return None if micros is None else datetime.fromtimestamp(micros // 1_000_000, UTC).strftime("%H:%M")

    told = [json.loads(text) for text in extraction.column("suspended") if text]
    return [[(str(hour(low)), hour(high)) for low, high in spans] for spans in told]


WORK = ("Z1 a start 09:00", "Z1 a complete 17:00")


def test_work_that_was_suspended_keeps_when_and_is_made_of_all_its_records(tmp_path: Path) -> None:
    read = log(tmp_path, *WORK, "Z1 a suspend 11:00", "Z1 a resume 14:00", "Z1 a suspend 15:00", "Z1 a resume 16:00")
    assert spans(read) == {("a", "09:00", "17:00")}
    assert suspended(read) == [[("11:00", "14:00"), ("15:00", "16:00")]]
    assert (read.column("records"), read.facts.ignored) == ([6], {})


def test_of_suspensions_told_twice_the_first_counts_and_the_others_are_left_over(tmp_path: Path) -> None:
    read = log(tmp_path, *WORK, *(f"Z1 a {what}" for what in ("suspend 10:00", "suspend 11:00", "resume 12:00")),
               "Z1 a resume 13:00")  # fmt: skip
    assert suspended(read) == [[("10:00", "12:00")]]
    assert read.facts.ignored == {"lifecycle: suspend": 1, "lifecycle: resume": 1}


def test_a_suspension_that_nothing_ends_says_not_until_when_and_is_left_over(tmp_path: Path) -> None:
    read = log(tmp_path, *WORK, "Z1 a suspend 11:00", "Z1 b suspend 10:00", "Z1 a resume 08:00")
    assert (suspended(read), read.column("records")) == ([], [2])
    assert read.facts.ignored == {"lifecycle: suspend": 2, "lifecycle: resume": 1}


def test_an_abort_ends_a_suspension(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a start 09:00", "Z1 a suspend 10:00", "Z1 a pi_abort 12:00")
    assert (suspended(read), read.column("records")) == ([[("10:00", "12:00")]], [3])


def test_work_in_hand_may_lie_still_yet(tmp_path: Path) -> None:
    read = log(tmp_path, "Z1 a start 09:00", "Z1 a suspend 10:00")
    assert (suspended(read), read.column("records")) == ([[("10:00", None)]], [2])


def test_a_suspension_that_two_works_can_claim_is_left_over_unless_the_instance_tells(tmp_path: Path) -> None:
    lines = ("Z1 a start 09:00 x", "Z1 a start 09:30 y", "Z1 a suspend 10:00 y", "Z1 a resume 11:00 y",
             "Z1 a complete 12:00 x", "Z1 a complete 13:00 y")  # fmt: skip
    without = log(tmp_path, *lines)
    assert (suspended(without), without.facts.ignored) == ([], {"lifecycle: suspend": 1, "lifecycle: resume": 1})
    assert suspended(log(tmp_path, *lines, instance=True)) == [[("10:00", "11:00")]]


def test_reading_suspended_work_again_brings_nothing_new(tmp_path: Path) -> None:
    lines = (*WORK, "Z1 a suspend 11:00", "Z1 a resume 14:00")
    (one,) = log(tmp_path, *lines).events
    (other,) = log(tmp_path, *lines[::-1]).events
    assert {k: v for k, v in one.items() if k != "seq"} == {k: v for k, v in other.items() if k != "seq"}


def test_a_completion_that_was_stored_alone_goes_into_the_pair_when_its_start_is_told(tmp_path: Path) -> None:
    store, done = EventStore(tmp_path / "store"), "Z1 a complete 10:00"
    for lines in ((done,), (done, "Z1 a start 09:00"), (done, "Z1 a start 09:00")):
        store.upsert(log(tmp_path, *lines).facts)
    stored = duckdb.sql(f"SELECT started_at IS NOT NULL, completed_at IS NOT NULL FROM ({store.sql('events')})")
    assert stored.fetchall() == [(True, True)]


@pytest.mark.parametrize("ids", [("", ""), ("7", "8"), ("7", "7")], ids=["made", "own", "shared"])
def test_a_completion_counts_once_where_its_start_is_shown_no_more(tmp_path: Path, ids: tuple[str, str]) -> None:
    store, own = EventStore(tmp_path / "store"), {"event_id": "nr"} if ids[0] else {}
    start, done, other = f"Z1 a start 09:00 {ids[0]}", f"Z1 a complete 10:00 {ids[1]}", "Z1 a complete 10:00 9"
    store.upsert(log(tmp_path, start, done, **own).facts)
    taken = store.upsert(log(tmp_path, done, **own).facts)
    assert (taken.stored, taken.replaced, taken.already_known) == (0, 0, 1)
    assert store.upsert(log(tmp_path, done, other, **own).facts).stored == 1
    assert store.upsert(log(tmp_path, start, done, other, **own).facts).stored == 0
    stored = duckdb.sql(f"SELECT count(*), count(started_at), count(completed_at) FROM ({store.sql('events')})")
    assert stored.fetchall() == [(2, 1, 2)]


def test_a_start_that_becomes_that_of_other_work_leaves_its_completion_alone(tmp_path: Path) -> None:
    store, done = EventStore(tmp_path / "store"), "Z1 a complete 10:00 8"
    for start in ("Z1 a start 09:00 7", "Z1 b start 09:00 7"):
        store.upsert(log(tmp_path, start, done, event_id="nr").facts)
    stored = duckdb.sql(
        f"SELECT activity, started_at IS NULL, completed_at IS NULL FROM ({store.sql('events')}) ORDER BY 1"
    )
    assert stored.fetchall() == [("a", True, False), ("b", False, True)]


def test_a_completion_with_the_id_of_its_start_counts_once_when_both_were_mended_in_turn(tmp_path: Path) -> None:
    store, start = EventStore(tmp_path / "store"), "Z1 a start 09:00 7"
    apart = (start, "Z1 b complete 10:00 7")
    store.upsert(log(tmp_path, *apart, event_id="nr").facts)
    another_day = (utc("2024-02-01"), utc("2024-02-02"))
    store.upsert(log(tmp_path, *apart, event_id="nr", interval=another_day).facts)
    assert duckdb.sql(f"SELECT event_id FROM ({store.sql('events')}) ORDER BY 1").fetchall() == [
        ("zaken:7",), ("zaken:7-2",)
    ]  # fmt: skip
    store.upsert(log(tmp_path, start, "Z1 a complete 10:00 7", event_id="nr").facts)
    assert duckdb.sql(f"SELECT event_id, activity FROM ({store.sql('events')})").fetchall() == [("zaken:7", "a")]


def test_what_begins_and_ends_at_one_moment_is_paired_by_the_order_of_the_source(tmp_path: Path) -> None:
    head = f"case,what,how,at,nr,team\nZ1,a,start,{DAY} 09:00Z,1,x\nZ1,a,start,{DAY} 10:00Z,2,y\n"
    ends = [f"Z1,a,complete,{DAY} 11:00Z,3,x\n", f"Z1,a,complete,{DAY} 11:00Z,4,y\n"]
    columns = {"lifecycle": "how", "seq": "nr", "resource": "team"}
    for lines in (ends, ends[::-1]):
        read = read_csv(tmp_path, head + "".join(lines), columns=columns, resource_is_pseudonym=True)
        assert {(e["started_at"].hour, e["resource"]) for e in read.events} == {(9, "x"), (10, "y")}
