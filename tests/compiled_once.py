"""SQL of an expression that was compiled before in this process: most of the time of a small log goes into compiling.

Only in tests, where hundreds of small logs are booked by the same expressions. The key is the whole expression, node by
node, without the connection, so that nothing of an earlier log is kept alive or looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.operations as ops
from ibis.backends.sql import SQLBackend
from ibis.common.graph import Graph, Node

MOST = 4000
"""Texts that are kept; about 5 kB each."""
compiled: dict[Any, str] = {}
plainly: Callable[..., str] = SQLBackend.compile


def key_of(expression: Any) -> Any | None:
    """Return what two expressions share if and only if they are the same one; None where data is part of it."""
    places: dict[Node, int] = {}
    nodes = []

    def said(part: Any) -> Any:
        if isinstance(part, Node):
            return places[part]
        if isinstance(part, tuple):
            return tuple(said(each) for each in part)
        if isinstance(part, dict):
            return tuple((name, said(each)) for name, each in part.items())
        # a number alone is the place of a node, one with its type a value: 1 and True are no one thing
        return type(part), part

    for node in Graph.from_bfs(expression.op()).toposort()[0]:
        if isinstance(node, ops.InMemoryTable):
            return None
        names = [n for n in node.__argnames__ if not (isinstance(node, ops.DatabaseTable) and n == "source")]
        places[node] = len(places)
        nodes.append((type(node), tuple(said(getattr(node, name)) for name in names)))
    return tuple(nodes)


def compile_once(self: Any, expr: Any, /, **options: Any) -> str:
    """Compile an expression, or return the text that it had before."""
    key = None if options.get("params") else key_of(expr)
    if key is None:
        return plainly(self, expr, **options)
    key = (type(self), tuple(sorted(options.items())), key)
    if key not in compiled:
        if len(compiled) >= MOST:
            compiled.clear()
        compiled[key] = plainly(self, expr, **options)
    return compiled[key]
