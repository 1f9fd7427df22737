"""An inspection as lines of text: what each column seems to be, how sure that is, and what is left to ask."""

from __future__ import annotations

from collections.abc import Iterator

from flows.counted import counted
from flows.inspect.inspection import Inspection
from flows.inspect.roles import Guess

_LISTED = 30


def report(inspection: Inspection) -> str:
    """Return the report. It names columns and labels, and shows no value of a record."""
    return "\n".join(map(_printable, _lines(inspection)))


def _lines(inspection: Inspection) -> Iterator[str]:
    seen = "the first" if not inspection.is_whole else "" if inspection.rejected else "all"
    records, cases = counted(inspection.rows, "record"), counted(inspection.cases, "case")
    yield f"{inspection.path.name}: {inspection.form.kind}, {seen} {records}, {cases}".replace("  ", " ")
    if inspection.rejected:
        yield f"left out: {counted(inspection.rejected, 'record')} with a wrong number of values"
    yield from _part("columns, with confidence", [_guess(guess, inspection) for guess in inspection.guesses])
    yield from _part("look personal", [_guess(guess, inspection) for guess in inspection.personal])
    labels = [
        f"{label.label} ({counted(label.events, 'event')}, {counted(label.cases, 'case')})"
        for label in inspection.labels
    ]
    yield from _part("activities", labels)
    yield from _part("lanes", list(inspection.lanes))
    yield from _part("channels", list(inspection.channels))
    questions = [f"{n}. {question}" for n, question in enumerate(inspection.questions, 1)]
    yield from _part("left for you to say", questions)


def _printable(line: str) -> str:
    """Return a line without what a label may do to a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _part(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield f"{title}:"
    yield from (f"  {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"  … and {len(lines) - _LISTED} more"


def _guess(guess: Guess, inspection: Inspection) -> str:
    moment = inspection.moments.get(guess.column)
    form = f" [{moment.format}, {moment.precision}]" if moment else ""
    return f"{guess.role:<14} {guess.column}{form}  {guess.confidence:.2f}  {guess.reason}"
