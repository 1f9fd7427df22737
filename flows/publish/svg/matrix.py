"""Handoffs as a matrix and as a flow: who hands over to whom, how often, and what waits then."""

from __future__ import annotations

from collections.abc import Sequence

from flows.publish.svg.draw import group, lines, path, picture, rect, text
from flows.publish.svg.handed import wait_after, wait_per_case
from flows.publish.svg.scene import Scene
from mining.results.rework import Handoff

CELL, ROW, NAMES, HEAD, LINE = 104.0, 42.0, 170.0, 52.0, 13.0
SIDE, BAND, GAP = 230.0, 170.0, 12.0


def _cost(scene: Scene, one: Handoff) -> float:
    """Return the wait after all of them, on a scale that compares them with each other."""
    return wait_per_case(scene, one, 1)


def matrix(scene: Scene, handoffs: Sequence[Handoff], heading: str, summary: str) -> str:
    """Return who hands over (rows) to whom (columns); the darker the more time, and each cell says both figures."""
    names = _ordered(handoffs)
    most = max((_cost(scene, one) for one in handoffs), default=0.0) or 1.0
    heads = [lines(scene.lane(name), CELL - 8, 10, 6, bold=True) for name in names]
    head = max([HEAD, *(12 + LINE * len(each) for each in heads)])
    parts = [text(0, head - 8, scene.words("matrix_corner"), 10, "soft")]
    for i, name in enumerate(names):
        for n, each in enumerate(heads[i]):
            parts.append(text(NAMES + i * CELL + CELL / 2, 12 + LINE * n, each, 10, "ink", "middle", bold=True))
        y = head + i * ROW
        said = lines(scene.lane(name), NAMES - 10, 10.5, 3, True)
        top = y + ROW / 2 + 4 - LINE / 2 * (len(said) - 1)
        parts += [text(0, top + LINE * n, each, 10.5, "ink", bold=True) for n, each in enumerate(said)]
        parts.append(rect(NAMES + i * CELL, y, CELL, ROW, "unknown", "rule"))
    parts += [
        _cell(scene, one, NAMES + names.index(one.to) * CELL, head + names.index(one.from_) * ROW, most)
        for one in handoffs
    ]
    wide, high = NAMES + CELL * len(names) + 2, head + ROW * len(names) + 2
    return picture("".join(parts), wide, high, scene.name, heading, summary, scene.words.language)


def _cell(scene: Scene, one: Handoff, x: float, y: float, most: float) -> str:
    share = _cost(scene, one) / most
    count, wait = scene.numbers.count(one.count), scene.short(wait_after(scene, one))
    ground = rect(x, y, CELL, ROW, "paper", "rule")
    bar = rect(x + 6, y + ROW - 9, max(1.0, (CELL - 12) * share), 5, "wait-edge")
    return group(
        ground,
        bar,
        text(x + CELL / 2, y + 14, f"{count}×", 10, "ink", "middle", bold=True),
        text(x + CELL / 2, y + 27, wait, 10, "soft", "middle"),
        hint=f"{scene.lane(one.from_)} → {scene.lane(one.to)}: {count}×, {wait}",
        data_handoff=f"{one.from_} > {one.to}",
        data_count=one.count,
    )


def _ordered(handoffs: Sequence[Handoff]) -> list[str]:
    """Return the holders, those that hand over most in total first."""
    total: dict[str, int] = {}
    for one in handoffs:
        total[one.from_] = total.get(one.from_, 0) + one.count
        total.setdefault(one.to, 0)
    return sorted(total, key=lambda name: (-total[name], name))


def flow(scene: Scene, handoffs: Sequence[Handoff], heading: str, summary: str) -> str:
    """Return givers at the left, takers at the right, and bands as thick as the time that waits after them."""
    costs = {id(one): _cost(scene, one) for one in handoffs}
    total = sum(costs.values()) or 1.0
    scale = max(120.0, 26.0 * len({one.from_ for one in handoffs} | {one.to for one in handoffs})) * 1.6 / total

    def named(name: str) -> list[str]:
        return lines(scene.lane(name), SIDE - 14, 11, 3)

    def stand(names: Sequence[str], end: str) -> dict[str, float]:
        places, y = {}, 10.0
        for name in names:
            places[name] = y
            y += (
                max(LINE * len(named(name)) + 5, scale * sum(costs[id(o)] for o in handoffs if getattr(o, end) == name))
                + GAP
            )
        return places

    def cost(end: str) -> list[str]:
        found = {getattr(one, end) for one in handoffs}
        return sorted(found, key=lambda n: (-sum(costs[id(o)] for o in handoffs if getattr(o, end) == n), n))

    left, right = stand(cost("from_"), "from_"), stand(cost("to"), "to")
    tops = [dict(left), dict(right)]
    parts = []
    for one in sorted(handoffs, key=lambda o: (list(left).index(o.from_), list(right).index(o.to))):
        thick = scale * costs[id(one)]
        y1, y2 = tops[0][one.from_], tops[1][one.to]
        tops[0][one.from_] += thick
        tops[1][one.to] += thick
        parts.append(_band(scene, one, y1, y2, thick))
    for places, x, anchor in ((left, SIDE - 10, "end"), (right, SIDE + 3 * BAND + 10, None)):
        parts += [
            text(x, y + 12 + LINE * i, each, 11, "ink", anchor)
            for name, y in places.items()
            for i, each in enumerate(named(name))
        ]
    ends = [y + LINE * len(named(name)) + 5 for places in (left, right) for name, y in places.items()]
    high = max([*tops[0].values(), *tops[1].values(), *ends]) + 8
    wide = 2 * SIDE + 3 * BAND
    return picture("".join(parts), wide, high, scene.name + "-flow", heading, summary, scene.words.language)


def _band(scene: Scene, one: Handoff, y1: float, y2: float, thick: float) -> str:
    start, end, bend = SIDE, SIDE + 3 * BAND, SIDE + 1.5 * BAND
    d = (
        f"M{start:.1f} {y1:.1f}C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {end:.1f} {y2:.1f}v{max(thick, 0.8):.1f}"
        f"C{bend:.1f} {y2 + thick:.1f} {bend:.1f} {y1 + thick:.1f} {start:.1f} {y1 + thick:.1f}Z"
    )
    said = f"{scene.lane(one.from_)} → {scene.lane(one.to)}"
    said += f": {scene.numbers.count(one.count)}×, {scene.short(wait_after(scene, one))}"
    fill = "loop-fill" if one.ping_pongs * 2 > one.count else "wait"
    edge = "loop" if fill == "loop-fill" else "wait-edge"
    return path(d, edge, fill, said, fill_opacity=0.75, stroke_width=0.7)
