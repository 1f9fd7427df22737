"""An unknown file is looked at: what each column seems to be, how surely, and a first mapping that loads."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from flows.inspect import Inspection, inspect_file, write_mapping
from flows.inspect.personal import is_bsn, is_iban, personal_reason
from flows.inspect.report import report
from flows.inspect.yamltext import quoted
from flows.sources.moments import MomentReader
from mappings.check import check
from mappings.errors import MappingError, SourceError
from mappings.load import load_project
from mappings.yamlfile import parse_yaml


def written(tmp_path: Path, text: str, name: str = "log.csv", encoding: str = "utf-8") -> Path:
    """Write a file to look at."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def dutch_log() -> str:
    """Return an export as Dutch case systems make them: semicolons, day first, names of clerks."""
    lines = ["Zaaknummer;Stap;Gereed op;Team;Medewerker;Kanaal;Ontvangen;BSN burger"]
    steps = ("Aanvraag ontvangen", "Beoordelen", "Besluit verzonden")
    for case in range(20):
        for day, step in enumerate(steps, start=13):
            clerk, team = ("José", "Team één") if day < 15 else ("Anna", "onbekend")
            lines.append(
                f"Z-{case:04};{step};{day:02}-0{case % 9 + 1}-2024 1{day - 10}:{case + 10}:00;{team};{clerk};"
                f"{'Balie' if case % 2 else 'Internet'};{case % 28 + 1:02}-01-2024;{bsn(case)}"
            )
    return "\r\n".join(lines) + "\r\n"


def bsn(number: int) -> str:
    """Return an invented number that passes the eleven-test."""
    return next(text for n in range(10) if is_bsn(text := f"9{number:03}0000{n}") or n == 9)


def roles(inspection: Inspection) -> dict[str, str]:
    """Return role → column, without targets."""
    return {guess.role: guess.column for guess in inspection.guesses if guess.role != "target"}


def test_a_dutch_export_is_understood(tmp_path: Path):
    seen = inspect_file(written(tmp_path, dutch_log(), encoding="cp1252"))
    assert (seen.form.kind, seen.form.delimiter, seen.form.encoding) == ("csv", ";", "cp1252")
    assert roles(seen) == {
        "case": "Zaaknummer",
        "activity": "Stap",
        "completed_at": "Gereed op",
        "resource": "Medewerker",
        "lane": "Team",
        "channel": "Kanaal",
        "received_at": "Ontvangen",
    }
    assert seen.moments["Gereed op"].format == "%d-%m-%Y %H:%M:%S"
    assert seen.moments["Gereed op"].precision == "minute"
    assert seen.moments["Ontvangen"].precision == "day"
    assert [label.label for label in seen.labels] == ["Aanvraag ontvangen", "Beoordelen", "Besluit verzonden"]
    assert seen.cases == 20
    assert seen.is_whole


def test_a_date_that_changes_within_a_case_is_not_when_it_was_received(tmp_path: Path):
    rows = [f"z{n // 3},step {n % 3},2024-01-{n % 3 + 1:02}T1{n % 7}:00:05Z,2024-02-{n % 3 + 1:02}" for n in range(60)]
    seen = inspect_file(written(tmp_path, "\n".join(["zaak,stap,tijdstip,ontvangen", *rows]) + "\n"))
    assert seen.column("completed_at") == "tijdstip"
    assert seen.column("received_at") is None


def test_every_guess_has_a_confidence_and_a_reason(tmp_path: Path):
    seen = inspect_file(written(tmp_path, dutch_log()))
    assert all(0.3 <= guess.confidence <= 1 and guess.reason for guess in seen.guesses)


def test_personal_columns_are_named(tmp_path: Path):
    seen = inspect_file(written(tmp_path, dutch_log()))
    assert {guess.column for guess in seen.personal} == {"BSN burger", "Medewerker"}


def test_the_mapping_of_a_dutch_export_loads(tmp_path: Path):
    write_mapping(inspect_file(written(tmp_path, dutch_log())), tmp_path / "mapping")
    assert check(tmp_path / "mapping") == []
    project = load_project(tmp_path / "mapping")
    (source,) = project.sources
    assert source.path == "../log.csv"
    assert source.unknown_lanes == ("onbekend",)
    assert source.channels == {"Internet": "web", "Balie": "counter"}
    assert source.keep == ()
    assert project.journey is not None
    assert list(project.journey.step_of_activity()) == ["Aanvraag ontvangen", "Beoordelen", "Besluit verzonden"]


