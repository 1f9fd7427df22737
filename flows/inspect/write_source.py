"""The source file of a first mapping: which column is what, with the confidence and the reason of each guess."""

from __future__ import annotations

from collections.abc import Iterator

from flows.inspect.inspection import Inspection
from flows.inspect.yamltext import comment, quoted

CHANNELS = {
    "internet": "web",
    "web": "web",
    "website": "web",
    "online": "web",
    "desk": "counter",
    "balie": "counter",
    "counter": "counter",
    "post": "letter",
    "brief": "letter",
    "letter": "letter",
    "e-mail": "mail",
    "email": "mail",
    "mail": "mail",
    "telefoon": "phone",
    "phone": "phone",
    "chat": "chat",
}
"""What channels are called → the word for it."""

_EVENT_ROLES = ("case", "activity", "completed_at", "started_at", "lifecycle", "event_id", "resource", "lane")
_CASE_ROLES = ("zaaktype", "channel", "received_at", "closed_at")


def source_yaml(inspection: Inspection, name: str, path: str, lanes: dict[str, str]) -> str:
    """Return the text of sources/<name>.yaml."""
    parts = [_head(inspection, name, path)]
    if inspection.form.kind != "ocel":
        parts.append("columns:\n" + "\n".join(_roles(inspection, _EVENT_ROLES)))
    if case := [*_roles(inspection, _CASE_ROLES), *_targets(inspection)]:
        parts.append("case:\n" + "\n".join(case))
    if inspection.personal:
        parts.append(_personal(inspection))
    parts.append(_labels(inspection))
    parts += [part for part in (_lanes(inspection, lanes), _channels(inspection)) if part]
    return "\n\n".join(parts) + "\n"


def _head(inspection: Inspection, name: str, path: str) -> str:
    form = inspection.form
    lines = ["# Guesses carry their confidence (0–1) and the reason.", f"name: {quoted(name)}", f"kind: {form.kind}"]
    lines.append(f"path: {quoted(path)}")
    if form.kind == "csv":
        lines += [f"delimiter: {quoted(form.delimiter)}", f"encoding: {form.encoding}"]
    if inspection.sheet is not None:
        lines.append(f"sheet: {quoted(inspection.sheet)}   {comment('the one with most records')}")
    if inspection.object_type is not None:
        others = ", ".join(inspection.object_types)
        lines.append(
            f"object_type: {quoted(inspection.object_type)}   {comment(f'the object that is the case; of {others}')}"
        )
    lines.append("zone: Europe/Amsterdam   # of times without an offset")
    if not inspection.lanes:
        lines.append("lane: team   # no column says who acts")
    return "\n".join(lines)


def _roles(inspection: Inspection, roles: tuple[str, ...]) -> Iterator[str]:
    for guess in inspection.guesses:
        if guess.role in roles:
            why = comment(f"{guess.confidence:.2f}: {guess.reason}")
            yield f"  {guess.role}: {_column(inspection, guess.column)}   {why}"


def _targets(inspection: Inspection) -> list[str]:
    lines = [f"    {quoted(_short(name))}: {_column(inspection, name)}" for name in inspection.targets()]
    return ["  targets:", *lines] if lines else []


def _short(column: str) -> str:
    return column.removeprefix("case:").strip()


def _column(inspection: Inspection, name: str) -> str:
    """Return a column's name, or what its moments may be trusted for."""
    moment = inspection.moments.get(name)
    if moment is None:
        return quoted(name)
    parts = {"column": quoted(name)}
    if moment.format != "iso":
        parts["format"] = quoted(moment.format)
    if moment.precision != "second":
        parts["precision"] = moment.precision
    if moment.placeholders:
        parts["day_when_time_is"] = "[" + ", ".join(quoted(clock) for clock in moment.placeholders) + "]"
    if moment.empty_before:
        parts["empty_before"] = str(moment.empty_before)
    if moment.empty_from:
        parts["empty_from"] = str(moment.empty_from)
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"


def _personal(inspection: Inspection) -> str:
    lines = [f"#   {comment(f'{g.column} ({g.confidence:.2f}): {g.reason}')[2:]}" for g in inspection.personal]
    return "\n".join(["# These columns look personal; do not name them under 'keep':", *lines])


def _labels(inspection: Inspection) -> str:
    names = [label.label for label in inspection.labels if label.label.strip()]
    lines = [f"  {quoted(name)}: {quoted(name.strip())}" for name in names]
    return "\n".join(
        ["# The source's label → the activity. Labels that mean nothing go under 'ignored'.", "activities:", *lines]
    )


def _lanes(inspection: Inspection, lanes: dict[str, str]) -> str:
    if not inspection.lanes:
        return ""
    unknown = [label for label in inspection.lanes if label not in lanes]
    lines = ["lanes:", *(f"  {quoted(label)}: {quoted(lane)}" for label, lane in lanes.items())] if lanes else []
    if unknown:
        lines.append(f"unknown_lanes: [{', '.join(map(quoted, unknown))}]")
    return "\n".join(lines)


def _channels(inspection: Inspection) -> str:
    known = {
        label: CHANNELS[label.strip().lower()] for label in inspection.channels if label.strip().lower() in CHANNELS
    }
    unknown = [label for label in inspection.channels if label not in known]
    lines = ["channels:", *(f"  {quoted(label)}: {word}" for label, word in known.items())] if known else []
    if unknown:
        lines.append(
            f"unknown_channels: [{', '.join(map(quoted, unknown))}]   # web, phone, counter, letter, mail or chat?"
        )
    return "\n".join(lines)
