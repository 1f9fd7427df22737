"""A ZGW server and a source that reads it, for tests: what was asked, and the rows that came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.sources import extract
from flows.sources.zgw import client as zgw_client
from mappings.source import Source
from tests.extraction import KEY, Extraction, project
from tests.zgw_data import ZgwData
from tests.zgw_server import SECRET, ZgwServer, serving


@dataclass
class Zgw:
    """A served installation, and the folder that its readings are kept in."""

    server: ZgwServer
    folder: Path

    def source(self, client: str = "all", **parts: Any) -> Source:
        own = {name: parts.pop(name) for name in ("keep", "activities", "ignored", "case", "lanes") if name in parts}
        asked = {"root": self.server.origin, "client_id": client, "secret_env": "ZGW_SECRET", **parts}
        return Source.model_validate({"name": "zaken", "kind": "zgw", "zgw": asked, "keep": ["soort"], **own})

    def read(self, client: str = "all", **parts: Any) -> Extraction:
        """Bring the copy up to date and return its records as events; the law holds."""
        source = self.source(client, **parts)
        self.server.asked.clear()
        facts = extract(source, project(self.folder, source), self.folder / "work", KEY)
        assert facts.accounted == facts.read
        return Extraction(facts)


@contextmanager
def zgw(folder: Path, monkeypatch: pytest.MonkeyPatch, data: ZgwData, **parts: Any) -> Iterator[Zgw]:
    """Serve data; the client waits for nothing."""
    monkeypatch.setenv("ZGW_SECRET", SECRET)
    monkeypatch.setattr(zgw_client, "_FIRST_WAIT_SECONDS", 0.0)
    with serving(ZgwServer(data, **parts)) as server:
        yield Zgw(server, folder)


def later(days: int) -> datetime:
    """Return the same hour some days from now."""
    return datetime.now(UTC) + timedelta(days)
