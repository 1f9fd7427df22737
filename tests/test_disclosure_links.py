"""The numbers of links give no small group back, neither by their own sums nor by the coverage of their source."""

from __future__ import annotations

import numpy as np
import pytest

from flows.publish.disclosure import disclosed
from flows.publish.disclosure_fields import few_told
from flows.publish.disclosure_mark import is_withheld
from mining.findings import Findings
from mining.results.chain import ChainCases, LinkCoverage, Linking, LinkResult
from tests.disclosure_attacker import attack
from tests.findings_example import example

OF_LINKS = ("link", "source", "chain")


def link(source: str, parts: dict[str, int], inferred: int = 0) -> LinkResult:
    counts = dict.fromkeys(("matched", "ambiguous", "orphans", "conflicts", "alone", "without_key"), 0) | parts
    tried = sum(counts[name] for name in ("matched", "ambiguous", "orphans", "conflicts"))
    return LinkResult(
        source=source,
        to="zaak",
        key="reference",
        dossiers=sum(counts.values()),
        stated=counts["matched"] - inferred,
        stated_loosely=0,
        inferred=inferred,
        share=counts["matched"] / tried if tried else None,
        **counts,
    )


def coverage(source: str, dossiers: int, linked: int) -> LinkCoverage:
    return LinkCoverage(
        source=source,
        dossiers=dossiers,
        linked=linked,
        events=3 * dossiers,
        linked_events=3 * linked,
        aside_events=0,
        coverage=linked / dossiers,
    )


def with_links(*links: LinkResult, linked: int, cases: ChainCases | None = None) -> Findings:
    sources = (coverage("partner", links[0].dossiers, linked),)
    return example().model_copy(update={"linking": Linking(links=links, sources=sources, cases=cases)})


def found_of_links(findings: Findings) -> list[tuple]:
    return [each for each in attack(findings, disclosed(findings)) if each[0] in OF_LINKS]


def test_two_links_of_a_source_do_not_give_the_small_one_back_by_what_is_linked_of_it():
    first = link("partner", {"matched": 50, "without_key": 50})
    second = link("partner", {"matched": 4, "orphans": 36, "without_key": 60})
    findings = with_links(first, second, linked=54)
    assert found_of_links(findings) == []
    told = disclosed(findings).linking
    assert is_withheld(told.links[1].matched)
    assert is_withheld(told.sources[0].linked)
    assert is_withheld(told.sources[0].coverage)
    assert (told.links[0].matched, told.sources[0].dossiers) == (50, 100)


def test_a_source_of_few_dossiers_is_not_counted():
    team = disclosed(with_links(link("partner", {"matched": 4}), linked=4))
    assert [place for place in few_told(team, 10) if "linking" in place] == []


def test_large_numbers_of_links_are_told_as_they_are():
    findings = with_links(link("partner", {"matched": 60, "orphans": 40}, inferred=20), linked=60)
    assert disclosed(findings).linking == findings.linking


@pytest.mark.parametrize("seed", range(60))
def test_no_small_number_of_any_links_is_found_by_solving(seed: int):
    random = np.random.default_rng(seed)
    dossiers = int(random.integers(5, 300))
    links = []
    for _ in range(random.integers(1, 4)):
        matched = int(random.integers(0, 25 if seed % 2 else dossiers // 3 + 1))
        matched = min(matched, dossiers // 3)
        cuts = np.sort(random.integers(0, dossiers - matched + 1, 2))
        rest = (int(cuts[0]), int(cuts[1] - cuts[0]), int(dossiers - matched - cuts[1]))
        parts = {"matched": matched} | dict(zip(("orphans", "conflicts", "without_key"), rest, strict=True))
        links.append(link("partner", parts, inferred=int(random.integers(0, matched + 1))))
    linked = sum(one.matched for one in links)
    counts = [int(random.integers(0, most)) for most in (200, 60, 12)]
    joined = counts[1] + counts[2]
    cases = ChainCases(
        cases=sum(counts),
        joined=joined,
        by_organisations={str(n + 1): count for n, count in enumerate(counts)},
        several_cases=int(random.integers(0, joined + 1)),
    )
    findings = with_links(*links, linked=linked, cases=cases)
    assert found_of_links(findings) == []
    assert [place for place in few_told(disclosed(findings), 10) if "linking" in place] == []
