"""What was seen in an unknown file, what is guessed, and what is left to ask."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from flows.inspect.form import Form
from flows.inspect.moments import MomentGuess, guess_moment
from flows.inspect.personal import personal_reason
from flows.inspect.questions import questions_of
from flows.inspect.roles import Columns, Guess, guess_roles
from flows.inspect.sample import Sample, read_sample
from flows.sources.moments import MomentReader
from mappings.errors import SourceError
from mappings.times import TimeColumn


@dataclass(frozen=True)
class Label:
    """An activity as the source names it."""

    label: str
    events: int
    cases: int
    position: float
    """Mean position in its case, counted from 0."""
    lane: str | None
    """The lane that does it most often."""


@dataclass(frozen=True)
class Inspection:
    """All guesses about a file. They rest on the first `rows` records, unless `is_whole`."""

    path: Path
    form: Form
    rows: int
    is_whole: bool
    columns: tuple[str, ...]
    cases: int
    guesses: tuple[Guess, ...]
    moments: dict[str, MomentGuess]
    personal: tuple[Guess, ...]
    labels: tuple[Label, ...]
    lanes: tuple[str, ...]
    channels: tuple[str, ...]
    questions: tuple[str, ...]
    object_type: str | None = None
    object_types: tuple[str, ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    rejected: int = 0

    def column(self, role: str) -> str | None:
        """Return the column that is guessed to have a role."""
        return next((guess.column for guess in self.guesses if guess.role == role), None)

    def targets(self) -> list[str]:
        """Return the columns with target dates."""
        return [guess.column for guess in self.guesses if guess.role == "target"]


def inspect_file(path: Path) -> Inspection:
    """Look at a CSV, XLSX, Parquet, XES or OCEL file; raise SourceError where it is no event log."""
    sample = read_sample(Path(path))
    moments = {name: m for name, values in sample.columns.items() if (m := guess_moment(name, values))}
    guesses = guess_roles(sample.columns, moments)
    roles = {guess.role: guess.column for guess in guesses}
    if "case" not in roles or "activity" not in roles:
        raise SourceError(
            f"{sample.path.name} sheet {sample.sheet}" if sample.sheet else sample.path.name,
            *_no_log(sample, roles),
        )
    personal = tuple(_personal(sample.columns, roles))
    labels = tuple(_labels(sample.columns, roles, moments))
    return Inspection(
        path=sample.path,
        form=sample.form,
        rows=sample.rows,
        rejected=sample.rejected,
        is_whole=sample.is_whole,
        columns=tuple(sample.columns),
        cases=len({case for case in sample.columns[roles["case"]] if case}),
        guesses=tuple(guesses),
        moments=moments,
        personal=personal,
        labels=labels,
        lanes=_values(sample.columns, roles.get("lane")),
        channels=_values(sample.columns, roles.get("channel")),
        questions=questions_of(sample, guesses, moments, personal),
        object_type=sample.object_type,
        object_types=sample.object_types,
        sheet=sample.sheet,
        sheets=sample.sheets,
    )


def _no_log(sample: Sample, roles: dict[str, str]) -> tuple[str, str]:
    """Return why these columns are no event log, and what to do."""
    if (case := roles.get("case")) is not None and _is_once_a_case(sample.columns[case]):
        filled = sum(value is not None for value in sample.columns[case])
        what = f"the column of the case, '{case}', is filled in {filled} of {sample.rows} records, each time otherwise"
        what += ": it seems to be empty below the first row of each case, as merged cells are"
        return what, "unmerge the cells, fill the number of the case in on every row, and save the file again"
    missing = "case" if "case" not in roles else "activity"
    what = f"no column looks like the {missing} (columns: {', '.join(sample.columns)})"
    return what, "write the mapping by hand, from mappings/template"


def _is_once_a_case(values: list[str | None]) -> bool:
    filled = [value for value in values if value is not None]
    return values[0] is not None and len(set(filled)) == len(filled) <= len(values) / 2


def _personal(columns: Columns, roles: dict[str, str]) -> list[Guess]:
    found = [(name, personal_reason(name, values)) for name, values in columns.items()]
    guesses = [Guess("personal", name, *told) for name, told in found if told]
    resource = roles.get("resource")
    if resource and resource not in {guess.column for guess in guesses}:
        guesses.append(Guess("personal", resource, 0.5, "it says who did the work; it is pseudonymised on reading"))
    return guesses


def _values(columns: Columns, name: str | None) -> tuple[str, ...]:
    counts = Counter(value for value in columns[name] if value) if name else Counter()
    return tuple(value for value, _ in counts.most_common(200))


def _labels(columns: Columns, roles: dict[str, str], moments: dict[str, MomentGuess]) -> list[Label]:
    """Return the activities in the order in which cases have them, by and large."""
    begins: dict[str, dict[str, int]] = defaultdict(dict)
    lanes: dict[str, Counter[str]] = defaultdict(Counter)
    positions: dict[str, list[int]] = defaultdict(list)
    rows_of = _rows_by_case(columns, roles, moments)
    for case, rows in rows_of.items():
        for position, row in enumerate(rows):
            label = columns[roles["activity"]][row]
            if label:
                begins[label].setdefault(case, position)
                positions[label].append(position)
                if "lane" in roles and (lane := columns[roles["lane"]][row]):
                    lanes[label][lane] += 1
    found = [
        Label(label, len(at), len(begins[label]), sum(at) / len(at), _most(lanes[label]))
        for label, at in positions.items()
    ]
    return _as_they_follow(sorted(found, key=lambda item: (item.position, -item.events, item.label)), begins)


def _as_they_follow(labels: list[Label], begins: dict[str, dict[str, int]]) -> list[Label]:
    """Move each before its neighbours that most of the cases that have both begin later.

    What few cases have comes late by its mean position: the others were done sooner without it.
    """
    ordered: list[Label] = []
    for label in labels:
        place = len(ordered)
        while place and _goes_before(begins[label.label], begins[ordered[place - 1].label]):
            place -= 1
        ordered.insert(place, label)
    return ordered


def _goes_before(one: dict[str, int], other: dict[str, int]) -> bool:
    return sum(1 if one[case] < other[case] else -1 for case in one.keys() & other.keys()) > 0


def _most(counts: Counter[str]) -> str | None:
    return counts.most_common(1)[0][0] if counts else None


def _rows_by_case(columns: Columns, roles: dict[str, str], moments: dict[str, MomentGuess]) -> dict[str, list[int]]:
    """Return the records of each case by time; where that is alike or not known, in the order of the file."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, case in enumerate(columns[roles["case"]]):
        if case:
            rows_of[case].append(row)
    if (time := roles.get("completed_at")) is not None:
        column = TimeColumn(column=time, format=moments[time].format)
        read = MomentReader(column, "Europe/Amsterdam").read(pa.array(columns[time], pa.string()))
        instants = read.instants.cast(pa.int64()).to_pylist()
        for rows in rows_of.values():
            rows.sort(key=lambda row: (instants[row] is None, instants[row] or 0))
    return rows_of


__all__ = ["Inspection", "Label", "Sample", "inspect_file"]
