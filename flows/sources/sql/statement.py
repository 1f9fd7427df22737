"""What is asked of a database: the columns that the mapping names, of tables that there are or of one SELECT.

Names are quoted by the dialect, values are bound. Of a query only the columns that the mapping names are taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from typing import Any

from flows.sources.columns import attempt_names, case_names, event_columns, event_names, require
from flows.sources.sql.connection import where_of
from mappings.errors import SourceError
from mappings.source import Source

_ONLY = "only one SELECT, or WITH … SELECT, is read"
_COLON = re.compile(r"(?<![:\\]):(?=\w)")
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "DROP", "ALTER", "CREATE", "TRUNCATE", "GRANT", "COMMAND")
_MANY = 40
_FIRST_YEAR = "1"
# OIDs of PostgreSQL's types that both drivers give alike; all others are turned into text by the server
_PLAIN_OIDS = {16, 17, 19, 20, 21, 23, 25, 701, 1042, 1043, 1082, 1114, 1184}


@dataclass(frozen=True)
class Asked:
    """One table or query of a source, with the columns that are taken of it."""

    relation: Any
    """What stands after FROM."""
    where: str
    """What a record's number stands behind."""
    file: int
    is_cases: bool
    case: str
    """The column with the case."""
    columns: tuple[str, ...]
    watermark: str | None = None
    casts: frozenset[str] = frozenset()
    """Columns that the server turns into text."""

    def select(self, changed: Any = None) -> Any:
        """Return the statement; with `changed`, of the cases that it gives, and of rows without a case."""
        import sqlalchemy as sa

        names = dict.fromkeys([*self.columns, *([self.watermark] if self.watermark else [])])
        taken = sa.select(*(self._taken(name) for name in names)).select_from(self.relation)
        if changed is None:
            return taken
        case = sa.column(self.case)
        return taken.where(sa.or_(case.in_(changed.select), sa.and_(case.is_(None), self._is_later(changed.since))))

    def changed(self, since: Any) -> Any:
        """Return the statement that gives the cases with a row at or after `since`, or without a watermark."""
        import sqlalchemy as sa

        return sa.select(sa.column(self.case)).select_from(self.relation).where(self._is_later(since))

    def _is_later(self, since: Any) -> Any:
        import sqlalchemy as sa

        stamp = sa.column(self.watermark or "")
        is_later = sa.or_(stamp >= sa.bindparam("since", since), stamp.is_(None))
        # of texts, also those that are empty or stand for it, such as 0000-00-00: they come before any year
        return sa.or_(is_later, stamp < _FIRST_YEAR) if isinstance(since, str) else is_later

    def _taken(self, name: str) -> Any:
        import sqlalchemy as sa

        return sa.cast(sa.column(name), sa.Text).label(name) if name in self.casts else sa.column(name)


@dataclass(frozen=True)
class Changed:
    """The cases that have changed since the last reading."""

    select: Any
    since: Any


def changed_cases(asked: Sequence[Asked], since: Any) -> Changed:
    """Return the cases of which any table or query has a later row."""
    import sqlalchemy as sa

    singly = [each.changed(since) for each in asked]
    return Changed(reduce(lambda one, other: sa.union(one, other), singly), since)


def asked_of(source: Source, connection: Any) -> list[Asked]:
    """Return what is asked, checked against what is there. Raises SourceError, before any row is read."""
    names = attempt_names(source) if source.record == "attempts" else event_names(source)
    case = event_columns(source).case if source.columns else ""
    mark = source.watermark.column if source.watermark else None
    texts = source.tables or (source.query or "",)
    asked = [
        _asked(source, connection, text, _key(source, text), number, False, case, tuple(names), mark)
        for number, text in enumerate(texts)
    ]
    if source.cases_query:
        key = source.case.case or case
        mark = mark and ((source.watermark and source.watermark.cases_column) or mark)
        cases = tuple(case_names(source))
        asked.append(_asked(source, connection, source.cases_query, "cases_query", 0, True, key, cases, mark))
    return asked


def _key(source: Source, text: str) -> str:
    return f"table {text}" if source.tables else "query"


