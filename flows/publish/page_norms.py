"""The section of the norms: how each was kept, how long its cases took, and which open ones are at risk.

In: a telling. Out: one section, service norms and legal terms apart. Each norm is told in its own clock, whichever is
chosen; where that is another one, the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.page_ends import norm_months_figures
from flows.publish.page_legal import legal_tables
from flows.publish.page_numbers import Clock
from flows.publish.page_tables import Figure, Section, Table, Telling, table
from flows.publish.svg.bars import Bar, Part, bars
from flows.publish.svg.norm_spread import clock_of, norm_spread
from flows.publish.svg.scene import Scene
from mining.results.norms import NormBin, NormResult


def norms_section(telling: Telling) -> Section | None:
    """Return how each norm was kept; service norm and legal term apart."""
    findings, words = telling.findings, telling.words
    if not findings.norms:
        return None
    answer = tuple(_answer(telling, norm) for norm in findings.norms)
    scene = telling.scene("elapsed", "norms")
    drawn = [_norm_bar(scene, norm) for norm in findings.norms]
    heading = words("norms_title")
    figure = Figure(heading, words("norms_legend"), bars(scene, drawn, heading, " ".join(answer), names=330.0))
    spreads, spread_tables = norm_spreads(telling)
    monthly, by_month = norm_months_figures(telling)
    tables = (_kept_table(telling), *spread_tables, *legal_tables(telling), *by_month)
    return Section(
        "norms",
        words("norms_question"),
        answer,
        (figure, *spreads, *monthly),
        tables,
        untold=telling.untold("working", "legal", key="norm_own_clock"),
    )


def _answer(telling: Telling, norm: NormResult) -> str:
    """Return how a norm was kept, and of how many cases it cannot be told."""
    words, numbers = telling.words, telling.numbers
    said = words(
        "norm_answer",
        name=words.of(norm.title, norm.name),
        share=numbers.share(norm.met_share),
        missed=numbers.count(norm.missed),
        risk=numbers.count(norm.at_risk),
    )
    untold = (("norm_answer_unsure", norm.at_risk_unknown), ("norm_answer_unjudged", norm.not_determinable))
    return " ".join([said, *(words(key, count=numbers.count(n)) for key, n in untold if n)])


def _kept_table(telling: Telling) -> Table:
    words, numbers = telling.words, telling.numbers
    rows = [
        (
            words.of(n.title, n.name),
            words(f"{n.kind}_norm"),
            words(f"norm_clock_{n.clock}"),
            _limit(telling, n),
            *map(numbers.count, (n.met, n.missed, n.open, n.at_risk, n.at_risk_unknown, n.not_determinable)),
            numbers.count(n.ended_otherwise),
            numbers.share(n.met_share),
            words.of(n.source) or "–",
        )
        for n in telling.findings.norms
    ]
    columns = (
        "column_norm",
        "column_kind",
        "column_clock",
        "column_limit",
        "column_met",
        "column_missed",
        "column_open",
        "column_at_risk",
        "column_at_risk_unknown",
        "column_not_determinable",
        "column_ended_otherwise",
        "column_met_share",
        "column_norm_source",
    )
    return table(words("norms_title"), map(words, columns), rows)


def _limit(telling: Telling, norm: NormResult) -> str:
    if norm.limit_seconds is None:
        months = norm.legal.months if norm.legal else None
        return (
            telling.words("legal_months", months=telling.numbers.count(months))
            if months
            else telling.words("own_target")
        )
    return telling.numbers.short(norm.limit_seconds, clock_of(norm))


def _norm_bar(scene: Scene, norm: NormResult) -> Bar:
    kinds = (("met", norm.met, "work"), ("missed", norm.missed, "alarm"), ("open", norm.open, "either"))
    count = scene.numbers.count
    parts = tuple(Part(n, fill, f"{scene.words(f'column_{key}')} {count(n)}") for key, n, fill in kinds if n)
    said = scene.words("norm_on_design", share=scene.numbers.share(norm.met_share))
    return Bar(scene.words.of(norm.title, norm.name), parts, said)


@dataclass(frozen=True)
class _Told:
    """A norm's bins as the page may tell them."""

    norm: NormResult
    bins: tuple[NormBin, ...]
    clock: Clock


def norm_spreads(telling: Telling) -> tuple[tuple[Figure, ...], tuple[Table, ...]]:
    """Return the times of each norm's cases with its line, open ones at their age, and the same as tables."""
    figures, tables = [], []
    for at, norm in enumerate(telling.findings.norms):
        bins = norm.spread.bins if norm.spread else ()
        if not bins:
            continue
        one = _Told(norm, bins, clock_of(norm))
        figures.append(_figure(telling, one, at))
        tables.append(_table(telling, one))
    return tuple(figures), tuple(tables)


def _figure(telling: Telling, one: _Told, at: int) -> Figure:
    words, norm = telling.words, one.norm
    heading = words("norm_spread_title", norm=words.of(norm.title, norm.name))
    said = _said(telling, one)
    label = words("norm_line_own" if norm.limit_seconds is None else "norm_line", limit=_limit(telling, norm))
    scene = telling.scene("elapsed", f"spread-of-norm-{at}")
    return Figure(heading, said, norm_spread(scene, norm, one.bins, label, heading, said))


def _said(telling: Telling, one: _Told) -> str:
    """Return what the picture shows, in which clock, and what is not in it."""
    words, count, norm = telling.words, telling.numbers.count, one.norm
    said = words(
        "norm_spread_said",
        clock=words(f"norm_clock_{norm.clock}"),
        open=count(norm.open),
        risk=count(norm.at_risk),
        unsure=count(norm.at_risk_unknown),
    )
    spread = norm.spread
    if spread and spread.axis == "past_own_end":
        said += " " + words("norm_spread_own")
    if norm.clock == "legal":
        said += " " + words("norm_spread_legal")
    if spread and spread.left_out:
        said += " " + words("norm_spread_left", count=count(spread.left_out))
    if telling.smallest > 1:
        said += " " + words("norm_spread_rounded", n=telling.smallest)
    return said


def _table(telling: Telling, one: _Told) -> Table:
    words, count, spread = telling.words, telling.numbers.count, one.norm.spread
    rows = [
        (_range(telling, one, n), *map(count, map(int, (b.met, b.missed, b.open, b.at_risk, b.at_risk_unknown))))
        for n, b in enumerate(one.bins)
    ]
    name = "norm_table_own" if spread and spread.axis == "past_own_end" else "norm_table"
    caption = words(name, norm=words.of(one.norm.title, one.norm.name), clock=words(f"norm_clock_{one.norm.clock}"))
    columns = ("column_bin", "column_met", "column_missed", "column_open", "column_at_risk", "column_at_risk_unknown")
    return table(caption, map(words, columns), rows)


def _range(telling: Telling, one: _Told, n: int) -> str:
    numbers, spread, each = telling.numbers, one.norm.spread, one.bins[n]
    low, high = (numbers.short(s, one.clock) for s in (each.from_seconds, each.to_seconds))
    if spread and spread.has_longer and n == len(one.bins) - 1:
        return telling.words("detail_longer", start=low)
    # who took no time at all is in the first one
    if spread and n == 0 and (spread.has_shorter or spread.axis == "age"):
        return telling.words("norm_up_to", end=high)
    return telling.words("norm_from_to", start=low, end=high)