@pytest.mark.parametrize("name", ["2025.csv", "null.csv", "1e5.csv"])
def test_a_file_whose_name_is_a_number_or_a_word_of_yaml_gives_a_mapping_that_loads(tmp_path: Path, name: str):
    write_mapping(inspect_file(written(tmp_path, dutch_log(), name)), tmp_path / "mapping")
    assert load_project(tmp_path / "mapping").file.name == name.removesuffix(".csv")


def test_what_a_mac_puts_into_a_zip_file_is_no_data(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        archive.writestr("__MACOSX/._log.csv", b"\0\5\26\7")
        archive.writestr("log.csv", dutch_log())
        archive.writestr(".DS_Store", b"\0\0\0\1")
    assert inspect_file(tmp_path / "log.zip").rows == 60


def test_a_column_of_moments_in_two_forms_is_asked_about(tmp_path: Path):
    text = dutch_log().replace("13-01-2024 ", "13 januari 2024, ").replace("14-02-2024 ", "14 februari 2024, ")
    text = text.replace("15-03-2024 ", "15 maart 2024, ").replace("13-04-2024 ", "13 april 2024, ")
    seen = inspect_file(written(tmp_path, text))
    assert seen.column("completed_at") is None
    assert any("'Gereed op' holds moments in one form in 8" in question for question in seen.questions)


def test_the_questions_left_stand_in_the_mapping(tmp_path: Path):
    seen = inspect_file(written(tmp_path, dutch_log()))
    write_mapping(seen, tmp_path / "mapping")
    text = (tmp_path / "mapping" / "project.yaml").read_text(encoding="utf-8")
    assert all(question in text for question in seen.questions)
    assert any("legal basis" in question for question in seen.questions)
    assert any("'Gereed op'" in question and "time zone" in question for question in seen.questions)


def test_a_mapping_that_is_there_is_not_overwritten(tmp_path: Path):
    seen = inspect_file(written(tmp_path, dutch_log()))
    write_mapping(seen, tmp_path / "mapping")
    with pytest.raises(MappingError, match="already holds a mapping"):
        write_mapping(seen, tmp_path / "mapping")


HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd()",
    "a: b # c",
    "é\u202e\U0001f600",
    'say "no"',
    "NO",
    "12",
    "- x",
    "{y}",
    "*z",
)


def test_hostile_labels_come_back_as_they_were(tmp_path: Path):
    rows = ["case,activity,time"]
    for case in ("NA", "007", "null", *(f"c{n}" for n in range(12))):
        cells = (label.replace('"', '""') for label in HOSTILE)
        rows += [f'{case},"{label}",2024-01-{day:02}T10:00:01Z' for day, label in enumerate(cells, start=1)]
    seen = inspect_file(written(tmp_path, "\n".join(rows) + "\n"))
    assert seen.cases == 15
    write_mapping(seen, tmp_path / "mapping")
    (source,) = load_project(tmp_path / "mapping").sources
    assert set(source.activities) == set(HOSTILE)
    assert {rule.name for rule in source.activities.values()} == set(HOSTILE)


@pytest.mark.parametrize(
    "text", [*HOSTILE, "a\nb", "tab\t", "\u2028", "\x85", "'", "\\", "~", " x", "on", "true", "null", "a:b", "\x00"]
)
def test_any_text_reads_back_from_yaml(text: str):
    assert parse_yaml(f"{quoted(text)}: {quoted(text)}\n".encode(), "x").data == {text: text}


def test_a_tab_and_blanks_around_names_are_written_so_that_they_are_read_again(tmp_path: Path):
    lines = [line.split(";") for line in dutch_log().splitlines()]
    lines[0] = [f" {name} " for name in lines[0]]
    file = written(tmp_path, "\r\n".join("\t".join(line) for line in lines), encoding="utf-16")
    write_mapping(seen := inspect_file(file), tmp_path / "mapping")
    assert roles(seen)["case"] == "Zaaknummer"
    source = load_project(tmp_path / "mapping").sources[0]
    assert (source.delimiter, source.columns.case) == ("\t", "Zaaknummer")


