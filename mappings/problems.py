"""From what pydantic says of a file to problems with file, line and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from mappings.errors import Problem
from mappings.yamlfile import Place, YamlFile

_LISTS = ("tuple_type", "list_type")


def problems_of(error: ValidationError, file: YamlFile, model: type[BaseModel]) -> list[Problem]:
    """Return one problem a place in the file; alternatives of one place are told together."""
    by_place: dict[tuple[Place, bool], list[Any]] = {}
    for detail in error.errors(include_url=False):
        unknown = detail["type"] == "extra_forbidden"
        by_place.setdefault((_place(file, detail), unknown), []).append(detail)
    return [_problem(place, details, file, model) for (place, _), details in by_place.items()]


def _place(file: YamlFile, detail: Any) -> Place:
    return file.place(detail["loc"]) + ((detail["loc"][-1],) if detail["type"] == "missing" else ())


def _problem(place: Place, details: list[Any], file: YamlFile, model: type[BaseModel]) -> Problem:
    first = details[0]
    name = ".".join(str(key) for key in place)
    if first["type"] == "extra_forbidden":
        return Problem(
            file.where(*place),
            f"unknown key '{place[-1]}'",
            suggestion(str(place[-1]), keys_at(model, place[:-1])),
        )
    if first["type"] == "missing":
        return Problem(file.where(*place), f"'{name}' is missing", f"add '{place[-1]}'")
    if at := first.get("ctx", {}).get("at"):
        return Problem(file.where_text(at[1], at[0]), *_split(first["msg"]))
    said = dict.fromkeys(detail["msg"].replace("a valid tuple", "a list") for detail in details)
    what, remedy = _split(" or ".join(said))
    return Problem(file.where(*place), f"{name}: {what}" if name else what, remedy or _remedy(first))


def _split(message: str) -> tuple[str, str]:
    what, _, remedy = message.removeprefix("Value error, ").partition("; ")
    return what, remedy


def _remedy(detail: Any) -> str:
    value = detail["input"]
    if detail["type"] in ("string_type", "model_type", "model_attributes_type") and isinstance(value, int | float):
        return f'put quotes around it: "{str(value).lower()}"'
    if detail["type"] in _LISTS:
        return f"write a list: [{value}]" if isinstance(value, str | int | float) else "write a list, such as [a, b]"
    if detail["type"] == "string_type" and value is None:
        return "write a text"
    return ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return what to write instead of `word`: the closest that is known, or all of it."""
    known = sorted(known)
    if close := difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return f"did you mean '{close[0]}'?"
    return f"known here: {', '.join(known)}" if known else ""


def keys_at(model: type[BaseModel], place: Sequence[str | int]) -> set[str]:
    """Return the keys that the model knows at a place in the data."""
    schema = model.model_json_schema()
    here = _alternatives(schema, schema)
    for key in place:
        here = [found for part in here for child in _children(part, key) for found in _alternatives(child, schema)]
    return {key for part in here for key in part.get("properties", {})}


def _alternatives(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in part:
        return _alternatives(schema["$defs"][part["$ref"].rsplit("/", 1)[1]], schema)
    options = [*part.get("anyOf", []), *part.get("oneOf", [])]
    return [found for option in options for found in _alternatives(option, schema)] or [part]


def _children(part: dict[str, Any], key: str | int) -> list[dict[str, Any]]:
    if isinstance(key, int):
        return [part["items"]] if isinstance(part.get("items"), dict) else []
    if key in part.get("properties", {}):
        return [part["properties"][key]]
    return [part["additionalProperties"]] if isinstance(part.get("additionalProperties"), dict) else []
