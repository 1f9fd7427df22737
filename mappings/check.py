"""What must hold across the files of a mapping folder."""

from __future__ import annotations

from pathlib import Path

from mappings.errors import Problem
from mappings.folder import Folder, read_folder


def check(folder: Path) -> list[Problem]:
    """Return every problem of a mapping folder, errors before warnings."""
    read = read_folder(Path(folder))
    problems = [*read.problems, *problems_across(read)]
    return sorted(problems, key=lambda problem: problem.severity == "warning")


def problems_across(folder: Folder) -> list[Problem]:
    """Return what does not agree between the files."""
    return []
