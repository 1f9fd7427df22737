"""The forms that the expressions of the mining are made of, on a small table of awkward values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa

from mining.engine import micros, whole_part
from mining.json_told import laid_over, text_under

MOMENTS = [
    datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2024, 3, 31, 1, 0, 0, 500_000, UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    datetime(1900, 1, 1, tzinfo=UTC),
    None,
]
AWKWARD = pa.table(
    {
        "row": [1, 2, 3, 4, 5, 6],
        "n": pa.array([-7, -1, 0, 5, 9_007_199_254_740_993, None], pa.int64()),
        "x": pa.array([1.5, 2.5, None, -0.5, 10.0, 3.0]),
        "yes": [True, False, True, None, False, True],
        "name": ["Zaak", "aanvraag", "Éénmalig", "éénmalig", "", None],
        "text": ["123456789 x", "3d", " 7 ", "1e3", "1_000", "a.b@c.nl"],
        "at": pa.array(MOMENTS, pa.timestamp("us", "UTC")),
        "json": [
            '{"a b": "x", "c": 3, "d.e": "y"}',
            '{"a b": 3, "a/b": "~"}',
            '{"a b": null}',
            "{}",
            '{"a b": "\\"q\\" \\u00e9", "c": "7.5"}',
            None,
        ],
        "other": ['{"c": "4"}', '{"a b": "z"}', '{"a b": "1"}', '{"k": "v"}', None, '{"a b": "p"}'],
    }
)


def forms(t: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name and an expression; the rows of each are told apart by `row`, where it has several."""
    yield (
        "instants",
        t.select(
            "row",
            micros=micros(t["at"]),
            microsecond=t["at"].microsecond(),
            seconds=t["at"].epoch_seconds().cast("float64"),
            day=t["at"].day(),
            midnight=t["at"].truncate("D").cast("timestamp('UTC')"),
        ),
    )
    above = t.n + 86_400_000_000
    whole = whole_part(above, 86_400_000_000) - 1
    yield "parts of whole numbers", t.select("row", whole=whole, bits=(above >> 3) & 1023, is_set=(above & 64) != 0)
    over = laid_over(t.json, t.other)
    names = ("a b", "a/b", "c", "d.e", "k")
    yield "json", t.select("row", **{f"own {n}": text_under(t.json, n) for n in names})
    yield "json over json", t.select("row", **{f"over {n}": text_under(over, n) for n in names})
    yield (
        "texts",
        t.select(
            "row",
            nine=t.text.re_search(r"\b[0-9]{9}\b"),
            dot=t.text.re_search(r"a\.b|\+31"),
            number=t.text.try_cast("float64"),
            joined=t.name + t.text,
            lower=t.name.lower(),
            listed=t.name.isin(["Zaak", ""]),
        ),
    )
    yield (
        "integers",
        t.select(
            "row",
            half=t.n // 2,
            rest=t.n - (t.n // 2) * 2,
            least=ibis.least(t.n, t.row),
            greatest=ibis.greatest(t.n, t.row),
            between=t.n.between(-1, 5),
            known=ibis.coalesce(t.n, -1),
        ),
    )
    up, down = ibis.window(order_by="name"), ibis.window(order_by=ibis.desc("name"))
    yield (
        "order",
        t.select(
            "row",
            up=ibis.row_number().over(up),
            down=ibis.row_number().over(down),
            lag=t.row.lag().over(up),
            so_far=t.row.sum().over(up),
            before=t.n.max().over(ibis.window(order_by="name", preceding=(None, 1))),
        ),
    )
    yield (
        "aggregates",
        t.agg(
            median=t.x.quantile(0.5),
            p90=t.x.quantile(0.9),
            some=t.x.quantile(0.25, where=t.row < 5),
            of_integers=t.row.cast("float64").quantile(0.9),
            first=t.name.argmin(t.n, where=t.x.notnull()),
            last=t.name.argmax(t.row),
            low=t.name.min(),
            high=t.name.max(),
            yes=t.yes.sum(),
            bits=t.row.bit_or(),
            any=t.yes.any(),
            different=t.name.nunique(where=t.yes),
            total=t.n.sum(),
            mean=t.n.mean(),
            counted=t.count(where=t.yes),
            listed=(t.row * 65536 + t.row).collect().sort(),
        ),
    )
