"""From an inspection to a first mapping folder that loads: what was guessed, how surely, and what is left to ask."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from flows.inspect.inspection import Inspection, Label
from flows.inspect.write_source import source_yaml
from flows.inspect.yamltext import comment, quoted
from mappings.errors import MappingError

UNKNOWN_LANE = "team"
_OFTEN = 0.8
_MOST_STEPS = 60


def write_mapping(inspection: Inspection, folder: Path) -> list[Path]:
    """Write project.yaml, a source and a first journey; return the files. A folder that holds a project is refused."""
    folder = Path(folder)
    if (folder / "project.yaml").exists():
        raise MappingError(str(folder), "already holds a mapping", "name another folder, or take project.yaml away")
    name = slug(inspection.path.name.split(".")[0]) or "log"
    relative = os.path.relpath(inspection.path.resolve(), folder.resolve())
    lanes = _lanes(inspection)
    contents = {
        "project.yaml": _project(inspection, name, lanes),
        f"sources/{name}.yaml": source_yaml(inspection, name, Path(relative).as_posix(), lanes),
        "journeys/first.yaml": _journey(inspection, lanes),
    }
    for file, content in contents.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8", newline="\n")
    return [folder / file for file in contents]


def slug(text: str) -> str:
    """Return a name of small letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _lanes(inspection: Inspection) -> dict[str, str]:
    """Return the source's lane label → lane; labels that say 'unknown' are no lane."""
    return {label: " ".join(label.split()) for label in inspection.lanes if not is_unknown(label)}


def is_unknown(label: str) -> bool:
    """Tell whether a label says that nothing is known."""
    return bool(
        re.fullmatch(r"empty|unknown|onbekend|geen|none|null|n/?a|[-?. ]+|missing", label.strip(), re.IGNORECASE)
    )


def _project(inspection: Inspection, name: str, lanes: dict[str, str]) -> str:
    questions = "\n".join(
        f"# {number}. {comment(text)[2:]}" for number, text in enumerate(inspection.questions, start=1)
    )
    before = "the first " if not inspection.is_whole else "" if inspection.rejected else "all "
    seen = f"{before}{inspection.rows}"
    declared = "\n".join(f"  {quoted(lane)}: {{}}" for lane in lanes.values()) or f"  {UNKNOWN_LANE}: {{}}"
    return f"""# A first mapping of {comment(inspection.path.name)[2:]}, guessed from {seen} records.
# Questions left for the analyst:
{questions}
name: {quoted(name)}
language: nl
zone: Europe/Amsterdam
purpose: "to be filled in"       # why these data may be used
legal_basis: "to be filled in"
lanes:                           # give each its title, layer, department and organisation
{declared}
"""


def _journey(inspection: Inspection, lanes: dict[str, str]) -> str:
    steps = _steps(inspection.labels[:_MOST_STEPS])
    flow = "\n".join(_in_flow(name, label, inspection.cases) for name, label in steps.items())
    told = "\n".join(_step(name, label, lanes) for name, label in steps.items())
    return f"""# Not a design: the activities in the order in which cases have them, by and large, to start from.
# Steps that fewer than {_OFTEN:.0%} of the cases reach are optional. Replace it by the journey as it was meant.
name: first
flow:
  sequence:
{flow}
steps:
{told}
"""


def _steps(labels: tuple[Label, ...]) -> dict[str, Label]:
    steps: dict[str, Label] = {}
    for number, label in enumerate(labels, start=1):
        name = slug(label.label)[:60].strip("-") or f"step-{number}"
        steps[name if name not in steps else f"{name}-{number}"] = label
    return steps


def _in_flow(name: str, label: Label, cases: int) -> str:
    share = label.cases / cases
    entry = quoted(name) if share >= _OFTEN else f"optional: {quoted(name)}"
    return f"    - {entry}   # in {share:.0%} of the cases"


def _step(name: str, label: Label, lanes: dict[str, str]) -> str:
    lane = lanes.get(label.lane or "") or next(iter(lanes.values()), UNKNOWN_LANE)
    return "\n".join(
        (
            f"  {quoted(name)}:",
            f"    title: {quoted(_shown(label.label))}",
            f"    lane: {quoted(lane)}",
            "    layer: backstage",
            f"    activities: [{quoted(_shown(label.label))}]",
        )
    )


def _shown(label: str) -> str:
    """Return a label as the name of an activity: without spaces at its ends."""
    return label.strip() or "(blank)"
