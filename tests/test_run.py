"""A run from files to a publication, as its users see it: whole, repeatable, and with nothing half-written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app, main
from flows.publication import Published
from flows.request import RunRequest
from flows.run import run
from flows.store.held import held_folder
from mappings.errors import QualityStop, StoreError, ZaakstroomError

PROJECT = """
name: small
title: {nl: Klein, en: Small}
purpose: {nl: toets, en: test}
legal_basis: {nl: geen, en: none}
lanes:
  team: {title: Team, layer: backstage}
"""
SOURCE = """
name: log
kind: csv
path: ../log.csv
columns: {case: zaak, activity: wat, completed_at: klaar, started_at: begin, lane: wie, resource: medewerker}
case: {received_at: ontvangen, closed_at: gesloten}
"""
HEAD = "zaak,wat,begin,klaar,wie,medewerker,ontvangen,gesloten\n"
ROWS = [
    "NA,<script>alert(1)</script>,2026-03-02T09:00:00+01:00,2026-03-02T10:00:00+01:00,team,p1,{r},{c}",
    "NA,=cmd(),2026-03-03T09:00:00+01:00,2026-03-03T11:00:00+01:00,team,p2,{r},{c}",
    "Z2,\u202eomgekeerd\U0001f6b2,,2026-03-04T10:00:00+01:00,team,p1,{r},{c}",
    'Z2,"met\nregel",,2026-03-05T10:00:00+01:00,,p1,{r},{c}',
]
AS_OF = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a mapping folder with a log of two cases and hostile labels."""
    return mapping_folder(tmp_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Return the publication of the first run over that folder."""
    return mined(mapping_folder(tmp_path_factory.mktemp("first")))


def mapping_folder(tmp_path: Path) -> Path:
    mapping = tmp_path / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "project.yaml").write_text(PROJECT, "utf-8")
    (mapping / "sources" / "log.yaml").write_text(SOURCE, "utf-8")
    write_log(tmp_path, ROWS)
    return mapping


def write_log(folder: Path, rows: list[str]) -> None:
    dates = {"r": "2026-03-01T09:00:00+01:00", "c": "2026-03-06T09:00:00+01:00"}
    text = HEAD + "\n".join(row.format(**dates) for row in rows) + "\n"
    (folder / "log.csv").write_text(text, "utf-8")


def mined(mapping: Path, **more: object):
    parent = mapping.parent
    return run(RunRequest(mapping, parent / "out", parent / "store", as_of=AS_OF, **more))


def test_a_run_publishes_everything_that_it_promises(published: Published) -> None:
    names = {str(p.relative_to(published.folder)) for p in published.folder.rglob("*") if p.is_file()}
    assert {"index.html", "findings.json", "value-stream.svg", "quality/index.html"} <= names
    assert {"export/log.xes", "export/log.ocel.json", "export/ledger.parquet"} <= names
    assert (published.folder.parent / "latest").resolve() == published.folder.resolve()
    findings = json.loads((published.folder / "findings.json").read_text("utf-8"))
    assert findings["log"]["cases"] == 2
    assert findings["lead_time"]["elapsed"]["mean_seconds"] == 5 * 86_400
    assert [row["holds"] for row in findings["reconciliation"]] == [True]


def test_the_findings_have_the_names_that_others_read(published: Published) -> None:
    findings = json.loads((published.folder / "findings.json").read_text("utf-8"))
    rung = findings["ladder"][0]
    assert set(rung["elapsed"]) >= {"wait_seconds", "process_seconds", "elsewhere_seconds", "unknown_seconds"}
    assert {"from", "to", "count"} <= set(findings["dfg"][0])
    assert {"activities", "cases"} <= set(findings["variants"][0])
    assert {"direct_route", "loops", "handoffs", "quality", "reconciliation"} <= set(findings)


def test_hostile_labels_stay_text_in_page_and_picture(published: Published) -> None:
    for name in ("index.html", "value-stream.svg", "quality/index.html"):
        text = (published.folder / name).read_text("utf-8")
        assert "<script>alert" not in text
        assert "\u202e" not in text
    # two cases are too few for the page of the team: it names nothing of them
    assert "alert(1)" in (published.folder / "findings.json").read_text("utf-8")


def test_hostile_labels_stay_text_on_the_page_of_the_analyst(folder: Path) -> None:
    text = (mined(folder, is_analyst=True).folder / "analyst-page.html").read_text("utf-8")
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert "\u202e" not in text


def test_a_run_without_logs_has_every_other_export(folder: Path) -> None:
    export = mined(folder, has_logs=False).folder / "export"
    assert not list(export.glob("log.*"))
    assert {"ledger.parquet", "case_facts.parquet", "dfg.csv"} <= {file.name for file in export.iterdir()}


def test_the_same_run_again_stores_nothing_and_finds_the_same(folder: Path) -> None:
    first, second = mined(folder), mined(folder)
    row = second.findings.reconciliation[0]
    assert (row.read, row.stored, row.replaced, row.already_known) == (4, 0, 0, 4)
    volatile = {"run", "reconciliation"}
    assert first.findings.model_dump(exclude=volatile) == second.findings.model_dump(exclude=volatile)


def test_a_schedule_that_fires_twice_for_an_interval_writes_one_run(folder: Path) -> None:
    interval = {"interval_from": datetime(2026, 3, 1, tzinfo=UTC), "interval_to": datetime(2026, 3, 4, tzinfo=UTC)}
    first, second = mined(folder, **interval), mined(folder, **interval)
    assert first.folder == second.folder
    assert first.findings.log.events == 2
    assert first.findings.reconciliation[0].ignored == 2
    assert mined(folder).findings.log.events == 4


def test_a_label_that_is_ignored_from_now_on_is_mined_no_more(folder: Path) -> None:
    assert mined(folder).findings.log.events == 4
    (folder / "sources" / "log.yaml").write_text(SOURCE + "ignored: ['=cmd()']\n", "utf-8")
    again = mined(folder).findings
    assert again.log.events == 3
    assert again.reconciliation[0].ignored == 1


def test_a_store_that_was_filled_under_other_columns_is_refused_before_anything_counts_twice(folder: Path) -> None:
    good = mined(folder)
    source = folder / "sources" / "log.yaml"
    source.write_text(SOURCE.replace(", resource: medewerker", ""), "utf-8")
    with pytest.raises(StoreError, match="count twice"):
        mined(folder)
    assert (folder.parent / "out" / "latest").resolve() == good.folder.resolve()
    parent = folder.parent
    assert run(RunRequest(folder, parent / "out", parent / "other", as_of=AS_OF)).findings.log.cases == 2


def test_a_mapping_that_says_other_things_of_the_same_records_goes_on(folder: Path) -> None:
    mined(folder)
    source = folder / "sources" / "log.yaml"
    source.write_text(SOURCE + "title: Het log\nactivities: {=cmd(): opdracht}\n", "utf-8")
    findings = mined(folder).findings
    assert "opdracht" in {node.activity for node in findings.activities}
    assert findings.log.events == 4


def with_remark(folder: Path, remark: str) -> None:
    """Add a column with a remark to the log."""
    write_log(folder.parent, ROWS)
    text = (folder.parent / "log.csv").read_text("utf-8").replace("met\nregel", "met regel")
    head, *rows = text.splitlines()
    (folder.parent / "log.csv").write_text("\n".join([f"{head},opmerking", *(f"{r},{remark}" for r in rows)]) + "\n")


def test_a_stop_of_the_gate_leaves_the_last_publication_standing(folder: Path) -> None:
    (folder / "sources" / "log.yaml").write_text(SOURCE + "keep: [opmerking]\n", "utf-8")
    with_remark(folder, "geen")
    good = mined(folder)
    with_remark(folder, "mail naar iemand@voorbeeld.nl")
    with pytest.raises(QualityStop, match=r"[Pp]ersonal"):
        mined(folder)
    out = folder.parent / "out"
    assert (out / "latest").resolve() == good.folder.resolve()
    assert {p.name for p in out.iterdir()} == {"latest", "index.html", "runs.json", good.folder.name}


def test_a_publication_that_breaks_off_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("flows.publication.write_exports", break_off)
    with pytest.raises(OSError, match="no space"):
        mined(folder)
    assert list((folder.parent / "out").iterdir()) == []


def test_what_a_killed_run_left_of_its_publication_goes_with_the_next_one(folder: Path) -> None:
    out = folder.parent / "out"
    left, other = out / ".writing-killed", out / ".writing-under-way"
    (left / "export").mkdir(parents=True)
    (left / "export" / "events.parquet").write_text("half of it", "utf-8")
    with held_folder(out, other.name, "none"):
        mined(folder)
        assert not left.exists()
        assert other.is_dir()
    assert [each.name for each in out.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda m: (m / "project.yaml").write_text(PROJECT + "colour: blue\n", "utf-8"), "colour"),
        (lambda m: (m.parent / "log.csv").unlink(), "log.csv"),
        (lambda m: (m.parent / "log.csv").write_text("", "utf-8"), "log.csv"),
        (lambda m: (m.parent / "log.csv").write_text("a,b\n1,2\n", "utf-8"), "zaak"),
        (lambda m: (m.parent / "log.csv").write_text(HEAD, "utf-8"), "no events"),
        (lambda m: (m.parent / "log.csv").write_text(HEAD + "NA,a,\n", "utf-8"), "(wrong_number_of_values 1)"),
        (lambda m: (m / "sources" / "log.yaml").unlink(), "source"),
    ],
)
def test_what_a_user_can_mend_is_said_in_words_and_writes_nothing(folder: Path, break_it, said: str) -> None:
    break_it(folder)
    with pytest.raises(ZaakstroomError) as caught:
        mined(folder)
    assert said in str(caught.value)
    assert not list((folder.parent / "out").glob("*"))


def test_the_command_line_ends_with_a_summary(folder: Path) -> None:
    out, store = folder.parent / "out", folder.parent / "store"
    arguments = ["run", str(folder), "--out", str(out), "--store", str(store), "--as-of", "2026-04-01"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    for said in ("cases", "lead time", "direct route", "loops", "quality", "index.html"):
        assert said in result.output


def test_a_date_that_is_none_is_refused_by_the_command_line(folder: Path) -> None:
    result = CliRunner().invoke(app, ["run", str(folder), "--from", "yesterday"])
    assert result.exit_code == 2
    assert "yesterday" in result.output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(["--from", "2026-03-02", "--to", "2026-03-01"], "before it begins"), (["--memory", "lots"], "lots")],
)
def test_an_option_that_cannot_be_meant_is_refused_by_the_command_line(folder: Path, wrong, said: str) -> None:
    result = CliRunner().invoke(app, ["run", str(folder), "--out", str(folder.parent / "out"), *wrong])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not (folder.parent / "out").exists()


def test_a_file_where_a_folder_should_be_is_said_in_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = folder.parent / "log.csv"
    for option, value, code in (("--out", log, 2), ("--store", log, 2), ("--store", log / "inside", 1)):
        monkeypatch.setattr("sys.argv", ["zaakstroom", "run", str(folder), option, str(value)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
        said = capsys.readouterr().err
        assert "log.csv" in said.replace("\n", "").replace("│ ", "").replace(" │", "")
        assert "Traceback" not in said
