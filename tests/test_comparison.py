"""Comparison: differences by hand, what is sure, equal mix, and the laws that hold for any sides."""

from __future__ import annotations

import numpy as np
import pytest

from mining.bootstrap import drawn_weights, summed_draws
from mining.by_lot import lot_p_values
from mining.comparison import Measure, Side, compare, missing_strata
from mining.compiled import compiled
from mining.drawing import sum_drawn
from mining.results.comparison import Difference
from mining.sample import Sample, common_mix, parts, statistics
from mining.sure import discoveries, p_value

TITLE = {"nl": "x", "en": "x"}
MEAN = Measure("lead_time", "mean", TITLE, "lead", "mean", "seconds")
MEDIAN = Measure("lead_time", "median", TITLE, "lead", "median", "seconds")
KEPT = Measure("norms", "kept", TITLE, "kept", "mean", "share")


def side(name: str, lead: list[float] | np.ndarray, strata: list[str] | None = None, **columns: list[float]) -> Side:
    """Return a side with a lead time a case."""
    values = {"lead": np.array(lead, float)} | {key: np.array(column, float) for key, column in columns.items()}
    return Side(name, values, np.array(strata or ["all"] * len(lead), dtype=object))


def differences(first: Side, *others: Side, measures: tuple[Measure, ...] = (MEAN,)) -> list[Difference]:
    return [d for m in compare((first, *others), measures) for d in m.differences]


def noise(cases: int, seed: int, mean: float = 10.0) -> np.ndarray:
    return np.random.default_rng(seed).gamma(4.0, mean / 4.0, cases)


def test_the_difference_is_the_side_less_the_reference() -> None:
    before, after = side("before", [1, 2, 3, 10]), side("after", [2, 4, 6])
    mean, median = differences(before, after, measures=(MEAN, MEDIAN))
    assert (mean.value, mean.reference_value, mean.difference) == (4, 4, 0)
    assert (median.value, median.reference_value, median.difference) == (4, 2.5, 1.5)


def test_the_median_is_the_ordinary_one_under_whole_weights() -> None:
    generator = np.random.default_rng(1)
    for cases in (1, 2, 7, 8):
        values, weights = generator.integers(0, 9, cases), generator.integers(0, 4, (20, cases))
        weights[:, 0] += 1
        sample = Sample(values[:, np.newaxis].astype(float), np.array(["x"] * cases), (True,))
        expected = [np.median(np.repeat(values, row)) for row in weights]
        assert statistics(sample, weights.astype(float))[:, 0].tolist() == expected


def test_below_thirty_cases_on_a_side_nothing_is_claimed_and_nothing_is_drawn() -> None:
    found = differences(side("a", noise(200, 1)), side("b", noise(29, 2, mean=90)))[0]
    assert (found.claim, found.equal_mix_claim, found.low, found.p_value) == ("too_few", "too_few", None, None)
    assert differences(side("a", noise(200, 1)), side("b", noise(30, 2, mean=90)))[0].claim == "sure"


def test_a_clear_difference_is_sure_and_none_is_not() -> None:
    slower = differences(side("a", noise(300, 1)), side("b", noise(300, 2, mean=14)))[0]
    assert slower.claim == "sure"
    assert slower.low is not None
    assert slower.high is not None
    assert 0 < slower.low < slower.difference < slower.high
    assert differences(side("a", noise(300, 1)), side("b", noise(300, 4)))[0].claim == "not_sure"


def test_the_same_sides_give_the_same_intervals_again() -> None:
    one, other = side("a", noise(80, 1)), side("b", noise(90, 2))
    assert differences(one, other) == differences(one, other)


def test_draws_hold_as_many_cases_as_there_are() -> None:
    blocks = list(drawn_weights(3_000, draws=1_500))
    assert sum(len(block) for block in blocks) == 1_500
    assert len(blocks) > 1
    assert all((block.sum(axis=1) == 3_000).all() for block in blocks)


