"""The mapping reference as Markdown, made from the models themselves, so that it cannot lag behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mappings.schema import FILES, json_schemas

_INTRODUCTION = """# Mapping reference

Generated from the models in `mappings/` by `python -m mappings.reference`; edit the docstrings, not this page.

A mapping folder holds these files. A key that is not listed here is refused, and the closest known one named.

| file | what it says |
|---|---|"""

_WRITING = """
How values are written:

- **text**: one string, or one a language: `{nl: Ontvangst, en: Receipt}`. Put quotes around a text with `,`
  or `: `.
- **duration**: a number and `w`, `d`, `h`, `m` or `s`: `8w`, `5d`, `4h`, `30m`, `60s`.
- **labels stay text**: `NO`, `on`, `Nee`, `09:00` and `2024-01-31` are what was written; only whole numbers,
  decimal numbers, `true`, `false` and `null` are not text. Put quotes around a label such as `12`.
- **flow**: a step's name, or one of `sequence`, `choice`, `parallel`, `optional`, `repeat`, `when`.
- aliases (`*x`), tags (`!x`), duplicate keys and files above 1 MB are refused.
"""


def mapping_reference() -> str:
    """Return the whole reference as Markdown."""
    schemas = json_schemas()
    lines = [_INTRODUCTION]
    lines += [f"| `{files}` | {_first(schemas[name])} |" for name, (_, files) in FILES.items()]
    lines.append(_WRITING)
    told: set[str] = set()
    for name, (_, files) in FILES.items():
        lines += [f"## {files}", "", *_model(schemas[name])]
        for part, schema in _parts(schemas[name]):
            if part not in told:
                told.add(part)
                lines += [f"### {part}", "", *_model(schema)]
    return "\n".join(lines).rstrip() + "\n"


def _parts(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name.rstrip("_"), part) for name, part in schema.get("$defs", {}).items() if "properties" in part)


def _first(schema: dict[str, Any]) -> str:
    return str(schema.get("description", "")).split("\n")[0]


def _model(schema: dict[str, Any]) -> list[str]:
    rows = [_row(key, part, key in schema.get("required", [])) for key, part in schema.get("properties", {}).items()]
    head = ["| key | value | default | meaning |", "|---|---|---|---|"]
    return [*str(schema.get("description", "")).split("\n"), "", *head, *rows, ""]


def _row(key: str, part: dict[str, Any], is_required: bool) -> str:
    meaning = " ".join(str(part.get("description", "")).split())
    cells = (f"`{key}`", kind_of(part), "**required**" if is_required else _default(part), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(part: dict[str, Any]) -> str:
    default = part.get("default")
    if default is None or default in ("", [], {}):
        return ""
    text = json.dumps(default, ensure_ascii=False)
    return f"`{text}`" if len(text) < 60 else "see above"


def kind_of(part: dict[str, Any]) -> str:
    """Return in words what a value may be."""
    for rule in (_alternatives, _single, _container):
        if told := rule(part):
            return told
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(
        str(part.get("type")), "any"
    )


def _alternatives(part: dict[str, Any]) -> str:
    options = [o for o in (*part.get("anyOf", []), *part.get("oneOf", [])) if o.get("type") != "null"]
    kinds = list(dict.fromkeys(kind_of(option) for option in options))
    if "[Sequence](#sequence)" in kinds:
        return "flow"
    return "text, or one a language" if kinds == ["text", "text → text"] else " or ".join(kinds)


def _single(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return _linked(part["$ref"].rsplit("/", 1)[1].rstrip("_"))
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    if part.get("examples") == ["5d", "8w", "30m"]:
        return "duration"
    return "date" if part.get("format") == "date" else ""


def _linked(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _container(part: dict[str, Any]) -> str:
    if part.get("type") == "array":
        return f"list of {kind_of(part.get('items', {}))}"
    if part.get("type") == "object":
        inner = part.get("additionalProperties")
        return f"text → {kind_of(inner)}" if isinstance(inner, dict) else "mapping"
    return ""


def main() -> None:
    """Write the reference to docs/mapping-reference.md, beside the package."""
    from pathlib import Path

    page = Path(__file__).parent.parent / "docs" / "mapping-reference.md"
    page.write_text(mapping_reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
