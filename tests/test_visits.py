"""What the overlay takes for one visit of a step."""

from __future__ import annotations

from mappings.flow import parallel_pairs
from mappings.journey import Journey
from mining.sequence import Token, read_sequence

JOURNEY = Journey(
    name="j",
    steps={s: {"lane": "team", "layer": "backstage"} for s in ("ask", "advice", "check", "decide")},
    flow={"sequence": ["ask", {"parallel": ["advice", "check"]}, "decide"]},
)
PARALLEL = parallel_pairs(JOURNEY.flow)


def visits(*steps: str) -> list[str]:
    tokens = tuple(Token(f"{s}_{n}", s, "team") for n, s in enumerate(steps))
    return list(read_sequence(tokens, PARALLEL, None).visits)


def test_work_in_a_parallel_branch_does_not_end_a_visit() -> None:
    assert visits("ask", "advice", "check", "advice", "decide") == ["ask", "advice", "check", "decide"]


def test_a_step_that_comes_back_after_another_step_is_a_new_visit() -> None:
    assert visits("ask", "advice", "decide", "advice", "decide") == ["ask", "advice", "decide", "advice", "decide"]
