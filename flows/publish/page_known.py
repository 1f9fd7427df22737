"""The first screen: the headline in one sentence, and how much of it is known."""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.page_numbers import in_unit, rounded_parts, unit_of
from flows.publish.page_tables import Figure, Said, Table, Telling, table
from flows.publish.svg.bars import Bar, Part, whole_bars
from flows.publish.svg.scene import Scene

COVERED_ENOUGH = 0.8
"""Below this share of recorded lead time the page says so before anything else."""
STARTS_ENOUGH = 0.8
"""Below this share of known starts, work is told as a least amount (DESIGN §5, activity ratio)."""


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
        return words("headline_none")
    direct = scene.booked(findings.direct_route).total_seconds
    said = _route(scene, direct, max(0.0, lead.mean - direct))
    process = lead.amounts.process_seconds
    if process <= 0:
        return words("headline_work_unknown", said=said)
    least = findings.knowledge.starts_known_share < STARTS_ENOUGH
    return words("headline_work_least" if least else "headline_work", said=said, work=_whole(scene, process))


def _route(scene: Scene, direct: float, loops: float) -> str:
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
    findings, words, numbers = scene.findings, scene.words, scene.numbers
    if scene.clock == "legal":
        return _about_legal(scene)
    lead = scene.lead
    cohort, zone = findings.cohort, findings.project.zone
    start, end = cohort.from_ or findings.log.first_at, cohort.to or findings.log.last_at
    period = words("period", start=numbers.day(start, zone), end=numbers.day(end, zone)) if start else ""
    return words(
        "headline_about",
        mean=scene.long(lead.mean),
        cases=numbers.count(cohort.cases),
        kind=words(f"cohort_{cohort.kind}"),
        period=period,
        median=scene.long(lead.median),
        p90=scene.long(lead.p90),
        open=numbers.count(cohort.open_cases),
        share=numbers.share(cohort.open_share),
    )


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
    known, share = telling.findings.knowledge, telling.numbers.share
    if known.recorded_share >= COVERED_ENOUGH or not telling.findings.lead_time.elapsed.cases:
        return ""
    return telling.words(
        "cover_alarm",
        before=share(known.before_first_share),
        recorded=share(known.recorded_share),
        after=share(known.after_last_share),
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
    """Return the kinds of time, with what of the unknown time was certainly waiting apart."""
    kinds, found = list(_kinds(scene)), scene.findings.certain_wait
    if found is None or scene.clock == "legal":
        return kinds
    certain = found.of_unknown_working_seconds if scene.clock == "working" else found.of_unknown_elapsed_seconds
    *rest, (key, either, fill) = kinds
    certain = min(max(certain, 0.0), either)
    return [*rest, ("certainly_waited", certain, "either"), (key, either - certain, fill)] if certain else kinds


def _sentences(scene: Scene) -> list[str]:
    known, share, words = scene.findings.knowledge, scene.numbers.share, scene.words
    whole = sum(value for _, value, _ in _kinds(scene)) or 1.0
    shares = {key: share(value / whole) for key, value, _ in _kinds(scene)}
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
            declared=share(known.declared_share),
            inferred=share(known.inferred_share),
            unknown=share(known.unknown_holder_share),
        ),
        words(
            "cover_summary",
            before=share(known.before_first_share),
            recorded=share(known.recorded_share),
            after=share(known.after_last_share),
        ),
    ]


def _rows(scene: Scene) -> list[Bar]:
    known, words, share = scene.findings.knowledge, scene.words, scene.numbers.share
    kinds = [Part(value, fill, f"{words(key)} {scene.short(value)}") for key, value, fill in _with_certain(scene)]

    def part(value: float, fill: str, key: str) -> Part:
        return Part(value, fill, f"{words(key)} {share(value)}")

    holder = (
        part(known.declared_share, "organisation", "declared"),
        part(known.inferred_share, "wait", "inferred"),
        part(known.unknown_holder_share, "either", "unknown"),
    )
    cover = (
        part(known.before_first_share, "either", "before"),
        part(known.recorded_share, "organisation", "recorded"),
        part(known.after_last_share, "either", "after"),
    )
    return [
        Bar(words("known_short"), tuple(kinds)),
        Bar(words("holder_title"), holder),
        Bar(words("cover_title"), cover),
    ]


def _picture(scene: Scene) -> str:
    return whole_bars(scene, _rows(scene), scene.words("known_title"), " ".join(_sentences(scene)))


def _facts(telling: Telling) -> Table:
    words = telling.words
    rows = []
    for row in _rows(telling.plain):
        whole = sum(part.value for part in row.parts) or 1.0
        rows += [(f"{row.name} {part.said}", telling.numbers.share(part.value / whole)) for part in row.parts]
    return table(words("known_title"), (words("column_what"), words("column_share_elapsed")), rows)


def _also(telling: Telling) -> str:
    known, numbers = telling.findings.knowledge, telling.numbers
    return telling.words(
        "also_known",
        day=numbers.count(known.day_precision_events),
        together=numbers.count(known.recorded_together_events),
        starts=numbers.share(known.starts_known_share),
        start_inferred=numbers.count(known.start_inferred_cases),
        end_inferred=numbers.count(known.end_inferred_cases),
    )
