"""The database behind the registry: which one, opened safely, and brought to the present schema.

Rules owned here: SQLite in write-ahead mode with one writer at a time, so that two processes wait for each
other; a database from a newer program is refused; a password is in no message.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from mappings.errors import StoreError

VARIABLE = "ZAAKSTROOM_REGISTRY"
HEAD = "0002"
"""The newest migration: a database that stands there is used without loading Alembic."""
MIGRATIONS = Path(__file__).parent.parent / "migrations"
BUSY_SECONDS = 30
ADVISORY_LOCK = 0x7AA4575  # any number that no other program in the database uses


def registry_url(store: Path | str, environ: Mapping[str, str] = os.environ) -> str:
    """Return where the registry lies: ZAAKSTROOM_REGISTRY, else a SQLite file in the store's folder."""
    if declared := environ.get(VARIABLE):
        return declared
    if isinstance(store, str) and "://" in store:
        raise StoreError(store, "a store behind a URL has no folder for the run registry", f"set {VARIABLE}")
    if "?" in str(Path(store).absolute()):
        raise StoreError(str(store), "a question mark in the path would end the registry's URL", f"set {VARIABLE}")
    return URL.create("sqlite", database=str(Path(store).absolute() / "registry.sqlite")).render_as_string()


def connect(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on a database that has the present schema."""
    parsed = _parsed(url)
    with explained(parsed):
        engine = _sqlite(parsed, busy_seconds) if _is_sqlite(parsed) else _server(parsed)
        try:
            with engine.begin() as connection:
                _bring_up_to_date(connection, parsed)
        except BaseException:
            engine.dispose()
            raise
    return engine


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn a failure of the database into a StoreError without its password."""
    try:
        yield
    except (DBAPIError, OSError) as err:
        raise _explain(url, err) from None
    except SQLAlchemyError as err:
        raise StoreError(url.render_as_string(), f"the run registry: {_clean(url, err)}", "check the URL") from None
    except ModuleNotFoundError as err:
        what = f"this kind of database needs the package {err.name}"
        raise StoreError(url.render_as_string(), what, "install zaakstroom[postgresql]") from None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # the text may hold a password, so it is not repeated
        remedy = f"write {VARIABLE} as postgresql://user:password@host/database or sqlite:///path"
        raise StoreError("run registry", "the database URL cannot be read", remedy) from None
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _sqlite(url: URL, busy_seconds: float) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": busy_seconds})

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection, _record: ConnectionPoolEntry) -> None:
        dbapi_connection.isolation_level = None  # the driver must not begin and commit on its own around DDL
        dbapi_connection.execute("PRAGMA journal_mode=WAL")
        dbapi_connection.execute("PRAGMA synchronous=FULL")
        dbapi_connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _take_turn(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _server(url: URL) -> Engine:
    timeout = {"connect_timeout": 10} if url.get_backend_name() == "postgresql" else {}
    return create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=timeout)


def _bring_up_to_date(connection: Connection, url: URL) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    if _revision(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as err:
        if "locate revision" not in str(err):
            raise StoreError(url.render_as_string(), f"the run registry cannot be updated: {err}", "") from err
        raise StoreError(
            url.render_as_string(),
            "the run registry was written by a newer version of zaakstroom",
            "update the program, or point " + VARIABLE + " at another database",
        ) from None


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _explain(url: URL, err: Exception) -> StoreError:
    said = _clean(url, err)
    where = url.render_as_string()
    if "locked" in said or "lock timeout" in said:
        return StoreError(where, "the run registry is locked by another process", "run again when it has ended")
    if "not a database" in said or "malformed" in said:
        remedy = "put the file back from the back-up, or move it away: a new one is made"
        return StoreError(where, "the file is not a run registry, or it is damaged", remedy)
    if _is_sqlite(url):
        return StoreError(where, f"the run registry cannot be opened: {said}", "check the folder and its rights")
    return StoreError(where, f"the run registry cannot be reached: {said}", f"check {VARIABLE} and the server")


def _clean(url: URL, err: Exception) -> str:
    cause = err.orig if isinstance(err, DBAPIError) and err.orig is not None else err
    said = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    return said.replace(str(url.password), "***") if url.password else said