@pytest.mark.parametrize("cases", [1, 7, 64, 1000, 4096])
@pytest.mark.parametrize("is_compiled", [False, True])
def test_a_draw_adds_up_the_cases_that_its_random_numbers_name(cases: int, is_compiled: bool) -> None:
    generator = np.random.default_rng(cases)
    values, raw = np.sort(noise(cases, 1)), generator.integers(0, 65_536, 2_000, np.uint16)
    wanted = generator.integers(0, 40, 60)
    named = (number * cases // 65_536 for number in raw.tolist() if number * cases % 65_536 >= 65_536 % cases)
    drawn = [[values[case] for _, case in zip(range(held), named, strict=False)] for held in wanted.tolist()]
    missing, sums = wanted.copy(), np.zeros(60)
    (compiled(sum_drawn) if is_compiled else sum_drawn)(raw, missing, values, sums)
    assert sums == pytest.approx([sum(each) for each in drawn])
    assert missing.tolist() == [held - len(each) for held, each in zip(wanted.tolist(), drawn, strict=True)]


def test_of_many_cases_each_comes_up_as_often_as_any_other() -> None:
    # the last block is no power of two, and no block begins as it ends, which would be all alike
    cases, draws, whole = 6_000, 1_000, np.zeros(1_000)
    for places in np.array_split(np.random.default_rng(1).permutation(cases), 20):
        values = np.linspace(0, 1e-9, cases)
        values[places] += 1.0
        held = summed_draws(values, np.full(draws, cases), (7,))
        assert held.mean() == pytest.approx(len(places), rel=0.01)
        assert held.var() == pytest.approx(len(places) * (1 - len(places) / cases), rel=0.2)
        whole += held
    # the same seed draws the same cases, whatever their values
    assert whole == pytest.approx(np.full(draws, cases), abs=0.01)


def test_many_cases_drawn_block_by_block_give_the_same_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    strata = [list("aabbcd")[n % 6] for n in range(3_000)], [list("abbbce")[n % 6] for n in range(2_000)]
    sides = side("a", noise(3_000, 1), strata[0]), side("b", noise(2_000, 2, mean=10.2), strata[1])
    plain = differences(*sides)[0]
    monkeypatch.setattr("mining.comparison.MANY", 0)
    told = differences(*sides)[0]
    assert told == differences(*sides)[0]
    for name in ("value", "difference", "equal_mix_difference"):
        assert getattr(told, name) == pytest.approx(getattr(plain, name), rel=1e-12)
    # the draws are others, so that the ends of the intervals are alike and no more
    width = (plain.high or 0) - (plain.low or 0)
    for name in ("low", "high", "equal_mix_low", "equal_mix_high"):
        assert getattr(told, name) == pytest.approx(getattr(plain, name), abs=0.08 * width)


def test_the_interval_is_as_wide_as_the_formula_for_the_mean_says() -> None:
    one, other = noise(400, 1), noise(500, 2)
    found = differences(side("a", one), side("b", other))[0]
    error = np.sqrt(one.var() / len(one) + other.var() / len(other))
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.08)


def test_at_equal_mix_nothing_is_left_where_only_the_mix_differs() -> None:
    simple, hard = [1.0, 2.0, 3.0], [10.0, 20.0, 30.0]
    before = side("before", simple * 30 + hard * 10, ["simple"] * 90 + ["hard"] * 30)
    after = side("after", simple * 10 + hard * 30, ["simple"] * 30 + ["hard"] * 90)
    mean, median = differences(before, after, measures=(MEAN, MEDIAN))
    assert mean.difference == pytest.approx(9)
    assert mean.equal_mix_difference == pytest.approx(0)
    assert median.difference == pytest.approx(15 - 2.5)
    assert median.equal_mix_difference == pytest.approx(0)
    assert (mean.claim, mean.equal_mix_claim) == ("sure", "not_sure")
    assert not mean.sign_flips


