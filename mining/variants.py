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
from mining.read_arrays import ACTIVITY
from mining.results.process import Edge, Node, Variant
from mining.sequences import Ints
from mining.structures import Structures

LISTED = 1000
"""So many variants are listed; which share of the cases they cover stands beside."""


def variants(ledger: Ledger) -> tuple[tuple[Variant, ...], float]:
    """Return the variants, most frequent first, and the share of the cases that the listed ones cover."""
    read = ledger.structures
    cases = cases_of_variants(read)
    numbers = most_frequent(read, LISTED)
    times = _lead_times(ledger, numbers)
    total = int(cases.sum())
    listed = tuple(
        Variant(
            activities=activities_of(read, number),
            cases=int(cases[number]),
            share=int(cases[number]) / total,
            mean_seconds=seconds(times[number]["mean"]),
            median_seconds=seconds(times[number]["median"]),
        )
        for number in numbers
    )
    return listed, sum(variant.cases for variant in listed) / total if total else 1.0


def _lead_times(ledger: Ledger, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """Return mean and median lead time of these variants."""
    of_sequence = ledger.structures.variants.numbers
    sequences = np.flatnonzero(np.isin(of_sequence, numbers))
    con = ledger.booked.get_backend()
    table = pa.table({"sequence": sequences, "variant": of_sequence[sequences]})
    cases = ledger.cases.join(kept(con, "zs_variant", table), "sequence")
    lead = cases.lead_elapsed.cast("float64")
    found = cases.group_by("variant").agg(mean=lead.mean(), median=lead.quantile(0.5))
    return {row["variant"]: row for row in rows_of(found)}


def cases_of_variants(read: Structures) -> Ints:
    """Return the cases of each variant, by its number in `Structures.variants`."""
    numbers, firsts = read.variants
    counted: Ints = np.bincount(numbers, weights=read.sequences.cases, minlength=len(firsts)).astype(np.int64)
    return counted


def activities_of(read: Structures, number: int) -> tuple[str, ...]:
    """Return the activities of a variant in their order."""
    codes, offsets = read.activity_steps
    first = read.variants.firsts[number]
    return tuple(read.coded.activities[code] for code in codes[offsets[first] : offsets[first + 1]])


def most_frequent(read: Structures, most: int) -> list[int]:
    """Return the numbers of the most frequent variants; of as many cases, those that come first by name."""
    cases = cases_of_variants(read)
    chosen = np.arange(len(cases))
    if len(chosen) > most:
        least = np.partition(cases, -most)[-most]
        above = np.flatnonzero(cases > least)
        chosen = np.concatenate([above, _first_by_name(read, np.flatnonzero(cases == least), most - len(above))])
    return sorted(chosen.tolist(), key=lambda number: (-cases[number], activities_of(read, number)))


def _first_by_name(read: Structures, numbers: Ints, most: int) -> Ints:
    """Return the so many variants that come first by name, without sorting them all: activity after activity."""
    codes, offsets = read.activity_steps
    rows, chosen, at = read.variants.firsts[numbers], [], 0
    while len(rows) > most:
        place = offsets[rows] + at
        is_over = place >= offsets[rows + 1]
        here = np.where(is_over, -1, codes[np.where(is_over, 0, place)])
        last = np.partition(here, most - 1)[most - 1]
        chosen.append(rows[here < last])
        most -= len(chosen[-1])
        rows, at = rows[here == last], at + 1
    first: Ints = read.variants.numbers[np.concatenate([*chosen, rows])]
    return first


def with_fitness(listed: tuple[Variant, ...], read: Structures, fitness: Ints | None) -> tuple[Variant, ...]:
    """Give each variant the mean fitness of its cases; null where not all of them were aligned.

    `fitness` is by the number of the step sequence, nan where it was not aligned; null without a journey.
    """
    if fitness is None:
        return listed
    numbers, firsts = read.variants
    cases = read.sequences.cases
    known = np.bincount(numbers, weights=fitness[read.step_sequences.numbers] * cases, minlength=len(firsts))
    means = known / np.maximum(cases_of_variants(read), 1)
    return tuple(
        variant.model_copy(update={"fitness": None if np.isnan(means[number]) else float(means[number])})
        for variant, number in zip(listed, most_frequent(read, LISTED), strict=True)
    )


def directly_follows(ledger: Ledger) -> tuple[Edge, ...]:
    """Return how often an activity follows another within a case, and how long between their completions."""
    coded, names = ledger.timeline.coded, ledger.structures.coded.activities
    cases = cases_of_pairs(ledger.structures)
    found = rows_of(gaps_of_pairs(coded, numbered_activities(coded, ledger.structures)))
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


def gaps_of_pairs(coded: CodedLog, activities: Any) -> Any:
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


def numbered_activities(coded: CodedLog, read: Structures) -> Any:
    """Return token and activity, by their numbers."""
    numbers = read.coded.alphabet.tokens[:, ACTIVITY].astype(np.int32)
    table = pa.table({"token": np.arange(len(numbers), dtype=np.int32), "activity": numbers})
    return kept(coded.rows.get_backend(), "zs_activity_of_token", table)


def cases_of_pairs(read: Structures) -> dict[tuple[int, int], int]:
    """Return in how many cases an activity follows another, by their numbers: a matter of the sequences alone."""
    codes, offsets = read.activity_steps
    owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = np.flatnonzero(owners[1:] == owners[:-1])
    size = len(read.coded.activities)
    pairs = codes[inside].astype(np.int64) * size + codes[inside + 1]
    once = _distinct(owners[inside] * (size * size) + pairs)
    counted = np.bincount(once % (size * size), weights=read.sequences.cases[once // (size * size)])
    return {(int(p) // size, int(p) % size): int(counted[p]) for p in np.flatnonzero(counted)}


def _distinct(numbers: Ints) -> Ints:
    """Return each number once; faster than numpy's own where nearly sorted numbers are many."""
    ordered = np.sort(numbers, kind="stable")
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def nodes(ledger: Ledger, project: Project) -> tuple[Node, ...]:
    """Return the activities of the process map, with how often a case begins and ends with each."""
    read = ledger.structures
    events, lanes = _events_of_activities(read)
    cases = _cases_of_activities(read)
    starts, ends = first_and_last(ledger)
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
    counted = np.bincount(s.codes, weights=np.repeat(s.cases, s.lengths), minlength=len(s.tokens)).astype(np.int64)
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


def _cases_of_activities(read: Structures) -> dict[str, int]:
    codes, offsets = read.activity_steps
    size = len(read.coded.activities)
    once = _distinct(np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)) * size + codes)
    counted = np.bincount(once % size, weights=read.sequences.cases[once // size], minlength=size).astype(np.int64)
    return dict(zip(read.coded.activities, counted.tolist(), strict=True))


def first_and_last(ledger: Ledger) -> tuple[dict[str, int], dict[str, int]]:
    """Return activity → cases that begin, and that end, with it."""
    read = ledger.structures
    codes, offsets = read.activity_steps
    filled = np.flatnonzero(np.diff(offsets) > 0)
    cases, names = read.sequences.cases[filled], read.coded.activities

    def counted(places: Ints) -> dict[str, int]:
        sums = np.bincount(codes[places], weights=cases, minlength=len(names)).astype(np.int64)
        return {name: int(n) for name, n in zip(names, sums, strict=True) if n}

    return counted(offsets[filled]), counted(offsets[filled + 1] - 1)


def weighted_sequences(ledger: Ledger, most: int) -> tuple[list[tuple[tuple[str, ...], int]], int]:
    """Return the most frequent variants with their cases, and the cases of all: what discovery is fed with.

    Cases without any activity are in neither.
    """
    read = ledger.structures
    cases = cases_of_variants(read)
    weighted = [(activities_of(read, number), int(cases[number])) for number in most_frequent(read, most + 1)]
    lengths = np.diff(read.activity_steps[1])[read.variants.firsts]
    return [pair for pair in weighted if pair[0]][:most], int(cases[lengths > 0].sum())
