"""The page of a comparison: what changed, whether that is sure, and the maps of all sides on one scale.

In: the `Comparison` alone. Out: one self-contained page in both languages and both clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from flows.publish.compare_said import basis, beside_journeys, by_clock, headline, surely
from flows.publish.compare_tables import against_table, measure_tables, side_table, strata_table
from flows.publish.page import TEMPLATES, content_hash, template
from flows.publish.page_tables import Figure, Said, Section
from flows.publish.svg.compared import Telling
from flows.publish.svg.difference import DRAWN_LOOPS, difference_map
from flows.publish.svg.draw import PALETTE
from flows.publish.svg.side_maps import side_map
from flows.publish.words import LANGUAGES, Words
from mappings.errors import ZaakstroomError
from mining.results.comparison import AgainstJourney, Comparison, Difference

DRAWN_SIDES = 6
"""Sides with a difference map of their own; the tables hold all."""
COLUMNS = 3
"""Maps beside one another in one picture."""
MARK = '<meta name="generator" content="zaakstroom compare">'


class CompareTargetError(ZaakstroomError):
    """The page would take the place of another one."""

    exit_code = 6


def compare_page(comparison: Comparison, language: str = "nl") -> str:
    """Return the page as HTML; it opens in `language`."""
    style = template("page.css.j2").render(palette=PALETTE)
    script = "\n".join((TEMPLATES / name).read_text("utf-8") for name in ("page.js", "print.js"))
    tellings = [Telling(comparison, Words(each)) for each in sorted(LANGUAGES, key=lambda each: each != language)]
    return template("compare.html.j2").render(
        comparison=comparison,
        first=language,
        tellings=[(telling, headline(telling), basis(telling), _sections(telling)) for telling in tellings],
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        style_hash=content_hash(style),
        script_hash=content_hash(script),
    )


def _sections(telling: Telling) -> list[Section]:
    told = [_changed(telling), _maps(telling), _mix(telling), _sides(telling)]
    return [section for section in told if section is not None]


def _changed(telling: Telling) -> Section | None:
    words, others = telling.words, telling.comparison.sides[1:]
    if not others and not telling.comparison.against:
        return None
    figures = tuple(
        Figure(
            heading := words(
                "cmp_difference_title",
                side=telling.side(side.name),
                reference=telling.side(telling.comparison.sides[0].name),
            ),
            summary := by_clock(telling, lambda one, side=side: surely(one, side.name), "s"),
            _pictured(telling, side.name, heading, summary, f"diff{place}"),
            is_wide=True,
        )
        for place, side in enumerate(others[:DRAWN_SIDES])
    )
    notes = [words("cmp_legend")]
    if len(others) > DRAWN_SIDES:
        notes.append(words("cmp_more_sides", drawn=DRAWN_SIDES, sides=len(others)))
    if len(telling.loops) > DRAWN_LOOPS:
        notes.append(words("cmp_more_loops", drawn=DRAWN_LOOPS, loops=len(telling.loops)))
    figures += tuple(_against_figures(telling))
    answers = (*(f.summary for f in figures), *(beside_journeys(telling) if others else ()))
    tables = (*measure_tables(telling), *against_table(telling))
    return Section("changed", words("cmp_changed"), answers, figures, tables, tuple(notes))


def _against_figures(telling: Telling) -> Iterator[Figure]:
    """Yield a difference map of the first side against each journey, in the citizen's clock."""
    words, comparison = telling.words, telling.comparison
    side = comparison.sides[0].name
    for place, journey in enumerate(comparison.journeys):
        laid = beside(comparison, journey.name)
        if not laid.measures:
            continue
        named = {"side": telling.side(side), "reference": words.of(journey.title, journey.name)}
        heading, summary = words("cmp_difference_title", **named), words("cmp_against_summary", **named)
        one = replace(telling, comparison=laid, name=f"against{place}-{words.language}")
        yield Figure(heading, summary, difference_map(one, side, heading, summary), is_wide=True)


def beside(comparison: Comparison, journey: str) -> Comparison:
    """Return the first side against a journey as a comparison of its own, so that it is drawn like any other."""
    side = comparison.sides[0].name
    found = {(a.table, a.measure): a for a in comparison.against if (a.journey, a.side) == (journey, side)}
    measures = [
        m.model_copy(update={"differences": (as_difference(found[(m.table, m.measure)]),)})
        for m in comparison.measures
        if (m.table, m.measure) in found and (m.statistic, m.clock) == ("mean", "elapsed")
    ]
    return comparison.model_copy(update={"measures": tuple(measures)})


