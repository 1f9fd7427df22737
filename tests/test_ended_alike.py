"""What is sure between sides that were not followed equally long: only what holds if what is open were the slowest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mining.comparison import Measure, Side, compare
from mining.ended_alike import Ends, without_slowest
from mining.results.comparison import Difference
from mining.sample import Floats

MEAN = Measure("lead_time", "mean", {"nl": "x", "en": "x"}, "lead", "mean", "seconds")
MEDIAN = replace(MEAN, name="median", statistic="median")


def side(name: str, lead: Floats, still_open: int) -> Side:
    strata = np.full(len(lead), "all", object)
    return Side(name, {"lead": lead}, strata, Ends(lead, strata, np.full(still_open, "all", object)))


def ends(lead: list[float], strata: str, still_open: str) -> Ends:
    return Ends(np.array(lead), np.array(list(strata), object), np.array(list(still_open), object))


def claims(*sides: Side) -> list[Difference]:
    return [each.differences[0] for each in compare(sides, (MEAN, MEDIAN))]


def followed_to(generator: np.random.Generator, name: str, begins: tuple[int, int], until: int, mean: float) -> Side:
    """Return the cases of a period, of which those that took longer than they were followed are still open."""
    began = generator.uniform(*begins, 450)
    lead = generator.exponential(mean, 450)
    is_over = began + lead <= until
    return side(name, lead[is_over], int((~is_over).sum()))


def test_the_slowest_are_left_out_until_as_great_a_share_has_ended_on_both_sides() -> None:
    own, other = ends([5, 1, 4, 2], "aaaa", ""), ends([3, 3, 3], "aaa", "a")
    assert without_slowest(own, other).tolist() == [False, True, True, True]
    assert without_slowest(other, own).all()


def test_each_part_of_the_mix_is_cut_by_what_is_open_of_it() -> None:
    own, other = ends([9, 8, 2, 1], "aabb", ""), ends([3, 3, 3], "aab", "b")
    assert without_slowest(own, other).tolist() == [True, True, False, True]


def test_what_the_other_side_lacks_is_cut_by_the_whole_of_it() -> None:
    own, other = ends([4, 3, 2, 1], "cccc", ""), ends([3, 3], "aa", "bb")
    assert without_slowest(own, other).tolist() == [False, False, True, True]


def test_many_small_parts_together_lose_what_one_great_one_would() -> None:
    names = "abcdefghij" * 4
    own, other = ends(list(range(40)), names, ""), ends([1.0] * 90, names[:10] * 9, names[:10])
    assert int((~without_slowest(own, other)).sum()) == 4


def test_two_periods_of_one_process_are_not_surely_unlike_because_the_young_one_is_not_done() -> None:
    # of the last quarter 9 % is open after two months: its mean is a quarter too short
    generator = np.random.default_rng(3)
    sure = 0
    for _ in range(12):
        pair = [
            followed_to(generator, name, begins, 790, 40) for name, begins in (("a", (550, 640)), ("b", (640, 730)))
        ]
        plain = [replace(each, ends=None) for each in pair]
        assert claims(*plain)[0].difference == pytest.approx(claims(*pair)[0].difference)
        sure += any(d.claim == "sure" or d.equal_mix_claim == "sure" for d in claims(*pair))
    assert sure <= 2


def test_a_change_that_would_be_one_all_the_same_stays_sure() -> None:
    generator = np.random.default_rng(4)
    pair = followed_to(generator, "a", (550, 640), 790, 40), followed_to(generator, "b", (640, 730), 790, 24)
    assert [(d.claim, d.equal_mix_claim) for d in claims(*pair)] == [("sure", "sure")] * 2


def test_where_as_much_is_open_on_both_sides_nothing_is_cut() -> None:
    own, other = ends([5, 1, 4], "aaa", "a"), ends([3, 3, 3, 2, 2, 2], "a" * 6, "aa")
    assert without_slowest(own, other).all()
    assert without_slowest(other, own).all()