def test_a_side_that_is_faster_in_every_stratum_and_slower_overall_is_flagged() -> None:
    # Simpson: simple cases take 10 and then 9 days, hard ones 30 and then 28, but most are hard now
    before = side("before", [10.0] * 80 + [30.0] * 20, ["simple"] * 80 + ["hard"] * 20)
    after = side("after", [9.0] * 20 + [28.0] * 80, ["simple"] * 20 + ["hard"] * 80)
    found = differences(before, after)[0]
    assert found.difference == pytest.approx(24.2 - 14)
    # both mixes together are half simple, half hard: -1 and -2
    assert found.equal_mix_difference == pytest.approx(-1.5)
    assert found.sign_flips


def test_a_stratum_that_one_of_many_sides_lacks_is_not_said_to_be_of_one_alone() -> None:
    reference, like, without = (
        side(name, [10.0] * 40, kinds)
        for name, kinds in (("a", ["x"] * 30 + ["y"] * 10), ("b", ["x"] * 20 + ["y"] * 20), ("c", ["x"] * 40))
    )
    found = missing_strata((reference, like, without))
    assert [(m.side, m.lacking, m.stratum) for m in found] == [("a", "c", "y")]


def test_a_stratum_that_only_one_side_has_is_named_and_left_out_of_the_equal_mix() -> None:
    before = side("before", [10.0] * 40, ["simple"] * 40)
    after = side("after", [10.0] * 30 + [50.0] * 10, ["simple"] * 30 + ["new"] * 10)
    assert [(m.side, m.lacking, m.stratum, m.share) for m in missing_strata((before, after))] == [
        ("after", "before", "new", 0.25)
    ]
    found = differences(before, after)[0]
    assert (found.difference, found.equal_mix_difference) == (10, 0)


def test_without_a_stratum_in_common_there_is_no_difference_at_equal_mix() -> None:
    found = differences(side("a", noise(40, 1), ["x"] * 40), side("b", noise(40, 2), ["y"] * 40))[0]
    assert found.equal_mix_difference is None
    assert found.equal_mix_claim == "not_sure"


def test_a_case_that_was_not_judged_counts_for_no_norm_and_still_for_its_lead_time() -> None:
    before = side("before", [1.0] * 40, kept=[1.0] * 30 + [np.nan] * 10)
    after = side("after", [1.0] * 40, kept=[0.0] * 20 + [1.0] * 20)
    lead, kept = differences(before, after, measures=(MEAN, KEPT))
    assert (lead.cases, lead.reference_cases) == (40, 40)
    assert (kept.cases, kept.reference_cases) == (40, 30)
    assert (kept.reference_value, kept.value) == (1.0, 0.5)


def test_a_side_without_any_judged_case_has_no_value() -> None:
    found = differences(
        side("a", [1.0, 2.0], kept=[np.nan, np.nan]), side("b", [1.0, 2.0], kept=[1.0, 0.0]), measures=(KEPT,)
    )[0]
    assert (found.reference_value, found.difference, found.claim) == (None, None, "too_few")


def test_that_few_cases_of_a_small_side_lack_what_is_rare_is_not_sure() -> None:
    # 2 % of all do it; of sixty cases nobody does so three times in ten, and then draws of that side show no spread
    found = differences(side("small", [0.0] * 60), side("large", [0.0] * 588 + [1.0] * 12))[0]
    assert found.p_value is not None
    assert found.p_value > 0.1
    assert (found.claim, found.equal_mix_claim) == ("not_sure", "not_sure")
    many = differences(side("small", [0.0] * 600), side("large", [0.0] * 588 + [1.0] * 12))[0]
    assert many.claim == "sure"


def test_of_rare_and_skewed_amounts_that_do_not_differ_hardly_any_table_has_a_sure_one() -> None:
    generator = np.random.default_rng(8)
    measures = tuple(Measure("rungs", str(n), TITLE, f"c{n}", "mean", "seconds") for n in range(20))

    def alike(cases: int) -> dict[str, np.ndarray]:
        skewed = {f"c{n}": generator.lognormal(sigma=1.2, size=cases) for n in range(20)}
        return {
            name: v * (generator.random(cases) < (0.05 if n % 2 else 1)) for n, (name, v) in enumerate(skewed.items())
        }

    tables = 0
    for _ in range(30):
        few, many = (Side(str(n), alike(n), np.zeros(n)) for n in (40, 400))
        found = [d for m in compare((few, many), measures) for d in m.differences]
        tables += any("sure" in (d.claim, d.equal_mix_claim) for d in found)
    assert tables <= 6


