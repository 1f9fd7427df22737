"""How a call is begun whose result is asked later: what needs no engine may run on another core meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Submit(Protocol):
    """Begins a call, with its arguments, and returns what waits for its result."""

    cores: int
    """On how many cores calls can run at a time."""

    def __call__(self, call: Callable[..., Any], *arguments: Any, core: int = 0, **named: Any) -> Callable[[], Any]:
        """Begin the call on that core, after what was begun there before."""


class AtOnce:
    """Makes each call right away."""

    cores = 1

    def __call__(self, call: Callable[..., Any], *arguments: Any, core: int = 0, **named: Any) -> Callable[[], Any]:
        """Make the call; `core` is the one that it is made on anyway."""
        result = call(*arguments, **named)
        return lambda: result


at_once = AtOnce()