def test_activities_stand_in_the_order_of_time_also_where_the_file_has_the_newest_first(tmp_path: Path):
    header, *lines = dutch_log().splitlines()
    seen = inspect_file(written(tmp_path, "\r\n".join([header, *reversed(lines)])))
    assert [label.label for label in seen.labels] == ["Aanvraag ontvangen", "Beoordelen", "Besluit verzonden"]


def test_what_few_cases_have_stands_before_what_comes_after_it_in_them(tmp_path: Path):
    steps = {"Z-1": ["aanvraag", "gevraagd", "aangevuld", "besluit"], "Z-2": ["aanvraag", "besluit"]}
    steps |= {f"Z-{number}": ["aanvraag", "besluit"] for number in range(3, 9)}
    lines = ["zaak;stap;gereed op"]
    lines += [f"{case};{step};0{day}-02-2025 09:12" for case, of in steps.items() for day, step in enumerate(of, 1)]
    seen = inspect_file(written(tmp_path, "\n".join(lines)))
    assert [label.label for label in seen.labels] == ["aanvraag", "gevraagd", "aangevuld", "besluit"]


def test_a_label_does_nothing_to_the_terminal(tmp_path: Path):
    told = report(inspect_file(written(tmp_path, dutch_log().replace("Beoordelen", "\x1b[31mBeoordelen\x07"))))
    assert " [31mBeoordelen  (20 events, 20 cases)" in told
    assert not {"\x1b", "\x07"} & set(told)


def test_each_target_date_that_seems_to_be_a_day_is_asked_about(tmp_path: Path):
    days = [f"2025-02-{number + 1:02}T00:00:00" for number in range(12)]
    lines = ["zaak;stap;gereed op;deadline;gepland"]
    for number, day in enumerate(days):
        lines += [f"Z-{number};{step};2025-01-{number + 1:02}T09:0{number % 7}:01;{day};{day}" for step in "abc"]
        lines += [f"X-{number};a;2025-01-06T10:00:07;2025-02-0{number % 9 + 1}T09:{number + 10}:00;{day[:-2]}09"]
    seen = inspect_file(written(tmp_path, "\n".join(lines)))
    assert [
        name for name in seen.targets() if any(f"'{name}' often" in each for each in seen.questions)
    ] == seen.targets()
    assert len(seen.targets()) == 2


def test_personal_values_are_recognised():
    assert is_bsn("111222333")
    assert not is_bsn("111222334")
    assert is_iban("NL91 ABNA 0417 1643 00")
    assert not is_iban("NL92ABNA0417164300")
    assert personal_reason("x", ["a@b.nl", "c@d.nl", "e@f.nl"]) is not None
    assert personal_reason("x", ["06-12345678", "020 1234567", "+31612345678"]) is not None
    assert personal_reason("Achternaam", ["x"]) is not None
    assert personal_reason("concept:name", ["Besluit", "Intake"]) is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"one line without columns\nanother\n", "has no columns that can be told apart"),
        (b"a,b\n", "has no records"),
        (b"\x00\x01\x02\x03", "is of no kind that can be read"),
        (b"x,y\n1,2\n3,4\n", "no column looks like the"),
        (b"PK\x03\x04broken", "cannot be unpacked"),
        (b"\x1f\x8bbroken", "cannot be read"),
        (b'{"case": "Z1"}\n{"case": "Z2"}\n', "is JSON, but not OCEL 2.0"),
        (b'[{"case": "Z1", "steps": []}]', "is JSON, but not OCEL 2.0"),
        (b"case;what;at\nZ1;a;2024-01-01;\nZ1;b;2024-01-02;\n", "first line has 3 values, and the others have 4"),
        (b"<cases><case/></cases>", "is XML, but neither XES nor OCEL 2.0"),
        (b"<HTML><body><table></table></body></HTML>", "is a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "of the old form"),
    ],
)
def test_a_file_that_is_no_log_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(SourceError) as error:
        inspect_file(tmp_path / "x.csv")
    assert says in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match="cannot be read"):
        inspect_file(tmp_path / "x.csv")


