"""What a case says of other cases and of its person, as one JSON list: [{kind, case | reference | url | person}].

In: the texts of the columns `related` (one number, or the list that ZGW records hold) and `person` (hashed at the
door already). Rule owned here: the list is a set in a fixed order, so that telling it twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pyarrow as pa

Link = dict[str, str]
RELATED = "related"
_TARGETS = ("case", "reference", "url")


def links_of(
    related: Sequence[Iterable[str] | None],
    persons: Sequence[Iterable[str] | None],
    references: Sequence[Iterable[str] | None],
) -> pa.Array:
    """Return the links of each case as JSON, null where it has none."""
    rows = zip(related, persons, references, strict=True)
    told = [[*_all_related(some or ()), *_plain("person", who or ()), *_plain("reference", number or ())]
            for some, who, number in rows]  # fmt: skip
    return pa.array([_told(links) for links in told], pa.string())


def _told(links: list[Link]) -> str | None:
    distinct = sorted({json.dumps(link, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for link in links})
    return f"[{','.join(distinct)}]" if distinct else None


def _plain(kind: str, values: Iterable[str]) -> list[Link]:
    return [{"kind": kind, kind: value} for value in values]


def _all_related(values: Iterable[str]) -> list[Link]:
    return [link for value in values for link in _related(value)]


def _related(value: str) -> list[Link]:
    """Return the links that one text tells; what is no such list is the number of a case."""
    if not value.lstrip().startswith("["):
        return [{"kind": RELATED, "case": value}]
    try:
        told = json.loads(value)
    except (ValueError, RecursionError):
        return [{"kind": RELATED, "case": value}]
    return [link for each in told if (link := _link(each))]


def _link(each: object) -> Link | None:
    if isinstance(each, str):
        return {"kind": RELATED, "case": each}
    if not isinstance(each, dict):
        return None
    target = next((name for name in _TARGETS if isinstance(each.get(name), str) and each[name]), None)
    return {"kind": str(each.get("kind") or RELATED), target: each[target]} if target else None
