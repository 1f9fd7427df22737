"""A YAML file of a mapping: its data, and the line of each part of it.

Labels of case systems are data: `NO`, `on`, `Nee`, `09:00` and `2024-01-31` stay the text that was written.
Only whole numbers, decimal numbers, true, false and null are resolved, and a key is always text. Aliases,
tags, duplicate keys, deep nesting and large files are refused: a mapping is input too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mappings.errors import MappingError

MAX_BYTES = 1_000_000
MAX_DEPTH = 60
_QUOTE = "put quotes around a text that holds , : ? # { or [, and check the indentation"
Place = tuple[str | int, ...]
_STANDARD = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class YamlFile:
    """What a file says, and on which line it says it."""

    name: str
    data: Any
    lines: dict[Place, int]
    """Place in the data → line, counted from 1; the line of a key where the part has one."""

    def place(self, path: Place) -> Place:
        """Return the deepest part of the data on `path`; what is not in the data is passed over."""
        here: Place = ()
        data = self.data
        for key in path:
            in_list = isinstance(data, list) and isinstance(key, int) and key < len(data)
            if in_list or (isinstance(data, dict) and key in data):
                here, data = (*here, key), data[key]
        return here

    def where(self, *path: str | int) -> str:
        """Return file:line of the deepest part on `path`."""
        return f"{self.name}:{self.lines.get(self.place(path), 1)}"

    def where_text(self, text: str, *path: str | int) -> str:
        """Return file:line of the first key or value that is `text`, under `path`."""
        start = _at(self.data, self.place(path))
        found = _find(start, text, self.place(path))
        return self.where(*(found or path))


def _at(data: Any, place: Place) -> Any:
    for key in place:
        data = data[key]
    return data


def _find(data: Any, text: str, place: Place) -> Place | None:
    if data == text:
        return place
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in parts:
        found = (*place, key) if key == text else _find(value, text, (*place, key))
        if found is not None:
            return found
    return None


class _Loader(yaml.SafeLoader):
    """PyYAML's parser, with fewer guesses about what a plain word means, and without aliases."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            raise _marked(f"the alias *{event.anchor} is not allowed", "write the value out", event.start_mark)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _marked(f"nested deeper than {MAX_DEPTH} levels", "", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _marked(what: str, remedy: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=mark, note=remedy)


for _tag, _pattern, _first in (
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(_STANDARD + _tag, re.compile(_pattern), list(_first))

_SCALARS: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": lambda text: text.lower() == "true",
    "null": lambda text: None,
}


def _value(node: Any, place: Place, lines: dict[Place, int]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    kind = node.tag.removeprefix(_STANDARD)
    if isinstance(node, yaml.MappingNode) and kind == "map":
        return _mapping(node, place, lines)
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        return [_value(item, (*place, i), lines) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
        return _scalar(node, kind)
    raise _marked(f"the tag {node.tag} is not allowed", "leave it out", node.start_mark)


def _scalar(node: yaml.ScalarNode, kind: str) -> Any:
    try:
        return _SCALARS[kind](node.value)
    except ValueError:
        raise _marked(f"'{node.value}' is not a {kind}", "", node.start_mark) from None


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _marked("a key must be plain text", "put quotes around a key with [ or {", key.start_mark)
        if key.value in data:
            first = lines[(*place, key.value)]
            raise _marked(f"'{key.value}' stands twice (first on line {first})", "keep one of the two", key.start_mark)
        lines[(*place, key.value)] = key.start_mark.line + 1
        data[key.value] = _value(value, (*place, key.value), lines)
    return data


def read_yaml(path: Path, name: str) -> YamlFile:
    """Read one file; raise a MappingError with file and line where it is not plain YAML of a bounded size."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MappingError(name, f"larger than {MAX_BYTES // 1000} kB", "split it, or leave out what is no mapping")
        return parse_yaml(path.read_bytes(), name)
    except OSError as error:
        raise MappingError(name, f"cannot be read ({error.strerror})", "check the file and its rights") from None


def parse_yaml(content: bytes, name: str) -> YamlFile:
    """Return what `content` says; the name stands in errors."""
    lines: dict[Place, int] = {}
    try:
        loader = _Loader(content)
        node = loader.get_single_node()
        data = {} if node is None else _value(node, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise MappingError(where, str(error.problem or error.context), error.note or _QUOTE) from None
    except (yaml.YAMLError, UnicodeError):
        raise MappingError(name, "is not UTF-8 text", "save it as UTF-8 without control characters") from None
    return YamlFile(name, data, lines)
