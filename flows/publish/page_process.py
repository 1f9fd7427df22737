"""The section of the process map: its switch and sliders, the discovered process as BPMN, how well models fit."""

from __future__ import annotations

from html import escape

from flows.publish.noted import noted
from flows.publish.page_tables import Figure, Said, Section, Table, Telling, table
from flows.publish.svg.bpmn_picture import bpmn_picture
from flows.publish.svg.process_map import Cut, cut, process_map
from mining.results.process import ModelQuality

MOST_EDGE_ROWS = 150


def process_section(telling: Telling) -> Section | None:
    """Return the directly-follows graph, with what of it is drawn and what is not."""
    findings, words = telling.findings, telling.words
    if not findings.dfg:
        return None
    shown = cut(findings)
    answer = _main_way(telling)
    heading, said = words("process_title"), _cut_said(telling, shown)
    picture = process_map(telling.scene("elapsed", "process"), shown, heading, said)
    rows = [
        (
            f"{telling.plain.activity(e.from_)} → {telling.plain.activity(e.to)}",
            *map(telling.numbers.count, (e.count, e.cases)),
            telling.numbers.short(e.mean_seconds),
            telling.numbers.short(e.median_seconds),
        )
        for e in sorted(findings.dfg, key=lambda e: -e.count)[:MOST_EDGE_ROWS]
    ]
    columns = map(words, ("column_path", "column_times", "column_cases", "column_mean_time", "column_median_time"))
    named = words("path_table", shown=len(rows), count=telling.numbers.count(shown.all_edges))
    tables = [table(named, columns, rows), _model_table(telling)]
    controls = _controls(telling, shown, said)
    figures = (
        Figure(heading, words("process_note", n=telling.smallest), picture, is_wide=True, controls=controls),
        *_discovered(telling),
    )
    return Section(
        "process",
        words("process_question"),
        (answer,),
        figures,
        tuple(t for t in tables if t.rows),
        untold=telling.untold("working", "legal"),
    )


def _main_way(telling: Telling) -> str:
    """Return the path that is taken most, and the one after which most time goes by, both counted."""
    findings, plain, numbers = telling.findings, telling.plain, telling.numbers
    often = max(findings.dfg, key=lambda e: (e.count, e.from_, e.to))
    most = max(findings.dfg, key=lambda e: (e.count * (e.mean_seconds or 0.0), e.from_, e.to))
    return telling.words(
        "process_most",
        often=f"{plain.activity(often.from_)} → {plain.activity(often.to)}",
        count=numbers.count(often.count),
        most=f"{plain.activity(most.from_)} → {plain.activity(most.to)}",
        mean=numbers.long(most.mean_seconds),
        times=numbers.count(most.count),
    )


def _cut_said(telling: Telling, shown: Cut) -> str:
    count = telling.numbers.count
    return telling.words(
        "process_shown",
        nodes=count(shown.first_nodes),
        all_nodes=count(shown.all_nodes),
        hidden_nodes=count(shown.all_nodes - shown.first_nodes),
        edges=count(len(shown.shown)),
        all_edges=count(shown.all_edges),
        hidden=count(shown.all_edges - len(shown.shown)),
        share=_of_all(telling, shown),
    )


def _of_all(telling: Telling, shown: Cut) -> str:
    """Return the percentage of the transitions that is shown: no 100 while paths are hidden."""
    told = telling.numbers.decimal(100 * shown.share)
    is_part = len(shown.shown) < shown.all_edges and told == telling.numbers.decimal(100)
    return telling.words("nearly_all") if is_part else told


def _controls(telling: Telling, shown: Cut, said: str) -> str:
    """Return the switch between how often and how long, the sliders, and what is hidden, counted in words."""
    words, language = telling.words, telling.words.language
    filled = {
        "nodes": "[nodes]",
        "all_nodes": "[allNodes]",
        "hidden_nodes": "[hiddenNodes]",
        "edges": "[paths]",
        "all_edges": "[allPaths]",
        "hidden": "[hidden]",
        "share": "[share]",
    }
    weights = {each: escape(words(f"weight_{each}")) for each in ("often", "long")}
    switch = "".join(
        f'<label><input type="radio" name="weight-{language}" value="{each}" data-switch="weight"'
        f"{' checked' if each == 'often' else ''}><span>{said_of}</span></label>"
        for each, said_of in weights.items()
    )
    titles = {each: escape(words(f"slider_{each}")) for each in ("activities", "paths")}
    sliders = "".join(
        f'<span><label for="{language}-{name}">{titles[name]}</label> '
        f'<input type="range" id="{language}-{name}" data-slider="{name}" min="1" max="{most}" value="{first}"> '
        f'<output for="{language}-{name}" data-of="{name}">{telling.numbers.count(first)}</output></span>'
        for name, first, most in (
            ("activities", shown.first_nodes, len(shown.nodes)),
            ("paths", shown.first_edges, len(shown.edges)),
        )
        if most
    )
    status = (
        f'<p class="note" role="status" data-said="{escape(words("process_shown", **filled))}" '
        f'data-all="{shown.transitions}" data-nodes="{shown.all_nodes}" data-edges="{shown.all_edges}" '
        f'data-nearly="{escape(words("nearly_all"))}" '
        f'data-locale="{telling.numbers.locale.replace("_", "-")}">{escape(said)}</p>'
    )
    legend = escape(words("choose_weight"))
    return f'<div class="sliders"><fieldset><legend>{legend}</legend>{switch}</fieldset>{sliders}</div>{status}'


def _discovered(telling: Telling) -> tuple[Figure, ...]:
    """Return the discovered process as BPMN; of several models the one that was mined for soundness."""
    found = next((m for m in telling.findings.discovery if m.kind == "inductive" and m.bpmn), None)
    if found is None or not found.bpmn:
        return ()
    words = telling.words
    heading = words("bpmn_title")
    said = words(
        "bpmn_said",
        share=telling.numbers.share(found.covered_share),
        fitness="–" if found.fitness is None else telling.numbers.decimal(found.fitness, 2),
    )
    drawn = bpmn_picture(telling.scene("elapsed", "bpmn"), found.bpmn, heading, said)
    return (Figure(heading, said, drawn, is_wide=True),)


def _model_table(telling: Telling) -> Table:
    words, numbers = telling.words, telling.numbers

    def measure(value: float | None) -> str:
        return "–" if value is None else numbers.decimal(value, 2)

    def row(model: ModelQuality) -> tuple[Said, ...]:
        return (
            words(f"model_{model.kind}"),
            *map(measure, (model.fitness, model.precision, model.simplicity)),
            "; ".join(noted(part, words.language) for part in model.fitness_method.split("; ")),
            numbers.share(model.covered_share),
        )

    overlay = telling.findings.overlay
    models = (*telling.findings.discovery, *(overlay.models if overlay else ()))
    columns = (
        "column_model",
        "column_fitness",
        "column_precision",
        "column_simplicity",
        "column_method",
        "column_covered",
    )
    return table(words("model_table"), map(words, columns), [row(m) for m in models])
