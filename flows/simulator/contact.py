"""Visits to the web form, of which many stop, and the calls and counter visits of people who wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.simulator.behaviour import Course
from flows.simulator.clocks import DAY, HOUR, LOCAL, MISSING, OFFICE, Mask, Seconds
from flows.simulator.people import CHANNELS, WEB, Applicants, Codes, Random, case_numbers
from flows.simulator.slots import ENDS, PLACE

STAGES = ("start", "inloggen", "gemeente", "gegevens", "bijlagen", "verzonden")
LOGIN, MUNICIPALITY, DETAILS, ATTACHMENTS, SENT = 1, 2, 3, 4, 5
REASONS = {
    LOGIN: "DigiD niet gelukt",
    MUNICIPALITY: "andere gemeente",
    DETAILS: "halverwege gestopt",
    ATTACHMENTS: "halverwege gestopt",
}
STOP_SHARES = (0.46, 0.14, 0.22, 0.18)
STOPS_PER_WEB_CASE = 0.7
NO_CASE = -1
SUBJECTS = (
    "Vraag over voortgang",
    "Vraag over aanvulling",
    "Vraag over eigen bijdrage",
    "Vraag over besluit",
)


@dataclass(frozen=True)
class Visits:
    """One row a visit to the web form, in order of time; `case` is the applicant's number, or NO_CASE."""

    started: Seconds
    furthest: Codes
    case: Codes

    @property
    def is_sent(self) -> Mask:
        """Whether the form was sent."""
        sent: Mask = self.furthest == SENT
        return sent

    def case_numbers(self) -> list[str]:
        """Return the case number, empty where the visit led to no case."""
        return ["" if n == NO_CASE else case_numbers(np.array([n]))[0] for n in self.case.tolist()]


def visit_form(applicants: Applicants, random: Random, until: Seconds) -> Visits:
    """Return one sent visit a web case, and visits that stop; some of those apply by phone within days."""
    web = applicants.channel == WEB
    took = random.integers(12 * 60, 40 * 60, int(web.sum()))
    sent = Visits(applicants.received[web] - took, np.full(int(web.sum()), SENT), applicants.number[web])
    stops = _stopped_visits(applicants, random, round(web.sum() * STOPS_PER_WEB_CASE))
    parts = [(a, b) for a, b in zip(_fields(sent), _fields(stops), strict=True)]
    started, furthest, case = (np.concatenate(part) for part in parts)
    order = np.argsort(started, kind="stable")
    kept = order[(started[order] < until) & (started[order] > 0)]
    return Visits(started[kept], furthest[kept], case[kept])


def _fields(visits: Visits) -> tuple[npt.NDArray[np.int64], ...]:
    return visits.started, visits.furthest, visits.case


def _stopped_visits(applicants: Applicants, random: Random, count: int) -> Visits:
    """Half of those who stop half-way and are found again apply by phone or at the counter within 14 days."""
    furthest = random.choice((LOGIN, MUNICIPALITY, DETAILS, ATTACHMENTS), count, p=STOP_SHARES)
    started = random.integers(0, 364, count) * DAY + random.integers(7 * HOUR, 22 * HOUR, count)
    case = np.full(count, NO_CASE)
    other = np.flatnonzero((applicants.channel != WEB) & (applicants.received > 14 * DAY))
    half_way = np.flatnonzero(furthest >= DETAILS)
    switched = half_way[random.random(len(half_way)) < 0.4][: len(other)]
    chosen = random.choice(other, len(switched), replace=False)
    case[switched] = applicants.number[chosen]
    ago = random.integers(1, 13, len(switched)) * DAY
    day = (applicants.received[chosen] - ago) // DAY
    started[switched] = day * DAY + random.integers(7 * HOUR, 22 * HOUR, len(switched))
    return Visits(started, furthest, case)


@dataclass(frozen=True)
class Contacts:
    """One row a call or counter visit of someone who waits; `score` is the CES, 0 where none was given."""

    at: Seconds
    case: Codes
    channel: Codes
    subject: Codes
    score: Codes

    def __len__(self) -> int:
        return len(self.at)

    def channel_names(self) -> list[str]:
        """Return the channel of each contact."""
        return [CHANNELS[c] for c in self.channel.tolist()]


def call_while_waiting(course: Course, random: Random, until: Seconds) -> Contacts:
    """Return about one contact in three weeks of waiting, in office hours, before the answer came."""
    applicants = course.applicants
    end = np.minimum(_answered_at(course), until)
    span = np.maximum(end - applicants.received, 0)
    case = np.repeat(np.arange(len(applicants)), random.poisson(span / (24.0 * DAY)))
    moment = applicants.received[case] + (random.random(len(case)) * span[case]).astype(np.int64)
    at = OFFICE.add(moment // DAY * DAY, random.integers(0, OFFICE.day_seconds, len(case))) // 60 * 60
    fits = (at > applicants.received[case]) & (at < end[case])
    at, case = at[fits], case[fits]
    order = np.argsort(at, kind="stable")
    at, case = at[order], case[order]
    channel = random.choice((1, 2), len(at), p=(0.85, 0.15))
    subject = random.choice(len(SUBJECTS), len(at), p=(0.6, 0.18, 0.12, 0.1))
    score = np.where(random.random(len(at)) < 0.4, random.integers(1, 6, len(at)), 0)
    return Contacts(at, applicants.number[case], channel, subject, score)


def _answered_at(course: Course) -> Seconds:
    ends = course.completed[[PLACE[key] for key in ENDS]]
    answered: Seconds = np.where(ends == MISSING, 0, ends).max(axis=0)
    return answered


def contact_times(contacts: Contacts) -> list[str]:
    """Return local times as the telephony system writes them: 'DD-MM-YYYY HH:MM'."""
    days, clock = LOCAL.dutch_day(contacts.at), LOCAL.iso(contacts.at)
    return [f"{day} {time[11:16]}" for day, time in zip(days, clock, strict=True)]
