"""How long each case was followed: from which age on, until when, and how it ended (DESIGN §5, population).

In: the ledger, the log, the project, as_of. Out: `Followed`: a table in the engine, and of each case the few numbers
that curves are made of, held narrow: the only arrays of all cases, and they go once the curves are drawn. It owns
censoring (an open case is followed to what its sources have observed) and delayed entry (a case that began before the
first record of all of its sources is followed from that record on).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mappings.journey import Journey
from mappings.project import Project
from mining.amounts import rows_of
from mining.column_arrays import arrays_of
from mining.complete import complete_from, seen_until
from mining.engine import kept
from mining.json_told import text_under
from mining.ledger import CLOCKS, Ledger
from mining.log import MICROSECONDS_A_DAY, Log, micros, to_micros
from mining.survival import FROM_START, OPEN, Curve, Spans, curve

DELIVERED, ENDED, CLOSED = 1, 2, 3
KINDS = {"open": OPEN, "delivered": DELIVERED, "ended": ENDED, "closed": CLOSED}
"""How a case ended. `ended`: without delivery (withdrawn, not treated, forwarded); `closed`: no tag says how."""
CASE_FIELDS = ("zaaktype", "persona", "channel", "outcome")
_FEW = 1 << 15
"""So many numbers are told in two bytes."""


@dataclass(frozen=True)
class Labels:
    """A field of each case as a code into its distinct values; an unknown value is an empty text."""

    codes: npt.NDArray[np.integer]
    names: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Return how many cases have each known value."""
        counted = np.bincount(self.codes, minlength=len(self.names)).tolist()
        return {name: n for name, n in zip(self.names, counted, strict=True) if name and n}

    def are(self, value: str) -> npt.NDArray[np.bool_]:
        """Return which cases have the value."""
        chosen: npt.NDArray[np.bool_] = self.codes == (self.names.index(value) if value in self.names else -1)
        return chosen


@dataclass(frozen=True)
class Likeness:
    """The pairs of zaaktype and persona that cases have; a case has the number of its pair. Empty where unknown."""

    pairs: tuple[tuple[str, str], ...]

    def labels(self, numbers: npt.NDArray[np.integer]) -> dict[str, Labels]:
        """Return zaaktype and persona of cases with these numbers."""
        found = {}
        for place, field in enumerate(("zaaktype", "persona")):
            names = tuple(sorted({pair[place] for pair in self.pairs}))
            codes = np.array([names.index(pair[place]) for pair in self.pairs], numbers.dtype)
            found[field] = Labels(codes[numbers], names)
        return found


@dataclass(frozen=True)
class Followed:
    """Cases that were followed at all, and how many were not.

    `table`: in the engine, one row a case: case, like (its number in `likeness`), kind, entry and exit in both clocks,
    started_day, seen_until (the instant up to which it was observed, open or not). The arrays hold the same cases, in
    one order: `spans` by clock; `started_day`: local day since 1970 of the origin; `labels`: zaaktype and persona.
    """

    table: Any
    likeness: Likeness
    spans: dict[str, Spans]
    started_day: npt.NDArray[np.int32]
    labels: dict[str, Labels]
    entered_late: int
    not_followed: int
    ended_unobserved: int
    until: int
    """The instant up to which all sources that can show an end were observed."""
    read_until: dict[str, int]
    """Until when each source was read."""
    complete_from: int | None
    """The instant since which no case is missing from the log; null: since its first case."""

    @cached_property
    def curve(self) -> Curve:
        """The curve of all cases in elapsed time."""
        return curve(self.spans["elapsed"])

    def __len__(self) -> int:
        """Return the number of cases followed."""
        return len(self.started_day)


