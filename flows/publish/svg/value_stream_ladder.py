"""The ladder: rungs as long as the time they take, adding up to the mean lead time; designs and norms on its scale.

Waiting stands high, work low; what may be either lies between them and is hatched, for a source that knows no
start can tell neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.page_numbers import between
from flows.publish.svg.draw import clamp, fitting, group, ink, line, path, rect, tag, text, title, width
from flows.publish.svg.scene import Scene
from flows.publish.svg.spread import spread
from flows.publish.svg.value_stream_layout import LEFT, Plan
from mining.results.journey import JourneyFacts
from mining.results.norms import NormResult
from mining.results.stream import Rung

SUM_WIDTH = 168.0
BAND = 17.0
HEIGHT = 118.0
BAR = 30.0
KINDS = (("wait", 0), ("unknown", 1), ("elsewhere", 1), ("process", 2))
"""Kind of time → the band in which it is drawn."""
COLOURS = {"wait": "wait", "process": "work"}
EDGES = {"wait": "wait-edge", "process": "work", "unknown": "unknown-edge", "elsewhere": "elsewhere-edge"}
BARS = {"designed": "citizen", "ideal": "partner", "future": "work"}


@dataclass(frozen=True)
class Scale:
    """Seconds to pixels: everything beneath the map shares it."""

    left: float
    right: float
    longest: float

    def x(self, seconds: float) -> float:
        """Return where an amount of time ends."""
        return self.left + (self.right - self.left) * seconds / self.longest if self.longest else self.left


def total_seconds(scene: Scene) -> float:
    """Return what the rungs add up to."""
    return sum(scene.booked(rung).total_seconds for rung in scene.rungs)


def designs(scene: Scene) -> list[JourneyFacts]:
    """Return the journeys that have a total; they are in calendar time, so only on the citizen's clock."""
    if scene.clock != "elapsed" or scene.phase:
        return []
    return [j for j in scene.findings.journeys if j.total_seconds or j.total_between_seconds]


def _total(journey: JourneyFacts) -> tuple[float, float]:
    """Return the total of a journey twice; or its bounds, where the log cannot tell what runs beside other steps."""
    return journey.total_between_seconds or (journey.total_seconds or 0.0,) * 2


def norms(scene: Scene) -> list[NormResult]:
    """Return the norms over the whole chain that are kept in this clock."""
    found = scene.findings.norms if not scene.phase else ()
    return [norm for norm in found if norm.limit_seconds and norm.is_whole and norm.clock == scene.clock]


def ladder_height(scene: Scene) -> float:
    """Return how high the ladder is with all that stands beneath it."""
    return HEIGHT + BAR * len(designs(scene)) + 16 * len(norms(scene)) + 12


def ladder(scene: Scene, ground: Plan, top: float) -> str:
    """Return the ladder, its sum, and the bars and norms on the same scale."""
    total = total_seconds(scene)
    others = [_total(j)[1] for j in designs(scene)] + [n.limit_seconds or 0 for n in norms(scene)]
    longest = max([total, *(each for each in others if each <= 1.6 * total)], default=0)
    scale = Scale(LEFT, ground.width - SUM_WIDTH - 26, longest)
    parts = [
        text(8, top + 16, scene.words("ladder"), 12, "ink", bold=True),
        text(8, top + 31, scene.words("ladder_mean"), 10, "soft"),
        *_whose(scene, top + 44),
        _norms(scene, scale, top, ladder_height(scene)),
        *(_bar(scene, scale, journey, top + HEIGHT + BAR * i) for i, journey in enumerate(designs(scene))),
        _rungs(scene, scale, top, total),
        _sum(scene, ground.width - SUM_WIDTH - 8, top - 6, total),
    ]
    return "".join(parts)


def _whose(scene: Scene, y: float) -> list[str]:
    """Return over which cases the ladder speaks, where they are not all."""
    if scene.part is None:
        return []
    named = scene.words(f"cases_{scene.cases}")
    count = scene.words("part_cases", cases=scene.numbers.count(scene.part.cases))
    return [
        text(8, y + 12 * i, clamp(each, LEFT - 12, 10, True), 10, "ink", bold=True)
        for i, each in enumerate((named, count))
    ]


