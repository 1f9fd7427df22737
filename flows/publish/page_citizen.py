"""Tables of the citizen's side: the counters that were met, the same information asked twice, and names of scores."""

from __future__ import annotations

from flows.publish.page_tables import Table, Telling, table
from flows.publish.words import Words
from mining.results.citizen import Score

EMOTION = "EMOTION"
"""The score on the scale on which a design says what it expects."""


def kpi_title(words: Words, kpi: str) -> str:
    """Return what people call a score."""
    return words("kpi_emotion") if kpi == EMOTION else kpi


def score_about(score: Score) -> str:
    """Return the key of what a score without a step is about: a score that contacts carry is not about the end."""
    return "score_at_contact" if score.invited is None else "score_at_end"


def counter_tables(telling: Telling) -> list[Table]:
    """Return the counters with their contacts, and how many different ones cases met."""
    found, words, count = telling.findings.contacts.counters, telling.words, telling.numbers.count
    if not found.in_all:
        return []
    scene = telling.scene("elapsed", "counters")
    sources = {one.source: words.of(one.title, one.source) for one in telling.findings.sources}
    points = []
    for one in found.points:
        holder = scene.lanes.get(one.holder) or sources.get(one.holder, one.holder)
        named = f"{holder} · {words.either(f'channel_{one.channel}', one.channel)}"
        points.append((named, count(one.contacts), count(one.cases)))
    if len(points) < found.in_all:
        points.append((words("contacts_not_shown"), words("not_told"), words("not_told")))
    numbers = [
        (words("world_least", amount=number) if found.is_least else number, count(cases))
        for number, cases in found.by_number.items()
    ]
    return [
        table(words("counters_table"), map(words, ("column_counter", "column_contacts", "column_cases")), points),
        table(words("counters_number_table"), map(words, ("column_counters", "column_cases")), numbers),
    ]


def asked_tables(telling: Telling) -> list[Table]:
    """Return what citizens were asked for more than once, as the mapping says what each activity asks for."""
    words, count = telling.words, telling.numbers.count
    rows = [
        (
            words.of(one.topic),
            *map(count, (one.cases, one.times, one.cases_more_than_once, one.cases_by_several)),
        )
        for one in telling.findings.contacts.asked
    ]
    columns = ("column_information", "column_cases", "column_times", "column_asked_again", "column_asked_by_several")
    return [table(words("asked_about_table"), map(words, columns), rows)] if rows else []
