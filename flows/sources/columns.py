"""Which columns of its records a mapping names, and a clear word where one is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from glob import has_magic

from flows.sources.object_centric import OCEL_COLUMNS
from mappings.errors import SourceError
from mappings.source import EventColumns, Source, TimeColumn
from mappings.suspension import ExtensionColumns, SuspensionColumns

_MANY = 40


def event_columns(source: Source) -> EventColumns:
    """Return the columns of an event record."""
    return source.columns or OCEL_COLUMNS


def event_names(source: Source) -> list[str]:
    """Return the names of the columns that the mapping reads from an event record."""
    names = [*_named(event_columns(source)), *source.keep]
    if not has_cases_apart(source):
        names += _named(source.case)
    return list(dict.fromkeys(names))


def has_cases_apart(source: Source) -> bool:
    """Tell whether the source tells its cases in records of their own."""
    return source.cases_query is not None or source.kind == "zgw"


def has_order(source: Source) -> bool:
    """Tell whether the order of the records means something: that in which a database gives rows does not."""
    return source.kind != "sql"


def has_ids_twice(source: Source) -> bool:
    """Tell whether several events may have one id: halves of a lifecycle, or ids made of what a record says."""
    columns = event_columns(source)
    return columns.event_id is None or columns.lifecycle is not None


def can_correct(source: Source) -> bool:
    """Tell whether a record of a later file can replace one of an earlier, and so what that said of its case."""
    if source.columns is None or source.columns.event_id is None or has_cases_apart(source):
        return False
    return source.deliveries is not None or has_magic(source.path or "")


def attempt_names(source: Source) -> list[str]:
    """Return the names of the columns that the mapping reads from an attempt."""
    return list(dict.fromkeys(_named(source.attempt))) if source.attempt else []


def case_names(source: Source) -> list[str]:
    """Return the names of the columns that the mapping reads from a table of cases."""
    key = source.case.case or event_columns(source).case
    return list(dict.fromkeys([key, *_named(source.case)]))


def number_names(source: Source) -> list[str]:
    """Return the names of the columns with numbers of cases; those of objects are the log's own ids."""
    if source.kind == "ocel":
        return []
    if source.record == "attempts":
        found = [source.attempt.chain_case] if source.attempt else []
    else:
        columns, case = event_columns(source), source.case
        found = [columns.case, columns.chain_case, case.case, case.reference, case.related]
    return list(dict.fromkeys(name for name in found if name))


def _named(columns: object) -> list[str]:
    if columns is None:
        return []
    found: list[str] = []
    for name in type(columns).model_fields:
        found += _flat(getattr(columns, name))
    return found


def _flat(value: object) -> list[str]:
    if isinstance(value, TimeColumn):
        return [value.column]
    if isinstance(value, (SuspensionColumns, ExtensionColumns)):
        return value.column_names()
    if isinstance(value, tuple):
        return [name for item in value for name in _flat(item)]
    if isinstance(value, dict):
        return [name for item in value.values() for name in _flat(item)]
    return [value] if isinstance(value, str) else []


def require(source: Source, wanted: Iterable[str], present: Iterable[str], where: str) -> None:
    """Raise SourceError, naming all the columns that are not there and those that are."""
    known = list(present)
    missing = [name for name in wanted if name not in known]
    if not missing:
        return
    told = ", ".join(with_guess(name, known) for name in missing)
    raise SourceError(where, f"has no column {told}", _remedy(source, known))


def with_guess(name: str, known: list[str]) -> str:
    """Return a name in quotes, with the nearest of those that there are."""
    close = get_close_matches(name, known, n=1)
    return f"'{name}' (did you mean '{close[0]}'?)" if close else f"'{name}'"


def _remedy(source: Source, known: list[str]) -> str:
    if source.kind == "csv" and len(known) == 1 and (mark := _likely_delimiter(known[0], source.delimiter)):
        shown = "\\t" if mark == "\t" else mark
        return f"the whole line reads as one column; set 'delimiter: \"{shown}\"' in source '{source.name}'"
    shown_names = ", ".join(f"'{name}'" for name in known[:_MANY]) + (", …" if len(known) > _MANY else "")
    return f"the columns are {shown_names}; correct source '{source.name}'"


def _likely_delimiter(header: str, used: str) -> str | None:
    marks = [mark for mark in (";", "\t", "|", ",") if mark != used and mark in header]
    return max(marks, key=header.count) if marks else None


def same_columns(source: Source, former: list[str] | None, present: list[str], where: str) -> list[str]:
    """Return the columns of a delivery. Raises SourceError, with the difference, where they are not the former ones."""
    optional = set(source.deliveries.optional_columns) if source.deliveries else set()
    if former is None:
        return [name for name in present if name not in optional]
    added = [name for name in present if name not in former and name not in optional]
    gone = [name for name in former if name not in present and name not in optional]
    if not added and not gone:
        return former
    renamed = {old: close[0] for old in gone if (close := get_close_matches(old, added, n=1, cutoff=0.5))}
    told = [f"gone '{old}'" + (f" (renamed to '{renamed[old]}'?)" if old in renamed else "") for old in gone]
    told += [f"added '{name}'" for name in added]
    remedy = "ask its sender; if it is meant, list what is not in every file under 'optional_columns'"
    remedy += f", or give the new files a source of their own beside '{source.name}'"
    raise SourceError(where, f"has other columns than the deliveries before: {', '.join(told)}", remedy)
