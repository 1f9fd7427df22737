"""Each number of the findings is declared: what it says of cases, so that none reaches the team's page unnoticed."""

from __future__ import annotations

from flows.publish.disclosure_fields import FIELDS, few_told, is_numeric, types_of
from mining.findings import Findings
from mining.results.base import Result
from mining.results.stream import Wip, WipPoint
from tests.findings_example import example

TYPES = types_of(Findings)
NUMBERS = [(n, field) for n, t in TYPES.items() for field, f in t.model_fields.items() if is_numeric(f.annotation)]


def test_a_number_of_the_findings_says_of_how_many_cases_it_is() -> None:
    missing = [f"{name}.{field}" for name, field in NUMBERS if field not in FIELDS.get(name, {})]
    assert not missing, "declare them in flows/publish/disclosure_fields.py"


def test_nothing_is_declared_that_is_not_there() -> None:
    stale = {f"{name}.{field}" for name, fields in FIELDS.items() for field in fields} - {".".join(n) for n in NUMBERS}
    assert not stale


def test_a_measure_that_nobody_declared_is_seen() -> None:
    class More(Result):
        parts: tuple[WipPoint, ...] = ()
        few: dict[str, int] = {}  # noqa: RUF012 pydantic copies it
        said: str = ""

    assert {name for name, field in More.model_fields.items() if is_numeric(field.annotation)} == {"few"}
    assert set(types_of(More)) == {"More", "WipPoint"}


def test_a_told_count_of_few_cases_is_found_wherever_it_stands() -> None:
    week = WipPoint(week="2026-01-05", arrived=3, closed=12, in_hand=0)
    wip = Wip(
        at_as_of=40, mean=1.0, integral_seconds=1.0, case_seconds=1.0, age_median_seconds=None, is_steady=None,
        by_week=(week,),
    )  # fmt: skip
    assert ".wip.by_week[0].arrived = 3" in list(few_told(example(wip=wip), 10))