def as_difference(found: AgainstJourney) -> Difference:
    """Return a side against a journey as a difference without a mix."""
    return Difference(
        side=found.side,
        reference=found.journey,
        cases=found.cases,
        reference_cases=0,
        value=found.value,
        reference_value=found.designed,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        claim=found.claim,
        equal_mix_claim=found.claim,
    )


def _pictured(telling: Telling, side: str, heading: str, summary: Said, name: str) -> Said:
    def draw(one: Telling) -> str:
        said = summary if isinstance(summary, str) else getattr(summary, one.clock)
        return difference_map(one, side, heading, said)

    return by_clock(telling, draw, name)


def _maps(telling: Telling) -> Section:
    """Return the maps; the reference stands first in each picture, all on one scale."""
    words, comparison = telling.words, telling.comparison
    first, *others = [
        *(
            (s.name, telling.side_title(s.name), words("cmp_cases", cases=telling.numbers.count(s.cases)), False)
            for s in comparison.sides
        ),
        *((j.name, words.of(j.title, j.name), words(f"cmp_kind_{j.kind}"), True) for j in comparison.journeys),
    ]
    pairs = [others[n : n + COLUMNS - 1] for n in range(0, len(others), COLUMNS - 1)] or [[]]
    heading = words("cmp_maps_title")
    figures = tuple(
        Figure(
            heading,
            summary := by_clock(telling, _totals, "m"),
            by_clock(telling, _drawing([first, *pair], heading, len(pairs[0]) + 1), f"maps{place}"),
            is_wide=True,
        )
        for place, pair in enumerate(pairs)
    )
    notes = [words("cmp_maps_legend")]
    if comparison.journeys:
        notes.append(words("cmp_journey_note"))
    return Section("maps", words("cmp_maps"), (summary,), figures, (), tuple(notes))


def _drawing(shown_: list[tuple[str, str, str, bool]], heading: str, room: int) -> Callable[[Telling], str]:
    def draw(one: Telling) -> str:
        # what a journey says is of the citizen's clock
        kept = [each for each in shown_ if not each[3] or one.clock == "elapsed"]
        said = [(key, title, _head(one, key, line, is_j), is_j) for key, title, line, is_j in kept]
        return side_map(one, said, heading, _totals(one), room)

    return draw


def _head(telling: Telling, key: str, line: str, is_journey: bool) -> str:
    total = (telling.lead.designed if is_journey else telling.lead.values).get(key)
    if total is None and is_journey:
        return f"{line} · {telling.words('cmp_no_total')}"
    return f"{telling.amount(telling.lead, total)} · {line}"


def _totals(telling: Telling) -> str:
    named = [
        f"{telling.side_title(side)}: {telling.numbers.long(value, telling.clock)}"
        for side, value in telling.lead.values.items()
    ]
    return telling.words("cmp_totals", totals="; ".join(named))


def _mix(telling: Telling) -> Section:
    words, comparison = telling.words, telling.comparison
    fields = ", ".join(words.either(f"cmp_field_{name}", name) for name in comparison.mix)
    answer = [words("cmp_mix_answer", fields=fields) if fields else words("cmp_mix_none")]
    flipped = {
        telling.title(m): None
        for m in comparison.measures
        for d in m.differences
        if d.sign_flips and m.clock != "working"
    }
    if comparison.sides[1:]:
        answer.append(words("cmp_flipped", names="; ".join(flipped)) if flipped else words("cmp_no_flips"))
    tables = (strata_table(telling),) if comparison.missing_strata else ()
    answer.append(words("cmp_strata_missing" if tables else "cmp_strata_whole"))
    return Section("mix", words("cmp_mix"), tuple(answer), (), tables)


def _sides(telling: Telling) -> Section:
    words, comparison = telling.words, telling.comparison
    how = words(
        "cmp_how",
        draws=telling.numbers.count(comparison.draws),
        rate=telling.numbers.share(comparison.false_discovery_rate),
        enough=comparison.enough_cases,
    )
    notes = (words("cmp_not_mailed"), *(words.of(notice) for notice in comparison.notices))
    return Section("sides", words("cmp_sides"), (how,), (), (side_table(telling),), notes)


def write_comparison(comparison: Comparison, file: Path) -> tuple[Path, Path]:
    """Write the document to `file` and the page beside it as index.html; return where both are.

    Raises CompareTargetError where a page of something else stands there.
    """
    beside = file.with_name("index.html")
    if beside.exists() and MARK not in beside.read_text("utf-8", errors="replace")[:4000]:
        raise CompareTargetError(str(beside), "is another page", "name another folder with --out")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(comparison.model_dump_json(indent=1, by_alias=True) + "\n", "utf-8")
    beside.write_text(compare_page(comparison, comparison.language), "utf-8")
    return file, beside
