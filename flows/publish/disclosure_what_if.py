"""What if, for the team: the gains of steps and handoffs that are told, and the passes through branches that hold them.

In: the gains, and which step and handoff is told. Out: the same without the others. Bounds that are those of single
passes are widened to whole days: they stay bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil, floor

from flows.publish.disclosure_mark import is_few, part
from mining.results.what_if import BranchGroup, BranchPiece, WhatIf

IsTold = Callable[[str, tuple[str, str] | None], bool]
"""(step, giver and taker of its handoff) → whether its gain is told."""
_DAY = 86400.0


def told_gains(found: WhatIf | None, least: int, is_told: IsTold) -> WhatIf | None:
    """Return the gains of told steps and handoffs, with the groups of passes that hold no other step."""
    if found is None:
        return None
    kept = [n for n, one in enumerate(found.handoffs) if is_told(one.step, (one.giver, one.taker))]
    places = {old: new for new, old in enumerate(kept)}

    def may(piece: BranchPiece) -> bool:
        return is_told(piece.step, None) and (piece.handoff is None or piece.handoff in places)

    groups = [group for group in found.groups if all(map(may, _pieces(group)))]
    untold = found.untold_passes + sum(group.passes for group in found.groups if group not in groups)
    while groups and is_few(untold, least):
        groups.sort(key=lambda group: group.passes)
        untold += groups.pop(0).passes
    return found.model_copy(
        update={
            "steps": tuple(one for one in found.steps if is_told(one.step, None)),
            "handoffs": tuple(found.handoffs[n] for n in kept),
            "groups": tuple(_rounded(group, places) for group in groups),
            "untold_passes": part(untold, None, least),
        }
    )


def _pieces(group: BranchGroup) -> Iterable[BranchPiece]:
    return (piece for branch in group.branches for piece in branch.pieces)


def _rounded(group: BranchGroup, places: dict[int, int]) -> BranchGroup:
    """Return a group whose lowest and highest values, which are those of single passes, are bounds in whole days."""
    branches = [
        branch.model_copy(
            update={
                "pieces": tuple(
                    piece.model_copy(
                        update={
                            "handoff": None if piece.handoff is None else places[piece.handoff],
                            "low_seconds": floor(piece.low_seconds / _DAY) * _DAY,
                            "high_seconds": ceil(piece.high_seconds / _DAY) * _DAY,
                        }
                    )
                    for piece in branch.pieces
                ),
                "gap_low_seconds": floor(branch.gap_low_seconds / _DAY) * _DAY,
                "gap_high_seconds": ceil(branch.gap_high_seconds / _DAY) * _DAY,
            }
        )
        for branch in group.branches
    ]
    return group.model_copy(update={"branches": tuple(branches)})
