"""Small groups are not told on the page for the team, nor can they be found by subtraction."""

from __future__ import annotations

import json

import pytest
from lxml import html

from flows.publish.disclosure import disclosed
from flows.publish.disclosure_mark import is_withheld
from flows.publish.page import page
from mining.results.citizen import Conversion, Stop
from mining.results.process import Variant
from tests.disclosure_attacker import attack
from tests.findings_example import example
from tests.logs import AS_OF, log, project
from tests.mining_run import mined


def test_the_page_tells_no_variant_persona_or_stop_of_fewer_cases_than_the_smallest_group():
    whole = example()
    rare = Variant(activities=("Aanvraag", "Zeldzaam"), cases=7, share=7 / 1310, mean_seconds=77.0, median_seconds=7.0)
    personas = whole.journeys[0].personas
    small = personas[0].model_copy(update={"cases": 6, "median_seconds": 600.0})
    designed = whole.journeys[0].model_copy(update={"personas": (small, personas[0], personas[0])})
    stops = tuple(Stop(stopped=f"pagina {n}", reason="weg", attempts=n) for n in (8, 77, 55))
    tries = Conversion(channel="web", attempts=200, reached=60, switched=0, stopped=140, stops=stops)
    findings = example(
        variants=(*whole.variants, rare),
        journeys=(designed, *whole.journeys[1:]),
        conversion=(tries,),
    )
    tree = html.fromstring(page(disclosed(findings), "en"))

    def said(key: str) -> str:
        return tree.xpath(f'//section[@id="en-{key}"]')[0].text_content()

    assert "Zeldzaam" not in said("variants")
    assert "fewer than 10 cases" in said("variants")
    rows = [
        [cell.text_content() for cell in row.xpath("./*")[-2:]]
        for row in tree.xpath('//section[@id="en-personas"]//tbody/tr')
    ]
    assert rows[0] == ["< 10", "not shown"]
    cells = [
        row.xpath("./td[last()]")[0].text_content()
        for row in tree.xpath('//section[@id="en-conversion"]//table')[-1].xpath(".//tbody/tr")
    ]
    assert cells == ["< 10", "77", "not shown"]


@pytest.mark.parametrize(
    ("met", "missed", "within", "is_told"), [(698, 506, 0.83, True), (9, 3, 0.75, False), (5, 0, 1.0, False)]
)
def test_what_a_future_journey_would_bring_within_a_norm_is_a_share_of_the_cases_that_it_judges(
    met: int, missed: int, within: float, is_told: bool
):
    whole = example()
    norm = whole.norms[0].model_copy(update={"met": met, "missed": missed, "met_share": met / (met + missed)})
    journeys = tuple(
        one.model_copy(update={"within_norms": {norm.name: within}}) if one.within_norms else one
        for one in whole.journeys
    )
    team = disclosed(example(norms=(norm, *whole.norms[1:]), journeys=journeys))
    (future,) = (one for one in team.journeys if one.within_norms)
    assert is_withheld(future.within_norms[norm.name]) is not is_told


@pytest.mark.parametrize("few", [5, 50])
def test_where_attempts_got_to_gives_no_small_stage_of_a_form_back(few: int):
    stages = (("verzonden", 470), ("inloggen", 158), ("bijlagen", 53), ("gemeente", few))
    stops = tuple(Stop(stopped=name, reason="weg", attempts=n) for name, n in stages[1:])
    tries = Conversion(channel="web", attempts=681 + few, reached=470, switched=60, stopped=151 + few)
    whole = example(conversion=(tries.model_copy(update={"stages": stages, "stops": stops}),))
    team = disclosed(whole)
    assert [each for each in attack(whole, team) if each[0] == "try"] == []
    told = {name: is_withheld(n) for name, n in team.conversion[0].stages}
    assert told == {"verzonden": False, "inloggen": False, "bijlagen": few < 10, "gemeente": few < 10}


def test_the_bins_of_lead_times_have_round_edges_so_that_they_tell_of_no_single_case():
    text = " | ".join(f"Z{n} intake {n}T09:00 | Z{n} decide {n + 3 + n * n}T17:{n:02}" for n in range(20))
    closed = {f"Z{n}": f"{n + 3 + n * n}T17:{n:02}" for n in range(20)}
    lead = mined(log(text, closed=closed), project(), AS_OF)[0].lead_time.elapsed
    widths = {each.to_seconds - each.from_seconds for each in lead.histogram}
    assert len(widths) == 1
    (width,) = widths
    assert width in {days * 86_400 for days in (1, 2, 3, 7, 14, 28)}
    assert all(each.from_seconds % width == 0 for each in lead.histogram)
    assert sum(each.cases for each in lead.histogram) == 20
    assert lead.histogram[0].from_seconds <= lead.min_seconds < lead.histogram[0].to_seconds
    assert lead.histogram[-1].from_seconds <= lead.max_seconds < lead.histogram[-1].to_seconds


def test_the_numbers_of_the_what_if_can_be_read_where_too_few_passes_are_untold():
    found = example()
    few = found.what_if.model_copy(update={"untold_passes": 3})
    tree = html.fromstring(page(disclosed(found.model_copy(update={"what_if": few})), "en"))
    (block,) = tree.xpath('//script[@type="application/json"][contains(text(), "untold")]/text()')
    assert json.loads(block, parse_constant=pytest.fail)["untold"] is True
    assert "< 10 passes" in tree.xpath('//details[@id="en-what-if"]')[0].text_content()
