"""The sections that lay the log over the journey: blueprint, variants, personas."""

from __future__ import annotations

from flows.publish.page_tables import Figure, Section, Table, Telling, table
from flows.publish.svg.blueprint import blueprint, laid
from flows.publish.svg.chevrons import chevrons
from mining.results.journey import JourneyFacts

MOST_VARIANTS = 12
MOST_VARIANT_ROWS = 50


def overlay_section(telling: Telling) -> Section | None:
    """Return the designed journey with what really happened beneath it."""
    journey, overlay, words = telling.plain.design, telling.findings.overlay, telling.words
    if journey is None or not journey.steps:
        return None
    answer = [_story(telling, journey)]
    if overlay:
        answer.append(_overlay_said(telling))
    heading = words("overlay_title", journey=words.of(journey.title, journey.name))
    picture = blueprint(laid(telling.scene("elapsed", "blueprint"), journey, overlay), heading, answer[-1])
    tables = [_deviation_table(telling), _design_table(telling, journey), _consequence_table(telling, journey)]
    notes = []
    if overlay and overlay.unmapped_activities:
        notes.append(words("unmapped", activities=", ".join(map(telling.plain.activity, overlay.unmapped_activities))))
    return Section(
        "overlay",
        words("overlay_question"),
        tuple(a for a in answer if a),
        (Figure(heading, answer[-1] or heading, picture, is_wide=True),),
        tuple(t for t in tables if t.rows),
        tuple(notes),
        telling.untold("working", "legal"),
    )


def _story(telling: Telling, journey: JourneyFacts) -> str:
    words = telling.words
    if not journey.story:
        return ""
    told = {key: words.of(journey.story.get(key, {})) for key in ("als", "wil_ik", "zodat")}
    return words("story", **told)


def _overlay_said(telling: Telling) -> str:
    overlay, numbers = telling.findings.overlay, telling.numbers
    if overlay is None:
        return ""
    return telling.words(
        "overlay_answer",
        fitting=numbers.count(overlay.fitting_cases),
        aligned=numbers.count(overlay.aligned_cases),
        share=numbers.share(overlay.aligned_share),
        fitness=numbers.fitness(overlay.mean_fitness),
    )


def _deviation_table(telling: Telling) -> Table:
    words, numbers, overlay = telling.words, telling.numbers, telling.findings.overlay
    rows = [
        (
            telling.plain.title(d.step),
            words(f"deviation_{d.kind}"),
            numbers.count(d.cases),
            numbers.count(d.occurrences),
            "–" if d.elapsed_seconds is None else numbers.short(d.elapsed_seconds),
            words("yes" if d.is_accepted else "no"),
        )
        for d in (overlay.deviations if overlay else ())
    ]
    columns = ("column_step", "column_deviation", "column_cases", "column_times", "column_mean_elapsed", "accepted")
    return table(words("deviation_table"), map(words, columns), rows)


def _design_table(telling: Telling, journey: JourneyFacts) -> Table:
    words, numbers = telling.words, telling.numbers
    overlay = telling.findings.overlay
    actual = {s.step: s.actual_seconds for s in overlay.steps} if overlay else {}
    rows = []
    for step in journey.steps:
        designed = [s for s in (step.designed_process_seconds, step.designed_wait_seconds) if s is not None]
        touched = "; ".join(
            f"{words.of(t.name)} ({words.either(f'channel_{t.channel}', t.channel)})"
            + (f" ◆ {words.of(t.decision_moment)}" if any(t.decision_moment.values()) else "")
            for t in step.touchpoints
        )
        behind = "; ".join(f"{words.either(f'layer_{k}', k)}: {words.of(v)}" for k, v in step.behind.items() if v)
        rows.append(
            (
                words.of(step.title, step.step),
                words.either(f"layer_{step.layer}", step.layer),
                telling.plain.lane(step.lane),
                numbers.short(sum(designed)) if designed else words("unknown"),
                numbers.short(actual.get(step.step)),
                words.either(f"value_{step.value}", step.value),
                touched or "–",
                behind or "–",
            )
        )
    columns = (
        "column_step",
        "column_layer",
        "column_lane",
        "designed",
        "actual",
        "column_value_tag",
        "column_touchpoints",
        "column_behind",
    )
    return table(words("design_table"), map(words, columns), rows)


