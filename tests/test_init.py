"""A first mapping from a catalogue: the order of steps, endings, placeholders, and folders that pass their check."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.init.case_type import CaseType, StatusType, duration_of, is_ending, months_of, observed
from flows.init.catalogue_export import case_types_of_export
from mappings.check import check
from mappings.errors import SourceError
from mappings.load import load_project
from tests.zgw_extraction import zgw
from tests.zgw_made import installation


def case_type(*names: str, **fields: Any) -> CaseType:
    """Return a zaaktype whose statuses have these names in the order of `volgnummer`; the last is starred."""
    statuses = [StatusType(n.rstrip("*"), place, n.endswith("*")) for place, n in enumerate(names, start=1)]
    return CaseType("B1", "Aanvraag", tuple(statuses), **fields)


def test_an_alphabetical_volgnummer_gives_no_order_and_asks() -> None:
    found = case_type("Geaccepteerd", "In behandeling genomen", "Ingetrokken", "Ontvangen", "Afgehandeld*")
    assert found.is_alphabetical
    assert found.steps == ("Ontvangen", "Geaccepteerd", "In behandeling genomen", "Afgehandeld")
    assert any("follows the alphabet" in question for question in found.questions)


def test_another_volgnummer_is_the_order() -> None:
    found = case_type("Ontvangen", "Beoordeeld", "Akkoord", "Klaar*", lead_time="P8W", service_norm="P7D")
    assert found.steps == ("Ontvangen", "Beoordeeld", "Akkoord", "Klaar")
    assert found.questions == []


def test_the_sequence_observed_goes_before_any_number() -> None:
    paths = ("Wacht Akkoord", "Wacht Akkoord Klaar", "Akkoord")
    cases = [(True, [(str(i), name) for i, name in enumerate(path.split())]) for path in paths]
    found = case_type("Akkoord", "Beoordeeld", "Wacht", "Klaar*", observed=observed(cases))
    assert found.steps.index("Wacht") < found.steps.index("Akkoord") < found.steps.index("Klaar")
    assert found.share("Wacht") == pytest.approx(2 / 3)
    assert any("No case looked at had Beoordeeld" in question for question in found.questions)


def test_statuses_of_one_moment_say_nothing_of_order() -> None:
    assert observed([(True, [("2026-01-01", "A"), ("2026-01-01", "B")])]).before == {}


def test_cases_under_way_show_an_order_and_no_share() -> None:
    found = observed([(False, [("1", "A"), ("2", "B")])])
    assert (found.cases, dict(found.before), dict(found.reached)) == (0, {("A", "B"): 1}, {})


@pytest.mark.parametrize(
    "name", ["Ingetrokken", "Aanvraag ingetrokken", "Buiten behandeling gesteld", "Niet-ontvankelijk", "Afgebroken"]
)
def test_withdrawn_and_its_kin_are_endings(name: str) -> None:
    assert is_ending(name)
    assert name in case_type("Ontvangen", name, "Klaar*").endings


@pytest.mark.parametrize("name", ["Ontvankelijkheid getoetst", "In behandeling", "Geweigerd", "Besluit genomen"])
def test_a_refusal_is_an_answer_and_no_ending(name: str) -> None:
    assert not is_ending(name)


@pytest.mark.parametrize(
    ("term", "written"), [("P56D", "8w"), ("P10D", "10d"), ("P6W", "6w"), ("P2M", None), (None, None)]
)
def test_a_term_is_written_as_a_mapping_has_it(term: str | None, written: str | None) -> None:
    assert duration_of(term) == written


def test_one_day_is_a_placeholder_and_no_norm() -> None:
    found = case_type("Ontvangen", "Klaar*", lead_time="P1D")
    assert duration_of(found.lead_time) is None
    assert any("placeholder" in question for question in found.questions)


def test_a_term_of_the_catalogue_is_counted_by_the_law_and_one_in_months_as_months() -> None:
    assert [months_of(term) for term in ("P2M", "P1Y", "P1Y6M", "P56D", "P", None)] == [2, 12, 18, None, None, None]
    found = case_type("Ontvangen", "Klaar*", lead_time="P6M", service_norm="P1M")
    assert any("'servicenorm' is P1M" in question for question in found.questions)
    assert not any("doorlooptijd" in question for question in found.questions)
    assert any("no term in days" in q for q in case_type("Ontvangen", "Klaar*", lead_time="PT5H").questions)


def test_hostile_names_make_folders_that_load(tmp_path: Path) -> None:
    names = [
        '"; rm -rf / #',
        "a: b",
        "{x}",
        "ja",
        "../../etc/passwd",
        "<script>",
        "=1+1",
        "  spaties  ",
        "é\u202e",
        "\n- x",
    ]
    export = _export(tmp_path, names)
    result = CliRunner().invoke(app, ["init", "--catalogue", str(export), "--out", str(tmp_path / "m")])
    assert result.exit_code == 0, result.output
    project = load_project(tmp_path / "m")
    assert set(project.sources[0].activities) <= {*names, *(n.strip() for n in names)}
    assert not [p for p in check(tmp_path / "m") if p.severity == "error"]
    assert {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*.yaml")} == {"m"}


def _export(folder: Path, names: list[str]) -> Path:
    url = "http://x/zaaktypen/1"
    types = [{"url": url, "identificatie": "../B1", "omschrijving": "# x\n- y", "doorlooptijd": "P1D"}, {"url": 3}, "x"]
    statuses = [
        {"zaaktype": url, "omschrijving": n, "volgnummer": i, "is_eindstatus": False} for i, n in enumerate(names)
    ]
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/ZaakType.json", json.dumps(types))
        archive.writestr("x/StatusType.json", json.dumps(statuses))
    return path


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read as a ZIP"):
        case_types_of_export(path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("ZaakType.json", "w") as member:
        for _ in range(70):
            member.write(b" " * 2**20)
    with pytest.raises(SourceError, match="larger than a catalogue"):
        case_types_of_export(path)


def test_an_export_without_zaaktypen_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(_zip({"other.json": b"[]"}))
    with pytest.raises(SourceError, match=r"holds no ZaakType.json"):
        case_types_of_export(path)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_folder_that_holds_a_mapping_is_left_alone(tmp_path: Path) -> None:
    export = _export(tmp_path, ["Ontvangen"])
    (tmp_path / "project.yaml").write_text("name: mine\n")
    result = CliRunner().invoke(app, ["init", "--catalogue", str(export), "--out", str(tmp_path)])
    assert "already holds a mapping" in str(result.exception)
    assert (tmp_path / "project.yaml").read_text() == "name: mine\n"


def test_a_running_installation_gives_a_folder_that_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = installation(12)
    case = made.zaak(
        "Z1", "Ontvangen 2026-03-02T09:00:00Z | Wacht 2026-03-03T09:00:00Z | Behandeling 2026-03-04T09:00:00Z"
    )
    made.rol(case, "organisatorische_eenheid", naam="Vergunningen", identificatie="VTH")
    with zgw(tmp_path, monkeypatch, made.data) as served:
        command = ["init", "--zgw", served.server.origin, "--client-id", "all", "--out", str(tmp_path / "m")]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        assert check(tmp_path / "m") == []
        project = load_project(tmp_path / "m")
        assert project.journey is not None
        assert list(project.journey.steps) == ["ontvangen", "wacht", "behandeling", "afgerond"]
        assert project.sources[0].zgw is not None
        assert project.sources[0].zgw.ending_results == ("Ingetrokken",)
        assert project.journey.ends_without_delivery == ("Ingetrokken",)
        assert "Vergunningen" in project.file.lanes


@pytest.mark.realdata
def test_the_real_catalogue_gives_a_folder_that_passes_its_check(realdata: Path, tmp_path: Path) -> None:
    export = realdata / "catalogus" / "openzaak-export-catalogus-zaaktypes.zip"
    result = CliRunner().invoke(app, ["init", "--catalogue", str(export), "--out", str(tmp_path / "m")])
    assert result.exit_code == 0, result.output
    assert check(tmp_path / "m") == []
    case_types = case_types_of_export(export)
    assert (len(case_types), sum(len(each.statuses) for each in case_types)) == (68, 343)
    assert sum(each.is_alphabetical for each in case_types) >= 51
    assert len(list((tmp_path / "m" / "journeys").iterdir())) == 67
    wmo = next(each for each in case_types if each.identificatie == "B1182")
    assert wmo.steps == ("Ontvangen", "Geaccepteerd", "In behandeling genomen", "Afgehandeld")
    assert wmo.endings == ("Ingetrokken",)
    sloop = next(each for each in case_types if each.identificatie == "B1469")
    assert any("placeholder" in question for question in sloop.questions)
