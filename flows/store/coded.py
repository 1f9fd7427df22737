"""The coded log beside the event store: made from one version of it under one mapping, kept until either changes.

Rules owned here: the event table is the truth and this is derived. It is written aside and moved into place whole, so
that a crash leaves none; it is found by a key over the version of the tables, the mapping and the form of the files,
so that it is never read for anything but what it was made from; and it goes before destroyed cases do.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flows.store.held import held_folder
from mining.ahead import ahead
from mining.coded_log import CodedLog

FORM = 7
"""To be raised with every change of what stands in the files: older ones are then made anew."""
KEPT = 2
"""Folders that stay: the newest, and the one before, which another run may still be reading."""
TABLES = ("rows", "cases", "tokens", "sequences", "labels", "suspended")
_BOUNDS = "bounds.json"
_ROW_GROUP = 250_000


class CodedFolder:
    """The coded logs of one store, in `coded/<key>/`."""

    def __init__(self, store: Path) -> None:
        """Point at the store's folder; nothing need be there yet."""
        self.folder = store / "coded"

    def key(self, version: dict[str, int], mapping: str) -> str:
        """Return what a coded log is found by."""
        made_from = {"form": FORM, "mapping": mapping, "version": {t: version.get(t) for t in ("events", "cases")}}
        return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:32]

    def read(self, con: Any, key: str) -> CodedLog | None:
        """Return the coded log of that key, or None where there is none."""
        folder = self.folder / key
        if not (folder / _BOUNDS).exists():
            return None
        return _opened(con, folder)

    def made(self, con: Any, key: str, code: Callable[[Callable[[str, Any], Any]], CodedLog]) -> CodedLog:
        """Let `code` make the coded log, writing each table as it is ready, and return it from its place."""
        with held_folder(self.folder, f".writing-{uuid.uuid4().hex}", ".writing-*") as aside:
            coded = code(lambda name, table: _written(con, aside / f"{name}.parquet", name, table))
            (aside / _BOUNDS).write_text(json.dumps(coded.bounds), encoding="utf-8")
            self._move(aside, key)
        self._drop_older(key)
        return _opened(con, self.folder / key)

    def _move(self, aside: Path, key: str) -> None:
        try:
            aside.rename(self.folder / key)
        except OSError:
            # another run made the same in the meantime
            if not (self.folder / key / _BOUNDS).exists():
                raise

    def _drop_older(self, key: str) -> None:
        whole = [f for f in self.folder.iterdir() if not f.name.startswith(".") and f.name != key]
        for folder in sorted(whole, key=lambda f: f.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)

    def forget(self) -> None:
        """Remove every coded log."""
        if self.folder.exists():
            shutil.rmtree(self.folder)


def _written(con: Any, path: Path, name: str, table: Any) -> Any:
    if isinstance(table, pa.RecordBatchReader):
        _stream(path, table)
    else:
        # version 2 packs whole numbers: read in two thirds of the time, and a fifth smaller
        con.to_parquet(table, str(path), compression="snappy", row_group_size=_ROW_GROUP, parquet_version="v2")
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return con.read_parquet(str(path), table_name=f"zs_made_{name}")


def _stream(path: Path, batches: pa.RecordBatchReader) -> None:
    """Write a table while more of it is made. Moments are packed as differences; texts alone are worth compressing."""
    schema = batches.schema
    packed = [f.name for f in schema if f.type == pa.int64() or f.name == "case"]
    texts = [f.name for f in schema if f.type == pa.string()]
    with pq.ParquetWriter(
        path,
        schema,
        compression={f.name: "snappy" if f.name in texts else "none" for f in schema},
        use_dictionary=[f.name for f in schema if f.name not in (*packed, *texts)],
        column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"),
        write_statistics=["case", "position"],
    ) as writer:
        for batch in ahead(batches):
            writer.write_batch(batch, row_group_size=_ROW_GROUP)


def _opened(con: Any, folder: Path) -> CodedLog:
    bounds = json.loads((folder / _BOUNDS).read_text(encoding="utf-8"))
    tables = {name: con.read_parquet(str(folder / f"{name}.parquet"), table_name=f"zs_kept_{name}") for name in TABLES}
    return CodedLog(**tables, bounds=tuple(bounds) if bounds else None)