def _consequence_table(telling: Telling, journey: JourneyFacts) -> Table:
    words = telling.words
    rows = [
        (
            words.of(step.title, step.step),
            words.either(f"aspect_{c.aspect}", c.aspect),
            words.of(c.what),
            c.owner or "–",
            words.either(f"state_{c.state}", c.state),
            telling.numbers.day(c.due_on) if c.due_on else "–",
        )
        for step in journey.steps
        for c in step.consequences
    ]
    columns = ("column_step", "column_aspect", "column_what", "column_owner", "column_state", "column_due")
    return table(words("consequence_table"), map(words, columns), rows)


def variants_section(telling: Telling) -> Section | None:
    """Return the most frequent orders of activities."""
    findings, words, numbers = telling.findings, telling.words, telling.numbers
    if not findings.variants:
        return None
    ordered = sorted(findings.variants, key=lambda v: -v.cases)
    # the findings list the most frequent ones; what they do not list may be as large, unless some of the listed are few
    is_few = findings.disclosure is not None and "variants" in findings.disclosure.left_out
    rest = words(
        "variants_few" if is_few else "variants_cut",
        count=numbers.count(findings.log.variants - len(ordered)),
        share=numbers.share(max(0.0, 1 - sum(v.share for v in ordered)), 1),
        n=telling.smallest,
    )
    top = ordered[:MOST_VARIANTS]
    answer = words(
        "variants_answer",
        share=numbers.share(ordered[0].share),
        count=numbers.count(len(top)),
        together=numbers.share(sum(v.share for v in top)),
        all=numbers.count(findings.log.variants),
    )
    heading = words("variants_title")
    picture = chevrons(telling.scene("elapsed", "variants"), top, heading, answer)
    rows = [
        (
            " → ".join(telling.plain.activity(a) for a in v.activities),
            numbers.count(v.cases),
            numbers.share(v.share, 1),
            numbers.short(v.mean_seconds),
            numbers.short(v.median_seconds),
            numbers.fitness(v.fitness),
        )
        for v in ordered[:MOST_VARIANT_ROWS]
    ]
    columns = (
        "column_variant",
        "column_cases",
        "column_share",
        "column_mean_closed",
        "column_median_closed",
        "column_fitness",
    )
    said = words("variant_table", shown=numbers.count(len(rows)), count=numbers.count(findings.log.variants))
    listed = table(said, map(words, columns), rows)
    figure = Figure(heading, answer, picture, is_wide=True)
    notes = (rest,) if len(ordered) < findings.log.variants else ()
    return Section(
        "variants",
        words("variants_question"),
        (answer,),
        (figure,),
        (listed,),
        notes,
        untold=telling.untold("working", "legal"),
    )


def personas_section(telling: Telling) -> Section | None:
    """Return the personas with the cases that their segment rule finds."""
    words, numbers = telling.words, telling.numbers
    personas = telling.plain.design.personas if telling.plain.design else ()
    if not personas:
        return None
    rows = [
        (
            words.of(p.name),
            *(words.of(text) or "–" for text in (p.goal, p.need, p.pain, p.skill)),
            numbers.count(p.cases),
            numbers.short(p.median_seconds),
        )
        for p in personas
    ]
    columns = (
        "column_persona",
        "column_goal",
        "column_need",
        "column_pain",
        "column_skill",
        "column_cases",
        "column_median_closed",
    )
    listed = table(words("persona_table"), map(words, columns), rows, is_open=True)
    answer = words("personas_answer", count=len(rows))
    return Section(
        "personas",
        words("personas_question"),
        (answer,),
        tables=(listed,),
        untold=telling.untold("working", "legal"),
    )
