"""Ledger and lane hours against the oracle in zones of half hours and of switches at midnight, with any shifts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from mappings.calendar import WEEKDAYS, Calendar, Hours
from mappings.source import Opens
from mining.lane_working import lane_working
from mining.ledger import book
from mining.summed import summed
from tests.mining_run import cohort_segments
from tests.oracle import book_all
from tests.oracle_found import differences, found, said
from tests.oracle_journeys import JOURNEYS
from tests.oracle_logs import CaseRows, Drawn, project_of
from tests.oracle_norms import Judge

SWITCHES = {
    "Asia/Kolkata": date(2026, 3, 1),
    "Australia/Lord_Howe": date(2026, 3, 31),  # half an hour is put back
    "America/St_Johns": date(2026, 3, 4),
    "America/Sao_Paulo": date(2018, 11, 1),  # midnight is skipped
    "America/Havana": date(2026, 10, 28),  # midnight comes twice
    "Pacific/Apia": date(2011, 12, 26),  # a whole day is skipped
}


def hours(random: Random, zone: str) -> Hours:
    """One to three shifts a day, begun and ended at any quarter."""

    def shifts() -> list[dict[str, int]]:
        cuts = sorted(random.sample(range(97), 2 * random.randint(1, 3)))
        return [{"start": low * 15, "end": high * 15} for low, high in zip(cuts[::2], cuts[1::2], strict=True)]

    weekly = {day: shifts() for day in random.sample(WEEKDAYS, random.randint(2, 7))}
    return Hours(weekly=weekly, holidays="none", zone=zone)


def drawn(zone: str) -> Drawn:
    random, start = Random(zone), SWITCHES[zone]
    lanes = {"municipality": hours(random, random.choice([*SWITCHES])), "partner": hours(random, zone)}
    calendar = Calendar(reference=hours(random, zone), lanes=lanes)
    journey = next(each for each in JOURNEYS if each is not None and each.delivers)
    made = project_of(journey, ["first", "last"], zone, Opens(step="intake")).model_copy(update={"calendar": calendar})
    cases = [CaseRows(made, random, start, f"Z{n:03}") for n in range(60)]
    midnight = datetime.combine(start, time(), ZoneInfo(zone)).astimezone(UTC)
    return Drawn(
        made,
        [event for case in cases for event in case.events()],
        [row for case in cases for row in case.fields(draws_ends=True)],
        midnight + timedelta(hours=400),
        {source.name: midnight + timedelta(hours=random.randrange(100, 400)) for source in made.sources},
    )


@pytest.mark.parametrize("zone", SWITCHES)
def test_both_clocks_and_the_hours_of_each_lane_are_those_of_the_shifts_one_by_one(zone: str) -> None:
    made = drawn(zone)
    expected = book_all(made.events, made.cases, made.project, made.as_of, made.observed_until)
    log = made.log()
    ledger = book(log, made.project, made.as_of)
    booked = found(ledger)
    unlike = {name: told for name, case in expected.items() if (told := differences(said(case), booked[name]))}
    assert unlike == {}
    cohort = [case for case in expected.values() if case.lead["elapsed"] is not None]
    by_hand = Judge(made.project, made.as_of).lane_working(cohort)
    segments = cohort_segments(ledger)
    for told in lane_working(log, ledger, made.project, segments, summed(ledger, segments).segments):
        kinds = by_hand.pop(told.lane)
        assert told.segments == kinds.pop("segments")
        amounts = {kind: getattr(told.amounts, f"{kind}_seconds") * told.cases * 1_000_000 for kind in kinds}
        assert sum(kinds.values()) > 0
        assert amounts == pytest.approx(kinds, abs=1), told.lane
    assert by_hand == {}
