"""Calls that run in the second process."""

from __future__ import annotations

import math
import operator
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.another_core import another_core

ROOT = Path(__file__).resolve().parents[1]


def test_calls_are_made_in_another_process_and_their_results_come_back() -> None:
    with another_core() as submit:
        first, second, where = submit(operator.add, 1, 2), submit(math.factorial, 20), submit(os.getpid)
        assert (first(), second()) == (3, 2432902008176640000)
        assert where() != os.getpid()


def test_each_core_has_a_process_of_its_own_and_they_run_at_the_same_time(tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    os.mkfifo(meeting)
    with another_core(2) as submit:
        # either end of a pipe waits until the other one is opened
        reader, writer = submit(os.open, meeting, os.O_RDONLY, core=0), submit(os.open, meeting, os.O_WRONLY, core=1)
        assert reader(60) > 0
        assert writer(60) > 0
        assert submit(os.getpid, core=0)() != submit(os.getpid, core=1)()


def test_an_error_in_a_call_is_raised_where_its_result_is_asked_for() -> None:
    with another_core() as submit:
        wrong, right = submit(operator.truediv, 1, 0), submit(operator.add, 1, 2)
        with pytest.raises(ZeroDivisionError):
            wrong()
        assert right() == 3


def test_a_process_that_dies_says_so() -> None:
    with another_core() as submit, pytest.raises(RuntimeError, match="ended with 3"):
        submit(os._exit, 3)()


def test_a_script_without_a_guard_is_not_run_twice(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os\nfrom flows.another_core import another_core\nprint('once')\n"
        "with another_core() as submit:\n    print(submit(os.getpid)() != os.getpid())\n"
    )
    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.stdout.split() == ["once", "True"], run.stderr
