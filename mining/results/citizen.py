"""The citizen's side: attempts, contacts, scores."""

from __future__ import annotations

from pydantic import Field

from mining.results.base import LocalText, Result

UNKNOWN_CHANNEL = "unknown"
"""What stands for the channel of attempts and contacts of which none is recorded."""


class Stop(Result):
    """Where attempts stopped, and why."""

    stopped: str
    reason: str | None
    attempts: int


class Conversion(Result):
    """Attempts by channel: unit is the attempt (DESIGN §5)."""

    channel: str
    attempts: int
    reached: int
    """Went through to a case."""
    switched: int
    """Stopped here, but the case came in through another channel within the mapping's number of days; not before."""
    switched_to: dict[str, int] = Field(default_factory=dict)
    """The channel by which those cases came in → attempts."""
    stopped: int
    may_still_switch: int = 0
    """Of those stopped: so recent that the mapping's number of days was not over when the records ended."""
    stops: tuple[Stop, ...] = ()
    stages: tuple[tuple[str, int], ...] = ()
    """Form step → attempts that came so far and no further, the most first; together all attempts."""


class ContactsAt(Result):
    """Contacts while a case stood at one step: whose turn it was, and whether anybody was at it."""

    step: str
    contacts: int
    cases: int
    citizens_turn: int
    """The citizen was due."""
    waiting: int
    """The case waited, or lay where the source knows no start: wait or work."""
    in_hand: int
    """Recorded work on the case had begun."""


class SilenceAt(Result):
    """How much of each case's longest period without word fell in one step."""

    step: str
    cases: int
    """Cases whose longest silence fell in this step, for a part or wholly."""
    mean_seconds: float
    """Mean over the cohort's cases; the steps, with what fell in none of them, add up to their mean silence."""


class ContactReason(Result):
    """Contacts with one reason: the activity that the mapping makes of their subject."""

    activity: str
    contacts: int
    cases: int
    repeats: int
    """Of those, so soon after another contact on the same case as `repeat_within` says."""
    by_citizen: int | None
    """On the citizen's initiative; null where no contact with this reason says whose it was."""
    initiator_known: int = 0
    """Contacts of which it is known whose initiative they were."""
    title: LocalText = Field(default_factory=dict)
    """What people call it; empty where no source says."""


class Counter(Result):
    """One point at which citizens came to the organisations: who stands there, and by which channel."""

    holder: str
    """The lane of the contact; else that of its source, else the source."""
    channel: str
    """`unknown` is none of the different counters of a case."""
    contacts: int
    """Contacts, and visits to a form that belong to a case."""
    cases: int


class Counters(Result):
    """How many different counters a case with a lead time met, those that met none included."""

    points: tuple[Counter, ...] = ()
    by_number: dict[str, int] = Field(default_factory=dict)
    """Number of different counters → cases."""
    mean_per_case: float | None = None
    most: int | None = None
    in_all: int = 0
    """How many points there are, those that are not told included."""
    different: int = 0
    """Of those, the different counters: points of which the channel is known."""

    @property
    def is_least(self) -> bool:
        """Whether cases may have met more than is counted: of some contacts the channel is not known."""
        return self.different < self.in_all


class AskedAbout(Result):
    """One kind of information that citizens were asked for, by whichever activities the mapping says ask for it."""

    topic: LocalText
    cases: int
    times: int
    cases_more_than_once: int
    """The same information asked twice, or more often."""
    cases_by_several: int
    """Of those, by more than one holder."""


class Contacts(Result):
    """The citizen's side: contacts per case and the longest period without word."""

    contacts: int
    cases_with_contact: int
    mean_per_case: float
    by_channel: dict[str, int] = Field(default_factory=dict)
    silence_median_seconds: float | None = None
    """Median over cases of the longest period, origin to end, without any contact, event at a citizen lane, or
    event that asks the citizen for something."""
    silence_p90_seconds: float | None = None
    silence_mean_seconds: float | None = None
    silence_max_seconds: float | None = None
    silence_steps: tuple[SilenceAt, ...] = ()
    reasons: tuple[ContactReason, ...] = ()
    repeats: int = 0
    """Contacts within `repeat_within` after another one on the same case, whatever either was about."""
    at_steps: tuple[ContactsAt, ...] = ()
    not_placed: int = 0
    """Contacts known by date only, or outside the first episode: in no row of `at_steps`."""
    counters: Counters = Field(default_factory=Counters)
    asked: tuple[AskedAbout, ...] = ()
    """The same information asked twice; empty where no activity of the mapping says what it asks for."""


class Score(Result):
    """A measured score (CES, NPS, CSAT, EMOTION −2 to +2) with its n; never averaged with what a design expects."""

    kpi: str
    step: str | None
    """The step that was asked about; null for the journey as a whole: its end."""
    mean: float
    n: int
    cases: int
    invited: int | None = None
    """Who was asked, answered or not; null where scores come from contacts, and nobody knows who was asked."""
    response_rate: float | None = None
    """n ÷ invited."""
    net: float | None = None
    """NPS alone, −100 to 100: % of 9 and 10 less % of 0 to 6."""
