"""Variants, and the directly-follows graph with frequency and performance, over all acting events in order."""

from __future__ import annotations

from collections import defaultdict

import ibis
import pyarrow as pa

from mappings.project import Project
from mining.amounts import rows_of, seconds
from mining.ledger import Ledger
from mining.results.process import Edge, Node, Variant
from mining.timeline import CLOSING

_LISTED = 1000


def activity_sequences(ledger: Ledger) -> dict[tuple[str, ...], list[int]]:
    """Return each distinct sequence of activities with the numbers of its token sequences."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, tokens in enumerate(ledger.timeline.sequences):
        found[tuple(t.activity for t in tokens if t.activity != CLOSING)].append(number)
    return found


def variants(ledger: Ledger) -> tuple[tuple[Variant, ...], float]:
    """Return the variants, most frequent first, and the share of the cases that the listed ones cover."""
    sequences = activity_sequences(ledger)
    ordered = sorted(sequences)
    number = {n: i for i, activities in enumerate(ordered) for n in sequences[activities]}
    con = ledger.timeline.rows.get_backend()
    table = pa.table(
        {"sequence": pa.array(number.keys(), pa.int64()), "variant": pa.array(number.values(), pa.int64())}
    )
    numbered = con.create_table("zs_variant", table, temp=True, overwrite=True)
    cases = ledger.cases.join(numbered, "sequence")
    lead = cases.lead_elapsed.cast("float64")
    rows = rows_of(cases.group_by("variant").agg(n=cases.count(), mean=lead.mean(), median=lead.quantile(0.5)))
    total = sum(row["n"] for row in rows)
    rows.sort(key=lambda row: (-row["n"], ordered[row["variant"]]))
    listed = rows[:_LISTED]
    return (
        tuple(
            Variant(
                activities=ordered[row["variant"]],
                cases=row["n"],
                share=row["n"] / total,
                mean_seconds=seconds(row["mean"]),
                median_seconds=seconds(row["median"]),
            )
            for row in listed
        ),
        sum(row["n"] for row in listed) / total if total else 1.0,
    )


def directly_follows(ledger: Ledger) -> tuple[Edge, ...]:
    """Return how often an activity follows another within a case, and how long between their completions."""
    rows = ledger.timeline.rows.filter(ledger.timeline.rows.activity != CLOSING)
    window = ibis.window(group_by="case_id", order_by="position")
    pairs = rows.mutate(before=rows.activity.lag().over(window), gap=rows["at"] - rows["at"].lag().over(window))
    pairs = pairs.filter(pairs.before.notnull())
    found = pairs.group_by(["before", "activity"]).agg(
        n=pairs.count(),
        cases=pairs.case_id.nunique(),
        total=pairs.gap.sum(),
        median=pairs.gap.cast("float64").quantile(0.5),
    )
    ordered = sorted(rows_of(found), key=lambda r: (-r["n"], r["before"], r["activity"]))
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


def nodes(ledger: Ledger, project: Project) -> tuple[Node, ...]:
    """Return the activities of the process map, with how often a case begins and ends with each."""
    rows = ledger.timeline.rows.filter(ledger.timeline.rows.activity != CLOSING)
    by_lane = rows.group_by(["activity", "lane"]).agg(n=rows.count())
    lane: dict[str, tuple[int, str]] = {}
    for row in rows_of(by_lane):
        if row["lane"] is not None:
            lane[row["activity"]] = max(lane.get(row["activity"], (0, "")), (row["n"], row["lane"]))
    counted = rows_of(rows.group_by("activity").agg(n=rows.count(), cases=rows.case_id.nunique()))
    starts, ends = first_and_last(ledger)
    steps = project.journey.step_of_activity() if project.journey else {}
    return tuple(
        Node(
            activity=row["activity"],
            step=steps.get(row["activity"]),
            lane=lane[row["activity"]][1] if row["activity"] in lane else None,
            events=row["n"],
            cases=row["cases"],
            starts=starts.get(row["activity"], 0),
            ends=ends.get(row["activity"], 0),
        )
        for row in sorted(counted, key=lambda r: (-r["n"], r["activity"]))
    )


def first_and_last(ledger: Ledger) -> tuple[dict[str, int], dict[str, int]]:
    """Return activity → cases that begin, and that end, with it."""
    cases = cases_of_sequences(ledger)
    starts: dict[str, int] = defaultdict(int)
    ends: dict[str, int] = defaultdict(int)
    for activities, numbers in activity_sequences(ledger).items():
        if activities:
            n = sum(cases.get(number, 0) for number in numbers)
            starts[activities[0]] += n
            ends[activities[-1]] += n
    return dict(starts), dict(ends)


def cases_of_sequences(ledger: Ledger) -> dict[int, int]:
    """Return the number of cases of each token sequence."""
    c = ledger.cases.filter(ledger.cases.sequence.notnull())
    counted: dict[int, int] = {r["sequence"]: r["n"] for r in rows_of(c.group_by("sequence").agg(n=c.count()))}
    return counted


def weighted_sequences(ledger: Ledger) -> list[tuple[tuple[str, ...], int]]:
    """Return the distinct sequences of activities with their cases, most frequent first: what discovery is fed with."""
    cases = cases_of_sequences(ledger)
    weighted = [(a, sum(cases.get(n, 0) for n in numbers)) for a, numbers in activity_sequences(ledger).items() if a]
    return sorted(weighted, key=lambda pair: (-pair[1], pair[0]))
