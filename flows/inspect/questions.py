"""What no file can tell: the questions that are left for the analyst."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.inspect.moments import MomentGuess, are_clock_times, partly_moments
from flows.inspect.roles import Guess
from flows.inspect.sample import Sample

_SURE = 0.8
_MEANT = {
    "case": "the number of the case",
    "completed_at": "the moment at which the work of an event was done",
    "started_at": "the moment at which the work of an event began",
    "received_at": "the moment at which the case was received",
    "closed_at": "the moment at which the case was closed",
    "lane": "the team or partner that acts",
    "resource": "who did the work",
    "lifecycle": "the transition of the event (start, complete)",
    "event_id": "the source's own number of the event",
    "target": "a date by which the case should be decided",
}


def questions_of(
    sample: Sample, guesses: Sequence[Guess], moments: dict[str, MomentGuess], personal: Sequence[Guess]
) -> tuple[str, ...]:
    """Return the questions in the order in which they matter."""
    roles = {guess.role: guess for guess in guesses}
    zoneless = moments if sample.form.kind != "ocel" else {}
    parts = (
        _unsure(guesses),
        _cases(sample, roles),
        _times(roles, guesses, moments),
        _clocks(sample, roles, moments),
        _partly(sample, moments),
        _zones(guesses, zoneless),
        _who(roles),
        _privacy(personal),
    )
    return tuple(question for part in parts for question in part)


def _unsure(guesses: Sequence[Guess]) -> Iterator[str]:
    for guess in guesses:
        if guess.confidence < _SURE:
            what = _MEANT.get(guess.role, f"the {guess.role}")
            yield f"Is '{guess.column}' {what}? ({guess.confidence:.0%} sure: {guess.reason})"


def _cases(sample: Sample, roles: dict[str, Guess]) -> Iterator[str]:
    if not sample.is_whole:
        yield f"Only the first {sample.rows} records were looked at: do later ones hold other labels?"
    if len(sample.object_types) > 1:
        others = ", ".join(name for name in sample.object_types if name != sample.object_type)
        yield f"Is '{sample.object_type}' the object that is the case? The others: {others}."
    if len(sample.sheets) > 1:
        others = ", ".join(_sheet(name, sample) for name in sample.sheets if name != sample.sheet)
        chosen = _sheet(sample.sheet or "", sample)
        yield f"Is {chosen} the sheet that holds the events? It has most records. The others: {others}."
    for role, what in (("received_at", "received"), ("closed_at", "closed")):
        if role not in roles:
            yield f"When was a case {what}? No column seems to say so; else it is inferred from the events."
    yield "Which activity gives the citizen the answer? Name it under 'delivers' of the journey."
    yield "Do labels mark work that was done, or a state that was entered? A state needs 'opens' with 'until: next'."


def _sheet(name: str, sample: Sample) -> str:
    return f"'{name}'{' (hidden)' if name in sample.hidden else ''}"


def _times(roles: dict[str, Guess], guesses: Sequence[Guess], moments: dict[str, MomentGuess]) -> Iterator[str]:
    if "completed_at" not in roles:
        yield "Which column says when an event happened? None seems to."
    for name in (guess.column for guess in guesses if guess.column in moments):
        moment = moments[name]
        if moment.day_or_month:
            yield (
                f"Is '{name}' written as {moment.format}? So it is assumed; another order of day, month and year"
                " is possible too."
            )
        if moment.placeholders:
            clocks = ", ".join(moment.placeholders)
            yield (
                f"'{name}' often stands at exactly {clocks}: was only the date recorded there? So it is assumed; if"
                " somebody really worked at that time, take it out of 'day_when_time_is'."
            )


def _partly(sample: Sample, moments: dict[str, MomentGuess]) -> Iterator[str]:
    for name, values in sample.columns.items():
        if name not in moments and (share := partly_moments(name, values)) is not None:
            yield (
                f"'{name}' holds moments in one form in {share:.0%} of its values only, so it is not taken for any:"
                " how are the others written?"
            )


def _clocks(sample: Sample, roles: dict[str, Guess], moments: dict[str, MomentGuess]) -> Iterator[str]:
    """Ask about times of day that stand apart from their day: a mapping reads a moment from one column."""
    done = roles.get("completed_at")
    if done is None or moments[done.column].precision != "day":
        return
    for name, values in sample.columns.items():
        if are_clock_times(values):
            yield (
                f"Does '{name}' hold the time of day of '{done.column}'? Without it events count by the day: put both"
                " into one column, and save the file again."
            )


def _zones(guesses: Sequence[Guess], moments: dict[str, MomentGuess]) -> Iterator[str]:
    for name in (guess.column for guess in guesses if guess.column in moments):
        moment = moments[name]
        if moment.precision != "day" and not moment.offsets and not moment.format.startswith("epoch"):
            yield f"In which time zone stands '{name}'? It has no offset; Europe/Amsterdam is assumed."


def _who(roles: dict[str, Guess]) -> Iterator[str]:
    if "lane" not in roles:
        yield "Which team or partner does each activity? No column seems to say so; one lane stands for all."
    else:
        yield f"To which department and organisation do the lanes of '{roles['lane'].column}' belong?"


def _privacy(personal: Sequence[Guess]) -> Iterator[str]:
    for guess in personal:
        yield f"Is '{guess.column}' personal? {guess.reason[0].upper()}{guess.reason[1:]}."
    yield "For which purpose, and on which legal basis, may these data be used?"
