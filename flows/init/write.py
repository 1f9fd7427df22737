"""The first mapping folder of a ZGW installation: project, source, and a journey per zaaktype, with its questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.init.case_type import CaseType, duration_of, months_of
from flows.inspect.write import slug
from flows.inspect.yamltext import comment, quoted
from mappings.errors import MappingError

LANE = "behandeling"
_OFTEN = 0.8


@dataclass(frozen=True)
class Installation:
    """How the source reaches the APIs."""

    root: str
    client_id: str = "zaakstroom"
    secret_env: str = "ZGW_SECRET"  # noqa: S105
    units: tuple[str, ...] = ()
    is_named: bool = False
    """The zaaktypen were asked for by name: the source then reads no others."""


def write_folder(case_types: Sequence[CaseType], where: Installation, folder: Path) -> list[Path]:
    """Write project.yaml, a source and the journeys; return the files. A folder that holds a project is refused."""
    if (folder / "project.yaml").exists():
        raise MappingError(str(folder), "already holds a mapping", "name another folder, or take project.yaml away")
    usable = [each for each in case_types if each.steps]
    if not usable:
        raise MappingError(str(folder), "no zaaktype has a status", "a journey needs statuses; choose other zaaktypen")
    names = _unique([slug(f"{each.identificatie} {each.title}")[:60].strip("-") or "zaaktype" for each in usable])
    contents = {"project.yaml": _project(usable, names[0], where), "sources/zaken.yaml": _source(usable, where)}
    for name, each in zip(names, usable, strict=True):
        contents[f"journeys/{name}.yaml"] = _journey(name, each)
    for file, content in contents.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8", newline="\n")
    return [folder / file for file in contents]


def _unique(names: Sequence[str]) -> list[str]:
    return [name if names.index(name) == i else f"{name}-{i + 1}" for i, name in enumerate(names)]


def _project(case_types: Sequence[CaseType], journey: str, where: Installation) -> str:
    lanes = dict.fromkeys([LANE, *(" ".join(unit.split()) for unit in where.units)])
    declared = "\n".join(f"  {quoted(lane)}: {{}}" for lane in lanes)
    return f"""# A first mapping of {len(case_types)} zaaktypen. What only you can say is asked in each journey.
# For one zaaktype alone, name it: zaakstroom init --zaaktype …
name: zaken
language: nl
zone: Europe/Amsterdam
purpose: "to be filled in"       # why these data may be used
legal_basis: "to be filled in"
journey: {quoted(journey)}
# Teams and partners; give each its title, layer, department and organisation.
lanes:
{declared}
"""


def _source(case_types: Sequence[CaseType], where: Installation) -> str:
    activities = {name: _activity(name) for each in case_types for name in each.steps}
    endings = list(dict.fromkeys(name for each in case_types for name in each.endings if name not in activities))
    results = list(dict.fromkeys(name for each in case_types for name in each.ending_results))
    lines = [f"  {quoted(name)}: {rule}" for name, rule in activities.items()]
    lines += [
        f"  {quoted(n)}: {{name: {quoted(_shown(n))}, role: automatic}}"
        for n in dict.fromkeys([*endings, *results])
        if n not in activities
    ]
    named = ", ".join(quoted(each.identificatie) for each in case_types)
    chosen = f"  zaaktypen: [{named}]\n" if where.is_named else ""
    listed = ", ".join(map(quoted, results))
    units = "".join(f"  {quoted(unit)}: {quoted(' '.join(unit.split()))}\n" for unit in where.units)
    return f"""# A status marks entering a state: each says which step it opens, until the next one.
name: zaken
title: Zaaksysteem
kind: zgw
zone: Europe/Amsterdam
zgw:
  root: {_address(where.root)}
  client_id: {quoted(where.client_id)}
  secret_env: {where.secret_env}      # the secret itself never stands here
{chosen}  # With one of these results the last status is told under the result's own name: no answer was given.
  ending_results: [{listed}]
  # audit_trail: open             # one request a case; only there stand the dates of suspensions and extensions
  # decisions: true               # needs the scope besluiten.lezen
  # kenmerken: [OLO]              # the bron of references to keep, to link cases by
