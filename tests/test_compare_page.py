"""The page of a comparison: what it draws equals the document, what is not sure is never said as sure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from flows.publish.compare_page import CompareTargetError, beside, compare_page, write_comparison
from flows.publish.compare_said import basis, headline, surely
from flows.publish.compare_tables import strata_table
from flows.publish.svg.compared import Telling, shown
from flows.publish.svg.difference import ZERO, difference_map
from flows.publish.svg.side_maps import scale_of, side_map
from flows.publish.words import Words
from mining.against_journey import Said, against_journeys
from mining.comparison import Measure, Side, compare, missing_strata
from mining.results.comparison import ComparedJourney, Comparison, SideFacts

DAY = 86_400.0
STEPS = ("intake", "ask", "decide")
HOSTILE = "<script>alert(1)</script>\n'\"&\u202eevil\u202c 😀 =cmd()"


def measures(steps: tuple[str, ...]) -> list[Measure]:
    """Return what the commands compare, for these steps and one loop."""
    clocks = ("elapsed", "working")
    lead = [
        Measure("lead_time", "lead_time", {"nl": "Doorlooptijd", "en": "Lead time"}, "lead", s, "seconds", c)
        for c in clocks
        for s in ("mean", "median")
    ]
    rungs = [Measure("rungs", s, {"nl": s, "en": s}, f"rung:{s}", "mean", "seconds", c) for s in steps for c in clocks]
    reach = [Measure("reach", s, {"nl": s, "en": s}, f"reach:{s}", "mean", "share") for s in steps]
    path = " → ".join((steps[0], steps[1], steps[0]))
    loop = [Measure("loops", path, {"nl": path, "en": path}, "loop", "mean", "seconds", c) for c in clocks]
    handoff = [Measure("handoffs", "team", {"nl": "team", "en": "team"}, "handoff", "mean", "count")]
    kept = [Measure("norms", "service", {"nl": "norm", "en": "norm"}, "kept", "mean", "share")]
    return [*lead, *rungs, *reach, *loop, *handoff, *kept]


def side(name: str, days: list[float], strata: list[str] | None = None, steps: tuple[str, ...] = STEPS) -> Side:
    """Return cases of which a fifth, a third and the rest of the time goes to the three steps."""
    lead = np.array(days) * DAY
    parts = (lead / 5, lead / 3, lead - lead / 5 - lead / 3)
    columns = {"lead": lead, "loop": lead / 10, "handoff": np.full(len(lead), 3.0)}
    columns |= {f"rung:{step}": part for step, part in zip(steps, parts, strict=True)}
    columns |= {f"reach:{step}": (np.arange(len(lead)) % 4 > 0) * 1.0 for step in steps}
    columns |= {"kept": (lead < 12 * DAY) * 1.0}
    return Side(name, columns, np.array(strata or ["all"] * len(days), dtype=object))


def compared(*sides: Side, steps: tuple[str, ...] = STEPS) -> Comparison:
    """Return the document of these sides."""
    facts = tuple(SideFacts(name=s.name, run_id="r", cases=len(s.strata), open_cases=2, open_share=0.1) for s in sides)
    return Comparison(
        project="p",
        title={"nl": "Keten", "en": "Chain"},
        mapping_hash="h",
        zone="Europe/Amsterdam",
        sides=facts,
        mix=("zaaktype",),
        missing_strata=missing_strata(sides),
        measures=compare(sides, measures(steps)),
        steps=steps,
        draws=1000,
        seed=1,
        false_discovery_rate=0.1,
        enough_cases=30,
    )


def spread_days(mean: float, cases: int, seed: int) -> list[float]:
    return np.random.default_rng(seed).gamma(9.0, mean / 9.0, cases).tolist()


@pytest.fixture(scope="module")
def faster() -> Comparison:
    return compared(side("before", spread_days(20, 80, 1)), side("after", spread_days(12, 70, 2)))


@pytest.fixture(scope="module")
def flipped() -> Comparison:
    """Simpson: faster in each kind of case, slower over all."""
    before = side("before", [10.0] * 80 + [30.0] * 20, ["simple"] * 80 + ["hard"] * 20)
    return compared(before, side("after", [9.0] * 20 + [28.0] * 80, ["simple"] * 20 + ["hard"] * 80))


def told(comparison: Comparison, language: str = "en", clock: str = "elapsed") -> Telling:
    return Telling(comparison, Words(language), clock)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def maps(comparison: Comparison) -> ElementTree.Element:
    columns = [(s.name, s.name, "", False) for s in comparison.sides]
    return drawn(side_map(told(comparison), columns, "maps", "summary"))


def test_the_first_sentence_says_what_changed_and_that_it_is_sure(faster: Comparison) -> None:
    said = headline(told(faster)).elapsed
    size = -faster.measures[0].differences[0].equal_mix_difference / DAY
    assert said.startswith(
        f"The lead time of after is {size:.1f}\u00a0days shorter than that of before, and that is sure."
    )
    dutch = headline(told(faster, "nl")).elapsed
    assert "korter dan die van before, en dat is zeker" in dutch


def test_a_difference_that_is_not_sure_is_told_with_its_interval() -> None:
    telling = told(compared(side("a", spread_days(20, 60, 1)), side("b", spread_days(20, 60, 3))))
    assert "but that is not sure" in headline(telling).elapsed
    assert "The difference lies between −" in basis(telling).elapsed


def test_a_side_with_many_open_cases_is_told_with_a_warning(faster: Comparison) -> None:
    sides = tuple(s.model_copy(update={"open_share": 0.3}) if s.name == "after" else s for s in faster.sides)
    telling = told(faster.model_copy(update={"sides": sides}))
    assert "of after 30\u00a0% are still open" in basis(telling).elapsed
    assert "of after 30\u00a0% are still open" in surely(telling, "after")
    assert "still open" not in basis(told(faster)).elapsed


def test_of_many_sides_it_is_said_which_lead_time_the_interval_is_of() -> None:
    sides = [
        side(name, spread_days(20, cases, seed)) for name, cases, seed in (("a", 60, 1), ("b", 60, 2), ("few", 9, 3))
    ]
    found = compared(*sides)
    first, rests_on = headline(told(found)).elapsed, basis(told(found)).elapsed
    assert first.startswith("In lead time none of the 2 sides surely differs from a. The lead time of b is ")
    assert first.endswith("but that is not sure.")
    assert "The difference lies between" in rests_on


def test_a_side_of_too_few_cases_is_not_said_to_differ_in_nothing() -> None:
    found = compared(side("a", spread_days(20, 60, 1)), side("few", spread_days(20, 9, 3)))
    assert surely(told(found), "few").endswith("everywhere one of the two has too few cases to say.")


def test_what_a_pair_lacks_is_told_of_that_pair_alone() -> None:
    days = spread_days(20, 40, 1)
    sides = [side(name, days, ["x"] * 30 + [kind] * 10) for name, kind in (("a", "y"), ("b", "y"), ("c", "x"))]
    listed = strata_table(told(compared(*sides)))
    assert [tuple(row) for row in listed.rows] == [("y", "a", "c", "25\u00a0%")]


def test_channels_and_personas_are_told_as_the_reader_calls_them() -> None:
    sides = (side("karin", spread_days(20, 40, 1), ["web"] * 39 + ["counter · ?"]), side("?", spread_days(20, 40, 1)))
    found = compared(*sides)
    of_persona = found.sides[0].model_copy(update={"segment": "persona", "value": "karin"})
    karin: dict[str, object] = {
        "sides": (of_persona, found.sides[1]),
        "personas": {"karin": {"nl": "Karin, mantelzorger"}},
    }
    telling = Telling(found.model_copy(update={**karin, "mix": ("channel", "persona")}), Words("nl"))
    assert telling.side_title("karin") == "Karin, mantelzorger"
    # in a sentence the comma would break it in two
    assert telling.side("karin") == "‘Karin, mantelzorger’"
    assert telling.stratum("counter · karin") == "balie · Karin, mantelzorger"
    assert telling.stratum("counter · ?") == "balie · onbekend"


def test_below_thirty_cases_nothing_is_said_of_any_difference() -> None:
    comparison = compared(side("a", spread_days(20, 60, 1)), side("b", spread_days(90, 29, 3)))
    said = headline(told(comparison))
    assert "fewer than 30 cases" in (said if isinstance(said, str) else said.elapsed)
    page = compare_page(comparison)
    assert 'data-claim="sure"' not in page
    assert 'data-claim="too_few"' in page


def test_each_rung_of_the_maps_is_as_long_as_the_document_says_on_one_scale(faster: Comparison) -> None:
    svg = maps(faster)
    scale = float(svg.attrib["data-scale"])
    assert scale == pytest.approx(scale_of(told(faster)))
    values = {(m.measure, name): v for m in told(faster).steps for name, v in m.values.items()}
    rungs = {(r.attrib["data-step"], r.attrib["data-column"]): r for r in svg.iter("rect") if "data-step" in r.attrib}
    assert rungs.keys() == values.keys()
    for key, rung in rungs.items():
        assert float(rung.attrib["data-seconds"]) == values[key]
        assert float(rung.attrib["width"]) == pytest.approx(values[key] * scale, abs=1e-3)


def test_the_stairs_of_a_side_are_as_long_as_its_lead_time(faster: Comparison) -> None:
    svg = maps(faster)
    scale = float(svg.attrib["data-scale"])
    for name, lead in told(faster).lead.values.items():
        rungs = [r for r in svg.iter("rect") if r.attrib.get("data-column") == name]
        first, last = rungs[0], rungs[-1]
        long = float(last.attrib["x"]) + float(last.attrib["width"]) - float(first.attrib["x"])
        assert long == pytest.approx(lead * scale, abs=1e-2)


def test_arcs_are_as_thick_as_the_time_that_their_loop_takes(faster: Comparison) -> None:
    arcs = [g for g in maps(faster).iter("g") if "data-arc" in g.attrib]
    values = list(told(faster).loops[0].values.values())
    assert len(arcs) == 2
    ratio = float(arcs[0].attrib["data-thickness"]) / float(arcs[1].attrib["data-thickness"])
    assert ratio == pytest.approx(values[0] / values[1], rel=1e-3)


@pytest.mark.parametrize("clock", ["elapsed", "working"])
def test_each_bar_of_the_difference_map_is_the_difference_of_the_document(faster: Comparison, clock: str) -> None:
    svg = drawn(difference_map(told(faster, clock=clock), "after", "difference", "summary"))
    found = {
        (m.table, m.measure): d
        for m in faster.measures
        for d in m.differences
        if m.clock in (None, clock) and m.statistic == "mean"
    }
    tables = {"time": "lead_time", "steps": "rungs"}
    seen = 0
    for part in (g for g in svg.iter("g") if "data-group" in g.attrib):
        scale, table = float(part.attrib["data-scale"]), part.attrib["data-group"]
        for row in (g for g in part.iter("g") if "data-measure" in g.attrib):
            difference = found[(tables.get(table, table), row.attrib["data-measure"])]
            bars = {bar.attrib["data-kind"]: bar for bar in row.iter("rect")}
            for kind, value in (("mix", difference.equal_mix_difference), ("raw", difference.difference)):
                bar, seen = bars[kind], seen + 1
                assert float(bar.attrib["data-difference"]) == value
                assert float(bar.attrib["width"]) == pytest.approx(abs(value) * scale, abs=1e-3)
                left = float(bar.attrib["x"])
                assert left == pytest.approx(ZERO if value >= 0 else ZERO + value * scale, abs=1e-3)
            assert row.attrib["data-claim"] == difference.equal_mix_claim
    assert seen == 2 * len(found)


def test_what_is_sure_is_filled_and_named_and_what_is_not_is_neither(faster: Comparison) -> None:
    svg = drawn(difference_map(told(faster), "after", "difference", "summary"))
    steps, handoffs = (g for g in svg.iter("g") if g.attrib.get("data-group") in ("steps", "handoffs"))
    rows = {
        g.attrib["data-measure"]: g for part in (steps, handoffs) for g in part.iter("g") if "data-measure" in g.attrib
    }
    sure = next(bar for bar in rows["decide"].iter("rect") if bar.attrib["data-kind"] == "mix")
    assert sure.attrib["fill"] == "var(--work)"
    open_ = next(bar for bar in rows["team"].iter("rect") if bar.attrib["data-kind"] == "mix")
    assert open_.attrib["fill"] == "var(--paper)"
    texts = " ".join("".join(t.itertext()) for t in rows["decide"].iter("text"))
    assert "▼" in texts
    assert "shorter ●" in texts
    assert "team" not in surely(told(faster), "after")


def test_where_the_sign_flips_the_page_says_so(flipped: Comparison) -> None:
    found = flipped.measures[0].differences[0]
    assert found.sign_flips
    assert shown(found).value == pytest.approx(-1.5 * DAY)
    said = headline(told(flipped)).elapsed
    assert "1.5\u00a0days shorter" in said
    assert "the raw difference points the other way" in said
    svg = difference_map(told(flipped), "after", "d", "s")
    assert "⇄ the raw one points the other way" in svg
    page = compare_page(flipped, "en")
    assert "⇄ Raw and at equal mix point in different directions for: Lead time" in page


def test_a_kind_of_case_that_one_side_lacks_is_named(faster: Comparison) -> None:
    before = side("before", spread_days(20, 40, 1), ["simple"] * 40)
    page = compare_page(compared(before, side("after", spread_days(20, 40, 2), ["simple"] * 30 + ["new"] * 10)), "en")
    assert "Not in the equal mix" in page
    cells = r"</bdi></td><td[^>]*><bdi>".join(("after", "before", r"25\s?%"))
    assert re.search(rf"<th scope=\"row\"><bdi>new</bdi></th><td[^>]*><bdi>{cells}", page)
    assert "Not in the equal mix" not in compare_page(faster, "en")


def test_hostile_names_stay_text() -> None:
    steps = (HOSTILE, "b" + HOSTILE, "</svg><img src=x onerror=alert(1)>")
    sides = [side(HOSTILE + n, spread_days(20, 40, 1), steps=steps) for n in "12"]
    page = compare_page(compared(*sides, steps=steps))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page


def test_the_page_is_written_beside_the_document_and_takes_no_other_pages_place(
    faster: Comparison, tmp_path: Path
) -> None:
    file, page = write_comparison(faster, tmp_path / "comparison.json")
    assert Comparison.model_validate_json(file.read_text("utf-8")) == faster
    assert page.name == "index.html"
    write_comparison(faster, tmp_path / "comparison.json")
    page.write_text("<html>runs", "utf-8")
    with pytest.raises(CompareTargetError, match="is another page"):
        write_comparison(faster, tmp_path / "comparison.json")


def beside_design() -> Comparison:
    sides = (side("now", spread_days(20, 80, 1)),)
    columns = sides[0].columns | {"lead_elapsed": sides[0].columns["lead"]}
    columns |= {f"rung_elapsed:{step}": columns[f"rung:{step}"] for step in STEPS}
    laid = against_journeys([Side("now", columns, sides[0].strata)], [Said("designed", 9 * DAY, {"intake": 2 * DAY})])
    journey = ComparedJourney(name="designed", title={"nl": "Ontwerp", "en": "Design"}, kind="designed")
    return compared(*sides).model_copy(update={"against": laid, "journeys": (journey,)})


def test_a_run_alone_says_first_how_far_it_is_from_its_design() -> None:
    comparison = beside_design()
    lead = comparison.against[0]
    said = headline(told(comparison))
    assert said.startswith(f"now takes {lead.difference / DAY:.1f}\u00a0days longer than ‘Design’ says")
    assert said.endswith("and that is sure.")


def test_the_difference_map_against_a_design_draws_what_the_document_says() -> None:
    comparison = beside_design()
    svg = drawn(difference_map(told(beside(comparison, "designed")), "now", "d", "s"))
    bars = [bar for bar in svg.iter("rect") if "data-difference" in bar.attrib]
    assert [float(bar.attrib["data-difference"]) for bar in bars] == [a.difference for a in comparison.against]
    scale = {float(g.attrib["data-scale"]) for g in svg.iter("g") if "data-scale" in g.attrib}
    assert len(scale) == 1
    for bar, found in zip(bars, comparison.against, strict=True):
        assert float(bar.attrib["width"]) == pytest.approx(abs(found.difference) * min(scale), abs=1e-2)
    assert "raw" not in "".join(svg.itertext())


def test_a_step_has_the_same_number_on_every_map() -> None:
    comparison = beside_design()
    only = comparison.model_copy(
        update={"against": tuple(a.model_copy(update={"measure": "decide"}) for a in comparison.against[1:])}
    )
    svg = drawn(difference_map(told(beside(only, "designed")), "now", "d", "s"))
    box = next(g for g in svg.iter("g") if g.attrib.get("data-box") == "decide")
    assert next(box.iter("text")).text == "3"


def test_channels_and_runs_are_named_in_the_readers_language(faster: Comparison) -> None:
    by_channel = tuple(
        s.model_copy(update={"name": name, "value": name, "segment": "channel"})
        for s, name in zip(faster.sides, ("counter", "elsewhere"), strict=True)
    )
    telling = Telling(faster.model_copy(update={"sides": by_channel}), Words("nl"))
    assert [telling.side(s.name) for s in by_channel] == ["balie", "elsewhere"]
    stamped = ("20260101T080000000Z", "20260201T080000000Z")
    runs = tuple(
        s.model_copy(
            update={"name": name, "as_of": datetime(2026, n + 1, 1, 8, tzinfo=UTC), "started_from": date(2025, 1, 1)}
        )
        for n, (s, name) in enumerate(zip(faster.sides, stamped, strict=True))
    )
    telling = Telling(faster.model_copy(update={"sides": runs}), Words("nl"))
    assert telling.side(stamped[1]) == "de run van 1 feb 2026"
    assert telling.side_title(stamped[1]) == "De run van 1 feb 2026"


def test_nought_has_no_sign_in_an_interval_and_little_is_not_nought() -> None:
    telling = told(compared(side("a", spread_days(20, 60, 1)), side("b", spread_days(20, 60, 3))))
    share = telling.lead.model_copy(update={"unit": "share"})
    assert telling.interval(telling.lead, 0.0, 0.0) == "between 0\u00a0min and 0\u00a0min"
    assert telling.interval(telling.lead, -86400.0, 0.0) == "between −1.0\u00a0d and 0.0\u00a0d"
    assert telling.interval(share, -0.02, 0.0) == "between −2.0 pp and 0.0 pp"
    assert telling.size(share, 0.0001) == "< 0.1 pp"
