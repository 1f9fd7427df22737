"""Until when a source was observed: its latest moment, of which none can lie after the reading itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.extraction import read_csv

LATEST = datetime(2025, 3, 5, 11, tzinfo=UTC)
TOLD = "case,what,at,begun\nZ1,intake,2025-03-04 09:00,\nZ2,intake,2025-03-05 12:00,2025-03-05 10:00\n"


@pytest.mark.parametrize(
    ("further", "until"),
    [
        ("", LATEST),
        ("Z1,decide,2052-03-15 10:00,\n", LATEST),
        ("Z1,decide,,2052-03-15 10:00\n", LATEST),
        # what was begun was seen, whenever it is said to be done
        ("Z1,decide,2052-03-15 10:00,2025-03-06 10:00\n", datetime(2025, 3, 6, 9, tzinfo=UTC)),
    ],
)
def test_a_moment_that_is_yet_to_come_was_not_observed(tmp_path, further: str, until: datetime):
    found = read_csv(tmp_path, TOLD + further, columns={"started_at": "begun"})
    assert found.facts.observed_until == until
    assert len(found.events) == 2 + bool(further)


def test_a_source_of_which_all_is_yet_to_come_was_not_observed(tmp_path):
    assert read_csv(tmp_path, "case,what,at\nZ1,intake,2052-03-15\n").facts.observed_until is None
