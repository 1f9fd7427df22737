"""What must hold of findings whatever the mapping: each law names what breaks it.

In: `Findings` as plain values, and nothing of how they were computed. The laws on time stand in
`crossing_laws_of_time`, those on numbers of cases in `crossing_laws_of_cases`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

KINDS = ("wait", "process", "elsewhere", "unknown")
CLOCKS = ("elapsed", "working")
SHARES = ("reach", "fitness", "precision", "mean_fitness")
SIGNED = ("difference", "equal_mix", "p_value", "from_seconds", "to_seconds", "value_", "net", "emotion")
"""Parts of the names of what may be below nought: differences, bins past each case's own end, emotion and NPS."""
NEAR = 1e-6
Told = dict[str, Any]
Law = Callable[[Told], Iterator[str]]


def is_near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=NEAR)


def differs(what: str, one: float, other: float) -> Iterator[str]:
    """Name two amounts that should be one."""
    if not is_near(one, other):
        yield f"{what}: {one} and not {other}"


def exceeds(what: str, part: float, whole: float) -> Iterator[str]:
    """Name a part that is more than its whole."""
    if part > whole and not is_near(part, whole):
        yield f"{what}: {part} of {whole}"


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every dict, list and value with its path."""
    yield where, value
    parts: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from leaves(part, f"{where}.{name}")


def numbers_are_numbers(f: Told) -> Iterator[str]:
    for where, value in leaves(f):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        name = where.rpartition(".")[2]
        if not math.isfinite(value):
            yield f"{where} is {value}"
        if value < -NEAR and not any(part in name for part in SIGNED) and ".scores" not in where:
            yield f"{where} is below nought: {value}"
        if "share" in name or name in SHARES:
            yield from exceeds(where, value, 1)


def kinds_of_time_add_up(f: Told) -> Iterator[str]:
    for where, value in leaves(f):
        for unit in ("seconds", "days"):
            if isinstance(value, dict) and f"wait_{unit}" in value and f"total_{unit}" in value:
                yield from differs(where, sum(value[f"{kind}_{unit}"] for kind in KINDS), value[f"total_{unit}"])


LAWS: tuple[Law, ...] = (numbers_are_numbers, kinds_of_time_add_up)
