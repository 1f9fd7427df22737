"""The first screen: the headline in one sentence, and how much of it is known."""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.disclosure_mark import is_silent, is_withheld
from flows.publish.page_numbers import in_unit, rounded_parts, unit_of
from flows.publish.page_tables import Figure, Said, Table, Telling, table
from flows.publish.svg.bars import Part
from flows.publish.svg.known_bar import known_bar
from flows.publish.svg.scene import Scene

COVERED_ENOUGH = 0.8
"""Below this share of recorded lead time the page says so before anything else."""


@dataclass(frozen=True)
class Opening:
    """What the page says first."""

    headline: Said
    about: Said
    alarm: str
    figure: Figure
    facts: Table
    also: str


def opening(telling: Telling) -> Opening:
    """Return the first screen in one language."""
    return Opening(
        headline=telling.by_clock(headline, legal=True),
        about=telling.by_clock(about, legal=True),
        alarm=_alarm(telling),
        figure=Figure(
            telling.words("known_title"),
            telling.by_clock(lambda scene: " ".join(_sentences(scene)), legal=True),
            telling.by_clock(_picture, "known", legal=True),
        ),
        facts=_facts(telling),
        also=_also(telling),
    )


def headline(scene: Scene) -> str:
    """Return '31 dagen rechtdoor, 19 in lussen; 4 dagen werk': mean per case, parts that add up."""
    words, findings = scene.words, scene.findings
    lead = scene.lead
    if lead.mean is None:
        return words("headline_few" if is_withheld(findings.cohort.cases) else "headline_none")
    direct = scene.booked(findings.direct_route).total_seconds
    said = _route(scene, direct, max(lead.mean - direct, 0.0))
    process = lead.amounts.process_seconds
    if process <= 0:
        return words("headline_work_unknown", said=said)
    return words(
        "headline_work_least" if scene.is_work_least else "headline_work", said=said, work=_whole(scene, process)
    )


def _route(scene: Scene, direct: float, loops: float) -> str:
    if is_withheld(direct):
        return scene.words("headline_whole", mean=scene.long(scene.lead.mean))
    unit = unit_of(direct + loops, scene.clock)
    parts = tuple(in_unit(each, unit)[0] for each in (direct, loops))
    is_coarse = sum(parts) >= 10 and not 0 < parts[1] < 1
    digits = 0 if is_coarse or unit == "minute" else 1
    straight, around = rounded_parts(parts, digits)
    name = scene.words(f"long_one_{unit}" if straight == 1 and digits == 0 else f"long_{unit}")
    straight_said = f"{scene.numbers.decimal(straight, digits)} {name}"
    if around <= 0:
        return scene.words("headline_no_loops", direct=straight_said)
    return scene.words("headline_loops", direct=straight_said, loops=scene.numbers.decimal(around, digits))


def _whole(scene: Scene, seconds: float) -> str:
    unit = unit_of(seconds, scene.clock)
    amount = in_unit(seconds, unit)[0]
    if amount < 10 and unit != "minute":
        return scene.long(seconds)
    return f"{scene.numbers.decimal(amount, 0)} {scene.words(f'long_{unit}')}"


def about(scene: Scene) -> str:
    """Return what the headline speaks of: mean, cases, period, median and nine out of ten, and what is still open."""
    return " ".join(filter(None, (_about(scene), _back(scene))))


def _back(scene: Scene) -> str:
    """Return what a look back knows of later than its moment; nothing where no case ended after it."""
    findings = scene.findings
    if not findings.is_look_back:
        return ""
    return scene.words("headline_back", moment=scene.numbers.moment(findings.run.as_of, findings.project.zone))