def _rungs(scene: Scene, scale: Scale, top: float, total: float) -> str:
    rungs, at = scene.rungs, 0.0
    drawn, middles = [], []
    for rung in rungs:
        seconds = scene.booked(rung).total_seconds
        drawn.append(_rung(scene, scale, rung, at, top))
        middles.append(scale.x(at + seconds / 2))
        at += seconds
    base = line(scale.left, top + 3 * BAND, scale.x(total), top + 3 * BAND, "rule")
    return group(
        base,
        *drawn,
        _labels(scene, scale, middles, top),
        data_ladder=None if scene.phase else scene.clock,
        data_seconds=repr(total),
        **_place(scene, scale, top),
    )


def _place(scene: Scene, scale: Scale, top: float) -> dict[str, object]:
    """Return where the ladder stands, so that a changed total can be marked on it; only on the ladder of all cases."""
    if scene.part is not None or scene.clock != "elapsed" or scene.phase:
        return {}
    return {"data_left": scale.left, "data_right": scale.right, "data_longest": repr(scale.longest), "data_top": top}


def _rung(scene: Scene, scale: Scale, rung: Rung, start: float, top: float) -> str:
    booked, at, parts = scene.booked(rung), start, []
    for kind, band in KINDS:
        seconds = getattr(booked, f"{kind}_seconds")
        if seconds > 0:
            parts.append(_part(scene, rung, kind, (scale.x(at), scale.x(at + seconds)), top + band * BAND, seconds))
            at += seconds
    end = scale.x(start + booked.total_seconds)
    parts.append(line(end, top, end, top + 3 * BAND + 6, "rule", stroke_width=0.8))
    if scene.clock == "elapsed" and rung.in_loops_seconds > 0:
        wide = scale.x(rung.in_loops_seconds) - scale.left
        hint = f"{scene.title(rung.step)}: {scene.short(rung.in_loops_seconds)} {scene.words('in_loops')}"
        parts.append(rect(end - wide, top + 3 * BAND + 2, wide, 4, "loop", hint=hint))
    return group(*parts, data_rung=None if scene.phase else rung.step, data_seconds=repr(booked.total_seconds))


def _part(scene: Scene, rung: Rung, kind: str, ends: tuple[float, float], y: float, seconds: float) -> str:
    said = {"wait": "wait", "process": "work", "unknown": "either", "elsewhere": "elsewhere"}[kind]
    fill = ink(COLOURS[kind]) if kind in COLOURS else f"url(#{scene.name}-{'hatch' if kind == 'unknown' else 'dots'})"
    return tag(
        "rect",
        title(f"{scene.title(rung.step)}: {scene.short(seconds)} {scene.words(said)}"),
        x=ends[0],
        y=y,
        width=max(ends[1] - ends[0], 0.6),
        height=BAND,
        fill=fill,
        stroke=ink(EDGES[kind]),
        stroke_width=0.8,
        data_kind=kind,
        data_seconds=repr(seconds),
    )


def _labels(scene: Scene, scale: Scale, middles: list[float], top: float) -> str:
    """Return number and amount of each rung; tiny rungs are led to a label beside their neighbours'."""
    said = [
        f"{scene.first_number + i}:\u00a0{scene.short(scene.booked(r).total_seconds)}"
        for i, r in enumerate(scene.rungs)
    ]
    widths = [width(each, 10.5, True) + 12 for each in said]
    places = spread(middles, widths, scale.left - 30, scale.right + 18)
    y, parts = top + 3 * BAND + 38, []
    for label, middle, place in zip(said, middles, places, strict=True):
        parts.append(path(f"M{middle:.1f} {top + 3 * BAND + 9:.1f}L{place:.1f} {y - 12:.1f}", "soft", stroke_width=0.7))
        parts.append(text(place, y, label, 10.5, "ink", "middle", bold=True, halo=True))
    return "".join(parts)


