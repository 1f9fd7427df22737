"""The section about why it waited, and the tables about work that came again."""

from __future__ import annotations

from flows.publish.disclosure_mark import is_silent
from flows.publish.page_tables import Said, Section, Table, Telling, table
from flows.publish.svg.scene import Scene
from mining.results.rework import Loop
from mining.results.waiting import CauseAmounts, WaitCause, WaitCauses

CAUSES = ("batching", "queue", "absent", "unexplained", "not_determinable")
MOST_ROWS = 40


def causes_section(telling: Telling) -> Section | None:
    """Return the causes of the waiting, or why they cannot be told, and beside it the certain wait."""
    words, causes, certain = telling.words, telling.findings.wait_causes, telling.findings.certain_wait
    answer: list[Said] = []
    tables: list[Table] = []
    if causes and causes.is_determinable:
        answer.append(telling.by_clock(lambda scene: _causes_said(scene, causes)))
        tables += [_causes_table(telling, causes), _reasons_table(telling, causes)]
    elif causes and causes.why_not:
        answer.append(words(f"causes_{causes.why_not}"))
    if certain and telling.plain.lead.mean is not None:
        answer.append(telling.by_clock(_certain_said))
        tables.append(_certain_table(telling))
    shown = tuple(t for t in tables if t.rows)
    return (
        Section("causes", words("causes_question"), tuple(answer), (), shown, untold=telling.untold("legal"))
        if answer
        else None
    )


def _causes_said(scene: Scene, causes: WaitCauses) -> str:
    amounts = causes.working if scene.clock == "working" else causes.elapsed
    share = causes.determined_share_working if scene.clock == "working" else causes.determined_share_elapsed
    told = {cause: scene.long(getattr(amounts, f"{cause}_seconds")) for cause in CAUSES[:-1]}
    return scene.words("causes_answer", share=scene.numbers.share(share), **told)


def _cells(telling: Telling, elapsed: CauseAmounts, working: CauseAmounts) -> tuple[Said, ...]:
    names = (*(f"{cause}_seconds" for cause in CAUSES), "wait_seconds")
    return tuple(telling.amount(getattr(elapsed, name), getattr(working, name)) for name in names)


def _causes_table(telling: Telling, causes: WaitCauses) -> Table:
    words, numbers = telling.words, telling.numbers
    rows: list[tuple[Said, ...]] = [
        (
            _name(telling, row),
            numbers.count(row.segments),
            numbers.share(row.determined_share),
            *_cells(telling, row.elapsed, row.working),
        )
        for row in causes.rows[:MOST_ROWS]
    ]
    share = numbers.share(causes.determined_share_elapsed)
    rows.append((words("causes_all"), "", share, *_cells(telling, causes.elapsed, causes.working)))
    columns = ("column_what", "column_times", "column_determined", *(f"cause_{c}" for c in CAUSES), "column_total")
    return table(words("causes_table"), map(words, columns), rows)


def _name(telling: Telling, row: WaitCause) -> str:
    if row.scope == "few_people":
        return telling.words("causes_few")
    if row.scope == "handoff":
        return f"{telling.plain.lane(row.from_lane)} → {telling.plain.lane(row.to_lane)}"
    return telling.plain.title(row.step or "unknown")


def _reasons_table(telling: Telling, causes: WaitCauses) -> Table:
    words = telling.words
    rows = [
        (
            words(f"reason_{one.reason}"),
            telling.numbers.count(one.segments),
            telling.amount(one.elapsed_seconds, one.working_seconds),
        )
        for one in causes.not_determined
    ]
    return table(words("column_why_not"), map(words, ("column_why_not", "column_times", "column_total")), rows)


def _certain_said(scene: Scene) -> str:
    certain = scene.findings.certain_wait
    if certain is None:
        return ""
    working = scene.clock == "working"
    return scene.words(
        "certain_answer",
        wait=scene.long(certain.working_seconds if working else certain.elapsed_seconds),
        share=scene.numbers.share(certain.share_working if working else certain.share_elapsed),
        assumption=scene.words.of(certain.assumption),
    )