def _about(scene: Scene) -> str:
    findings, words, numbers = scene.findings, scene.words, scene.numbers
    if scene.clock == "legal":
        return _about_legal(scene)
    lead = scene.lead
    if lead.mean is None:
        return words(
            "about_none", cases=numbers.count(findings.cohort.cases), open=numbers.count(findings.cohort.open_cases)
        )
    cohort, zone = findings.cohort, findings.project.zone
    start, end = cohort.from_ or findings.log.first_at, cohort.to or findings.log.last_at
    period = words("period", start=numbers.day(start, zone), end=numbers.day(end, zone)) if start else ""
    told = words(
        "headline_about_closed" if is_silent(cohort.open_cases) else "headline_about",
        mean=scene.long(lead.mean),
        cases=numbers.count(cohort.cases),
        kind=words(f"cohort_{cohort.kind}"),
        period=period,
        median=scene.long(lead.median),
        p90=scene.long(lead.p90),
        open=numbers.count(cohort.open_cases),
        share=numbers.share(cohort.open_share),
    )
    without = findings.log.without_lead_time
    if is_silent(without) or without == 0:
        return told
    return f"{told} {words('headline_without', without=numbers.count(without))}"


def _about_legal(scene: Scene) -> str:
    """Return of how many cases the law's clock speaks, and by which norm it counts."""
    days, words, numbers = scene.findings.lead_time.legal, scene.words, scene.numbers
    if days is None:
        return words("legal_none")
    norm = next((n for n in scene.findings.norms if n.name == days.norm), None)
    return words(
        "about_legal",
        mean=scene.long(scene.lead.mean),
        median=scene.long(scene.lead.median),
        cases=numbers.count(days.cases),
        whole=numbers.count(scene.findings.cohort.cases),
        share=numbers.share(days.share),
        norm=words.of(norm.title, norm.name) if norm else days.norm,
    )


def _alarm(telling: Telling) -> str:
    known = telling.findings.knowledge
    if known.recorded_share >= COVERED_ENOUGH or telling.plain.lead.mean is None:
        return ""
    before, recorded, after = _cover(telling)
    return telling.words(
        "cover_alarm",
        before=before,
        recorded=recorded,
        after=after,
        span=telling.numbers.long(known.recorded_span_median_seconds),
    )


def _kinds(scene: Scene) -> tuple[tuple[str, float, str], ...]:
    amounts = scene.lead.amounts
    return (
        ("wait", amounts.wait_seconds, "wait"),
        ("work", amounts.process_seconds, "work"),
        ("elsewhere", amounts.elsewhere_seconds, "elsewhere"),
        ("either", amounts.unknown_seconds, "either"),
    )


def _with_certain(scene: Scene) -> list[tuple[str, float, str]]:
    """Return the kinds of time, with what of the unknown time was certainly waiting apart.

    Not where the log covers too little: then work may be missing from the sources, and the bar does not say "if".
    """
    kinds, found = list(_kinds(scene)), scene.findings.certain_wait
    is_covered = scene.findings.knowledge.recorded_share >= COVERED_ENOUGH
    if found is None or scene.clock == "legal" or not is_covered:
        return kinds
    certain = found.of_unknown_working_seconds if scene.clock == "working" else found.of_unknown_elapsed_seconds
    *rest, (key, either, fill) = kinds
    certain = min(max(certain, 0.0), either)
    return [*rest, ("certainly_waited", certain, "either"), (key, either - certain, fill)] if certain else kinds


def _sentences(scene: Scene) -> list[str]:
    words, kinds = scene.words, _kinds(scene)
    if scene.lead.mean is None:
        return [words("no_closed")]
    shares = dict(zip((key for key, _, _ in kinds), scene.numbers.shares([v for _, v, _ in kinds]), strict=True))
    cover, holder = _cover(scene), _holder(scene)
    return [
        words(
            "known_summary",
            wait=shares["wait"],
            work=shares["work"],
            elsewhere=shares["elsewhere"],
            unknown=shares["either"],
        ),
        words(
            "holder_summary",
            declared=holder[0],
            inferred=holder[1],
            unknown=holder[2],
        ),
        words("cover_summary", before=cover[0], recorded=cover[1], after=cover[2]),
        *([] if scene.clock == "elapsed" else [words("known_in_calendar")]),
        *_certain_said(scene),
        _counts(scene, "counts_summary"),
    ]


def _cover(telling: Scene | Telling) -> tuple[str, ...]:
    """Return which shares of the lead time lie before, between and after the events of the log."""
    known = telling.findings.knowledge
    return telling.numbers.shares((known.before_first_share, known.recorded_share, known.after_last_share))