def _sum(scene: Scene, x: float, y: float, total: float) -> str:
    findings, words, numbers = scene.findings, scene.words, scene.numbers
    process = sum(scene.booked(rung).process_seconds for rung in scene.rungs)
    amount = scene.short(process)
    worked = words("world_least", amount=amount) if scene.is_work_least else amount
    facts = [words("ladder_work", work=worked if process else words(numbers.absent))]
    if scene.part is None and not scene.phase:
        shares = (
            ("ladder_ratio", findings.activity_ratio),
            ("ladder_efficiency", findings.process_cycle_efficiency),
            ("ladder_right", findings.rolled_first_time_right),
        )
        facts += [words(key, share=numbers.share(share)) for key, share in shares]
    middle = x + SUM_WIDTH / 2
    parts = [
        rect(x, y, SUM_WIDTH, 108, "panel", "rule", rx=3),
        text(middle, y + 27, scene.short(total if scene.rungs else None), 19, "ink", "middle", bold=True),
        text(middle, y + 42, words("ladder_sum", count=len(scene.rungs)), 9.5, "soft", "middle"),
    ]
    parts += [
        text(
            middle,
            y + 58 + 14 * i,
            *fitting(fact, SUM_WIDTH - 10, 10, bold=i == 0),
            "work" if i == 0 and process else "soft",
            "middle",
            bold=i == 0,
        )
        for i, fact in enumerate(facts)
    ]
    return group(*parts, **({} if scene.phase else {"data_total": repr(total)}))


def _bar(scene: Scene, scale: Scale, journey: JourneyFacts, y: float) -> str:
    (least, seconds), said = _total(journey), scene.words(journey.kind)
    told = between(scene.short(least), scene.short(seconds))
    if seconds > scale.longest:
        return text(scale.left, y + 12, scene.words("beyond", label=said, time=told), 10.5, "soft")
    sure, end = scale.x(least), scale.x(seconds)
    hint = f"{said}: {scene.words.of(journey.title, journey.name)}, {between(scene.long(least), scene.long(seconds))}"
    # what a journey changes is told over all cases; what it says by itself leaves out what only some of them meet
    is_changed = journey.rung_seconds or journey.within_norms or journey.total_between_seconds
    route = [] if is_changed else [scene.words("main_route_alone")]
    label = " · ".join((told, *route, *_within(scene, journey)))
    outside = end + 8 + width(label, 11, True) < scale.right + 20
    return group(
        text(8, y + 12, said, 11, BARS[journey.kind], bold=True),
        rect(scale.left, y, max(sure - scale.left, 1), 15, BARS[journey.kind], rx=2, data_seconds=least),
        rect(sure, y, end - sure, 15, f"url(#{scene.name}-hatch)", "unknown-edge") if sure < end else "",
        text(
            end + 7 if outside else sure - 7,
            y + 12,
            label,
            11,
            BARS[journey.kind] if outside else "paper",
            None if outside else "end",
            bold=True,
            halo=outside,
        ),
        hint=hint,
        data_design=journey.kind,
    )


def _within(scene: Scene, journey: JourneyFacts) -> list[str]:
    """Say which share of the cases a changed journey would bring within each norm."""
    listed = (norm for norm in norms(scene) if norm.name in journey.within_norms)
    share = scene.numbers.share
    return [
        scene.words(f"{norm.kind}_norm_within", share=share(journey.within_norms[norm.name]), now=share(norm.met_share))
        for norm in listed
    ]


def _norms(scene: Scene, scale: Scale, top: float, height: float) -> str:
    parts, y = [], top + height - 10
    for i, norm in enumerate(norms(scene)):
        limit, said = norm.limit_seconds or 0.0, scene.words(f"{norm.kind}_norm")
        row = y - 16 * i
        if limit > scale.longest:
            label = scene.words("beyond", label=said, time=scene.short(limit))
            parts.append(text(scale.right, row, label, 10.5, "alarm", "end", data_norm=norm.name))
            continue
        x, label = scale.x(limit), f"{said} {scene.short(limit)}"
        left_of = x + width(label, 10.5, True) + 8 > scale.right + 26
        parts += [
            line(x, top - 6, x, row + 2, "alarm", stroke_width=1.4, stroke_dasharray="5 3"),
            text(
                x - 6 if left_of else x + 6,
                row,
                label,
                10.5,
                "alarm",
                "end" if left_of else None,
                bold=True,
                data_norm=norm.name,
                data_seconds=limit,
            ),
        ]
    return "".join(parts)
