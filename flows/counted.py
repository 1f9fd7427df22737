"""How many there are of something, in the words of the command line."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """Return how many there are of what has a plural in -s."""
    return f"{count} {thing}{'' if count == 1 else 's'}"
