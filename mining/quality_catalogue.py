"""The quality measures in the order of the page: name, default thresholds, what each means and what to do about it.

Every measure is "more is worse": a value above `warn` or `stop` gives that verdict; None never does. A mapping
may set both for a source under `thresholds`. docs/quality.md is made from this table.
"""

from __future__ import annotations

from mining.quality_catalogue_events import EVENT_MEASURES
from mining.quality_catalogue_patterns import PATTERN_MEASURES
from mining.quality_definition import Definition, Group

__all__ = ["CATALOGUE", "Definition", "Group", "definition"]

CATALOGUE: tuple[Definition, ...] = (*EVENT_MEASURES, *PATTERN_MEASURES)


def definition(name: str) -> Definition:
    """Return the definition of a measure by its name."""
    return next(d for d in CATALOGUE if d.name == name)
