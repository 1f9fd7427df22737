"""The connection to a case system's database: its URL, kept secret, and a transaction that only reads.

One transaction reads all tables at one moment where the dialect can do that; where it cannot, that is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow as pa

from flows.sources.files import substituted
from flows.sources.records import Told
from flows.sources.sql.dialects import ISOLATION, begin_reading, connect_arguments
from mappings.errors import SourceError
from mappings.source import Source


def where_of(source: Source) -> str:
    """Return what the source is called in messages."""
    return f"source '{source.name}'"


def url_of(source: Source, folder: Path) -> Any:
    """Return the URL of a source, from the mapping, the environment or a block. Raises SourceError, without it."""
    import sqlalchemy as sa

    where = where_of(source)
    text = _from_block(source.url_block, where) if source.url_block else substituted(source.url or "", where)
    try:
        url = sa.engine.make_url(text.strip())
    except (sa.exc.SQLAlchemyError, ValueError):
        # the text may hold a password, so it is not repeated
        raise SourceError(where, "'url' is no database URL", "write it as dialect://user@host/database") from None
    return _located(url, folder, where)


def _from_block(name: str, where: str) -> str:
    from prefect.blocks.system import Secret

    try:
        return str(Secret.load(name).get())
    except Exception as error:
        what = f"the Prefect block '{name}' cannot be read ({type(error).__name__})"
        raise SourceError(where, what, "make a block of type Secret with that name, or use 'url'") from None


def _located(url: Any, folder: Path, where: str) -> Any:
    """Return the URL with a SQLite file beside the mapping, which must exist: SQLite would make an empty one."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url
    if url.database.startswith("file:"):
        return url
    path = (folder / url.database).resolve()
    if not path.is_file():
        raise SourceError(str(path), "there is no such database", f"correct 'url' of {where}")
    return url.set(database=path.as_uri(), query={"mode": "ro", "uri": "true"})


@contextmanager
def reading(source: Source, url: Any, told: Told) -> Iterator[Any]:
    """Give a connection inside one transaction that only reads. Raises SourceError, never with the password."""
    import sqlalchemy as sa

    with explained(source, url):
        name = url.get_backend_name()
        options = {"isolation_level": ISOLATION[name]} if name in ISOLATION else {}
        engine = sa.create_engine(url, hide_parameters=True, connect_args=connect_arguments(url), **options)
        try:
            with engine.connect() as connection:
                begin_reading(connection, source.statement_timeout, told)
                yield connection
                connection.rollback()
        finally:
            engine.dispose()


@contextmanager
def explained(source: Source, url: Any) -> Iterator[None]:
    """Turn what goes wrong in a database or its driver into a SourceError without user, password or parameters.

    Of a stream that breaks, ADBC tells by way of Arrow.
    """
    import sqlalchemy as sa

    where = where_of(source)
    try:
        yield
    except SourceError:
        raise
    except (sa.exc.NoSuchModuleError, ImportError) as error:
        remedy = f"install its driver, such as 'zaakstroom[postgresql]' or 'zaakstroom[mariadb]', or correct {where}"
        what = f"databases of type '{url.drivername}' cannot be read here ({type(error).__name__})"
        raise SourceError(where, what, remedy) from None
    except (sa.exc.SQLAlchemyError, OSError, pa.ArrowException, *_driver_errors()) as error:
        said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        # the original may hold the password, and a traceback shows it
        raise SourceError(
            f"{where} ({shown(url)})", f"the database says: {without(url, said)}", _remedy(said)
        ) from None


def _driver_errors() -> tuple[type[BaseException], ...]:
    try:
        from adbc_driver_manager.dbapi import Error
    except ImportError:
        return ()
    return (Error,)


def shown(url: Any) -> str:
    """Return the URL without user, password and options."""
    return str(url.set(username=None, password=None, query={}).render_as_string())


def without(url: Any, said: str) -> str:
    """Return what a database said, in one line, without the password."""
    text = " ".join(said.split())
    secret = str(url.password) if url.password else ""
    for form in {secret, quote(secret, safe=""), quote_plus(secret)} - {""}:
        text = text.replace(form, "***")
    return text


def _remedy(said: str) -> str:
    low = said.lower()
    if "timeout" in low or "max_statement_time" in low or "interrupted" in low:
        return "raise 'statement_timeout', or read less with 'watermark' or a narrower query"
    if "password" in low or "access denied" in low or "authentication" in low:
        return "check user and password of 'url'"
    if "permission denied" in low or "command denied" in low:
        return "ask the owner of the database for the right to SELECT"
    return "check 'url' and the tables and queries of the source"
