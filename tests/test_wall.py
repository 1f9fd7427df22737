"""The journey on the wall: what happens at once or instead stands beside each other, and no title is cut."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from flows.publish.design_page import design_page
from flows.publish.svg.flow_layout import Arrow, Fork, flow_layout, rows_of
from mappings.flow import Choice, Optional_, Parallel, Repeat, Sequence
from mappings.load import load_design
from mappings.shelf import SHELF, shelf

LAYERS = dict.fromkeys("abcde", "backstage") | {"r": "citizen"}


def columns(flow: object) -> dict[str, tuple[int, int]]:
    return {step: (place.column, place.row) for step, place in flow_layout(flow, LAYERS).places.items()}


def test_steps_of_a_sequence_stand_in_columns_of_their_own():
    assert columns(Sequence(sequence=("a", "b"))) == {"a": (0, 0), "b": (1, 0)}


@pytest.mark.parametrize("word", [Parallel(parallel=("b", "c")), Choice(choice=("b", "c"))])
def test_branches_share_a_column_and_never_a_row(word: Parallel | Choice):
    layout = flow_layout(Sequence(sequence=("a", word, "d")), LAYERS)
    assert {s: (p.column, p.row) for s, p in layout.places.items()} == {
        "a": (0, 0),
        "b": (1, 0),
        "c": (1, 1),
        "d": (2, 0),
    }
    assert Arrow("b", "c") not in layout.arrows
    assert {Arrow("a", "b"), Arrow("a", "c"), Arrow("b", "d"), Arrow("c", "d")} == set(layout.arrows)
    assert layout.forks == (Fork("parallel" if isinstance(word, Parallel) else "choice", 1, ("b", "c")),)


def test_a_redo_stands_under_what_it_repeats_and_leads_back():
    layout = flow_layout(Sequence(sequence=("a", Repeat(repeat="b", redo="c"), "d")), LAYERS)
    assert layout.places["c"].column == layout.places["b"].column
    assert rows_of(layout, LAYERS) == {"backstage": 2}
    assert {Arrow("b", "c", "redo"), Arrow("c", "b", "back")} <= set(layout.arrows)
    assert Arrow("c", "d") not in layout.arrows


def test_a_repeat_without_a_redo_leads_from_its_end_to_its_beginning():
    flow = Repeat(repeat=Sequence(sequence=("a", "b")))
    assert Arrow("b", "a", "back") in flow_layout(flow, LAYERS).arrows


def test_what_is_optional_is_marked_and_nothing_else():
    layout = flow_layout(Sequence(sequence=("a", Optional_(optional="b"))), LAYERS)
    assert [place.is_optional for place in layout.places.values()] == [False, True]


@pytest.mark.parametrize("name", [starter.name for starter in shelf()])
def test_no_title_is_cut_and_no_box_covers_another(name: str):
    project, journeys = load_design(SHELF / name)
    page = html.document_fromstring(design_page(project, journeys, datetime(2026, 1, 15, tzinfo=UTC)))
    for language in ("nl", "en"):
        picture = page.xpath(f'//div[@data-in="{language}"]//figure//svg')[0]
        corners = []
        for box in picture.xpath(".//*[@data-step]"):
            title = str(journeys[0].steps[box.get("data-step")].title[language])
            shown = " ".join(t.text for t in box.xpath("./text[@font-weight]"))
            assert shown.split(" ", 1)[1] == title
            frame = box.xpath("./rect")[0]
            corners.append((frame.get("x"), frame.get("y")))
        assert len(set(corners)) == len(corners) == len(journeys[0].steps)
        assert "…" not in "".join(picture.itertext())
