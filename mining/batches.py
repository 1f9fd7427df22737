"""Batches: cases that one resource let gather and then did in one go (Martin, Pufahl, Mannhardt 2021)."""

from __future__ import annotations

from typing import Any

import ibis

FEWEST_IN_A_BATCH = 2


def batches(pieces: Any) -> Any:
    """Return the members of each batch: case, position, batch (its number) and ready, when the last had come in.

    `pieces` is work with its runs (`busy.in_turn`). Of a run the batch is the pieces of at least two cases that
    were all available when the run began, and had become available since the resource last began that activity
    before: whatever lay there longer was passed over, which is a queue and no batch. A piece off the path has no
    moment of becoming available, and is in no batch.
    """
    runs = pieces.group_by(["resource", "activity", "run"]).agg(
        begin=pieces.started.min(), last_begun=pieces.started.max()
    )
    in_turn = ibis.window(group_by=["resource", "activity"], order_by="run")
    runs = runs.mutate(begun_before=runs.last_begun.lag().over(in_turn))
    held = pieces.join(runs.select("resource", "run", "begin", "begun_before"), ["resource", "run"])
    members = held.filter(
        held.since <= held.begin, ibis.coalesce(held.since >= held.begun_before, True), held.since.notnull()
    )
    sized = members.group_by(["resource", "run"]).agg(ready=members.since.max(), cases=members.case.nunique())
    sized = sized.filter(sized.cases >= FEWEST_IN_A_BATCH)
    sized = sized.mutate(batch=ibis.row_number().over(order_by=["resource", "run"]))
    found = members.join(sized, ["resource", "run"])
    return found.select("case", "position", "batch", "ready")
