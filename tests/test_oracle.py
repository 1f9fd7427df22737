"""The engine's ledger against a second one, slow and obvious, field by field over generated logs."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from mining.ledger import book
from tests.oracle import book_all
from tests.oracle_found import differences, found, said
from tests.oracle_logs import Drawn, logs

generated = settings(
    max_examples=16,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    # an example books forty cases: a failing one names its case, and is not made smaller for minutes
    phases=[Phase.explicit, Phase.generate],
)


@generated
@given(logs())
def test_the_ledger_books_what_the_design_says_field_by_field(drawn: Drawn) -> None:
    expected = book_all(drawn.events, drawn.cases, drawn.project, drawn.as_of, drawn.observed_until)
    booked = found(book(drawn.log(), drawn.project, drawn.as_of))
    assert booked.keys() == expected.keys()
    for case, oracle in expected.items():
        if told := differences(said(oracle), booked[case]):
            raise AssertionError("\n".join([case, *told, *map(str, drawn.of(case))]))
