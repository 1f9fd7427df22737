"""How a call is begun whose result is asked later: what needs no engine may run on another core meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Submit = Callable[..., Callable[[], Any]]
"""Begins a call, with its arguments, and returns what waits for its result."""


def at_once(call: Callable[..., Any], *arguments: Any, **named: Any) -> Callable[[], Any]:
    """Make the call right away."""
    result = call(*arguments, **named)
    return lambda: result
