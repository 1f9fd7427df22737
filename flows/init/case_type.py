"""A zaaktype as a first journey needs it: its statuses in order, its endings, its terms, and what is left to ask.

`volgnummer` says little where it follows the alphabet: then the order comes from the sequence observed, else
from what the words usually mean, and is a question. "Ingetrokken" and its kin are endings, not steps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_ENDINGS = re.compile(
    r"ingetrokken|intrekking|afgebroken|geannuleerd|buiten behandeling|niet[ -]?ontvankelijk|niet in behandeling"
    r"|vervallen|doorgezonden|doorgestuurd|doorverwezen|niet doorgegaan|gestaakt|stopgezet|^fout$",
    re.IGNORECASE,
)
_USUAL = (
    r"ontvangen|ingediend|gedaan|gestart|aangemaakt|nieuw",
    r"geregistreerd|geaccepteerd|bevestigd|verstuurd naar",
    r"intake|getoetst|indieningsvereisten|ontvankelijk(?!heid getoetst)|ontvankelijkheid",
    r"in behandeling|in onderzoek|verwerking|productie",
    r"onderzoek afgerond|advies|aanvulling|wacht",
    r"voorstel",
    r"besluit|beschikking|beslist",
    r"ter inzage|verzonden|bekendgemaakt|uitvoering|gereed|bezorging",
    r"afgehaald|bezorgd|uitgereikt|betaald",
)
_ONE_DAY = frozenset({"P0D", "P1D", "PT24H", "P0Y0M1D"})
_MONTHS = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?$")
_DAYS = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?$")


@dataclass(frozen=True)
class StatusType:
    """A status as the catalogue has it."""

    name: str
    place: int | None = None
    is_last: bool = False


@dataclass(frozen=True)
class Observed:
    """What a look at some cases showed of the order of their statuses."""

    cases: int = 0
    """Cases looked at that had ended."""
    before: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(a, b) → cases in which a came first before b did."""
    reached: Mapping[str, int] = field(default_factory=dict)
    """Status → ended cases that had it."""


