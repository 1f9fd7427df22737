"""What the catalogue says of one quality measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["privacy", "columns", "times", "mapping", "cases", "patterns"]
Both = tuple[str, str]
"""A text in Dutch and in English."""


@dataclass(frozen=True)
class Definition:
    """One measure: more is worse, and a value above a threshold gives its verdict."""

    name: str
    group: Group
    title: Both
    meaning: Both
    remedy: Both
    warn: float | None = None
    stop: float | None = None
    unit: Literal["share", "count", "days"] = "share"