def _certain_table(telling: Telling) -> Table:
    words, certain = telling.words, telling.findings.certain_wait
    rows = [
        (
            telling.plain.title(step.step),
            telling.amount(step.elapsed_seconds, step.working_seconds),
            telling.amount(step.of_unknown_elapsed_seconds, step.of_unknown_working_seconds),
        )
        for step in (certain.steps if certain else ())
    ]
    columns = ("column_step", "column_certain", "column_certain_unknown")
    return table(words("certain_table"), map(words, columns), rows)


def again_tables(telling: Telling, loops: list[Loop]) -> tuple[Table, ...]:
    """Return the loops by kind with who did them again, and what the citizen was asked more than once."""
    words, numbers = telling.words, telling.numbers
    rows = [
        (
            telling.plain.route(loop.path),
            words(f"loop_{loop.kind}"),
            numbers.decimal(loop.times_per_case, 2),
            telling.amount(loop.elapsed_per_time_seconds, loop.working_per_time_seconds),
            numbers.count(loop.again.redo if loop.again else None),
            numbers.count(loop.again.repeat if loop.again else None),
            numbers.count(loop.again.not_determinable if loop.again else None),
            numbers.count(loop.order_unknown_occurrences),
        )
        for loop in loops
    ]
    columns = (
        "column_loop",
        "column_kind_of_loop",
        "column_times_per_case",
        "column_per_time",
        "column_redo",
        "column_repeat",
        "cause_not_determinable",
        "column_order_unknown",
    )
    asked = [
        (telling.plain.activity(one.activity), *map(numbers.count, (one.cases, one.times, one.cases_more_than_once)))
        for one in telling.findings.supplements.asked
    ]
    names = ("column_what", "column_cases", "column_times", "column_asked_again")
    found = (
        table(words("again_table"), map(words, columns), rows),
        table(words("asked_table"), map(words, names), asked),
    )
    return tuple(t for t in found if t.rows)


def supplements_said(telling: Telling) -> tuple[Said, ...]:
    """Return in sentences how often a case lay with the citizen again; none of what may not be told."""
    found, count = telling.findings.supplements, telling.numbers.count
    if not found.times or all(is_silent(n) for n in (found.cases, found.times, found.cases_more_than_once)):
        return ()

    def said(scene: Scene) -> str:
        words, more, cost = scene.words, found.cases_more_than_once, found.cost_more_than_once
        sentences = [] if is_silent(found.cases) else [words("supplement_cases", cases=count(found.cases))]
        if not is_silent(found.times):
            sentences.append(words("supplement_times", times=count(found.times)))
        spent = scene.booked(cost).total_seconds if cost else 0.0
        if not (is_silent(more) or is_silent(spent)):
            sentences.append(words("supplement_more", more=count(more), cost=scene.long(spent)))
        return " ".join(sentences)

    return (telling.by_clock(said),)


def levels_table(telling: Telling) -> tuple[Table, ...]:
    """Return the handoffs of each level together."""
    words, numbers = telling.words, telling.numbers
    rows = [
        (
            words(f"level_{one.level}"),
            numbers.count(one.count),
            numbers.share(one.share_of_cases),
            numbers.rate(one.per_case, 2),
            telling.amount(one.elapsed_wait_seconds, one.working_wait_seconds),
            numbers.count(one.ping_pongs),
            telling.amount(one.ping_pong_elapsed_wait_seconds, one.ping_pong_working_wait_seconds),
            numbers.count(one.unknown_holder),
            numbers.count(one.order_unknown),
        )
        for one in telling.findings.handoff_levels
    ]
    columns = (
        "column_level",
        "column_times",
        "column_share_of_cases",
        "column_per_case",
        "column_wait_per_case",
        "column_ping_pong",
        "column_ping_pong_wait",
        "column_unknown_holder",
        "column_order_unknown",
    )
    return (table(words("levels_table"), map(words, columns), rows),) if rows else ()