@dataclass(frozen=True)
class CaseType:
    """A zaaktype, its versions taken together: of each field what the newest version says."""

    identificatie: str
    title: str
    statuses: tuple[StatusType, ...] = ()
    results: tuple[str, ...] = ()
    lead_time: str | None = None
    """`doorlooptijd`, ISO 8601."""
    service_norm: str | None = None
    observed: Observed = Observed()
    versions: int = 1

    @property
    def endings(self) -> tuple[str, ...]:
        """The statuses that end a case without an answer."""
        return tuple(s.name for s in self.statuses if is_ending(s.name) and not s.is_last)

    @property
    def ending_results(self) -> tuple[str, ...]:
        """The results that end a case without an answer."""
        return tuple(name for name in self.results if is_ending(name))

    @property
    def steps(self) -> tuple[str, ...]:
        """The other statuses, in the order in which they are passed."""
        names = [s.name for s in self.statuses if s.name not in self.endings]
        if self.observed.before:
            return tuple(self._as_observed(names))
        return tuple(sorted(names, key=self._guess if self.is_alphabetical else self._place))

    @property
    def last(self) -> str | None:
        """The status with which a case is done."""
        ends = [s.name for s in self.statuses if s.is_last and s.name in self.steps]
        return ends[-1] if ends else self.steps[-1] if self.steps else None

    @property
    def is_alphabetical(self) -> bool:
        """Tell whether `volgnummer` follows the alphabet but for the last status, so that it says nothing of order."""
        placed = sorted((s for s in self.statuses if not s.is_last), key=lambda s: s.place or 0)
        names = [s.name.casefold() for s in placed]
        return len(names) > 2 and names == sorted(names)

    @property
    def questions(self) -> list[str]:
        """What only somebody who knows the work can say."""
        return [*self._order_questions(), *self._term_questions()]

    def share(self, name: str) -> float | None:
        """Return the share of the cases looked at that had a status; null where none was."""
        return self.observed.reached.get(name, 0) / self.observed.cases if self.observed.cases else None

    def _order_questions(self) -> list[str]:
        if self.observed.before:
            unseen = [name for name in self.steps if name not in self._seen()]
            return [f"No case looked at had {', '.join(unseen)}: where in the order is it?"] if unseen else []
        if self.is_alphabetical:
            return [
                "'volgnummer' follows the alphabet; the order of the steps is guessed from their words. Is it right?"
            ]
        return []

    def _term_questions(self) -> list[str]:
        asked = []
        if (self.lead_time or "").upper() in _ONE_DAY:
            asked.append(
                f"'doorlooptijd' is {self.lead_time}: one day reads as a placeholder. Which term does the law give?"
            )
        elif self.lead_time is None:
            asked.append("The catalogue has no 'doorlooptijd'. Which term does the law give?")
        elif duration_of(self.lead_time) is None and months_of(self.lead_time) is None:
            asked.append(f"'doorlooptijd' is {self.lead_time}, which is no term in days, weeks or months. What is it?")
        if self.service_norm is None:
            asked.append("The catalogue has no 'servicenorm'. What is promised to the applicant?")
        elif duration_of(self.service_norm) is None:
            asked.append(f"'servicenorm' is {self.service_norm}: write it in days or weeks. What is promised?")
        return asked

    def _place(self, name: str) -> tuple[int, int]:
        found = next(s for s in self.statuses if s.name == name)
        return (int(found.is_last), found.place if found.place is not None else 10_000)

    def _guess(self, name: str) -> tuple[int, int, int]:
        is_last, place = self._place(name)
        usual = next((n for n, words in enumerate(_USUAL) if re.search(words, name, re.IGNORECASE)), len(_USUAL) // 2)
        return (is_last, usual, place)

    def _as_observed(self, names: Sequence[str]) -> list[str]:
        """Return the statuses that cases had in their order; one that none had goes where its words would have it."""
        had = [name for name in names if name in self._seen()]
        ordered = sorted(had, key=lambda name: (-self._lead(name, had), self._guess(name)))
        for name in sorted(set(names) - set(had), key=self._guess):
            later = (i for i, other in enumerate(ordered) if self._guess(other) > self._guess(name))
            ordered.insert(next(later, len(ordered)), name)
        return ordered

    def _seen(self) -> set[str]:
        return {*self.observed.reached, *(name for pair in self.observed.before for name in pair)}

    def _lead(self, name: str, names: Sequence[str]) -> float:
        """Return over how many others a status comes first, in more than half of the cases that tell."""
        pairs = [(self.observed.before.get((name, o), 0), self.observed.before.get((o, name), 0)) for o in names]
        return sum((first > second) + (first == second) / 2 for first, second in pairs)


def is_ending(name: str) -> bool:
    """Tell whether a status or result ends a case without an answer: withdrawn, not treated, forwarded."""
    return _ENDINGS.search(name) is not None


def duration_of(term: str | None) -> str | None:
    """Return P56D or P8W as a mapping writes it; null for a placeholder, and for months, which have no one length."""
    found = _DAYS.match(term or "")
    if term is None or found is None or term.upper() in _ONE_DAY:
        return None
    days = int(found[1] or 0) * 7 + int(found[2] or 0)
    return (f"{days // 7}w" if days % 7 == 0 else f"{days}d") if days else None


def months_of(term: str | None) -> int | None:
    """Return P2M or P1Y in months; null for all else."""
    found = _MONTHS.match(term or "")
    return (int(found[1] or 0) * 12 + int(found[2] or 0) or None) if found else None


def observed(sequences: Iterable[tuple[bool, Sequence[tuple[str, str]]]]) -> Observed:
    """Return what cases show: whether each has ended, and its (moment, status). One moment says nothing of order.

    Cases under way show an order only; shares are those of the cases that ended.
    """
    cases, before, reached = 0, Counter[tuple[str, str]](), Counter[str]()
    for is_ended, sequence in sequences:
        first: dict[str, str] = {}
        for moment, name in sorted(sequence):
            first.setdefault(name, moment)
        cases += is_ended
        reached.update(first.keys() if is_ended else ())
        before.update((a, b) for a, at in first.items() for b, then in first.items() if at < then)
    return Observed(cases, before, reached)