def followed(ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Followed:
    """Return the cases with a known origin, up to as_of, that are open or have a lead time.

    An end after the moment up to which the case was observed is not yet an end: the case is censored there, and
    counted in `ended_unobserved`. A case that ended before it was followed is left out and counted in `not_followed`.
    """
    since = complete_from(ledger, seen_until(log, project, as_of))
    sources = [s | {"first": max(s["first"], since or s["first"])} for s in _sources(log, project, as_of)]
    cases = ledger.cases.filter(ledger.cases.origin <= to_micros(as_of))
    cases = cases.filter(cases.is_open | cases.has_lead)
    cases, likeness = _with_like(cases, log.con, project)
    known = kept(log.con, "zs_followed", _timed(cases, ledger, log, project, sources, to_micros(as_of)))
    told = known.is_followed
    is_late = told & (known.entry_elapsed != FROM_START)
    counts = rows_of(known.agg(late=is_late.sum(), left=(~told).sum(), unseen=(told & known.is_unobserved).sum()))[0]
    table = known.filter(told)
    arrays = _arrays(table, has_late=bool(counts["late"]))
    return Followed(
        table=table,
        likeness=likeness,
        spans={clock: Spans(arrays[f"entry_{clock}"], arrays[f"exit_{clock}"], arrays["kind"]) for clock in CLOCKS},
        started_day=arrays["started_day"],
        labels=likeness.labels(arrays["like"]),
        entered_late=counts["late"] or 0,
        not_followed=counts["left"] or 0,
        ended_unobserved=counts["unseen"] or 0,
        until=_all_until(sources, to_micros(as_of)),
        read_until={s["source"]: s["until"] for s in sources},
        complete_from=since,
    )


def _with_like(cases: Any, con: Any, project: Project) -> tuple[Any, Likeness]:
    """Add the number of the pair of zaaktype and persona: of each case a number and no texts is read."""
    named = cases.mutate(
        zaaktype_known=cases.zaaktype.fill_null(""), persona_known=persona_of(cases, project.journey).fill_null("")
    )
    pairs = rows_of(named.select("zaaktype_known", "persona_known").distinct())
    listed = sorted((row["zaaktype_known"], row["persona_known"]) for row in pairs)
    columns = {
        "zaaktype_known": pa.array([zaaktype for zaaktype, _ in listed], pa.string()),
        "persona_known": pa.array([persona for _, persona in listed], pa.string()),
        "like": pa.array(range(len(listed)), pa.int16() if len(listed) < _FEW else pa.int32()),
    }
    return named.join(kept(con, "zs_like", pa.table(columns)), list(columns)[:2]), Likeness(tuple(listed))


def _arrays(table: Any, *, has_late: bool) -> dict[str, Any]:
    """Read the numbers of each case; where none entered late, their entries are one number that stands for all."""
    entries = [f"entry_{clock}" for clock in CLOCKS]
    read = table.select("kind", "started_day", "like", *(f"exit_{clock}" for clock in CLOCKS))
    if has_late:
        read = table.select(*read.columns, *entries)
    found = arrays_of(read)
    from_start = np.broadcast_to(np.int64(FROM_START), len(found["kind"]))
    return dict.fromkeys(entries, from_start) | found


def _timed(cases: Any, ledger: Ledger, log: Log, project: Project, sources: list[dict[str, Any]], limit: int) -> Any:
    """Return the table of `Followed` with those not followed, and is_followed and is_unobserved of each."""
    seen = _with_observation(cases, log, sources, limit)
    kinds = dict(KINDS) if _tells_delivery(project) else KINDS | {"closed": DELIVERED}
    # where the log can show no end at all, the last event stands for it, as in the lead time
    end = ibis.ifelse(
        seen.has_lead & (seen.end == "open"), "closed" if _tells_delivery(project) else "delivered", seen.end
    )
    timed = seen.mutate(kind=end.cases(*kinds.items(), else_=OPEN).cast("int64"), ends=seen.ends_at)
    timed = timed.mutate(kind=ibis.ifelse(timed.is_open, OPEN, timed.kind).cast("int64"))
    is_over = (timed.kind != OPEN) & (timed.ends <= timed.until)
    timed = timed.mutate(stop=ibis.ifelse(is_over, timed.ends, ibis.greatest(timed.until, timed.origin)))
    for moment in ("origin", "enter", "stop"):
        timed = ledger.timeline.clocks.with_clocks(timed, moment)
    timed = ledger.timeline.clocks.with_local(timed, "origin")
    ages = {}
    for clock in CLOCKS:
        late = timed[f"enter_{clock}"] - timed[f"origin_{clock}"]
        ages[f"entry_{clock}"] = ibis.ifelse(late > 0, late, FROM_START).cast("int64")
        ages[f"exit_{clock}"] = timed[f"stop_{clock}"] - timed[f"origin_{clock}"]
    timed = timed.mutate(**ages, is_unobserved=((timed.kind != OPEN) & (timed.ends > timed.until)).fill_null(False))
    has_entered = (timed.entry_elapsed == FROM_START) | (timed.exit_elapsed > timed.entry_elapsed)
    # without working time in between the working clock cannot tell entry from exit: at risk at that age alone
    entry_working = ibis.least(timed.entry_working, timed.exit_working - 1)
    return timed.select(
        "case", "like", "entry_elapsed", "exit_elapsed", "exit_working", "is_unobserved",
        entry_working=entry_working.cast("int64"),
        kind=ibis.ifelse(timed.is_unobserved, OPEN, timed.kind).cast("int8"),
        started_day=ledger.timeline.clocks.day(timed.origin_local).cast("int32"),
        seen_until=timed.until,
        # a case that ended, or went out of sight, before its sources began to record
        is_followed=(timed.stop >= timed.enters) & has_entered,
    )  # fmt: skip


def _tells_delivery(project: Project) -> bool:
    return bool(project.journey and project.journey.delivers)


def persona_of(cases: Any, journey: Journey | None) -> Any:
    """Return the persona of each case: the first of the journey whose segment rule it fits, else its own field."""
    rules = []
    for name, persona in journey.personas.items() if journey else ():
        fits = ibis.literal(bool(persona.segment))
        for field, value in persona.segment.items():
            fits = fits & (segment_of(cases, field) == value).fill_null(False)
        rules.append((fits, ibis.literal(name)))
    return ibis.cases(*rules, else_=cases.persona) if rules else cases.persona


def segment_of(cases: Any, name: str) -> Any:
    """Return what a segment rule names: a field of the case, else its segment of that name.

    A segment may be called as one of the ledger's own columns, such as `origin`.
    """
    return cases[name] if name in CASE_FIELDS else text_under(cases.segments, name)


def _with_observation(cases: Any, log: Log, sources: list[dict[str, Any]], limit: int) -> Any:
    """Add `enters` (first record of the case's sources), `enter` (not before the origin), `until` (last look at it)."""
    enters, until = min((s["first"] for s in sources), default=limit), _all_until(sources, limit)
    if len({(s["first"], s["until"], s["shows_end"]) for s in sources}) > 1:
        own = _own_sources(log, sources)
        seen = cases.left_join(own, "case_id").drop("case_id_right")
        seen = seen.mutate(enters=ibis.coalesce(seen.own_first, enters), until=ibis.coalesce(seen.own_until, until))
    else:
        seen = cases.mutate(enters=ibis.literal(enters, "int64"), until=ibis.literal(until, "int64"))
    return seen.mutate(enter=ibis.greatest(seen.enters, seen.origin))


def _sources(log: Log, project: Project, as_of: datetime) -> list[dict[str, Any]]:
    """Return per source its first record, until when it was observed, and whether it can show an end.

    A source whose last record is a date without a time was observed to the end of that day.
    """
    e = log.events
    done = micros(e.completed_at)
    last_date = done.max(where=e.precision == "day")
    known = rows_of(e.group_by("source").agg(first=done.min(), last=done.max(), last_date=last_date))
    journey, limit, found = project.journey, to_micros(as_of), []
    ending = {*journey.delivers, *journey.ends_without_delivery} if journey else set()
    ended = {r["source"] for r in rows_of(log.cases.filter(log.cases.closed_at.notnull()).select("source").distinct())}
    if ending:
        ended |= {r["source"] for r in rows_of(e.filter(e.activity.isin(sorted(ending))).select("source").distinct())}
    for row in known:
        if row["first"] is None:
            continue
        seen = log.observed_until.get(row["source"])
        until = limit if seen is None else to_micros(seen)
        if until == row["last"] == row["last_date"]:
            until += MICROSECONDS_A_DAY - 1
        found.append(
            {
                "source": row["source"],
                "first": row["first"],
                "until": min(until, limit),
                "shows_end": row["source"] in ended,
            }
        )
    return found


def _all_until(sources: list[dict[str, Any]], limit: int) -> int:
    """Return until when all sources that can show an end were observed; all sources where none can."""
    ending = [s["until"] for s in sources if s["shows_end"]]
    return min(ending or [s["until"] for s in sources], default=limit)


def _own_sources(log: Log, sources: list[dict[str, Any]]) -> Any:
    """One row a case: the first record of its own sources, and until when those that can show an end were observed."""
    table = pa.Table.from_pylist(sources)
    listed = kept(log.con, "zs_followed_source", table)
    # as they are: to leave out what repeats would take longer than it saves
    pairs = log.events.select("case_id", "source").union(log.cases.select("case_id", "source"))
    known = pairs.join(listed, "source")
    return known.group_by("case_id").agg(
        own_first=known["first"].min(), own_until=known["until"].min(where=known.shows_end)
    )