def _asked(source: Source, connection: Any, text: str, key: str, number: int, is_cases: bool, *parts: Any) -> Asked:
    case, columns, mark = parts
    relation = _relation(source, connection, text, "tables" if source.tables and not is_cases else key)
    asked = Asked(relation, f"{source.name} {key} row", number, is_cases, case, columns, mark)
    types = _types(connection, relation)
    wanted = [*columns, *([mark] if mark else [])]
    require(source, wanted, types, f"{where_of(source)}, {key}")
    if connection.dialect.name != "postgresql":
        return asked
    casts = frozenset(name for name in columns if types[name] not in _PLAIN_OIDS and name != mark)
    return Asked(relation, asked.where, number, is_cases, case, columns, mark, casts)


def _types(connection: Any, relation: Any) -> dict[str, Any]:
    """Return the columns and the driver's codes of their types, of a reading without rows."""
    import sqlalchemy as sa

    nothing = sa.select(sa.text("*")).select_from(relation).where(sa.text("1 = 0"))
    result = connection.execute(nothing)
    names = list(result.keys())
    codes = [column[1] for column in result.cursor.description] if result.cursor is not None else [None] * len(names)
    result.close()
    return dict(zip(names, codes, strict=True))


def _relation(source: Source, connection: Any, text: str, key: str) -> Any:
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    named = _table(inspector, text)
    if named is not None:
        return named
    if key != "tables" and not _is_name(text):
        refuse_other_than_select(source, text, key, connection.dialect.name)
        # a colon is no parameter here: the query is taken as it stands
        query = sa.text(_COLON.sub(r"\\:", text.strip().rstrip("; \n")))
        return query.columns(sa.column("*", is_literal=True)).subquery("zaakstroom_query")
    raise _no_such_table(source, inspector, text)


def _is_name(text: str) -> bool:
    return re.fullmatch(r"\s*[^\s;()]+\s*", text) is not None


def _table(inspector: Any, text: str) -> Any:
    """Return the table or view of that name, as it stands or as schema.name; None where there is none."""
    import sqlalchemy as sa

    schema, dot, name = text.strip().rpartition(".")
    tried = [(None, text.strip())] + ([(schema, name)] if dot else [])
    for within, table in tried:
        if within is not None and within not in inspector.get_schema_names():
            continue
        if table in _tables(inspector, within):
            return sa.table(table, schema=within)
    return None


def _tables(inspector: Any, schema: str | None) -> list[str]:
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    with_materialized = getattr(inspector, "get_materialized_view_names", None)
    if with_materialized is not None and inspector.dialect.name == "postgresql":
        names += with_materialized(schema)
    return names


def _no_such_table(source: Source, inspector: Any, name: str) -> SourceError:
    schema, dot, _ = name.strip().rpartition(".")
    schemas = inspector.get_schema_names()
    if dot and schema not in schemas:
        close = get_close_matches(schema, schemas, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        what = f"the database has no schema '{schema}'"
        return SourceError(where_of(source), what, f"{hint}It has {_listed(schemas)}")
    known = [f"{schema}{dot}{table}" for table in _tables(inspector, schema or None)]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return SourceError(where_of(source), f"the database has no table '{name}'", f"{hint}It has {_listed(known)}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return (", ".join(sorted(names)[:_MANY]) or "none") + more


def refuse_other_than_select(source: Source, text: str, key: str, dialect: str) -> None:
    """Raise SourceError unless the text is one SELECT. The transaction forbids writing besides."""
    from sqlglot.errors import SqlglotError
    from sqlglot.tokens import TokenType

    try:
        tokens = _tokens(text, dialect)
    except SqlglotError:
        raise SourceError(where_of(source), f"'{key}' is no SQL that can be read", _ONLY) from None
    kinds = [token.token_type for token in tokens]
    while kinds and kinds[-1] is TokenType.SEMICOLON:
        kinds.pop()
    first = next((kind for kind in kinds if kind is not TokenType.L_PAREN), None)
    writes = {TokenType[name] for name in _WRITES if name in TokenType.__members__}
    if first not in (TokenType.SELECT, TokenType.WITH) or TokenType.SEMICOLON in kinds or writes & set(kinds):
        raise SourceError(where_of(source), f"'{key}' is neither a table nor one SELECT", _ONLY)


def _tokens(text: str, dialect: str) -> Any:
    import sqlglot
    from sqlglot.dialects.dialect import Dialect

    names = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql"}
    known = names.get(dialect, dialect)
    return sqlglot.tokenize(text, read=known if Dialect.get(known) else None)
