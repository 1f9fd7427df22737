"""A mapping folder loads as a project, or every problem of every file is named with its file and line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mappings.errors import MappingError
from mappings.load import load_project
from mappings.yamlfile import MAX_BYTES, parse_yaml

PROJECT = "name: test\npurpose: p\nlegal_basis: l\nlanes:\n  team: {}\n"
SOURCE = """name: cases
kind: csv
path: x.csv
columns: {case: c, activity: a, completed_at: t}
activities: {Start: start, Besluit: decide}
"""
JOURNEY = """name: main
flow: {sequence: [start, decide]}
steps:
  start: {lane: team, layer: backstage}
  decide: {lane: team, layer: backstage}
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """Write a folder that is right but for the given files; '__' stands for '/'."""
    texts = {"project": PROJECT, "sources__cases": SOURCE, "journeys__main": JOURNEY} | files
    for name, text in texts.items():
        path = tmp_path / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def problems(path: Path) -> list[str]:
    """Return the problems with which a folder is refused."""
    with pytest.raises(MappingError) as error:
        load_project(path)
    assert all(str(problem) in str(error.value) for problem in error.value.problems)
    return [str(problem) for problem in error.value.problems]


def test_a_folder_that_is_right_loads(tmp_path: Path):
    project = load_project(folder(tmp_path))
    assert project.file.name == "test"
    assert [source.name for source in project.sources] == ["cases"]
    assert project.journey is not None
    assert project.journey.step_of_activity() == {"start": "start", "decide": "decide"}
    assert project.folder == tmp_path


def test_problems_of_all_files_are_named_at_once(tmp_path: Path):
    found = problems(
        folder(
            tmp_path,
            project=PROJECT + "langauge: nl\n",
            sources__cases=SOURCE.replace("kind: csv", "kind: cvs"),
            journeys__main=JOURNEY.replace("emotion", "") + "  x: {lane: team, layer: back}\n",
        )
    )
    assert found[0] == "project.yaml:6: unknown key 'langauge'; did you mean 'language'?"
    assert found[1].startswith("sources/cases.yaml:2: kind: Input should be 'csv', 'xlsx'")
    assert found[2].startswith("journeys/main.yaml:6: steps.x.layer: Input should be 'citizen'")
    assert len(found) == 3


def test_a_missing_key_is_named(tmp_path: Path):
    found = problems(folder(tmp_path, project="name: test\npurpose: p\n"))
    assert found == ["project.yaml:1: 'legal_basis' is missing; add 'legal_basis'"]


def test_an_unknown_key_deep_inside_gets_the_keys_known_there(tmp_path: Path):
    text = SOURCE.replace("completed_at: t", "completed_at: {column: t, formaat: iso}")
    assert problems(folder(tmp_path, sources__cases=text)) == [
        "sources/cases.yaml:4: unknown key 'formaat'; did you mean 'format'?"
    ]


def test_a_flow_with_an_unknown_step_is_refused_on_its_line(tmp_path: Path):
    text = JOURNEY.replace("{sequence: [start, decide]}", "\n  sequence:\n    - start\n    - decide\n    - check")
    assert problems(folder(tmp_path, journeys__main=text)) == [
        "journeys/main.yaml:6: flow names the unknown step check; add it under 'steps'"
    ]


def test_a_flow_with_an_unknown_word_is_refused(tmp_path: Path):
    text = JOURNEY.replace("[start, decide]", "[start, {chioce: [decide]}]")
    assert "write a step's name, or one of sequence, choice" in problems(folder(tmp_path, journeys__main=text))[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x\n", "x:2: the alias *x is not allowed; write the value out"),
        ("a: 1\nb: 2\na: 3\n", "x:3: 'a' stands twice (first on line 1); keep one of the two"),
        ("a: !!python/object:os.system 1\n", "x:1: the tag tag:yaml.org,2002:python/object:os.system is not allowed"),
        ("a: !x 1\n", "x:1: the tag !x is not allowed"),
        ("a: [1\nb: 2\n", "x:2: "),
        ("a: {nl: is dit zo?, en: x}", "put quotes around a text"),
        ("? [a, b]\n: 1\n", "x:1: a key must be plain text"),
        ("a: " + "[" * 200, "x:1: nested deeper than 60 levels"),
        ("a: 1\n---\nb: 2\n", "x:2: "),
    ],
)
def test_yaml_that_is_no_plain_data_is_refused(text: str, says: str):
    with pytest.raises(MappingError) as error:
        parse_yaml(text.encode(), "x")
    assert says in str(error.value)


