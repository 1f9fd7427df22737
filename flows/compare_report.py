"""A comparison as tables for the command line: one a table of measures, with what is sure."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from flows.compare_claims import is_ended_in
from flows.publish.page_numbers import Numbers
from flows.publish.words import Words
from mining.results.comparison import Comparison, Difference, MeasureComparison

_TITLES = {
    "lead_time": "Lead time",
    "rungs": "Time a step, mean per case",
    "loops": "Time in loops, mean per case",
    "reach": "Share of the cases with the step on their path",
    "handoffs": "Handoffs per case",
    "norms": "Share that met the norm",
}
_CLAIMS = {"sure": "●", "not_sure": "○", "too_few": "–"}


def tables_of(comparison: Comparison) -> Iterator[Table | Text]:
    """Yield the sides, a table for each kind of measure, and the notices. Texts of a log are never read as markup."""
    yield _sides(comparison)
    for name, title in _TITLES.items():
        listed = [m for m in comparison.measures if m.table == name]
        if listed:
            yield _table(title, listed)
    yield Text(
        f"Differences are side − reference, with a 95 % interval from {comparison.draws} draws of cases. Sure is at a"
        f" false discovery rate of {comparison.false_discovery_rate:.0%} within the table, also"
        f" were the cases that are still open the slowest. Equal mix: over"
        f" {', '.join(comparison.mix) or 'nothing'}. ● sure, ○ not sure, – fewer than {comparison.enough_cases} cases,"
        " ⇄ the sign flips at equal mix."
    )
    for missing in comparison.missing_strata:
        share = _share(missing.share)
        yield Text(
            f"left out of the equal mix: {missing.stratum}, in {missing.side} ({share} of it), not in {missing.lacking}"
        )
    for notice in comparison.notices:
        yield Text(f"note: {notice['en']}")


def _share(value: float) -> str:
    return Numbers(Words("en")).share(value)


def _sides(comparison: Comparison) -> Table:
    table = Table(title=Text("Sides"), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("side", "closed cases", "open", "from", "to"):
        table.add_column(name, justify="left" if name == "side" else "right")
    for n, side in enumerate(comparison.sides):
        label = Text(side.name + (" (reference)" if n == 0 else ""))
        ends = [str(moment)[:7] if moment else "" for moment in (side.started_from, side.started_to)]
        table.add_row(label, str(side.cases), "–" if is_ended_in(side.segment) else _share(side.open_share), *ends)
    return table


def _table(title: str, measures: list[MeasureComparison]) -> Table:
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("measure", "side", "reference", "value", "difference", "at equal mix"):
        table.add_column(name, justify="left" if name in ("measure", "side") else "right", overflow="fold")
    for measure in measures:
        for n, difference in enumerate(measure.differences):
            table.add_row(*_row(measure, difference, n == 0))
    return table


def _row(measure: MeasureComparison, found: Difference, is_first: bool) -> list[Text]:
    clock = f" ({measure.clock})" if measure.clock else ""
    scale, unit = _scale(measure)
    mixed = (found.equal_mix_difference, found.equal_mix_low, found.equal_mix_high)
    cells = [
        measure.title["en"] + clock if is_first else "",
        found.side,
        *("?" if value is None else f"{value / scale:.1f}{unit}" for value in (found.reference_value, found.value)),
        _interval((found.difference, found.low, found.high), scale) + f" {_CLAIMS[found.claim]}",
        _interval(mixed, scale) + f" {_CLAIMS[found.equal_mix_claim]}" + (" ⇄" if found.sign_flips else ""),
    ]
    return [Text(cell) for cell in cells]


def _scale(measure: MeasureComparison) -> tuple[float, str]:
    """Return what one shown unit is: days or hours of the citizen, working hours, percentages, counts."""
    if measure.unit == "share":
        return 0.01, " %"
    if measure.unit == "count":
        return 1.0, ""
    greatest = max((abs(value) for value in measure.values.values() if value is not None), default=0.0)
    return (86_400.0, " d") if measure.clock == "elapsed" and greatest >= 86_400 else (3_600.0, " h")


def _interval(found: tuple[float | None, float | None, float | None], scale: float) -> str:
    shown = ["?" if value is None else f"{value / scale:+.1f}" for value in found]
    return shown[0] if found[1] is None else f"{shown[0]} [{shown[1]}, {shown[2]}]"
