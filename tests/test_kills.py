"""Killed while reading or storing, then run again: the store is the one of an undisturbed run."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.kills import content, trial, undisturbed, written


def test_kills_at_random_moments_leave_no_trace_once_run_again(tmp_path: Path) -> None:
    mapping = written(tmp_path, cases=60)
    took = undisturbed(mapping, tmp_path / "plain")
    wanted = content(tmp_path / "plain")
    assert [len(rows) for rows in wanted.values()] == [180, 60, 0, 1]
    chance = random.Random(7)
    # each kill falls in another tenth of the way, so that reading and storing are both struck
    moments = [took * (tenth + chance.random()) / 10 for tenth in range(10)]
    assert trial(mapping, tmp_path / "killed", wanted, moments) >= 3
