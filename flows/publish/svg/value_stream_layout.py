"""Where the process boxes of the map stand: journey order from left to right, blueprint layers from top to bottom.

Boxes of different rows may overlap sideways, boxes of one row never; each box keeps a strip of its own width
to itself in all rows, through which the lines to and from it run without crossing another box.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.svg.draw import lines
from flows.publish.svg.scene import LAYERS, Scene
from flows.publish.svg.value_stream_facts import BOX_WIDTH, facts
from mining.results.stream import Rung

LEFT = 112.0
BOX_HEIGHT = 111.0
ROW_HEIGHT = 151.0
TITLE_LINE, HOLDER_LINE, FACT_LINE = 14.0, 12.0, 13.0
"""A map in which a step or its holder has a long name, or much to say, gives every box more lines for it."""
FACTS = 5
FACTS_HEIGHT = 73.0
PITCH = 132.0
"""At least so far from one box to the next."""
GAP = 66.0
"""At least so far between two boxes of one row: room for the queue."""
QUEUE = 36.0
"""How far the queue stands before its box."""
MARGIN = (ROW_HEIGHT - BOX_HEIGHT) / 2
NARROWEST = 1220.0


@dataclass(frozen=True)
class Box:
    """A process box: the rung it shows and where it stands."""

    number: int
    rung: Rung
    layer: str
    row: int
    x: float
    y: float
    height: float

    @property
    def right(self) -> float:
        """Return the right edge."""
        return self.x + BOX_WIDTH

    @property
    def middle(self) -> float:
        """Return the height at which lines enter."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        """Return the lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Plan:
    """The map's ground plan."""

    width: float
    top: float
    layers: tuple[str, ...]
    boxes: tuple[Box, ...]
    row_height: float
    facts_height: float

    @property
    def bottom(self) -> float:
        """Return where the rows end."""
        return self.top + self.row_height * len(self.layers)


def plan(scene: Scene, top: float) -> Plan:
    """Return where everything stands, the first row beginning at `top`."""
    rungs = scene.rungs
    layers = [scene.layer(rung) for rung in rungs]
    shown = tuple(layer for layer in LAYERS if layer in layers)
    rows = [shown.index(layer) for layer in layers]
    places = _places(rows)
    width = max(NARROWEST, (places[-1] if places else 0) + BOX_WIDTH + 24)
    more = TITLE_LINE * (max((len(heading(scene, rung)) for rung in rungs), default=1) - 1)
    more += HOLDER_LINE * (max((len(holder(scene, rung)) for rung in rungs), default=1) - 1)
    told = FACT_LINE * max([0, *(len(facts(scene, rung)) - FACTS for rung in rungs)])
    more += told
    boxes = tuple(
        Box(scene.first_number + i, rung, layer, row, x, top + row * (ROW_HEIGHT + more) + MARGIN, BOX_HEIGHT + more)
        for i, (rung, layer, row, x) in enumerate(zip(rungs, layers, rows, places, strict=True))
    )
    return Plan(width, top, shown, boxes, ROW_HEIGHT + more, FACTS_HEIGHT + told)


def heading(scene: Scene, rung: Rung) -> list[str]:
    """Return the title of a box, in one line where it fits."""
    return lines(scene.title(rung.step), BOX_WIDTH - 36, 12, 5, bold=True)


def holder(scene: Scene, rung: Rung) -> list[str]:
    """Return who holds the case in a box."""
    return lines(scene.lane(rung.lane), BOX_WIDTH - 36, 10, 3)


def _places(rows: list[int]) -> list[float]:
    """Return the left edges; where there is room to spare, it is spread over the gaps."""
    places: list[float] = []
    ends: dict[int, float] = {}
    for at, row in enumerate(rows):
        x = LEFT + QUEUE + 14 if at == 0 else places[-1] + PITCH
        x = max(x, ends.get(row, 0.0) + GAP)
        ends[row] = x + BOX_WIDTH
        places.append(x)
    spare = NARROWEST - 24 - BOX_WIDTH - (places[-1] if places else 0)
    if spare <= 0 or len(places) < 2:
        return places
    return [x + spare * at / (len(places) - 1) for at, x in enumerate(places)]
