"""What of a term is not known: what then still holds is said, and nothing else (DESIGN §4, the legal clock)."""

from __future__ import annotations

import json

from mappings.suspension import SuspensionColumns
from tests.test_legal_clock import ASKED, LEGAL, SPAN, Told, longer, of, project, recorded, terms


def test_where_suspensions_are_not_known_only_what_holds_in_any_case_is_said() -> None:
    undated = {"suspension_known": "open_only", "suspensions": json.dumps([SPAN | {"from": None, "to": None}])}
    early, late, open_only = terms(
        Told(("decide 2026-07-27",)), Told(("decide 2026-07-28",)), Told(("decide 2026-07-28",), case=undated),
        of=project(activities={}),
    )  # fmt: skip
    assert of(early, "verdict", "used", "reason") == ("met", None, "suspensions_not_known")
    assert late["verdict"] == "not_determinable"
    assert of(open_only, "verdict", "reason") == ("not_determinable", "suspension_undated")


def test_a_log_that_would_show_a_request_and_shows_none_knows_that_there_was_no_suspension() -> None:
    shows = project(activities={"ask": "ask"}, supplement_requests=["ask"])
    silent, asked = terms(Told(("decide 2026-07-28",)), Told(("ask 2026-06-10", "decide 2026-07-28")), of=shows)
    assert of(silent, "verdict", "used") == ("missed", 57)
    assert of(asked, "verdict", "reason") == ("not_determinable", "suspensions_not_known")


UNREAD = {
    "answered": Told(('ask 2026-06-10 {"term": "binnenkort"}', "answer 2026-06-20", "decide 2026-08-05")),
    "in time": Told(('ask 2026-06-10 {"term": "binnenkort"}', "answer 2026-06-20", "decide 2026-07-27")),
    "at once": Told(('ask 2026-06-10 {"term": "binnenkort"}', "answer 2026-06-11", "decide 2026-07-28")),
    "after the end": Told(('ask 2026-07-27 {"term": "binnenkort"}', "answer 2026-08-20", "decide 2026-08-25")),
    "on the last day but one": Told(('ask 2026-07-26 {"term": "binnenkort"}', "decide 2026-08-25")),
    "before it was asked": Told(('ask 2026-06-10 {"term": "2025-07-01"}', "answer 2026-06-20", "decide 2026-08-05")),
    "field": Told(("decide 2026-08-05",), case=recorded(has_term=True, is_unread=True)),
}  # fmt: skip


def test_a_term_that_is_set_and_cannot_be_read_suspends_nobody_knows_how_long() -> None:
    found = dict(zip(UNREAD, terms(*UNREAD.values()), strict=True))
    unread = ("not_determinable", None, "suspension_not_read")
    assert of(found["answered"], "verdict", "used", "reason") == unread
    assert of(found["field"], "verdict", "used", "reason") == unread
    # what holds however long it was: decided before the earliest end, or answered before a day was suspended
    assert of(found["in time"], "verdict", "used") == ("met", None)
    assert of(found["at once"], "verdict", "used", "suspended", "reason") == ("missed", 57, 0, None)
    assert of(found["before it was asked"], "verdict", "reason") == ("not_determinable", "suspension_contradicts")


def test_a_suspension_of_unknown_length_that_begins_after_the_end_leaves_the_verdict_as_it_is() -> None:
    found = dict(zip(UNREAD, terms(*UNREAD.values()), strict=True))
    assert of(found["after the end"], "verdict", "used", "end") == ("missed", None, "2026-07-27")
    assert found["on the last day but one"]["verdict"] == "not_determinable"


def test_an_extension_of_unknown_length_leaves_what_holds_without_it() -> None:
    early, after, late = terms(
        Told(("decide 2026-07-27",), case=longer()),
        Told(("decide 2026-09-07",), case=longer(on="2026-07-28")),
        Told(("decide 2026-09-07",), case=longer(on="2026-07-27")),
    )
    assert of(early, "verdict", "reason") == ("met", "extension_not_read")
    assert of(after, "verdict", "reason") == ("missed", None)
    assert of(late, "verdict", "reason") == ("not_determinable", "extension_not_read")


def test_of_a_case_on_which_nothing_was_done_a_source_that_shows_requests_knows_that_there_was_none() -> None:
    # asked for nothing in half a year: late, whoever looks
    untouched, elsewhere = terms(Told(()), Told((), case={"source": "elsewhere"}))
    assert of(untouched, "verdict", "used", "is_overdue") == ("open", 183, True)
    assert of(elsewhere, "verdict", "reason") == ("not_determinable", "suspensions_not_known")


def test_a_log_that_shows_other_grounds_alone_knows_nothing_of_suspensions() -> None:
    advises = {"advise": {"name": "advise", "suspends": {"ground": "adviser", "term": "4w"}}}
    (row,) = terms(Told(("advise 2026-06-10", "decide 2026-07-28")), of=project(activities=advises))
    assert of(row, "verdict", "reason") == ("not_determinable", "suspensions_not_known")
    objection = project(norms=[LEGAL | {"amount": None, "rule": "objection"}])
    (row,) = terms(Told((*ASKED, "decide 2026-10-01")), of=objection)
    assert of(row, "verdict", "reason") == ("not_determinable", "suspensions_not_known")
    omits = {"ask": {"name": "ask", "suspends": {"ground": "omission", "term_column": "term"}}}
    (row,) = terms(Told((ASKED[0], "decide 2026-10-01")), of=project(objection.journey.norms, omits))
    assert row["reason"] is None


def test_a_field_of_a_source_about_another_ground_says_nothing_of_this_rule() -> None:
    made = project(activities={})
    of_omissions = made.sources[0].case.model_copy(
        update={"suspensions": (SuspensionColumns.model_validate({"from": "van", "ground": "omission"}),)}
    )
    source = made.sources[0].model_copy(update={"case": of_omissions})
    told = Told(("decide 2026-07-28",), case={"suspension_known": "dated"})
    (row,) = terms(told, of=made.model_copy(update={"sources": (source,)}))
    assert of(row, "verdict", "reason") == ("not_determinable", "suspensions_not_known")
