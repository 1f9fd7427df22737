"""What one file of a mapping says of another is checked: lanes, steps, activities, norms, links, changes."""

from pathlib import Path

import pytest

from mappings.check import check
from tests.test_mapping_load import JOURNEY, PROJECT, SOURCE, folder

FUTURE = "name: {name}\nkind: future\nchanges_journey: {base}\n"


def found(tmp_path: Path, **files: str) -> list[str]:
    """Return all problems of a folder that is right but for the given files."""
    return [str(problem) for problem in check(folder(tmp_path, **files))]


def test_a_folder_that_is_right_has_no_problems(tmp_path: Path):
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"journeys__main": JOURNEY.replace("start: {lane: team", "start: {lane: taem")},
            "journeys/main.yaml:4: the lane 'taem' is not declared; add it under 'lanes' in project.yaml",
        ),
        (
            {"sources__cases": SOURCE + "lanes:\n  Team 1: front\n"},
            "sources/cases.yaml:7: the lane 'front' is not declared",
        ),
        (
            {"sources__cases": SOURCE.replace(", completed_at: t", "")},
            "sources/cases.yaml:4: no column says when an event happened; name it under 'columns' as 'completed_at'",
        ),
        (
            {"sources__cases": SOURCE + "received_opens:\n  step: strat\n"},
            "sources/cases.yaml:7: opens the unknown step 'strat'; did you mean 'start'?",
        ),
        (
            {"sources__cases": SOURCE + "ignored:\n- x\n- Start\n"},
            "sources/cases.yaml:8: 'Start' is both ignored and mapped; take it out of one of the two",
        ),
        (
            {"journeys__main": JOURNEY + "delivers: [decied]\n"},
            "journeys/main.yaml:6: 'delivers' names the unknown activity 'decied'; did you mean 'decide'?",
        ),
        (
            {"journeys__main": JOURNEY + "norms:\n- {name: n, from: received, to: desided, amount: 8w}\n"},
            "journeys/main.yaml:7: 'to' names the unknown activity 'desided'; did you mean 'decide'?",
        ),
        (
            {"journeys__main": JOURNEY + "norms:\n- {name: n, target: deadline}\n"},
            "journeys/main.yaml:7: no source has the target date 'deadline'; name its column under 'targets'",
        ),
        (
            {"journeys__main": JOURNEY + "norms:\n- {name: n, amount: 5d, clock: lane_working}\n"},
            "journeys/main.yaml:7: norm 'n' runs in a lane's own calendar but names no lane; add 'lane'",
        ),
        (
            {"journeys__main": JOURNEY + "norms:\n- {name: n, amount: 5d}\n- {name: n, amount: 8w}\n"},
            "journeys/main.yaml:8: there are two norms 'n'; rename one",
        ),
        (
            {"journeys__main": JOURNEY.replace("[start, decide]", "[start, {when: anna, then: decide}]")},
            "journeys/main.yaml:2: 'when' names the unknown persona 'anna'; add it under 'personas'",
        ),
        (
            {"journeys__main": JOURNEY.replace("decide: {", "decide: {activities: [start], ")},
            "journeys/main.yaml:5: the activity 'start' stands in the steps 'start' and 'decide'; keep it in one",
        ),
        (
            {"sources__cases": SOURCE + "thresholds:\n  freshnes: {warn: 3}\n"},
            "sources/cases.yaml:7: threshold for the unknown measure 'freshnes'; did you mean 'freshness'?",
        ),
        (
            {"calendar": "lanes:\n  taem: {weekly: {mon: [09:00-17:00]}}\n"},
            "calendar.yaml:2: the calendar of the unknown lane 'taem'; did you mean 'team'?",
        ),
        (
            {"chain": "links:\n- {source: partner, to: cases}\n"},
            "chain.yaml:2: a link names the unknown source 'partner'; known here: cases",
        ),
        (
            {
                "chain": "links:\n- {source: partner, to: cases}\n",
                "sources__partner": SOURCE.replace("name: cases", "name: partner"),
            },
            "chain.yaml:2: the source 'partner' has no column with the number of 'cases'; name it in 'chain_case'",
        ),
        (
            {"chain": "links:\n- {source: cases, to: cases, key: related_case}\n"},
            "chain.yaml:2: the source 'cases' has no column with related cases; name it in 'case.related'",
        ),
        (
            {"chain": "links:\n- {source: cases, to: cases, key: person, within: 90d}\n"},
            "chain.yaml:2: the source 'cases' has no column with the id of the person; name it in 'case.person'",
        ),
        (
            {"project": PROJECT + "journey: mian\n"},
            "project.yaml:6: the journey 'mian' is not in journeys/; did you mean 'main'?",
        ),
        (
            {"project": PROJECT + "journey: later\n", "journeys__later": FUTURE.format(name="later", base="main")},
            "project.yaml:6: the journey 'later' only says what it changes in another one: no log can be laid over it;"
            " name one that has a 'flow'",
        ),
        (
            {"journeys__other": JOURNEY.replace("name: main", "name: other")},
            "project.yaml:1: there are 2 designed journeys: main, other; say which one with 'journey'",
        ),
        (
            {"journeys__other": JOURNEY},
            "journeys/other.yaml:1: the journey 'main' is also in journeys/main.yaml; rename one",
        ),
        (
            {"journeys__future": FUTURE.format(name="future", base="mian")},
            "journeys/future.yaml:3: changes the unknown journey 'mian'; did you mean 'main'?",
        ),
        (
            {"journeys__future": FUTURE.format(name="future", base="main") + "changes:\n- {step: strat}\n"},
            "journeys/future.yaml:5: changes the unknown step 'strat'; did you mean 'start'?",
        ),
        ({"calender": "lanes: {}\n"}, "calender.yaml: is not read; use project.yaml, calendar.yaml"),
        (
            {"journeys__main": JOURNEY.replace("{sequence", "{sequence") + "bpmn: x.bpmn\n"},
            "journeys/main.yaml:6: has both 'flow' and 'bpmn'; keep one of the two",
        ),
    ],
)
def test_what_does_not_agree_is_named_with_its_line(tmp_path: Path, files: dict[str, str], says: str):
    assert any(problem.startswith(says) for problem in found(tmp_path, **files)), found(tmp_path, **files)