@pytest.mark.parametrize("counts", [((7, 3), (5, 20)), ((1, 1), (1, 9)), ((30,), (30,)), ((12,), (200,))])
def test_what_lot_alone_would_make_is_what_dealing_the_cases_out_many_times_makes(
    counts: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    generator = np.random.default_rng(sum(counts[0]))
    samples = [
        Sample(generator.exponential(size=(sum(n), 1)), np.repeat(np.arange(len(n)), n), (False,)) for n in counts
    ]
    mix = common_mix(*samples)
    laid = [parts(sample, mix) for sample in samples]
    found = lot_p_values(laid[0], laid[1])[1][0]
    strata = [np.concatenate([s.values[s.strata == n, 0] for s in samples]) for n in mix]

    def gap(dealt: list[np.ndarray]) -> float:
        sizes = counts[0]
        return sum(w * (v[:n].mean() - v[n:].mean()) for w, v, n in zip(mix.values(), dealt, sizes, strict=True))

    observed = gap(strata)
    dealt = np.array([gap([generator.permutation(v) for v in strata]) for _ in range(4000)])
    tail = min((dealt >= observed - 1e-12).mean(), (dealt <= observed + 1e-12).mean())
    assert found == pytest.approx(2 * tail, abs=0.06)


def test_amounts_that_are_all_the_same_do_not_differ_whatever_rounding_does() -> None:
    found = differences(side("a", [0.1] * 33), side("b", [0.1] * 47))[0]
    assert found.p_value == 1.0


def test_at_equal_mix_a_case_that_stands_for_half_of_it_allows_no_claim() -> None:
    before = side("before", noise(102, 1), ["simple"] * 100 + ["hard"] * 2)
    after = side("after", noise(102, 2), ["simple"] * 2 + ["hard"] * 100)
    found = differences(before, after)[0]
    assert (found.claim, found.equal_mix_claim) == ("not_sure", "too_few")
    assert found.equal_mix_difference is not None
    assert (found.equal_mix_low, found.equal_mix_p_value) == (None, None)


def test_benjamini_hochberg_is_what_the_hand_computes() -> None:
    # limits at 10 % of five tests: .02, .04, .06, .08, .10; the fourth passes and takes the third along
    p_values = [0.5, 0.001, 0.079, 0.035, 0.07]
    assert discoveries(p_values) == [False, True, True, True, True]
    assert discoveries([0.5, None, 0.3]) == [False, False, False]
    assert discoveries([]) == []


def test_among_many_differences_a_lucky_one_is_not_sure() -> None:
    measures = tuple(Measure("rungs", str(n), TITLE, f"c{n}", "mean", "seconds") for n in range(40))
    sides = [
        side(name, noise(100, n), **{f"c{k}": noise(100, 300 * n + k) for k in range(40)})
        for n, name in enumerate("ab", 1)
    ]
    found = [d for m in compare(sides, measures) for d in m.differences]
    assert min(d.p_value for d in found) < 0.05
    assert {d.claim for d in found} == {"not_sure"}


def test_a_p_value_is_twice_the_share_of_draws_beyond_zero() -> None:
    draws = np.array([-1.0] * 10 + [2.0] * 89)
    assert p_value(1.0, draws) == pytest.approx(2 * 11 / 100)
    assert p_value(0.0, draws) == 1.0
    assert p_value(3.0, np.array([2.0, 4.0] * 50)) == pytest.approx(0.0027, rel=0.01)


def test_three_sides_are_each_compared_with_the_first() -> None:
    found = compare((side("a", noise(40, 1)), side("b", noise(40, 2)), side("c", noise(40, 3))), (MEAN,))[0]
    assert [(d.side, d.reference) for d in found.differences] == [("b", "a"), ("c", "a")]
    assert list(found.values) == ["a", "b", "c"]
