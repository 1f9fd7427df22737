"""Quantiles counted in bins: the same as those of all numbers put in order."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.quantiles import quantiles

SHARES = (0.0, 0.1, 0.5, 0.95, 1.0)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=40), st.integers(1, 90))
def test_quantiles_are_linear_between_the_numbers_put_in_order(numbers: list[int], width: int) -> None:
    found = quantiles(ibis.memtable(pa.table({"n": pa.array(numbers, pa.int64())})), "n", width, SHARES)
    assert found == pytest.approx(np.quantile(numbers, SHARES).tolist())


def test_nothing_has_no_quantiles() -> None:
    assert quantiles(ibis.memtable(pa.table({"n": pa.array([], pa.int64())})), "n", 10, SHARES) == []
