"""The page of a journey without a log: the blueprint, the personas, the norms, for a team that begins on the wall.

In: the project file and the journeys of a folder. Out: one self-contained page in both languages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from flows.publish.page import TEMPLATES, content_hash, template
from flows.publish.page_journey import overlay_section
from flows.publish.page_tables import Figure, Section, Telling, table
from flows.publish.svg.draw import PALETTE
from flows.publish.svg.flow_layout import flow_layout
from flows.publish.svg.wall import Wall
from flows.publish.svg.wall_boxes import wall
from flows.publish.words import LANGUAGES, Words
from mappings.base import Days
from mappings.journey import Change, Journey, Norm
from mappings.law import shipped_law
from mappings.project import ProjectFile
from mining.without_log import without_log


def design_page(file: ProjectFile, journeys: tuple[Journey, ...], as_of: datetime) -> str:
    """Return the page as HTML; it opens in the project's language."""
    findings = without_log(file, journeys, as_of)
    order = sorted(LANGUAGES, key=lambda each: each != file.language)
    tellings = [Telling(findings, Words(language)) for language in order]
    style = template("page.css.j2").render(palette=PALETTE)
    script = (TEMPLATES / "page.js").read_text("utf-8")
    return template("design.html.j2").render(
        findings=findings,
        first=file.language,
        tellings=[(telling, _sections(telling, journeys)) for telling in tellings],
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        style_hash=content_hash(style),
        script_hash=content_hash(script),
    )


def _sections(telling: Telling, journeys: tuple[Journey, ...]) -> list[Section]:
    designed = next((j for j in journeys if j.kind == "designed"), None)
    drawn = overlay_section(telling)
    told: list[Section | None] = []
    if designed is not None and drawn is not None:
        question = telling.words.of(telling.findings.journeys[journeys.index(designed)].title, designed.name)
        shown = replace(drawn, question=question, figures=_figures(telling, designed) or drawn.figures)
        told = [shown, _personas(telling), _norms(telling, designed)]
    told += [_changes(telling, journey) for journey in journeys if journey.changes]
    return [section for section in told if section is not None]


def _figures(telling: Telling, journey: Journey) -> tuple[Figure, ...]:
    """Return the journey on the wall; a design whose flow is unknown has none."""
    facts, words = telling.plain.design, telling.words
    if facts is None or journey.flow is None:
        return ()
    layout = flow_layout(journey.flow, {name: step.layer for name, step in journey.steps.items()})
    phases = {phase: _text(words, title, phase) for phase, title in journey.phases.items()}
    personas = {key: _text(words, persona.name, key) for key, persona in journey.personas.items()}
    drawn = Wall(telling.scene("elapsed", "wall"), facts, layout, phases, personas)
    heading = words("wall_title")
    summary = words("wall_longest", count=len(facts.steps), total=telling.numbers.long(facts.total_seconds))
    return (Figure(heading, summary, wall(drawn, heading, summary), is_wide=True),)


def _personas(telling: Telling) -> Section | None:
    words = telling.words
    personas = [p for journey in telling.findings.journeys for p in journey.personas]
    rows = [
        (words.of(p.name), *(words.of(said) or "–" for said in (p.goal, p.need, p.pain, p.skill))) for p in personas
    ]
    columns = ("column_persona", "column_goal", "column_need", "column_pain", "column_skill")
    listed = table(words("persona_table"), map(words, columns), rows, is_open=True)
    return Section("personas", words("design_personas"), tables=(listed,)) if rows else None


def _norms(telling: Telling, journey: Journey) -> Section:
    words = telling.words
    rows = [_norm(telling, norm) for norm in journey.norms]
    columns = ("norm", "norm_kind", "norm_span", "norm_limit", "norm_clock", "norm_source")
    listed = table(words("design_norms"), [words(f"design_{c}") for c in columns], rows, is_open=True)
    names = {
        "delivers": journey.delivers,
        "ends": journey.ends_without_delivery,
        "reopens": journey.reopens,
    }
    told = {key: ", ".join(_event(words, each) for each in value) or words("none") for key, value in names.items()}
    said = words("design_endings", **told)
    return Section("norms", words("design_norms_question"), (said,), tables=(listed,) if rows else ())


def _norm(telling: Telling, norm: Norm) -> tuple[str, ...]:
    words = telling.words
    return (
        _text(words, norm.title, norm.name),
        words(f"{norm.kind}_norm"),
        f"{_event(words, norm.from_)} → {_event(words, norm.to)}",
        _limit(telling, norm),
        words.either(f"clock_{norm.clock}", norm.clock),
        _text(words, norm.source, "–"),
    )


def _event(words: Words, name: str) -> str:
    """Return the name of an activity as people read it; the two ends of a case have words of their own."""
    return words(f"design_{name}") if name in ("received", "delivered") else name.replace("_", " ")


def _limit(telling: Telling, norm: Norm) -> str:
    """Return the amount, the months, the case's own date, or the amount that the rule of law itself has."""
    if norm.months is not None:
        return telling.words("legal_months", months=norm.months)
    if norm.target is not None:
        return telling.words("design_target", target=norm.target)
    amount = norm.amount or shipped_law().awb.rules[norm.rule].amount
    is_in_hours = norm.clock in ("working", "lane_working") and not isinstance(amount, Days)
    return telling.numbers.long(amount.total_seconds(), "working" if is_in_hours else "elapsed")


def _changes(telling: Telling, journey: Journey) -> Section:
    words = telling.words
    rows = [(telling.plain.title(c.step), _change(telling, c), _text(words, c.why, "–")) for c in journey.changes]
    title = _text(words, journey.title, journey.name)
    columns = (words("column_step"), words("design_change"), words("design_why"))
    listed = table(words("design_change_table", journey=title), columns, rows, is_open=True)
    return Section(f"changes-{journey.name}", f"{title}: {words('design_changes')}", tables=(listed,))


def _change(telling: Telling, change: Change) -> str:
    words, numbers = telling.words, telling.numbers
    if change.skip:
        return words("design_skip")
    said = []
    if change.designed is not None:
        times = {"process": change.designed.process, "wait": change.designed.wait}
        shown = {
            key: numbers.short(value.total_seconds() if value is not None else None) for key, value in times.items()
        }
        said.append(words("design_time", **shown))
    if change.reach is not None:
        said.append(words("design_reach", share=numbers.share(change.reach)))
    if change.visits is not None:
        said.append(words("design_visits", visits=numbers.decimal(change.visits)))
    return "; ".join(said)


def _text(words: Words, text: object, otherwise: str) -> str:
    """Return a text of the mapping, which is one string or one a language."""
    if isinstance(text, dict):
        return words.of(text, otherwise)
    return str(text) if text else otherwise
