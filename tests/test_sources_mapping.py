"""What the mapping does with records, and that each of them is accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.pseudonym import project_key, pseudonym
from mappings.errors import SourceError
from mappings.journey import Journey, Step
from mappings.source import AttemptColumns
from tests.extraction import KEY, read_csv, utc

JOURNEY = Journey(name="j", steps={"supplement": Step(lane="citizen", layer="citizen")}, flow="supplement")


def test_a_label_gets_its_name_role_lane_channel_and_what_it_opens(tmp_path: Path) -> None:
    rule = {
        "name": "ask",
        "role": "contact",
        "lane": "desk",
        "channel": "phone",
        "opens": {"step": "supplement", "until": "next"},
    }
    read = read_csv(tmp_path, "case,what,at\nZ1,Vragen,2024-01-05", activities={"Vragen": rule}, journeys=(JOURNEY,))
    (event,) = read.events
    assert [event[n] for n in ("activity", "raw_activity", "role", "lane", "channel")] == [
        "ask",
        "Vragen",
        "contact",
        "desk",
        "phone",
    ]
    # the step's own lane, since the rule names none
    assert [event[n] for n in ("opens_step", "opens_lane", "opens_until")] == ["supplement", "citizen", "next"]


def test_an_unknown_label_keeps_its_name_and_is_counted_and_an_ignored_one_is_left_out(tmp_path: Path) -> None:
    text = "case,what,at\nZ1,a,2024-01-05\nZ1,b,2024-01-05\nZ1,log,2024-01-05\n,log,never"
    read = read_csv(tmp_path, text, activities={"a": "alpha"}, ignored=("log",))
    assert read.column("activity") == ["alpha", "b"]
    assert (read.facts.unmapped_activities, read.facts.ignored) == ({"b": 1}, {"label: log": 2})


def test_lanes_and_channels_are_mapped_and_unknown_ones_are_null(tmp_path: Path) -> None:
    text = """case,what,at,team,via
        Z1,a,2024-01-05,T1,tel
        Z1,b,2024-01-05,EMPTY,?
        Z1,c,2024-01-05,T9,
        Z1,d,2024-01-05,,mail"""
    columns = {"lane": "team", "channel": "via"}
    read = read_csv(
        tmp_path,
        text,
        columns=columns,
        lanes={"T1": "desk"},
        unknown_lanes=("EMPTY",),
        channels={"tel": "phone"},
        unknown_channels=("?",),
    )
    assert read.column("lane") == ["desk", None, "T9", None]
    assert read.column("channel") == ["phone", None, None, "mail"]
    assert (read.facts.unmapped_lanes, read.facts.unknown_lanes) == ({"T9": 1}, {"EMPTY": 1})


def test_a_source_without_a_lane_column_has_one_lane(tmp_path: Path) -> None:
    assert read_csv(tmp_path, "case,what,at\nZ1,a,2024-01-05", lane="partner", channel="mail").column("lane") == [
        "partner"
    ]


def test_a_record_without_a_reference_is_its_own_case_and_counted(tmp_path: Path) -> None:
    text = "case,what,at,ref\nD1,a,2024-01-05,Z1\nD1,b,2024-01-06,\nD2,a,2024-01-05,"
    read = read_csv(tmp_path, text, columns={"chain_case": "ref"})
    assert read.column("case_id") == ["Z1", "Z1", "zaken:D2"]
    assert read.column("source_case_id") == ["D1", "D1", "D2"]
    assert (set(read.cases), read.facts.unlinked) == ({"Z1", "zaken:D2"}, 1)


def test_a_person_never_enters_the_tables(tmp_path: Path) -> None:
    text = "case,what,at,who,bsn\nZ1,a,2024-01-05,Jansen,999993653\nZ2,a,onzin,Jansen,999993653"
    read = read_csv(tmp_path, text, columns={"resource": "who"}, keep=("bsn",), pseudonymise=("bsn",))
    assert read.column("resource") == [pseudonym("Jansen", KEY)]
    written = b"".join(path.read_bytes() for path in (tmp_path / "work").rglob("*.parquet"))
    everything = f"{read.events}{read.quarantine}{read.cases}"
    for personal in ("Jansen", "999993653"):
        assert personal not in everything
        assert personal.encode() not in written


def test_a_resource_that_is_a_pseudonym_stays(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, "case,what,at,who\nZ1,a,2024-01-05,R7", columns={"resource": "who"}, resource_is_pseudonym=True
    )
    assert read.column("resource") == ["R7"]


def test_a_key_is_made_once_for_its_owner_alone_and_a_short_one_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZAAKSTROOM_KEY", raising=False)
    key = project_key(tmp_path / "store" / "key")
    assert project_key(tmp_path / "store" / "key") == key
    assert (tmp_path / "store" / "key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("ZAAKSTROOM_KEY", "short")
    with pytest.raises(SourceError, match="ZAAKSTROOM_KEY"):
        project_key(tmp_path / "store" / "key")


def test_the_same_record_twice_is_known_the_second_time(tmp_path: Path) -> None:
    text = "case,what,at,x\nZ1,a,2024-01-05,\nZ1,a,2024-01-05,\nZ1,a,2024-01-05,other"
    read = read_csv(tmp_path, text)
    assert (len(read.events), read.facts.known) == (2, 1)


def test_ids_do_not_depend_on_the_order_of_records_or_columns(tmp_path: Path) -> None:
    one = read_csv(tmp_path, "case,what,at\nZ1,a,2024-01-05\nZ2,b,2024-01-05").column("event_id")
    other = read_csv(tmp_path, "at,case,what,new\n2024-01-05,Z2,b,\n2024-01-05,Z1,a,").column("event_id")
    assert sorted(one) == sorted(other)


def test_of_a_case_the_last_known_value_counts(tmp_path: Path) -> None:
    text = "case,what,at,uit,eind\nZ1,a,2024-01-05,,2024-02-01\nZ1,b,2024-01-06,verleend,\nZ1,c,2024-01-07,,"
    case: dict[str, Any] = {
        "outcome": "uit",
        "closed_at": "eind",
        "targets": {"deadline": {"column": "eind", "precision": "day"}},
    }
    (row,) = read_csv(tmp_path, text, case=case).cases.values()
    assert (row["outcome"], row["closed_at"], row["closed_precision"]) == ("verleend", utc("2024-01-31 23:00"), "day")
    assert row["targets"].startswith('{"deadline": "2024-01-31T23:00:00')


def test_only_events_inside_the_interval_are_kept(tmp_path: Path) -> None:
    text = "case,what,at\nZ1,a,2024-01-05T00:00:00Z\nZ1,b,2024-01-06T00:00:00Z\nZ2,c,2024-01-07T00:00:00Z"
    read = read_csv(tmp_path, text, interval=(utc("2024-01-05"), utc("2024-01-06")))
    assert (read.column("activity"), set(read.cases)) == (["a"], {"Z1"})
    assert read.facts.ignored == {"outside the interval": 2}


def test_a_receipt_or_an_end_inside_the_interval_tells_of_a_case_without_events_there(tmp_path: Path) -> None:
    text = """case,what,at,in,uit
        Z1,a,2024-01-05T00:00:00Z,2024-01-05T00:00:00Z,2024-01-09T12:00:00Z
        Z2,a,2024-01-12T00:00:00Z,2024-01-09T23:00:00Z,
        Z3,a,2024-01-05T00:00:00Z,2024-01-05T00:00:00Z,2024-01-10T00:00:00Z
        Z4,a,2024-01-05T00:00:00Z,2024-01-05T00:00:00Z,"""
    case: dict[str, Any] = {"received_at": "in", "closed_at": "uit"}
    read = read_csv(tmp_path, text, case=case, interval=(utc("2024-01-09"), utc("2024-01-10")))
    assert (read.events, set(read.cases)) == ([], {"Z1", "Z2"})
    assert read.cases["Z1"]["closed_at"] == utc("2024-01-09 12:00")


def test_attempts_are_a_table_of_their_own(tmp_path: Path) -> None:
    attempt = AttemptColumns(
        attempt="id", started_at={"column": "at"}, reached="step", stopped="stop", chain_case="case"
    )
    text = """id,at,step,stop,case
        v1,2024-01-05 09:00,sent,,Z1
        v2,2024-01-05 10:00,login,login,
        v2,2024-01-05 10:00,login,login,
        ,2024-01-05,x,,"""
    read = read_csv(tmp_path, text, record="attempts", attempt=attempt, channel="web")
    assert [(a["attempt_id"], a["reached"], a["stopped"], a["channel"], a["case_id"]) for a in read.attempts] == [
        ("zaken:v1", "sent", None, "web", "Z1"),
        ("zaken:v2", "login", "login", "web", None),
    ]
    assert (read.facts.known, read.facts.quarantined, read.events) == (1, {"attempt_missing": 1}, [])


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["Z1", "Z2", ""]),
        st.sampled_from(["a", "b", "log", ""]),
        st.sampled_from(["start", "complete", "schedule", "abort", "klaar", ""]),
        st.sampled_from(["2024-01-05 09:00", "2024-01-05 10:00", "2024-03-31 02:30", "onzin", ""]),
        st.sampled_from(["1", "2", "3", ""]),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(rows=RECORDS)
@example(rows=[("Z1", "a", "complete", "2024-01-05 09:00", "1"), ("Z1", "a", "", "2024-01-05 09:00", "1")])
@example(rows=[("Z1", "a", "start", "2024-01-05 09:00", "1"), ("Z1", "b", "complete", "2024-01-05 09:00", "1")])
def test_every_record_is_accounted_for_and_no_id_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    # a readable one, so that no column of times is wholly unreadable
    lines = ["case,what,how,at,id", "Z0,a,complete,2024-01-05 09:00,0", *(",".join(row) for row in rows)]
    folder = tmp_path_factory.mktemp("law")
    read = read_csv(folder, "\n".join(lines), columns={"lifecycle": "how", "event_id": "id"}, ignored=("log",))
    assert read.facts.read == len([row for row in rows if any(row)]) + 1
    assert sum(read.column("records")) == read.facts.events_records
    assert len(read.quarantine) == sum(read.facts.quarantined.values())
    assert len(set(read.column("event_id"))) == len(read.events)


def test_a_blank_around_a_case_number_makes_no_other_case(tmp_path: Path) -> None:
    text = "case,what,at,in,ref\nZ1  ,a,2024-01-05,2024-01-01,K9 \nZ1,b,2024-01-06,,\n  ,c,2024-01-07,,"
    read = read_csv(tmp_path, text, case={"received_at": "in", "reference": "ref"})
    assert read.column("source_case_id") == ["Z1", "Z1"]
    assert list(read.cases) == ["Z1"]
    assert '"reference":"K9"' in read.cases["Z1"]["links"]
    assert read.facts.quarantined == {"case_missing": 1}
