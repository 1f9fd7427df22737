"""The section of the dotted chart: when things are done on cases, by when these were received.

In: a telling. Out: a picture and a table by age, and the same by date, one shown at a time. A cell that is not told is
not told from an empty one; how much lies in such cells is said.
"""

from __future__ import annotations

from html import escape

from flows.publish.page_numbers import DAY
from flows.publish.page_tables import Figure, Section, Table, Telling, table
from flows.publish.svg.dots import column_name, dots
from mining.results.dotted import Dotted, DottedTime

SINCE = ("received", "calendar")


def dotted_section(telling: Telling) -> Section | None:
    """Return the chart; null where no case has a known begin."""
    chart, words = telling.findings.dotted, telling.words
    if chart is None or not any(time.cells for time in _times(chart)):
        return None
    answer = words(
        "dots_answer",
        events=telling.numbers.count(chart.events),
        cases=telling.numbers.count(chart.cases),
        half=telling.numbers.long(chart.half_seconds),
        busiest=_busiest(telling, chart, chart.calendar),
    ).strip()
    drawn = "".join(_figure(telling, chart, time) for time in _times(chart))
    figure = Figure(words("dots_title"), words("dots_how", days=chart.row_days), drawn, controls=_switch(telling))
    tables = tuple(_table(telling, chart, time) for time in _times(chart))
    return Section(
        "dotted", words("dots_question"), (answer,), (figure,), tables, untold=telling.untold("working", "legal")
    )


def _times(chart: Dotted) -> tuple[DottedTime, DottedTime]:
    return chart.since_received, chart.calendar


def _switch(telling: Telling) -> str:
    words = telling.words
    choices = "".join(
        f'<label><input type="radio" name="since-{words.language}" value="{each}" data-switch="since"'
        f"{' checked' if each == SINCE[0] else ''}><span>{escape(words(f'since_{each}'))}</span></label>"
        for each in SINCE
    )
    legend = escape(words("choose_since"))
    return f'<div class="sliders"><fieldset><legend>{legend}</legend>{choices}</fieldset></div>'


def _figure(telling: Telling, chart: Dotted, time: DottedTime) -> str:
    words = telling.words
    scene = telling.scene("elapsed", f"dots-{time.kind}")
    heading = words(f"dots_title_{time.kind}")
    said = _said(telling, chart, time)
    shown = SINCE[_times(chart).index(time)]
    drawn = dots(scene, chart, time, heading, said)
    return f'<div data-of-since="{shown}">{drawn}<p class="note">{escape(said)}</p></div>'


def _said(telling: Telling, chart: Dotted, time: DottedTime) -> str:
    """Return how the events were binned, and what is not drawn."""
    words, numbers = telling.words, telling.numbers
    whole = chart.events or 1
    drawn = min(sum(cell.events for cell in time.cells), whole)
    said = words(f"dots_said_{time.kind}", rows=chart.row_days, columns=numbers.whole(time.column_seconds))
    if telling.smallest <= 1:
        return said
    return f"{said} {words('dots_hidden', n=telling.smallest, hidden=numbers.share(1 - drawn / whole))}"


def _busiest(telling: Telling, chart: Dotted, time: DottedTime) -> str:
    """Return the busiest span of dates, against the mean of all spans; nothing where none is told."""
    if time.busiest is None or time.busiest_events == 0:
        return ""
    mean = chart.events / time.columns
    return telling.words(
        "dots_busiest",
        days=round(time.column_seconds / DAY),
        start=column_name(telling.plain, time, time.busiest),
        events=telling.numbers.count(time.busiest_events),
        times=telling.numbers.decimal(time.busiest_events / mean),
    )


def _table(telling: Telling, chart: Dotted, time: DottedTime) -> Table:
    words, numbers = telling.words, telling.numbers
    told = {(cell.row, cell.column): cell.events for cell in time.cells}
    columns = [c for c in range(time.columns) if any((row, c) in told for row in range(len(chart.rows)))]
    rows = [
        (
            f"{numbers.day(row.from_on)} – {numbers.day(row.to_on)}",
            numbers.count(int(row.cases)),
            *(numbers.count(int(told[n, c])) if (n, c) in told else "" for c in columns),
        )
        for n, row in enumerate(chart.rows)
    ]
    names = [words("dots_received"), words("column_cases"), *(column_name(telling.plain, time, c) for c in columns)]
    return table(words(f"dots_table_{time.kind}"), names, rows)
