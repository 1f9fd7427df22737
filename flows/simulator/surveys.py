"""Surveys: some who passed a step are asked how it felt, from −2 to +2, and some of those answer.

They have randomness of their own, so that the rest of the chain is what it is without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.simulator.clocks import DAY, HOUR, LOCAL, MISSING, Seconds
from flows.simulator.people import Codes, Random, case_numbers
from flows.simulator.records import Row
from flows.simulator.seen import Seen

COLUMNS = ["enquete_id", "zaaknummer", "vragenlijst", "verstuurd_op", "emotion", "toelichting"]
ASKED_SHARE = 0.6
LOWEST, HIGHEST = -2, 2


@dataclass(frozen=True)
class Questionnaire:
    """One list of questions: after which slot it is sent, how people feel then, and how many answer."""

    step: str | None
    """The step that is asked about; nothing for the application as a whole."""
    label: str
    after: tuple[str, ...]
    """The last of what happened; the first of these that a case passed."""
    feeling: float
    answered: float


QUESTIONNAIRES = (
    Questionnaire("intake", "Na de intake", ("intake_3", "intake_2", "intake_1"), 0.3, 0.34),
    Questionnaire("supplement", "Na de aanvulling", ("supplement_received_1",), -1.3, 0.28),
    Questionnaire("investigation", "Na het huisbezoek", ("investigate_2", "investigate_1"), 1.1, 0.42),
    Questionnaire("advice", "Na het medisch advies", ("advice_sent",), -0.6, 0.31),
    Questionnaire("send_decision", "Na het besluit", ("send_decision",), -0.2, 0.3),
    Questionnaire("care_start", "Na de start van de hulp", ("care_started",), 1.5, 0.4),
    Questionnaire(None, "Hele aanvraag", ("care_started", "rejected"), 0.1, 0.36),
)


@dataclass(frozen=True)
class Surveys:
    """One row an invitation, in order of time; `score` counts where `is_answered`."""

    at: Seconds
    case: Codes
    asked: Codes
    """The place in QUESTIONNAIRES."""
    score: Codes
    is_answered: Codes

    def __len__(self) -> int:
        return len(self.at)


def ask(seen: Seen, random: Random) -> Surveys:
    """Return the invitations that were sent before the observation ended, a day or more after what they ask about."""
    parts = [_asked(seen, random, place, one) for place, one in enumerate(QUESTIONNAIRES)]
    at, case, asked, score, answered = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((asked, case, at))
    kept = order[at[order] < seen.as_of]
    return Surveys(at[kept], case[kept], asked[kept], score[kept], answered[kept])


def _asked(seen: Seen, random: Random, place: int, one: Questionnaire) -> tuple[Codes, ...]:
    moments = [seen.at(key) for key in one.after]
    passed = np.select([moment != MISSING for moment in moments], moments, MISSING)
    count = len(passed)
    is_asked = (random.random(count) < ASKED_SHARE) & (passed != MISSING)
    sent = (passed // DAY + 1) * DAY + random.integers(9 * HOUR, 12 * HOUR, count) // 60 * 60
    score = np.clip(np.rint(random.normal(one.feeling, 0.9, count)), LOWEST, HIGHEST).astype(np.int64)
    answered = (random.random(count) < one.answered).astype(np.int64)
    chosen = np.flatnonzero(is_asked)
    numbers = seen.course.applicants.number[chosen]
    return sent[chosen], numbers, np.full(len(chosen), place), score[chosen], answered[chosen]


def survey_rows(surveys: Surveys) -> list[Row]:
    """Return the invitations as the survey tool exports them; what people wrote must never be kept."""
    times = [text[:16] for text in LOCAL.iso(surveys.at)]
    cases = case_numbers(surveys.case)
    return [
        (
            f"ENQ-{n + 1:06d}",
            cases[n],
            QUESTIONNAIRES[asked].label,
            times[n],
            score if answered else "",
            "Mijn buurvrouw helpt mij ook" if answered and n % 5 == 0 else "",
        )
        for n, (asked, score, answered) in enumerate(
            zip(surveys.asked.tolist(), surveys.score.tolist(), surveys.is_answered.tolist(), strict=True)
        )
    ]


def told(surveys: Surveys) -> list[dict[str, Any]]:
    """Return the truth: of each list how many were asked, how many answered, and the mean of their answers."""
    found = []
    for place, one in enumerate(QUESTIONNAIRES):
        asked = surveys.asked == place
        scores = surveys.score[asked & (surveys.is_answered == 1)]
        mean = float(scores.mean()) if len(scores) else None
        found.append({"step": one.step, "invited": int(asked.sum()), "answered": len(scores), "mean": mean})
    return found
