"""How a case goes: every slot that a case passes, with when work became available, was taken up and was done.

Vectorised: each function moves all cases through one part of the chain; `here` says which cases are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from flows.simulator.clocks import DAY, FIRST_DAY, HOUR, MISSING, OFFICE, PARTNER, Mask, Seconds
from flows.simulator.people import WEB, Applicants, Random
from flows.simulator.slots import PLACE, SLOTS

MINUTE = 60
PARTNER_NORM_DAYS = 15
NORM_DAYS = (42, 56)
"""Days of the service norm and of the legal term."""
Shares = npt.NDArray[np.float64]
PREFILLED_ON = date(2025, 6, 1)
"""From this day of receipt on the form comes with what the register already knows."""
ASKED_SHARES = {"web": 0.28, "other": 0.42}
PREFILLED_SHARE = 0.4
"""How often a supplement is asked since then, as a share of how often before."""


@dataclass
class Course:
    """The course of all cases: slot × case. MISSING where a case does not pass a slot (or has no start)."""

    applicants: Applicants
    random: Random
    available: Seconds = field(init=False)
    started: Seconds = field(init=False)
    completed: Seconds = field(init=False)
    now: Seconds = field(init=False)
    """The instant from which the next work of a case waits."""

    def __post_init__(self) -> None:
        shape = (len(SLOTS), len(self.applicants))
        self.available, self.started, self.completed = (np.full(shape, MISSING) for _ in range(3))
        self.now = self.applicants.received.copy()

    def is_at(self, key: str) -> Mask:
        """Return the cases that pass a slot."""
        passed: Mask = self.completed[PLACE[key]] != MISSING
        return passed

    def write(self, key: str, here: Mask, completed: Seconds, started: Seconds | None = None) -> None:
        """Write an event down; the next work is available from then on."""
        place = PLACE[key]
        self.available[place, here] = self.now[here]
        self.completed[place, here] = completed[here]
        if started is not None:
            self.started[place, here] = started[here]
        self.now = np.where(here, completed, self.now)

    def work(self, key: str, here: Mask, wait_days: Shares, hours: Shares, not_before: Seconds | None = None) -> None:
        """Let a task wait so many working days and take so many working hours."""
        from_ = self.now if not_before is None else np.maximum(self.now, not_before)
        started = OFFICE.add(from_, wait_days * OFFICE.day_seconds)
        completed = OFFICE.add(started, np.maximum(hours * HOUR, 5 * MINUTE))
        self.write(key, here, completed, started)

    def status(self, key: str, here: Mask) -> None:
        """Let the system set a status at the moment of the task before it."""
        self.write(key, here, self.now)

    def by_citizen(self, key: str, here: Mask, days: Shares) -> None:
        """Let the citizen answer after so many days, by day or in the evening."""
        day = self.now // DAY + np.maximum(1, days).astype(np.int64)
        at = self.random.integers(8 * HOUR, 21 * HOUR, len(day))
        self.write(key, here, day * DAY + at)

    def some(self, share: float | Shares) -> Mask:
        """Return a random share of the cases."""
        drawn: Mask = self.random.random(len(self.applicants)) < share
        return drawn

    def around(self, median: float | Shares, spread: float = 0.5) -> Shares:
        """Return log-normal amounts with that median."""
        return np.asarray(median * np.exp(self.random.normal(0.0, spread, len(self.applicants))))


def run_course(applicants: Applicants, random: Random) -> Course:
    """Return the whole course of the cases, into the future: the end of the observation cuts it later."""
    course = Course(applicants, random)
    here = _intake(course)
    here = _investigation(course, here)
    here = _advice_beside_contribution(course, here)
    _decision(course, here)
    _delivery(course, here)
    _closing(course)
    _objection(course)
    return course


def _intake(course: Course) -> Mask:
    """Intake; of one in three a supplement is asked (of fewer since June), of some twice.

    Who never answers is not treated.
    """
    here = course.some(1.0)
    course.status("application_received", here)
    course.work("intake_1", here, course.around(2.5), course.around(0.8))
    asked = course.some(_asked_share(course.applicants))
    for n in (1, 2):
        course.work(f"request_supplement_{n}", asked, course.around(0.02), course.around(0.25))
        course.status(f"supplement_requested_{n}", asked)
        silent = asked & course.some(0.07)
        course.work(f"not_treated_{n}", silent, course.around(22.0, 0.15), course.around(0.2))
        course.started[PLACE[f"not_treated_{n}"]] = MISSING
        asked = asked & ~silent
        course.by_citizen(f"supplement_received_{n}", asked, course.around(9.0, 0.6))
        course.work(f"intake_{n + 1}", asked, course.around(2.0), course.around(0.5))
        here = here & ~silent
        asked = asked & course.some(0.22)
    return here


def _asked_share(applicants: Applicants) -> Shares:
    """Return how likely a supplement is: less often through the web form, and since the form is prefilled."""
    share = np.where(applicants.channel == WEB, ASKED_SHARES["web"], ASKED_SHARES["other"])
    is_prefilled = applicants.received // DAY >= (PREFILLED_ON - FIRST_DAY).days
    return np.where(is_prefilled, share * PREFILLED_SHARE, share)


def _investigation(course: Course, here: Mask) -> Mask:
    """The Wmo team's investigation, behind a queue that grows from three working days to twelve in a year."""
    course.status("investigation_opened", here)
    withdrawn = here & course.some(0.05)
    course.by_citizen("withdrawn", withdrawn, course.around(6.0, 0.4))
    here = here & ~withdrawn
    queue = course.around(3.0 + 9.0 * course.applicants.year_share, 0.3)
    course.work("investigate_1", here, queue, course.around(7.0, 0.5))
    asked = here & course.some(0.11)
    course.work("request_documents", asked, course.around(0.05), course.around(0.3))
    course.status("documents_requested", asked)
    course.by_citizen("documents_received", asked, course.around(8.0, 0.5))
    course.work("investigate_2", asked, course.around(3.0), course.around(2.5))
    return here


