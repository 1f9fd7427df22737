"""One source, two ways to run it: as it stands where there is little to do, compiled by numba where there is much.

Compiling takes seconds at a cold start, so the result is kept in the user's cache folder (`NUMBA_CACHE_DIR`, else
`XDG_CACHE_HOME`, else `~/.cache`) under a mark of the source that was compiled: a changed rule never meets an old
result. Where that folder cannot be written, nothing is kept.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

MANY = 200_000
"""From so many positions on compiling pays. Measured: 6 µs a position as it stands; compiled 0.13 µs, after half a
second to load what is kept, or five seconds to compile where nothing is kept yet."""

_MAKES_ARRAYS = frozenset({"empty", "full", "zeros"})
"""How arrays are made in what is compiled. What makes them in another way is refused, and named, as it is compiled."""


def fitted(function: F, size: int) -> F:
    """Return the function, or the same one compiled where `size` positions make that worth while."""
    return compiled(function) if size >= MANY else function


def compiled(function: F) -> F:
    """Return the function compiled, with everything of this package that it calls. It holds no lock while it runs."""
    made: F = _compiled_names(function.__module__)[function.__name__]
    return made


@functools.cache
def _compiled_names(module_name: str) -> dict[str, Any]:
    """Return the names of a module with its own functions, and those that it takes from others here, compiled."""
    module = sys.modules[module_name]
    names = dict(vars(module))
    for name, value in vars(module).items():
        if isinstance(value, FunctionType) and value.__module__ == module_name:
            names[name] = _compile(FunctionType(value.__code__, names, name, value.__defaults__))
        elif isinstance(value, FunctionType) and value.__module__ in _plain_modules():
            names[name] = _compiled_names(value.__module__)[value.__name__]
    return names


@functools.cache
def _plain_modules() -> dict[str, ModuleType]:
    """Return the modules that are written to be compiled."""
    import mining.batches
    import mining.busy
    import mining.case_order
    import mining.case_walk
    import mining.distinct
    import mining.drawing
    import mining.handing_over
    import mining.loop_stack
    import mining.open_time
    import mining.passing
    import mining.read_arrays
    import mining.reading
    import mining.turns
    import mining.wait_split
    import mining.work_arrays

    modules = (
        mining.batches,
        mining.busy,
        mining.case_order,
        mining.case_walk,
        mining.distinct,
        mining.drawing,
        mining.handing_over,
        mining.loop_stack,
        mining.open_time,
        mining.passing,
        mining.read_arrays,
        mining.reading,
        mining.turns,
        mining.wait_split,
        mining.work_arrays,
    )
    return {module.__name__: module for module in modules}


def _compile(function: FunctionType) -> Any:
    import numba

    config: Any = numba.config
    jit: Any = numba.njit
    kept_in = folder()
    before, config.CACHE_DIR = config.CACHE_DIR, kept_in or ""
    try:
        # inlined, and without counting references: a function that makes no array would count them at each look at one
        counts = not _MAKES_ARRAYS.isdisjoint(function.__code__.co_names)
        return jit(function, nogil=True, forceinline=True, cache=kept_in is not None, _nrt=counts)
    finally:
        config.CACHE_DIR = before


@functools.cache
def folder() -> str | None:
    """Return the folder for what was compiled from this very source; none where it cannot be written."""
    import numba

    modules = (*_plain_modules().values(), sys.modules[__name__])
    source = "".join(inspect.getsource(module) for module in modules)
    mark = hashlib.sha256(f"{numba.__version__} {sys.version} {source}".encode()).hexdigest()[:16]
    try:
        home = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        place = Path(home) / "zaakstroom" / mark
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return str(place) if os.access(place, os.W_OK | os.X_OK) else None
    except (OSError, RuntimeError):
        return None
