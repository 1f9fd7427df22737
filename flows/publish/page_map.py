"""The value stream map on the page: a picture a clock, a part of the cases and a way of folding; one is shown.

In: a telling. Out: the views, and which switches they need. What a view cannot say is said in words in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flows.publish.page_numbers import CLOCKS, Clock
from flows.publish.page_tables import Telling, View
from flows.publish.svg.draw import tag
from flows.publish.svg.scene import Cases, Scene
from flows.publish.svg.value_stream import summary

FOLD_FROM = 16
"""From so many steps on, a map whose journey names phases opens by phase."""


def parts_of(telling: Telling) -> tuple[Cases, ...]:
    """Return which parts of the cases have a ladder."""
    found = telling.findings
    parts: list[Cases] = ["all"]
    if found.ladder_typical and found.ladder_typical.cases:
        parts.append("typical")
    if found.ladder_slow and found.ladder_slow.cases:
        parts.append("slow")
    return tuple(parts)


def folds_of(telling: Telling) -> tuple[str, ...]:
    """Return the ways in which the map can be folded, the one that it opens with first."""
    scene = telling.plain
    folded = Scene(scene.findings, scene.words, is_folded=True)
    if not 1 < len(folded.rungs) < len(scene.rungs):
        return ("steps",)
    return ("phases", "steps") if len(scene.rungs) >= FOLD_FROM else ("steps", "phases")


def views(telling: Telling, draw: Callable[[Scene], str], name: str, is_foldable: bool = True) -> tuple[View, ...]:
    """Return the picture in every clock, over every part of the cases, by step and by phase."""
    folds = {fold: fold for fold in folds_of(telling)} if is_foldable else {"steps": "steps phases"}
    return tuple(_views(telling, draw, name, folds))


def _views(telling: Telling, draw: Callable[[Scene], str], name: str, folds: dict[str, str]) -> Iterator[View]:
    clocks: tuple[Clock, ...] = (*CLOCKS, "legal") if telling.has_legal else CLOCKS
    parts = parts_of(telling)
    for fold, shown in folds.items():
        for clock in clocks:
            for cases in _parts_in(telling, clock, parts):
                named = f"{name}-{telling.words.language}-{clock}-{cases}-{fold}"
                scene = Scene(telling.findings, telling.words, clock, named, cases, fold == "phases")
                yield View(clock, cases, shown, draw(scene))
    missing = [part for part in parts if part not in _parts_in(telling, "legal", parts)]
    if telling.has_legal and missing:
        said = tag("p", telling.words("part_no_legal"), class_="note")
        yield View("legal", " ".join(missing), "steps phases", said)


def _parts_in(telling: Telling, clock: Clock, parts: tuple[Cases, ...]) -> tuple[Cases, ...]:
    """Return the parts of the cases that have a ladder in this clock: in the legal one where days are known of some."""
    found = {"typical": telling.findings.ladder_typical, "slow": telling.findings.ladder_slow}
    ladders = {part: ladder for part, ladder in found.items() if ladder is not None}
    return tuple(
        part
        for part in parts
        if clock != "legal" or part not in ladders or any(r.legal and r.legal.cases for r in ladders[part].rungs)
    )


def said(telling: Telling) -> tuple[View, ...]:
    """Return the sentence about the map in every clock, over every part of the cases."""
    sentences = []
    for clock in (*CLOCKS, "legal") if telling.has_legal else CLOCKS:
        for cases in _parts_in(telling, clock, parts_of(telling)):
            scene = Scene(telling.findings, telling.words, clock, "said", cases)
            sentences.append(View(clock, cases, "steps phases", _of_part(scene) + summary(scene)))
    return tuple(sentences)


def _of_part(scene: Scene) -> str:
    if scene.part is None:
        return ""
    mean = sum(scene.booked(rung).total_seconds for rung in scene.part.rungs)
    known = [rung.legal.cases for rung in scene.part.rungs if rung.legal] if scene.clock == "legal" else []
    cases = scene.numbers.count(max(known, default=scene.part.cases))
    return scene.words("part_said", kind=scene.words(f"kind_{scene.cases}"), cases=cases, mean=scene.long(mean)) + " "