def _holder(scene: Scene) -> tuple[str, ...]:
    known = scene.findings.knowledge
    return scene.numbers.shares((known.declared_share, known.inferred_share, known.unknown_holder_share))


def _certain_said(scene: Scene) -> list[str]:
    found = scene.findings.certain_wait
    if found is None or scene.clock == "legal":
        return []
    certain = found.share_working if scene.clock == "working" else found.share_elapsed
    return [scene.words("certain_summary", share=scene.numbers.share(certain))]


def _parts(scene: Scene) -> tuple[tuple[Part, ...], tuple[Part, ...], tuple[Part, ...]]:
    """Return the kinds of time, what the log covers, and whose turn it was: each is the whole lead time."""
    known, words = scene.findings.knowledge, scene.words
    found = _with_certain(scene)
    shares = scene.numbers.shares([value for _, value, _ in found])
    kinds = tuple(
        Part(value, fill, f"{words(key)} {scene.short(value)} ({share})")
        for (key, value, fill), share in zip(found, shares, strict=True)
    )
    before, recorded, after = _cover(scene)
    cover = (
        Part(known.before_first_share, "either", f"{words('before')} {before}"),
        Part(known.recorded_share, "organisation", f"{words('covered')} {recorded}"),
        Part(known.after_last_share, "either", f"{words('after')} {after}"),
    )
    declared, inferred, unknown = _holder(scene)
    holder = (
        Part(known.declared_share, "organisation", f"{words('declared')} {declared}"),
        Part(known.inferred_share, "wait", f"{words('inferred')} {inferred}"),
        Part(known.unknown_holder_share, "either", f"{words('unknown')} {unknown}"),
    )
    return kinds, cover, holder


def _picture(scene: Scene) -> str:
    kinds, cover, holder = _parts(scene)
    facts = _counts(scene, "known_facts")
    return known_bar(scene, kinds, cover, holder, facts, scene.words("known_title"), " ".join(_sentences(scene)))


def _counts(scene: Scene, key: str) -> str:
    """Return which share of the events has a date only, was recorded in one go, and has a known start."""
    known, share = scene.findings.knowledge, scene.numbers.share
    if is_withheld(known.starts_known_share):
        return ""
    return scene.words(
        key,
        day=share(known.day_precision_events / known.events if known.events else None),
        together=share(known.recorded_together_events / known.events if known.events else None),
        starts=share(known.starts_known_share),
    )


def _facts(telling: Telling) -> Table:
    words, known = telling.words, telling.findings.knowledge
    rows: list[tuple[str, str]] = []
    titles = ("known_short", "cover_title", "holder_title")
    told = zip(titles, _parts(telling.plain), strict=True) if telling.plain.lead.mean is not None else ()
    for title, parts in told:
        shares = telling.numbers.shares([part.value for part in parts])
        rows += [(f"{words(title)} {part.said}", share) for part, share in zip(parts, shares, strict=True)]
    if telling.findings.certain_wait and telling.plain.lead.mean is not None:
        certain = telling.numbers.share(telling.findings.certain_wait.share_elapsed)
        rows.append((words("known_certain"), certain))
    counted = (("day", known.day_precision_events), ("together", known.recorded_together_events))
    for name, count in counted:
        rows.append((words(f"known_{name}"), telling.numbers.share(count / known.events if known.events else None)))
    rows.append((words("known_starts"), telling.numbers.share(known.starts_known_share)))
    return table(words("known_title"), (words("column_what"), words("column_share_elapsed")), rows)


def _also(telling: Telling) -> str:
    known, count = telling.findings.knowledge, telling.numbers.count
    if not known.start_inferred_cases and not known.end_inferred_cases:
        return ""
    if is_silent(known.start_inferred_cases) and is_silent(known.end_inferred_cases):
        return ""
    inferred = {"start_inferred": known.start_inferred_cases, "end_inferred": known.end_inferred_cases}
    return telling.words("also_known", **{name: count(n) for name, n in inferred.items()})
