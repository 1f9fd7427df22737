"""What differs from dialect to dialect: one moment for all tables, no writing, and an end to slow statements.

| dialect | one moment | no writing | time limit |
|---|---|---|---|
| PostgreSQL | REPEATABLE READ | READ ONLY | statement_timeout |
| MariaDB | REPEATABLE READ, consistent snapshot (InnoDB only) | READ ONLY | max_statement_time |
| MySQL | the same | READ ONLY | max_execution_time |
| SQLite | one transaction | query_only, opened read only | its progress handler |
| Oracle | READ ONLY | READ ONLY | - |
| SQL Server | SNAPSHOT, where the database allows it | - | - |
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flows.sources.records import Told

ISOLATION = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
}
NO_SNAPSHOT = "tables were read one after another: this kind of database gives no common moment"
NOT_TRANSACTIONAL = "tables without transactions (not InnoDB), which may have changed while they were read"
NO_TIME_LIMIT = "no time limit on statements: this kind of database has none here"
_STEPS = 100_000


def connect_arguments(url: Any) -> dict[str, Any]:
    """Return what the driver is given when it connects: how long it may wait for a server or a lock."""
    match url.get_backend_name():
        case "postgresql" | "mysql" | "mariadb":
            return {} if "connect_timeout" in url.query else {"connect_timeout": 30}
        case "sqlite":
            return {"timeout": 30}
    return {}


def begin_reading(connection: Any, limit: timedelta, told: Told) -> None:
    """Begin the transaction that only reads; note what the dialect cannot promise."""
    name = connection.dialect.name
    begin = _BEGIN.get(name)
    if begin is None:
        told.note({NO_SNAPSHOT: 1, NO_TIME_LIMIT: 1})
        return
    begin(connection, limit, told)


def _postgresql(connection: Any, limit: timedelta, told: Told) -> None:
    for statement in postgresql_session(limit):
        connection.exec_driver_sql(statement)


def postgresql_session(limit: timedelta) -> tuple[str, ...]:
    """Return the statements at the head of a transaction that reads from PostgreSQL."""
    return (
        "SET TRANSACTION READ ONLY",
        f"SET LOCAL statement_timeout = {_milliseconds(limit)}",
        # moments with a zone then read the same whatever the server's own zone
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL DateStyle = 'ISO'",
    )


def _mariadb(connection: Any, limit: timedelta, told: Told) -> None:
    is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
    ends = f"max_statement_time = {limit.total_seconds():g}"
    connection.exec_driver_sql(f"SET SESSION {ends if is_mariadb else f'max_execution_time = {_milliseconds(limit)}'}")
    # TIMESTAMP columns come in the zone of the session
    connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
    plain = connection.exec_driver_sql(
        "SELECT count(*) FROM information_schema.tables"
        " WHERE table_schema = database() AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'"
    ).scalar_one()
    told.note({NOT_TRANSACTIONAL: plain})
    connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _sqlite(connection: Any, limit: timedelta, told: Told) -> None:
    connection.exec_driver_sql("PRAGMA query_only = ON")
    end = time.monotonic() + limit.total_seconds()
    connection.connection.driver_connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    # Python's driver begins no transaction for a SELECT
    connection.exec_driver_sql("BEGIN")


def _oracle(connection: Any, limit: timedelta, told: Told) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    told.note({NO_TIME_LIMIT: 1})


def _mssql(connection: Any, limit: timedelta, told: Told) -> None:
    told.note({NO_TIME_LIMIT: 1})


def _milliseconds(limit: timedelta) -> int:
    return max(1, int(limit.total_seconds() * 1000))


_BEGIN: dict[str, Callable[[Any, timedelta, Told], None]] = {
    "postgresql": _postgresql,
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
    "oracle": _oracle,
    "mssql": _mssql,
}
