"""How much of the lead time lies between what was recorded, and how much before and after it."""

from __future__ import annotations

import pytest

from mining.amounts import cohort_booked
from mining.lead_time import knowledge
from mining.ledger import book
from mining.summed import summed
from tests.logs import AS_OF, log, project

RECEIVED, CLOSED = {"Z": "0T08:00"}, {"Z": "0T18:00"}


def covered(text: str) -> tuple[float, float, float]:
    """Return the shares of ten hours that lie before, between and after what was recorded."""
    ledger = book(log(text, received=RECEIVED, closed=CLOSED), project(), AS_OF)
    booked = cohort_booked(ledger)
    known = knowledge(ledger, booked, summed(ledger, booked).segments)
    return known.before_first_share, known.recorded_share, known.after_last_share


def test_where_no_start_is_recorded_all_up_to_the_first_completion_lies_before_it() -> None:
    assert covered("Z A 0T12:00 | Z B 0T15:00") == pytest.approx((0.4, 0.3, 0.3))


def test_recorded_work_of_the_first_event_does_not_lie_before_it() -> None:
    assert covered("Z A 0T09:00-12:00 | Z B 0T15:00") == pytest.approx((0.1, 0.6, 0.3))


def test_neither_does_work_that_had_begun_and_was_done_later() -> None:
    assert covered("Z A 0T12:00 | Z B 0T10:00-15:00") == pytest.approx((0.2, 0.5, 0.3))
