"""Folders of what is under way last as long as the process that made them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flows.store.held import held_folder


def test_a_folder_goes_when_the_work_ends(tmp_path: Path) -> None:
    with held_folder(tmp_path, "run") as folder:
        (folder / "rows").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_another_process_works_in_stays_and_one_of_a_killed_process_goes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from flows.store.held import held_folder\n"
        "with held_folder(Path(sys.argv[1]), 'other') as f: (f / 'rows').write_text('x'); print(1, flush=True); input()"
    )
    asked = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with held_folder(tmp_path, "run"):
            assert sorted(f.name for f in tmp_path.iterdir()) == ["other", "run"]
        other.kill()
    assert (tmp_path / "other" / "rows").exists()
    with held_folder(tmp_path, "run"):
        assert [f.name for f in tmp_path.iterdir()] == ["run"]


def test_two_runs_of_one_name_share_their_folder(tmp_path: Path) -> None:
    with held_folder(tmp_path, "run"), held_folder(tmp_path, "run") as folder:
        assert folder.is_dir()


def test_what_is_no_folder_of_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with held_folder(tmp_path, ".writing-1", ".writing-*"):
        pass
    assert [f.name for f in tmp_path.iterdir()] == ["kept"]