activities:
{chr(10).join(lines)}
""" + (f"lanes:\n{units}" if units else "")


def _address(root: str) -> str:
    return root if root.startswith("${") else quoted(root)


def _activity(name: str) -> str:
    opens = f"{{step: {quoted(step_name(name))}, lane: {LANE}, until: next}}"
    return f"{{name: {quoted(_shown(name))}, opens: {opens}}}"


def step_name(status: str) -> str:
    """Return the step that a status opens."""
    return slug(status)[:60].strip("-") or "status"


def _shown(label: str) -> str:
    return " ".join(label.split()) or "(blank)"


def _journey(name: str, case_type: CaseType) -> str:
    steps = _steps(case_type)
    flow = "\n".join(_in_flow(step, labels[0], case_type) for step, labels in steps.items())
    told = "\n".join(_step(step, labels) for step, labels in steps.items())
    asked = "\n".join(f"# {number}. {text}" for number, text in enumerate(map(_plain, case_type.questions), start=1))
    last = next((label for labels in steps.values() for label in labels if label == case_type.last), None)
    ends = ", ".join(quoted(_shown(n)) for n in dict.fromkeys([*case_type.endings, *case_type.ending_results]))
    seen = (
        f"{case_type.observed.cases} cases looked at" if case_type.observed.before else "no cases, the catalogue alone"
    )
    return f"""{comment(f"{case_type.title} ({case_type.identificatie}, versions: {case_type.versions}); not a design")}
# The order of the steps comes from {seen}.
# Questions left:
{asked or "# none"}
name: {quoted(name)}
title: {quoted(_shown(case_type.title))}
flow:
  sequence:
{flow}
steps:
{told}
delivers: [{quoted(_shown(last)) if last else ""}]
ends_without_delivery: [{ends}]
interruptible_by: [{ends}]
{_norms(case_type)}"""


def _steps(case_type: CaseType) -> dict[str, list[str]]:
    """Return step → the statuses that open it; labels that differ in marks alone are one step."""
    steps: dict[str, list[str]] = {}
    for label in case_type.steps:
        steps.setdefault(step_name(label), []).append(label)
    return steps


def _in_flow(step: str, label: str, case_type: CaseType) -> str:
    share = case_type.share(label)
    entry = quoted(step) if share is None or share >= _OFTEN else f"optional: {quoted(step)}"
    return f"    - {entry}" + ("" if share is None else f"   # in {share:.0%} of the ended cases looked at")


def _step(step: str, labels: list[str]) -> str:
    shown = ", ".join(quoted(each) for each in dict.fromkeys(map(_shown, labels)))
    lines = (
        f"  {quoted(step)}:",
        f"    title: {quoted(_shown(labels[0]))}",
        f"    lane: {LANE}",
        "    layer: backstage",
        f"    activities: [{shown}]",
    )
    return "\n".join(lines)


def _norms(case_type: CaseType) -> str:
    told = [
        _norm("doorlooptijd", "legal", _term(case_type.lead_time), "Zaaktypecatalogus, doorlooptijd"),
        _norm("servicenorm", "service", _amount(case_type.service_norm), "Zaaktypecatalogus, servicenorm"),
    ]
    norms = "".join(filter(None, told))
    return f"norms:\n{norms}" if norms else "norms: []\n"


def _amount(term: str | None) -> str | None:
    amount = duration_of(term)
    return amount and f"    amount: {amount}\n    clock: elapsed"


def _term(term: str | None) -> str | None:
    """Return how a term of the law is counted: suspensions and extensions take no time of it."""
    amount, months = duration_of(term), months_of(term)
    length = f"amount: {amount}" if amount else f"months: {months}" if months else None
    return (
        length
        and f"    {length}\n    clock: legal\n    rule: decision      # of the Awb; correct it where another holds"
    )


def _norm(name: str, kind: str, length: str | None, source: str) -> str:
    if length is None:
        return ""
    head = (f"  - name: {name}", f"    kind: {kind}", "    from: received", "    to: delivered", length)
    return "\n".join((*head, f"    source: {quoted(source)}")) + "\n"


def _plain(text: str) -> str:
    return comment(text)[2:]
