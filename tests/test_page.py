"""The page: its first sentence, its safety, its two languages and clocks; read without a browser."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from lxml import html

from flows.publish.disclosure import disclosed
from flows.publish.page import page, write_publication
from flows.publish.page_known import headline
from flows.publish.page_numbers import Numbers, between, rounded_parts
from flows.publish.page_tables import Telling
from flows.publish.page_trust import run_section
from flows.publish.page_worlds import worlds
from flows.publish.svg.scene import Scene
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.citizen import Contacts, Counter, Counters
from mining.results.rework import HandoffLevel
from mining.results.times import Both, Knowledge, LeadTimes
from tests.findings_example import HOSTILE, example, hostile, many_steps
from tests.findings_parts import DAY, amounts
from tests.logs import AS_OF, log, project
from tests.mining_run import mined


@pytest.fixture(scope="module")
def text():
    return page(example())


@pytest.fixture(scope="module")
def tree(text):
    return html.fromstring(text)


def told(findings, language="nl", clock="elapsed"):
    return headline(Scene(findings, Words(language), clock))


def fifty_days(process=4.0, starts=1.0) -> Findings:
    whole = amounts(50 - process, process, 0, 0)
    lead = example().lead_time.elapsed.model_copy(update={"mean_seconds": 50 * DAY, "amounts": whole})
    direct = amounts(31.4, 0, 0, 0)
    return example(
        lead_time=LeadTimes(elapsed=lead, working=lead),
        direct_route=Both(elapsed=direct, working=direct),
        knowledge=Knowledge(starts_known_share=starts),
    )


def test_the_first_sentence_says_direct_route_loops_and_work():
    assert told(fifty_days()) == "31 dagen rechtdoor, 19 in lussen; 4,0\u00a0dagen werk"
    assert told(fifty_days(), "en") == "31 days straight on, 19 in loops; 4.0\u00a0days of work"


def test_work_is_a_least_amount_where_few_starts_are_known_and_unknown_where_none_is():
    assert "ten minste 4,0\u00a0dagen werk" in told(fifty_days(starts=0.3))
    assert told(fifty_days(process=0.0)).endswith("hoeveel werk is onbekend")


def test_loops_of_less_than_a_day_are_not_rounded_up_to_one():
    direct = amounts(49.7, 0, 0, 0)
    findings = fifty_days().model_copy(update={"direct_route": Both(elapsed=direct, working=direct)})
    assert told(findings).startswith("49,7 dagen rechtdoor, 0,3 in lussen")


def test_the_parts_of_the_headline_add_up_to_their_rounded_sum():
    assert sum(rounded_parts((31.5, 18.5), 0)) == 50
    assert rounded_parts((31.4, 18.6), 0) == (31, 19)


def test_a_log_that_covers_little_of_the_lead_time_is_told_before_anything_else():
    little = Knowledge(
        before_first_share=0.38, recorded_share=0.09, after_last_share=0.53, recorded_span_median_seconds=2880
    )
    alarms = html.fromstring(page(example(knowledge=little))).xpath('//header/p[@class="alarm"]')
    assert len(alarms) == 2
    for figure in ("9\u00a0%", "38\u00a0%", "53\u00a0%", "48\u00a0min"):
        assert figure in alarms[0].text_content()


def test_a_log_that_covers_its_lead_time_raises_no_alarm(tree):
    assert not tree.xpath('//p[@class="alarm"]')


@pytest.mark.parametrize("clock", ["elapsed", "working", "legal"])
def test_how_much_is_known_is_one_bar_with_every_part_named(tree, clock):
    drawn = tree.xpath(f'//section[@class="known"]//svg[@data-known="{clock}"]')
    assert len(drawn) == 2
    known, lead = example().knowledge, Scene(example(), Words("nl"), clock).lead
    told = drawn[0].text_content()
    for share in (known.declared_share, known.inferred_share, known.unknown_holder_share, known.recorded_share):
        assert f" {Numbers(Words('nl')).share(share)}" in told
    parts = [float(each) for each in drawn[0].xpath(".//rect/@data-value")]
    assert sum(parts) == pytest.approx(lead.amounts.total_seconds)
    assert "12\u00a0% alleen een datum" in told
    assert "0,6\u00a0% in één keer vastgelegd" in told


def test_the_other_clocks_say_that_cover_and_turn_are_in_calendar_time(tree):
    bars = tree.xpath('//div[@data-in="en"]//section[@class="known"]//svg')
    said = {bar.get("data-known"): bar.text_content().count("in calendar time") for bar in bars}
    assert said == {"elapsed": 0, "working": 2, "legal": 2}
    heard = [bar.xpath('string(.//*[local-name()="desc"])') for bar in bars]
    assert ["is of calendar time" in said for said in heard] == [False, True, True]


def test_durations_go_by_size_and_clock_and_locale():
    dutch, english = Numbers(Words("nl")), Numbers(Words("en"))
    assert dutch.short(31.44 * DAY) == "31,4\u00a0d"
    assert english.long(31.44 * DAY) == "31.4\u00a0days"
    assert dutch.short(5 * 3600) == "5,0\u00a0u"
    assert dutch.short(90) == "2\u00a0min"
    assert dutch.long(31.44 * DAY, "working") == "754,6\u00a0werkuren"
    assert dutch.short(None) == "onbekend"
    assert dutch.count(12345) == "12.345"


def test_little_does_not_read_as_none_nor_nearly_all_as_all():
    dutch, english = Numbers(Words("nl")), Numbers(Words("en"))
    told = {0.0: "0\u00a0%", 0.0004: "< 0,1\u00a0%", 0.004: "0,4\u00a0%", 0.5: "50\u00a0%", 0.996: "99,6\u00a0%"}
    told |= {0.9991: "> 99,9\u00a0%", 0.99996: "> 99,9\u00a0%", 1.0: "100\u00a0%"}
    assert {share: dutch.share(share) for share in told} == told
    assert english.share(0.99996, 1) == "> 99.9\u00a0%"
    tenths = sum([0.1] * 10)
    assert (tenths < 1, english.share(tenths), english.fitness(tenths)) == (True, "100\u00a0%", "1.00")
    assert (dutch.long(20), english.short(20)) == ("< 1 minuut", "< 1 min")
    assert dutch.short(0.02 * DAY, "legal") == "< 0,1\u00a0d"
    assert [dutch.rate(each, 2) for each in (0.0, 0.004, 0.04)] == ["0,00", "< 0,01", "0,04"]


def test_a_fitness_is_one_only_where_all_fits() -> None:
    told = {1.0: "1.00", 0.9999: "> 0.99", 0.995: "> 0.99", 0.994: "0.99", 0.0: "0.00", None: "–"}
    assert {value: Numbers(Words("en")).fitness(value) for value in told} == told


def test_percentages_of_one_whole_add_up():
    dutch = Numbers(Words("nl"))
    assert dutch.shares((1.0, 1.0, 1.0)) == ("34\u00a0%", "33\u00a0%", "33\u00a0%")
    assert dutch.shares((0.004, 0.498, 0.498)) == ("0,4\u00a0%", "49,8\u00a0%", "49,8\u00a0%")
    assert dutch.shares((0.0004, 0.9996, 0.0)) == ("< 0,1\u00a0%", "> 99,9\u00a0%", "0\u00a0%")
    assert dutch.shares((0.0, 0.0)) == ("0\u00a0%", "0\u00a0%")


def test_what_there_is_one_of_is_told_in_the_singular():
    dutch, english = Words("nl"), Words("en")
    assert "Aanvragen: 1 stap, samen" in dutch("phase_said", phase="Aanvragen", count="1", total="3,0 dagen")
    assert english("disclosed_activities", count="1") == "1 activity"
    assert dutch("disclosed_activities", count="1.001") == "1.001 activiteiten"
    assert dutch("disclosed_activities", count="0,1") == "0,1 activiteiten"


def test_where_no_source_tells_of_contacts_none_are_counted():
    silent = Contacts(contacts=0, cases_with_contact=0, mean_per_case=0.0, silence_median_seconds=20 * DAY)
    said = html.fromstring(page(example(contacts=silent), "en")).xpath('//section[@id="en-contacts"]')[0].text_content()
    assert "No source tells of contacts in these cases." in said
    assert "0 contacts" not in said


def test_the_policy_allows_our_own_style_and_script_and_nothing_else(text, tree):
    policy = tree.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')[0]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for name in ("style", "script"):
        (own,) = re.findall(rf"<{name}>(.*?)</{name}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_the_page_has_no_inline_style_no_handler_and_asks_for_nothing(tree):
    assert not tree.xpath("//*[@style]")
    assert not [name for each in tree.iter("*") for name in each.attrib if name.startswith("on")]
    assert not tree.xpath("//@src | //link | //iframe | //object | //form")
    assert all(link.startswith("#") for link in tree.xpath("//a/@href"))


def test_ids_are_unique_and_links_lead_somewhere(tree):
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in tree.xpath("//a/@href")} <= set(ids)
    named = " ".join(tree.xpath("//@aria-labelledby")).split()
    assert set(named) <= set(ids)


def test_every_picture_has_a_title_a_summary_and_a_table_in_its_section(tree):
    pictures = tree.xpath('//*[local-name()="svg"]')
    assert len(pictures) > 20
    for picture in pictures:
        assert picture.xpath('./*[local-name()="title"]')[0].text
        assert picture.xpath('./*[local-name()="desc"]')[0].text
        assert picture.xpath("ancestor::section[1]//table")


def test_every_section_is_titled_by_a_question_in_both_languages(tree):
    for language in ("nl", "en"):
        titles = tree.xpath(f'//div[@data-in="{language}"]//main/section/h2')
        assert len(titles) == 17
        assert all(title.text.endswith("?") for title in titles)


def test_a_section_without_findings_is_left_out():
    bare = example(norms=(), conversion=(), variants=(), dfg=(), overlay=None, journeys=(), loops=(), handoffs=())
    sections = html.fromstring(page(bare)).xpath('//div[@data-in="nl"]//section/@id')
    assert not {"nl-norms", "nl-conversion", "nl-variants", "nl-process", "nl-overlay"} & set(sections)
    assert "nl-map" in sections


def test_the_page_opens_in_the_language_that_is_asked_for():
    assert html.fromstring(page(example(), "en")).get("lang") == "en"
    assert html.fromstring(page(example())).get("lang") == "nl"


def test_hostile_labels_are_shown_and_do_nothing():
    source = page(hostile())
    assert re.findall(r"<script\b[^>]*>", source) == ['<script type="application/json" id="what-if-data">', "<script>"]
    assert "\u202e" not in source
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in source
    assert HOSTILE.splitlines()[0] in html.fromstring(source).text_content()


def test_how_much_of_the_process_map_is_cut_is_said(tree):
    said = tree.xpath('//section[@id="nl-process"]')[0].text_content()
    assert "11 van 11 paden" in said


def test_a_page_of_forty_steps_stays_under_four_megabytes():
    assert len(page(many_steps(40)).encode()) < 4_000_000


def test_a_map_too_broad_for_a_glance_comes_with_an_upright_ladder_that_adds_up():
    findings = many_steps(40)
    upright = html.fromstring(page(findings)).xpath('//*[@data-stairs="elapsed"]')[0]
    steps = upright.xpath(".//*[@data-stair]/@data-seconds")
    assert len(steps) == 40
    assert sum(map(float, steps)) == pytest.approx(findings.lead_time.elapsed.mean_seconds)
    assert not html.fromstring(page(example())).xpath("//*[@data-stairs]")


def test_the_publication_is_a_page_and_a_picture_in_the_folder_asked_for(tmp_path):
    index, picture, *_ = write_publication(example(), tmp_path / "run")
    assert index == tmp_path / "run" / "index.html"
    assert index.read_text("utf-8").startswith("<!doctype html>")
    assert picture.read_text("utf-8").startswith("<svg ")


def test_the_page_is_made_from_the_json_document_alone():
    again = Findings.model_validate_json(example().model_dump_json())
    assert page(again) == page(example())


WITHOUT_TIME = {"conversion", "quality", "reconciliation", "run"}
"""Sections that count cases, attempts or records, and no time that a clock could measure."""


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("clock", ["working", "legal"])
def test_every_section_tells_the_chosen_clock_or_says_that_it_has_none(tree, language, clock):
    sections = tree.xpath(f'//div[@data-in="{language}"]//main/section[@id]')
    silent = []
    for section in sections:
        own = section.xpath(f'.//*[contains(concat(" ", @data-clock, " "), " {clock} ")]')
        # what is shown in this clock and in another is that other clock's, so a word must be said of it
        told = [each for each in own if each.get("data-clock") == clock]
        if not told and section.get("id").split("-", 1)[1] not in WITHOUT_TIME:
            silent.append(section.get("id"))
    assert silent == []


@pytest.mark.parametrize("clock", ["working", "legal"])
def test_a_clock_that_a_section_lacks_is_named_where_the_section_begins(tree, clock):
    said = Words("en")(f"untold_{clock}")
    lacking = {s.get("id") for s in tree.xpath(f'//div[@data-in="en"]//main/section[p[@data-clock="{clock}"]]')}
    assert {"en-process", "en-variants", "en-contacts", "en-personas", "en-overlay"} <= lacking
    assert "en-map" not in lacking
    assert [p.text_content() for p in tree.xpath(f'//section[@id="en-process"]/p[@data-clock="{clock}"]')] == [said]


def test_parts_in_one_unit_add_up_as_they_are_told() -> None:
    numbers = Numbers(Words("en"))
    assert numbers.short_parts((35.68 * 86400, 5.86 * 86400)) == ("35.7\u00a0d", "5.8\u00a0d")
    assert numbers.short(41.54 * 86400) == "41.5\u00a0d"
    assert numbers.short_parts((30 * 86400, 3600)) == ("30.0\u00a0d", "1.0\u00a0h")
    assert numbers.short_parts((0, 1800)) == ("0\u00a0min", "30\u00a0min")


def test_a_step_beside_others_is_told_with_all_cases_that_reach_it_too():
    findings = example()
    reached = {"advies": 0.92}
    steps = tuple(s.model_copy(update={"reach": reached.get(s.step)}) for s in findings.what_if.steps)
    beside = findings.model_copy(update={"what_if": findings.what_if.model_copy(update={"steps": steps})})
    on_path = next(rung.reach for rung in findings.ladder if rung.step == "advies")
    said = f"92\u00a0% of the cases (on the path {on_path * 100:.0f}\u00a0%)"
    assert said in page(beside)
    assert "(on the path " not in page(findings)


def test_an_interval_that_is_open_on_one_side_has_one_end():
    findings = example()
    at = findings.run.as_of
    for ends, told in (
        ({"interval_from": at, "interval_to": None}, "vanaf "),
        ({"interval_from": None, "interval_to": at}, "tot "),
    ):
        run = findings.run.model_copy(update=ends)
        rows = dict(run_section(Telling(findings.model_copy(update={"run": run}), Words("nl"))).tables[0].rows)
        assert rows["Interval"] == told + Numbers(Words("nl")).day(at, findings.project.zone)


def test_what_is_not_told_is_not_told_as_a_range():
    assert between("niet getoond", "niet getoond") == "niet getoond"
    assert between("50 %", "63 %") == "50 % – 63 %"


def test_where_no_count_is_told_no_sentence_is_made_of_it():
    lines = log("A intake 0 | A decide 5 | B intake 0 | B decide 7")
    team = disclosed(mined(lines, project(), AS_OF)[0])
    text = html.document_fromstring(page(team)).text_content()
    assert "Of not shown cases" not in text
    assert "Of the events not shown" not in text


@pytest.mark.parametrize(
    ("channels", "contacts", "counters"),
    [
        (("counter", "phone"), "2.0 a case; 9 times at a counter", "0.5 a case, of 2 in all"),
        (
            ("counter", "unknown"),
            "2.0 a case; at least 9 times at a counter",
            "at least 0.5 a case, of 1 in all",
        ),
        (("phone", "unknown"), "2.0 a case; how often at a counter is not known", "at least 0.5 a case, of 1 in all"),
        (("unknown",), "2.0 a case; how often at a counter is not known", "unknown"),
    ],
)
def test_a_channel_that_is_not_known_is_not_told_as_no_counter(
    channels: tuple[str, ...], contacts: str, counters: str
) -> None:
    points = tuple(Counter(holder="desk", channel=channel, contacts=9, cases=9) for channel in channels)
    different = sum(channel != "unknown" for channel in channels)
    whole = {"in_all": len(points), "different": different}
    met = Counters(points=points, by_number={"0": 9, "1": 9}, mean_per_case=0.5, most=1, **whole)
    found = {"contacts": 18, "mean_per_case": 2.0, "by_channel": dict.fromkeys(channels, 9), "counters": met}
    findings = example()
    told = findings.model_copy(update={"contacts": findings.contacts.model_copy(update=found)})
    facts = dict(worlds(Telling(told, Words("en")))[0].facts)
    assert (facts["Contacts and counters"], facts["Different counters"]) == (contacts, counters)


@pytest.mark.parametrize(("unknown", "unordered", "is_least"), [(0, 0, False), (90, 0, True), (0, 3, True)])
def test_handoffs_that_may_be_missed_make_their_number_a_least_one(
    unknown: int, unordered: int, is_least: bool
) -> None:
    counts = dict.fromkeys(HandoffLevel.model_fields, 0) | {"unknown_holder": unknown, "order_unknown": unordered}
    level = HandoffLevel(**(counts | {"level": "team", "per_case": 0.5}))
    findings = example()
    facts = dict(worlds(Telling(findings.model_copy(update={"handoff_levels": (level,)}), Words("en")))[1].facts)
    assert facts["Handoffs between teams a case"] == ("at least 0.5" if is_least else "0.5")


def test_a_silence_in_which_nobody_notes_contacts_is_told_as_far_as_is_known():
    findings = example()
    nobody = findings.contacts.model_copy(update={"contacts": 0})
    for contacts, is_said in ((findings.contacts, False), (nobody, True)):
        citizen, _ = worlds(Telling(findings.model_copy(update={"contacts": contacts}), Words("en")))
        (silence,) = (said for name, said in citizen.facts if name.startswith("Longest silence"))
        assert ("as far as is known" in silence) is is_said
