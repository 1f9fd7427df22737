"""From a mapping folder to a Project, or to one MappingError that lists every problem of every file."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from mappings.calendar import Calendar
from mappings.check import problems_across
from mappings.errors import MappingError, Problem
from mappings.folder import Folder, read_folder
from mappings.project import Chain, Project


def load_project(folder: Path) -> Project:
    """Return the checked project of a mapping folder.

    Raise MappingError with all problems (`problems`) where a file is not right or the files do not agree.
    Warnings do not stop a project from being loaded; `mappings.check.check` lists them.
    """
    read = read_folder(Path(folder))
    problems = [*read.problems, *problems_across(read)]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or read.project is None:
        raise MappingError(str(folder), problems=errors)
    return _project(read)


def _project(read: Folder) -> Project:
    if read.project is None:
        raise MappingError(str(read.path), "has no project.yaml")
    try:
        return Project(
            file=read.project.model,
            folder=read.path,
            sources=tuple(part.model for part in read.sources),
            journeys=tuple(part.model for part in read.journeys),
            calendar=read.calendar.model if read.calendar else Calendar(),
            chain=read.chain.model if read.chain else Chain(),
            fingerprint=read.fingerprint,
        )
    except ValidationError as error:
        problems = [Problem(str(read.path), detail["msg"].removeprefix("Value error, ")) for detail in error.errors()]
        raise MappingError(str(read.path), problems=problems) from None
