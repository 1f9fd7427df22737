"""The section about improvement cards: what was tried, what was expected, and whether it worked."""

from __future__ import annotations

from collections.abc import Iterator

from flows.publish.a3 import Told
from flows.publish.disclosure_mark import is_withheld
from flows.publish.page_numbers import Numbers
from flows.publish.page_tables import Said, Section, Telling, table
from flows.publish.words import Words
from mining.findings import Findings
from mining.results.cards import CardResult

_SIGNS = {"worked": "✓", "not": "✗", "too_early": "…"}


def cards_section(telling: Telling) -> Section | None:
    """Return each card with its verdict and the numbers behind it; null without cards."""
    found, words = telling.findings.cards, telling.words
    if not found:
        return None
    counts = {verdict: sum(card.verdict == verdict for card in found) for verdict in _SIGNS}
    answer = words("cards_answer", worked=counts["worked"], not_=counts["not"], early=counts["too_early"])
    said: list[Said] = [answer, *(f"{sentence(words, card)} {numbers_of(words, card)}" for card in found)]
    columns = (
        "card", "owner", "measure", "started", "judge_from", "before", "after", "difference", "mix", "range", "cases",
        "open", "verdict",
    )  # fmt: skip
    rows = [tuple(_cells(telling.numbers, card)) for card in found]
    listed = table(words("cards_table"), [words(f"cards_col_{name}") for name in columns], rows)
    return Section(
        "cards",
        words("cards_question"),
        tuple(said),
        (),
        (listed,),
        (words("cards_note"),),
        untold=telling.untold("working", "legal", key="norm_own_clock"),
    )


def sentence(words: Words, card: CardResult) -> str:
    """Return the verdict, the hypothesis and the reason of a card in words."""
    title = words.of(card.title, card.card)
    hypothesis = words("cards_hypothesis", think=words.of(card.we_think), leads=words.of(card.leads_to))
    numbers = Numbers(words)
    filled = {
        "date": numbers.day(card.judge_from),
        "open": numbers.share(card.open_share_after),
        "days": numbers.count(card.followed_days),
    }
    reason = words(f"cards_reason_{card.reason}", **filled)
    return f"{verdict_of(words, card)}: {title}. {hypothesis} {reason}"


def verdict_of(words: Words, card: CardResult) -> str:
    """Return the verdict with its sign."""
    said = words(f"cards_verdict_{card.verdict}")
    return f"{_SIGNS[card.verdict]} {said}"


def numbers_of(words: Words, card: CardResult) -> str:
    """Return what was measured, before and after; empty where nothing came in after the change."""
    numbers = Numbers(words)
    if card.value_before is None or card.value_after is None or card.equal_mix_difference is None:
        return words(
            "cards_no_numbers",
            measure=words.of(card.measure),
            before=numbers.count(card.cases_before),
            after=numbers.count(card.cases_after),
        )
    numbers = Numbers(words)
    return words(
        "cards_numbers_share" if card.unit == "share" else "cards_numbers",
        measure=words.of(card.measure),
        before=_amount(numbers, card, card.value_before),
        after=_amount(numbers, card, card.value_after),
        mix=_signed(numbers, card, card.equal_mix_difference),
        range=_range(numbers, card),
        cases_before=numbers.count(card.cases_before),
        cases_after=numbers.count(card.cases_after),
    )


def _amount(numbers: Numbers, card: CardResult, value: float | None) -> str:
    if value is None or card.unit == "seconds":
        return numbers.short(value, card.clock or "elapsed")
    return numbers.share(value) if card.unit == "share" else numbers.decimal(value, 2)


def _signed(numbers: Numbers, card: CardResult, value: float | None) -> str:
    if value is None:
        return numbers.words("unknown")
    if is_withheld(value):
        return numbers.words("not_told")
    if card.unit == "share":
        size = numbers.words("cmp_points", points=numbers.rate(abs(value) * 100))
    else:
        size = _amount(numbers, card, abs(value))
    return size if value == 0 else f"{'−' if value < 0 else '+'}{size}"


def _range(numbers: Numbers, card: CardResult) -> str:
    if card.equal_mix_low is None or card.equal_mix_high is None:
        return numbers.words("cards_no_range")
    if is_withheld(card.equal_mix_low):
        return numbers.words("not_told")
    ends = (_signed(numbers, card, end) for end in (card.equal_mix_low, card.equal_mix_high))
    return numbers.words("cmp_interval", low=next(ends), high=next(ends))


def _cells(numbers: Numbers, card: CardResult) -> Iterator[str]:
    words = numbers.words
    yield words.of(card.title, card.card)
    yield card.owner
    clock = f" ({words(f'clock_{card.clock}')})" if card.clock else ""
    better = words("cards_lower" if card.direction == "lower" else "cards_higher")
    yield f"{words.of(card.measure)}{clock}, {better}"
    yield numbers.day(card.started_on)
    yield numbers.day(card.judge_from)
    yield _amount(numbers, card, card.value_before)
    yield _amount(numbers, card, card.value_after)
    yield _signed(numbers, card, card.difference)
    yield _signed(numbers, card, card.equal_mix_difference) + (" ⇄" if card.sign_flips else "")
    yield _range(numbers, card)
    yield f"{numbers.count(card.cases_before)} / {numbers.count(card.cases_after)}"
    yield f"{numbers.share(card.open_share_before)} / {numbers.share(card.open_share_after)}"
    yield verdict_of(words, card)


def told_cards(findings: Findings, language: str) -> tuple[Told, ...]:
    """Return the cards as the A3 shows them: title with verdict, and what was seen."""
    words = Words(language)
    return tuple(
        Told(
            f"{_SIGNS[card.verdict]} {words.of(card.title, card.card)} ({card.owner})",
            f"{verdict_of(words, card)[2:]}. {numbers_of(words, card)}",
        )
        for card in findings.cards
    )
