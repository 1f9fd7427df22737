"""The event log as XES 1.0 (IEEE 1849), written trace by trace so that memory does not grow with the log.

In go rows case by case, times as UTC without a zone; written times carry the zone of the project, and beside them
stands how exact they are: midnight of a `day` is no time. An event that is only started has the transition `start`.
Work that was suspended is written as the standard's lifecycle: start, suspend, resume, complete, held together by
`concept:instance`; all but the last carry name and time alone.
Labels are escaped, characters that XML forbids are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.publish.log_in_parts import CASE_TEXTS, CASE_TIMES, OF_CASE
from mining.xml_text import xml_text

_EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
)
_TEXTS = {
    "activity": "concept:name",
    "lane": "org:group",
    "resource": "org:resource",
    "channel": "channel",
    "source": "source",
    "precision": "precision",
    "event_id": "event_id",
}


def write_xes(
    path: Path, events: Iterable[dict[str, Any]], zone: str, bare_cases: Iterable[dict[str, Any]] = ()
) -> Path:
    """Write events: rows of the event table, those of a case together and in order, with its columns as `case.…`; and
    behind them the cases without events, each as a trace of its own.
    """
    from lxml import etree

    local = ZoneInfo(zone)
    with etree.xmlfile(str(path), encoding="UTF-8") as file:
        file.write_declaration()
        with file.element("log", {"xes.version": "1849.2016", "xes.features": ""}):
            for name, prefix, uri in _EXTENSIONS:
                file.write(etree.Element("extension", name=name, prefix=prefix, uri=uri))
            for trace in _traces(etree, events, local):
                file.write(trace)
            for case in bare_cases:
                file.write(_trace(etree, case, local))
    return path


def _traces(etree: Any, events: Iterable[dict[str, Any]], zone: ZoneInfo) -> Iterator[Any]:
    for _, rows in groupby(events, key=lambda row: row["case_id"]):
        first = next(rows)
        trace = _trace(etree, first, zone)
        for row in chain([first], rows):
            is_complete = row["completed_at"] is not None
            if is_complete:
                _suspensions(etree, trace, row, zone)
            _event(etree, trace, row, zone)
            if not is_complete:
                _suspensions(etree, trace, row, zone)
        yield trace


def _trace(etree: Any, row: dict[str, Any], zone: ZoneInfo) -> Any:
    """Return a trace with what is known of its case."""
    trace = etree.Element("trace")
    _string(etree, trace, "concept:name", row["case_id"])
    for column in CASE_TEXTS:
        _string(etree, trace, column, row[OF_CASE + column])
    for column in CASE_TIMES:
        _date(etree, trace, column, row[OF_CASE + column], zone)
    return trace


def _suspensions(etree: Any, trace: Any, row: dict[str, Any], zone: ZoneInfo) -> None:
    """Write the start of completed work that was suspended, and when it lay still."""
    if row["suspended"] is None:
        return
    moments = [("start", row["started_at"])] if row["completed_at"] is not None else []
    for low, high in json.loads(row["suspended"]):
        moments += [("suspend", _instant(low)), ("resume", None if high is None else _instant(high))]
    for transition, at in moments:
        if at is not None:
            event = etree.SubElement(trace, "event")
            _string(etree, event, "concept:name", row["activity"])
            _string(etree, event, "concept:instance", row["event_id"])
            _string(etree, event, "lifecycle:transition", transition)
            _date(etree, event, "time:timestamp", at, zone)


def _instant(micros: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).replace(tzinfo=None)


def _event(etree: Any, trace: Any, row: dict[str, Any], zone: ZoneInfo) -> None:
    event = etree.SubElement(trace, "event")
    for column, key in _TEXTS.items():
        _string(etree, event, key, row[column])
    if row["suspended"] is not None:
        _string(etree, event, "concept:instance", row["event_id"])
    is_complete = row["completed_at"] is not None
    _string(etree, event, "lifecycle:transition", "complete" if is_complete else "start")
    _date(etree, event, "time:timestamp", row["completed_at"] or row["started_at"], zone)
    _date(etree, event, "start_timestamp", row["started_at"], zone)


def _string(etree: Any, parent: Any, key: str, value: str | None) -> None:
    if value is not None:
        etree.SubElement(parent, "string", key=key, value=xml_text(value))


def _date(etree: Any, parent: Any, key: str, value: datetime | None, zone: ZoneInfo) -> None:
    if value is not None:
        etree.SubElement(parent, "date", key=key, value=zone.fromutc(value.replace(tzinfo=zone)).isoformat())
