"""The catalogues: every text in each language, with the same things to fill in, and none that nobody shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.publish.words import LANGUAGES, LOCALE, Words, catalogue, singulars

PUBLISH = Path(__file__).parent.parent / "flows" / "publish"
DOMAINS = ("page", "quality")


def filled(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_there_in_each_language_with_the_same_things_to_fill_in(domain: str):
    dutch, english = (catalogue(language, domain) for language in LANGUAGES)
    assert dutch.keys() == english.keys()
    assert all(dutch.values())
    assert all(english.values())
    assert {key for key in dutch if filled(dutch[key]) != filled(english[key])} == set()


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice_in_a_catalogue(domain: str, language: str):
    text = (LOCALE / language / "LC_MESSAGES" / f"{domain}.po").read_text("utf-8")
    keys = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(catalogue(language, domain))


def test_no_text_is_kept_that_nothing_shows():
    code = "\n".join(f.read_text("utf-8") for f in PUBLISH.rglob("*") if f.suffix in (".py", ".j2", ".html"))
    families = (
        tuple(re.findall(r"""f["'](\w+?_)\{""", code)) + tuple(re.findall(r'"(\w+_)" ~', code)) + ("short_", "long_")
    )
    families += ("cases_", "fold_")  # the template joins them with the names of its switches
    endings = tuple(re.findall(r'\}(_\w+)"', code))
    unused = {
        key
        for key in catalogue("en")
        if f'"{key}"' not in code
        and not re.search(rf"['\"{{. ]{re.escape(key)}\b", code)
        and not key.startswith(families)
        and not key.endswith(endings)
    }
    assert unused == set()


def test_a_text_of_the_mapping_in_another_language_is_shown_rather_than_none():
    assert Words("en").of({"nl": "Zaak", "en": ""}) == "Zaak"


@pytest.mark.parametrize(
    ("key", "filled_in", "dutch", "english"),
    [
        ("disclosed_loops", {"count": "1"}, "1 lus", "1 loop"),
        ("promise_left_out", {"count": "1"}, "Te klein om te tonen: 1 groep.", "Too small to be shown: 1 group."),
        ("ladder_sum", {"count": "1"}, "som van 1 trede", "sum of 1 rung"),
        (
            "cmp_surely_rest",
            {"rest": "1"},
            "Ook zeker, in de tabellen: 1 verschil.",
            "Also sure, in the tables: 1 difference.",
        ),
    ],
)
def test_one_of_a_thing_reads_as_one(key: str, filled_in: dict[str, str], dutch: str, english: str):
    assert [Words(language)(key, **filled_in) for language in ("nl", "en")] == [dutch, english]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_counts_something_before_a_plural_verb(language: str):
    """The singular is of the noun alone: "1 group are"."""
    plural = rf"\}} (?:{'|'.join(singulars(language))}) (?:are|were|have|take|hold|zijn|staan|hebben|kosten)\b"
    counted = {key for key, text in catalogue(language).items() if re.search(plural, text)}
    assert counted == set()
