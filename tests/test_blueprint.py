"""The blueprint: what was meant, and on it what really happened; read back from the page against the findings."""

from __future__ import annotations

import re

import pytest
from lxml import html

from flows.publish.page import page
from mappings.flow import Parallel, Sequence
from mining.results.citizen import Contacts, ContactsAt, Conversion, Score, SilenceAt, Stop
from mining.results.overlay import Deviation, Overlay, StepAgainstDesign
from tests.findings_example import example
from tests.findings_parts import DAY, STEPS

NAMES = [row[0] for row in STEPS]
FLOW = Sequence(sequence=(*NAMES[:3], Parallel(parallel=tuple(NAMES[3:5])), *NAMES[5:]))


def deviation(kind: str, step: str, cases: int) -> Deviation:
    return Deviation(kind=kind, step=step, cases=cases, occurrences=cases, elapsed_seconds=DAY)


def found():
    whole = example()
    designed = whole.journeys[0].model_copy(update={"flow": FLOW})
    laid = Overlay(
        journey="wmo",
        aligned_variants=1,
        step_sequences=1,
        aligned_cases=1200,
        aligned_share=1.0,
        fitting_cases=900,
        mean_fitness=0.9,
        deviations=(
            deviation("skipped", "intake", 12),
            deviation("repeated", "onderzoek", 34),
            deviation("inserted", "bezwaar", 56),
        ),
        steps=(
            StepAgainstDesign(step="onderzoek", title={}, designed_seconds=2 * DAY, actual_seconds=6 * DAY, cases=1168),
        ),
    )
    contacts = Contacts(
        contacts=90,
        cases_with_contact=70,
        mean_per_case=0.1,
        silence_steps=(SilenceAt(step="advies", cases=4, mean_seconds=3 * DAY),),
        at_steps=(ContactsAt(step="advies", contacts=90, cases=70, citizens_turn=0, waiting=80, in_hand=10),),
    )
    stop = Stop(stopped="inloggen", reason="DigiD niet gelukt", attempts=77)
    tries = Conversion(channel="web", attempts=100, reached=20, switched=3, stopped=77, stops=(stop,))
    scores = (
        Score(kpi="CES", step=None, mean=3.1, n=80, cases=70, invited=200, response_rate=0.4),
        Score(kpi="NPS", step=None, mean=7.7, n=50, cases=50),
        Score(kpi="CES", step="intake", mean=4.2, n=30, cases=30),
        Score(kpi="EMOTION", step="intake", mean=-1.5, n=40, cases=40, invited=100, response_rate=0.4),
    )
    return example(
        journeys=(designed, *whole.journeys[1:]),
        overlay=laid,
        contacts=contacts,
        conversion=(tries,),
        scores=scores,
    )


@pytest.fixture(scope="module")
def picture():
    return html.fromstring(page(found(), "en")).xpath('//section[@id="en-overlay"]//figure//svg')[0]


def test_each_box_tells_the_deviations_of_its_step_as_the_findings_do(picture):
    told = {box.get("data-step"): box.get("data-deviations") for box in picture.xpath(".//g[@data-deviations]")}
    assert told == {"intake": "skipped:12", "onderzoek": "repeated:34", "bezwaar": "inserted:56"}


def test_a_step_that_cases_skipped_has_a_way_past_it_and_no_other_has(picture):
    assert [way.get("data-skipped") for way in picture.xpath(".//path[@data-skipped]")] == ["intake"]


def test_a_step_that_only_the_log_knows_stands_apart_and_is_named_so(picture):
    box = picture.xpath('.//g[@data-step="bezwaar"]')[0]
    assert "not in the design" in box.text_content()


def test_branches_of_the_design_stand_beside_each_other(picture):
    def left(step: str) -> str:
        return picture.xpath(f'.//g[@data-step="{step}"]/rect')[0].get("x")

    assert left("onderzoek") == left("advies") != left("besluit")


def test_contacts_stops_silence_and_what_follows_stand_at_their_step(picture):
    said = picture.text_content()
    for text in ("90 contacts", "inloggen", "77", "3.0\u00a0d of the longest", "Ketenregisseur"):
        assert text in said


def test_what_was_measured_never_joins_the_expected_emotion_and_the_end_stands_apart(picture):
    said = " ".join(t.text_content() for t in picture.xpath(".//text"))
    assert "Expected emotion" in said
    assert "Measured: CES" in said
    assert "4.2 (n 30)" in said
    assert "Measured afterwards: CES 3.1 (n 80, response 40\u00a0%)" in said
    assert "7.7" not in said  # what a contact was scored is not about the end


def test_the_measured_emotion_stands_beside_the_expected_one_with_its_answers(picture):
    said = " ".join(t.text_content() for t in picture.xpath(".//text"))
    assert "Measured emotion" in said
    assert "Measured: EMOTION" not in said
    for text in ("−1.5", "n 40 of 100 asked", "response 40\u00a0%"):
        assert text in said


def test_loops_are_drawn_on_the_design_as_thick_as_their_time(picture):
    rules = dict(re.findall(r"\.(v\d+) \{ ([^}]*) \}", picture.getroottree().findtext(".//style")))
    looks = {b.get("data-loop"): rules[b.get("class")] for b in picture.xpath(".//line[@data-loop]")}
    bands = {path: float(re.search(r"stroke-width: ([^;]*)", look)[1]) for path, look in looks.items()}
    costs = {" ".join(loop.path): loop.elapsed.total_seconds for loop in example().loops}
    most = max(costs, key=costs.__getitem__)
    assert bands.keys() == costs.keys()
    assert bands[most] == max(bands.values())
