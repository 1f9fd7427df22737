"""A journey's flow as a pm4py process tree, and a discovered process tree as a flow.

In goes a `Flow` of `mappings.journey`, out comes the tree (and the other way round). Labels are step names.
`interruptible_by` is no part of the tree: the overlay forgives what an interruption leaves undone.
pm4py is imported only when a tree is asked for, since its import costs seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence, When, unconditional


def silence_pm4py() -> None:
    """Keep pm4py's banner off stderr; to be called before its first import."""
    sys._pm4py_welcome_shown = True  # type: ignore[attr-defined]


def process_tree(flow: Flow) -> Any:
    """Return the flow as a pm4py `ProcessTree`.

    A `when` branch stands as a plain branch inside a choice and as an optional part elsewhere: without the
    persona of a case nobody can say that it had to be taken.
    """
    silence_pm4py()
    from pm4py.objects.process_tree.obj import Operator, ProcessTree

    def node(operator: Any, children: list[Any]) -> Any:
        parent = ProcessTree(operator=operator, children=children)
        for child in children:
            child.parent = parent
        return parent

    def tree(part: Any) -> Any:
        match part:
            case Sequence(sequence=items):
                return node(Operator.SEQUENCE, [tree(item) for item in items])
            case Choice(choice=items):
                return node(Operator.XOR, [tree(unconditional(item)) for item in items])
            case Parallel(parallel=items):
                return node(Operator.PARALLEL, [tree(item) for item in items])
            case Optional_(optional=item) | When(then=item):
                return node(Operator.XOR, [tree(item), ProcessTree()])
            case Repeat(repeat=item, redo=redo):
                return node(Operator.LOOP, [tree(item), ProcessTree() if redo is None else tree(redo)])
            case _:
                return ProcessTree(label=part)

    return tree(flow)


def least_steps(flow: Flow, free: Collection[str] = ()) -> int:
    """Return the length of the shortest way through the flow: what skipping everything costs. `free` costs nothing."""
    match flow:
        case str():
            return int(flow not in free)
        case Sequence(sequence=items) | Parallel(parallel=items):
            return sum(least_steps(item, free) for item in items)
        case Choice(choice=items):
            return min(least_steps(unconditional(item), free) for item in items)
        case Repeat(repeat=item):
            return least_steps(item, free)
        case _:
            return 0


def sorted_branches(tree: Any) -> Any:
    """Put the branches of each choice and parallel in alphabetical order, which changes nothing in what it
    allows.

    pm4py leaves them in the order of a set, which differs from run to run.
    """
    for child in tree.children:
        sorted_branches(child)
    if str(tree.operator) in ("X", "+"):
        tree.children.sort(key=str)
    return tree


def flow_of(tree: Any) -> Flow | None:
    """Return a pm4py process tree as a flow; null where it holds nothing but silence.

    Built without validation, since labels of a log are kept to the letter.
    """
    if not tree.children:
        return tree.label  # type: ignore[no-any-return]
    match str(tree.operator):
        case "->":
            return _of_several(Sequence, "sequence", tree.children)
        case "+":
            return _of_several(Parallel, "parallel", tree.children)
        case "X":
            return _choice(tree.children)
        case "*":
            return _repeat(tree.children)
        case operator:
            raise ValueError(f"a process tree with the operator '{operator}' cannot be written as a flow")


def _of_several(kind: Any, field: str, children: list[Any]) -> Flow | None:
    parts = tuple(part for child in children if (part := flow_of(child)) is not None)
    if len(parts) < 2:
        return parts[0] if parts else None
    return kind.model_construct(**{field: parts})  # type: ignore[no-any-return]


def _choice(children: list[Any]) -> Flow | None:
    choice = _of_several(Choice, "choice", children)
    is_skippable = any(flow_of(child) is None for child in children)
    if choice is None or not is_skippable:
        return choice
    return Optional_.model_construct(optional=choice)


def _repeat(children: list[Any]) -> Flow | None:
    body, redo = flow_of(children[0]), _choice_of_redos(children[1:])
    if body is not None:
        return Repeat.model_construct(repeat=body, redo=redo)
    if redo is None:
        return None
    return Optional_.model_construct(optional=Repeat.model_construct(repeat=redo, redo=None))


def _choice_of_redos(children: list[Any]) -> Flow | None:
    return flow_of(children[0]) if len(children) == 1 else _choice(children)
