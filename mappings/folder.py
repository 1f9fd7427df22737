"""A mapping folder as it was read: each file's model beside its lines, and the problems met on the way.

Layout: project.yaml, sources/*.yaml, journeys/*.yaml (each may name a BPMN file beside it), cards/*.yaml,
calendar.yaml, chain.yaml, corrections.yaml.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from mappings.base import Model
from mappings.calendar import Calendar
from mappings.card import Card
from mappings.correction import Corrections
from mappings.errors import MappingError, Problem
from mappings.journey import Journey
from mappings.problems import problems_of
from mappings.project import Chain, ProjectFile
from mappings.source import Source
from mappings.yamlfile import YamlFile, read_yaml

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Part(Generic[M]):
    """One file: what it says (the model) and where it says it (the file)."""

    file: YamlFile
    model: M


@dataclass
class Folder:
    """All parts of a mapping folder that could be read, and what was wrong with the others."""

    path: Path
    project: Part[ProjectFile] | None = None
    sources: list[Part[Source]] = field(default_factory=list)
    journeys: list[Part[Journey]] = field(default_factory=list)
    cards: list[Part[Card]] = field(default_factory=list)
    calendar: Part[Calendar] | None = None
    chain: Part[Chain] | None = None
    corrections: Part[Corrections] | None = None
    problems: list[Problem] = field(default_factory=list)
    fingerprint: str = ""

    def is_partly_read(self, place: str) -> bool:
        """Tell whether a file there could not be read, so that a name it declares is unknown, not missing."""
        return any(p.where.startswith(place) and p.severity == "error" for p in self.problems)


def read_folder(path: Path) -> Folder:
    """Read every file of the folder; nothing is raised, every problem is kept in `problems`."""
    folder = Folder(path)
    if not path.is_dir():
        folder.problems.append(Problem(str(path), "is not a folder", "name a folder that holds project.yaml"))
        return folder
    folder.project = _one(folder, "project.yaml", ProjectFile, needed=True)
    folder.calendar = _one(folder, "calendar.yaml", Calendar)
    folder.chain = _one(folder, "chain.yaml", Chain)
    folder.corrections = _one(folder, "corrections.yaml", Corrections)
    folder.sources = [part for name in _names(path, "sources") if (part := _part(folder, name, Source))]
    folder.cards = [card for name in _names(path, "cards") if (card := _part(folder, name, Card))]
    journeys = (_part(folder, name, Journey) for name in _names(path, "journeys"))
    folder.journeys = [_with_bpmn(folder, journey) for journey in journeys if journey]
    if not _names(path, "sources"):
        folder.problems.append(
            _without_source(is_begun=bool(_names(path, "journeys")) and not (path / "sources").exists())
        )
    folder.problems.extend(_strays(path))
    folder.fingerprint = fingerprint(path)
    return folder


def _without_source(is_begun: bool) -> Problem:
    """A folder with a journey alone is a beginning: it can be drawn, not mined."""
    remedy = "add one YAML file a source, such as sources/cases.yaml"
    if is_begun:
        return Problem("sources/", "is not there yet: the journey can be drawn, not mined", remedy, "warning")
    return Problem("sources/", "holds no source", remedy)


def _names(path: Path, subfolder: str) -> list[str]:
    return sorted(f"{subfolder}/{file.name}" for file in (path / subfolder).glob("*.yaml"))


def _one(folder: Folder, name: str, model: type[M], needed: bool = False) -> Part[M] | None:
    if (folder.path / name).exists():
        return _part(folder, name, model)
    if needed:
        folder.problems.append(Problem(name, "is missing", "every mapping folder has one; see mappings/template"))
    return None


def _part(folder: Folder, name: str, model: type[M]) -> Part[M] | None:
    try:
        file = read_yaml(folder.path / name, name)
    except MappingError as error:
        folder.problems.extend(error.problems)
        return None
    if not isinstance(file.data, dict):
        folder.problems.append(Problem(f"{name}:1", "is not a mapping", "write 'key: value' lines"))
        return None
    try:
        return Part(file, model.model_validate(file.data))
    except ValidationError as error:
        folder.problems.extend(problems_of(error, file, model))
        return None


def _with_bpmn(folder: Folder, part: Part[Journey]) -> Part[Journey]:
    """Read the flow from the BPMN file that the journey names."""
    if part.model.bpmn is None:
        return part
    if part.model.flow is not None:
        what = "has both 'flow' and 'bpmn'"
        folder.problems.append(Problem(part.file.where("bpmn"), what, "keep one of the two"))
        return part
    from mappings.bpmn import journey_flow

    try:
        flow = journey_flow(folder.path / "journeys", part.model.bpmn)
    except MappingError as error:
        folder.problems.extend(error.problems)
        return part
    return Part(part.file, part.model.model_copy(update={"flow": flow}))


def _strays(path: Path) -> list[Problem]:
    """Name YAML files that no rule of the layout reads: most often a misspelt folder."""
    known = ("project.yaml", "calendar.yaml", "chain.yaml", "corrections.yaml")
    found = [
        f.relative_to(path).as_posix()
        for pattern in ("*.yaml", "*.yml", "*/*.yaml", "*/*.yml")
        for f in path.glob(pattern)
    ]
    parts = ("sources", "journeys", "cards")
    stray = [n for n in found if n not in known and not (n.endswith(".yaml") and n.split("/")[0] in parts)]
    remedy = f"use {', '.join(known)}, sources/*.yaml, journeys/*.yaml or cards/*.yaml"
    return [Problem(name, "is not read", remedy, "warning") for name in sorted(stray)]


def fingerprint(path: Path) -> str:
    """Return the SHA-256 over names and contents of the folder's YAML and BPMN files, the cards left out.

    A card changes no number of a run but its own verdict: runs before and after it stay comparable.
    """
    digest = hashlib.sha256()
    found = (f for suffix in ("*.yaml", "*.bpmn") for f in path.rglob(suffix) if f.is_file())
    files = (f for f in found if f.parent != path / "cards")
    for file in sorted(files, key=lambda f: f.relative_to(path).as_posix()):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(path).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
