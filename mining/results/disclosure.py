"""What a page does not tell of small groups (DESIGN §8): set on the findings that the team's page is made from."""

from __future__ import annotations

from pydantic import Field

from mining.results.base import Result


class Disclosure(Result):
    """The rule that was followed, and how much it took away. Null in `findings.json`, which is whole."""

    smallest_group: int
    """Nothing that rests on fewer cases is told, nor what would give it back."""
    is_empty: bool = False
    """Whether there are so few cases in all that no amount is told."""
    pooled_steps: tuple[str, ...] = ()
    """Steps that are told together as one."""
    left_out: dict[str, int] = Field(default_factory=dict)
    """What → how many of it are not told: loops, paths, activities, variants, handoffs and the like."""
    transitions: int | None = None
    """All transitions of the process map, those over paths that are not told included."""
