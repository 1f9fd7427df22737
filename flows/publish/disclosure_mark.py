"""A number that is not told, and the rules by which a count or a share becomes one.

It is not-a-number, so that whatever is computed from it is not told either. Where a bound is true and gives nothing
away, it knows the bound: fewer than 10, more than 1 194 of 1 204. Unknown (null) is something else.
"""

from __future__ import annotations

from typing import Any


class Withheld(float):
    """Not told; `below` or `above` is a bound that may be said of it."""

    below: float | None
    above: float | None

    def __new__(cls, below: float | None = None, above: float | None = None) -> Withheld:
        """Return the mark, with the bound that may be said."""
        made = super().__new__(cls, "nan")
        made.below, made.above = below, above
        return made

    @property
    def bound(self) -> float | None:
        """Return what it lies below or above."""
        return self.above if self.below is None else self.below

    @property
    def sign(self) -> str:
        """Return on which side of the bound it lies."""
        return ">" if self.below is None else "<"

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the bounds where it is copied or sent."""
        return type(self), (self.below, self.above)


NOT_TOLD = Withheld()


def ratio(count: float, whole: float) -> float:
    """Return a share of a told whole; a bound stays one."""
    if isinstance(count, Withheld) and count.bound is not None and not is_withheld(whole):
        bound = count.bound / whole
        return Withheld(below=bound) if count.sign == "<" else Withheld(above=bound)
    return count / whole


def said(count: int, is_hidden: bool, least: int) -> Any:
    """Return a count, or that it is small, or that it is hidden for the sake of another."""
    if not is_hidden:
        return count
    return Withheld(below=least) if is_few(count, least) else NOT_TOLD


class About(int):
    """A count that was rounded, so that no sum or difference with it tells of few cases; it is said as such."""


def rounded(count: int, least: int) -> int:
    """Return a count rounded to the nearest multiple of the smallest group, halves up."""
    return (count + least // 2) // least * least


def about(count: int, least: int) -> About:
    """Return a count rounded like that, which says so."""
    return About(rounded(count, least))


def is_withheld(value: object) -> bool:
    """Tell whether a number is not told."""
    return isinstance(value, float) and value != value


def is_silent(value: object) -> bool:
    """Tell whether nothing may be said of a number, no bound either."""
    return is_withheld(value) and getattr(value, "bound", None) is None


def is_few(count: int | None, least: int) -> bool:
    """Tell whether a count of cases is that of a group too small to be told; none at all is not."""
    return count is not None and 0 < count < least


def part(count: Any, whole: Any, least: int) -> Any:
    """Return a part of a told whole, or its bound where the part or what it leaves is a small group."""
    if count is None or is_withheld(count) or is_withheld(whole):
        return count
    if is_few(count, least) or is_few(whole, least):
        return Withheld(below=least)
    if whole is not None and is_few(whole - count, least):
        return Withheld(above=max(whole - least, 0))
    return count


def share(value: Any, whole: Any, least: int) -> Any:
    """Return a share of `whole` cases, or its bound where it stands for a small group or leaves one."""
    if value is None or is_withheld(value) or is_withheld(whole) or not whole:
        return value
    if is_few(whole, least):
        return NOT_TOLD
    count = round(value * whole)
    if is_few(count, least):
        return Withheld(below=least / whole)
    if is_few(whole - count, least):
        return Withheld(above=max(1 - least / whole, 0.0))
    return value


def timed(one: Any, least: int) -> dict[str, Any]:
    """Return the times of a row of which not all cases have one: over few none is told; nor over how many."""
    names = [name for name in ("mean_seconds", "median_seconds") if getattr(one, name, None) is not None]
    over = one.cases if one.timed_cases is None else one.timed_cases
    told: dict[str, Any] = dict.fromkeys(names, NOT_TOLD) if is_few(over, least) else {}
    return told | {"timed_cases": None if one.timed_cases is None else NOT_TOLD}


def cases_beside(cases: Any, times: Any, least: int) -> Any:
    """Return the cases beside how many times; not told where a small group would be those that did it again."""
    if cases is None or times is None or is_withheld(cases) or is_withheld(times):
        return cases
    return NOT_TOLD if is_few(times - cases, least) else cases
