"""The events that suspend, resume or extend a term, as the mapping marks them.

In: a `Log`, the project and its clocks. Out: an engine table of those events with their effect, ground, local day,
place in the order, and the length that they tell. It owns how a length is read from a text.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from mappings.project import Project
from mappings.source import ActivityRule
from mappings.suspension import read_length
from mining.clocks import Clocks
from mining.engine import kept
from mining.json_told import text_under
from mining.legal_days import number_of
from mining.legal_term import months_later
from mining.log import Log, micros

_LENGTHS = pa.schema(
    [("told", pa.string()), ("length_day", pa.int64()), ("length_days", pa.int64()), ("length_months", pa.int64())]
)
_MARKS = pa.schema(
    [
        ("source", pa.string()),
        ("raw_activity", pa.string()),
        ("effect", pa.string()),
        ("ground", pa.string()),
        ("told_days", pa.int64()),
        ("told_months", pa.int64()),
        ("told_column", pa.string()),
        ("sets_term", pa.bool_()),
    ]
)


def marked_events(log: Log, project: Project, clocks: Clocks) -> Any | None:
    """Return the events that mark a term, with their local day and order; None where there are none."""
    if not any(_marks(rule) for s in project.sources for rule in s.activities.values()):
        return None
    con, events = log.con, log.events
    labels = events.select("source", "raw_activity").distinct().to_pyarrow().to_pylist()
    rows = [row for label in labels for row in _mark_rows(project, label["source"], label["raw_activity"])]
    if not rows:
        return None
    marks = kept(con, "zs_mark", pa.Table.from_pylist(rows, schema=_MARKS))
    done = events.filter(events.completed_at.notnull())
    marked = done.join(marks, ["source", "raw_activity"]).mutate(done=micros(done.completed_at))
    marked = clocks.with_local(marked, "done")
    first = [s.name for s in project.sources if s.day_slot == "first"]
    day_slot = ibis.ifelse(marked.source.isin(first), 0, 2) if first else ibis.literal(2)
    place = marked.source.cases(*((s.name, n) for n, s in enumerate(project.sources)), else_=len(project.sources))
    marked = marked.mutate(
        day=clocks.day(marked.done_local), slot=ibis.ifelse(marked.precision == "day", day_slot, 1), source_order=place
    )
    return kept(con, "zs_marked", _with_length(con, marked))


def _marks(rule: ActivityRule) -> bool:
    return bool(rule.suspends or rule.resumes or rule.extends)


def _mark_rows(project: Project, source: str, label: str) -> list[dict[str, Any]]:
    """Return what a label does to the term, a row an effect."""
    own = next((s for s in project.sources if s.name == source), None)
    rule = own and (own.activities.get(label) or own.activities.get(label.strip()))
    if not rule:
        return []
    base: dict[str, Any] = {"source": source, "raw_activity": label}
    rows: list[dict[str, Any]] = []
    if rule.suspends:
        asked = rule.suspends
        rows.append(
            base
            | {
                "effect": "suspends",
                "ground": asked.ground,
                "told_days": asked.term.days if asked.term else None,
                "told_column": asked.term_column,
                "sets_term": True if asked.term else asked.sets_term,
            }
        )
    if rule.resumes:
        rows.append(base | {"effect": "resumes", "ground": rule.resumes})
    if rule.extends:
        longer = rule.extends
        rows.append(
            base
            | {
                "effect": "extends",
                "ground": longer.by,
                "told_days": longer.amount.days if longer.amount else None,
                "told_months": longer.months,
                "told_column": longer.column,
            }
        )
    return rows


def _with_length(con: Any, marked: Any) -> Any:
    """Add the length that an event tells, of the kept column that the mapping names or the mapping's own.

    `length_day`, or `length_days`, or `length_months` with `months_day`, the day so many months after the event.
    """
    columns = sorted(c for c in marked.select("told_column").distinct().to_pyarrow()["told_column"].to_pylist() if c)
    told = ibis.null("string")
    if columns:
        told = marked.told_column.cases(*((name, text_under(marked.attributes, name)) for name in columns), else_=None)
    marked = marked.mutate(told=told.strip().nullif(""))
    texts = marked.filter(marked.told.notnull()).select("told").distinct().to_pyarrow()["told"].to_pylist()
    rows = [dict(zip(_LENGTHS.names, (text, *told_length(text)), strict=True)) for text in texts]
    read = kept(con, "zs_told_length", pa.Table.from_pylist(rows, schema=_LENGTHS))
    joined = marked.left_join(read, "told").drop("told_right")
    joined = joined.mutate(
        length_days=ibis.coalesce(joined.told_days, joined.length_days),
        length_months=ibis.coalesce(joined.told_months, joined.length_months),
    )
    by_month = kept(con, "zs_told_month", _months_later(joined))
    return joined.left_join(by_month, ["day", "length_months"]).drop("day_right", "length_months_right")


def _months_later(marked: Any) -> pa.Table:
    """Return the day so many months after each day on which months are told."""
    told = marked.filter(marked.length_months.notnull()).select("day", "length_months").distinct().to_pyarrow()
    days, months = (told[name].to_numpy().astype(np.int64) for name in ("day", "length_months"))
    columns = {"day": days, "length_months": months, "months_day": months_later(days, months)}
    return pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})


def told_length(text: str) -> tuple[int | None, int | None, int | None]:
    """Return the day, the days or the months that a text says: 2026-06-17, 20260617, P2W, P14D, 14, P1M; or nothing."""
    days, months = read_length(text)
    if days is not None or months is not None:
        return None, days, months
    try:
        return number_of(date.fromisoformat(text.strip()[:10])), None, None
    except ValueError:
        return None, None, None