def test_an_alias_bomb_is_refused_at_its_first_alias(tmp_path: Path):
    bomb = "a: &a [x]\n" + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert problems(folder(tmp_path, calendar=bomb)) == [
        "calendar.yaml:2: the alias *a is not allowed; write the value out"
    ]


def test_a_large_file_is_refused_unread(tmp_path: Path):
    found = problems(folder(tmp_path, calendar="#" * (MAX_BYTES + 1)))
    assert found == ["calendar.yaml: larger than 1000 kB; split it, or leave out what is no mapping"]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path):
    folder(tmp_path)
    (tmp_path / "project.yaml").write_bytes(b"name: \xff\xfe\x00")
    assert problems(tmp_path)[0].startswith("project.yaml: is not UTF-8 text")


def test_labels_stay_the_text_that_was_written():
    text = (
        'NO: on\non: Nee\n"12": 09:00\nNA: yes\ndatum: 2024-01-31\n007: 0123\nleeg:\nja: true\ngetal: 12\ndeel: 0.5\n'
    )
    assert parse_yaml(text.encode(), "x").data == {
        "NO": "on",
        "on": "Nee",
        "12": "09:00",
        "NA": "yes",
        "datum": "2024-01-31",
        "007": "0123",
        "leeg": None,
        "ja": True,
        "getal": 12,
        "deel": 0.5,
    }


def test_a_number_where_text_belongs_asks_for_quotes(tmp_path: Path):
    text = SOURCE.replace("Start: start", "Start: 12")
    assert any('put quotes around it: "12"' in p for p in problems(folder(tmp_path, sources__cases=text)))


def test_a_moment_of_looking_may_be_a_date_and_a_bare_number_is_none(tmp_path: Path):
    load = load_project(folder(tmp_path, project=PROJECT + "as_of: 2025-12-31\n"))
    assert load.file.as_of == datetime(2025, 12, 31, tzinfo=UTC)
    told = problems(folder(tmp_path, project=PROJECT + "as_of: 2025\n"))
    assert any("'2025' is no date or time; write 2026-11-22" in problem for problem in told)


def test_the_fingerprint_follows_the_content(tmp_path: Path):
    before = load_project(folder(tmp_path)).fingerprint
    assert load_project(tmp_path).fingerprint == before
    after = load_project(folder(tmp_path, project=PROJECT + "# a remark\n")).fingerprint
    assert len(before) == 64
    assert after != before


def test_a_journey_may_be_a_bpmn_file(tmp_path: Path):
    text = JOURNEY.replace("flow: {sequence: [start, decide]}", "bpmn: main.bpmn")
    folder(tmp_path, journeys__main=text)
    (tmp_path / "journeys" / "main.bpmn").write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process>'
        '<startEvent id="s"/><task id="a" name="start"/><task id="b" name="decide"/><endEvent id="e"/>'
        '<sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="b"/>'
        '<sequenceFlow sourceRef="b" targetRef="e"/></process></definitions>'
    )
    journey = load_project(tmp_path).journey
    assert journey is not None
    assert journey.flow is not None
    assert journey.flow.sequence == ("start", "decide")


def test_a_bpmn_file_with_other_tasks_than_the_steps_is_refused(tmp_path: Path):
    folder(tmp_path, journeys__main=JOURNEY.replace("flow: {sequence: [start, decide]}", "bpmn: main.bpmn"))
    (tmp_path / "journeys" / "main.bpmn").write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process>'
        '<startEvent id="s"/><task id="a" name="strat"/><endEvent id="e"/>'
        '<sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="e"/></process></definitions>'
    )
    found = problems(tmp_path)
    assert "journeys/main.yaml:2: main.bpmn has the task 'strat', which is no step; did you mean 'start'?" in found
    assert "journeys/main.yaml:5: the step 'decide' is no task of main.bpmn; draw it, or take the step out" in found


def test_a_folder_that_is_none_is_refused(tmp_path: Path):
    assert "is not a folder" in problems(tmp_path / "x")[0]
    (tmp_path / "y").mkdir()
    assert problems(tmp_path / "y")[0].startswith("project.yaml: is missing")


def test_a_single_value_where_a_list_is_wanted_says_how_to_write_it(tmp_path: Path):
    told = problems(folder(tmp_path, journeys__main=JOURNEY + "delivers: besluit\n"))
    assert told == ["journeys/main.yaml:6: delivers: Input should be a list; write a list: [besluit]"]
