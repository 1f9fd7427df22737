"""What the engine reads of JSON that stands in a column: texts, objects laid over each other, links of a case.

In and out: Ibis expressions. The functions are DuckDB's own; `mining.spark_engine` says the same in Spark's words.
"""

from __future__ import annotations

import json
from typing import Any

import ibis

LINK_NAMES = ("kind", "case", "reference", "person")
"""What a link of a case has: its kind, and one of the three that it points to."""
_LINK_FIELDS = ", ".join(f"{name}: string" for name in LINK_NAMES)


@ibis.udf.scalar.builtin(name="json_merge_patch")  # type: ignore[untyped-decorator]
def laid_over(base: str, patch: str) -> str:  # type: ignore[empty-body]
    """Return the JSON object `patch` laid over the object `base`, name by name; DuckDB's own."""


@ibis.udf.scalar.builtin(name="json_type")  # type: ignore[untyped-decorator]
def _json_type(document: str, place: str) -> str:  # type: ignore[empty-body]
    """DuckDB's own."""


@ibis.udf.scalar.builtin(name="json_extract_string")  # type: ignore[untyped-decorator]
def _json_text(document: str, place: str) -> str:  # type: ignore[empty-body]
    """DuckDB's own."""


def text_under(document: Any, name: str) -> Any:
    """Return the text under a name of a JSON object, whatever signs are in the name; null where it is no text.

    Ibis' own way reads the name as a path, so that a name with a full stop in it is never found.
    """
    place = "/" + name.replace("~", "~0").replace("/", "~1")
    if document.type().is_json():
        # what DuckDB laid over another, and then kept, it holds for more than a text
        document = document.cast("string")
    return ibis.ifelse(_json_type(document, place) == "VARCHAR", _json_text(document, place), ibis.null("string"))


@ibis.udf.scalar.builtin(
    name="from_json",
    signature=((ibis.dtype("string"), ibis.dtype("string")), ibis.dtype(f"array<struct<{_LINK_FIELDS}>>")),
)  # type: ignore[untyped-decorator]
def _from_json(document: str, form: str) -> list[dict[str, str]]:  # type: ignore[empty-body]
    """DuckDB's own; Spark has it too, and another way to write the form."""


def links_told(links: Any) -> Any:
    """Return the links that a case tells: structs with the names of LINK_NAMES, null where one is not told."""
    return _from_json(links, json.dumps([dict.fromkeys(LINK_NAMES, "VARCHAR")]))
