"""Invented applicants: persona, channel, moment of receipt, and the personal data that must never be kept.

Nobody here exists. The BSNs pass the eleven-test, so that a gate that looks for them has something to find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.simulator.clocks import DAY, HOUR, LOCAL, OFFICE, Mask, Seconds

Codes = npt.NDArray[np.int64]
Random = np.random.Generator

PERSONAS = ("mevrouw_de_vries", "mantelzorger", "zelfredzaam")
PERSONA_SHARES = (0.42, 0.33, 0.25)
CHANNELS = ("web", "telefoon", "balie", "brief")
CHANNEL_SHARES = ((0.12, 0.52, 0.22, 0.14), (0.58, 0.30, 0.08, 0.04), (0.72, 0.18, 0.08, 0.02))
DISTRICTS = ("Noord", "Oost", "Zuid", "West", "Centrum")
WEB = 0
_GIVEN = (
    "Anna",
    "Cornelis",
    "Fatima",
    "Gerrit",
    "Hendrika",
    "Ibrahim",
    "Johanna",
    "Maria",
    "Pieter",
    "Wilhelmina",
)
_FAMILY = (
    "Aalberts",
    "van den Bosch",
    "Demir",
    "de Groot",
    "Hoekstra",
    "Jansen",
    "Kuipers",
    "Postma",
    "Visser",
)


@dataclass(frozen=True)
class Applicants:
    """One row a case, in order of receipt."""

    number: Codes
    persona: Codes
    channel: Codes
    district: Codes
    received: Seconds

    def __len__(self) -> int:
        return len(self.number)

    @property
    def year_share(self) -> npt.NDArray[np.float64]:
        """How far into the year a case came in, 0 to 1: the queue grows with it."""
        return self.received / (365.0 * DAY)


def arrive(random: Random, first: int, count: int, days: tuple[float, float] = (0.0, 365.0)) -> Applicants:
    """Return `count` applicants numbered from `first`, spread over the given days of the year."""
    persona = random.choice(len(PERSONAS), count, p=PERSONA_SHARES)
    channel = _pick(random, np.array(CHANNEL_SHARES)[persona])
    moment = np.sort(random.uniform(days[0] * DAY, days[1] * DAY, count)).astype(np.int64)
    evening = (moment // DAY) * DAY + random.integers(7 * HOUR, 22 * HOUR, count)
    office = OFFICE.add(moment // DAY * DAY, random.integers(0, OFFICE.day_seconds, count))
    received = np.where(channel == WEB, evening, office)
    order = np.argsort(received, kind="stable")
    district = random.integers(0, len(DISTRICTS), count)
    return Applicants(np.arange(first, first + count), persona[order], channel[order], district[order], received[order])


def _pick(random: Random, shares: npt.NDArray[np.float64]) -> Codes:
    above = random.random(len(shares))[:, None] > np.cumsum(shares, axis=1)
    picked: Codes = above.sum(axis=1).clip(0, shares.shape[1] - 1)
    return picked


def case_numbers(number: Codes) -> list[str]:
    """Return the case numbers of the municipality."""
    return [f"Z-2025-{n + 1:07d}" for n in number.tolist()]


def dossier_numbers(number: Codes) -> list[str]:
    """Return the advice partner's own numbers, which resemble no case number."""
    return [f"MA{(n * 7919 + 104729) % 9_999_991:07d}" for n in number.tolist()]


def names(random: Random, count: int) -> list[str]:
    """Return invented names."""
    given, family = random.integers(0, len(_GIVEN), count), random.integers(0, len(_FAMILY), count)
    return [f"{_GIVEN[a]} {_FAMILY[b]}" for a, b in zip(given, family, strict=True)]


def mail_addresses(number: Codes) -> list[str]:
    """Return addresses in a domain that is reserved for examples."""
    return [f"aanvrager{n + 1}@example.org" for n in number.tolist()]


def citizen_service_numbers(random: Random, count: int) -> list[str]:
    """Return nine-digit numbers that pass the eleven-test, in a range that is not given out."""
    digits = random.integers(0, 10, (count * 2, 8))
    digits[:, :2] = (9, 9)
    check = (digits * np.arange(9, 1, -1)).sum(axis=1) % 11
    fits: Mask = check < 10
    whole = np.column_stack((digits[fits], check[fits]))[:count]
    return ["".join(map(str, row)) for row in whole.tolist()]


def received_on(applicants: Applicants) -> list[str]:
    """Return the moment of receipt as the case system writes it."""
    return LOCAL.iso(applicants.received)
