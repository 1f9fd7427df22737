"""Behind each amount of the ladder: the distribution of its visits, its lanes, its segments (bounded in size).

In: the cohort's booked rows. Out: a `StepDetail` a step. Small groups are left out and counted (DESIGN §8).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import SECOND, rows_of
from mining.followed import persona_of
from mining.ledger import UNKNOWN, Ledger
from mining.reach import cases_of_lanes
from mining.results.detail import LaneShare, SegmentShare, StepDetail
from mining.results.times import HistogramBin

BINS = 8
"""Bins up to the ninth decile; one more holds what is longer."""
MOST_SEGMENTS = 12
KINDS = ("zaaktype", "persona", "channel")


def step_details(ledger: Ledger, segments: Any, visits: Any, held: Any, project: Project) -> tuple[StepDetail, ...]:
    """Return what stands behind each step, in order of their names. `held` are the summed segments."""
    bins, lanes = _histograms(visits), _lanes(ledger, held)
    told, left_out = _segments(ledger, segments, project)
    return tuple(
        StepDetail(
            step=step,
            histogram=tuple(bins.get(step, ())),
            lanes=tuple(lanes[step]),
            segments=tuple(told.get(step, ())[:MOST_SEGMENTS]),
            segments_left_out=left_out + max(0, len(told.get(step, ())) - MOST_SEGMENTS),
        )
        for step in sorted(lanes)
        if step != UNKNOWN
    )


def _histograms(visits: Any) -> dict[str, list[HistogramBin]]:
    visits = visits.select("booked_step", t=visits.elapsed.cast("float64"))
    ends = visits.group_by("booked_step").agg(high=visits.t.quantile(0.9), longest=visits.t.max())
    # where nine of ten took no time, the bins go up to the longest
    high, last = ibis.ifelse(ends.high > 0, ends.high, ends.longest), ibis.ifelse(ends.high > 0, BINS, BINS - 1)
    placed = visits.join(ends.mutate(high=high, last=last), "booked_step").filter(ibis._.high > 0)
    place = ibis.least((placed.t / placed.high * BINS).floor().cast("int64"), placed["last"])
    placed = placed.mutate(place=place)
    found: dict[str, list[HistogramBin]] = defaultdict(list)
    grouped = placed.group_by(["booked_step", "place", "high", "longest"]).agg(n=placed.count())
    for row in sorted(rows_of(grouped), key=lambda r: (r["booked_step"], r["place"])):
        wide = row["high"] / BINS / SECOND
        end = wide * (row["place"] + 1) if row["place"] < BINS else row["longest"] / SECOND
        found[row["booked_step"]].append(HistogramBin(from_seconds=wide * row["place"], to_seconds=end, cases=row["n"]))
    return found


def _lanes(ledger: Ledger, held: Any) -> dict[str, list[LaneShare]]:
    rows = rows_of(held.group_by(["booked_step", "lane"]).agg(t=held.elapsed_total.sum().cast("float64")))
    cases = cases_of_lanes(ledger.structures, ledger.cohort_cases)
    whole: dict[str, float] = defaultdict(float)
    for row in rows:
        whole[row["booked_step"]] += row["t"] or 0.0
    found: dict[str, list[LaneShare]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (-(r["t"] or 0.0), r["lane"] or "")):
        total = whole[row["booked_step"]]
        share = (row["t"] or 0.0) / total if total else 0.0
        n = cases[row["booked_step"], row["lane"]]
        found[row["booked_step"]].append(LaneShare(lane=row["lane"], share=share, cases=n))
    return found


def _segments(ledger: Ledger, segments: Any, project: Project) -> tuple[dict[str, list[SegmentShare]], int]:
    """Return the segments of each step, largest mean first, and how many hold too few cases to be told."""
    cases = ledger.cases.filter(ledger.cases.has_lead)
    cases = cases.mutate(persona=persona_of(cases, project.journey)).select("case", *KINDS)
    smallest = max(project.file.smallest_group, 1)
    found: dict[str, list[SegmentShare]] = defaultdict(list)
    left_out = 0
    for kind in KINDS:
        known = cases.filter(cases[kind].notnull()).select("case", value=cases[kind].cast("string"))
        sizes = {r["value"]: r["n"] for r in rows_of(known.group_by("value").agg(n=known.count())) if r["value"]}
        told = {value: n for value, n in sizes.items() if n >= smallest}
        left_out += len(sizes) - len(told)
        if len(told) < 2:
            continue
        joined = segments.select("case", "booked_step", "elapsed_total").join(known, "case")
        grouped = joined.group_by(["booked_step", "value"]).agg(t=joined.elapsed_total.sum().cast("float64"))
        for row in sorted(rows_of(grouped), key=lambda r: (r["booked_step"], r["value"])):
            if (n := told.get(row["value"])) is not None:
                mean = (row["t"] or 0.0) / n / SECOND
                share = SegmentShare(kind=kind, value=row["value"], cases=n, mean_seconds=mean)
                found[row["booked_step"]].append(share)
    return {step: sorted(all_, key=lambda s: (s.kind, -s.mean_seconds)) for step, all_ in found.items()}, left_out
