"""Open and competing ends: curves by hand, as laws, and against lifelines."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.journey import Journey, Norm
from mining.decided import groups, reached
from mining.followed import DELIVERED, ENDED, Labels, followed
from mining.ledger import book
from mining.log import Log
from mining.open_ends import open_ends
from mining.promise import drawn_ages
from mining.results.survival import OpenEnds
from mining.survival import FROM_START, OPEN, Spans, curve
from tests.bounded import held_by
from tests.logs import AS_OF, log, project

DAY = 86_400_000_000
JOURNEY = Journey(
    name="j",
    steps={"intake": {"lane": "municipality", "layer": "backstage"}, "decide": {"lane": "x", "layer": "backstage"}},
    flow={"sequence": ["intake", "decide"]},
    delivers=["decide"],
    ends_without_delivery=["withdraw"],
)


def spans(*cases: tuple[int, int] | tuple[int, int, int]) -> Spans:
    """Return spans of (exit, kind) or (exit, kind, entry)."""
    entries = [case[2] if len(case) > 2 else FROM_START for case in cases]
    return Spans(
        np.array(entries, np.int64),
        np.array([case[0] for case in cases], np.int64),
        np.array([case[1] for case in cases], np.int8),
    )


def test_kaplan_meier_of_six_cases_is_what_the_hand_computes() -> None:
    # ends at 2, 4, 4, 7; still open at 3 and at 9: 5/6, then 5/6 * 2/4, then 5/12 * 1/2
    found = curve(spans((2, 1), (3, 0), (4, 1), (4, 1), (7, 1), (9, 0)))
    assert found.steps().ages.tolist() == [2, 4, 7]
    assert found.steps().at_risk.tolist() == [6, 4, 2]
    assert found.steps().open_share == pytest.approx([5 / 6, 5 / 12, 5 / 24])
    assert (found.age_at(0.5), found.age_at(0.9), found.last) == (4, None, 9)


def test_a_case_censored_at_an_age_at_which_another_ends_was_still_at_risk() -> None:
    found = curve(spans((5, 1), (5, 0)))
    assert found.steps().open_share == pytest.approx([0.5])


def test_withdrawals_compete_with_decisions() -> None:
    # 1: decided of 4 -> 1/4. 2: withdrawn of 3, S before = 3/4 -> 1/4. 3: censored. 4: decided, S before 1/2 -> 1/2
    found = curve(spans((1, 1), (2, 2), (3, 0), (4, 1)))
    assert found.steps().ended[1] == pytest.approx([1 / 4, 1 / 4, 3 / 4])
    assert found.steps().ended[2] == pytest.approx([0, 1 / 4, 1 / 4])
    # as if withdrawals were censored, 1 - Kaplan-Meier would say that all are decided in the end
    assert found.age_at(0.9, kind=1) is None
    assert found.age_at(0.9) == 4


def test_a_case_that_enters_late_is_at_risk_from_there_on_only() -> None:
    found = curve(spans((2, 1), (6, 1), (6, 1, 3), (8, 0, 5)))
    # at 2 only the two that were followed from the origin on; at 6 three
    assert found.steps().at_risk.tolist() == [2, 3]
    assert found.steps().open_share == pytest.approx([1 / 2, 1 / 2 * 1 / 3])


def test_an_end_at_the_origin_itself_counts() -> None:
    found = curve(spans((0, 1), (5, 0)))
    assert (found.steps().ages.tolist(), found.steps().open_share.tolist()) == ([0], [0.5])


def test_no_cases_and_no_ends_give_an_open_curve() -> None:
    assert curve(spans()).last is None
    nobody = curve(spans((4, 0), (6, 0)))
    assert nobody.open_at([0, 5, 99]).tolist() == [1, 1, 1]
    told = reached(nobody, 0.5)
    assert (told.seconds, told.at_least_seconds) == (None, 6 / 1_000_000)


cases = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.integers(-1, 20)), min_size=1, max_size=60)


@given(cases)
@settings(max_examples=200, deadline=None)
def test_what_is_open_and_what_ended_in_each_way_add_up_to_all(drawn: list[tuple[int, int, int]]) -> None:
    found = curve(spans(*[(exit_, kind, min(entry, exit_ - 1)) for exit_, kind, entry in drawn]))
    steps = found.steps()
    ended = sum(steps.ended.values(), np.zeros(found.jumps))
    assert steps.open_share + ended == pytest.approx(np.ones(found.jumps))
    assert (np.diff(steps.open_share) <= 0).all()


@given(cases)
@settings(max_examples=30, deadline=None)
def test_all_cases_closed_gives_plain_shares(drawn: list[tuple[int, int, int]]) -> None:
    exits = np.array([exit_ for exit_, _, _ in drawn])
    found = curve(spans(*[(exit_, 1) for exit_, _, _ in drawn]))
    for age in range(31):
        assert found.ended_at(1, [age])[0] == pytest.approx((exits <= age).mean())


@pytest.mark.filterwarnings("ignore")
def test_the_curves_are_those_of_lifelines() -> None:
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    generator = np.random.default_rng(3)
    exits = generator.permutation(np.arange(5, 405))
    entries = np.where(generator.random(400) < 0.3, generator.integers(0, exits), FROM_START)
    kinds = generator.integers(0, 4, 400)
    ours = curve(Spans(entries, exits, kinds.astype(np.int8)))
    theirs = KaplanMeierFitter().fit(exits, kinds > 0, entry=np.maximum(entries, 0))
    assert ours.open_at(exits) == pytest.approx(theirs.predict(exits).to_numpy())
    # lifelines jitters ties at random and knows no delayed entry here: both are left out of this half
    plain = curve(Spans(np.full(400, FROM_START), exits, kinds.astype(np.int8)))
    for kind in (1, 2, 3):
        fitted = AalenJohansenFitter(calculate_variance=False).fit(exits, kinds, event_of_interest=kind)
        column = fitted.cumulative_density_.iloc[:, 0]
        assert plain.ended_at(kind, column.index.to_numpy()) == pytest.approx(column.to_numpy())


@pytest.mark.filterwarnings("ignore")
def test_kaplan_meier_with_ties_is_that_of_lifelines() -> None:
    from lifelines import KaplanMeierFitter

    generator = np.random.default_rng(4)
    exits, kinds = generator.integers(1, 20, 500), generator.integers(0, 2, 500)
    ours = curve(Spans(np.full(500, FROM_START), exits, kinds.astype(np.int8)))
    assert ours.open_at(exits) == pytest.approx(KaplanMeierFitter().fit(exits, kinds).predict(exits).to_numpy())


def test_a_draw_of_every_case_once_gives_the_curve_itself() -> None:
    from mining.promise import _ages

    generator = np.random.default_rng(5)
    exits, kinds = generator.integers(1, 40, 300), generator.integers(0, 3, 300).astype(np.int8)
    entries = np.minimum(generator.integers(-1, 30, 300), exits - 1)
    table = np.stack([exits, entries, kinds.astype(np.int64)])
    cells, counts = np.unique(table, axis=1, return_counts=True)
    whole = curve(Spans(entries, exits, kinds))
    for share in (0.1, 0.25, 0.4):
        age = whole.age_at(share, 1)
        assert _ages(counts[np.newaxis, :], cells, share, 1)[0] == (np.inf if age is None else age)


def test_the_same_cases_give_the_same_draws_and_the_age_lies_between_them() -> None:
    generator = np.random.default_rng(6)
    exits = generator.integers(DAY, 100 * DAY, 400)
    followed_cases = Spans(np.full(400, FROM_START), exits, generator.integers(0, 2, 400).astype(np.int8))
    once, again = (drawn_ages(followed_cases, 0.5, 1, DAY) for _ in range(2))
    assert (once == again).all()
    age = curve(followed_cases).age_at(0.5, 1)
    assert age is not None
    assert np.quantile(once, 0.025) <= -(-age // DAY) <= np.quantile(once, 0.975)


def test_an_open_case_is_censored_where_its_source_was_last_read() -> None:
    text = "Z1 intake 0 | Z1 decide 4 | Z2 intake 1 | Z3 intake 2 | Z3 withdraw 3"
    lines = log(text, observed_until="10T12:00")
    ledger = book(lines, project(JOURNEY), AS_OF)
    found = followed(ledger, lines, project(JOURNEY), AS_OF)
    rows = found.table.join(ledger.cases.select("case", "case_id"), "case").to_pyarrow().to_pylist()
    ended = {row["case_id"]: (row["exit_elapsed"] // DAY, row["kind"]) for row in rows}
    assert ended == {"Z1": (4, DELIVERED), "Z2": (9, OPEN), "Z3": (1, ENDED)}


@pytest.mark.parametrize("last", ["Z2 check 9 | Z3 check 9T00:00", "Z3 check 9T00:00 | Z2 check 9"])
def test_a_source_whose_last_record_is_a_date_was_read_to_the_end_of_it_whatever_is_of_that_midnight(last: str) -> None:
    lines = log(f"Z1 intake 0T09:00 | Z1 decide 4T09:00 | {last}", observed_until="9T00:00")
    found = followed(book(lines, project(JOURNEY), AS_OF), lines, project(JOURNEY), AS_OF)
    seen = found.table.seen_until.to_pyarrow().to_pylist()
    assert {until % DAY for until in seen} == {22 * DAY // 24 - 1}


def test_an_end_after_the_moment_of_looking_is_not_yet_an_end() -> None:
    lines = log("Z1 intake 0 | Z1 decide 4 | Z2 intake 1 | Z2 decide 9", observed_until="20T12:00")
    as_of = datetime(2026, 6, 7, 12, tzinfo=UTC)
    found = followed(book(lines, project(JOURNEY), as_of), lines, project(JOURNEY), as_of)
    assert found.spans["elapsed"].kind.tolist() == [DELIVERED, OPEN]
    assert (found.spans["elapsed"].exit // DAY).tolist() == [4, 5]
    assert found.ended_unobserved == 1


def test_a_case_older_than_its_source_is_followed_from_the_first_record_on() -> None:
    # Z1 was received twenty days before anything was recorded; a like case that ended then would not be in the log
    lines = log("Z1 decide 4 | Z2 intake 0 | Z2 decide 9", received={"Z1": "-20", "Z2": "0"})
    found = followed(book(lines, project(JOURNEY), AS_OF), lines, project(JOURNEY), AS_OF)
    assert (found.spans["elapsed"].entry // DAY).tolist() == [20, -1]
    assert (found.spans["elapsed"].exit // DAY).tolist() == [24, 9]
    assert found.entered_late == 1


def test_a_case_seen_on_days_off_alone_is_at_risk_at_its_own_working_age_and_not_before() -> None:
    # the records begin on a Saturday; Z1 is from long before and ends on the Sunday
    lines = log("Z1 decide 6T12:00 | Z2 intake 5T10:00 | Z2 decide 9T10:00", received={"Z1": "-20", "Z2": "5T10:00"})
    found = followed(book(lines, project(JOURNEY), AS_OF), lines, project(JOURNEY), AS_OF).spans["working"]
    late = found.entry != FROM_START
    assert (found.exit - found.entry)[late].tolist() == [1]
    assert found.exit[late][0] > DAY


def told_of(lines: Log) -> OpenEnds:
    ledger = book(lines, project(JOURNEY), AS_OF)
    return open_ends(ledger, followed(ledger, lines, project(JOURNEY), AS_OF), project(JOURNEY))


def test_small_groups_have_no_curve_of_their_own_and_are_counted() -> None:
    text = " | ".join(f"Z{n} intake 0 | Z{n} decide {n}" for n in range(1, 8))
    lines = log(text)
    found = followed(book(lines, project(JOURNEY), AS_OF), lines, project(JOURNEY), AS_OF)
    found.labels["persona"] = Labels(np.array([0] * 4 + [1] * 3), ("a", "b"))
    chosen, left_out = groups(found, 4)
    assert ([name for name, _, _ in chosen], left_out) == (["all", "persona"], 1)


def test_below_thirty_cases_nothing_is_promised() -> None:
    lines = log(" | ".join(f"Z{n} intake 0 | Z{n} decide {n}" for n in range(1, 30)))
    few = told_of(lines)
    assert [(p.within, p.low) for p in few.promises] == [(None, None)] * 2
    lines = log(" | ".join(f"Z{n} intake 0 | Z{n} decide {n}" for n in range(1, 31)))
    enough = told_of(lines)
    # nine of ten of thirty cases: the 27th, at 27 days, is the fourth week
    weeks = enough.promises[0]
    assert (weeks.unit, weeks.within) == ("weeks", 4)
    assert weeks.low is not None
    assert weeks.low <= 4


@pytest.mark.parametrize(("days", "within", "is_kept"), [(9, 2, True), (10, 2, True), (11, 2, False), (0, 1, True)])
def test_a_promise_is_held_against_the_norm_before_it_is_rounded_up(days: int, within: int, is_kept: bool) -> None:
    norm = Norm(name="ten", amount="10d")
    mapping = project(JOURNEY.model_copy(update={"norms": (norm,)}))
    lines = log(" | ".join(f"Z{n} intake 0 | Z{n} decide {days}" for n in range(40)))
    ledger = book(lines, mapping, AS_OF)
    weeks = open_ends(ledger, followed(ledger, lines, mapping, AS_OF), mapping).promises[0]
    assert (weeks.unit, weeks.within, weeks.is_within_norm) == ("weeks", within, is_kept)


@pytest.mark.parametrize("scope", [{"only_with": "intake"}, {"lane": "municipality"}])
def test_a_promise_is_not_held_against_the_norm_of_a_part_of_the_cases_or_of_a_lane(scope: dict[str, str]) -> None:
    part, every = Norm(name="part", amount="2d", **scope), Norm(name="every", amount="10d")
    lines = log(" | ".join(f"Z{n} intake 0 | Z{n} decide 5" for n in range(40)))
    for norms, held in (((part,), (None, None)), ((part, every), ("every", True))):
        mapping = project(JOURNEY.model_copy(update={"norms": norms}))
        ledger = book(lines, mapping, AS_OF)
        weeks = open_ends(ledger, followed(ledger, lines, mapping, AS_OF), mapping).promises[0]
        assert (weeks.norm, weeks.is_within_norm) == held


@pytest.mark.parametrize(("withdrawn", "at_least"), [(8, None), (3, 1)])
def test_nine_of_ten_is_never_reached_where_more_ended_without_delivery(withdrawn: int, at_least: int | None) -> None:
    # of forty cases; the rest is decided in a day, but for four that are open at ten
    told = [f"Z{n} intake 0" for n in range(40)]
    told += [f"Z{n} {'withdraw' if n < withdrawn else 'decide'} 1" for n in range(36)]
    lines = log(" | ".join(told), observed_until="10T00:00")
    weeks = told_of(lines).promises[0]
    assert (weeks.unit, weeks.within, weeks.at_least) == ("weeks", None, at_least)
    assert weeks.not_reached_share > 0


def test_the_age_of_work_in_hand_stands_by_the_step_it_waits_in() -> None:
    lines = log(
        "Z1 intake 0 | Z2 intake 4 | Z3 intake 0 | Z3 decide 2", observed_until="10T12:00", start=date(2026, 6, 1)
    )
    told = told_of(lines).ages
    assert [(a.step, a.cases, a.p50_seconds, a.max_seconds) for a in told] == [
        (None, 2, 8 * 86_400, 10 * 86_400),
        ("decide", 2, 8 * 86_400, 10 * 86_400),
    ]


def test_how_long_cases_stand_in_a_step_is_not_told_by_some_of_them() -> None:
    # Z1 stands in no step that is known; Z2 to Z4 end after the moment of looking: since when they stood is not known
    ended_later = " | ".join(f"Z{n} intake 1 | Z{n} decide 9" for n in (2, 3, 4))
    as_of = datetime(2026, 6, 7, 12, tzinfo=UTC)
    told = {}
    for text in ("Z1 check 0", f"Z1 check 0 | {ended_later}"):
        lines = log(text, observed_until="20T12:00")
        ledger = book(lines, project(JOURNEY), as_of)
        ages = open_ends(ledger, followed(ledger, lines, project(JOURNEY), as_of), project(JOURNEY)).ages
        told[text] = [(a.step, a.cases, a.in_step_p50_seconds) for a in ages[1:]]
    assert list(told.values()) == [[("unknown", 1, 6 * 86_400)], [("unknown", 4, None)]]


def test_a_followed_case_takes_few_bytes_however_it_is_named() -> None:
    def held(count: int) -> int:
        text = " | ".join(f"Z{n:040} intake {n % 50} | Z{n:040} decide {n % 50 + n % 37}" for n in range(count))
        lines = log(text)
        ledger = book(lines, project(JOURNEY), AS_OF)
        return held_by(lambda: followed(ledger, lines, project(JOURNEY), AS_OF))

    # two exits, a day, the pair of zaaktype and persona, its two labels and the kind; once as read and once as held
    assert (held(6_000) - held(2_000)) / 4_000 < 60
