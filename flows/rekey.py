"""Another key for the pseudonyms: every source is read anew under it, into a store that then takes the old one's place.

A pseudonym cannot be turned back, so nothing but reading anew changes it. Rules owned here: nothing of the old store
goes before the new one is whole; events that the sources no longer show cannot be brought along, and are refused to
be lost unless asked; killed at any moment, the command can be given again.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

import duckdb

from flows.forget_published import strip_all
from flows.forgotten import forgotten_cases, keep_forgotten
from flows.pseudonym import KEY_VARIABLE, checked_key, project_key
from flows.store import EventStore
from mappings.errors import StoreError
from mappings.load import load_project

OLD_VARIABLE = "ZAAKSTROOM_KEY_OLD"
_KEY = "pseudonym.key"


def rekey_project(mapping: Path, stores: Path | None, out: Path | None, lose: bool = False) -> str:
    """Read every source anew under another key; return in words what was done.

    The new key is ZAAKSTROOM_KEY, the old one ZAAKSTROOM_KEY_OLD or the key file; where no variable is set, the key
    file gets a new one. `lose`: go on although the old store has events that no source shows any more.
    """
    from flows.recorded import recorded
    from flows.request import RunRequest
    from flows.run import extract_all, keep, prepare, work_folder

    project = load_project(mapping)
    name = project.file.name
    root = stores or Path("store")
    store, fresh, former = root / name, root / f".rekey-{name}", root / f".old-{name}"
    runs = out or Path("out") / name
    if former.exists():
        return _finished(store, fresh, former, runs, name)
    if not store.is_dir():
        raise StoreError(str(store), "there is no store of this project", "run the mapping first")
    old, new = _keys(store)
    listed = forgotten_cases(store, old)
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / name).mkdir(parents=True)
    if new is not None:
        _write_key(fresh / name / _KEY, new)
    key = project_key(fresh / name / _KEY)
    keep_forgotten(fresh / name, key, listed)
    prepared = prepare(RunRequest(mapping, runs, fresh))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        keep(prepared, extract_all(prepared, work, lambda what: None), registry)
    missing = _missing(store, fresh / name)
    if missing and not lose:
        told = ", ".join(f"{count} of {source}" for source, count in missing.items())
        shutil.rmtree(fresh)
        what = f"events are stored that the sources no longer show, and cannot get a new pseudonym: {told}"
        raise StoreError(str(store), what, "nothing was changed; give --lose to do without them")
    for part in ("registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"):
        if (store / part).exists():
            shutil.copy2(store / part, fresh / name / part)
    store.rename(former)
    return _finished(store, fresh, former, runs, name)


def _finished(store: Path, fresh: Path, former: Path, runs: Path, name: str) -> str:
    """Put the new store into place and let go of the old one: what is left to do when the new one is whole."""
    if not store.exists():
        (fresh / name).rename(store)
    shutil.rmtree(fresh, ignore_errors=True)
    removed = strip_all(runs, name)
    shutil.rmtree(former)
    events = _count(store)
    return (
        f"rekeyed: {sum(events.values())} events read anew under the new key\n"
        f"runs removed, since they hold pseudonyms of the old key: {', '.join(removed) or '-'}\n"
        "what cannot be changed: copies of exports outside the folder of runs, and back-ups;"
        " run the mapping again for a publication"
    )


def _keys(store: Path) -> tuple[bytes, bytes | None]:
    """Return the old key, and the new one where it goes into the key file."""
    wanted, before, file = os.environ.get(KEY_VARIABLE), os.environ.get(OLD_VARIABLE), store / _KEY
    if before is None and not file.exists():
        raise StoreError(OLD_VARIABLE, "the old key is not known", f"set {OLD_VARIABLE} to the key of before")
    old = checked_key(before.encode() if before else file.read_bytes().strip(), OLD_VARIABLE)
    if wanted is not None:
        if wanted.encode() == old:
            raise StoreError(KEY_VARIABLE, "the new key is the old one", f"set {KEY_VARIABLE} to the new key")
        return old, None
    return old, secrets.token_hex(32).encode()


def _write_key(path: Path, key: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)


def _count(store: Path) -> dict[str, int]:
    with duckdb.connect() as con:
        query = f"SELECT source, sum(records)::BIGINT FROM ({EventStore(store).sql('events')}) GROUP BY 1"  # noqa: S608
        return dict(con.sql(query).fetchall())


def _missing(store: Path, fresh: Path) -> dict[str, int]:
    """Return source → events of the old store that were not read anew, told by what no key changes."""
    told = "source, activity, raw_activity, started_at, completed_at"
    old, new = (EventStore(folder).sql("events") for folder in (store, fresh))
    gone = f"SELECT {told} FROM ({old}) EXCEPT ALL SELECT {told} FROM ({new})"  # noqa: S608 - own columns
    with duckdb.connect() as con:
        return dict(con.sql(f"SELECT source, count(*) FROM ({gone}) GROUP BY 1 ORDER BY 1").fetchall())  # noqa: S608
