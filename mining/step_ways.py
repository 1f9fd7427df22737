"""The work on each step by the lane that did it and by the channel that it came through, for the overlay.

In: the ledger and the cohort's booked rows. Out: `Visits`. Time and events are added up by token and channel; cases are
counted over the sequences, and one by one only where a step is done again in a case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from mappings.journey import Journey
from mining.amounts import SECOND, rows_of
from mining.deviation import is_another_channel
from mining.engine import kept
from mining.ledger import Ledger
from mining.reach import cases_of_tokens, in_first
from mining.read_arrays import EVENT_STEP
from mining.step_sequence import Visits
from mining.tokens import Token

Way = tuple[str, str | None]
"""A step, and a lane or a channel."""


def step_ways(ledger: Ledger, segments: Any, journey: Journey) -> dict[str, list[Visits]]:
    """Return the work on each step by lane, and that through other channels than the journey's: cases, events, time.

    Time that is booked to another step than that of the event, such as before a state is entered, is not its own.
    """
    tokens, channels = ledger.timeline.sequences.tokens, _channels(ledger)
    acting = segments.filter(segments.is_event)
    grouped = acting.group_by(["token", "channel_code", "booked_step"])
    rows = rows_of(grouped.agg(n=acting.count(), t=acting.elapsed_total.sum()))
    by_lane: dict[Way, tuple[int, int]] = {}
    by_channel: dict[Way, tuple[int, int]] = {}
    for row in rows:
        token = tokens[row["token"]]
        for found, at in ((by_lane, _lane(token)), (by_channel, channels[row["channel_code"]])):
            way = str(token.step), at
            events, time = found.get(way, (0, 0))
            found[way] = events + row["n"], time + (row["t"] if row["booked_step"] == token.step else 0)
    others = {way for way in by_channel if is_another_channel(journey, *way)}
    through_others: dict[Way, tuple[int, int]] = {}
    for step, channel in others:
        events, time = through_others.get((step, None), (0, 0))
        more, longer = by_channel[step, channel]
        through_others[step, None] = events + more, time + longer
    return {
        "lane_visits": _visits(by_lane, _cases_in_lanes(ledger)),
        "channel_visits": _visits(through_others, _cases_in_others(ledger, acting, by_channel, others)),
    }


def _visits(found: Mapping[Way, tuple[int, int]], cases: Mapping[Way, int]) -> list[Visits]:
    ordered = sorted(found.items(), key=lambda each: (each[0][0], each[0][1] or ""))
    return [
        Visits(step=way[0], at=way[1], cases=cases[way], occurrences=n, seconds=t / SECOND) for way, (n, t) in ordered
    ]


def _lane(token: Token) -> str | None:
    """Return the lane that did it; an automatic event is nobody's work, whatever lane its system stands in."""
    return None if token.is_automatic else token.lane


def _channels(ledger: Ledger) -> dict[int | None, str | None]:
    """Return the names of the channels by their codes; that of no code is none."""
    labels = ledger.timeline.coded.labels
    listed = rows_of(labels.filter(labels.kind == "channel").select("code", "label"))
    return {None: None} | {row["code"]: row["label"] for row in listed}


def _cases_in_lanes(ledger: Ledger) -> dict[Way, int]:
    """Return how many cases have an event of a step by a lane on the path of the first episode."""
    s = ledger.structures.sequences
    ways = [(str(token.step), _lane(token)) for token in s.tokens]
    numbers = {way: n for n, way in enumerate(dict.fromkeys(ways))}
    of_token = np.array([-1 if t.is_closing else numbers[w] for t, w in zip(s.tokens, ways, strict=True)], np.int64)
    cases = cases_of_tokens(ledger.structures, of_token, ledger.cohort_cases, len(numbers))
    return dict(zip(numbers, cases.tolist(), strict=True))


def _cases_in_others(
    ledger: Ledger, acting: Any, found: Mapping[Way, tuple[int, int]], others: Collection[Way]
) -> dict[Way, int]:
    """Return how many cases have an event of a step through another channel: each event is one, but where it is done
    again in a case."""
    counted: dict[Way, int] = {}
    for way in others:
        counted[way[0], None] = counted.get((way[0], None), 0) + found[way][0]
    for step, more in _done_again(ledger, acting, others).items():
        counted[step, None] -= more
    return counted


def _done_again(ledger: Ledger, acting: Any, others: Collection[Way]) -> dict[str, int]:
    """Return by how many the events of a step through other channels are more than the cases of them."""
    s, names, channels = ledger.structures.sequences, ledger.structures.coded.steps, _channels(ledger)
    step = ledger.structures.coded.alphabet.tokens[:, EVENT_STEP][s.codes]
    number = {name: n for n, name in enumerate(names)}
    chosen = np.flatnonzero(in_first(ledger.structures) & np.isin(step, [number[name] for name, _ in others]))
    _, which, times = np.unique(
        s.owners[chosen] * np.int64(len(names)) + step[chosen], return_inverse=True, return_counts=True
    )
    chosen = chosen[times[which] > 1]
    if not len(chosen):
        return {}
    places = pa.table({"sequence": s.owners[chosen], "position": s.places[chosen], "number": step[chosen]})
    again = acting.join(kept(acting.get_backend(), "zs_step_again", places), ["sequence", "position"])
    listed = [(number[name], code) for code, channel in channels.items() for name, at in others if at == channel]
    numbers, codes = (pa.array(column) for column in zip(*listed, strict=True))
    through = pa.table({"number": numbers.cast(places["number"].type), "channel_code": codes})
    again = again.join(kept(acting.get_backend(), "zs_other_channel", through), ["number", "channel_code"])
    grouped = again.group_by("number").agg(n=again.count(), cases=again.case.nunique())
    return {names[r["number"]]: r["n"] - r["cases"] for r in rows_of(grouped)}
