"""The sections about time and demand: spread, work in hand, conversion, contacts."""

from __future__ import annotations

from collections.abc import Sequence

from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_citizen import asked_tables, counter_tables, kpi_title, score_about
from flows.publish.page_tables import Figure, Said, Section, Table, Telling, table
from flows.publish.svg.bars import Bar, Part, bars
from flows.publish.svg.charts import bin_name, histogram, weeks
from flows.publish.svg.scene import Scene
from mining.results.citizen import ContactReason, ContactsAt, Conversion
from mining.results.times import LeadTime


def _lead(scene: Scene) -> LeadTime:
    lead = scene.findings.lead_time
    return lead.working if scene.clock == "working" else lead.elapsed


def spread_section(telling: Telling) -> Section | None:
    """Return how lead times are spread, with the norms of the same clock."""
    words, findings = telling.words, telling.findings
    if not findings.lead_time.elapsed.histogram or not findings.lead_time.working.histogram:
        return None

    def answer(scene: Scene) -> str:
        lead = _lead(scene)
        return words(
            "spread_answer_short" if is_withheld(lead.max_seconds) else "spread_answer",
            median=scene.long(lead.median_seconds),
            p90=scene.long(lead.p90_seconds),
            most=scene.long(lead.max_seconds),
        )

    drawn = telling.by_clock(_spread_picture, "spread")
    figure = Figure(words("spread_title"), words("spread_note"), drawn)
    elapsed, working = findings.lead_time.elapsed, findings.lead_time.working
    rows: list[tuple[Said, ...]] = [
        (
            words(f"spread_{name}"),
            telling.amount(getattr(elapsed, f"{name}_seconds"), getattr(working, f"{name}_seconds")),
        )
        for name in ("min", "p10", "p25", "median", "mean", "p75", "p90", "max")
    ]
    listed = table(words("spread_title"), map(words, ("column_what", "column_value")), rows)
    bins = table(words("bin_table"), map(words, ("column_bin", "column_cases")), _bins(telling))
    return Section(
        "spread",
        words("spread_question"),
        (telling.by_clock(answer),),
        (figure,),
        (listed, bins),
        untold=telling.untold("legal", key="spread_untold"),
    )


def _bins(telling: Telling) -> list[tuple[Said, ...]]:
    bins = telling.findings.lead_time.elapsed.histogram
    return [(bin_name(telling.plain, each), telling.numbers.count(each.cases)) for each in bins]


def _spread_picture(scene: Scene) -> str:
    lead = _lead(scene)
    marks = [(lead.median_seconds, "spread_median"), (lead.p90_seconds, "spread_p90")]
    named = [(v, f"{scene.words(key)} {scene.short(v)}") for v, key in marks if v is not None]
    named += [
        (norm.limit_seconds, f"{scene.words(f'{norm.kind}_norm')} {scene.short(norm.limit_seconds)}")
        for norm in scene.findings.norms
        if norm.limit_seconds is not None and norm.clock == scene.clock and norm.is_whole
    ]
    return histogram(scene, lead, named, scene.words("spread_title"), "; ".join(label for _, label in named))


def wip_section(telling: Telling) -> Section:
    """Return work in hand and demand."""
    findings, words, numbers = telling.findings, telling.words, telling.numbers
    wip, takt = findings.wip, findings.takt
    if is_withheld(wip.at_as_of) and is_withheld(wip.mean):
        return Section("wip", words("wip_question"), (words("too_few_to_tell"),))
    steady = {True: "wip_steady", False: "wip_growing", None: "wip_unsure"}[wip.is_steady]
    answer = [
        words(
            "wip_answer_none" if wip.at_as_of == 0 and not is_withheld(wip.at_as_of) else "wip_answer",
            now=numbers.count(wip.at_as_of),
            mean=numbers.rate(wip.mean),
            steady=words(steady),
            age=numbers.long(wip.age_median_seconds),
        )
    ]
    if takt and is_withheld(takt.arrivals_per_week):
        answer.append(words("takt_answer_without", why=words("not_told")))
    elif takt:
        pace = numbers.long(takt.takt_seconds, "working")
        answer.append(words("takt_answer", rate=numbers.rate(takt.arrivals_per_week), takt=pace))
        if takt.is_run_out:
            last = numbers.day(takt.window_to, telling.findings.project.zone)
            answer[-1] += " " + words("takt_run_out", last=last)
    answer.append(words("little", integral=numbers.long(wip.integral_seconds), cases=numbers.long(wip.case_seconds)))
    if not wip.by_week:
        return Section("wip", words("wip_question"), tuple(answer), untold=telling.untold("working", "legal"))
    heading = words("wip_title")
    figure = Figure(heading, answer[0], weeks(telling.scene("elapsed", "wip"), wip.by_week, heading, answer[0]))
    rows = [(numbers.day(p.week), *map(numbers.count, (p.arrived, p.closed, p.in_hand))) for p in wip.by_week]
    columns = map(words, ("column_week", "wip_arrived", "wip_closed", "wip_in_hand"))
    return Section(
        "wip",
        words("wip_question"),
        tuple(answer),
        (figure,),
        (table(heading, columns, rows),),
        untold=telling.untold("working", "legal"),
    )


