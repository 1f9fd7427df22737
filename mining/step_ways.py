"""The work on each step by the lane that did it and by the channel that it came through, for the overlay.

In: the ledger and the cohort's booked rows. Out: `Visits`. Time and events are added up by token and channel; cases are
counted over the sequences, and one by one only where a step is done again in a case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from mining.amounts import SECOND, rows_of
from mining.engine import kept
from mining.ledger import Ledger
from mining.reach import cases_of_steps, cases_of_tokens, in_first
from mining.read_arrays import EVENT_STEP
from mining.step_sequence import Visits
from mining.tokens import Token

Way = tuple[str, str | None]
"""A step, and a lane or a channel."""


def step_ways(ledger: Ledger, segments: Any) -> dict[str, list[Visits]]:
    """Return the work on each step by lane and by channel: cases, events and booked time over the cohort.

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
    in_channels = _cases_in_channels(ledger, acting, by_channel)
    return {
        "lane_visits": _visits(by_lane, _cases_in_lanes(ledger)),
        "channel_visits": _visits(by_channel, in_channels),
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


def _cases_in_channels(ledger: Ledger, acting: Any, found: Mapping[Way, tuple[int, int]]) -> dict[Way, int]:
    """Return the same by channel: each event is a case, but where a step is done again in one."""
    cases = cases_of_steps(ledger.structures, ledger.cohort_cases)
    ways: dict[str, int] = {}
    for step, _ in found:
        ways[step] = ways.get(step, 0) + 1
    counted = {way: n if ways[way[0]] > 1 else cases[way[0]] for way, (n, _) in found.items()}
    for way, more in _done_again(ledger, acting, {step for step, n in ways.items() if n > 1}).items():
        counted[way] -= more
    return counted


def _done_again(ledger: Ledger, acting: Any, steps: Collection[str]) -> dict[Way, int]:
    """Return by how many the events of these steps through a channel are more than the cases of them."""
    s, names, channels = ledger.structures.sequences, ledger.structures.coded.steps, _channels(ledger)
    step = ledger.structures.coded.alphabet.tokens[:, EVENT_STEP][s.codes]
    chosen = np.flatnonzero(in_first(ledger.structures) & np.isin(step, [names.index(name) for name in steps]))
    _, which, times = np.unique(
        s.owners[chosen] * np.int64(len(names)) + step[chosen], return_inverse=True, return_counts=True
    )
    chosen = chosen[times[which] > 1]
    if not len(chosen):
        return {}
    places = pa.table({"sequence": s.owners[chosen], "position": s.places[chosen], "number": step[chosen]})
    again = acting.join(kept(acting.get_backend(), "zs_step_again", places), ["sequence", "position"])
    grouped = again.group_by(["number", "channel_code"]).agg(n=again.count(), cases=again.case.nunique())
    return {(names[r["number"]], channels[r["channel_code"]]): r["n"] - r["cases"] for r in rows_of(grouped)}
