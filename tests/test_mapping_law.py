"""A mapping names rules, grounds and extensions that the law has; what it does not have is said with its line."""

from pathlib import Path

import pytest

from tests.test_mapping_check import found
from tests.test_mapping_load import JOURNEY, SOURCE

PLAIN, RULE = "Start: start", "Start: {name: start, "
NORM = "norms:\n- {name: n, clock: legal, "


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"sources__cases": SOURCE.replace(PLAIN, RULE + "suspends: suplement}")},
            "the law has no ground 'suplement'; did you mean 'supplement'?",
        ),
        (
            {"sources__cases": SOURCE.replace(PLAIN, RULE + "resumes: suplement}")},
            "the law has no ground 'suplement'; did you mean 'supplement'?",
        ),
        (
            {"sources__cases": SOURCE.replace(PLAIN, RULE + "extends: {amount: 6w, by: statutary}}")},
            "the law has no extension 'statutary'; did you mean 'statutory'?",
        ),
        (
            {"sources__cases": SOURCE + "case:\n  suspensions:\n  - {from: van, ground: suplement}\n"},
            "the law has no ground 'suplement'; did you mean 'supplement'?",
        ),
        (
            {"sources__cases": SOURCE.replace(PLAIN, RULE + "suspends: {term_column: termijn}}")},
            "name under 'keep' the columns of terms: termijn",
        ),
        (
            {"sources__cases": SOURCE.replace(PLAIN, RULE + "suspends: {term: 2w, sets_term: true}}")},
            "say of the term one of 'term', 'term_column' and 'sets_term'",
        ),
        ({"sources__cases": SOURCE + "case:\n  suspensions:\n  - {to: tot}\n"}, "a suspension needs 'from'"),
        ({"sources__cases": SOURCE + "case:\n  extensions:\n  - {on: dag}\n"}, "an extension needs either"),
        ({"journeys__main": JOURNEY + NORM + "rule: decison}\n"}, "the law has no rule 'decison'; did you mean"),
        ({"journeys__main": JOURNEY + NORM + "only_with: objct}\n"}, "no source maps the activity 'objct'"),
        ({"journeys__main": JOURNEY + "supplement_requests: [ask]\n"}, "no source maps the activity 'ask'"),
        (
            {"journeys__main": JOURNEY + NORM + "amount: 48h}\n"},
            "journeys/main.yaml:7: norm 'n' is set in hours or part of a day, and the legal clock counts whole days",
        ),
        ({"journeys__main": JOURNEY + NORM + "amount: 2.5d}\n"}, "norm 'n' is set in hours or part of a day"),
        ({"journeys__main": JOURNEY + "norms:\n- {name: n, months: 3}\n"}, "only a norm in the legal clock"),
    ],
)
def test_what_the_law_does_not_have_is_said(tmp_path: Path, files: dict[str, str], says: str):
    problems = found(tmp_path, **files)
    assert any(says in problem for problem in problems), problems


def test_a_legal_norm_may_leave_its_amount_to_the_law(tmp_path: Path):
    assert found(tmp_path, journeys__main=JOURNEY + NORM + "rule: objection, from: start, to: decide}\n") == []
