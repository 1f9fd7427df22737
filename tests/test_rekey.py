"""Another key: every pseudonym is another one, everywhere, or the command says what it cannot change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.forgotten import forgotten_cases
from flows.pseudonym import project_key, pseudonym
from flows.rekey import rekey_project
from flows.store import EventStore
from mappings.errors import StoreError
from tests.test_forget import GONE, filled, forgotten, mapping, naming

__all__ = ["mapping"]
OLD, NEW = "the old key, of enough length", "the new key, of enough length"
SOURCE = """
name: log
kind: csv
path: ../log.csv
columns: {case: zaak, activity: wat, completed_at: klaar, resource: verwijst}
"""


@pytest.fixture
def keyed(mapping: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (mapping / "sources" / "log.yaml").write_text(SOURCE)
    monkeypatch.setenv("ZAAKSTROOM_KEY", OLD)
    filled(mapping)
    monkeypatch.setenv("ZAAKSTROOM_KEY_OLD", OLD)
    monkeypatch.setenv("ZAAKSTROOM_KEY", NEW)
    return mapping


def rekeyed(folder: Path, **more: Any) -> str:
    return rekey_project(folder, folder.parent / "store", folder.parent / "out", **more)


def test_every_pseudonym_is_of_the_new_key(keyed: Path) -> None:
    store = keyed.parent / "store"
    assert naming(store, pseudonym(GONE, OLD.encode()))
    rekeyed(keyed)
    assert naming(store, pseudonym(GONE, OLD.encode())) == []
    assert naming(store, pseudonym(GONE, NEW.encode()))
    assert sorted(p.name for p in store.iterdir()) == ["small"]


def test_what_was_forgotten_stays_forgotten_under_another_key(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = keyed.parent / "store"
    monkeypatch.setenv("ZAAKSTROOM_KEY", OLD)
    forgotten(keyed, "ZAAK-88000")
    monkeypatch.setenv("ZAAKSTROOM_KEY", NEW)
    rekeyed(keyed)
    assert naming(store, "ZAAK-88000") == []
    assert forgotten_cases(store / "small", project_key(store / "small" / "pseudonym.key"))


def test_events_that_no_source_shows_any_more_stop_it_unless_asked(keyed: Path) -> None:
    log, store = keyed.parent / "log.csv", keyed.parent / "store" / "small"
    log.write_text("\n".join(log.read_text().splitlines()[:-2]) + "\n")
    before = EventStore(store).version()
    with pytest.raises(StoreError, match=r"no longer show.*2 of log.*nothing was changed"):
        rekeyed(keyed)
    assert EventStore(store).version() == before
    assert "events read anew" in rekeyed(keyed, lose=True)


def test_a_change_of_key_that_was_killed_is_ended_by_the_same_command(
    keyed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    for place in ("flows.rekey._missing", "flows.rekey.strip_all"):
        with monkeypatch.context() as patch:
            patch.setattr(place, killed)
            with pytest.raises(Killed):
                rekeyed(keyed)
    rekeyed(keyed)
    store = keyed.parent / "store"
    assert naming(store, pseudonym(GONE, OLD.encode())) == []
    assert sorted(p.name for p in store.iterdir()) == ["small"]


def test_the_same_key_or_an_unknown_one_is_refused(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAAKSTROOM_KEY", OLD)
    with pytest.raises(StoreError, match="the new key is the old one"):
        rekeyed(keyed)
    monkeypatch.delenv("ZAAKSTROOM_KEY_OLD")
    with pytest.raises(StoreError, match="the old key is not known"):
        rekeyed(keyed)


def test_a_run_under_another_key_is_refused_before_it_mixes_pseudonyms(keyed: Path) -> None:
    with pytest.raises(StoreError, match=r"filled under another ZAAKSTROOM_KEY.*zaakstroom rekey"):
        filled(keyed)