def conversion_section(telling: Telling) -> Section | None:
    """Return how attempts fared, by channel: the unit is the attempt."""
    words, numbers, found = telling.words, telling.numbers, telling.findings.conversion
    if not found:
        return None
    answer = tuple(
        words(
            "conversion_answer",
            channel=words.either(f"channel_{c.channel}", c.channel),
            attempts=numbers.count(c.attempts),
            reached=numbers.share(c.reached / c.attempts if c.attempts else None),
            stopped=numbers.count(c.stopped),
        )
        for c in found
    )
    recent = [c.may_still_switch for c in found if not is_withheld(c.may_still_switch)]
    if sum(recent):
        answer = (*answer, words("conversion_recent", attempts=numbers.count(sum(recent))))
    scene, heading = telling.scene("elapsed", "conversion"), words("conversion_title")
    drawn = [bar for one in found for bar in _funnel(scene, one)]
    figure = Figure(heading, words("conversion_legend"), bars(scene, drawn, heading, " ".join(answer)))
    rows = [
        (
            words.either(f"channel_{c.channel}", c.channel),
            *map(numbers.count, (c.attempts, c.reached, c.switched, c.stopped)),
        )
        for c in found
    ]
    columns = ("column_channel", "column_attempts", "column_reached", "column_switched", "column_stopped")
    stops = [
        (
            words.either(f"channel_{c.channel}", c.channel),
            s.stopped,
            s.reason or words("unknown"),
            numbers.count(s.attempts),
        )
        for c in found
        for s in c.stops
    ]
    tables = [table(heading, map(words, columns), rows)]
    if stops:
        names = ("column_channel", "column_where", "column_why", "column_attempts")
        tables.append(table(words("stop_table"), map(words, names), stops))
    return Section("conversion", words("conversion_question"), answer, (figure,), tuple(tables))


def _funnel(scene: Scene, one: Conversion) -> list[Bar]:
    words, count = scene.words, scene.numbers.count
    channel = words.either(f"channel_{one.channel}", one.channel)
    kinds = (("reached", one.reached, "work"), ("switched", one.switched, "wait"), ("stopped", one.stopped, "alarm"))
    parts = tuple(Part(n, fill, f"{words(f'column_{key}')} {count(n)}") for key, n, fill in kinds if n)
    said = words(
        "funnel_said",
        attempts=count(one.attempts),
        reached=scene.numbers.share(one.reached / one.attempts if one.attempts else None),
    )
    stages = [Bar(f"   {channel}: {name}", (Part(n, "soft", count(n)),), count(n)) for name, n in one.stages]
    return [Bar(channel, parts, said), *stages]


