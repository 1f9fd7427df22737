"""`zaakstroom compare`: sides from the amounts that runs keep, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.compare import CompareError, compare_runs
from flows.compare_runs import AMOUNTS, FACTS, RunError, unlike_norms
from flows.publish.compare_tables import side_table
from flows.publish.svg.compared import Telling
from flows.publish.words import Words
from mappings.project import Project
from mining.case_amounts import case_amounts, numbered_cases
from mining.ledger import book
from mining.log import Log
from mining.norms import norms
from mining.results.comparison import Comparison
from mining.results.norms import LegalTerm
from tests.findings_example import example
from tests.logs import AS_OF, JOURNEY, log, project
from tests.mining_run import mined

DAY = 86_400


def text(first: str, days: int, cases: int, loops: int) -> str:
    """Return cases that take `days`, or as many with a loop of two days more; the last one is still open."""
    parts = []
    for n in range(cases):
        parts += [f"{first}{n} intake 0", f"{first}{n} ask 1"]
        if n < loops:
            parts += [f"{first}{n} intake 2", f"{first}{n} ask 3"]
        if n < cases - 1:
            parts.append(f"{first}{n} decide {days + (2 if n < loops else 0) + n % 3}")
    return " | ".join(parts)


def write_run(
    folder: Path, lines: Log, mapping: Project, mapping_hash: str = "same", name: str = "", steps: int | None = None
) -> Path:
    """Write what a comparison reads of a run."""
    ledger, findings = book(lines, mapping, AS_OF), example()
    told = findings.model_copy(update={"run": findings.run.model_copy(update={"mapping_hash": mapping_hash})})
    if name:
        told = told.model_copy(update={"project": told.project.model_copy(update={"name": name})})
    if steps is not None:
        designed = told.journeys[0].model_copy(update={"steps": told.journeys[0].steps[:steps]})
        told = told.model_copy(update={"journeys": (designed,)})
    (folder / "export").mkdir(parents=True)
    (folder / "findings.json").write_text(told.model_dump_json(by_alias=True), "utf-8")
    norms(ledger, lines, mapping, AS_OF)
    kept = case_amounts(ledger, mapping)
    lines.con.to_parquet(kept.facts, folder / "export" / FACTS)
    lines.con.to_parquet(kept.amounts, folder / "export" / AMOUNTS)
    return folder


def received(cases: int) -> dict[str, str]:
    """All came in on the day of their first event."""
    return {f"Z{n}": "0" for n in range(cases)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    work = tmp_path_factory.mktemp("runs")
    before, after = (log(text("Z", *sizes), received=received(sizes[1])) for sizes in ((10, 41, 20), (7, 36, 5)))
    return write_run(work / "before", before, project(JOURNEY)), write_run(work / "after", after, project(JOURNEY))


def test_two_runs_are_compared_from_what_they_keep(runs: tuple[Path, Path]) -> None:
    found = compare_runs(runs)
    assert [(side.name, side.cases, side.open_cases) for side in found.sides] == [("before", 40, 1), ("after", 35, 1)]
    by_name = {(m.table, m.measure, m.clock, m.statistic): m for m in found.measures}
    lead = by_name[("lead_time", "lead_time", "elapsed", "mean")]
    # 10, 11, 12 days in turn and two days more for the first twenty; 7, 8, 9 days for 35 and two more for five
    expected = [
        DAY * (sum(10 + n % 3 for n in range(40)) + 40) / 40,
        DAY * (sum(7 + n % 3 for n in range(35)) + 10) / 35,
    ]
    assert list(lead.values.values()) == pytest.approx(expected)
    assert lead.differences[0].difference == pytest.approx(expected[1] - expected[0])
    assert lead.differences[0].claim == "sure"


def test_the_parts_of_the_lead_time_add_up_in_a_comparison_too(runs: tuple[Path, Path]) -> None:
    for clock in ("elapsed", "working"):
        told = {(m.table, m.measure, m.statistic): m.values for m in compare_runs(runs).measures if m.clock == clock}
        for side in ("before", "after"):
            lead = told[("lead_time", "lead_time", "mean")][side]
            direct = told[("lead_time", "direct_route", "mean")][side]
            loops = sum(values[side] for (table, _, _), values in told.items() if table == "loops")
            rungs = sum(values[side] for (table, _, _), values in told.items() if table == "rungs")
            assert direct + loops == pytest.approx(lead)
            assert rungs == pytest.approx(lead)


def test_a_loop_that_few_made_stands_among_the_others(runs: tuple[Path, Path]) -> None:
    loops = {m.measure for m in compare_runs(runs).measures if m.table == "loops"}
    assert loops == {"other loops"}


def test_reach_is_the_share_of_the_cases_that_have_the_step(runs: tuple[Path, Path]) -> None:
    reach = {m.measure: m.values for m in compare_runs(runs).measures if m.table == "reach"}
    assert reach["ask"] == {"before": 1.0, "after": 1.0}


def test_the_share_that_met_a_norm_is_over_the_cases_that_were_judged(runs: tuple[Path, Path]) -> None:
    kept = next(m for m in compare_runs(runs).measures if m.table == "norms")
    # nobody within nine days before; after all but those whose loop makes it ten or eleven
    late = sum(7 + 2 + n % 3 > 9 for n in range(5))
    assert kept.values == {"before": 0.0, "after": (35 - late) / 35}
    assert kept.differences[0].claim == "sure"


def test_what_a_run_keeps_names_no_case(runs: tuple[Path, Path]) -> None:
    import pyarrow.parquet as pq

    for name in (FACTS, AMOUNTS):
        table = pq.read_table(runs[0] / "export" / name)
        assert "case_id" not in table.column_names
        assert not any(str(value).startswith("Z") for column in table.columns for value in column.to_pylist())


def test_runs_of_two_mappings_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", log(text("Z", 10, 5, 0)), project(JOURNEY), mapping_hash="another")
    with pytest.raises(RunError, match="are of another mapping"):
        compare_runs((runs[0], other))


def test_two_municipalities_with_the_same_journey_are_compared_where_it_is_asked_for(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    lines = log(text("Z", 9, 36, 5), received=received(36))
    other = write_run(tmp_path / "before", lines, project(JOURNEY), mapping_hash="another", name="elsewhere")
    found = compare_runs((runs[0], other), is_same_journey=True)
    assert [side.name for side in found.sides][1] == "elsewhere"
    assert found.sides[0].name != "elsewhere"
    assert any("several mappings" in notice["en"] for notice in found.notices)
    with pytest.raises(RunError, match="--same-journey"):
        compare_runs((runs[0], other))


@pytest.mark.parametrize(
    ("changed", "is_same"),
    [({}, True), ({"from": "ask"}, False), ({"only_with": "ask"}, False), ({"to": "pay"}, False)],
)
def test_norms_of_one_name_that_say_otherwise_are_not_compared(
    runs: tuple[Path, Path], tmp_path: Path, changed: dict[str, str], is_same: bool
) -> None:
    lines = log(text("Z", 9, 36, 5), received=received(36))
    other = write_run(tmp_path / "before", lines, project(JOURNEY), mapping_hash="another", name="elsewhere")
    told = json.loads((other / "findings.json").read_text("utf-8"))
    told["norms"] = [norm | (changed if norm["name"] == "service" else {}) for norm in told["norms"]]
    (other / "findings.json").write_text(json.dumps(told), "utf-8")
    found = compare_runs((runs[0], other), is_same_journey=True)
    assert any(measure.table == "norms" for measure in found.measures) is is_same
    assert any("since they differ: service" in notice["en"] for notice in found.notices) is not is_same


@pytest.mark.parametrize("months", [2, 3])
def test_terms_of_other_numbers_of_months_are_not_the_same_norm(months: int) -> None:
    term = LegalTerm(days=None, months=2, rolls_over=True, rule="decision", known_cases=0, known_share=None)
    norm = example().norms[0].model_copy(update={"clock": "legal", "limit_seconds": None, "legal": term})
    other = norm.model_copy(update={"legal": term.model_copy(update={"months": months, "known_cases": 9})})
    sides = [
        SimpleNamespace(findings=example(norms=(one,), run=example().run.model_copy(update={"mapping_hash": name})))
        for name, one in (("one", norm), ("two", other))
    ]
    assert bool(unlike_norms(sides)) is (months == 3)


def test_municipalities_whose_steps_differ_are_refused_by_name(runs: tuple[Path, Path], tmp_path: Path) -> None:
    lines = log(text("Z", 9, 36, 5), received=received(36))
    other = write_run(tmp_path / "other", lines, project(JOURNEY), "another", "elsewhere", steps=3)
    with pytest.raises(RunError, match="do not share a designed journey: "):
        compare_runs((runs[0], other), is_same_journey=True)


def test_two_runs_of_one_folder_name_stay_two_sides(runs: tuple[Path, Path], tmp_path: Path) -> None:
    lines = log(text("Z", 9, 36, 5), received=received(36))
    other = write_run(tmp_path / "before", lines, project(JOURNEY))
    assert [side.name for side in compare_runs((runs[0], other)).sides] == ["before", "before (2)"]


def test_one_run_alone_is_laid_beside_its_journeys(runs: tuple[Path, Path]) -> None:
    found = compare_runs(runs[:1])
    journey = found.journeys[0]
    lead = next(m for m in found.measures if m.measure == "lead_time")
    assert lead.differences == ()
    assert lead.designed[journey.name] == journey.total_seconds
    against = found.against[0]
    assert (against.table, against.side, against.journey) == ("lead_time", "before", journey.name)
    assert against.difference == pytest.approx(lead.values["before"] - journey.total_seconds)


def test_one_run_alone_needs_a_segment(runs: tuple[Path, Path]) -> None:
    with pytest.raises(CompareError, match="gives 1 side"):
        compare_runs(runs[:1], by="started_year")
    with pytest.raises(RunError, match="name one of: ended_month, ended_quarter, ended_year, "):
        compare_runs(runs[:1], by="nothing")
    with pytest.raises(RunError, match="'persona': is known of no case; name one of: ended_month") as caught:
        compare_runs(runs[:1], by="persona")
    assert not {"persona", "channel", "zaaktype"} & set(caught.value.remedy.removeprefix("name one of: ").split(", "))


def test_a_segment_whose_name_begins_as_that_of_a_period_is_none(tmp_path: Path) -> None:
    lines = log(text("Z", 9, 81, 30))
    by_half = (lines.cases.case_id.substr(1).cast("int64") % 2 == 0).ifelse(
        '{"ended_by": "us"}', '{"ended_by": "them"}'
    )
    lines = replace(lines, cases=lines.con.create_table("by_half", lines.cases.mutate(segments=by_half)))
    found = compare_runs([write_run(tmp_path / "run", lines, project(JOURNEY))], by="ended_by")
    assert not any(side.is_cut_short for side in found.sides)
    assert not any("begins too shortly" in n["en"] or "on no side" in n["en"] for n in found.notices)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="it has no findings"):
        compare_runs((tmp_path, tmp_path))


def segmented(lines: Log) -> Log:
    """Give the even cases one persona and the odd ones another, and every fourth a channel."""
    number = lines.cases.case_id.substr(1).cast("int64")
    channel = ((number // 2) % 2 == 0).ifelse("web", "letter")
    cases = lines.cases.mutate(persona=(number % 2 == 0).ifelse("even", "odd"), channel=channel)
    cases = cases.mutate(segments=channel.cases(("web", '{"district": "north"}'), else_='{"district": "south"}'))
    return Log(lines.con, lines.events, lines.con.create_table("segmented", cases), observed_until=lines.observed_until)


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("one") / "run", segmented(log(text("Z", 9, 81, 30))), project(JOURNEY))


def test_the_parts_of_one_run_are_compared_by_a_segment(divided: Path) -> None:
    found = compare_runs((divided,), by="persona", reference="odd")
    assert [(side.name, side.cases) for side in found.sides] == [("odd", 40), ("even", 40)]
    assert found.mix == ("channel",)
    by_district = compare_runs((divided,), by="district", mix=["persona"])
    assert [side.name for side in by_district.sides] == ["north", "south"]
    assert by_district.mix == ("persona",)


def test_a_comparison_says_of_how_many_cases_the_segment_is_not_known(divided: Path, tmp_path: Path) -> None:
    lines = segmented(log(text("Z", 9, 81, 30)))
    known = lines.cases.mutate(persona=lines.cases.case_id.isin(["Z0", "Z1", "Z80"]).ifelse(None, lines.cases.persona))
    folder = write_run(tmp_path / "run", replace(lines, cases=lines.con.create_table("known", known)), project(JOURNEY))
    found = compare_runs((folder,), by="persona")
    # the last one is still open
    assert sum(side.cases + side.open_cases for side in found.sides) == 78
    assert any("Of 3 of the 81 cases 'persona' is not known" in notice["en"] for notice in found.notices)
    whole = compare_runs((divided,), by="persona")
    assert not any("is not known" in notice["en"] for notice in whole.notices)


def test_an_unknown_reference_names_the_sides_there_are(divided: Path) -> None:
    with pytest.raises(CompareError, match="name one of: even, odd"):
        compare_runs((divided,), by="persona", reference="both")


def test_the_command_writes_the_document_and_prints_it(divided: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "comparison.json"
    result = CliRunner().invoke(app, ["compare", str(divided), "--by", "persona", "--out", str(target)])
    assert result.exit_code == 0, result.output
    assert "Lead time" in result.output
    assert "(reference)" in result.output
    document = json.loads(target.read_text("utf-8"))
    assert Comparison.model_validate(document).sides[0].value == "even"
    assert document["schema_version"] == "1.0"


def test_the_ledger_behind_the_amounts_is_the_one_of_the_findings(tmp_path: Path) -> None:
    lines = log(text("Z", 9, 12, 4))
    told, ledger = mined(lines, project(JOURNEY), AS_OF)
    kept = case_amounts(ledger, project(JOURNEY))
    direct = kept.amounts.filter(kept.amounts.kind == "direct").elapsed.sum().to_pyarrow().as_py()
    assert direct / 1_000_000 / told.cohort.cases == pytest.approx(told.direct_route.elapsed.total_seconds)


def test_cases_that_are_alike_are_numbered_in_the_order_of_the_ledger() -> None:
    mapping = project(JOURNEY)
    ledger = book(log(text("Z", 9, 12, 4)), mapping, AS_OF)
    backwards = replace(ledger, cases=ledger.cases.order_by(ledger.cases.case.desc()))
    alike = {}
    for row in numbered_cases(backwards, mapping).order_by("number").to_pyarrow().to_pylist():
        alike.setdefault((row["started_month"], row["lead_elapsed"]), []).append(row["case"])
    assert any(len(cases) > 2 for cases in alike.values())
    assert all(cases == sorted(cases) for cases in alike.values())


def test_no_difference_is_sure_with_a_period_whose_slow_cases_are_still_open(tmp_path: Path) -> None:
    # the same hundred lengths in June, July and September, of which the records go up to twenty days after
    told = []
    for name, begin in (("A", 0), ("B", 40), ("C", 100)):
        for n in range(100):
            ends = begin + 1 + n % 50
            told.append(f"{name}{n} intake {begin}" + (f" | {name}{n} decide {ends}" if ends < 120 else ""))
    folder = write_run(tmp_path / "run", log(" | ".join(told)), project(JOURNEY))
    found = compare_runs([folder], by="started_month")
    lead = next(m for m in found.measures if (m.measure, m.clock, m.statistic) == ("lead_time", "elapsed", "mean"))
    july, september = lead.differences
    assert july.difference == 0
    assert september.difference is not None
    assert september.difference < -10 * 86_400
    assert september.p_value is not None
    assert september.p_value < 0.001
    assert (september.claim, september.equal_mix_claim) == ("not_sure", "not_sure")
    assert any("mostly the quick ones" in notice["en"] for notice in found.notices)
    # an open case has not ended: that is no end that nobody knows
    by_end = compare_runs([folder], by="ended_month")
    assert not any("is not known" in notice["en"] for notice in by_end.notices)
    still_open = sum(side.open_cases for side in found.sides)
    assert any(notice["en"].startswith(f"Still open: {still_open}. ") for notice in by_end.notices)
    sides = side_table(Telling(by_end, Words("en")))
    assert {row[sides.columns.index("Still open")] for row in sides.rows} == {"–"}


def test_a_part_of_which_the_slow_cases_are_still_open_is_not_surely_shorter(tmp_path: Path) -> None:
    # the same hundred lengths, by letter since June and by phone from September on; records end twenty days later
    told, channels = [], {}
    for channel, begin in (("letter", 0), ("phone", 100)):
        for n in range(100):
            ends = begin + 1 + n % 50
            channels[f"{channel}{n}"] = channel
            told.append(f"{channel}{n} intake {begin}" + (f" | {channel}{n} decide {ends}" if ends < 120 else ""))
    lines = log(" | ".join(told))
    cases = lines.cases.mutate(channel=lines.cases.case_id.re_extract("[a-z]+", 0))
    folder = write_run(tmp_path / "run", replace(lines, cases=lines.con.create_table("by", cases)), project(JOURNEY))
    found = compare_runs([folder], by="channel")
    lead = next(m for m in found.measures if (m.measure, m.clock, m.statistic) == ("lead_time", "elapsed", "mean"))
    assert lead.differences[0].difference is not None
    assert lead.differences[0].difference < -10 * 86_400
    assert {d.claim for m in found.measures for d in m.differences} == {"not_sure"}
    assert {d.equal_mix_claim for m in found.measures for d in m.differences} == {"not_sure"}


def test_nothing_is_sure_of_a_period_of_which_the_log_has_the_slow_cases_alone(tmp_path: Path) -> None:
    # the log begins in September with what was open then: of those of June the ones that take a hundred days
    parts = [f"A{n} intake 0 | A{n} decide {100 + n}" for n in range(40)]
    parts += [f"B{n} intake {100 + n} | B{n} decide {110 + n + n % 5}" for n in range(80)]
    folder = write_run(tmp_path / "run", log(" | ".join(parts)), project(JOURNEY))
    document = json.loads((folder / "findings.json").read_text("utf-8"))
    found = compare_runs([folder], by="started_quarter")
    assert any(d.claim == "sure" for m in found.measures for d in m.differences)
    document["takt"]["window_from"] = "2026-09-09T00:00:00Z"
    (folder / "findings.json").write_text(json.dumps(document), "utf-8")
    cut = compare_runs([folder], by="started_quarter")
    assert not any("sure" in (d.claim, d.equal_mix_claim) for m in cut.measures for d in m.differences)
    assert any("Of 2026Q2, 2026Q3 it lacks" in notice["en"] for notice in cut.notices)
    assert not any("it lacks" in notice["en"] for notice in found.notices)


def test_nothing_is_sure_of_a_period_in_which_cases_ended_and_none_came_in(tmp_path: Path) -> None:
    # all cases of June to August, half of five days and half of sixty: in September and October the slow ones are left
    parts = [f"Z{n} intake {n % 90} | Z{n} decide {n % 90 + (60 if n // 90 % 2 else 5)}" for n in range(360)]
    folder = write_run(tmp_path / "run", log(" | ".join(parts)), project(JOURNEY))
    found = compare_runs([folder], by="ended_month", reference="2026-08")
    late = [d for m in found.measures for d in m.differences if d.side in ("2026-09", "2026-10")]
    assert any(d.p_value is not None and d.p_value < 0.001 for d in late)
    assert not any("sure" in (d.claim, d.equal_mix_claim) for d in late)
    assert any("2026-09, 2026-10 goes on after" in notice["en"] for notice in found.notices)


def test_a_period_too_soon_after_the_log_begins_is_told_as_cut_short(tmp_path: Path) -> None:
    parts = [
        f"{name}{n} intake {begin} | {name}{n} decide {begin + 5}"
        for name, begin in (("A", 0), ("B", 130))
        for n in range(31)
    ]
    lines = log(" | ".join(parts))
    folder = write_run(tmp_path / "run", lines, project(JOURNEY))
    found = compare_runs([folder], by="ended_month")
    assert [side.is_cut_short for side in found.sides] == [True, False]
    assert any(found.sides[0].name in notice["en"] and "too shortly" in notice["en"] for notice in found.notices)
    # one case in thirty of a hundred days: it cannot end within two months after the log begins
    slow = " | ".join([*parts, "S1 intake 20 | S1 decide 120", "S2 intake 1 | S2 decide 101"])
    slowest = compare_runs([write_run(tmp_path / "slow", log(slow), project(JOURNEY))], by="ended_month")
    assert [side.is_cut_short for side in slowest.sides] == [True, True, False]
    by_start = compare_runs([folder], by="started_month")
    assert not any(side.is_cut_short for side in by_start.sides)
