"""Memory does not grow with the file: a log twelve times as large takes no more.

Each is read in a fresh process, in small batches so that a batch is full in the small file too. Of CSV and Parquet
the library reads megabytes ahead, which these sizes do not fill: `python -m benchmarks.memory` measures them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import log_files
from benchmarks.memory import in_fresh_process, write

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
