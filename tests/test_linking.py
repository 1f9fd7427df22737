"""Linking cases to chain cases (DESIGN §6): by reference, by related case, by person within a window.

What the engine makes of generated dossiers is what plain loops make of them (`oracle_linking`).
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from pydantic import ValidationError

from mappings.chain import Link
from tests.linked_dossiers import PlainLinked, linked_in_engine
from tests.oracle_linking import Dossier, link

DAY = 86_400_000_000
REFERENCE = Link(source="advice", to="cases")
ORDER = ["cases", "advice", "care"]


def case(number: str, day: int = 0, *, persons: str = "", related: str = "", references: str = "") -> Dossier:
    told = {(kind, of) for kind, _, of in (part.partition(" ") for part in related.split("; ") if part)}
    return Dossier("cases", number, number, day * DAY, 1, set(references.split()), told, set(persons.split()))


def advice(number: str, references: str = "", day: int = 0, persons: str = "") -> Dossier:
    return Dossier(
        "advice", number, f"advice:{number}", day * DAY, 1, set(references.split()), set(), set(persons.split())
    )


def linked(*dossiers: Dossier, links: tuple[Link, ...] = (REFERENCE,)) -> PlainLinked:
    return linked_in_engine(dossiers, links, ORDER)


def test_a_dossier_belongs_to_the_case_whose_number_it_bears() -> None:
    found = linked(case("Z1"), case("Z2"), advice("A1", "Z2"))
    assert found.chain == {"advice:A1": "Z2"}
    assert [(tie.dossier, tie.to, tie.kind, tie.sure) for tie in found.ties] == [
        ("advice:A1", "Z2", "reference", "stated")
    ]


def test_a_number_that_is_nowhere_is_an_orphan_and_no_number_is_without_key() -> None:
    found = linked(case("Z1"), advice("A1", "Z9"), advice("A2"))
    assert found.chain == {}
    assert dict(found.fates[0]) == {"orphan": 1, "without_key": 1}


def test_a_dossier_that_names_two_cases_is_tied_to_none() -> None:
    found = linked(case("Z1"), case("Z2"), advice("A1", "Z1 Z2"), advice("A2", "Z1 Z9"))
    assert found.chain == {}
    assert dict(found.fates[0]) == {"ambiguous": 2}


def test_numbers_are_compared_loosely_only_where_asked_and_then_said_so() -> None:
    strict = linked(case("Z-2025 01"), advice("A1", "z202501"))
    loose = linked(case("Z-202501"), advice("A1", "z202501"), links=(Link(source="advice", to="cases", loosely=True),))
    assert strict.chain == {}
    assert loose.chain == {"advice:A1": "Z-202501"}
    assert loose.ties[0].sure == "stated_loosely"


def test_two_numbers_that_are_alike_when_compared_loosely_are_ambiguous() -> None:
    loosely = Link(source="advice", to="cases", loosely=True)
    assert dict(linked(case("Z-1"), case("Z1"), advice("A1", "z 1".replace(" ", "")), links=(loosely,)).fates[0]) == {
        "ambiguous": 1
    }


def test_a_reference_may_be_one_that_both_bear() -> None:
    both = Link(source="advice", to="cases", on="reference")
    found = linked(case("Z1", references="OLO-7"), advice("A1", "OLO-7"), links=(both,))
    assert found.chain == {"advice:A1": "Z1"}


def test_parts_take_the_number_of_their_main_case_whichever_of_the_two_names_the_other() -> None:
    related = Link(source="cases", to="cases", key="related_case")
    told_by_part = linked(case("Z1", related="hoofdzaak Z9"), case("Z9", 5), links=(related,))
    told_by_main = linked(case("Z1"), case("Z9", 5, related="deelzaak Z1"), links=(related,))
    assert told_by_part.chain == told_by_main.chain == {"Z1": "Z9"}


def test_a_related_case_that_is_not_there_is_an_orphan_and_the_others_are_linked() -> None:
    related = Link(source="cases", to="cases", key="related_case")
    found = linked(case("Z1", related="vervolg Z2; vervolg Z7"), case("Z2", 1), links=(related,))
    assert found.chain == {"Z2": "Z1"}
    assert dict(found.fates[0]) == {"orphan": 1, "without_key": 1}


def test_only_the_kinds_asked_for_are_linked() -> None:
    related = Link(source="cases", to="cases", key="related_case", kinds=("hoofdzaak", "deelzaak"))
    assert linked(case("Z1", related="onderwerp Z2"), case("Z2"), links=(related,)).chain == {}


def test_the_cases_of_one_life_event_are_those_of_one_person_within_the_window() -> None:
    event = Link(source="cases", to="cases", key="person", within=timedelta(days=90))
    move = [case("Z1", 0, persons="p"), case("Z2", 30, persons="p"), case("Z3", 110, persons="p")]
    later, other = case("Z4", 300, persons="p"), case("Z5", 30, persons="q")
    found = linked(*move, later, other, links=(event,))
    assert found.chain == {"Z2": "Z1", "Z3": "Z1"}
    assert dict(found.fates[0]) == {"matched": 3, "alone": 2}
    assert {tie.sure for tie in found.ties} == {"inferred"}


def test_a_person_with_two_cases_in_the_window_makes_a_dossier_ambiguous() -> None:
    by_person = Link(source="advice", to="cases", key="person", within=timedelta(days=30))
    two = linked(case("Z1", 0, persons="p"), case("Z2", 9, persons="p"), advice("A1", "", 5, "p"), links=(by_person,))
    one = linked(case("Z1", 0, persons="p"), case("Z2", 90, persons="p"), advice("A1", "", 5, "p"), links=(by_person,))
    assert (two.chain, dict(two.fates[0])) == ({}, {"ambiguous": 1})
    assert one.chain == {"advice:A1": "Z1"}


def test_cases_that_an_earlier_link_put_together_are_one_candidate() -> None:
    related = Link(source="cases", to="cases", key="related_case")
    by_person = Link(source="advice", to="cases", key="person", within=timedelta(days=30))
    cases = [case("Z1", 0, persons="p"), case("Z2", 9, persons="p", related="hoofdzaak Z1")]
    found = linked(*cases, advice("A1", "", 5, "p"), links=(related, by_person))
    assert found.chain == {"Z2": "Z1", "advice:A1": "Z1"}


def test_a_later_link_never_overrules_an_earlier_one() -> None:
    by_person = Link(source="advice", to="cases", key="person", within=timedelta(days=30))
    cases = [case("Z1", 0), case("Z2", 0, persons="p")]
    found = linked(*cases, advice("A1", "Z1", 5, "p"), links=(REFERENCE, by_person))
    assert found.chain == {"advice:A1": "Z1"}
    assert [dict(fates) for fates in found.fates] == [{"matched": 1}, {"conflict": 1}]


def test_three_organisations_are_one_chain_case_though_the_third_knows_the_second_alone() -> None:
    care = Dossier("care", "C1", "care:C1", 0, 1, {"A1"}, set(), set())
    links = (REFERENCE, Link(source="care", to="advice"))
    assert linked(case("Z1"), advice("A1", "Z1"), care, links=links).chain == {"advice:A1": "Z1", "care:C1": "Z1"}


def test_the_order_of_the_dossiers_makes_no_difference() -> None:
    links = (REFERENCE, Link(source="cases", to="cases", key="person", within=timedelta(days=90)))

    def made() -> list[Dossier]:
        return [
            case("Z1", 3, persons="p"),
            case("Z2", 0, persons="p"),
            case("Z3"),
            advice("A1", "Z1"),
            advice("A2", "Z8"),
        ]

    said = {
        str((sorted(found.chain.items()), found.ties, found.fates))
        for order in [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (1, 4, 0, 3, 2), (3, 0, 4, 2, 1)]
        for found in [linked(*(made()[n] for n in order), links=links)]
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    "said", [{"key": "person"}, {"within": "9d"}, {"kinds": ["deelzaak"]}, {"source": "cases"}], ids=str
)
def test_a_link_that_contradicts_itself_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Link.model_validate({"source": "advice", "to": "cases", **said})


LINKS = (
    Link(source="advice", to="cases"),
    Link(source="advice", to="cases", loosely=True),
    Link(source="advice", to="cases", on="reference"),
    Link(source="advice", to="cases", key="person", within=timedelta(days=3)),
    Link(source="care", to="advice"),
    Link(source="care", to="cases", key="related_case"),
    Link(source="care", to="cases", key="person", within=timedelta(days=2)),
    Link(source="cases", to="cases", key="related_case"),
    Link(source="cases", to="cases", key="related_case", kinds=("hoofdzaak", "deelzaak")),
    Link(source="cases", to="cases", key="person", within=timedelta(days=3)),
    Link(source="cases", to="cases", on="reference"),
)
KINDS = ["hoofdzaak", "deelzaak", "vervolg"]


def generated(seed: int) -> tuple[list[Dossier], list[Link]]:
    """Return dossiers of three organisations, whose few numbers and persons meet often, and all links in some order."""
    chance = random.Random(seed)
    numbers = [form.format(n) for n in range(60) for form in ("Z-{}", "Z{}", "z {}", "Straße-{}", "STRASSE{}")]

    def some(choices: list[str], most: int) -> set[str]:
        return set(chance.sample(choices, chance.randint(0, most)))

    made = []
    for source in ORDER:
        for number in chance.sample(numbers, 100):
            node = number if source == "cases" else f"{source}:{number}"
            at = chance.choice([None, *(day * DAY for day in range(40))])
            related = {(chance.choice(KINDS), of) for of in some([*numbers, ""], 2)}
            people = some([f"p{n}" for n in range(40)], 2)
            made.append(Dossier(source, number, node, at, 1, some([*numbers, "nowhere"], 2), related, people))
    return made, chance.sample(LINKS, len(LINKS))


@pytest.mark.parametrize("seed", range(6))
def test_the_engine_links_as_plain_loops_do(seed: int) -> None:
    told, links = generated(seed)
    here = linked_in_engine(told, links, ORDER)
    there = link(told, links, ORDER)
    assert here.fates == there.fates
    assert {fate for fates in there.fates for fate in fates} >= {"matched", "ambiguous", "orphan", "conflict", "alone"}
    assert here.ties == there.ties
    assert here.chain == there.chain
    assert here.examples == sorted(there.examples)
