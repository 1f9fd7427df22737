"""Memory does not grow with the file: a log twelve times as large takes no more.

Each is read in a fresh process, in small batches so that a batch is full in the small file too. Of CSV and Parquet
the library reads megabytes ahead, which these sizes do not fill: `python -m benchmarks.memory` measures them. What
Arrow holds of a Parquet file is counted here.
"""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import log_files
from benchmarks.memory import in_fresh_process, write
from flows.sources.columnar import read_parquet
from mappings.source import Source

SMALL, LARGE, BATCH_ROWS = 1_000, 12_000, 250
GROWTH_MEGABYTES = 14
"""Half of what the texts or the cases of the large file take, and above what caches and allocators take."""


def peak(form: str, folder: Path, rows: int) -> float:
    folder.mkdir()
    write(form, folder, rows)
    return in_fresh_process("read", form, folder, BATCH_ROWS)


@pytest.mark.parametrize("form", ["xlsx", "xes", "ocel json", "ocel xml", "ocel sqlite", "sql"])
def test_reading_takes_no_more_memory_for_a_larger_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(log_files, "EVENTS_A_CASE", 1)
    monkeypatch.setattr(log_files, "PADDING", "x" * 2_400)
    assert peak(form, tmp_path / "large", LARGE) - peak(form, tmp_path / "small", SMALL) < GROWTH_MEGABYTES


def test_nothing_is_held_of_the_part_of_a_parquet_file_that_was_read(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).integers(1 << 62, size=2_000_000)
    pq.write_table(pa.table({"case": numbers}), path := tmp_path / "log.parquet", row_group_size=10_000)
    columns = {"case": "case", "activity": "case", "completed_at": "case"}
    source = Source.model_validate({"name": "log", "kind": "parquet", "path": path.name, "columns": columns})
    tracemalloc.start(1)
    try:
        before = _held()
        held = [_held() - before for _ in read_parquet(source, tmp_path)]
    finally:
        tracemalloc.stop()
    assert len(held) == 40
    assert max(held) < path.stat().st_size / 4


def _held() -> int:
    """Return the bytes that Arrow holds, and those of a file that Python read for it."""
    return pa.total_allocated_bytes() + tracemalloc.get_traced_memory()[0]