def test_a_cyclic_future_state_is_refused(tmp_path: Path):
    problems = found(
        tmp_path,
        journeys__a=FUTURE.format(name="a", base="b"),
        journeys__b=FUTURE.format(name="b", base="c"),
        journeys__c=FUTURE.format(name="c", base="a"),
    )
    assert (
        "journeys/a.yaml:3: cyclic future state: a → b → c → a; let one of them change a designed journey" in problems
    )


def test_an_activity_that_only_the_journey_knows_is_a_warning(tmp_path: Path):
    problems = check(
        folder(tmp_path, journeys__main=JOURNEY.replace("decide: {", "decide: {activities: [x, decide], "))
    )
    assert [p.severity for p in problems] == ["warning"]
    assert "no source maps a label to 'x' (step 'decide')" in problems[0].what


def test_an_activity_that_no_step_shows_is_a_warning(tmp_path: Path):
    problems = check(folder(tmp_path, sources__cases=SOURCE.replace("{Start", "{Archief: archive, Start")))
    assert [p.severity for p in problems] == ["warning"]
    assert problems[0].what == "no step of a journey shows the activity 'archive'"


def test_a_step_of_the_citizen_in_the_lane_of_others_is_a_warning(tmp_path: Path):
    of_citizen = JOURNEY.replace("start: {lane: team, layer: backstage", "start: {lane: team, layer: citizen")
    problems = check(folder(tmp_path, journeys__main=of_citizen))
    assert [p.severity for p in problems] == ["warning"]
    assert "the step 'start' is the citizen's, but its lane 'team' is backstage" in problems[0].what
    assert found(tmp_path, project=PROJECT.replace("team: {}", "team: {layer: citizen}")) == []


PARTNER = SOURCE.replace("name: cases", "name: partner").replace("case: ", "chain_case: kenmerk, case: ")
BY_REFERENCE = "links:\n- source: partner\n  to: cases\n  on: reference\n"


def test_a_link_by_a_reference_that_its_target_does_not_tell_is_a_warning(tmp_path: Path):
    problems = check(folder(tmp_path, chain=BY_REFERENCE, sources__partner=PARTNER))
    assert [p.severity for p in problems] == ["warning"]
    assert str(problems[0]) == (
        "chain.yaml:4: the source 'cases' tells no reference, so that no record of 'partner' finds its case; "
        "name its column in 'case.reference' of that source, or leave out 'on' to link by case number"
    )


@pytest.mark.parametrize("told", ["case: {reference: uuid}\n", "case: {related: links}\n"])
def test_a_link_by_a_reference_that_its_target_tells_is_none(tmp_path: Path, told: str):
    assert found(tmp_path, chain=BY_REFERENCE, sources__partner=PARTNER, sources__cases=SOURCE + told) == []


def test_a_file_that_cannot_be_read_makes_no_others_wrong(tmp_path: Path):
    problems = found(
        tmp_path,
        project=PROJECT + "journey: main\n",
        journeys__main="name: [\n",
        sources__cases=SOURCE + "received_opens: {step: start}\n",
    )
    assert len(problems) == 1
    assert problems[0].startswith("journeys/main.yaml:2: ")


def test_errors_stand_before_warnings(tmp_path: Path):
    problems = check(folder(tmp_path, calender="x: 1\n", journeys__main=JOURNEY + "delivers: [x]\n"))
    assert [p.severity for p in problems] == ["error", "warning"]


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        ("reference:\n  weekly: {}\n", ["calendar.yaml:1: this calendar has no working hours at all"]),
        ("lanes:\n  team: {weekly: {mon: []}}\n", ["calendar.yaml:2: this calendar has no working hours at all"]),
        ("reference:\n  weekly: {mon: ['09:00-17:00']}\n", []),
    ],
)
def test_a_calendar_without_hours_is_told(tmp_path: Path, calendar: str, says: list[str]):
    problems = found(tmp_path, calendar=calendar)
    assert len(problems) == len(says)
    assert all(part in problem for part, problem in zip(says, problems, strict=True))


@pytest.mark.parametrize(
    ("norm", "says"),
    [
        ("amount: 2w, clock: working", "counts seven working days: 14 of them; write '10d' for weeks of 5 working"),
        ("amount: 2w, clock: lane_working, lane: team", "write '8d' for weeks of 4 working days"),
        ("amount: 14d, clock: working", None),
        ("amount: 2w", None),
    ],
)
def test_a_week_in_a_working_clock_is_told(tmp_path: Path, norm: str, says: str | None):
    days = ", ".join(f"{day}: ['09:00-17:00']" for day in ("mon", "tue", "wed", "thu"))
    calendar = f"lanes:\n  team: {{weekly: {{{days}}}}}\n"
    problems = found(tmp_path, calendar=calendar, journeys__main=JOURNEY + f"norms:\n- {{name: n, {norm}}}\n")
    assert len(problems) == (says is not None)
    assert all((says or "") in problem for problem in problems)
