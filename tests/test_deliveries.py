"""Files that a partner delivers: only whole ones, in order, once, with the same columns, and on time."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest

from flows.gate.facts import extract_facts
from flows.reconciliation import reconcile
from flows.sources import deliveries
from flows.sources.addresses import readable
from flows.sources.arrivals import arrivals
from flows.sources.extract import extract
from flows.sources.leftover import keep_left
from flows.sources.records import Told
from flows.store import EventStore
from mappings.deliveries import Deliveries, Expected
from mappings.errors import SourceError
from mappings.source import Source
from mining.quality import measure
from tests.extraction import KEY, Extraction, project, source

HEAD = "id,case,what,at\n"
BOTH = {"columns": {"event_id": "id"}}


def deliver(folder: Path, name: str, *rows: str, on: str = "2024-01-04", head: str = HEAD) -> Path:
    """Write a file that was modified on a day long gone."""
    path = folder / name
    path.write_text(head + "".join(f"{row}\n" for row in rows))
    at = datetime.fromisoformat(on).replace(tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


def partner(path: str = "wijk-*.csv", deliveries: dict[str, Any] | None = None, **parts: Any) -> Source:
    said = {"date_in_name": "%Y-%m"} if deliveries is None else deliveries
    return source(path=path, deliveries=said, **{**BOTH, **parts})


def read(folder: Path, written: Source | None = None, has_stored: bool = True) -> Extraction:
    said = written or partner()
    facts = extract(said, project(folder, said), folder / "work", KEY)
    assert facts.accounted == facts.read
    if has_stored:
        keep_left(folder / "work" / "state", said, KEY, facts.left)
    return Extraction(facts)


def test_a_newer_file_corrects_an_older_one_by_the_date_in_its_name(tmp_path: Path) -> None:
    # by name the correction would come first
    deliver(tmp_path, "wijk-b-2024-01.csv", "1,Z1,intake,2024-01-05 09:00", "2,Z2,intake,2024-01-06 09:00")
    deliver(tmp_path, "wijk-a-2024-02.csv", "1,Z1,besluit,2024-01-05 09:00")
    found = read(tmp_path)
    assert found.column("activity") == ["intake", "besluit"]
    assert (found.facts.read, found.facts.replaced) == (3, 1)


def test_the_same_by_when_they_were_modified(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-a.csv", "1,Z1,besluit,2024-01-05 09:00", on="2024-03-01")
    deliver(tmp_path, "wijk-b.csv", "1,Z1,intake,2024-01-05 09:00", on="2024-02-01")
    assert read(tmp_path, partner(deliveries={"order": "modified"})).column("activity") == ["besluit"]
    assert read(tmp_path, partner(deliveries={})).column("activity") == ["intake"]


def test_a_name_without_the_date_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00")
    deliver(tmp_path, "wijk-2024-13.csv", "2,Z2,intake,2024-01-05 09:00")
    with pytest.raises(SourceError, match=r"wijk-2024-13.csv: has no date '%Y-%m'"):
        read(tmp_path)


def test_what_is_still_being_uploaded_is_left_alone_and_counted(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00")
    deliver(tmp_path, "wijk-2024-02.csv.part", "2,Z2,intake,2024-01-05 09:00")
    deliver(tmp_path, "wijk-2024-03.csv", "3,Z3,intake,2024-01-05 09:00")
    now = datetime.now(UTC).timestamp()
    os.utime(tmp_path / "wijk-2024-03.csv", (now, now))
    found = read(tmp_path, partner("wijk-*"))
    assert found.column("case_id") == ["Z1"]
    assert found.facts.notes == {deliveries.PARTIAL: 1, deliveries.GROWING: 1}


def test_a_file_waits_for_its_marker(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00")
    deliver(tmp_path, "wijk-2024-02.csv", "2,Z2,intake,2024-01-05 09:00")
    (tmp_path / "wijk-2024-01.ok").touch()
    found = read(tmp_path, partner("wijk-*", deliveries={"marker": "{stem}.ok"}))
    assert found.column("case_id") == ["Z1"]
    assert found.facts.notes == {deliveries.UNMARKED: 1}


def test_a_file_that_changes_while_it_is_read_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    path = deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00")

    def reading() -> None:
        with deliveries.taken(partner(), tmp_path, Told()):
            path.write_text(HEAD + "1,Z1,int")

    with pytest.raises(SourceError, match="changed while it was being read"):
        reading()


def test_the_same_content_under_two_names_is_read_once_and_told(tmp_path: Path) -> None:
    for name in ("wijk-2024-01.csv", "wijk-2024-02.csv"):
        deliver(tmp_path, name, "1,Z1,intake,2024-01-05 09:00")
    found = read(tmp_path)
    assert found.facts.read == 1
    assert found.facts.notes == {deliveries.DOUBLE: 1}


def test_an_old_file_under_a_new_name_corrects_nothing(tmp_path: Path) -> None:
    first = deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00")
    read(tmp_path)
    first.unlink()
    deliver(tmp_path, "wijk-2024-02.csv", "1,Z1,besluit,2024-01-05 09:00")
    deliver(tmp_path, "wijk-2024-03.csv", "1,Z1,intake,2024-01-05 09:00")
    again = read(tmp_path)
    assert again.column("activity") == ["besluit"]
    assert again.facts.notes == {deliveries.DOUBLE: 1}
    # and the run after it knows it still
    assert read(tmp_path).column("activity") == ["besluit"]


def test_what_a_crash_kept_from_the_store_is_read_again(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00")
    read(tmp_path, has_stored=False)
    (tmp_path / "wijk-2024-01.csv").rename(tmp_path / "wijk-2024-02.csv")
    assert read(tmp_path).facts.read == 1


@pytest.mark.parametrize("is_later_run", [True, False])
def test_other_columns_than_before_are_refused_with_the_difference(tmp_path: Path, is_later_run: bool) -> None:
    first = deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00,x", head=HEAD[:-1] + ",wijkcode\n")
    if is_later_run:
        read(tmp_path)
        first.unlink()
    deliver(tmp_path, "wijk-2024-02.csv", "2,Z2,intake,2024-01-05 09:00,x,y", head=HEAD[:-1] + ",wijk_code,postcode\n")
    with pytest.raises(SourceError) as raised:
        read(tmp_path)
    assert raised.value.where.startswith("wijk-2024-02.csv")
    assert "gone 'wijkcode' (renamed to 'wijk_code'?), added 'wijk_code', added 'postcode'" in raised.value.what
    assert not list((tmp_path / "work" / "zaken").glob("*")) or is_later_run
    accepted = partner(deliveries={"date_in_name": "%Y-%m", "optional_columns": ["wijkcode", "wijk_code", "postcode"]})
    assert read(tmp_path, accepted).facts.read == 2 - is_later_run


def test_an_emptied_folder_is_no_error_once_it_was_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path)
    deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00").rename(tmp_path / "wijk-2024-01.csv")
    read(tmp_path)
    (tmp_path / "wijk-2024-01.csv").unlink()
    assert read(tmp_path).facts.read == 0


def test_a_late_or_missing_delivery_is_a_warning_with_its_date(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00", on="2024-02-03")
    deliver(tmp_path, "wijk-2024-03.csv", "2,Z2,intake,2024-01-06 09:00", on="2024-04-09")
    said = partner(deliveries={"date_in_name": "%Y-%m", "expected": {"by": 5}})
    found = read(tmp_path, said)
    assert found.facts.arrivals is not None
    assert tuple(map(str, found.facts.arrivals[:2])) == (
        "of 2024-02-01, by 2024-03-05: missing",
        "of 2024-03-01, by 2024-04-05: late, came 2024-04-09",
    )
    assert found.facts.notes["expected delivery of 2024-02-01, by 2024-03-05: missing"] == 1
    whole = project(tmp_path, said)
    looked_at = datetime(2024, 4, 20, tzinfo=UTC)
    facts = extract(said, whole, tmp_path / "work", KEY, as_of=looked_at)
    con = ibis.duckdb.connect()
    tables = [con.read_parquet(str(path)) for path in (facts.events_path, facts.cases_path)]
    measured = measure(*tables, extract_facts(facts, said, whole), looked_at, {})
    late = next(each for each in measured if each.measure == "deliveries_late")
    assert (late.value, late.warn) == (2, 0)
    assert late.detail["nl"].startswith("over 2024-02-01, uiterlijk 2024-03-05: niet gekomen; over 2024-03-01,")


def days(*texts: str) -> dict[date, date]:
    return {date.fromisoformat(a): date.fromisoformat(b) for a, b in (text.split(" ") for text in texts)}


@pytest.mark.parametrize(
    ("expected", "come", "today", "told"),
    [
        ({}, "2024-01-01 2024-02-05", "2024-03-05", ()),
        ({}, "2024-01-01 2024-02-05", "2024-03-06", ("of 2024-02-01, by 2024-03-05: missing",)),
        ({}, "2024-01-01 2024-02-06", "2024-02-20", ("of 2024-01-01, by 2024-02-05: late, came 2024-02-06",)),
        ({"until": "2024-01-31"}, "2024-01-01 2024-02-05", "2024-03-06", ()),
        ({"by": 31}, "2024-01-01 2024-02-29", "2024-03-02", ()),
        ({"since": "2023-12-15"}, "2024-01-01 2024-02-01", "2024-02-20", ("of 2023-12-01, by 2024-01-05: missing",)),
        ({"every": "week", "by": 2}, "2024-01-03 2024-01-09", "2024-01-16", ()),
        ({"every": "week", "by": 2}, "2024-01-03 2024-01-09", "2024-01-17", ("of 2024-01-08, by 2024-01-16: missing",)),
        ({"every": "day", "by": 1}, "2024-01-03 2024-01-04", "2024-01-06", ("of 2024-01-04, by 2024-01-05: missing",)),
    ],
)
def test_each_period_is_due_by_its_day(expected: dict[str, Any], come: str, today: str, told: tuple[str, ...]) -> None:
    found = arrivals(Expected(**expected), days(come), date.fromisoformat(today), is_dated=True)
    assert tuple(map(str, found)) == told


@pytest.mark.parametrize(
    ("come", "today", "told"),
    [
        ("2024-02-03 2024-02-03", "2024-02-20", ()),
        ("2024-01-03 2024-01-03", "2024-02-06", ("of 2024-01-01, by 2024-02-05: missing",)),
        ("2024-02-08 2024-02-08", "2024-02-20", ("of 2024-01-01, by 2024-02-05: late, came 2024-02-08",)),
    ],
)
def test_without_a_date_in_the_names_the_last_that_was_due_is_looked_at(
    come: str, today: str, told: tuple[str, ...]
) -> None:
    found = arrivals(Expected(), days(come), date.fromisoformat(today), is_dated=False)
    assert tuple(map(str, found)) == told


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"date_in_name": "%B"}, "is no date"),
        ({"order": "date"}, "needs 'date_in_name'"),
        ({"marker": "klaar"}, "holds {name} or {stem}"),
        ({"expected": {"every": "week", "by": 8}}, "day of the week"),
    ],
)
def test_what_a_mapping_cannot_say(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Deliveries(**said)


def test_a_refusal_by_azure_is_told_as_one_that_can_be_mended() -> None:
    error = type("HttpResponseError", (Exception,), {"__module__": "azure.core.exceptions", "status_code": 403})
    with (
        pytest.raises(SourceError, match="ask the owner of the file for the right") as caught,
        readable("abfs://uit/x"),
    ):
        raise error("Server failed to authenticate the request")
    assert caught.value.__suppress_context__


CORRECTED = {
    "ignored": ("2,Z1,vervallen,2024-01-06 09:00", (1, 0), False),
    "quarantined": ("2,Z1,besluit,onbekend", (0, 1), True),
}


@pytest.mark.parametrize(("row", "apart", "stands"), CORRECTED.values(), ids=CORRECTED)
@pytest.mark.parametrize("is_later_run", [False, True])
def test_a_correction_that_is_ignored_replaces_the_former_record_and_one_that_cannot_be_read_does_not(
    tmp_path: Path, row: str, apart: tuple[int, int], stands: bool, is_later_run: bool
) -> None:
    said, store = partner(ignored=["vervallen"]), EventStore(tmp_path / "store")
    first = deliver(
        tmp_path, "wijk-2024-01.csv", "1,Z1,intake,2024-01-05 09:00", "2,Z1,besluit,2024-01-06 09:00",
        "3,Z2,besluit,2024-01-06 09:00",
    )  # fmt: skip
    if is_later_run:
        store.upsert(read(tmp_path, said).facts)
        first.unlink()
    deliver(tmp_path, "wijk-2024-02.csv", row, "4,Z2,intake,2024-01-06 09:00")
    facts = read(tmp_path, said).facts
    assert (sum(facts.ignored.values()), sum(facts.quarantined.values())) == apart
    assert facts.replaced == (0 if is_later_run or stands else 1)
    assert reconcile(facts, store.upsert(facts)).holds
    kept = store.tables(ibis.duckdb.connect()).events.event_id.execute()
    assert sorted(kept) == ["zaken:1", *(["zaken:2"] if stands else []), "zaken:3", "zaken:4"]


def test_a_record_that_is_told_again_after_it_was_no_event_counts(tmp_path: Path) -> None:
    deliver(tmp_path, "wijk-2024-01.csv", "2,Z1,besluit,2024-01-06 09:00")
    deliver(tmp_path, "wijk-2024-02.csv", "2,Z1,vervallen,2024-01-06 09:00")
    deliver(tmp_path, "wijk-2024-03.csv", "2,Z1,besluit,2024-01-07 09:00")
    found = read(tmp_path, partner(ignored=["vervallen"]))
    assert [event["completed_at"].day for event in found.events] == [7]
    assert found.facts.replaced == 1
    assert pq.read_table(found.facts.outdated_path).num_rows == 0


def test_a_pair_with_one_id_lets_an_event_of_another_case_stand_whose_own_id_ends_alike(tmp_path: Path) -> None:
    said, store = partner(columns={"lifecycle": "how", "event_id": "id"}), EventStore(tmp_path / "store")
    head = "id,case,what,how,at\n"
    first = deliver(tmp_path, "wijk-2024-01.csv", "2024-2,Z1,besluit,complete,2024-01-05 09:00", head=head)
    store.upsert(read(tmp_path, said).facts)
    first.unlink()
    pair = ("2024,Z2,intake,start,2024-02-01 09:00", "2024,Z2,intake,complete,2024-02-02 09:00")
    deliver(tmp_path, "wijk-2024-02.csv", *pair, head=head)
    store.upsert(read(tmp_path, said).facts)
    assert sorted(store.tables(ibis.duckdb.connect()).events.event_id.execute()) == ["zaken:2024", "zaken:2024-2"]
