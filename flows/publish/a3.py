"""The A3 that a lean team takes away: map, facts, largest amounts above design, chosen cards, room for measures.

In: the findings and a language. Out: a tagged PDF (PDF/UA-1) on one page. Every text goes in as data, never as markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flows.publish.disclosure_mark import NOT_TOLD, is_withheld
from flows.publish.page_known import about, headline
from flows.publish.page_numbers import Numbers
from flows.publish.svg.draw import clean
from flows.publish.svg.scene import Scene
from flows.publish.svg.value_stream import summary, value_stream_svg
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.overlay import AboveDesign

TEMPLATE = Path(__file__).parent / "templates" / "a3.typ"
LARGEST = 3
MOST_STEPS = 14
"""From more steps on the map stands by its phases, so that a sheet in grey can still be read."""
BROAD = 1.5
"""Width ÷ height from which the map lies across the sheet; below it, it stands beside the panels."""


@dataclass(frozen=True)
class Told:
    """Something with a name and a line of text."""

    title: str
    said: str


def a3_pdf(findings: Findings, language: str | None = None, cards: Iterable[Told] = ()) -> bytes:
    """Return the A3 as PDF; labels are stripped of control and direction characters."""
    import typst

    language = language or findings.project.language
    scene = Scene(findings, Words(language), "elapsed", "a3")
    is_folded = len(scene.rungs) > MOST_STEPS and bool(scene.phases)
    picture = value_stream_svg(findings, language, is_folded=is_folded)
    content = json.dumps(_data(scene, tuple(cards)) | {"is_broad": _ratio(picture) > BROAD}, ensure_ascii=False)
    files = {"main": TEMPLATE.read_bytes(), "data.json": content.encode(), "map.svg": picture.encode()}
    pdf: bytes = typst.compile(files, format="pdf", font_paths=[str(fonts())], pdf_standards=["ua-1"])
    return pdf


def _ratio(svg: str) -> float:
    found = re.search(r' viewBox="0 0 (\d+) (\d+)"', svg)
    return int(found[1]) / int(found[2]) if found else 1.0


def fonts() -> Path:
    """Return the folder of the face that every picture was measured with; it comes with matplotlib."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise FileNotFoundError("matplotlib's fonts are not there")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"


def _data(scene: Scene, cards: tuple[Told, ...]) -> dict[str, Any]:
    words, findings, numbers = scene.words, scene.findings, scene.numbers
    above = findings.above_design[:LARGEST]
    foot = words(
        "a3_foot",
        as_of=numbers.day(findings.run.as_of, findings.project.zone),
        verdict=words(f"verdict_{findings.quality.verdict}"),
        run=findings.run.run_id,
    )
    return {
        "language": words.language,
        "title": clean(f"{words.of(findings.project.title)}: {headline(scene)}"),
        "project": clean(words.of(findings.project.title)),
        "headline": clean(headline(scene)),
        "about": clean(about(scene)),
        "map_title": words("a3_map"),
        "map_alt": clean(words("a3_map_alt", summary=summary(scene))),
        "facts_title": words("a3_facts"),
        "facts_head": [words("column_what"), words("a3_amount_head")],
        "facts": [[clean(name), clean(value)] for name, value in _facts(scene)],
        "above_title": words("a3_above", heading=scene.above_heading(above)),
        "above": [asdict(_amount(scene, each)) for each in above],
        "above_none": words("a3_none"),
        "cards_title": words("a3_cards"),
        "cards": [{"title": clean(card.title), "said": clean(card.said)} for card in cards],
        "cards_room": words("a3_cards_room"),
        "counter_title": words("a3_counter"),
        "counter_head": [words(f"a3_{each}") for each in ("what", "who", "when", "measure")],
        "foot": clean(foot),
    }


def _facts(scene: Scene) -> list[tuple[str, str]]:
    words, numbers, findings = scene.words, scene.numbers, scene.findings
    lead, cohort = findings.lead_time.elapsed, findings.cohort
    direct = findings.direct_route.elapsed.total_seconds
    straight, around = _route(numbers, lead.mean_seconds, direct)
    rows = [
        ("cases", numbers.count(cohort.cases)),
        ("open", f"{numbers.count(cohort.open_cases)} ({numbers.share(cohort.open_share)})"),
        ("mean", numbers.short(lead.mean_seconds)),
        ("median", numbers.short(lead.median_seconds)),
        ("p90", numbers.short(lead.p90_seconds)),
        ("direct", straight),
        ("loops", around),
        ("work", numbers.short(lead.amounts.process_seconds or None)),
        ("unknown", numbers.short(None if lead.mean_seconds is None else lead.amounts.unknown_seconds)),
        ("covered", numbers.share(findings.knowledge.recorded_share)),
    ]
    told = [(words(f"a3_{key}"), value) for key, value in rows]
    return told + [
        (words("a3_norm", norm=words.of(norm.title, norm.name)), numbers.share(norm.met_share))
        for norm in findings.norms
        if norm.is_whole
    ]


def _route(numbers: Numbers, mean: float | None, direct: float) -> tuple[str, ...]:
    if mean is None:
        return numbers.short(None), numbers.short(None)
    if is_withheld(mean) or is_withheld(direct):
        return numbers.short(direct), numbers.short(NOT_TOLD)
    return numbers.short_parts((direct, max(mean - direct, 0.0)))


def _amount(scene: Scene, above: AboveDesign) -> Told:
    path = scene.route(above.name) if above.kind == "loop" else scene.title(above.name[0])
    time = scene.numbers.short(above.above_seconds)
    said = scene.words("a3_amount", time=time, cases=scene.numbers.count(above.cases))
    return Told(clean(path), clean(said))
