"""Databases as a source, on real PostgreSQL (with and without ADBC), MariaDB and SQLite: the same cases, the same
events, one moment, nothing written, no secret told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.registry import Registry, RunRecord
from flows.request import Prepared, RunRequest
from flows.run import extract_all, keep
from flows.sources import records
from flows.sources.extract import extract
from flows.sources.records import Told
from flows.sources.sql import adbc, read_sql
from mappings.errors import SourceError
from tests import mariadb, postgresql
from tests.extraction import KEY, project, source, utc
from tests.sql_database import Database

pytestmark = pytest.mark.server
DATABASES = ("postgresql", "postgresql without ADBC", "mariadb", "sqlite")


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("databases")
    (folder / "m").mkdir()
    with postgresql.running(folder / "p") as postgres, mariadb.running(folder / "m") as maria:
        yield {
            "postgresql": postgres,
            "postgresql without ADBC": postgres,
            "mariadb": maria,
            "sqlite": f"sqlite:///{folder}/zaken.sqlite",
        }


@pytest.fixture(params=DATABASES)
def database(
    request: pytest.FixtureRequest, urls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    name = request.param
    if name == "postgresql without ADBC":
        monkeypatch.setattr(adbc, "is_possible", lambda url: False)
    found = Database(name, urls[name], tmp_path)
    yield found
    found.engine.dispose()


STEPS = (
    "CREATE TABLE stappen (nr VARCHAR(9), what VARCHAR(20), at TIMESTAMP NULL, gewijzigd TIMESTAMP NULL)",
    "INSERT INTO stappen VALUES ('Z1', 'intake', '2024-01-05 09:00:00', '2024-01-05 09:00:00'),"
    " ('Z1', 'besluit', '2024-01-08 10:30:00', '2024-01-08 10:30:00'),"
    " ('Z2', 'intake', '2024-01-09 11:00:00', '2024-01-09 11:00:00')",
)
NR = {"case": "nr"}


def test_a_table_gives_its_events(database: Database) -> None:
    database.run(*STEPS)
    found = [(e["case_id"], e["activity"]) for e in database.read(columns=NR).events]
    assert sorted(found) == [("Z1", "besluit"), ("Z1", "intake"), ("Z2", "intake")]


def test_a_query_gives_only_the_columns_that_the_mapping_names(database: Database) -> None:
    database.run(*STEPS)
    query = "SELECT s.*, 'x:y 10:30 100%' AS wijk, 12345 AS bsn FROM stappen s WHERE what <> ':nee' AND nr LIKE 'Z%';"
    if database.dialect != "sqlite":
        query = query.replace("100%", "100% %s")
    batches = list(read_sql(database.source(query=query, columns=NR, keep=("wijk",)), database.folder))
    assert set(batches[0].table.column_names) == {"nr", "what", "at", "wijk"}
    assert batches[0].table.column("wijk")[0].as_py().startswith("x:y 10:30 100%")


def test_odd_names_are_quoted(database: Database) -> None:
    quote = "`" if database.dialect == "mariadb" else '"'
    table, column = f"{quote}De stappen; DROP{quote}", f"{quote}Zaak Nr.{quote}"
    database.run(f"CREATE TABLE {table} ({column} INTEGER, what VARCHAR(9), at VARCHAR(20))")
    database.run(f"INSERT INTO {table} VALUES (7, 'intake', '2024-01-05T09:00:00')")
    read = database.read(tables=("De stappen; DROP",), columns={"case": "Zaak Nr."})
    assert read.column("case_id") == ["7"]


def test_what_is_missing_is_told_before_anything_is_read(database: Database) -> None:
    database.run(*STEPS)
    with pytest.raises(SourceError) as raised:
        database.read(columns={"case": "nummer", "lane": "whit"})
    assert "has no column 'nummer'" in raised.value.what
    assert "'whit' (did you mean 'what'?)" in raised.value.what
    assert "the columns are 'nr', 'what', 'at', 'gewijzigd'" in raised.value.remedy
    with pytest.raises(SourceError, match=r"no table 'stapen'.*did you mean 'stappen'\?"):
        database.read(tables=("stapen",), columns=NR)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM stappen",
        "SELECT 1; DROP TABLE stappen",
        "WITH x AS (SELECT 1) DELETE FROM stappen",
        "SELECT * INTO andere FROM stappen",
        "SET ROLE baas",
    ],
)
def test_only_one_select_is_accepted(database: Database, query: str) -> None:
    database.run(*STEPS)
    with pytest.raises(SourceError, match="SELECT"):
        database.read(query=query, columns=NR)


def test_the_database_itself_refuses_to_write(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.sources.sql import connection as connections
    from flows.sources.sql.connection import url_of

    database.run(*STEPS)
    written = database.source(columns=NR)
    with (
        pytest.raises(SourceError, match=r"read.?only|READ ONLY"),
        connections.reading(written, url_of(written, database.folder), Told()) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM stappen")


TYPES = {
    "postgresql": (
        "CREATE TYPE kleur AS ENUM ('rood', 'groen')",
        "CREATE TABLE soorten (nr INTEGER, what TEXT, at TIMESTAMPTZ, plaatselijk TIMESTAMP, dag DATE, bedrag"
        " NUMERIC(12,4), ja BOOLEAN, tekst CHAR(4), tint kleur, brok BYTEA, maat DOUBLE PRECISION, klein REAL, wat"
        " JSONB, id UUID, duur INTERVAL, uur TIME, lijst INTEGER[])",
        "INSERT INTO soorten VALUES (1, 'vol', '2024-07-05 09:00:00.25+02', '2024-01-05 09:00:00', '2024-01-05',"
        " 1000.1, true, 'ab', 'rood', '\\xdeadbeef', 0.1, 0.1, '{\"a\": 1}', '123e4567-e89b-12d3-a456-426614174000',"
        " '3 days 01:00', '09:30', '{1,2}'),"
        " (2, 'leeg', '2024-01-05 09:00:00+01', null, null, null, null, null, null, null, null, null, null, null,"
        " null, null, null),"
        " (3, 'rand', '2024-01-05 09:00:00.000001+00', '0001-01-01', '9999-12-31', 0.0000, false, '', 'groen', '',"
        " 5, 1e10, '[]', '123e4567-e89b-12d3-a456-426614174000', '0', '00:00', '{}')",
    ),
    "mariadb": (
        "CREATE TABLE soorten (nr INTEGER, what TEXT, at TIMESTAMP(6) NULL, plaatselijk DATETIME, dag DATE, bedrag"
        " DECIMAL(12,4), ja BOOLEAN, tekst CHAR(4), tint ENUM('rood','groen'), brok VARBINARY(9), maat DOUBLE)",
        "SET time_zone = '+02:00'",
        "INSERT INTO soorten VALUES (1, 'vol', '2024-07-05 09:00:00.25', '2024-01-05 09:00:00', '2024-01-05', 1000.1,"
        " true, 'ab', 'rood', x'deadbeef', 0.1),"
        " (2, 'leeg', '2024-01-05 10:00:00', null, null, null, null, null, null, null, null)",
    ),
}
FULL = {
    "plaatselijk": "2024-01-05T09:00:00", "dag": "2024-01-05", "bedrag": "1000.1000", "tint": "rood",
    "brok": "deadbeef", "maat": "0.1",
}  # fmt: skip


def texts(database: Database, table: str, keep: tuple[str, ...]) -> list[dict[str, Any]]:
    written = database.source(tables=(table,), columns={"case": "nr"}, keep=keep)
    rows = [row for batch in read_sql(written, database.folder) for row in batch.table.to_pylist()]
    return sorted(rows, key=lambda row: row["nr"])


@pytest.mark.parametrize("database", DATABASES[:3], indirect=True)
def test_every_type_of_value_and_none_at_all(database: Database) -> None:
    if database.dialect == "postgresql":
        database.run("DROP TYPE IF EXISTS kleur")
    database.run(*TYPES[database.dialect])
    full, empty, *_ = texts(database, "soorten", tuple(FULL))
    assert {name: full[name] for name in FULL} == FULL
    assert full["at"] == "2024-07-05T07:00:00.250000+00:00"
    assert empty == dict.fromkeys(FULL) | {"nr": "2", "what": "leeg", "at": "2024-01-05T08:00:00+00:00"}


def test_adbc_gives_the_texts_that_sqlalchemy_gives(
    urls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database("postgresql", urls["postgresql"], tmp_path)
    database.run("DROP TYPE IF EXISTS kleur", *TYPES["postgresql"])
    database.run(
        "INSERT INTO soorten SELECT g, 'x', '2024-01-01'::timestamptz + g * interval '0.7 s' FROM"
        " generate_series(10, 400) g"
    )
    kept = (
        "plaatselijk",
        "dag",
        "bedrag",
        "ja",
        "tekst",
        "tint",
        "brok",
        "maat",
        "klein",
        "wat",
        "id",
        "duur",
        "uur",
        "lijst",
    )
    monkeypatch.setattr(records, "BATCH_ROWS", 50)
    through_adbc = texts(database, "soorten", kept)
    monkeypatch.setattr(adbc, "is_possible", lambda url: False)
    assert through_adbc == texts(database, "soorten", kept)
    assert len(through_adbc) == 394
    database.run("DROP TABLE soorten", "DROP TYPE kleur")
    database.engine.dispose()


def test_several_tables_and_cases_are_seen_at_one_moment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    database.run(
        "CREATE TABLE jaar1 (nr VARCHAR(9), what VARCHAR(20), at VARCHAR(20))",
        "CREATE TABLE jaar2 (nr VARCHAR(9), what VARCHAR(20), at VARCHAR(20))",
        "CREATE TABLE zaken (nr VARCHAR(9), wijk VARCHAR(20))",
        "INSERT INTO jaar1 VALUES ('Z1', 'intake', '2024-01-05 09:00:00')",
        "INSERT INTO jaar2 VALUES ('Z1', 'besluit', '2025-01-05 09:00:00')",
        "INSERT INTO zaken VALUES ('Z1', 'Zuid')",
    )
    written = database.source(
        tables=("jaar1", "jaar2"), cases_query="zaken", columns=NR, case={"segments": {"wijk": "wijk"}}
    )
    batches = read_sql(written, database.folder)
    first = next(batches)
    if database.dialect == "sqlite":
        # a reader holds off writers: nothing can come between
        other = sqlite3.connect(database.engine.url.database or "", timeout=0, isolation_level=None)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM zaken")
    else:
        database.run("INSERT INTO jaar2 VALUES ('Z1', 'later', '2025-01-06 09:00:00')", "DELETE FROM zaken")
    rest = list(batches)
    assert [b.table.column("what").to_pylist() for b in (first, *rest[:-1])] == [["intake"], ["besluit"]]
    assert rest[-1].is_cases
    assert rest[-1].table.column("wijk").to_pylist() == ["Zuid"]


MARK = {"columns": NR, "watermark": {"column": "gewijzigd", "overlap": "1h"}}


def test_with_a_watermark_only_changed_cases_are_read_and_each_whole(database: Database) -> None:
    database.run(*STEPS)
    assert database.read(**MARK).facts.read == 3
    # the overlap: the last case is read again
    assert [e["case_id"] for e in database.read(**MARK).events] == ["Z2"]
    database.run("INSERT INTO stappen VALUES ('Z1', 'bezwaar', '2024-02-01 09:00:00', '2024-02-01 09:00:00')")
    again = database.read(**MARK)
    assert sorted(again.column("activity")) == ["besluit", "bezwaar", "intake", "intake"]
    assert [e["case_id"] for e in database.read(**MARK).events] == ["Z1"] * 3


def test_what_a_crash_kept_from_the_store_is_read_again(database: Database) -> None:
    database.run(*STEPS)
    assert database.read(**MARK).facts.read == 3
    database.run("INSERT INTO stappen VALUES ('Z3', 'intake', '2024-02-01 09:00:00', '2024-02-01 09:00:00')")
    lost = database.read(**MARK, has_stored=False)
    again = database.read(**MARK)
    assert again.events == lost.events
    assert "Z3" in again.column("case_id")


def test_rows_without_a_watermark_are_read_every_time(database: Database) -> None:
    database.run(*STEPS, "INSERT INTO stappen VALUES ('Z0', 'intake', '2020-01-05 09:00:00', NULL)")
    database.read(**MARK)
    assert sorted(e["case_id"] for e in database.read(**MARK).events) == ["Z0", "Z2"]


def test_rows_with_an_empty_text_for_a_watermark_are_read_every_time(database: Database) -> None:
    table = "CREATE TABLE stappen (nr VARCHAR(9), what VARCHAR(9), at VARCHAR(30), gewijzigd VARCHAR(30))"
    empty = [f"('Z{n}', 'intake', '2024-01-05', '{said}')" for n, said in enumerate(("", " ", "0000-00-00 00:00:00"))]
    database.run(table, "INSERT INTO stappen VALUES ('Z8', 'intake', '2024-01-05', '2024-01-05 09:00:00')")
    database.run("INSERT INTO stappen VALUES ('Z7', 'intake', '2024-01-05', '2023-01-05 09:00:00')")
    database.read(**MARK)
    database.run(*(f"INSERT INTO stappen VALUES {row}" for row in empty))
    assert sorted(database.read(**MARK).column("case_id")) == ["Z0", "Z1", "Z2", "Z8"]


def test_a_watermark_in_the_future_holds_nothing_back(database: Database) -> None:
    database.run(*STEPS, "INSERT INTO stappen VALUES ('Z9', 'intake', '2024-01-05 09:00:00', '2037-01-01 00:00:00')")
    assert database.read(**MARK).facts.notes
    now = datetime.now(UTC) + timedelta(hours=2)
    database.run(f"INSERT INTO stappen VALUES ('Z4', 'intake', '2024-02-01 09:00:00', '{now:%Y-%m-%d %H:%M:%S}')")
    assert "Z4" in database.read(**MARK).column("case_id")


def test_a_watermark_whose_column_got_a_zone_since_is_gone_on_with(database: Database) -> None:
    database.run(*STEPS)
    database.read(**MARK)
    if database.dialect == "postgresql":
        database.run("ALTER TABLE stappen ALTER COLUMN gewijzigd TYPE timestamptz")
    assert [e["case_id"] for e in database.read(**MARK).events] == ["Z2"]
    assert [e["case_id"] for e in database.read(**MARK).events] == ["Z2"]


def test_another_mapping_reads_all_again(database: Database) -> None:
    database.run(*STEPS)
    database.read(**MARK)
    assert database.read(**MARK, activities={"intake": "ontvangst"}).facts.read == 3


def test_an_interval_reads_all_and_moves_no_watermark(database: Database) -> None:
    database.run(*STEPS)
    written = database.source(**MARK)
    span = (utc("2024-01-08"), utc("2024-01-09"))
    facts = extract(written, project(database.folder, written), database.folder / "work", KEY, span)
    assert (facts.read, facts.left) == (3, {})


def test_until_when_a_source_was_observed_does_not_go_back(database: Database) -> None:
    database.run(*STEPS)
    until = database.read(**MARK).facts.observed_until
    database.run("DELETE FROM stappen WHERE nr = 'Z2'")
    nothing = database.read(**MARK)
    assert nothing.events == []
    assert nothing.facts.observed_until == until


def test_changed_cases_bring_their_row_of_the_table_of_cases(database: Database) -> None:
    database.run(
        *STEPS,
        "CREATE TABLE zaken (nr VARCHAR(9), wijk VARCHAR(20), gewijzigd TIMESTAMP NULL)",
        "INSERT INTO zaken VALUES ('Z1', 'Zuid', '2024-01-01 00:00:00'), ('Z2', 'West', '2024-01-01 00:00:00')",
    )
    parts = {**MARK, "cases_query": "zaken", "case": {"segments": {"wijk": "wijk"}}}
    database.read(**parts)
    database.run("UPDATE zaken SET wijk = 'Oost', gewijzigd = '2024-03-01 00:00:00' WHERE nr = 'Z1'")
    again = database.read(**parts)
    assert {k: v["segments"] for k, v in again.cases.items()} == {"Z1": '{"wijk": "Oost"}', "Z2": '{"wijk": "West"}'}
    assert sorted(database.read(**parts).cases) == ["Z1"]


def test_numbers_that_grow_are_a_watermark_too(database: Database) -> None:
    database.run("CREATE TABLE stappen (nr VARCHAR(9), what VARCHAR(20), at VARCHAR(20), volg INTEGER)")
    database.run(*(f"INSERT INTO stappen VALUES ('Z{n}', 'intake', '2024-01-05 09:00:00', {n})" for n in range(1, 6)))
    parts = {"columns": NR, "watermark": {"column": "volg", "overlap": 2}}
    assert database.read(**parts).facts.read == 5
    assert sorted(database.read(**parts).column("case_id")) == ["Z3", "Z4", "Z5"]
    with pytest.raises(SourceError, match="write 'overlap' as a number"):
        database.read(has_stored=False, columns=NR, watermark={"column": "volg", "overlap": "1d"})


def test_rows_are_streamed_in_bounded_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BATCH_ROWS", 100)
    database.run("CREATE TABLE stappen (nr INTEGER, what VARCHAR(20), at VARCHAR(20))")
    rows = ", ".join(f"({n}, 'intake', '2024-01-05 09:00:00')" for n in range(950))
    database.run(f"INSERT INTO stappen VALUES {rows}")
    sizes = [len(batch.table) for batch in read_sql(database.source(columns=NR), database.folder)]
    assert sum(sizes) == 950
    assert max(sizes) <= 100


def test_a_slow_statement_is_ended(database: Database) -> None:
    slow = {
        "postgresql": "SELECT 1 AS nr, 'x' AS what, '2024-01-01' AS at FROM pg_sleep(30)",
        "mariadb": "SELECT 1 AS nr, 'x' AS what, '2024-01-01' AS at, SLEEP(30) AS s FROM stappen WHERE SLEEP(30) = 0",
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
        " SELECT max(i) AS nr, 'x' AS what, '2024-01-01' AS at FROM n",
    }[database.dialect]
    database.run(*STEPS)
    with pytest.raises(SourceError) as raised:
        database.read(query=slow, columns=NR, statement_timeout="0.2s")
    assert "raise 'statement_timeout'" in raised.value.remedy


@pytest.mark.parametrize("database", DATABASES[:3], indirect=True)
def test_the_password_is_in_no_error_and_no_log(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sa.engine.make_url(database.url)
    secret = "p@ss/w %41ord"
    wrong = url.set(username="nobody", password=secret, host=url.host or "127.0.0.1", port=url.port or 1)
    monkeypatch.setenv("ZAAK_URL", wrong.render_as_string(hide_password=False))
    caplog.set_level("DEBUG")
    with pytest.raises(SourceError) as raised:
        database.read(url="${ZAAK_URL}", columns=NR)
    told = f"{raised.value} {raised.value.__cause__} {caplog.text}"
    assert "p@ss" not in told
    assert wrong.render_as_string(hide_password=False).split(":")[2].split("@")[0] not in told


def test_a_run_that_breaks_off_keeps_no_watermark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(tmp_path / "zaken.sqlite")) as connection, connection:
        connection.executescript(";".join(STEPS))
    written = source(kind="sql", path=None, url="sqlite:///zaken.sqlite", tables=("stappen",), **MARK)
    whole = project(tmp_path, written)
    now = datetime(2024, 6, 1, tzinfo=UTC)
    prepared = Prepared(RunRequest(tmp_path), whole, "run", now, now, tmp_path / "out", tmp_path / "store", KEY, "1")

    def night(run_id: str) -> tuple[int, int]:
        with Registry.open(f"sqlite:///{tmp_path}/registry.sqlite") as registry:
            registry.start(RunRecord(run_id, "test", "", "1", now, now))
            extracts = extract_all(prepared, tmp_path / f"work-{run_id}", lambda what: None)
            (row,) = keep(replace(prepared, run_id=run_id), extracts, registry).reconciliation
            return row.stored, row.already_known

    with monkeypatch.context() as broken:
        broken.setattr(Registry, "record_batch", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            night("first")
    assert night("second") == (0, 3)
    assert night("third") == (0, 1)


def test_the_url_comes_from_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.blocks.system import Secret

    with closing(sqlite3.connect(tmp_path / "zaken.sqlite")) as connection, connection:
        connection.executescript(";".join(STEPS))
    blocks = {"zaken-url": Secret(value="sqlite:///zaken.sqlite")}
    monkeypatch.setattr(Secret, "load", lambda name: blocks[name])
    written = source(kind="sql", path=None, url_block="zaken-url", tables=("stappen",), columns=NR)
    assert sum(len(batch.table) for batch in read_sql(written, tmp_path)) == 3
    with pytest.raises(SourceError, match="block 'andere' cannot be read"):
        list(read_sql(written.model_copy(update={"url_block": "andere"}), tmp_path))


@pytest.mark.parametrize("url", ["onbekend://host/db", "mysql+geendriver://host/db"])
def test_a_database_without_a_driver_says_what_to_install(tmp_path: Path, url: str) -> None:
    written = source(kind="sql", path=None, url=url, tables=("stappen",), columns=NR)
    with pytest.raises(SourceError, match="cannot be read here") as raised:
        list(read_sql(written, tmp_path))
    assert "install its driver" in raised.value.remedy


@pytest.mark.parametrize(
    "parts",
    [
        {"url": "sqlite:///x", "url_block": "y", "query": "t"},
        {"url": "sqlite:///x"},
        {"url": "sqlite:///x", "query": "t", "tables": ("t",)},
    ],
)
def test_a_mapping_says_one_place_and_one_thing_to_read(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs one of 'url' and 'url_block', and one of 'query' and 'tables'"):
        source(kind="sql", path=None, **parts)
