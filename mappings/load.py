"""From a mapping folder to a Project, or to one MappingError that lists every problem of every file."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from mappings.calendar import Calendar
from mappings.check import problems_across
from mappings.errors import MappingError, Problem
from mappings.folder import Folder, read_folder
from mappings.journey import Journey
from mappings.project import Chain, Project, ProjectFile
from mappings.source import Source


def load_project(folder: Path) -> Project:
    """Return the checked project of a mapping folder.

    Raise MappingError with all problems (`problems`) where a file is not right or the files do not agree.
    Warnings do not stop a project from being loaded; `mappings.check.check` lists them.
    """
    read = _read(folder)
    if not read.sources:
        remedy = "add one YAML file a source; without a log the journey can be drawn: zaakstroom journey draw"
        raise MappingError(f"{folder}/sources", "holds no source", remedy)
    return _project(read)


def load_design(folder: Path) -> tuple[ProjectFile, tuple[Journey, ...]]:
    """Return project file and journeys of a folder that need not have a source yet.

    Raise MappingError with all problems, as `load_project` does, and where there is no journey.
    """
    read = _read(folder)
    if read.project is None or not read.journeys:
        raise MappingError(f"{folder}/journeys", "holds no journey", "take one from the shelf: zaakstroom journey new")
    return read.project.model, tuple(part.model for part in read.journeys)


def _read(folder: Path) -> Folder:
    read = read_folder(Path(folder))
    problems = [*read.problems, *problems_across(read)]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or read.project is None:
        raise MappingError(str(folder), problems=errors)
    return read


def _project(read: Folder) -> Project:
    if read.project is None:
        raise MappingError(str(read.path), "has no project.yaml")
    try:
        return Project(
            file=read.project.model,
            folder=read.path,
            sources=tuple(_with_corrections(part.model, read) for part in read.sources),
            journeys=tuple(part.model for part in read.journeys),
            cards=tuple(part.model for part in read.cards),
            calendar=read.calendar.model if read.calendar else Calendar(),
            chain=read.chain.model if read.chain else Chain(),
            fingerprint=read.fingerprint,
        )
    except ValidationError as error:
        problems = [Problem(str(read.path), detail["msg"].removeprefix("Value error, ")) for detail in error.errors()]
        raise MappingError(str(read.path), problems=problems) from None


def _with_corrections(source: Source, read: Folder) -> Source:
    """Return the source with what corrections.yaml says of it, so that they are part of how it is read."""
    told = read.corrections.model.corrections if read.corrections else ()
    return source.model_copy(update={"corrections": tuple(each for each in told if each.source == source.name)})
