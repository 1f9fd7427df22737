"""Killed while reading, storing or linking, then run again: all that is left is that of an undisturbed run."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.killed_run import PHASES
from benchmarks.killed_world import world
from benchmarks.kills import Kills, Moment, killed, moment_in


def test_kills_at_random_moments_leave_no_trace_once_run_again(tmp_path: Path) -> None:
    with world(tmp_path, cases=40) as served:
        kills = Kills(served, tmp_path, random.Random(7))
        kills.measure()
        assert {part.phase for night in kills.parts for part in night} == {"", *PHASES}
        assert kills.wanted[0] != kills.wanted[1]
        kills.trial(2)
    assert kills.struck.total >= 3


def test_a_kill_that_comes_too_late_is_not_counted(tmp_path: Path) -> None:
    with world(tmp_path, cases=5) as served:
        assert killed(served.mapping, tmp_path / "store", Moment(0.0, PHASES[-1], turn=9)) is None
        assert killed(served.mapping, tmp_path / "store", Moment(0.0, PHASES[0])) == PHASES[0]


def test_a_moment_lies_within_the_part_that_is_asked_for(tmp_path: Path) -> None:
    from benchmarks.kills import Part

    parts = [Part("a", 0, 0.0, 2.0), Part("b", 0, 2.0, 3.0), Part("b", 1, 5.0, 4.0)]
    moments = [moment_in(parts, random.Random(n), "b") for n in range(20)]
    assert {m.turn for m in moments} == {0, 1}
    assert all(m.phase == "b" and m.seconds <= (3.0, 4.0)[m.turn] for m in moments)
