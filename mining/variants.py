"""Variants, and the directly-follows graph with frequency and performance, over all acting events in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.amounts import rows_of, seconds
from mining.coded_log import CodedLog
from mining.engine import kept
from mining.ledger import Ledger
from mining.results.process import Edge, Node, Variant
from mining.sequences import Ints, whole_rows
from mining.structures import Structures
from mining.traces import Traces

_AT_ONCE = 1 << 20
"""So many positions are looked at at once, or one sequence where it has more."""
LISTED = 1000
"""So many variants are listed; which share of the cases they cover stands beside."""


def variants(ledger: Ledger) -> tuple[tuple[Variant, ...], float]:
    """Return the variants, most frequent first, and the share of the cases that the listed ones cover."""
    traces = ledger.structures.traces
    cases = traces.cases
    numbers = most_frequent(traces, LISTED)
    times = _lead_times(ledger, numbers)
    total = int(cases.sum())
    listed = tuple(
        Variant(
            activities=traces.activities_of(number),
            cases=int(cases[number]),
            share=int(cases[number]) / total,
            mean_seconds=seconds(times[number]["mean"]),
            median_seconds=seconds(times[number]["median"]),
            timed_cases=times[number]["timed"],
        )
        for number in numbers
    )
    return listed, sum(variant.cases for variant in listed) / total if total else 1.0


def _lead_times(ledger: Ledger, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """Return mean and median lead time of these variants, and over how many of their cases."""
    of_sequence = ledger.structures.traces.variants.numbers
    sequences = np.flatnonzero(np.isin(of_sequence, numbers))
    con = ledger.booked.get_backend()
    table = pa.table({"sequence": sequences, "variant": of_sequence[sequences]})
    cases = ledger.cases.join(kept(con, "zs_variant", table), "sequence")
    lead = cases.lead_elapsed.cast("float64")
    found = cases.group_by("variant").agg(mean=lead.mean(), median=lead.quantile(0.5), timed=lead.count())
    return {row["variant"]: row for row in rows_of(found)}


def most_frequent(traces: Traces, most: int) -> list[int]:
    """Return the numbers of the most frequent variants; of as many cases, those that come first by name."""
    cases = traces.cases
    chosen = np.arange(len(cases))
    if len(chosen) > most:
        least = np.partition(cases, -most)[-most]
        above = np.flatnonzero(cases > least)
        chosen = np.concatenate([above, _first_by_name(traces, np.flatnonzero(cases == least), most - len(above))])
    return sorted(chosen.tolist(), key=lambda number: (-cases[number], traces.activities_of(number)))


def _first_by_name(traces: Traces, numbers: Ints, most: int) -> Ints:
    """Return the so many variants that come first by name, without sorting them all: activity after activity."""
    codes, offsets = traces.steps
    rows, chosen, at = traces.variants.firsts[numbers], [], 0
    while len(rows) > most:
        place = offsets[rows] + at
        is_over = place >= offsets[rows + 1]
        here = np.where(is_over, -1, codes[np.where(is_over, 0, place)])
        last = np.partition(here, most - 1)[most - 1]
        chosen.append(rows[here < last])
        most -= len(chosen[-1])
        rows, at = rows[here == last], at + 1
    first: Ints = traces.variants.numbers[np.concatenate([*chosen, rows])]
    return first


def with_fitness(listed: tuple[Variant, ...], read: Structures, fitness: Ints | None) -> tuple[Variant, ...]:
    """Give each variant the mean fitness of its cases; null where not all of them were aligned.

    `fitness` is by the number of the step sequence, nan where it was not aligned; null without a journey.
    """
    if fitness is None:
        return listed
    traces, cases = read.traces, read.sequences.cases
    numbers, firsts = traces.variants
    known = np.bincount(numbers, weights=fitness[read.step_sequences.numbers] * cases, minlength=len(firsts))
    means = known / np.maximum(traces.cases, 1)
    return tuple(
        variant.model_copy(update={"fitness": None if np.isnan(means[number]) else float(means[number])})
        for variant, number in zip(listed, most_frequent(traces, LISTED), strict=True)
    )


def directly_follows(coded: CodedLog, traces: Traces) -> tuple[Edge, ...]:
    """Return how often an activity follows another within a case, and how long between their completions."""
    names, cases = traces.activities, traces.cases_of_pairs()
    found = rows_of(_gaps_of_pairs(coded, _numbered_activities(coded, traces)))
    for row in found:
        row["cases"] = cases[(row["before"], row["activity"])]
        row["before"], row["activity"] = names[row["before"]], names[row["activity"]]
    ordered = sorted(found, key=lambda r: (-r["n"], r["before"], r["activity"]))
    return tuple(
        Edge(
            from_=row["before"],
            to=row["activity"],
            count=row["n"],
            cases=row["cases"],
            mean_seconds=row["total"] / row["n"] / 1_000_000,
            median_seconds=row["median"] / 1_000_000,
        )
        for row in ordered
    )


def _gaps_of_pairs(coded: CodedLog, activities: Any) -> Any:
    """Return before, activity, n, and total and median of the time between, from the rows as they are stored.

    `activities` gives each token the number of its activity.
    """
    follows = coded.rows.filter(coded.rows.is_event, coded.rows.before_token.notnull())
    follows = follows.select("token", "before_token", "gap").join(activities, "token")
    before = activities.rename({"before_token": "token", "before": "activity"})
    follows = follows.join(before, "before_token")
    gap = follows.gap
    return follows.group_by(["before", "activity"]).agg(
        n=follows.count(), total=gap.sum(), median=gap.cast("float64").quantile(0.5)
    )


def _numbered_activities(coded: CodedLog, traces: Traces) -> Any:
    """Return token and activity, by their numbers."""
    numbers = traces.of_token.astype(np.int32)
    table = pa.table({"token": np.arange(len(numbers), dtype=np.int32), "activity": numbers})
    return kept(coded.rows.get_backend(), "zs_activity_of_token", table)


def nodes(ledger: Ledger, project: Project) -> tuple[Node, ...]:
    """Return the activities of the process map, with how often a case begins and ends with each."""
    read = ledger.structures
    events, lanes = _events_of_activities(read)
    cases = read.traces.cases_of_activities()
    starts, ends = first_and_last(read.traces)
    steps = project.journey.step_of_activity() if project.journey else {}
    titles = project.activity_titles()
    return tuple(
        Node(
            activity=activity,
            title=titles.get(activity, {}),
            step=steps.get(activity),
            lane=lanes[activity][1] if activity in lanes else None,
            events=events[activity],
            cases=cases[activity],
            starts=starts.get(activity, 0),
            ends=ends.get(activity, 0),
        )
        for activity in sorted(events, key=lambda a: (-events[a], a))
    )


def _events_of_activities(read: Structures) -> tuple[dict[str, int], dict[str, tuple[int, str]]]:
    """Return the events of each activity, and its lane with most of them: of as many, the last by name."""
    s = read.sequences
    counted = np.zeros(len(s.tokens), np.int64)
    for low, high in whole_rows(s.offsets, _AT_ONCE):
        times = np.repeat(s.cases[low:high], np.diff(s.offsets[low : high + 1]))
        counted += np.bincount(s.codes[s.offsets[low] : s.offsets[high]], times, len(s.tokens)).astype(np.int64)
    events: dict[str, int] = {}
    by_lane: dict[tuple[str, str], int] = {}
    for token, n in zip(s.tokens, counted.tolist(), strict=True):
        if n and not token.is_closing:
            events[token.activity] = events.get(token.activity, 0) + n
            if token.lane is not None:
                by_lane[token.activity, token.lane] = by_lane.get((token.activity, token.lane), 0) + n
    lanes: dict[str, tuple[int, str]] = {}
    for (activity, lane), n in by_lane.items():
        lanes[activity] = max(lanes.get(activity, (0, "")), (n, lane))
    return events, lanes


def first_and_last(traces: Traces) -> tuple[dict[str, int], dict[str, int]]:
    """Return activity → cases that begin, and that end, with it."""
    codes, offsets = traces.steps
    filled = np.flatnonzero(np.diff(offsets) > 0)
    cases, names = traces.sequences.cases[filled], traces.activities

    def counted(places: Ints) -> dict[str, int]:
        sums = np.bincount(codes[places], weights=cases, minlength=len(names)).astype(np.int64)
        return {name: int(n) for name, n in zip(names, sums, strict=True) if n}

    return counted(offsets[filled]), counted(offsets[filled + 1] - 1)


def weighted_sequences(traces: Traces, most: int) -> tuple[list[tuple[tuple[str, ...], int]], int]:
    """Return the most frequent variants with their cases, and the cases of all: what discovery is fed with.

    Cases without any activity are in neither.
    """
    cases = traces.cases
    weighted = [(traces.activities_of(number), int(cases[number])) for number in most_frequent(traces, most + 1)]
    lengths = np.diff(traces.steps[1])[traces.variants.firsts]
    return [pair for pair in weighted if pair[0]][:most], int(cases[lengths > 0].sum())
