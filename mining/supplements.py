"""What the citizen was asked for, how often, and what it cost (DESIGN §5, loop, touchpoints)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from mappings.project import Project
from mining.amounts import both, rows_of, sums
from mining.engine import kept
from mining.ledger import Ledger
from mining.loops import citizen_lanes
from mining.reach import in_first
from mining.read_arrays import ACTIVITY, LEAD, OPENS_LANE
from mining.results.rework import Asked, Supplements
from mining.sequences import Ints


def supplements(ledger: Ledger, segments: Any, project: Project, cases: int) -> Supplements:
    """Return the rounds in which a case lay with the citizen again: visits to a step in a citizen's lane.

    The first visit of an episode is no round: it is the application. The cost lies inside the lead time. A round of
    which the holder is unknown is not seen. Only the first episodes of the cases with a lead time count.
    """
    citizen = citizen_lanes(project)
    if not citizen:
        return Supplements()
    rounds = _rounds(ledger, citizen)
    first_visit = kept(segments.get_backend(), "zs_rounds", pa.table({"sequence": rounds.owner, "first": rounds.first}))
    held = segments.filter(segments.lane.isin(citizen) & (segments.visit > 1)).join(first_visit, "sequence")
    rows = rows_of(held.group_by(is_first=held.visit == held["first"]).agg(**sums(held)))
    later = [row for row in rows if not row["is_first"]]
    made, again = ledger.cohort_cases[rounds.owner], rounds.times > 1
    return Supplements(
        cases=int(made.sum()),
        times=int((made * rounds.times).sum()),
        cases_more_than_once=int(made[again].sum()),
        times_more_than_once=int((made * (rounds.times - 1))[again].sum()),
        cost=both(rows, cases) if rows else None,
        cost_more_than_once=both(later, cases) if later else None,
        asked=_asked(ledger, citizen),
    )


class _Rounds(NamedTuple):
    """The sequences with a round: the visit that is the first of their rounds, and how many they have."""

    owner: Ints
    first: Ints
    times: Ints


def _rounds(ledger: Ledger, citizen: list[str]) -> _Rounds:
    structures, p = ledger.structures, ledger.structures.positions
    is_round = in_first(structures) & (p.visit > 1) & _named(p.lane, structures.coded.lanes, citizen)
    places = np.flatnonzero(is_round)
    owner, visit = structures.sequences.owners[places], p.visit[places]
    # a visit is consecutive, and so are its positions here
    begins = np.flatnonzero((np.diff(owner, prepend=-1) != 0) | (np.diff(visit, prepend=-1) != 0))
    owner, visit = owner[begins], visit[begins]
    firsts = np.flatnonzero(np.diff(owner, prepend=-1) != 0)
    return _Rounds(owner[firsts], visit[firsts], np.diff(np.append(firsts, len(owner))))


def _named(numbers: Ints, names: tuple[str, ...], chosen: list[str]) -> Ints:
    """Tell which numbers are those of the chosen names; −1 is none."""
    is_chosen = np.array([*(name in chosen for name in names), False])
    named: Ints = is_chosen[numbers]
    return named


def _asked(ledger: Ledger, citizen: list[str]) -> tuple[Asked, ...]:
    """Count the activities that opened a turn for the citizen in the cases of the cohort, and those that did so twice.

    Events off the path ask as much as those on it.
    """
    s, p, coded = ledger.structures.sequences, ledger.structures.positions, ledger.structures.coded
    opens, activities = (coded.alphabet.tokens[:, of] for of in (OPENS_LANE, ACTIVITY))
    is_asking = _named(opens, coded.lanes, citizen)[s.codes] & (p.phase == LEAD) & (p.episode == 1)
    places = np.flatnonzero(is_asking)
    asked_by = s.owners[places].astype(np.int64) * len(coded.activities) + activities[s.codes[places]]
    key, times = np.unique(asked_by, return_counts=True)
    owner, activity = np.divmod(key, len(coded.activities))
    made = ledger.cohort_cases[owner]
    counts = (made, made * times, made * (times > 1))
    # exact: a number of cases is far below what a float holds
    cases, asked, again = (np.bincount(activity, n, len(coded.activities)).astype(np.int64).tolist() for n in counts)
    return tuple(
        Asked(activity=coded.activities[n], cases=cases[n], times=asked[n], cases_more_than_once=again[n])
        for n in sorted(np.flatnonzero(cases).tolist(), key=lambda n: (-asked[n], coded.activities[n]))
    )
