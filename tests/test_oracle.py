"""The engine's ledger against a second one, slow and obvious, field by field over generated logs."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from mining.ledger import book
from tests.oracle import Case, book_all
from tests.oracle_found import differences, found, said
from tests.oracle_logs import Drawn, logs
from tests.oracle_reach import features_of

generated = settings(
    max_examples=7,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    # an example books many cases: a failing one names its case, and is not made smaller for minutes
    phases=[Phase.explicit, Phase.generate],
)
LEAST = 3
"""Cases that must have each feature: one that no case has is one on which nobody was held against the oracle."""


def test_the_ledger_books_what_the_design_says_field_by_field_on_logs_that_reach_every_feature() -> None:
    reached: Counter[str] = Counter()

    # few logs of many cases, since each costs a second to compile; with this seed they reach everything
    @seed(24)
    @generated
    @given(logs(cases=120))
    def hold(drawn: Drawn) -> None:
        expected = book_all(drawn.events, drawn.cases, drawn.project, drawn.as_of, drawn.observed_until)
        booked = found(book(drawn.log(), drawn.project, drawn.as_of))
        assert booked.keys() == expected.keys()
        for name, case in expected.items():
            assert_same(drawn, name, differences(said(case), booked[name]))
            reached.update(features(drawn, name, case))

    hold()
    assert {name: n for name, n in reached.items() if n < LEAST} == {}


def assert_same(drawn: Drawn, case: str, told: list[str]) -> None:
    if told:
        raise AssertionError("\n".join([case, *told, *map(str, drawn.of(case))]))


def features(drawn: Drawn, name: str, case: Case) -> dict[str, int]:
    return {feature: int(bool(has)) for feature, has in features_of(drawn, case, drawn.of(name)).items()}
