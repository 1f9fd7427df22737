"""The sections about where the time goes: map, kinds of cases, loops, handoffs."""

from __future__ import annotations

from flows.publish.disclosure_mark import is_silent, is_withheld
from flows.publish.page_handoffs import handoff_figures, has_legal
from flows.publish.page_known import STARTS_ENOUGH
from flows.publish.page_map import said, views
from flows.publish.page_numbers import DAY
from flows.publish.page_tables import Figure, Said, Section, Table, Telling, table
from flows.publish.page_waiting import again_tables, levels_table, supplements_said
from flows.publish.svg.bars import Bar, Part, bars
from flows.publish.svg.handed import wait_after, wait_per_case
from flows.publish.svg.scene import Scene
from flows.publish.svg.stairs import stairs
from flows.publish.svg.value_stream import map_picture
from mining.results.legal import LegalDays
from mining.results.overlay import AboveDesign
from mining.results.rework import Handoff, Loop
from mining.results.stream import Ladder, Rung
from mining.results.times import Amounts

MOST_BARS = 10


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
    return Section("map", words("map_question"), (said(telling),), tuple(figures), tuple(tables))


def _split(telling: Telling, elapsed: Amounts, working: Amounts, legal: LegalDays | None) -> tuple[Said, ...]:
    names = ("wait", "process", "elsewhere", "unknown", "total")
    known = legal if telling.has_legal else None
    return tuple(
        telling.amount(
            getattr(elapsed, f"{name}_seconds"),
            getattr(working, f"{name}_seconds"),
            None if known is None else getattr(known, f"{name}_days"),
        )
        for name in names
    )


def _split_columns(telling: Telling) -> tuple[str, ...]:
    return tuple(telling.words(key) for key in ("wait", "work", "elsewhere", "either", "column_total"))


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
                *_split(telling, rung.elapsed, rung.working, rung.legal),
            )
        )
    lead = findings.lead_time
    rows.append(
        (words("column_sum"), "", "", "", "", *_split(telling, lead.elapsed.amounts, lead.working.amounts, lead.legal))
    )
    keys = [*(rung.step for rung in findings.ladder), ""]
    columns = ("column_step", "column_lane", "column_reach", "column_visits", "column_per_visit")
    return table(words("ladder_table"), (*map(words, columns), *_split_columns(telling)), rows, keys=keys)


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
            numbers.count(m.resources),
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
    heading = words("kaizen_design" if found[0].has_design else "kaizen_wait")
    return table(heading, map(words, ("column_what", "column_cases", "column_mean_elapsed")), rows)


def _above_name(telling: Telling, one: AboveDesign) -> str:
    if one.kind == "loop":
        return f"{telling.words('loop')} {telling.plain.route(one.name)}"
    return telling.plain.title(one.name[0])


def _parts(scene: Scene, amounts: Amounts) -> tuple[Part, ...]:
    kinds = (("wait", "wait"), ("process", "work"), ("elsewhere", "elsewhere"), ("unknown", "either"))
    values = [(getattr(amounts, f"{name}_seconds"), fill) for name, fill in kinds]
    return tuple(Part(v, fill, f"{scene.words(fill)} {scene.short(v)}") for v, fill in values if v > 0)


def kinds_section(telling: Telling) -> Section | None:
    """Return the ladders of all, the typical and the slow cases, each of which adds up."""
    findings, words = telling.findings, telling.words
    ladders = [("typical", findings.ladder_typical), ("slow", findings.ladder_slow)]
    shown = [(key, ladder) for key, ladder in ladders if ladder is not None and ladder.cases]
    if not shown:
        return None
    # in the law's clock only where each part has a ladder in it
    legal = telling.has_legal and all(any(r.legal and r.legal.cases for r in ladder.rungs) for _, ladder in shown)
    answer = [
        telling.by_clock(lambda scene, key=key, of=ladder: _kind_said(scene, key, of), legal=legal)
        for key, ladder in shown
    ]
    figure = Figure(
        words("kinds_title"),
        answer[0],
        telling.by_clock(lambda s: _kinds_picture(s, shown), "kinds", legal=legal),
    )
    steps = [rung.step for rung in findings.ladder]
    by_step = [{rung.step: rung for rung in ladder.rungs} for _, ladder in shown]
    rows = []
    for rung in findings.ladder:
        others = [found.get(rung.step) for found in by_step]
        cells = [_total(telling, other, legal) if other else "–" for other in others]
        rows.append((telling.plain.title(rung.step), _total(telling, rung, legal), *cells))
    columns = [words("column_step"), words("kind_all"), *(words(f"kind_{key}") for key, _ in shown)]
    return Section(
        "kinds",
        words("kinds_question"),
        tuple(answer),
        (figure,),
        (table(words("kinds_title"), columns, rows),) if steps else (),
        untold=() if legal else telling.untold("legal"),
    )


def _total(telling: Telling, rung: Rung, legal: bool) -> Said:
    days = rung.legal.total_days if legal and rung.legal else None
    return telling.amount(rung.elapsed.total_seconds, rung.working.total_seconds, days)


def _kind_said(scene: Scene, key: str, ladder: Ladder) -> str:
    """Return the mean of a part of the cases, which is the sum of its ladder."""
    mean = sum(scene.booked(rung).total_seconds for rung in ladder.rungs)
    count = scene.numbers.count(ladder.cases)
    return scene.words("kinds_answer", kind=scene.words(f"kind_{key}"), cases=count, mean=scene.long(mean))


