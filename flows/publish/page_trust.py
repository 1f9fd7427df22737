"""The sections about what the page rests on: quality per source, reconciliation, the run."""

from __future__ import annotations

from flows.publish.noted import noted
from flows.publish.page_linking import linking_tables
from flows.publish.page_numbers import between
from flows.publish.page_tables import Section, Table, Telling, table
from mining.results.quality import Measure

MARKS = {"warn": "▲", "stop": "■"}
MOST_WARNINGS = 12


def quality_section(telling: Telling) -> Section:
    """Return the gate's verdict per source, with every measure."""
    words, quality = telling.words, telling.findings.quality
    by_verdict = {name: sum(s.verdict == name for s in quality.sources) for name in ("ok", "warn", "stop")}
    answer = words(
        "quality_answer",
        verdict=words(f"verdict_{quality.verdict}"),
        **{name: telling.numbers.count(count) for name, count in by_verdict.items()},
    )
    tables = [
        table(
            words("quality_source", source=_source(telling, source.source), verdict=words(f"verdict_{source.verdict}")),
            map(
                words,
                ("column_measure", "column_value", "column_warn", "column_stop", "column_verdict", "column_detail"),
            ),
            [_measure(telling, measure) for measure in source.measures],
        )
        for source in quality.sources
    ]
    return Section(
        "quality", words("quality_question"), (answer, *_warnings(telling)), tables=tuple(t for t in tables if t.rows)
    )


def _warnings(telling: Telling) -> tuple[str, ...]:
    """Return each measure that is not in order, the worst first, in a sentence of its own."""
    found = [(m, s.source) for s in telling.findings.quality.sources for m in s.measures if m.verdict in MARKS]
    found.sort(key=lambda pair: pair[0].verdict != "stop")
    return tuple(_warning(telling, measure, source) for measure, source in found[:MOST_WARNINGS])


def _warning(telling: Telling, measure: Measure, source: str) -> str:
    name, value = telling.words.of(measure.title, measure.measure), _value(telling, measure, measure.value)
    return f"{MARKS[measure.verdict]} {_source(telling, source)}: {name}, {value}"


def _source(telling: Telling, name: str) -> str:
    found = next((s for s in telling.findings.sources if s.source == name), None)
    return telling.words.of(found.title, name) if found else name


def _measure(telling: Telling, measure: Measure) -> tuple[str, ...]:
    mark = {"ok": "✓", "warn": "▲", "stop": "■", "not_determinable": "–"}[measure.verdict]
    return (
        telling.words.of(measure.title, measure.measure),
        _value(telling, measure, measure.value),
        _value(telling, measure, measure.warn) if measure.warn is not None else "",
        _value(telling, measure, measure.stop) if measure.stop is not None else "",
        f"{mark} {telling.words(f'verdict_{measure.verdict}')}",
        "; ".join(filter(None, (telling.words.of(measure.detail), *_examples(telling, measure)))),
    )


def _examples(telling: Telling, measure: Measure) -> tuple[str, ...]:
    """Return the examples; of what is in quarantine they are reasons with how many: 'time_missing (4)'."""
    if measure.measure != "quarantined":
        return measure.examples[:5]
    pairs = (example.partition(" (") for example in measure.examples[:5])
    return tuple(f"{noted(reason, telling.words.language)}{sign}{count}" for reason, sign, count in pairs)


def _value(telling: Telling, measure: Measure, value: float | None) -> str:
    if value is None:
        return telling.words("unknown")
    if measure.unit == "share":
        return telling.numbers.share(value, 1)
    if measure.unit == "flag":
        return telling.words("yes" if value else "no")
    if measure.unit == "days":
        return f"{telling.numbers.decimal(value)} {telling.words('long_day')}"
    return telling.numbers.decimal(value, 0)


