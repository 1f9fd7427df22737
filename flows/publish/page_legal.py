"""The legal clock beside the norms: days used, suspended and extended, and why verdicts cannot be given."""

from __future__ import annotations

from collections.abc import Iterator

from flows.publish.page_tables import Table, Telling, table
from mining.results.norms import LegalTerm, NormResult

_COLUMNS = (
    "column_norm",
    "column_legal_term",
    "column_legal_rolls",
    "column_legal_known",
    "column_legal_used",
    "column_legal_suspended",
    "column_legal_extended",
    "column_legal_rolled",
    "column_legal_overdue",
    "column_legal_certain",
    "column_legal_outside",
    "column_legal_unpaired",
)


def legal_tables(telling: Telling) -> tuple[Table, ...]:
    """Return the tables of the legal terms; none where the journey has no norm in the legal clock."""
    return tuple(_tables(telling))


def _tables(telling: Telling) -> Iterator[Table]:
    words, terms = telling.words, [(n, n.legal) for n in telling.findings.norms if n.legal is not None]
    if not terms:
        return
    rows = [_row(telling, norm, term) for norm, term in terms]
    yield table(words("legal_title"), map(words, _COLUMNS), rows)
    reasons = [
        (words.of(norm.title, norm.name), words.of(reason.said), telling.numbers.count(reason.cases))
        for norm, term in terms
        for reason in term.reasons
    ]
    if reasons:
        columns = ("column_norm", "column_legal_reason", "column_legal_cases")
        yield table(words("legal_reasons_title"), map(words, columns), reasons)


def _row(telling: Telling, norm: NormResult, term: LegalTerm) -> tuple[str, ...]:
    words, numbers = telling.words, telling.numbers

    def both(cases: int, days: int) -> str:
        return words("legal_cases_days", cases=numbers.count(cases), days=numbers.count(days))

    used = "–" if term.used_mean_days is None else words("legal_days", days=numbers.decimal(term.used_mean_days))
    return (
        words.of(norm.title, norm.name),
        _length(telling, term),
        words("legal_rolls" if term.rolls_over else "legal_does_not_roll"),
        numbers.share(term.known_share),
        used,
        both(term.suspended_cases, term.suspended_days),
        both(term.extended_cases, term.extended_days),
        *map(numbers.count, (term.rolled_over_cases, term.overdue, term.decided_all_the_same)),
        *map(numbers.count, (term.ends_outside_decrees, term.unpaired_answers)),
    )


def _length(telling: Telling, term: LegalTerm) -> str:
    words, numbers = telling.words, telling.numbers
    if term.days is not None:
        return words("legal_days", days=numbers.count(term.days))
    return words("legal_months", months=numbers.count(term.months)) if term.months else words("legal_own_date")
