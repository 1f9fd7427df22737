"""What is told as a system of equations: which unknowns of small groups it determines.

What is told becomes an equation, a share or a mean one with a known factor; an unknown is found where no solution of
the system can change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flows.publish.disclosure_mark import About, is_few, is_withheld
from mining.findings import Findings

Unknown = tuple[Any, ...]


def is_told(value: Any) -> bool:
    """Tell whether a number is told, and exactly."""
    return value is not None and not is_withheld(value) and not isinstance(value, About)


@dataclass
class Attack:
    """Unknowns with their true values, equations between them, and those that must not be found."""

    whole: Findings
    team: Findings
    truth: dict[Unknown, float] = field(default_factory=dict)
    rows: list[dict[Unknown, float]] = field(default_factory=list)
    secret: set[Unknown] = field(default_factory=set)

    @property
    def least(self) -> int:
        return self.whole.project.smallest_group

    def unknown(self, name: Unknown, value: float, group: int | None = None) -> None:
        """Name an unknown; it is a secret where it is, or rests on, a small group."""
        self.truth[name] = float(value)
        if is_few(int(value) if group is None else group, self.least):
            self.secret.add(name)

    def known(self, name: Unknown, told: Any) -> None:
        """Let a number that is told be the unknown."""
        if is_told(told) and name in self.truth:
            self.rows.append({name: 1.0})

    def sums(self, parts: Iterable[Unknown], whole: Unknown | None) -> None:
        """Let parts add up to a whole; null for one that is known. What is missing is an unknown of its own."""
        named = list(parts)
        total = 0.0 if whole is None else self.truth[whole]
        rest = ("rest", whole, *named[:1])
        if whole is not None and abs(total - sum(self.truth[each] for each in named)) > 1e-6 * max(1.0, abs(total)):
            self.truth[rest] = total - sum(self.truth[each] for each in named)
            named.append(rest)
        self.rows.append(dict.fromkeys(named, 1.0) | ({whole: -1.0} if whole is not None else {}))

    def times(self, first: Unknown, factor: Any, second: Unknown) -> None:
        """Let a told factor make one unknown out of another: a share, a mean, a rate."""
        if is_told(factor) and first in self.truth and second in self.truth:
            self.rows.append({first: 1.0, second: -float(factor)})

    def found(self) -> list[Unknown]:
        """Return the secrets that are determined: plain ones first, then what is tied together, each part apart."""
        found, rows_left = self._plain()
        out = [name for name in found if name in self.secret]
        for rows in self._tied(rows_left):
            names = sorted({name for row in rows for name in row}, key=str)
            if self.secret.intersection(names):
                loose = self._loose(rows, names)
                out += [name for name in names if name in self.secret and loose[name] < 1e-7]
        return sorted(out, key=str)

    def _plain(self) -> tuple[set[Unknown], list[dict[Unknown, float]]]:
        """Return what is told or left over when all else of an equation is known, and the other equations."""
        known: set[Unknown] = set()
        rows = self.rows
        while True:
            rows = [{name: factor for name, factor in row.items() if name not in known} for row in rows]
            single = {name for row in rows if len(row) == 1 for name, factor in row.items() if factor}
            rows = [row for row in rows if len(row) > 1]
            if not single:
                return known, rows
            known |= single

    def _tied(self, rows: list[dict[Unknown, float]]) -> list[list[dict[Unknown, float]]]:
        above: dict[Unknown, Unknown] = {}

        def root(name: Unknown) -> Unknown:
            while above.setdefault(name, name) != name:
                above[name] = above[above[name]]
                name = above[name]
            return name

        for row in rows:
            first, *others = row
            for name in others:
                above[root(name)] = root(first)
        groups: dict[Unknown, list[dict[Unknown, float]]] = {}
        for row in rows:
            groups.setdefault(root(next(iter(row))), []).append(row)
        return list(groups.values())

    def _loose(self, rows: list[dict[Unknown, float]], names: list[Unknown]) -> dict[Unknown, float]:
        """Return how far each unknown may move while all that is told stays as it is."""
        place = {name: at for at, name in enumerate(names)}
        matrix = np.zeros((len(rows), len(names)))
        for at, row in enumerate(rows):
            for name, factor in row.items():
                matrix[at, place[name]] = factor * (abs(self.truth[name]) or 1.0)
            matrix[at] /= np.abs(matrix[at]).max() or 1.0
        _, sizes, right = np.linalg.svd(matrix, full_matrices=True)
        free = right[int((sizes > 1e-9 * sizes[0]).sum()) :]
        moved = np.abs(free).max(axis=0) if len(free) else np.zeros(len(names))
        return dict(zip(names, moved, strict=True))


def rows_by(rows: Iterable[Any], *names: str) -> dict[Any, Any]:
    return {tuple(getattr(row, name) for name in names): row for row in rows}
