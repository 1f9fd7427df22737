"""Every mapping folder that ships loads without a problem, and the reference page is as the models are."""

import json
from pathlib import Path

import pytest

from mappings.check import check
from mappings.flow import steps_of
from mappings.load import load_project
from mappings.measures import MEASURES
from mappings.reference import mapping_reference
from mappings.schema import json_schemas

REPOSITORY = Path(__file__).parent.parent
FOLDERS = sorted(path.parent for path in (REPOSITORY / "mappings").glob("*/project.yaml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_shipped_mapping_folder_has_no_problems(folder: Path):
    assert check(folder) == []
    assert load_project(folder).journey is not None


def test_the_receipt_mapping_keeps_the_27_activities_and_closes_on_the_end_date():
    project = load_project(REPOSITORY / "mappings" / "wabo-receipt")
    (source,) = project.sources
    assert len(source.activities) == 27
    assert all(rule.name == label for label, rule in source.activities.items())
    assert source.case.closed_at is not None
    assert source.case.closed_at.column == "case:enddate"
    assert source.unknown_lanes == ("EMPTY",)
    assert project.journey is not None
    assert project.journey.delivers == ()
    assert set(project.journey.step_of_activity()) - set(source.activities) == {"aanvragen"}


@pytest.mark.realdata
def test_the_receipt_mapping_names_the_columns_and_labels_of_the_log(realdata: Path):
    from flows.inspect import inspect_file

    (source,) = load_project(REPOSITORY / "mappings" / "wabo-receipt").sources
    seen = inspect_file(realdata / "coselog-receipt" / "receipt.xes.gz")
    assert {label.label for label in seen.labels} == set(source.activities)
    assert set(seen.lanes) == {*source.lanes, *source.unknown_lanes}
    assert set(seen.channels) == {*source.channels, *source.unknown_channels}


def test_the_template_shows_a_loop_and_a_turn_of_the_applicant():
    journey = load_project(REPOSITORY / "mappings" / "template").journey
    assert journey is not None
    assert steps_of(journey.flow) == ["registreren", "beoordelen", "aanvullen", "besluiten"]


def test_thresholds_may_be_set_for_the_measures_that_there_are():
    from mining.quality_catalogue import CATALOGUE

    assert {definition.name for definition in CATALOGUE} == MEASURES


def test_every_kind_of_file_has_a_schema_that_describes_its_keys():
    schemas = json_schemas()
    assert list(schemas) == ["project", "source", "journey", "card", "calendar", "chain", "corrections"]
    assert json.loads(json.dumps(schemas)) == schemas
    assert schemas["source"]["properties"]["activities"]["description"].startswith("The source's label")
    assert schemas["source"]["additionalProperties"] is False
    assert schemas["journey"]["$defs"]["Norm"]["properties"]["from"]["default"] == "received"


def test_the_mapping_reference_is_as_the_models_are():
    page = (REPOSITORY / "docs" / "mapping-reference.md").read_text(encoding="utf-8")
    assert page == mapping_reference(), "run: python -m mappings.reference"
