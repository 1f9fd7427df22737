"""The door to what differs between engines, on DuckDB; `test_spark.py` holds Spark to the same."""

from __future__ import annotations

import ibis
import pytest

from mining.amounts import rows_of
from mining.engine import kept, text_under
from tests.engine_forms import AWKWARD


@pytest.mark.parametrize(
    ("name", "found"), [("a b", ["x", None, None, None, '"q" é', None]), ("d.e", ["y", *[None] * 5]), ("c", None)]
)
def test_a_name_of_a_kept_field_is_read_whatever_signs_are_in_it(name: str, found: list[str | None] | None) -> None:
    table = kept(ibis.duckdb.connect(), "zs_awkward", AWKWARD)
    rows = rows_of(table.select("row", told=text_under(table.json, name)).order_by("row"))
    # a number under "c" is no text
    assert [row["told"] for row in rows] == (found or [None, None, None, None, "7.5", None])
