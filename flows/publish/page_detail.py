"""Follow the number: what stands behind the amount of each step, one step shown at a time.

In: a telling. Out: a panel a step with its distribution, its lanes and segments, and the top variants through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_tables import Figure, Table, Telling, table
from flows.publish.svg.bars import Bar, Part, bars
from flows.publish.svg.draw import clean
from mining.results.detail import StepDetail
from mining.results.stream import Rung
from mining.results.times import HistogramBin

MOST_VARIANTS = 3
MOST_ACTIVITIES = 14


@dataclass(frozen=True)
class Panel:
    """What is shown of one step."""

    step: str
    title: str
    said: str
    figure: Figure | None
    tables: tuple[Table, ...]


def panels(telling: Telling) -> tuple[Panel, ...]:
    """Return a panel for each rung of the ladder, in its order."""
    details = {detail.step: detail for detail in telling.findings.step_details}
    return tuple(_panel(telling, rung, details[rung.step]) for rung in telling.plain.rungs if rung.step in details)


def _panel(telling: Telling, rung: Rung, detail: StepDetail) -> Panel:
    words, numbers, scene = telling.words, telling.numbers, telling.plain
    title = scene.title(rung.step)
    is_known = not is_withheld(rung.visits)
    said = words(
        "detail_said" if is_known else "detail_said_mean",
        step=title,
        total=numbers.long(rung.elapsed.total_seconds),
        reach=numbers.share(rung.reach),
        visits=numbers.decimal(rung.visits, 2),
        time=numbers.long(rung.elapsed_per_visit_seconds),
        loops=numbers.long(rung.in_loops_seconds),
    )
    return Panel(clean(rung.step), title, said, _figure(telling, detail, title), tuple(_tables(telling, detail)))


def _figure(telling: Telling, detail: StepDetail, title: str) -> Figure | None:
    if not detail.histogram:
        return None
    numbers, words = telling.numbers, telling.words
    rows = []
    for part in detail.histogram:
        name = _range(telling, detail, part)
        said = words("detail_visits", count=numbers.count(part.cases))
        rows.append(Bar(name, (Part(part.cases, "wait", said),), said))
    heading = words("detail_spread", step=title)
    number = [d.step for d in telling.findings.step_details].index(detail.step)
    scene = telling.scene("elapsed", f"detail-{number}")
    summary = words("detail_spread_said", count=numbers.count(sum(part.cases for part in detail.histogram)))
    return Figure(heading, summary, bars(scene, rows, heading, summary, names=190.0, wide=760.0))


def _range(telling: Telling, detail: StepDetail, part: HistogramBin) -> str:
    """Return from when to when; the longest visit of all is not told."""
    start = telling.numbers.short(part.from_seconds)
    if part is detail.histogram[-1]:
        return telling.words("detail_longer", start=start)
    return f"{start} – {telling.numbers.short(part.to_seconds)}"


def _tables(telling: Telling, detail: StepDetail) -> Iterator[Table]:
    words, numbers, scene = telling.words, telling.numbers, telling.plain
    spread = [(_range(telling, detail, part), numbers.count(part.cases)) for part in detail.histogram]
    if spread:
        yield table(words("detail_spread_table"), (words("column_per_visit"), words("column_visits")), spread)
    lanes = [(scene.lane(one.lane), numbers.share(one.share)) for one in detail.lanes]
    if lanes:
        yield table(words("detail_lanes"), (words("column_lane"), words("detail_share")), lanes, is_open=True)
    segments = [
        (f"{words(f'detail_{one.kind}')}: {_value(telling, one.kind, one.value)}", numbers.count(one.cases),
         numbers.short(one.mean_seconds))
        for one in detail.segments
    ]  # fmt: skip
    if segments:
        caption = words("detail_segments")
        if detail.segments_left_out:
            caption += " " + words("detail_left_out", count=numbers.count(detail.segments_left_out))
        columns = ("detail_segment", "column_cases", "column_mean_elapsed")
        yield table(caption, map(words, columns), segments, is_open=True)
    through = _variants(telling, detail.step)
    if through:
        yield table(
            words("detail_variants"), map(words, ("detail_route", "column_cases", "detail_route_share")), through
        )


def _value(telling: Telling, kind: str, value: str) -> str:
    if kind == "persona":
        return telling.plain.persona(value)
    return telling.words.either(f"channel_{value}", value) if kind == "channel" else value


def _variants(telling: Telling, step: str) -> list[tuple[str, ...]]:
    """Return the most frequent variants that pass through the step."""
    steps = {node.activity: node.step for node in telling.findings.activities}
    through = [one for one in telling.findings.variants if any(steps.get(a) == step for a in one.activities)]
    rows = []
    for one in sorted(through, key=lambda v: -v.cases)[:MOST_VARIANTS]:
        more = " → …" if len(one.activities) > MOST_ACTIVITIES else ""
        route = " → ".join(map(telling.plain.activity, one.activities[:MOST_ACTIVITIES])) + more
        rows.append((route, telling.numbers.count(one.cases), telling.numbers.share(one.share)))
    return rows
