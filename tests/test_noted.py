"""Every text of the page is told in its language: also what readers and mining note in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from flows.publish.noted import noted
from flows.publish.page import page
from flows.publish.words import catalogue
from mining.discovery import _METHOD
from mining.results.quality import ReconciliationRow
from mining.results.run import SourceReading
from tests.findings_example import example

ROOT = Path(__file__).resolve().parents[1]
NOTES = {
    "requests sent again: answer 503": 2,
    "rows in doubt, the list kept shifting: zaken": 1,
    "statuses with their employee from: nobody: not recorded": 9,
    "cases seen with confidentiality unknown": 4,
}


def told(text: str) -> list[str]:
    """Return what a note says around what is filled in."""
    return [part.strip() for part in re.split(r"\{\w*\}", text)]


def _literal(node: ast.AST, constants: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Name) and node.id in constants:
        yield constants[node.id]
    elif isinstance(node, ast.IfExp):
        yield from (*_literal(node.body, constants), *_literal(node.orelse, constants))


def _noted_in(tree: ast.Module, constants: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        keys: list[ast.AST] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "note":
            inner = node.args[0]
            inner = inner.args[0] if isinstance(inner, ast.Call) and inner.args else inner
            keys = [inner.key] if isinstance(inner, ast.DictComp) else list(getattr(inner, "keys", []))
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            keys = [node.slice] if node.value.attr in ("noted", "ignored") else []
        for key in keys:
            yield from _literal(key, constants)


def notes_of_readers() -> set[str]:
    trees = [ast.parse(file.read_text("utf-8")) for file in (ROOT / "flows" / "sources").rglob("*.py")]
    constants = {
        node.targets[0].id: node.value.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    return {note for tree in trees for note in _noted_in(tree, constants)}


def test_whatever_a_reader_notes_is_in_the_catalogue() -> None:
    found = {note.replace("{}", "x") for note in notes_of_readers()}
    assert len(found) > 25
    assert {note for note in found if noted(note, "nl") == note} == set()


def test_the_catalogue_of_notes_has_every_note_in_both_languages_with_the_same_things_to_fill_in() -> None:
    dutch, english = catalogue("nl", "noted"), catalogue("en", "noted")
    assert dutch.keys() == english.keys()
    holes = [{language: re.findall(r"\{\w+\}", text[key]) for language, text in (("nl", dutch), ("en", english))}
             for key in dutch]  # fmt: skip
    assert all(sorted(each["nl"]) == sorted(each["en"]) for each in holes)


def test_what_is_filled_in_is_told_in_the_language_too_and_a_reason_of_the_mapping_stands_as_it_is() -> None:
    assert noted("requests sent again: answer 503", "nl") == "aanvragen opnieuw gestuurd: antwoord 503"
    assert noted("corrected: dubbel {geboekt}", "nl") == "gecorrigeerd: dubbel {geboekt}"
    assert noted("cases seen with confidentiality unknown", "nl").endswith("vertrouwelijkheid onbekend")


@pytest.mark.parametrize("part", _METHOD.split("; "))
def test_how_a_model_was_measured_is_told_in_dutch(part: str) -> None:
    assert noted(part, "nl") != part


def dutch_page() -> str:
    whole = example()
    row = ReconciliationRow(
        source="zaaksysteem", read=10, stored=6, replaced=0, already_known=0, ignored=2, quarantined=2, holds=True,
        quarantine_reasons={"time_missing": 1, "case_missing": 1}, ignored_reasons={"outside the interval": 2},
    )  # fmt: skip
    readings = (SourceReading(source="zaaksysteem", requests=12, notes=NOTES),)
    run = whole.run.model_copy(update={"readings": readings, "store_version": {"events": 3, "cases": 2}})
    tree = html.fromstring(page(example(reconciliation=(row,), run=run)))
    dutch = tree.xpath('//div[@data-in="nl"]')[0]
    for other in dutch.xpath('.//*[@lang="en"]'):
        other.drop_tree()
    labels = dutch.xpath(".//@aria-label | .//@title | .//@data-said | .//@data-title")
    return " ".join(dutch.itertext()) + " " + " ".join(labels)


def test_no_english_text_of_ours_stands_on_the_dutch_page() -> None:
    shown = re.sub(r"\s+", " ", dutch_page())
    english = {
        part
        for domain in ("page", "noted")
        for key, text in catalogue("en", domain).items()
        if text != catalogue("nl", domain)[key]
        for part in told(re.sub(r"\s+", " ", text))
        if len(part) > 14 and " " in part
    }
    dutch = " ".join(text for domain in ("page", "noted") for text in catalogue("nl", domain).values())
    assert len(english) > 300
    assert {part for part in english if part in shown and part not in dutch} == set()


def test_the_dutch_page_tells_notes_and_reasons_in_dutch() -> None:
    shown = dutch_page()
    for text in ("Geen begin en geen einde", "buiten het interval", "aanvragen opnieuw gestuurd", "zaken: 2"):
        assert text in shown