def _kinds_picture(scene: Scene, shown: list[tuple[str, Ladder]]) -> str:
    rows = [("all", scene.findings.ladder), *((key, ladder.rungs) for key, ladder in shown)]
    drawn = []
    for key, rungs in rows:
        added = {n: sum(getattr(scene.booked(r), n) for r in rungs) for n in Amounts.model_fields}
        total = Amounts(**added)
        drawn.append(Bar(scene.words(f"kind_{key}"), _parts(scene, total), scene.short(total.total_seconds)))
    heading = scene.words("kinds_title")
    return bars(scene, drawn, heading, "; ".join(f"{b.name} {b.said}" for b in drawn))


def loops_section(telling: Telling) -> Section:
    """Return what each loop costs; with the rest, direct route and loops are the lead time."""
    findings, words, numbers = telling.findings, telling.words, telling.numbers
    largest = sorted(findings.loops, key=lambda loop: -loop.elapsed.total_seconds)
    if not largest:
        return Section("loops", words("loops_question"), (_no_loop(telling),))
    top = largest[0]
    answer = telling.by_clock(
        lambda s: s.words(
            "loops_answer_plain" if is_silent(top.share_of_cases) else "loops_answer",
            path=s.route(top.path),
            time=s.long(s.booked(top).total_seconds),
            share=numbers.share(top.share_of_cases),
            direct=s.long(s.booked(findings.direct_route).total_seconds),
        ),
        legal=True,
    )
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
            *_split(telling, loop.elapsed, loop.working, loop.legal),
        )
        for loop in largest
    ]
    if findings.other_loops:
        name = words("other_loops", count=numbers.count(findings.other_loops_count))
        rest = findings.other_loops
        rows.append((name, "", "", "", "", *_split(telling, rest.elapsed, rest.working, rest.legal)))
    direct = findings.direct_route
    rows.append((words("direct_route"), "", "", "", "", *_split(telling, direct.elapsed, direct.working, direct.legal)))
    columns = ("column_loop", "column_cases", "column_share", "column_times", "column_per_looping_case")
    listed = table(words("loops_title"), (*map(words, columns), *_split_columns(telling)), rows)
    answers, tables = (answer, *supplements_said(telling)), (listed, *again_tables(telling, largest))
    return Section("loops", words("loops_question"), answers, (figure,), tables, (words("bars_legend"),))


def _no_loop(telling: Telling) -> Said:
    """Return that there are no loops, or that those there are make too small groups to be told one by one."""
    rest = telling.findings.other_loops
    if rest is None:
        return telling.words("loops_none")
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
        drawn.append(Bar(scene.route(loop.path), _parts(scene, amount), said))
    summary_said = "; ".join(f"{bar.name} {bar.said}" for bar in drawn[:3])
    return bars(scene, drawn, scene.words("loops_title"), summary_said, names=520.0, wide=1180.0)


def handoffs_section(telling: Telling) -> Section:
    """Return the handoffs between teams with the wait that follows them."""
    findings, words, numbers = telling.findings, telling.words, telling.numbers
    teams = [h for h in findings.handoffs if h.level == "team"]
    if not findings.handoffs:
        return Section("handoffs", words("handoffs_question"), (words("handoffs_none"),))
    largest = sorted(teams or findings.handoffs, key=lambda h: -_whole_wait(h))
    top = largest[0]
    answer = telling.by_clock(
        lambda s: s.words(
            "handoffs_answer",
            start=s.lane(top.from_),
            end=s.lane(top.to),
            count=numbers.count(top.count),
            wait=s.long(wait_after(s, top)),
        ),
        legal=has_legal(telling),
    )
    figure = Figure(
        words("handoffs_title"),
        answer,
        telling.by_clock(lambda s: _handoff_picture(s, largest[:MOST_BARS]), "handoffs", legal=has_legal(telling)),
    )
    rows = [
        (
            f"{telling.plain.lane(h.from_)} → {telling.plain.lane(h.to)}",
            words(f"level_{h.level}"),
            *_handoff_cells(telling, h),
        )
        for h in sorted(findings.handoffs, key=lambda h: (h.level != "team", -_whole_wait(h)))
    ]
    columns = (
        "column_handoff",
        "column_level",
        "column_times",
        "column_cases",
        "column_wait_after",
        "column_ping_pong",
        "column_order_unknown",
    )
    listed = table(words("handoffs_title"), map(words, columns), rows)
    tables = (listed, *levels_table(telling))
    figures = (figure, *handoff_figures(telling))
    untold = () if has_legal(telling) else telling.untold("legal")
    return Section("handoffs", words("handoffs_question"), (answer,), figures, tables, untold=untold)


def _whole_wait(one: Handoff) -> float:
    return one.elapsed_wait_seconds * one.count


def _handoff_cells(telling: Telling, one: Handoff) -> tuple[Said, ...]:
    """Return the figures of a handoff."""
    count = telling.numbers.count
    legal = wait_after(telling.scene("legal", "plain"), one) if has_legal(telling) else None
    days = None if legal is None else legal / DAY
    wait = telling.amount(one.elapsed_wait_seconds, one.working_wait_seconds, days)
    return (count(one.count), count(one.cases), wait, count(one.ping_pongs), count(one.order_unknown))


def _handoff_picture(scene: Scene, handoffs: list[Handoff]) -> str:
    cases = max(scene.findings.cohort.cases, 1)
    fill = "wait" if scene.findings.knowledge.starts_known_share >= STARTS_ENOUGH else "either"
    drawn = []
    for one in handoffs:
        per_case = wait_per_case(scene, one, cases)
        said = f"{scene.short(per_case)} · {scene.numbers.count(one.count)}×"
        drawn.append(Bar(f"{scene.lane(one.from_)} → {scene.lane(one.to)}", (Part(per_case, fill, said),), said))
    said = "; ".join(f"{bar.name} {bar.said}" for bar in drawn[:3])
    return bars(scene, drawn, scene.words("handoffs_title"), said, names=330.0)
