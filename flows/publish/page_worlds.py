"""The citizen's world beside the system's: a compact pair of the same cases.

In: a telling. Out: two lists of facts. What is not known says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.disclosure_mark import is_silent, is_withheld, ratio
from flows.publish.page_tables import Said, Telling
from mining.results.citizen import UNKNOWN_CHANNEL, Contacts, Counters
from mining.results.rework import HandoffLevel


@dataclass(frozen=True)
class World:
    """One side: its name, and what is true of it."""

    title: str
    facts: tuple[tuple[str, Said], ...]


def worlds(telling: Telling) -> tuple[World, World]:
    """Return what the citizen lives through, and what the organisation does meanwhile."""
    words = telling.words
    return (
        World(words("world_citizen"), tuple((words(f"world_{key}"), said) for key, said in _citizen(telling))),
        World(words("world_system"), tuple((words(f"world_{key}"), said) for key, said in _system(telling))),
    )


def _citizen(telling: Telling) -> list[tuple[str, Said]]:
    words, numbers, found = telling.words, telling.numbers, telling.findings
    contacts, again = found.contacts, found.supplements
    counters = contacts.counters
    return [
        ("span", numbers.long(found.lead_time.elapsed.mean_seconds)),
        ("silence", _silence_said(telling, contacts)),
        ("contacts", _contacts_said(telling, contacts)),
        ("counters", _counters_said(telling, counters)),
        ("again", _again_said(telling, again.cases_more_than_once) if again.times else words(numbers.absent)),
    ]


def _again_said(telling: Telling, again: int) -> str:
    """Return how many cases lay with the citizen more than once, and which share of all closed ones."""
    words, numbers, cases = telling.words, telling.numbers, telling.findings.cohort.cases
    if is_silent(again):
        return words("not_told")
    share = ratio(again, cases) if cases else None
    return words("world_again_said", cases=numbers.count(again), share=numbers.share(share))


def _contacts_said(telling: Telling, contacts: Contacts) -> str:
    """Return the contacts a case, and how many were at a counter: at least, where not every channel is known."""
    words, numbers, by_channel = telling.words, telling.numbers, contacts.by_channel
    if not contacts.contacts or is_silent(contacts.contacts):
        return words("not_told" if contacts.contacts else numbers.absent)
    mean, at_desk = numbers.rate(contacts.mean_per_case), numbers.count(by_channel.get("counter", 0))
    if UNKNOWN_CHANNEL not in by_channel:
        return words("world_contacts_said", mean=mean, counters=at_desk)
    if "counter" not in by_channel:
        return words("world_contacts_mean", mean=mean)
    return words("world_contacts_said", mean=mean, counters=words("world_least", amount=at_desk))


def _silence_said(telling: Telling, contacts: Contacts) -> str:
    """Return how long it was silent; where no source tells of contacts there may have been word that nobody noted."""
    silence = telling.numbers.long(contacts.silence_median_seconds)
    is_known = (
        contacts.contacts or contacts.silence_median_seconds is None or is_silent(contacts.silence_median_seconds)
    )
    return silence if is_known else telling.words("world_silence_known", silence=silence)


def _counters_said(telling: Telling, counters: Counters) -> str:
    """Return how many different counters a case met; unknown where no contact and no visit is known."""
    words, numbers, mean = telling.words, telling.numbers, counters.mean_per_case
    if mean is None or (counters.is_least and not counters.different):
        return words(numbers.absent)
    if is_silent(mean):
        return words("not_told")
    said = words("world_counters_said", mean=numbers.rate(mean), n=numbers.count(counters.different))
    return words("world_least", amount=said) if counters.is_least else said


def _system(telling: Telling) -> list[tuple[str, Said]]:
    words, numbers, found = telling.words, telling.numbers, telling.findings
    level = next((one for one in found.handoff_levels if one.level == "team"), None)
    return [
        (
            "work",
            telling.by_clock(
                lambda scene: _worked(telling, scene.lead.amounts.process_seconds, scene.clock), legal=True
            ),
        ),
        ("handoffs", _handoffs_said(telling, level) if level else words(numbers.absent)),
        ("right", numbers.share(found.observed_first_time_right)),
        ("inside", numbers.count(found.wip.at_as_of)),
    ]


def _handoffs_said(telling: Telling, level: HandoffLevel) -> str:
    """Return the handoffs a case; at least, where of a transition a holder or the order is not known."""
    said = telling.numbers.rate(level.per_case)
    is_least = (level.unknown_holder or level.order_unknown) and not is_withheld(level.per_case)
    return telling.words("world_least", amount=said) if is_least else said


def _worked(telling: Telling, seconds: float, clock: str) -> str:
    """Return how much of it anybody works; at least, where many starts are not recorded."""
    if not seconds:
        return telling.words(telling.numbers.absent)
    amount = telling.numbers.long(seconds, clock)
    return telling.words("world_least", amount=amount) if telling.plain.is_work_least else amount