def _advice_beside_contribution(course: Course, here: Mask) -> Mask:
    """Advice by the partner for two in five, beside the check of the own contribution that all cases get."""
    advised = here & course.some(0.4)
    course.work("request_advice", advised, course.around(0.3), course.around(0.5))
    course.status("advice_awaited", advised)
    course.status("contribution_opened", here & ~advised)
    asked_at = course.now.copy()
    course.work("check_contribution", here, course.around(1.5), course.around(0.7))
    _apart_from_the_partner(course, advised, asked_at)
    course.status("decision_opened", here & ~advised)
    return here


def _apart_from_the_partner(course: Course, advised: Mask, asked_at: Seconds) -> None:
    """Keep the partner's dates off the day of the contribution check, so that the order is always known."""
    contribution = course.completed[PLACE["check_contribution"]]
    registered = _days_off(course, asked_at, course.random.integers(1, 3, len(asked_at)), contribution)
    visit = _days_off(course, registered, np.maximum(1, course.around(5.0, 0.4)).astype(np.int64), contribution)
    last = np.maximum(visit, contribution)
    sent = PARTNER.days_after(last, np.maximum(1, course.around(2.5, 0.5)).astype(np.int64))
    sent = _clear_of_the_norm(asked_at, sent)
    course.now = np.where(advised, asked_at, course.now)
    course.write("advice_registered", advised, registered)
    course.write("advice_visit", advised, visit)
    course.write("advice_sent", advised, sent)


def _days_off(course: Course, after: Seconds, count: Seconds, taken: Seconds) -> Seconds:
    """Return the partner's count-th working day after a moment, a day later where that day is taken."""
    day = PARTNER.days_after(after, count)
    return np.where(day // DAY == taken // DAY, PARTNER.days_after(day, np.ones_like(count)), day)


def _clear_of_the_norm(asked_at: Seconds, sent: Seconds) -> Seconds:
    """Keep off the one day on which it depends on the reading of a date whether the partner's norm is met."""
    taken = PARTNER.days_until(sent) - PARTNER.days_until(asked_at)
    late = PARTNER.days_after(asked_at, np.full_like(taken, PARTNER_NORM_DAYS + 2))
    return np.where(taken == PARTNER_NORM_DAYS + 1, late, sent)


def _decision(course: Course, here: Mask) -> None:
    """The draft, and the quality team's check that gives one in five back, some of them twice."""
    advised = course.is_at("advice_sent")
    # the partner wrote down a date only: work on its advice starts the day after, so that the order is known
    not_before = np.where(advised, course.now + DAY, course.now)
    course.work("draft_decision_1", here, course.around(1.5), course.around(2.0), not_before)
    back = here & course.some(0.19)
    for n in (1, 2):
        course.work(f"check_returned_{n}", back, course.around(1.2), course.around(0.5))
        course.work(f"draft_decision_{n + 1}", back, course.around(1.5), course.around(1.0))
        back = back & course.some(0.3)
    course.work("check_approved", here, course.around(1.2), course.around(0.4))
    course.status("decision_made", here)
    _send(course, here)


def _send(course: Course, here: Mask) -> None:
    """Send the decision; never on the last day of a term but later in the day than the application came in.

    There it depends on the reading (whole days, or hours) whether the norm is met.
    """
    approved, received = course.now.copy(), course.applicants.received
    wait, hours = course.around(0.8), course.around(0.2)
    course.work("send_decision", here, wait, hours)
    days = course.now // DAY - received // DAY
    unclear = here & np.isin(days, NORM_DAYS) & (course.now % DAY >= received % DAY - HOUR)
    course.now = np.where(unclear, approved, course.now)
    course.work("send_decision", unclear, wait + 1.0, hours)


def _delivery(course: Course, here: Mask) -> None:
    """Care starts at the provider's, or the application is turned down."""
    rejected = here & course.some(0.12)
    granted = here & ~rejected
    course.status("rejected", rejected)
    course.status("care_ordered", granted)
    accepted = OFFICE.days_after(course.now, np.maximum(1, course.around(1.6, 0.5)).astype(np.int64))
    course.write("order_accepted", granted, accepted)
    started = OFFICE.days_after(accepted, np.maximum(1, course.around(3.6, 0.5)).astype(np.int64))
    course.write("care_started", granted, started)


def _closing(course: Course) -> None:
    """The case is closed some days after its delivery or ending."""
    everyone = course.some(1.0)
    wait = np.where(course.is_at("care_started"), course.around(4.0), 0.8) + 1.0
    closed = OFFICE.add(course.now + DAY, wait * OFFICE.day_seconds)
    course.write("case_closed", everyone, closed)


def _objection(course: Course) -> None:
    """One in four of those turned down objects, after the case was closed."""
    objects = course.is_at("rejected") & course.some(0.25)
    course.by_citizen("objection_received", objects, course.around(15.0, 0.4))
    course.work("objection_review", objects, course.around(12.0, 0.4), course.around(12.0, 0.4))
    course.work("objection_decided", objects, course.around(3.0), course.around(1.5))
