"""The records that the organisations of the chain write of their cases, as rows for their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.simulator.clocks import LOCAL, MISSING, Seconds
from flows.simulator.people import (
    CHANNELS,
    DISTRICTS,
    PERSONAS,
    Random,
    case_numbers,
    citizen_service_numbers,
    dossier_numbers,
    mail_addresses,
    names,
    received_on,
)
from flows.simulator.seen import Seen
from flows.simulator.slots import SLOTS, Table

Row = tuple[Any, ...]

TEAMS = {
    "citizen": "Aanvrager",
    "front_office": "Toegang",
    "wmo_team": "Wmo-team",
    "finance": "Eigen bijdrage",
    "quality_team": "Kwaliteit",
    "administration": "Administratie",
    "legal_team": "Juridische zaken",
}
STAFF = {
    "front_office": 9,
    "wmo_team": 14,
    "finance": 4,
    "quality_team": 5,
    "administration": 4,
    "legal_team": 3,
}
CASE_COLUMNS = [
    "zaaknummer",
    "zaaktype",
    "doelgroep",
    "kanaal",
    "ontvangen_op",
    "einddatum",
    "uiterste_datum",
    "opschorting_van",
    "opschorting_tot",
    "resultaat",
    "wijk",
    "naam",
    "bsn",
    "email",
]
TASK_COLUMNS = ["id", "zaaknummer", "taak", "gestart_op", "afgerond_op", "team", "medewerker"]
STATUS_COLUMNS = ["id", "zaaknummer", "status", "gezet_op"]
ROLE_COLUMNS = ["zaaknummer", "roltype", "naam", "bsn"]
ADVICE_COLUMNS = ["dossiernummer", "zaaknummer", "gebeurtenis", "datum", "adviseur", "client"]
CARE_COLUMNS = ["ordernummer", "zaaknummer", "gebeurtenis", "datum", "client"]


@dataclass(frozen=True)
class Passed:
    """The events of one table that have happened or are in hand, case by case, in order."""

    place: npt.NDArray[np.int64]
    case: npt.NDArray[np.int64]
    started: Seconds
    completed: Seconds


def passed(seen: Seen, table: Table, with_work_in_hand: bool = False) -> Passed:
    """Return what has been written down in a table; work in hand has a start and no completion."""
    course = seen.course
    here = seen.passed.copy()
    if with_work_in_hand:
        here |= (course.started != MISSING) & (course.started < seen.as_of)
    here[[place for place, slot in enumerate(SLOTS) if slot.table != table]] = False
    case, place = np.nonzero(here.T)
    completed = np.where(seen.passed[place, case], course.completed[place, case], MISSING)
    return Passed(place, case, course.started[place, case], completed)


def _texts(values: Iterable[str], local: Seconds) -> list[str | None]:
    return [text if moment != MISSING else None for text, moment in zip(values, local.tolist(), strict=True)]


def _safe(local: Seconds) -> Seconds:
    return np.where(local == MISSING, 0, local)


def task_rows(seen: Seen) -> list[Row]:
    """Return the tasks of the case system, local time to the second."""
    events = passed(seen, "task", with_work_in_hand=True)
    case_ids = case_numbers(seen.course.applicants.number)
    starts = _texts(LOCAL.iso(_safe(events.started)), events.started)
    ends = _texts(LOCAL.iso(_safe(events.completed)), events.completed)
    return [
        (
            n + 1,
            case_ids[case],
            SLOTS[place].label,
            start,
            end,
            TEAMS[SLOTS[place].lane],
            _employee(place, case),
        )
        for n, (place, case, start, end) in enumerate(
            zip(events.place.tolist(), events.case.tolist(), starts, ends, strict=True)
        )
    ]


def _employee(place: int, case: int) -> str | None:
    lane = SLOTS[place].lane
    if lane not in STAFF:
        return None
    number = (case * 31 + len(lane) * 7) % STAFF[lane] + 1
    return f"{lane[:3].upper()}{number:02d}"


def status_rows(seen: Seen) -> list[Row]:
    """Return the statuses of the case system, UTC."""
    events = passed(seen, "status")
    case_ids = case_numbers(seen.course.applicants.number)
    at = LOCAL.utc_iso(events.completed)
    return [
        (n + 1, case_ids[case], SLOTS[place].label, moment)
        for n, (place, case, moment) in enumerate(zip(events.place.tolist(), events.case.tolist(), at, strict=True))
    ]


def case_rows(seen: Seen, random: Random) -> list[Row]:
    """Return the cases of the case system, with the columns that must never be kept."""
    applicants = seen.course.applicants
    count = len(applicants)
    closed, asked = seen.at("case_closed"), seen.at("supplement_requested_1")
    answered = seen.at("supplement_received_1")
    deadline = applicants.received // 86_400 * 86_400 + 56 * 86_400
    columns = (
        case_numbers(applicants.number),
        ["Wmo hulp bij het huishouden"] * count,
        [PERSONAS[p] for p in applicants.persona.tolist()],
        [CHANNELS[c] for c in applicants.channel.tolist()],
        received_on(applicants),
        _texts(LOCAL.iso_day(_safe(closed)), closed),
        LOCAL.iso_day(deadline),
        _texts(LOCAL.iso_day(_safe(asked)), asked),
        _texts(LOCAL.iso_day(_safe(answered)), answered),
        _results(seen),
        [DISTRICTS[d] for d in applicants.district.tolist()],
        names(random, count),
        citizen_service_numbers(random, count),
        mail_addresses(applicants.number),
    )
    return list(zip(*columns, strict=True))


def _results(seen: Seen) -> list[str | None]:
    kinds = {
        "care_started": "Toegekend",
        "rejected": "Afgewezen",
        "withdrawn": "Ingetrokken",
        "not_treated_1": "Buiten behandeling",
        "not_treated_2": "Buiten behandeling",
    }
    chosen = np.select([seen.has(key) for key in kinds], list(kinds.values()), "")
    return [text or None for text in chosen.tolist()]


def role_rows(cases: list[Row]) -> list[Row]:
    """Return who has which role in a case: persons, none of which may reach the store."""
    number, name, service_number = (CASE_COLUMNS.index(c) for c in ("zaaknummer", "naam", "bsn"))
    return [(row[number], "initiator", row[name], row[service_number]) for row in cases]


def advice_rows(seen: Seen, cases: list[Row]) -> list[Row]:
    """Return the partner's events: its own dossier number, the case number as reference, dates DD-MM-YYYY."""
    events = passed(seen, "advice")
    dossiers = dossier_numbers(seen.course.applicants.number)
    days = LOCAL.dutch_day(events.completed)
    return [
        (dossiers[case], cases[case][0], SLOTS[place].label, day, f"ADV{case % 6 + 1}", cases[case][11])
        for place, case, day in zip(events.place.tolist(), events.case.tolist(), days, strict=True)
    ]


def care_rows(seen: Seen, cases: list[Row]) -> list[Row]:
    """Return the care provider's events; dates as local dates."""
    events = passed(seen, "care")
    days = LOCAL.iso_day(events.completed)
    return [
        (f"ZO-{case + 50_001}", cases[case][0], SLOTS[place].label, day, cases[case][11])
        for place, case, day in zip(events.place.tolist(), events.case.tolist(), days, strict=True)
    ]