def contacts_section(telling: Telling) -> Section:
    """Return the citizen's side: contacts, silence, scores."""
    words, numbers, contacts = telling.words, telling.numbers, telling.findings.contacts
    rule = telling.findings.disclosure
    if rule and rule.is_empty:
        return Section("contacts", words("contacts_question"), (words("too_few_to_tell"),))
    answer = words(
        "contacts_answer" if contacts.contacts else "contacts_answer_none",
        contacts=numbers.count(contacts.contacts),
        cases=numbers.count(contacts.cases_with_contact),
        mean=numbers.rate(contacts.mean_per_case),
        silence=numbers.long(contacts.silence_median_seconds),
        p90=numbers.long(contacts.silence_p90_seconds),
    )
    tables = []
    if contacts.by_channel:
        rows = [(words.either(f"channel_{name}", name), numbers.count(n)) for name, n in contacts.by_channel.items()]
        tables.append(
            table(words("contacts_title"), map(words, ("column_channel", "column_contacts")), rows, is_open=True)
        )
    if telling.findings.scores:
        scored = [
            (
                kpi_title(words, s.kpi),
                telling.plain.title(s.step) if s.step else words(score_about(s)),
                numbers.decimal(s.mean),
                "–" if s.net is None else numbers.decimal(s.net, 0),
                numbers.count(s.n),
                words("unknown") if s.response_rate is None else numbers.share(s.response_rate, 0),
                numbers.count(s.cases),
            )
            for s in telling.findings.scores
        ]
        columns = map(
            words,
            ("column_score", "column_step", "column_mean", "column_net", "column_n", "column_response", "column_cases"),
        )
        tables.append(table(words("score_table"), columns, scored, is_open=True))
    tables += [*counter_tables(telling), *asked_tables(telling)]
    if contacts.reasons:
        tables.append(_reasons(telling))
    if contacts.at_steps:
        tables.append(_contacts_at(telling))
    figures: tuple[Figure, ...] = ()
    if contacts.by_channel:
        scene = telling.scene("elapsed", "contacts")
        drawn = [
            Bar(words.either(f"channel_{name}", name), (Part(n, "citizen", numbers.count(n)),), numbers.count(n))
            for name, n in sorted(contacts.by_channel.items(), key=lambda pair: -pair[1])
        ]
        figures = (Figure(words("contacts_title"), answer, bars(scene, drawn, words("contacts_title"), answer)),)
    return Section(
        "contacts",
        words("contacts_question"),
        (answer,),
        figures,
        tuple(tables),
        untold=telling.untold("working", "legal"),
    )


def _reasons(telling: Telling) -> Table:
    """Return contacts by why: how many, repeats among them, and whose initiative they were."""
    words, numbers = telling.words, telling.numbers
    rows = [
        (
            words.of(each.title, each.activity.replace("_", " ")),
            *map(numbers.count, (each.contacts, each.cases, each.repeats)),
            words("unknown")
            if each.by_citizen is None
            else f"{numbers.count(each.by_citizen)} / {numbers.count(each.initiator_known)}",
        )
        for each in telling.findings.contacts.reasons
    ]
    rows += _not_shown(telling, telling.findings.contacts.reasons, 0, 5)
    names = ("reason", "contacts", "cases", "repeats", "by_citizen")
    return table(words("contact_reasons_title"), [words(f"column_{name}") for name in names], rows, is_open=True)


def _contacts_at(telling: Telling) -> Table:
    words, numbers, contacts = telling.words, telling.numbers, telling.findings.contacts
    rows = [
        (
            telling.plain.title(at.step),
            *map(numbers.count, (at.contacts, at.cases, at.waiting, at.in_hand, at.citizens_turn)),
        )
        for at in contacts.at_steps
    ]
    if contacts.not_placed:
        rows.append((words("contacts_not_placed"), numbers.count(contacts.not_placed), "", "", "", ""))
    rows += _not_shown(telling, contacts.at_steps, contacts.not_placed, 6)
    columns = (
        "column_step",
        "column_contacts",
        "column_cases",
        "column_while_waiting",
        "column_while_worked",
        "column_citizens_turn",
    )
    return table(words("waiting_contacts_table"), map(words, columns), rows)


def _not_shown(
    telling: Telling, rows: Sequence[ContactsAt | ContactReason], beside: int, columns: int
) -> list[tuple[str, ...]]:
    """Return a row for the contacts that no other row counts; none where all are told."""
    left = telling.findings.contacts.contacts - sum(row.contacts for row in rows) - beside
    if left == 0:
        return []
    return [(telling.words("contacts_not_shown"), telling.numbers.count(left), *[""] * (columns - 2))]
