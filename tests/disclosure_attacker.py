"""An attacker who solves for what is not told: all numbers that are told, and every sum that the definitions promise.

In: the whole findings, from which only the names of the unknowns and the sizes of the groups are taken, and the
findings for the team. Out: the unknowns of small groups that the told numbers determine. What is told becomes an
equation, a share or a mean one with a known factor; an unknown is found where no solution of the system can change it.
"""

from __future__ import annotations

from mining.findings import Findings
from tests.disclosure_count_sums import attempts, contacts, counts, links, personas, supplements
from tests.disclosure_system import Attack, Unknown
from tests.disclosure_time_sums import handoffs, ladders, loops, steps, waits


def attack(whole: Findings, team: Findings) -> list[Unknown]:
    """Return every secret that the team's findings give away."""
    made = Attack(whole, team)
    made.truth["N",] = float(whole.cohort.cases)
    made.truth["all",] = float(whole.log.cases)
    made.known(("N",), team.cohort.cases)
    made.known(("all",), team.log.cases)
    for each in (ladders, loops, steps, handoffs, waits, counts, personas, attempts, contacts, links, supplements):
        each(made)
    return made.found()