def test_a_parquet_file_is_understood(tmp_path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    header, *lines = (line.split(";") for line in dutch_log().splitlines())
    pq.write_table(pa.table({n: [line[i] for line in lines] for i, n in enumerate(header)}), tmp_path / "log")
    seen = inspect_file(tmp_path / "log")
    assert seen.form.kind == "parquet"
    assert seen.column("completed_at") == "Gereed op"


RECEIPT = {
    "case": "case:concept:name",
    "activity": "concept:name",
    "completed_at": "time:timestamp",
    "resource": "org:resource",
    "lane": "org:group",
    "channel": "case:channel",
    "lifecycle": "lifecycle:transition",
    "event_id": "concept:instance",
    "received_at": "case:startdate",
    "closed_at": "case:enddate",
}


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["receipt.csv", "receipt.xes.gz"])
def test_the_receipt_log_is_understood(realdata: Path, tmp_path: Path, name: str):
    seen = inspect_file(realdata / "coselog-receipt" / name)
    assert roles(seen) == RECEIPT
    assert (seen.cases, len(seen.labels), seen.rows, seen.is_whole) == (1434, 27, 8577, True)
    assert sorted(seen.targets()) == ["case:deadline", "case:enddate_planned"]
    assert seen.moments["case:startdate"].placeholders == ("00:00:00", "01:06:40")
    write_mapping(seen, tmp_path / "mapping")
    assert check(tmp_path / "mapping") == []


@pytest.mark.realdata
def test_a_log_of_starts_and_completions_is_understood_from_a_sample(realdata: Path):
    seen = inspect_file(realdata / "bpic2012" / "bpic2012.xes.gz")
    assert roles(seen) == {
        "case": "case:concept:name",
        "activity": "concept:name",
        "completed_at": "time:timestamp",
        "resource": "org:resource",
        "lifecycle": "lifecycle:transition",
        "received_at": "case:REG_DATE",
    }
    assert not seen.is_whole
    assert "Only the first 50000 records were looked at: do later ones hold other labels?" in seen.questions


@pytest.mark.realdata
def test_a_log_of_dates_has_day_precision(realdata: Path):
    seen = inspect_file(realdata / "road-traffic-fines" / "road-traffic-fines.xes.gz")
    assert seen.column("case") == "case:concept:name"
    assert seen.column("activity") == "concept:name"
    assert seen.moments["time:timestamp"].precision == "day"
    assert seen.column("lane") is None


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "object_type", "cases"),
    [
        ("order-management.sqlite", "orders", 2000),
        ("ocel20_example.sqlite", "Invoice", 3),
        ("ocel20_example.jsonocel", "Invoice", 3),
        ("ocel20_example.xmlocel", "Invoice", 3),
    ],
)
def test_an_object_centric_log_is_given_the_object_that_is_the_case(
    realdata: Path, tmp_path: Path, name: str, object_type: str, cases: int
):
    seen = inspect_file(realdata / "ocel" / name)
    assert (seen.form.kind, seen.object_type, seen.cases) == ("ocel", object_type, cases)
    write_mapping(seen, tmp_path / "mapping")
    assert load_project(tmp_path / "mapping").sources[0].object_type == object_type


def test_records_with_a_wrong_number_of_values_are_named(tmp_path: Path):
    log = dutch_log() + "Z-0001;te kort\r\nZ-0002;te kort\r\n"
    told = report(inspect_file(written(tmp_path, log)))
    assert "csv, 60 records, 20 cases\nleft out: 2 records with a wrong number of values\n" in told
    assert "all 60 records" in report(inspect_file(written(tmp_path, dutch_log())))


def test_a_mapping_of_years_of_two_digits_is_accepted_and_read(tmp_path: Path):
    log = dutch_log().replace("-2024", "-24")
    seen = inspect_file(written(tmp_path, log, encoding="cp1252"))
    assert seen.moments["Gereed op"].format == "%d-%m-%y %H:%M:%S"
    write_mapping(seen, tmp_path / "mapping")
    assert not [problem for problem in check(tmp_path / "mapping") if problem.severity == "error"]
    column = load_project(tmp_path / "mapping").sources[0].columns.completed_at
    read = MomentReader(column, "Europe/Amsterdam").read(pa.array(["13-01-24 10:10:00"]))
    assert read.instants.to_pylist() == [datetime(2024, 1, 13, 9, 10, tzinfo=UTC)]


@pytest.mark.realdata
def test_the_export_of_a_catalogue_is_told_as_such(realdata: Path):
    with pytest.raises(SourceError, match=r"the export of a ZGW catalogue.*zaakstroom init --catalogue"):
        inspect_file(realdata / "catalogus" / "openzaak-export-catalogus-zaaktypes.zip")
