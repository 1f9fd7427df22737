"""The flow of a journey: a tree of steps in sequence, choice, parallel, optional and repeat (DESIGN §5).

It owns which steps lie beside each other, and which may come next.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from mappings.base import Model


class Sequence(Model):
    """One after another."""

    sequence: tuple[Flow, ...] = Field(min_length=1)


class Choice(Model):
    """One of several; `when` names a persona."""

    choice: tuple[Flow, ...] = Field(min_length=2)


class Parallel(Model):
    """All of several, in any order and at the same time."""

    parallel: tuple[Flow, ...] = Field(min_length=2)


class Optional_(Model):  # noqa: N801
    """Once or not at all."""

    optional: Flow


class Repeat(Model):
    """Once, and again each time after `redo`."""

    repeat: Flow
    redo: Flow | None = None


class When(Model):
    """A branch for some personas only."""

    when: str
    then: Flow


_FLOW_WORDS = ("sequence", "choice", "parallel", "optional", "repeat", "when")


def _flow_kind(value: Any) -> str | None:
    """Tell which of the words a branch is, so that an error speaks of that one alone."""
    if isinstance(value, str):
        return "step"
    for word in _FLOW_WORDS:
        if (isinstance(value, dict) and word in value) or hasattr(value, word):
            return word
    return None


Flow = Annotated[
    Annotated[str, Tag("step")]
    | Annotated[Sequence, Tag("sequence")]
    | Annotated[Choice, Tag("choice")]
    | Annotated[Parallel, Tag("parallel")]
    | Annotated[Optional_, Tag("optional")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[When, Tag("when")],
    Discriminator(
        _flow_kind,
        custom_error_type="flow",
        custom_error_message=f"write a step's name, or one of {', '.join(_FLOW_WORDS)}",
    ),
]
for _model in (Sequence, Choice, Parallel, Optional_, Repeat, When):
    _model.model_rebuild()


def steps_of(flow: Any) -> list[str]:
    """Return the steps of a flow in the order in which they are written."""
    if isinstance(flow, str):
        return [flow]
    return [step for branch in branches_of(flow) for step in steps_of(branch)]


def branches_of(flow: Any) -> list[Any]:
    """Return the direct branches of a flow node."""
    match flow:
        case Sequence(sequence=items) | Choice(choice=items) | Parallel(parallel=items):
            return list(items)
        case Optional_(optional=item) | When(then=item):
            return [item]
        case Repeat(repeat=item, redo=redo):
            return [item] if redo is None else [item, redo]
        case _:
            return []


def unconditional(part: Any) -> Any:
    """Return a branch of a choice without its persona condition."""
    return part.then if isinstance(part, When) else part


def ways_through(flow: Any) -> list[Any]:
    """Return the branches; of a choice without their conditions, since one of them is taken whoever comes."""
    branches = branches_of(flow)
    return [unconditional(branch) for branch in branches] if isinstance(flow, Choice) else branches


def parallel_pairs(flow: Any) -> frozenset[tuple[str, str]]:
    """Return the pairs of steps whose lowest common node in the flow is `parallel`, both ways round."""
    if flow is None or isinstance(flow, str):
        return frozenset()
    branches = branches_of(flow)
    pairs = {pair for branch in branches for pair in parallel_pairs(branch)}
    if isinstance(flow, Parallel):
        leaves = [steps_of(branch) for branch in branches]
        pairs |= {
            (a, b)
            for i, left in enumerate(leaves)
            for j, right in enumerate(leaves)
            if i != j
            for a in left
            for b in right
        }
    return frozenset(pairs)


def followers(flow: Any) -> dict[str, frozenset[str]]:
    """Return step → the steps that may come next in the flow; the end of the journey counts as the step ''."""
    edges: dict[str, set[str]] = {step: set() for step in steps_of(flow)}
    for step in _ends_of(flow, edges)[1]:
        edges[step].add("")
    return {step: frozenset(after) for step, after in edges.items()}


def _ends_of(flow: Any, edges: dict[str, set[str]]) -> tuple[set[str], set[str], bool]:
    """Return the first and last steps of a flow and whether it may be passed over; fill `edges` on the way."""
    if isinstance(flow, str):
        return {flow}, {flow}, False
    parts = [_ends_of(branch, edges) for branch in ways_through(flow)]
    match flow:
        case Sequence():
            return _joined(parts, edges)
        case Repeat(redo=redo):
            again = parts[1][0] if redo is not None else parts[0][0]
            _connect(parts[0][1], again, edges)
            if redo is not None:
                _connect(parts[1][1], parts[0][0], edges)
            return parts[0]
        case Parallel():
            for i, (_, lasts, _) in enumerate(parts):
                for j, (firsts, _, _) in enumerate(parts):
                    if i != j:
                        _connect(lasts, firsts, edges)
        case _:
            pass
    firsts = {step for part in parts for step in part[0]}
    lasts = {step for part in parts for step in part[1]}
    is_skippable = isinstance(flow, Optional_ | When) or any(part[2] for part in parts)
    return firsts, lasts, is_skippable


def _joined(
    parts: list[tuple[set[str], set[str], bool]], edges: dict[str, set[str]]
) -> tuple[set[str], set[str], bool]:
    firsts: set[str] = set()
    lasts: set[str] = set()
    is_skippable = True
    for part_firsts, part_lasts, part_skippable in parts:
        _connect(lasts, part_firsts, edges)
        firsts |= part_firsts if is_skippable else set()
        lasts = part_lasts | (lasts if part_skippable else set())
        is_skippable = is_skippable and part_skippable
    return firsts, lasts, is_skippable


def _connect(lasts: set[str], firsts: set[str], edges: dict[str, set[str]]) -> None:
    for step in lasts:
        edges[step] |= firsts
