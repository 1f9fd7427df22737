"""The value stream map as a picture: what is drawn is what the findings say, and nothing can break out of it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from lxml import etree

from flows.publish.svg.draw import clamp, clean, standing_alone, width
from flows.publish.svg.scene import Cases, Scene
from flows.publish.svg.spread import spread
from flows.publish.svg.value_stream import map_picture, summary, value_stream_svg
from flows.publish.svg.value_stream_facts import facts
from flows.publish.words import Words
from mining.results.disclosure import Disclosure
from tests.findings_example import HOSTILE, example, hostile, many_steps
from tests.findings_parts import DAY, STEPS, amounts

SVG = "{http://www.w3.org/2000/svg}"


def drawn(findings, language="nl", clock="elapsed"):
    return etree.fromstring(value_stream_svg(findings, language, clock).encode())


def marked(root, name):
    return root.findall(f".//*[@data-{name}]")


def texts(root):
    return [each.text for each in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("clock", ["elapsed", "working"])
def test_the_rungs_add_up_to_the_mean_lead_time_in_either_clock(clock):
    findings = example()
    (ladder,) = marked(drawn(findings, clock=clock), "ladder")
    mean = getattr(findings.lead_time, clock).mean_seconds
    rungs = [float(rung.get("data-seconds")) for rung in marked(ladder, "rung")]
    assert float(ladder.get("data-seconds")) == pytest.approx(mean)
    assert sum(rungs) == pytest.approx(mean)


def test_a_map_of_the_slow_cases_counts_no_handoffs_of_all_cases():
    said = [each.text for each in etree.fromstring(map_of("slow")).iter(f"{SVG}title")]
    assert [each for each in said if each.startswith("Overdracht")]
    assert not [each for each in said if " keer" in each]
    assert [each.text for each in etree.fromstring(map_of("all")).iter(f"{SVG}title") if " keer" in each.text]


def map_of(cases: Cases) -> str:
    return standing_alone(map_picture(Scene(example(), Words("nl"), cases=cases)))


@pytest.mark.parametrize(("share", "is_least"), [(0.8, False), (0.79, True)])
def test_the_work_under_the_sum_is_at_least_so_much_where_starts_are_missing(share: float, is_least: bool):
    knowledge = example().knowledge.model_copy(update={"starts_known_share": share})
    said = "work at least 2.2\N{NO-BREAK SPACE}d" if is_least else "work 2.2\N{NO-BREAK SPACE}d"
    assert said in texts(drawn(example(knowledge=knowledge), "en"))


def test_a_rung_is_as_long_as_the_time_it_takes():
    parts = marked(marked(drawn(example()), "ladder")[0], "kind")
    scales = [float(p.get("width")) / float(p.get("data-seconds")) for p in parts if float(p.get("width")) > 1]
    assert max(scales) == pytest.approx(min(scales), rel=0.02)


def test_every_step_has_a_box_a_rung_and_its_amount_in_words():
    findings = example()
    root = drawn(findings)
    steps = [rung.step for rung in findings.ladder]
    assert [box.get("data-box") for box in marked(root, "box")] == steps
    assert [rung.get("data-rung") for rung in marked(root, "rung")] == steps
    assert "3:\u00a09,4\u00a0d" in texts(root)


def test_a_step_outside_the_design_that_books_no_time_is_not_drawn():
    findings = example()
    idle = findings.ladder[-1].model_copy(
        update={"step": "idle", "is_designed": False, "elapsed": amounts(0, 0, 0, 0), "working": amounts(0, 0, 0, 0)}
    )
    boxes = marked(drawn(findings.model_copy(update={"ladder": (*findings.ladder, idle)})), "box")
    assert len(boxes) == len(findings.ladder)


def test_a_rung_of_less_than_a_minute_is_drawn():
    findings = example()
    short = findings.ladder[0].model_copy(update={"elapsed": amounts(0, 0, 0, 30 / DAY)})
    root = drawn(findings.model_copy(update={"ladder": (short, *findings.ladder[1:])}))
    assert any("< 1 " in (title.text or "") for title in root.iter(f"{SVG}title"))


def test_time_that_may_be_wait_or_work_is_hatched():
    unknown = [p for p in marked(drawn(example()), "kind") if p.get("data-kind") == "unknown"]
    assert unknown
    assert all(p.get("fill") == "url(#value-stream-hatch)" for p in unknown)


def test_an_arc_is_as_thick_as_the_time_its_loop_eats():
    arcs = marked(drawn(example()), "loop")
    largest, second = sorted(arcs, key=lambda arc: -float(arc.get("data-seconds")))[:2]
    thick = [float(arc.get("data-thickness")) for arc in (largest, second)]
    eaten = [float(arc.get("data-seconds")) for arc in (largest, second)]
    assert thick[0] / thick[1] == pytest.approx(eaten[0] / eaten[1], rel=0.02)


def test_the_loops_that_are_not_drawn_are_stated():
    assert any("getekend 3 van 10" in text for text in texts(drawn(example())))


def test_handoffs_are_marked_where_the_lane_changes():
    marks = {each.get("data-handoff") for each in marked(drawn(example()), "handoff")}
    assert {"burger>kcc", "wmo>adviesbureau"} <= marks


def test_the_summary_counts_steps_and_names_what_is_no_step():
    findings = example()
    steps = len(Scene(findings, Words("en")).rungs)
    first = findings.ladder[0]
    beside = tuple(
        first.model_copy(update={"step": step, "title": {"en": title}})
        for step, title in (("unknown", "Not recorded"), ("other_steps", "Other steps together"))
    )
    found = findings.model_copy(update={"ladder": (*findings.ladder, *beside)})
    said = f"{steps} steps, with Not recorded, Other steps together, together"
    assert summary(Scene(found, Words("en"))).startswith(said)
    assert summary(Scene(findings, Words("en"), is_folded=True)).startswith(f"{steps} steps, together")


def test_a_handoff_that_no_case_made_is_not_marked_but_one_that_is_not_told_may_be_there():
    kept = tuple(each for each in example().handoffs if (each.from_, each.to) != ("wmo", "adviesbureau"))
    without = example(handoffs=kept)
    marks = {each.get("data-handoff") for each in marked(drawn(without), "handoff")}
    assert "burger>kcc" in marks
    assert "wmo>adviesbureau" not in marks
    hidden = without.model_copy(update={"disclosure": Disclosure(smallest_group=10, left_out={"handoffs": 1})})
    assert "wmo>adviesbureau" in {each.get("data-handoff") for each in marked(drawn(hidden), "handoff")}


def test_the_norm_of_the_citizen_is_not_drawn_on_the_clock_of_the_organisation():
    assert marked(drawn(example()), "norm")
    assert not marked(drawn(example(), clock="working"), "norm")


def test_the_largest_amounts_above_design_get_a_burst():
    assert [each.get("data-burst") for each in marked(drawn(example()), "burst")] == ["1", "2", "3"]


def test_a_norm_beyond_the_scale_is_said_and_not_drawn():
    norm = example().norms[0].model_copy(update={"limit_seconds": 900 * DAY})
    said = texts(drawn(example(norms=(norm,))))
    assert any("buiten de schaal" in text for text in said)


@pytest.mark.parametrize("findings", [example(STEPS[:5]), many_steps(40)], ids=["5 steps", "40 steps"])
def test_boxes_of_one_row_never_overlap(findings):
    boxes = [box.find(f"{SVG}rect") for box in marked(drawn(findings), "box")]
    places = sorted((float(b.get("y")), float(b.get("x")), float(b.get("width"))) for b in boxes)
    for (y, x, wide), (next_y, next_x, _) in pairwise(places):
        assert y != next_y or x + wide < next_x


@pytest.mark.parametrize("language", ["nl", "en"])
def test_hostile_labels_stay_text(language):
    svg = value_stream_svg(hostile(), language)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert etree.fromstring(svg.encode()).find(f".//{SVG}script") is None


def test_the_picture_fetches_nothing_and_names_no_unresolved_colour():
    svg = value_stream_svg(example(), "nl")
    assert "var(--" not in svg
    assert not re.findall(r'(?:href|src)="', svg)


def test_a_log_without_cases_still_gives_a_picture():
    empty = example((), loops=(), above_design=(), conversion=(), handoffs=(), overlay=None, variants=(), dfg=())
    assert drawn(empty).tag == f"{SVG}svg"


def test_a_label_is_cut_with_an_ellipsis_at_its_room():
    cut = clamp("Beoordelen van de aanvraag", 80, 11)
    assert cut.endswith("…")
    assert width(cut, 11) <= 80


def test_a_label_keeps_its_letters_and_loses_what_turns_it():
    assert clean("a\n\tb\u202e c\x00") == "a b c"
    assert "😀" in clean(HOSTILE)


def test_labels_along_a_line_keep_their_order_and_do_not_touch():
    middles = spread([10, 11, 12, 90], [20, 20, 20, 20], 0, 100)
    assert middles == sorted(middles)
    assert all(b - a >= 20 - 1e-9 for a, b in pairwise(middles))
    assert middles[0] >= 10
    assert middles[-1] <= 90


def test_the_norm_of_a_lane_stands_at_the_step_in_which_it_is_reached_and_at_no_other_of_the_lane():
    found = example()
    norm = found.norms[0].model_copy(update={"lane": "wmo", "to": "Onderzoek", "met_share": 0.43})
    scene = Scene(found.model_copy(update={"norms": (norm,)}), Words("nl"))
    boxes = {rung.step: " ".join(facts(scene, rung)) for rung in found.ladder if rung.lane == "wmo"}
    assert {step for step, said in boxes.items() if "norm 43" in said} == {"onderzoek"}


def test_a_changed_journey_of_which_the_log_tells_bounds_alone_is_drawn_between_them() -> None:
    findings = example()
    *others, future = findings.journeys
    bounds = {"total_seconds": None, "total_between_seconds": (20 * DAY, 26 * DAY), "rung_seconds": {}}
    changed = future.model_copy(update=bounds | {"kind": "future", "within_norms": {}})
    root = drawn(findings.model_copy(update={"journeys": (*others, changed)}))
    (bar,) = root.findall(".//*[@data-design='future']")
    sure, unsure = bar.iter(f"{SVG}rect")
    assert float(sure.get("data-seconds")) == 20 * DAY
    assert float(unsure.get("width")) / float(sure.get("width")) == pytest.approx(6 / 20, rel=1e-3)
    assert [each.text for each in bar.iter(f"{SVG}text")][1:] == ["20,0\u00a0d – 26,0\u00a0d"]


def test_a_source_without_events_says_so():
    first = example().sources[0].model_copy(update={"events": 0})
    svg = value_stream_svg(example(sources=(first,)), "en")
    assert "0 events" in svg
