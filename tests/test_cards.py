"""Improvement cards: worked, did not, or too early, on logs made by hand; and what a mapping may say of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mappings.card import Card
from mappings.check import check
from mappings.load import load_project
from mappings.project import Project
from mining.cards import judged_cards
from mining.ledger import book
from mining.log import Log, to_micros
from mining.norms import norms
from mining.results.cards import CardResult
from tests.logs import JOURNEY, START, log, project

DAY = 86_400
CHANGE = 100
LATE = datetime(2027, 6, 1, tzinfo=UTC)


def card(**changes: object) -> Card:
    values = {
        "name": "quick",
        "title": "Quick",
        "we_think": "asking at once",
        "leads_to": "less waiting",
        "owner": "team lead",
        "measure": {"kind": "lead_time", "direction": "lower"},
        "started_on": START + timedelta(CHANGE),
        "judge_from": START + timedelta(CHANGE),
    }
    return Card(**(values | changes))


def cases(before: tuple[int, int], after: tuple[int, int], loops: tuple[int, int] = (0, 0)) -> Log:
    """Return `before` cases of so many days that came in until day 100, and as many `after`; one a day.

    The first `loops` of each side ask twice, which takes two days of the whole.
    """
    rows, received = [], {}
    for side, (count, days) in enumerate((before, after)):
        for n in range(count):
            name, first = f"{'BA'[side]}{n}", (CHANGE - 1 - n if side == 0 else CHANGE + n)
            received[name] = str(first)
            rows += [f"{name} intake {first}", f"{name} ask {first + 1}"]
            if n < loops[side]:
                rows += [f"{name} intake {first + 2}", f"{name} ask {first + 3}"]
            rows.append(f"{name} decide {first + days + n % 3}")
    return log(" | ".join(rows), received=received)


def judged(lines: Log, *cards: Card, as_of: datetime = LATE) -> tuple[CardResult, ...]:
    mapping: Project = project(JOURNEY).model_copy(update={"cards": cards})
    ledger = book(lines, mapping, as_of)
    norms(ledger, lines, mapping, as_of)
    return judged_cards(ledger, mapping, as_of)


def test_a_change_after_which_cases_are_surely_shorter_worked() -> None:
    found = judged(cases((60, 12), (50, 8)), card())[0]
    assert (found.verdict, found.reason) == ("worked", "sure")
    assert (found.cases_before, found.cases_after) == (60, 50)
    before, after = (DAY * sum(days + n % 3 for n in range(count)) / count for count, days in ((60, 12), (50, 8)))
    assert (found.value_before, found.value_after) == (pytest.approx(before), pytest.approx(after))
    assert found.equal_mix_difference == pytest.approx(after - before)
    assert found.equal_mix_low < found.equal_mix_difference < found.equal_mix_high < 0


def test_a_change_after_which_cases_are_surely_longer_did_not_work() -> None:
    found = judged(cases((60, 8), (50, 12)), card())[0]
    assert (found.verdict, found.reason) == ("not", "other_way")


def test_without_a_sure_difference_it_is_too_early() -> None:
    found = judged(cases((60, 9), (50, 9)), card())[0]
    assert (found.verdict, found.reason) == ("too_early", "not_sure")
    assert found.equal_mix_low is not None


def test_with_fewer_than_thirty_cases_a_side_it_is_too_early() -> None:
    found = judged(cases((60, 12), (29, 8)), card())[0]
    assert (found.verdict, found.reason) == ("too_early", "few_cases")
    assert found.equal_mix_low is None


def test_before_the_day_that_the_card_names_it_is_too_early() -> None:
    later = card(judge_from=date(2027, 6, 2))
    assert judged(cases((60, 12), (50, 8)), later)[0].reason == "before_date"
    assert judged(cases((60, 12), (50, 8)), card(judge_from=date(2027, 6, 1)))[0].reason == "sure"


def test_cases_that_could_not_be_followed_long_enough_do_not_count() -> None:
    # 50 days after the change: of those received in the last 14 days only the quick ones are closed
    as_of = datetime.combine(START + timedelta(CHANGE + 50), datetime.min.time(), UTC)
    found = judged(cases((60, 12), (50, 8)), card(), as_of=as_of)[0]
    assert found.followed_days == 14
    assert found.counted_to == START + timedelta(CHANGE + 50 - 15)
    assert found.cases_after == 36
    early = judged(cases((60, 12), (50, 8)), card(), as_of=as_of - timedelta(40))[0]
    assert (early.verdict, early.reason) == ("too_early", "too_recent")


def test_while_many_cases_after_the_change_are_still_open_there_is_no_verdict() -> None:
    lines = cases((60, 12), (50, 8))
    stuck = " | ".join(f"S{n} intake {CHANGE + n}" for n in range(5))
    received = {f"S{n}": str(CHANGE + n) for n in range(5)}
    more = log(stuck, received=received)
    both = Log(
        lines.con,
        lines.con.create_table("all_events", lines.events.to_pyarrow()),
        lines.con.create_table("all_cases", lines.cases.to_pyarrow()),
    )
    both.con.insert("all_events", more.events.to_pyarrow().to_pandas())
    both.con.insert("all_cases", more.cases.to_pyarrow().to_pandas())
    found = judged(both, card())[0]
    assert found.open_share_after == pytest.approx(5 / 55)
    assert (found.verdict, found.reason) == ("too_early", "still_open")


def of_lengths(before: list[int], after: list[int]) -> Log:
    """Return cases that took so many days; of each side as many came in every day, over a hundred days."""
    rows, received = [], {}
    for side, lengths in enumerate((before, after)):
        for n, days in enumerate(lengths):
            name, first = f"{'BA'[side]}{n}", CHANGE * side + n % 100
            received[name] = str(first)
            rows += [f"{name} intake {first}", f"{name} decide {first + days}"]
    return log(" | ".join(rows), received=received)


def test_a_change_without_effect_did_not_work_although_the_slow_cases_after_it_are_not_done_yet() -> None:
    # one in twenty takes a hundred days: of those from before all are closed, of those from after nobody is
    slow = ([10] * 19 + [100]) * 10
    lines = of_lengths(slow, [10] * 100)
    found = judged(lines, card())[0]
    assert found.value_before == pytest.approx(10 * DAY)
    assert (found.verdict, found.reason, found.difference) == ("too_early", "not_sure", 0)


def test_better_is_not_said_where_many_more_cases_took_longer_than_could_be_followed() -> None:
    # a mean of eight days against twelve, but one case in eight takes thirty
    assert judged(of_lengths([12] * 100, [5] * 88 + [30] * 12), card())[0].reason == "many_longer"
    assert judged(of_lengths([12] * 100, [5] * 95 + [30] * 5), card())[0].verdict == "worked"


def test_days_count_up_to_where_ends_were_observed() -> None:
    mapping: Project = project(JOURNEY).model_copy(update={"cards": (card(),)})
    lines = of_lengths([12] * 100, [5] * 100)
    seen = datetime.combine(START + timedelta(CHANGE + 50), datetime.min.time(), UTC)
    found = judged_cards(book(lines, mapping, LATE), mapping, LATE, to_micros(seen))[0]
    assert found.counted_to == START + timedelta(CHANGE + 50 - 13)


def test_of_a_log_that_begins_with_open_cases_those_from_before_do_not_count() -> None:
    # half take five days and half forty; of what came in before day 50 the log has those that were open then
    mapping: Project = project(JOURNEY).model_copy(update={"cards": (card(),)})
    began = [(n, 40 if n % 2 else 5) for n in range(200)]
    told = [(n, days) for n, days in began if n + days >= 50]
    rows = " | ".join(f"Z{n} intake {n} | Z{n} decide {n + days}" for n, days in told)
    lines = log(rows, received={f"Z{n}": str(n) for n, _ in told})
    ledger, complete = book(lines, mapping, LATE), datetime.combine(START + timedelta(50), datetime.min.time(), UTC)
    naive = judged_cards(ledger, mapping, LATE)[0]
    assert naive.value_before == pytest.approx(DAY * (40 * 45 + 5 * 28) / 73, rel=0.1)
    found = judged_cards(ledger, mapping, LATE, since=to_micros(complete))[0]
    assert found.value_before == pytest.approx(DAY * 22.5, rel=0.05)
    assert (found.verdict, found.reason) == ("too_early", "not_sure")


@pytest.mark.parametrize(
    ("measure", "before", "after"),
    [
        ({"kind": "loop", "of": ["intake", "ask", "intake"], "direction": "lower"}, 2 * 40 / 60, 2 * 5 / 50),
        ({"kind": "step", "of": "intake", "direction": "lower"}, 40 / 60, 5 / 50),
    ],
    ids=["loop", "step"],
)
def test_a_loop_or_a_step_can_be_judged(measure: dict, before: float, after: float) -> None:
    found = judged(cases((60, 12), (50, 12), loops=(40, 5)), card(measure=measure))[0]
    assert (found.value_before, found.value_after) == (pytest.approx(before * DAY), pytest.approx(after * DAY))
    assert found.verdict == "worked"


def test_a_norm_is_judged_over_the_cases_that_have_a_verdict_and_higher_is_better() -> None:
    found = judged(cases((60, 8), (50, 7)), card(measure={"kind": "norm", "of": "service", "direction": "higher"}))[0]
    assert (found.value_before, found.value_after) == (pytest.approx(40 / 60), 1.0)
    assert (found.verdict, found.unit, found.clock) == ("worked", "share", None)


def test_a_mapping_without_cards_has_no_verdicts() -> None:
    assert judged(cases((40, 12), (40, 8))) == ()


def test_a_card_is_judged_after_it_began() -> None:
    with pytest.raises(ValueError, match="lies before started_on"):
        card(judge_from=START)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ({"kind": "lead_time", "of": "intake", "direction": "lower"}, "take 'of' out"),
        ({"kind": "step", "direction": "lower"}, "write it in 'of'"),
        ({"kind": "loop", "of": ["intake", "ask"], "direction": "lower"}, "ends where it began"),
        ({"kind": "handoff", "of": "desk", "direction": "lower"}, "write team, department or organisation"),
    ],
)
def test_a_measure_that_names_nothing_to_measure_is_refused(measure: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        card(measure=measure)


DEMO = Path(__file__).parent.parent / "mappings" / "demo"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the demo mapping to change."""
    for file in DEMO.rglob("*.yaml"):
        target = tmp_path / file.relative_to(DEMO)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("of: investigation", "of: investigatoin", "measures the unknown step 'investigatoin'"),
        ("journey: future", "journey: futur", "belongs to the unknown journey 'futur'"),
        ("kind: step\n  of: investigation", "kind: norm\n  of: servise", "measures the unknown norm 'servise'"),
    ],
)
def test_a_card_that_names_what_is_not_there_is_a_problem_with_its_line(
    copied: Path, old: str, new: str, said: str
) -> None:
    file = copied / "cards" / "investigation-slots.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    problems = [p for p in check(copied) if p.severity == "error"]
    assert [p.what for p in problems if said in p.what]
    assert problems[0].where.startswith("cards/investigation-slots.yaml:")


def test_a_card_on_a_norm_of_a_journey_that_no_run_judges_is_a_problem(copied: Path) -> None:
    future, file = copied / "journeys" / "future.yaml", copied / "cards" / "investigation-slots.yaml"
    future.write_text(future.read_text("utf-8") + "norms:\n- {name: later, amount: 5d}\n", "utf-8")
    measured = file.read_text("utf-8").replace("kind: step\n  of: investigation", "kind: norm\n  of: later")
    file.write_text(measured, "utf-8")
    (problem,) = (p for p in check(copied) if p.severity == "error")
    assert problem.what == "the card measures the norm 'later' of a journey that is not laid over the log"


def test_a_card_leaves_runs_comparable_but_a_journey_does_not(copied: Path) -> None:
    before = load_project(copied).fingerprint
    (copied / "cards" / "investigation-slots.yaml").unlink()
    assert load_project(copied).fingerprint == before
    journey = copied / "journeys" / "future.yaml"
    journey.write_text(journey.read_text("utf-8") + "# another\n", "utf-8")
    assert load_project(copied).fingerprint != before
