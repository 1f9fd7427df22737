"""Norms by hand: from where to where they run."""

from __future__ import annotations

import pytest

from mappings.journey import Journey
from mining.ledger import book
from mining.norms import norms
from tests.logs import AS_OF, log, project

JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "municipality", "layer": "backstage"} for s in ("intake", "decide", "pay", "reopen")},
    flow={"sequence": ["intake", "decide", "pay", "reopen"]},
    delivers=["decide"],
    reopens=["reopen"],
    norms=[{"name": "paid", "to": "pay", "amount": "9d"}],
)


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("Z intake 1 | Z decide 3 | Z pay 5", (1, 0, 0)),
        ("Z intake 1 | Z decide 3 | Z pay 5 | Z reopen 80 | Z pay 90", (1, 0, 0)),
        ("Z intake 1 | Z decide 3 | Z pay 20 | Z reopen 80", (0, 1, 0)),
        ("Z intake 1 | Z decide 3 | Z reopen 80 | Z pay 90 | Z decide 91", (0, 0, 1)),
    ],
)
def test_a_norm_from_receipt_is_reached_up_to_a_reopening(text: str, verdicts: tuple[int, int, int]) -> None:
    lines = log(text, received={"Z": "0"})
    (norm,) = norms(book(lines, project(JOURNEY), AS_OF), lines, project(JOURNEY), AS_OF)
    assert (norm.met, norm.missed, norm.ended_otherwise) == verdicts