def reconciliation_section(telling: Telling) -> Section:
    """Return the law of reconciliation, source by source."""
    words, numbers, rows = telling.words, telling.numbers, telling.findings.reconciliation
    holds = all(row.holds for row in rows)
    read = numbers.count(sum(row.read for row in rows))
    columns = ("read", "stored", "replaced", "already_known", "ignored", "quarantined")
    body = [
        (
            _source(telling, row.source),
            *(numbers.count(getattr(row, name)) for name in columns),
            f"✓ {words('yes')}" if row.holds else f"■ {words('no')}",
            "; ".join(
                f"{noted(reason, words.language)}: {numbers.count(n)}"
                for reason, n in (*row.quarantine_reasons.items(), *row.ignored_reasons.items())
            ),
        )
        for row in rows
    ]
    names = ("column_source", *(f"column_{name}" for name in columns), "column_holds", "column_reasons")
    return Section(
        "reconciliation",
        words("reconciliation_question"),
        (words("reconciliation_holds" if holds else "reconciliation_broken", read=read),),
        tables=(
            table(words("reconciliation_title"), map(words, names), body, is_open=True),
            *linking_tables(telling, _source),
        ),
    )


def _interval(telling: Telling) -> str:
    run, zone = telling.findings.run, telling.findings.project.zone
    ends = {"run_since": ("begin", run.interval_from), "run_until": ("end", run.interval_to)}
    told = [telling.words(key, **{n: telling.numbers.day(at, zone)}) for key, (n, at) in ends.items() if at]
    return " ".join(told) or telling.words("run_whole")


def run_section(telling: Telling) -> Section:
    """Return what anyone needs to make this page again, and why it may be made."""
    findings, words, numbers = telling.findings, telling.words, telling.numbers
    run, log, zone = findings.run, findings.log, findings.project.zone
    facts = (
        ("run_id", run.run_id),
        ("run_as_of", f"{numbers.moment(run.as_of, zone)} ({zone})"),
        ("run_interval", _interval(telling)),
        ("run_mapping", f"{findings.project.name} {run.mapping_hash}"),
        ("run_store", _store(telling, run.store_version)),
        ("run_program", run.program_version or "–"),
        (
            "run_log",
            words(
                "run_log_said",
                cases=numbers.count(log.cases),
                events=numbers.count(log.events),
                activities=numbers.count(log.activities),
                variants=numbers.count(log.variants),
            ),
        ),
        ("run_window", between(numbers.day(log.first_at, zone), numbers.day(log.last_at, zone))),
        ("run_without", numbers.count(log.without_lead_time)),
        ("run_purpose", words.of(findings.project.purpose)),
        ("run_basis", words.of(findings.project.legal_basis)),
        ("run_schema", findings.schema_version),
    )
    rows = [(words(key), value) for key, value in facts]
    columns = map(words, ("column_what", "column_value"))
    return Section(
        "run",
        words("run_question"),
        (words("run_answer"),),
        tables=(table(words("run_title"), columns, rows, is_open=True), *_readings(telling)),
    )


def _store(telling: Telling, versions: dict[str, int]) -> str:
    named = (f"{noted(name, telling.words.language)}: {version}" for name, version in versions.items())
    return ", ".join(named) or "–"


def _readings(telling: Telling) -> tuple[Table, ...]:
    """Return what reading the live systems took, where there is one."""
    words, numbers, readings = telling.words, telling.numbers, telling.findings.run.readings
    rows = [
        (
            _source(telling, each.source),
            numbers.count(each.requests) if each.requests else "–",
            _notes(telling, each.notes),
        )
        for each in readings
    ]
    names = ("column_source", "column_requests", "column_notes")
    return (table(words("readings_title"), map(words, names), rows),) if rows else ()


def _notes(telling: Telling, notes: dict[str, int]) -> str:
    language, count = telling.words.language, telling.numbers.count
    return "; ".join(f"{noted(what, language)}: {count(n)}" for what, n in notes.items())
