"""Complementary suppression: sums that are told must not give back what is hidden.

In: cells with their counts, and the lines in which some of them add up to another. Out: what has to be hidden.
In each line either nothing is hidden, or at least two cells are, and those that are hidden together
hold no small group. The method is that of statistical offices (Hundepool et al. 2012, Statistical Disclosure Control,
ch. 4): the smallest cell that may be told goes along.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from flows.publish.disclosure_mark import is_few

Key = Hashable


@dataclass(frozen=True)
class Line:
    """Cells that add up to `whole`; null where the whole is told elsewhere, or known."""

    parts: tuple[Key, ...]
    whole: Key | None = None
    overlaps: bool = False
    """Whether a case may stand in several parts: then only a part that is large by itself hides the small ones."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return all cells of the line."""
        return self.parts if self.whole is None else (*self.parts, self.whole)


def closed(
    counts: Mapping[Key, int],
    lines: Sequence[Line],
    least: int,
    worth: Mapping[Key, int] | None = None,
    groups: Mapping[Key, int] | None = None,
) -> frozenset[Key]:
    """Return the cells to hide: small ones, and what hides them from the sums.

    Cells of the least `worth` (else 0) go first. `groups` gives the cases of a cell that counts something else, such
    as events.
    A cell that counts none is told.
    """
    sizes = {key: (groups or {}).get(key, count) for key, count in counts.items()}
    away = {key for key, size in sizes.items() if is_few(size, least)}
    changed = True
    while changed:
        changed = False
        for line in lines:
            found = _missing(line, counts, sizes, away, least, worth or {})
            if found is not None:
                away.add(found)
                changed = True
    return frozenset(away)


def _missing(
    line: Line,
    counts: Mapping[Key, int],
    sizes: Mapping[Key, int],
    away: set[Key],
    least: int,
    worth: Mapping[Key, int],
) -> Key | None:
    """Return the cell that has to be hidden too; null where the line gives nothing away."""
    hidden = [key for key in line.keys if key in away]
    if not hidden or (len(hidden) > 1 and _is_enough(line, hidden, sizes, least)):
        return None
    free = [key for key in line.keys if key not in away and counts[key]]

    def cost(key: Key) -> tuple[int, bool, bool, int, str]:
        return (worth.get(key, 0), key == line.whole, sizes[key] < least, sizes[key], str(key))

    return min(free, key=cost, default=None)


def _is_enough(line: Line, hidden: list[Key], sizes: Mapping[Key, int], least: int) -> bool:
    if line.whole in hidden:
        return True
    if line.overlaps:
        return max(sizes[key] for key in hidden) >= least
    return sum(sizes[key] for key in hidden) >= least
