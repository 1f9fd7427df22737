"""Amounts by kind of time (wait, work, elsewhere, either): as cells of a table, and as parts of a bar."""

from __future__ import annotations

from flows.publish.page_tables import Said, Telling
from flows.publish.svg.bars import Part
from flows.publish.svg.scene import Scene
from mining.results.legal import LegalDays
from mining.results.times import Amounts


def split(telling: Telling, elapsed: Amounts, working: Amounts, legal: LegalDays | None) -> tuple[Said, ...]:
    """Return the time of each kind and their sum, in every clock that is known of it."""
    names = ("wait", "process", "elsewhere", "unknown", "total")
    known = legal if telling.has_legal else None
    return tuple(
        telling.amount(
            getattr(elapsed, f"{name}_seconds"),
            getattr(working, f"{name}_seconds"),
            None if known is None else getattr(known, f"{name}_days"),
        )
        for name in names
    )


def split_columns(telling: Telling) -> tuple[str, ...]:
    """Return the names of the columns with these cells."""
    return tuple(telling.words(key) for key in ("wait", "work", "elsewhere", "either", "column_total"))


def parts(scene: Scene, amounts: Amounts) -> tuple[Part, ...]:
    """Return the kinds that took any time, in the order in which they are drawn."""
    kinds = (("wait", "wait"), ("process", "work"), ("elsewhere", "elsewhere"), ("unknown", "either"))
    values = [(getattr(amounts, f"{name}_seconds"), fill) for name, fill in kinds]
    return tuple(Part(v, fill, f"{scene.words(fill)} {scene.short(v)}") for v, fill in values if v > 0)
