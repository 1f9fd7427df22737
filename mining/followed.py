"""How long each case was followed: from which age on, until when, and how it ended (DESIGN §5, population).

In: the ledger, the log, the project, as_of. Out: `Followed`, numpy arrays with one entry a case, in both clocks. It
owns censoring (an open case is followed to what its sources have observed) and delayed entry (a case that began before
the first record of all of its sources is followed from that record on).
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

from mappings.project import Project
from mining.amounts import rows_of
from mining.engine import kept, text_under
from mining.ledger import CLOCKS, Ledger
from mining.log import MICROSECONDS_A_DAY, Log, micros, to_micros
from mining.survival import FROM_START, OPEN, Curve, Spans, curve

DELIVERED, ENDED, CLOSED = 1, 2, 3
KINDS = {"open": OPEN, "delivered": DELIVERED, "ended": ENDED, "closed": CLOSED}
"""How a case ended. `ended`: without delivery (withdrawn, not treated, forwarded); `closed`: no tag says how."""


@dataclass(frozen=True)
class Labels:
    """A field of each case as a code into its distinct values; an unknown value is an empty text."""

    codes: npt.NDArray[np.int64]
    names: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Return how many cases have each known value."""
        counted = np.bincount(self.codes, minlength=len(self.names)).tolist()
        return {name: n for name, n in zip(self.names, counted, strict=True) if name and n}

    def are(self, value: str) -> npt.NDArray[np.bool_]:
        """Return which cases have the value."""
        chosen: npt.NDArray[np.bool_] = self.codes == (self.names.index(value) if value in self.names else -1)
        return chosen


def labels(values: Any) -> Labels:
    """Return the labels of an Arrow column of texts, nulls as empty ones."""
    coded = values.fill_null("").dictionary_encode()
    coded = coded.combine_chunks() if hasattr(coded, "combine_chunks") else coded
    return Labels(_numpy(coded.indices), tuple(coded.dictionary.to_pylist()))


@dataclass(frozen=True)
class Followed:
    """Cases that were followed at all, and how many were not.

    `spans` by clock; `started_day`: local day since 1970 of the origin; `case_ids`: an Arrow array; `labels`: of
    zaaktype and persona.
    """

    spans: dict[str, Spans]
    case_ids: Any
    started_day: npt.NDArray[np.int64]
    seen_until: npt.NDArray[np.int64]
    """The instant up to which each case was observed, open or not."""
    labels: dict[str, Labels]
    entered_late: int
    not_followed: int
    ended_unobserved: int
    until: int
    """The instant up to which all sources that can show an end were observed."""

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """The curve of all cases in each clock."""
        return {clock: curve(spans) for clock, spans in self.spans.items()}

    def __len__(self) -> int:
        """Return the number of cases followed."""
        return len(self.started_day)


def followed(ledger: Ledger, log: Log, project: Project, as_of: datetime) -> Followed:
    """Return the cases with a known origin that are open or have a lead time.

    An end after the moment up to which the case was observed is not yet an end: the case is censored there, and
    counted in `ended_unobserved`. A case that ended before it was followed is left out and counted in `not_followed`.
    """
    sources = _sources(log, project, as_of)
    table = _timed(ledger, log, project, sources, to_micros(as_of)).to_pyarrow()
    columns = {name: _numpy(table[name]) for name in table.column_names if table[name].type == pa.int64()}
    kind = columns["kind"].astype(np.int8)
    unobserved = (kind != OPEN) & (columns["ends"] > columns["until"])
    kind[unobserved] = OPEN
    entry = columns["entry_elapsed"]
    # a case that ended, or went out of sight, before its sources began to record
    is_followed = (columns["stop"] >= columns["enters"]) & ((entry == FROM_START) | (columns["exit_elapsed"] > entry))
    spans = {
        clock: Spans(columns[f"entry_{clock}"], columns[f"exit_{clock}"], kind).where(is_followed) for clock in CLOCKS
    }
    # an age that both clocks know: without working time in between, the working clock cannot tell entry from exit
    working = spans["working"]
    spans["working"] = Spans(
        np.where(working.exit > working.entry, working.entry, FROM_START), working.exit, working.kind
    )
    return Followed(
        spans=spans,
        case_ids=table["case_id"].filter(is_followed).combine_chunks(),
        started_day=columns["started_day"][is_followed],
        seen_until=columns["until"][is_followed],
        labels={name: labels(table[name].filter(is_followed)) for name in ("zaaktype", "persona")},
        entered_late=int((entry[is_followed] != FROM_START).sum()),
        not_followed=int((~is_followed).sum()),
        ended_unobserved=int(unobserved[is_followed].sum()),
        until=_all_until(sources, to_micros(as_of)),
    )


def _numpy(column: Any) -> npt.NDArray[np.int64]:
    values: npt.NDArray[np.int64] = column.to_numpy(zero_copy_only=False).astype(np.int64)
    return values


def _timed(ledger: Ledger, log: Log, project: Project, sources: list[dict[str, Any]], limit: int) -> Any:
    """One row a case: kind, ends, until, enters, stop, entry and exit in both clocks, started_day, labels."""
    cases = ledger.cases.filter(ledger.cases.origin.notnull() & (ledger.cases.is_open | ledger.cases.has_lead))
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
    return timed.select(
        "case_id", "zaaktype", "kind", "until", "enters", "stop",
        ends=ibis.coalesce(timed.ends, 0),
        started_day=ledger.timeline.clocks.day(timed.origin_local).cast("int64"),
        persona=persona_of(timed, project),
        **ages,
    )  # fmt: skip


def _tells_delivery(project: Project) -> bool:
    return bool(project.journey and project.journey.delivers)


def persona_of(cases: Any, project: Project) -> Any:
    """Return the persona of each case: the first of the journey whose segment rule it fits, else its own field."""
    rules = []
    for name, persona in project.journey.personas.items() if project.journey else ():
        fits = ibis.literal(bool(persona.segment))
        for field, value in persona.segment.items():
            column = cases[field] if field in cases.columns else text_under(cases.segments, field)
            fits = fits & (column == value).fill_null(False)
        rules.append((fits, ibis.literal(name)))
    return ibis.cases(*rules, else_=cases.persona) if rules else cases.persona


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
