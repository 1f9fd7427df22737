"""What lists and sentences of the page say where something is cut, is not there, or has no design."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import html

from flows.publish.a3 import a3_pdf
from flows.publish.disclosure import disclosed
from flows.publish.disclosure_ladder import no_amount
from flows.publish.disclosure_mark import is_withheld
from flows.publish.page import page
from mining.findings import Findings
from mining.results.times import Both, LeadTime, LeadTimes
from mining.results.waiting import CertainWait
from tests.findings_example import example
from tests.findings_parts import DAY, amounts
from tests.logs import AS_OF, log, project
from tests.mining_run import mined
from tests.test_a3 import text_of


def section(findings: Findings, key: str) -> str:
    return html.fromstring(page(findings, "en")).xpath(f'//section[@id="en-{key}"]')[0].text_content()


def with_few(cases: int) -> Findings:
    """Return the example with one listed variant of so few cases, of 4336 in the log."""
    found = example()
    few = found.variants[-1].model_copy(update={"cases": cases, "share": cases / found.cohort.cases})
    log = found.log.model_copy(update={"variants": 4336})
    return found.model_copy(update={"variants": (*found.variants[:-1], few), "log": log})


def test_orders_that_the_list_leaves_out_are_few_only_where_a_listed_one_is():
    team = disclosed(with_few(3))
    left = 4336 - len(team.variants)
    assert team.disclosure is not None
    assert team.disclosure.left_out["variants"] == left
    assert f"{left:,} orders of fewer than 10 cases each" in section(team, "variants")
    assert any(f"{left:,} variants" in notice["en"] for notice in team.notices)
    other = disclosed(with_few(30))
    assert f"{4336 - len(other.variants):,} less frequent orders" in section(other, "variants")


def test_of_no_work_in_hand_no_age_is_told():
    wip = example().wip.model_copy(update={"at_as_of": 0, "age_median_seconds": None})
    said = section(example(wip=wip), "wip")
    assert "no cases are in hand" in said
    assert "older than" not in said


@pytest.mark.parametrize(
    ("designs", "heading"),
    [
        ((True, True), "Largest amounts above design"),
        ((False, True), "Largest amounts above design; of a step without a design its wait"),
        ((False, False), "Largest waits (there is no design)"),
    ],
)
def test_a_wait_without_a_design_is_never_told_as_above_it(designs: tuple[bool, bool], heading: str):
    both = zip(example().above_design, designs, strict=False)
    amounts = tuple(one.model_copy(update={"has_design": has}) for one, has in both)
    findings = example(above_design=amounts)
    tree = html.fromstring(page(findings, "en"))
    captions = [each.text_content().strip() for each in tree.xpath("//caption")]
    assert heading in captions
    drawn = tree.xpath('//*[contains(@class, "map")]//text()')
    assert any(f"{heading}: " in str(each) for each in drawn)
    written = " ".join(text_of(a3_pdf(findings, "en")).split())
    assert f"3 · {heading} 1 " in written


def without_closed() -> Findings:
    """Return the example as if no case had ended."""
    found = example()
    none = LeadTime(cases=0, mean_seconds=None, median_seconds=None)
    cohort = found.cohort.model_copy(update={"cases": 0, "open_cases": 15})
    lists = dict.fromkeys(("ladder", "loops", "handoffs", "above_design", "step_details", "norms"), ())
    lead = LeadTimes(elapsed=none, working=none)
    rest = {"other_loops": None, "other_loops_count": 0, "ladder_typical": None, "ladder_slow": None}
    nought = dict.fromkeys(("elapsed", "working", "of_unknown_elapsed", "of_unknown_working"), 0.0)
    amounts = {f"{name}_seconds": amount for name, amount in nought.items()}
    certain = CertainWait(assumption={"en": "as assumed"}, share_elapsed=None, share_working=None, **amounts)
    return example(**lists, **rest, cohort=cohort, lead_time=lead, certain_wait=certain)


@pytest.mark.parametrize("told", [without_closed, lambda: blanked(example())], ids=["all open", "too few"])
def test_without_closed_cases_nothing_is_nought(told: Callable[[], Findings]):
    findings = told()
    tree = html.fromstring(page(findings, "en"))
    said = tree.xpath('//div[@data-in="en"]')[0].text_content()
    assert "There are no closed cases, or too few to show anything of." in section(findings, "loops")
    assert "There are no closed cases, or too few to show anything of." in section(findings, "handoffs")
    assert not tree.xpath('//p[@class="alarm"]')
    for claim in (
        "0\u00a0% is waiting",
        "No loops",
        "0 minutes on average",
        "Most time stands at",
        "done within unknown",
        "Certainly waiting",
    ):
        assert claim not in said
    sums = tree.xpath("//*[@data-ladder]/following-sibling::*//text()")
    assert not any(str(each).startswith("0\u00a0min") for each in sums)
    written = " ".join(text_of(a3_pdf(findings, "en")).split())
    assert "0 min" not in written


def blanked(findings: Findings) -> Findings:
    few = findings.cohort.model_copy(update={"cases": 3, "open_cases": 0, "open_share": 0.0})
    return disclosed(findings.model_copy(update={"cohort": few}))


def told_of(findings: Findings, key: str, clock: str = "elapsed") -> str:
    """Return the first sentence of a section in one clock."""
    first = html.fromstring(page(findings, "en")).xpath(f'//section[@id="en-{key}"]/p[1]')[0]
    of_clock = first.xpath(f'.//*[contains(@data-clock, "{clock}")]')
    return (of_clock[0] if of_clock else first).text_content()


def with_rest(days: float) -> Findings:
    """Return the example with so many days a case in loops that are told together."""
    rest = amounts(days, 0, 0, 0)
    return example(other_loops=Both(elapsed=rest, working=rest))


def test_the_costliest_loop_is_named_only_where_it_does_not_stand_among_those_told_together():
    most = max(loop.elapsed.total_seconds for loop in example().loops) / DAY
    assert told_of(with_rest(most / 2), "loops").startswith("The costliest loop is ")
    apart = "Of the loops that are shown apart the costliest is "
    assert told_of(with_rest(most * 2), "loops").startswith(apart)
    untold = with_rest(0).model_copy(update={"other_loops": no_amount()})
    assert told_of(untold, "loops").startswith(apart)


def test_the_largest_amounts_are_those_of_what_is_shown_apart_where_one_told_together_may_be_larger():
    least = min(one.above_seconds for one in example().above_design) / DAY
    for days, heading in ((least / 2, ""), (least * 2, " (of what is shown apart)")):
        tree = html.fromstring(page(with_rest(days), "en"))
        assert f"Largest amounts above design{heading}" in [c.text_content().strip() for c in tree.xpath("//caption")]
    written = " ".join(text_of(a3_pdf(with_rest(100), "en")).split())
    assert "3 · Largest amounts above design (of what is shown apart) 1 " in written


def test_loops_and_handoffs_are_ranked_in_the_clock_in_which_they_are_told():
    found = example()
    first, *others = found.loops
    idle = first.model_copy(update={"working": amounts(0, 0, 0, 0)})
    passed, *later = sorted(found.handoffs, key=lambda one: -one.elapsed_wait_seconds * one.count)
    still = passed.model_copy(update={"working_wait_seconds": 0.0})
    findings = found.model_copy(
        update={"loops": (idle, *others), "handoffs": (still, *later), "other_loops": None, "other_loops_count": 0}
    )
    for key in ("loops", "handoffs"):
        elapsed, working = (told_of(findings, key, clock) for clock in ("elapsed", "working"))
        assert elapsed.split(":")[0] != working.split(":")[0], key


def test_most_time_follows_a_handoff_of_those_that_are_shown_where_some_are_not():
    found = example()
    assert told_of(found, "handoffs").startswith("Most time follows ")
    few = found.handoffs[0].model_copy(update={"cases": 3, "count": 3})
    team = disclosed(found.model_copy(update={"handoffs": (few, *found.handoffs[1:])}))
    assert told_of(team, "handoffs").startswith("Of the handoffs that are shown most time follows ")


def test_of_too_few_cases_the_page_says_that_nothing_is_shown_not_that_there_is_nothing_or_that_it_is_unknown():
    findings = blanked(example())
    said = html.fromstring(page(findings, "en")).xpath('//div[@data-in="en"]')[0].text_content()
    assert "Too few closed cases to show a lead time of" in said
    assert "no closed case with a start and an end" not in said
    for key in ("wip", "contacts"):
        assert "Not shown, to protect small groups." in section(findings, key)
        assert "not shown cases" not in section(findings, key)
    worlds = html.fromstring(page(findings, "en")).xpath('//div[@data-in="en"]//dl')
    assert worlds
    assert not any("unknown" in each.text_content() for each in worlds)


def test_a_map_of_all_paths_shows_all_transitions_though_their_counts_are_rounded():
    cases = " | ".join(f"Z{i} intake 1 | Z{i} decide 4" for i in range(13))
    said = section(disclosed(mined(log(cases), project(), AS_OF)[0]), "process")
    assert "2 of 2 activities and 1 of 1 path, together 100.0 % of all" in said.replace("\u00a0", " ")


@pytest.mark.parametrize(("few", "cases"), [(15, 25), (3, None)])
def test_of_how_many_cases_an_amount_is_does_not_tell_of_the_few_others(few: int, cases: int | None):
    asked = (f"Z{i} intake 1 | " + (f"Z{i} ask 2 | " if i >= few else "") + f"Z{i} decide 4" for i in range(40))
    team = disclosed(mined(log(" | ".join(asked)), project(), AS_OF)[0])
    counted = next(one.cases for one in team.above_design if one.name == ("ask",))
    assert is_withheld(counted) if cases is None else counted == cases
