"""The tables of a comparison: every measure with raw and equal-mix difference, the sides, what the mix leaves out."""

from __future__ import annotations

from dataclasses import replace

from flows.compare_claims import is_ended_in
from flows.publish.page_tables import Clocked, Said, Table, table
from flows.publish.svg.compared import CLOCKS, Telling
from mining.results.comparison import Difference, MeasureComparison

TABLES = ("lead_time", "rungs", "loops", "reach", "handoffs", "norms")


def measure_tables(telling: Telling) -> list[Table]:
    """Return one table a kind of measure: a row a measure and side, in both clocks."""
    if not telling.comparison.sides[1:]:
        return []
    return [found for name in TABLES if (found := _measures(telling, name)).rows]


def _measures(telling: Telling, name: str) -> Table:
    each = [replace(telling, clock=clock) for clock in CLOCKS]
    rows: list[tuple[Said, ...]] = []
    pairs: dict[tuple[str, str], dict[str, MeasureComparison]] = {}
    for one in each:
        for measure in one.measures(name) + _medians(one, name):
            pairs.setdefault((measure.measure, measure.statistic), {})[measure.clock or one.clock] = measure
    for by_clock in pairs.values():
        first = next(iter(by_clock.values()))
        for place in range(len(first.differences)):
            cells = [
                _row(one, by_clock[one.clock], by_clock[one.clock].differences[place])
                for one in each
                if one.clock in by_clock
            ]
            rows.append(tuple(_said([cell[n] for cell in cells]) for n in range(len(cells[0]))))
    columns = ("what", "side", "before", "after", "difference", "range", "mix", "mix_range", "claim", "cases")
    words = telling.words
    return table(
        words("cmp_table", kind=words(f"cmp_group_{_GROUP[name]}")), [words(f"cmp_col_{c}") for c in columns], rows
    )


_GROUP = {
    "lead_time": "time",
    "rungs": "steps",
    "loops": "loops",
    "reach": "reach",
    "handoffs": "handoffs",
    "norms": "norms",
}


def _medians(telling: Telling, name: str) -> list[MeasureComparison]:
    return [
        m
        for m in telling.comparison.measures
        if m.table == name and m.statistic == "median" and m.clock in (None, telling.clock)
    ]


def _said(cells: list[str]) -> Said:
    return cells[0] if len(set(cells)) == 1 else Clocked(*cells)


def _row(telling: Telling, measure: MeasureComparison, found: Difference) -> tuple[str, ...]:
    claim = telling.words(f"cmp_claim_{found.equal_mix_claim}")
    if found.claim != found.equal_mix_claim:
        claim += telling.words("cmp_claim_raw", claim=telling.words(f"cmp_claim_{found.claim}"))
    if found.sign_flips:
        claim += "; ⇄ " + telling.words("cmp_flips")
    return (
        telling.title(measure),
        telling.side_title(found.side),
        telling.amount(measure, found.reference_value),
        telling.amount(measure, found.value),
        signed(telling, measure, found.difference),
        _range(telling, measure, found.low, found.high),
        signed(telling, measure, found.equal_mix_difference),
        _range(telling, measure, found.equal_mix_low, found.equal_mix_high),
        claim,
        f"{telling.numbers.count(found.cases)} / {telling.numbers.count(found.reference_cases)}",
    )


def signed(telling: Telling, measure: MeasureComparison, value: float | None) -> str:
    """Return a difference with its sign."""
    if value is None:
        return telling.words("cmp_not_determinable")
    return f"{'−' if value < 0 else '+'}{telling.size(measure, value)}"


def _range(telling: Telling, measure: MeasureComparison, low: float | None, high: float | None) -> str:
    return telling.interval(measure, low, high) or "–"


def side_table(telling: Telling) -> Table:
    """Return whose cases each side holds."""
    words, numbers, comparison = telling.words, telling.numbers, telling.comparison
    rows = [
        (
            telling.side_title(side.name) + (f" ({words('cmp_reference')})" if place == 0 else ""),
            numbers.count(side.cases),
            # a case that is open has ended in no period
            "–"
            if is_ended_in(side.segment)
            else f"{numbers.count(side.open_cases)} ({numbers.share(side.open_share)})",
            f"{telling.month(side.started_from)} – {telling.month(side.started_to)}" if side.started_from else "–",
            numbers.day(side.as_of, comparison.zone),
            side.run_id,
        )
        for place, side in enumerate(comparison.sides)
    ]
    columns = [words(f"cmp_col_{name}") for name in ("side", "closed", "open", "months", "as_of", "run")]
    return table(words("cmp_sides_table"), columns, rows, is_open=True)


def strata_table(telling: Telling) -> Table:
    """Return the parts of the mix that one side of a pair lacks."""
    words = telling.words
    rows = [
        (
            telling.stratum(each.stratum),
            telling.side_title(each.side),
            telling.side_title(each.lacking),
            telling.numbers.share(each.share),
        )
        for each in telling.comparison.missing_strata
    ]
    columns = [words(f"cmp_col_{name}") for name in ("stratum", "found_in", "not_in", "share_of_side")]
    return table(words("cmp_strata_table"), columns, rows)


def against_table(telling: Telling) -> list[Table]:
    """Return what was measured beside what each journey says, in the citizen's clock; empty without journeys."""
    words, found = telling.words, telling.comparison.against
    titles = {journey.name: words.of(journey.title, journey.name) for journey in telling.comparison.journeys}
    by_key = {(m.table, m.measure): m for m in telling.measures("lead_time", "rungs")}
    rows: list[tuple[Said, ...]] = []
    for each in found:
        measure = by_key[(each.table, each.measure)]
        rows.append(
            (
                telling.title(measure),
                telling.side_title(each.side),
                titles.get(each.journey, each.journey),
                telling.amount(measure, each.designed),
                telling.amount(measure, each.value),
                signed(telling, measure, each.difference),
                _range(telling, measure, each.low, each.high),
                words(f"cmp_claim_{each.claim}"),
            )
        )
    columns = ("what", "side", "journey", "says", "measured", "difference", "range", "claim")
    listed = table(words("cmp_against_table"), [words(f"cmp_col_{c}") for c in columns], rows, is_open=len(rows) < 40)
    return [listed] if rows else []
