"""The shelf of journeys that ships: starting points for common Dutch services, without a log.

In: a name from the shelf. Out: a mapping folder of one's own, with project.yaml and the journey; sources come later.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mappings.base import Text
from mappings.errors import MappingError
from mappings.problems import suggestion
from mappings.project import ProjectFile
from mappings.yamlfile import read_yaml

SHELF = Path(__file__).parent / "journeys"
_NAME = re.compile(r"^name: .*$", re.MULTILINE)


@dataclass(frozen=True)
class Starter:
    """A journey on the shelf."""

    name: str
    title: Text
    folder: Path


def shelf() -> tuple[Starter, ...]:
    """Return what stands on the shelf, by name; only the project files are read."""
    found = []
    for path in sorted(SHELF.glob("*/project.yaml")):
        project = ProjectFile.model_validate(read_yaml(path, f"{path.parent.name}/project.yaml").data)
        found.append(Starter(path.parent.name, project.title, path.parent))
    return tuple(found)


def take(name: str, target: Path) -> Path:
    """Copy a journey from the shelf to `target`, which must not exist or be empty; its project gets the folder's name.

    Raise MappingError where the shelf has no such journey or the folder is in use.
    """
    starters = {starter.name: starter for starter in shelf()}
    if name not in starters:
        raise MappingError(f"journey '{name}'", "is not on the shelf", suggestion(name, starters))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise MappingError(str(target), "is in use", "name a folder that does not exist yet")
    shutil.copytree(starters[name].folder, target, dirs_exist_ok=True)
    project = target / "project.yaml"
    own = re.sub(r"[^a-z0-9_-]+", "-", target.resolve().name.lower()).strip("-_") or name
    project.write_text(_NAME.sub(f"name: {own}", project.read_text("utf-8"), count=1), "utf-8")
    return target
