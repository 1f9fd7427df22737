"""Handoffs within sequences, as plain loops that `mining.compiled` may run compiled (DESIGN §5, handoff)."""

from __future__ import annotations

from typing import NamedTuple

from mining.read_arrays import DECLARED, LEAD, NONE, Positions
from mining.sequences import Ints


class Handovers(NamedTuple):
    """Where the holder changes: the place of the position, who hands over to whom, and whether it goes back."""

    place: Ints
    giver: Ints
    taker: Ints
    is_back: Ints


def hand_over(
    is_automatic: Ints, codes: Ints, offsets: Ints, positions: Positions, names: Ints, found: Handovers
) -> int:
    """Find where the holder changes between consecutive on-path segments of one episode, both known.

    `names` gives a lane's number at the level (team, department, organisation); −1 is not known. Automatic events
    hand nothing over, unless a declared turn holds their segment. Returns how many there are.
    """
    phase, episode, on_path, lane, booked_by = (
        positions.phase,
        positions.episode,
        positions.on_path,
        positions.lane,
        positions.booked_by,
    )
    places, givers, takers, is_back = found
    count = 0
    for n in range(len(offsets) - 1):
        in_episode, previous, giver, taker = 0, NONE, NONE, NONE
        for i in range(offsets[n], offsets[n + 1]):
            if phase[i] != LEAD:
                in_episode, previous, giver, taker = 0, NONE, NONE, NONE
                continue
            if not on_path[i] or (is_automatic[codes[i]] and booked_by[i] != DECLARED):
                continue
            holder = int(names[lane[i]]) if lane[i] >= 0 else NONE
            if in_episode == episode[i] and previous >= 0 and holder >= 0 and previous != holder:
                places[count], givers[count], takers[count] = i, previous, holder
                is_back[count] = giver == holder and taker == previous
                giver, taker, count = previous, holder, count + 1
            in_episode, previous = int(episode[i]), holder
    return count
