"""The section of the value stream: the map, the ladder and the boxes as tables, and the time above the design."""

from __future__ import annotations

from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_map import said, views
from flows.publish.page_numbers import DAY
from flows.publish.page_split import split, split_columns
from flows.publish.page_tables import Figure, Said, Section, Table, Telling, table
from flows.publish.svg.stairs import stairs
from flows.publish.svg.value_stream import map_picture
from mining.results.legal import LegalDays
from mining.results.overlay import AboveDesign
from mining.results.stream import Rung


def stream_section(telling: Telling) -> Section:
    """Return the value stream map with the ladder as a table."""
    words = telling.words
    heading = words("map_title", project=words.of(telling.findings.project.title))
    figures = [
        Figure(
            heading,
            said(telling),
            views(telling, map_picture, "map"),
            is_wide=True,
        )
    ]
    if figures[0].is_broad:
        figures.append(
            Figure(words("stairs_title"), words("stairs_summary"), views(telling, stairs, "stairs", is_foldable=False))
        )
    tables = [_ladder_table(telling), _box_table(telling)]
    if telling.findings.above_design:
        tables.append(_above_table(telling))
    return Section("map", words("map_question"), (said(telling),), tuple(figures), tuple(tables), _beside(telling))


def _beside(telling: Telling) -> tuple[Said, ...]:
    """Say which steps more cases reach than have them on their path: another branch lasted longer there."""
    found, share = telling.findings.what_if, telling.numbers.share
    reached = {gain.step: gain.reach for gain in found.steps} if found else {}
    steps = [
        telling.words(
            "reach_beside_step", step=telling.plain.title(rung.step), every=share(every), path=share(rung.reach)
        )
        for rung in telling.findings.ladder
        if (every := reached.get(rung.step)) is not None
        and not is_withheld(every)
        and not is_withheld(rung.reach)
        and share(every) != share(rung.reach)
    ]
    return (telling.words("reach_beside", steps="; ".join(steps)),) if steps else ()


def _ladder_table(telling: Telling) -> Table:
    words, numbers, findings = telling.words, telling.numbers, telling.findings
    rows: list[tuple[Said, ...]] = []
    for i, rung in enumerate(findings.ladder, start=1):
        rows.append(
            (
                f"{i}. {telling.plain.title(rung.step)}",
                telling.plain.lane(rung.lane),
                numbers.share(rung.reach),
                numbers.decimal(rung.visits, 2),
                _per_visit(telling, rung),
                *split(telling, rung.elapsed, rung.working, rung.legal),
            )
        )
    lead = findings.lead_time
    if rows:
        whole = split(telling, lead.elapsed.amounts, lead.working.amounts, lead.legal)
        rows.append((words("column_sum"), "", "", "", "", *whole))
    keys = [*(rung.step for rung in findings.ladder), ""]
    columns = ("column_step", "column_lane", "column_reach", "column_visits", "column_per_visit")
    return table(words("ladder_table"), (*map(words, columns), *split_columns(telling)), rows, keys=keys)


def _per_visit(telling: Telling, rung: Rung) -> Said:
    """Return the time of a visit; in the law's clock only where the days of all cases are known."""
    legal = telling.scene("legal", "plain").per_visit(rung) if telling.has_legal else None
    days = None if legal is None else legal / DAY
    return telling.amount(rung.elapsed_per_visit_seconds, rung.working_per_visit_seconds, days)


def _box_table(telling: Telling) -> Table:
    words, numbers = telling.words, telling.numbers
    rows = [
        (
            telling.plain.title(m.step),
            numbers.count(m.cases),
            telling.amount(m.elapsed_median_seconds, m.working_median_seconds, _median_days(telling, m.legal)),
            numbers.short(m.elapsed_p90_seconds),
            numbers.short(m.process_median_seconds, "working"),
            numbers.share(m.starts_known_share),
            numbers.count(m.wip),
            numbers.count(m.resources or None),  # none recorded is not nobody
            numbers.share(m.first_time_right_share),
            numbers.count(m.self_loops),
        )
        for m in telling.findings.steps
    ]
    columns = (
        "column_step",
        "column_cases",
        "column_median",
        "column_p90_elapsed",
        "column_touch",
        "column_starts",
        "column_wip",
        "column_people",
        "column_right",
        "column_self_loops",
    )
    return table(words("box_table"), map(words, columns), rows, keys=[m.step for m in telling.findings.steps])


def _median_days(telling: Telling, legal: LegalDays | None) -> float | None:
    return legal.median_days if legal is not None and telling.has_legal else None


def _above_table(telling: Telling) -> Table:
    words, found = telling.words, telling.findings.above_design
    rows = [
        (_above_name(telling, one), telling.numbers.count(one.cases), telling.numbers.short(one.above_seconds))
        for one in found
    ]
    columns = map(words, ("column_what", "column_cases", "column_mean_elapsed"))
    return table(telling.plain.above_heading(found), columns, rows)


def _above_name(telling: Telling, one: AboveDesign) -> str:
    if one.kind == "loop":
        return f"{telling.words('loop')} {telling.plain.route(one.name)}"
    return telling.plain.title(one.name[0])
