"""The citizen's side: attempts and conversion, contacts and silence (DESIGN §5)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of, seconds
from mining.asked_about import asked_about
from mining.columns import ACTING
from mining.complete import seen_until
from mining.contact_reasons import reasons
from mining.contacts_while import contacts_at
from mining.counters import counters
from mining.engine import kept
from mining.ledger import Ledger
from mining.log import MICROSECONDS_A_DAY, Log, micros
from mining.results.citizen import UNKNOWN_CHANNEL, Contacts, Conversion, Counters, Stop
from mining.silence import silence_at, silences


def conversion(log: Log, ledger: Ledger, project: Project, as_of: datetime) -> tuple[Conversion, ...]:
    """Return by channel how many attempts reached a case, switched channel, or stopped, where and why.

    Unit is the attempt. Switched: it stopped, and a case that refers to it came in through another channel, not before
    it began and within `switch_within`.
    """
    if log.attempts is None:
        return ()
    within = int(project.file.switch_within.total_seconds() * 1_000_000)
    joined = log.attempts.left_join(_came_in(ledger), "case_id")
    begun = micros(joined.started_at)
    later = joined.origin - begun
    # a case known by its date may have come in at any time of that day
    is_after = later > ibis.ifelse(joined.is_by_day, -MICROSECONDS_A_DAY, -1)
    is_elsewhere = ~ibis.coalesce(joined.case_channel == joined.channel, False)
    fate = ibis.cases(
        (joined.stopped.isnull(), "reached"),
        (ibis.coalesce(is_after & (later <= within), False) & is_elsewhere, "switched"),
        else_="stopped",
    )
    is_recent = ibis.coalesce(begun + within > seen_until(log, project, as_of), False) & (fate == "stopped")
    marked = joined.mutate(fate=fate, is_recent=is_recent, channel=ibis.coalesce(joined.channel, UNKNOWN_CHANNEL))
    marked = marked.mutate(
        to=ibis.ifelse(marked.fate == "switched", ibis.coalesce(marked.case_channel, "unknown"), None)
    )
    counted = marked.group_by(["channel", "fate", "is_recent", "reached", "stopped", "reason", "to"])
    counted = counted.agg(n=marked.count())
    by_channel: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(counted):
        by_channel[row["channel"]].append(row)
    return tuple(_conversion(channel, rows) for channel, rows in sorted(by_channel.items()))


def _came_in(ledger: Ledger) -> Any:
    """Return when each case came in, whether that is known by its date alone, and through which channel."""
    c = ledger.cases
    is_by_day = ibis.ifelse(c.received.isnull(), c.whole_days, c.received_precision == "day")
    return c.select("case_id", "origin", is_by_day=is_by_day, case_channel="channel")


def _conversion(channel: str, rows: list[dict[str, Any]]) -> Conversion:
    fates: dict[str, int] = defaultdict(int)
    stops: dict[tuple[str, str | None], int] = defaultdict(int)
    came: dict[str, int] = defaultdict(int)
    to: dict[str, int] = defaultdict(int)
    for row in rows:
        fates[row["fate"]] += row["n"]
        came[row["reached"] or "?"] += row["n"]
        if row["to"] is not None:
            to[row["to"]] += row["n"]
        if row["fate"] != "reached":
            stops[(row["stopped"], row["reason"])] += row["n"]
    ordered = sorted(stops.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return Conversion(
        channel=channel,
        attempts=sum(fates.values()),
        reached=fates["reached"],
        switched=fates["switched"],
        switched_to=dict(sorted(to.items())),
        stopped=fates["stopped"],
        may_still_switch=sum(row["n"] for row in rows if row["is_recent"]),
        stops=tuple(Stop(stopped=where, reason=why, attempts=n) for (where, why), n in ordered),
        stages=tuple(sorted(came.items(), key=lambda item: (-item[1], item[0]))),
    )


def contacts(log: Log, ledger: Ledger, project: Project, segments: Any | None = None) -> Contacts:
    """Return contacts per case, and the longest period without word, over the cases with a lead time.

    With the segments of the cohort also where the cases stood when there was contact.
    """
    lead = ledger.cases.filter(ledger.cases.has_lead).select("case", "case_id", "origin", "ends_at", "whole_days")
    said = kept(log.con, "zs_not_acting", _not_acting(log, lead))
    c = said.filter(said.role == "contact")
    total = rows_of(c.agg(n=c.count(), cases=c.case.nunique()))[0]
    channels = rows_of(
        c.mutate(channel=ibis.coalesce(c.channel, UNKNOWN_CHANNEL)).group_by("channel").agg(n=ibis._.count())
    )
    cases = rows_of(lead.agg(n=lead.count()))[0]["n"]
    gaps = kept(log.con, "zs_silence", silences(said, ledger.timeline, lead, project))
    gap = gaps.gap.cast("float64")
    quiet = rows_of(gaps.agg(m=gap.quantile(0.5), p=gap.quantile(0.9), mean=gap.mean(), most=gaps.gap.max()))[0]
    placed = contacts_at(c, segments, project) if segments is not None and total["n"] else ()
    why = reasons(c, project) if total["n"] else ()
    is_met = total["n"] or (log.attempts is not None and any(s.record == "attempts" for s in project.sources))
    return Contacts(
        contacts=total["n"],
        cases_with_contact=total["cases"],
        mean_per_case=total["n"] / cases if cases else 0.0,
        by_channel={r["channel"]: r["n"] for r in sorted(channels, key=lambda r: r["channel"])},
        silence_median_seconds=seconds(quiet["m"]),
        silence_p90_seconds=seconds(quiet["p"]),
        silence_mean_seconds=seconds(quiet["mean"]),
        silence_max_seconds=seconds(quiet["most"]),
        silence_steps=silence_at(gaps, segments, ledger.timeline.clocks) if segments is not None else (),
        reasons=why,
        repeats=sum(each.repeats for each in why),
        at_steps=placed,
        counters=counters(log, c, lead, project) if is_met else Counters(),
        asked=asked_about(log, lead, project),
        not_placed=total["n"] - sum(each.contacts for each in placed) if segments is not None else 0,
    )


def _not_acting(log: Log, lead: Any) -> Any:
    """Contacts and surveys of these cases; `heard` in microseconds, null where no moment is known."""
    # said as what they are not: the engine then reads nothing else of the rows that are left out
    e = log.events.filter(*(log.events.role != role for role in ACTING))
    e = e.select(
        "case_id", "event_id", "source", "activity", "role", "channel", "precision", "lane", "opens_lane", "attributes",
        heard=micros(e.completed_at),
    )  # fmt: skip
    return e.inner_join(lead, "case_id")
