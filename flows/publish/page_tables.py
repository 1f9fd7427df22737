"""What a section of the page consists of: a question, sentences, pictures and tables, told in one language.

A value that differs by clock holds both tellings; the page shows one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_numbers import CLOCKS, DAY, Clock, Numbers
from flows.publish.svg.scene import Scene, numbers_of
from flows.publish.words import LANGUAGES, Words
from mining.findings import Findings

_NONE = frozenset({"–", *(Words(language)("not_told") for language in LANGUAGES)})
_FIGURE = re.compile(r"[<>≥≤±+\-−–]?\s?\d")


@dataclass(frozen=True)
class Clocked:
    """One value in each clock; without a legal telling it stays in calendar time, and is marked as such."""

    elapsed: str
    working: str
    legal: str | None = None


@dataclass(frozen=True)
class View:
    """One of several tellings or pictures, shown for these clocks, cases and ways of folding (each names, spaced)."""

    clock: str
    cases: str
    fold: str
    content: str


Said = str | Clocked | tuple[View, ...]
BROAD = 1650


@dataclass(frozen=True)
class Table:
    """A table: what it holds, its column names (the first names the row), its rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Said, ...], ...]
    numeric: frozenset[int] = frozenset()
    is_open: bool = False
    keys: tuple[str, ...] = ()
    """What each row is about, so that a click on its picture can lead to it."""


@dataclass(frozen=True)
class Figure:
    """A picture as markup of our own, with its title and its summary in words."""

    heading: str
    summary: Said
    svg: Said
    is_wide: bool = False
    """A map: as wide as the window, and larger on demand."""
    controls: str = ""
    """Switches and sliders of the picture, as markup of our own."""

    @property
    def is_broad(self) -> bool:
        """Tell whether the picture is too broad to be read when it is fitted to a window."""
        svg = self.svg.elapsed if isinstance(self.svg, Clocked) else self.svg
        if isinstance(svg, tuple):
            svg = next(view.content for view in svg if "steps" in view.fold)
        found = re.search(r' width="(\d+)"', svg)
        return found is not None and int(found[1]) > BROAD


@dataclass(frozen=True)
class Section:
    """One question, answered."""

    key: str
    question: str
    answer: tuple[Said, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Said, ...] = field(default=())
    untold: tuple[tuple[Clock, str], ...] = ()
    """Clocks in which its times are not known, with what is then said: another clock is never shown in silence."""


@dataclass(frozen=True)
class Telling:
    """The findings told in one language, in both clocks."""

    findings: Findings
    words: Words

    @cached_property
    def numbers(self) -> Numbers:
        """Return the formats of the language."""
        return numbers_of(self.findings, self.words)

    @cached_property
    def plain(self) -> Scene:
        """Return a scene on the citizen's clock, for what has one clock only."""
        return self.scene("elapsed", "plain")

    def scene(self, clock: Clock, name: str) -> Scene:
        """Return a scene whose picture has ids of its own."""
        return Scene(self.findings, self.words, clock, f"{name}-{self.words.language}-{clock}")

    @property
    def smallest(self) -> int:
        """Return the size below which a group is not told."""
        return self.findings.project.smallest_group

    @property
    def has_legal(self) -> bool:
        """Tell whether the law's clock is known of any case."""
        legal = self.findings.lead_time.legal
        return legal is not None and (legal.cases > 0 or is_withheld(legal.cases))

    def untold(self, *clocks: Clock, key: str = "untold") -> tuple[tuple[Clock, str], ...]:
        """Return what a section says when a clock is chosen in which it has no times."""
        shown = [clock for clock in clocks if clock != "legal" or self.has_legal]
        return tuple((clock, self.words(f"{key}_{clock}")) for clock in shown)

    def of_clocks(self, told: Mapping[Clock, str]) -> Clocked:
        """Return what is told in each clock; without one in the law's it stays in calendar time."""
        return Clocked(told["elapsed"], told["working"], told.get("legal"))

    def by_clock(self, tell: Callable[[Scene], str], name: str = "t", legal: bool = False) -> Said:
        """Return what `tell` says in both clocks, or once where they say the same; `legal`: in the law's as well."""
        told = [tell(self.scene(clock, name)) for clock in CLOCKS]
        third = tell(self.scene("legal", name)) if legal and self.has_legal else None
        return told[0] if told[0] == told[1] and third in (None, told[0]) else Clocked(told[0], told[1], third)

    def amount(self, elapsed: float | None, working: float | None, legal_days: float | None = None) -> Said:
        """Return a duration that is known in both clocks, and in the law's where `legal_days` says it."""
        third = None if legal_days is None else self.numbers.short(legal_days * DAY, "legal")
        return Clocked(self.numbers.short(elapsed), self.numbers.short(working, "working"), third)


def table(
    caption: str,
    columns: Iterable[str],
    rows: Iterable[Iterable[Said]],
    is_open: bool = False,
    keys: Iterable[str] = (),
) -> Table:
    """Return a table; a column of figures, some of them perhaps not there, is set to the right."""
    body = tuple(tuple(row) for row in rows)
    names = tuple(columns)
    numeric = frozenset(at for at in range(1, len(names)) if _are_figures([row[at] for row in body if row[at]]))
    return Table(caption, names, body, numeric, is_open, tuple(keys))


def _are_figures(cells: list[Said]) -> bool:
    """Tell whether every cell is a figure or the dash for none, and one at least a figure: a label may be anything."""
    texts = [cell.elapsed if isinstance(cell, Clocked) else cell for cell in cells]
    figures = [text for text in texts if text not in _NONE]
    return bool(figures) and all(isinstance(text, str) and _FIGURE.match(text) for text in figures)
