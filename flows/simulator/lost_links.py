"""Dossiers of partners whose case cannot be found: extra ones beside the good ones, so that no case's truth changes.

Of each kind `count`: a number with a slip of the pen that no case has, two cases named in one dossier, no number.
"""

from __future__ import annotations

from flows.simulator.people import Random
from flows.simulator.records import Row

_FATES = ("orphans", "ambiguous", "without_key")


def add_lost_links(rows: dict[str, list[Row]], random: Random, count: int) -> dict[str, dict[str, int]]:
    """Add lost dossiers to the partners' rows; return source → what a perfect linking says of its dossiers."""
    numbers = [row[0] for row in rows["cases"]]
    truth = {}
    for source in ("advice-partner", "care-provider"):
        good = rows[source]
        matched = len({row[0] for row in good if row[1]})
        day_of = [row[2:] for row in good]
        for kind in _FATES if good else ():
            for n in range(count):
                own = f"{good[0][0][:3]}9{_FATES.index(kind)}{n:05d}"
                what = day_of[int(random.integers(0, len(day_of)))]
                good += [(own, told, *what) for told in _told(kind, numbers, random)]
        truth[source] = {"matched": matched, **dict.fromkeys(_FATES, count if good else 0)}
    return truth


def _told(kind: str, numbers: list[str], random: Random) -> list[str]:
    """Return the case numbers that the records of one lost dossier bear."""
    one, other = (numbers[n] for n in random.choice(len(numbers), 2, replace=False).tolist())
    slip = f"{one[:-2]}{one[-1]}{one[-2]}X"
    return {"orphans": [slip], "ambiguous": [one, other], "without_key": [""]}[kind]
