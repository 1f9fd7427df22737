"""The section of the loops: what each costs, so that with the rest they are the lead time."""

from __future__ import annotations

from flows.publish.disclosure_mark import is_silent, is_withheld
from flows.publish.page_split import parts, split, split_columns
from flows.publish.page_tables import Figure, Said, Section, Telling, table
from flows.publish.page_waiting import again_tables, supplements_said
from flows.publish.svg.bars import MOST_BARS, Bar, bars
from flows.publish.svg.scene import Scene
from mining.results.rework import Loop


def loops_section(telling: Telling) -> Section:
    """Return what each loop costs; with the rest, direct route and loops are the lead time."""
    findings, words, numbers = telling.findings, telling.words, telling.numbers
    largest = sorted(findings.loops, key=lambda loop: -loop.elapsed.total_seconds)
    if not largest:
        return Section("loops", words("loops_question"), (_no_loop(telling),))
    answer = telling.by_clock(_costliest, legal=True)
    figure = Figure(
        words("loops_title"),
        answer,
        telling.by_clock(lambda s: _loops_picture(s, largest[:MOST_BARS]), "loops", legal=True),
    )
    rows: list[tuple[Said, ...]] = [
        (
            telling.plain.route(loop.path),
            numbers.count(loop.cases),
            numbers.share(loop.share_of_cases),
            numbers.count(loop.occurrences),
            numbers.short(loop.elapsed_per_case_seconds),
            *split(telling, loop.elapsed, loop.working, loop.legal),
        )
        for loop in largest
    ]
    if findings.other_loops:
        name = words("other_loops", count=numbers.count(findings.other_loops_count))
        rest = findings.other_loops
        rows.append((name, "", "", "", "", *split(telling, rest.elapsed, rest.working, rest.legal)))
    direct = findings.direct_route
    rows.append((words("direct_route"), "", "", "", "", *split(telling, direct.elapsed, direct.working, direct.legal)))
    columns = ("column_loop", "column_cases", "column_share", "column_times", "column_per_looping_case")
    listed = table(words("loops_title"), (*map(words, columns), *split_columns(telling)), rows)
    answers, tables = (answer, *supplements_said(telling)), (listed, *again_tables(telling, largest))
    return Section("loops", words("loops_question"), answers, (figure,), tables, (words("bars_legend"),))


def _costliest(scene: Scene) -> str:
    """Return the loop that costs most in this clock; where others stand together, which may hold it, of those apart."""
    findings, words = scene.findings, scene.words
    top = max(findings.loops, key=lambda loop: scene.booked(loop).total_seconds)
    cost, rest = scene.booked(top).total_seconds, findings.other_loops
    # written so that a rest that is not told counts as more
    is_sure = rest is None or scene.booked(rest).total_seconds <= cost
    return words(
        "loops_answer_plain" if is_silent(top.share_of_cases) else "loops_answer",
        costliest=words("loops_costliest" if is_sure else "loops_costliest_apart"),
        path=scene.route(top.path),
        time=scene.long(cost),
        share=scene.numbers.share(top.share_of_cases),
        direct=scene.long(scene.booked(findings.direct_route).total_seconds),
    )


def _no_loop(telling: Telling) -> Said:
    """Return that there are no loops, or that those there are make too small groups to be told one by one."""
    rest = telling.findings.other_loops
    if rest is None:
        return telling.words("no_closed" if telling.plain.lead.mean is None else "loops_none")
    count = telling.numbers.count(telling.findings.other_loops_count)

    def said(scene: Scene) -> str:
        amount, direct = scene.booked(rest).total_seconds, scene.booked(telling.findings.direct_route).total_seconds
        if is_withheld(amount):
            return scene.words("loops_not_told")
        return scene.words("loops_together", count=count, time=scene.long(amount), direct=scene.long(direct))

    return telling.by_clock(said)


def _loops_picture(scene: Scene, loops: list[Loop]) -> str:
    drawn = []
    for loop in loops:
        amount = scene.booked(loop)
        said = scene.short(amount.total_seconds)
        if not is_silent(loop.share_of_cases):
            said += f" · {scene.numbers.share(loop.share_of_cases)}"
        drawn.append(Bar(scene.route(loop.path), parts(scene, amount), said))
    summary_said = "; ".join(f"{bar.name} {bar.said}" for bar in drawn[:3])
    return bars(scene, drawn, scene.words("loops_title"), summary_said, names=520.0, wide=1180.0)
