"""The section of the kinds of cases: the ladder of all beside those of the typical and the slow ones."""

from __future__ import annotations

from flows.publish.page_split import parts
from flows.publish.page_tables import Figure, Said, Section, Telling, table
from flows.publish.svg.bars import Bar, bars
from flows.publish.svg.scene import Scene
from mining.results.stream import Ladder, Rung
from mining.results.times import Amounts


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
        drawn.append(Bar(scene.words(f"kind_{key}"), parts(scene, total), scene.short(total.total_seconds)))
    heading = scene.words("kinds_title")
    return bars(scene, drawn, heading, "; ".join(f"{b.name} {b.said}" for b in drawn))
