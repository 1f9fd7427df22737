"""The section with the honest promise: nine of ten within so long, beside the service norm of today."""

from __future__ import annotations

from itertools import groupby

from flows.publish.page_tables import Clocked, Said, Section, Telling, table
from mining.results.survival import Promise


def promise_section(telling: Telling) -> Section | None:
    """Return a sentence for a website per persona and zaaktype, with its interval, cases and norm; null without any.

    In the citizen's clock in weeks, in the organisation's in working days.
    """
    ends, words = telling.findings.open_ends, telling.words
    if ends is None or not ends.promises:
        return None
    by_group = [list(found) for _, found in groupby(ends.promises, key=lambda p: (p.group, p.value))]
    whole = by_group[0]
    answer = [_by_unit(telling, whole, _sentence), _by_unit(telling, whole, _basis)]
    columns = ("who", "sentence", "range", "cases", "norm")
    rows: list[tuple[Said, ...]] = [
        (
            _who(telling, found[0]),
            _by_unit(telling, found, _sentence),
            _by_unit(telling, found, _range),
            telling.numbers.count(found[0].cases),
            _by_unit(telling, found, _norm),
        )
        for found in by_group
    ]
    listed = table(words("promise_table"), [words(f"promise_col_{name}") for name in columns], rows, is_open=True)
    notes = [words("promise_note", draws=telling.numbers.count(ends.draws))]
    if ends.groups_left_out:
        notes.append(words("promise_left_out", count=ends.groups_left_out))
    return Section(
        "promise", words("promise_question"), tuple(answer), (), (listed,), tuple(notes), untold=telling.untold("legal")
    )


def _by_unit(telling: Telling, found: list[Promise], tell: object) -> Said:
    """Return what is told in weeks for the citizen's clock and in working days for the organisation's."""
    by_unit = {promise.unit: tell(telling, promise) for promise in found}
    weeks = by_unit.get("weeks") or by_unit["working_days"]
    return Clocked(weeks, by_unit.get("working_days", weeks))


def _who(telling: Telling, promise: Promise) -> str:
    words = telling.words
    if promise.group == "all":
        return words("promise_all")
    value = telling.plain.persona(promise.value) if promise.group == "persona" else promise.value
    return words(f"promise_{promise.group}", value=value)


def _long(telling: Telling, promise: Promise, amount: float) -> str:
    whole = telling.numbers.decimal(amount, 0 if amount == int(amount) else 1)
    return telling.words(f"promise_{'one_' if amount == 1 else ''}{promise.unit}", amount=whole)


def _sentence(telling: Telling, promise: Promise) -> str:
    """Return the sentence that may stand on a website; without a promise, why there is none."""
    words = telling.words
    if promise.within is not None:
        return words("promise_said", within=_long(telling, promise, promise.within))
    if promise.low is None and promise.at_least is None and not promise.not_reached_share:
        return words("promise_few")
    if promise.at_least is None:
        return words("promise_not_reached")
    return words("promise_at_least", least=_long(telling, promise, promise.at_least))


def _range(telling: Telling, promise: Promise) -> str:
    if promise.low is None:
        return "–"
    if promise.high is None:
        share = telling.numbers.share(promise.not_reached_share, 1)
        return telling.words("promise_no_end", low=_long(telling, promise, promise.low), share=share)
    low, high = (_long(telling, promise, end) for end in (promise.low, promise.high))
    return telling.words("promise_range", low=low, high=high)


def _norm(telling: Telling, promise: Promise) -> str:
    words = telling.words
    if promise.norm_units is None:
        return words("promise_no_norm")
    norm = _long(telling, promise, promise.norm_units)
    if promise.is_within_norm is None:
        return words("promise_norm", norm=norm)
    return words("promise_within_norm" if promise.is_within_norm else "promise_beyond_norm", norm=norm)


def _basis(telling: Telling, promise: Promise) -> str:
    filled = {
        "cases": telling.numbers.count(promise.cases),
        "range": _range(telling, promise),
        "norm": _norm(telling, promise),
    }
    return telling.words("promise_basis", **filled)
