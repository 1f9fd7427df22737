"""Every table of the findings as CSV: comma, UTF-8, decimal point, a line of names first (RFC 4180), no byte order
mark: for programs. Spreadsheets get XLSX from whoever reports to people.

A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay as they are.
Nested amounts become columns joined with `_`, lists of steps become 'A → B'.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from flows.publish.disclosure_mark import About, Withheld, is_withheld
from mining.findings import Findings

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LEFT_OUT = ("bpmn", "curve")
_ELSEWHERE = ("notices", "quality", "overlay", "wip", "journeys", "linking")


# table → where its rows lie in the findings, where its name does not say so, and what is put before each of them
_PARTS = {
    "wip_by_week": (("wip", "by_week"), ()),
    **{name: (("open_ends", name), ()) for name in ("survival", "promises", "ages")},
    "survival_curves": (("open_ends", "survival", "curve"), ("group", "value", "clock")),
    "wait_causes": (("wait_causes", "rows"), ()),
    "wait_causes_not_determined": (("wait_causes", "not_determined"), ()),
    "certain_wait": (("certain_wait", "steps"), ()),
    "asked_of_citizen": (("supplements", "asked"), ()),
    "contacts_at_steps": (("contacts", "at_steps"), ()),
    "contact_reasons": (("contacts", "reasons"), ()),
    "links": (("linking", "links"), ()),
    "link_coverage": (("linking", "sources"), ()),
    "not_linked": (("linking", "not_linked"), ()),
    "quality": (("quality", "sources", "measures"), ("source",)),
    "journey_steps": (("journeys", "steps"), ("journey",)),
}


def write_tables(folder: Path, findings: Findings) -> list[Path]:
    """Write one file a table into `folder`; an empty table is its line of names alone."""
    if findings.disclosure is None:
        dumped = findings.model_dump(mode="json")
    else:
        # a count that is not told is no whole number, of which pydantic would warn
        dumped = _as_text(findings.model_dump(warnings=False), findings.disclosure.smallest_group)
    return [_write(folder / f"{name}.csv", name, rows) for name, rows in _tables(dumped)]


def _as_text(value: Any, least: int) -> Any:
    """Return a dump as JSON has it; what is not told says so, with the bound that may be said.

    A row with counts that were rounded to multiples of `least` says so in `rounded_to`.
    """
    match value:
        case dict():
            row = {key: _as_text(each, least) for key, each in value.items()}
            return row | ({"rounded_to": least} if any(isinstance(each, About) for each in value.values()) else {})
        case tuple() | list():
            return [_as_text(each, least) for each in value]
        case Withheld() if value.bound is not None:
            return f"{value.sign}{value.bound:.6g}"
        case float() if is_withheld(value):
            return "not told"
        case date():
            return value.isoformat()
        case _:
            return value


def guarded(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return "'" + value
    return value


def _tables(findings: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, value in findings.items():
        if name not in _ELSEWHERE and isinstance(value, list):
            yield name, [row if isinstance(row, dict) else {"value": row} for row in value]
    for name in ("deviations", "steps", "models"):
        yield f"overlay_{name}", (findings["overlay"] or {}).get(name, [])
    yield "wip_by_week", findings["wip"]["by_week"]
    causes, certain = findings["wait_causes"] or {}, findings["certain_wait"] or {}
    yield "wait_causes", causes.get("rows", [])
    yield "wait_causes_not_determined", causes.get("not_determined", [])
    yield "certain_wait", certain.get("steps", [])
    yield "asked_of_citizen", findings["supplements"]["asked"]
    yield "contacts_at_steps", findings["contacts"]["at_steps"]
    yield "contact_reasons", findings["contacts"]["reasons"]
    linking = findings["linking"]
    yield from (("links", linking["links"]), ("link_coverage", linking["sources"]))
    yield "not_linked", linking["not_linked"]
    yield from _open_ends(findings["open_ends"] or {})
    for name in ("months", "changes"):
        yield f"drift_{name}", (findings["drift"] or {}).get(name, [])
    yield (
        "quality",
        [
            {"source": source["source"], **measure}
            for source in findings["quality"]["sources"]
            for measure in source["measures"]
        ],
    )
    yield (
        "journey_steps",
        [{"journey": journey["name"], **step} for journey in findings["journeys"] for step in journey["steps"]],
    )


def _open_ends(found: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    curves = found.get("survival", [])
    yield "survival", curves
    group = ("group", "value", "clock")
    yield "survival_curves", [{**{name: c[name] for name in group}, **point} for c in curves for point in c["curve"]]
    yield "promises", found.get("promises", [])
    yield "ages", found.get("ages", [])


def _write(path: Path, name: str, rows: Iterable[dict[str, Any]]) -> Path:
    flat = [_columns(_flat(row)) for row in rows]
    columns = list(dict.fromkeys(column for row in flat for column in row)) or _names(name)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([guarded(column) for column in columns])
        writer.writerows([[guarded(row.get(column)) for column in columns] for row in flat])
    return path


def _names(table: str) -> list[str]:
    """Return the columns of a table without rows, as its type declares them."""
    place, before = _PARTS.get(table) or (_place(table), ())
    model: type[BaseModel] | None = Findings
    for key in place:
        field = model.model_fields.get(key) if model is not None else None
        model = _model_in(field.annotation) if field is not None else None
    declared = _declared(model) if model is not None else ["value"]
    return list(_columns((name, None) for name in [*before, *declared]))


def _columns(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the values by column. The wait of a handoff holds unknown time too; the recorded wait stands beside."""
    named: dict[str, Any] = {}
    for name, value in values:
        named[name.replace("wait", "recorded_wait") if name in named else name] = value
    return named


def _place(table: str) -> tuple[str, ...]:
    parts = (field for field in Findings.model_fields if table.startswith(f"{field}_"))
    return next(((field, table.removeprefix(f"{field}_")) for field in parts), (table,))


def _declared(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        if name in _LEFT_OUT:
            continue
        if inner is None or "tuple[" in str(field.annotation):
            yield prefix + name
        else:
            yield from _declared(inner, f"{prefix}{name}_")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the result type that an annotation such as `tuple[Loop, ...] | None` names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _flat(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name in _LEFT_OUT:
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}_")
        elif isinstance(value, list):
            yield prefix + name, _joined(value)
        else:
            yield prefix + name, value


def _joined(values: list[Any]) -> str:
    if all(isinstance(value, str) for value in values):
        return " → ".join(values)
    return json.dumps(values, ensure_ascii=False)
