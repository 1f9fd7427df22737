"""A database that tests fill and read as a source, on whichever server it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.sources.extract import extract
from flows.sources.leftover import keep_left
from mappings.source import Source
from tests.extraction import KEY, Extraction, project, source


class Database:
    """One database, emptied for each test."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name, self.url, self.folder = name, url, folder
        self.engine = sa.create_engine(url)
        if name == "sqlite":
            Path(self.engine.url.database or "").touch()
        with self.engine.begin() as connection:
            inspector = sa.inspect(connection)
            for view in inspector.get_view_names():
                connection.execute(sa.text(f"DROP VIEW {connection.dialect.identifier_preparer.quote(view)}"))
            for table in inspector.get_table_names():
                connection.execute(sa.text(f"DROP TABLE {connection.dialect.identifier_preparer.quote(table)}"))

    @property
    def dialect(self) -> str:
        return self.name.partition(" ")[0]

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def source(self, **parts: Any) -> Source:
        plain: dict[str, Any] = {"kind": "sql", "path": None, "url": self.url, "tables": ("stappen",)}
        if "query" in parts:
            plain.pop("tables")
        return source(**{**plain, **parts})

    def read(self, said: Source | None = None, has_stored: bool = True, **parts: Any) -> Extraction:
        """Extract, and keep what the next reading needs, as a run does once the store has all."""
        written = said or self.source(**parts)
        facts = extract(written, project(self.folder, written), self.folder / "work", KEY)
        assert facts.accounted == facts.read
        if has_stored:
            keep_left(self.folder / "work" / "state", written, KEY, facts.left)
        return Extraction(facts)
