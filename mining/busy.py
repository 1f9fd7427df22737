"""When a resource was at recorded work: its spells, and the open time in them until an instant.

A spell is work that overlaps, which counts once (Suriadi, Ouyang, van der Aalst, ter Hofstede 2017). Plain loops over
integer arrays that `mining.compiled` may run compiled. Work comes in the order in which it was begun, so a spell that
is over never changes; only the last one may still grow, and not beyond what is asked of it by then.
"""

from __future__ import annotations

from mining.open_time import day_of, opened
from mining.sequences import Ints
from mining.work_arrays import BEGIN, BOTH, BUSY_UNTIL, END, OFFSET, SPELLS, Pass, spell_place


def at_work(started: int, done: int, p: Pass) -> None:
    """Let the resource be at work from `started` to `done`."""
    if started > p.now[BUSY_UNTIL]:
        _end_spell(p)
        _begin_spell(started, p)
    p.now[BUSY_UNTIL] = max(p.now[BUSY_UNTIL], done)


def _end_spell(p: Pass) -> None:
    """Write down where the last spell ended; one without any open time says nothing, and is forgotten."""
    n, is_open = p.now[SPELLS] - 1, False
    if n < 0:
        return
    day = day_of(p.now[BUSY_UNTIL], p)
    for calendar in range(p.hours.shape[0]):
        for kind in range(BOTH + 1):
            place = spell_place(calendar, kind)
            end = opened(calendar, kind, day, p.now[BUSY_UNTIL], p)
            p.spells[n, place + END] = end
            is_open |= p.spells[n, place + OFFSET] + end > _before(n, place, p.spells)
    if not is_open:
        p.now[SPELLS] = n


def _begin_spell(started: int, p: Pass) -> None:
    n, day = p.now[SPELLS], day_of(started, p)
    p.spells[n, BEGIN] = started
    for calendar in range(p.hours.shape[0]):
        for kind in range(BOTH + 1):
            place = spell_place(calendar, kind)
            p.spells[n, place + OFFSET] = _before(n, place, p.spells) - opened(calendar, kind, day, started, p)
    p.now[SPELLS] = n + 1


def _before(n: int, place: int, spells: Ints) -> int:
    """Return the open time in all spells before this one."""
    return int(spells[n - 1, place + OFFSET] + spells[n - 1, place + END]) if n > 0 else 0


def spell_at(moment: int, p: Pass) -> int:
    """Return the last spell that had begun by then, −1 where there is none."""
    low, high = 0, int(p.now[SPELLS])
    while low < high:
        middle = (low + high) // 2
        if p.spells[middle, BEGIN] <= moment:
            low = middle + 1
        else:
            high = middle
    return low - 1


def busy_time(n: int, moment: int, shown: int, calendar: int, kind: int, p: Pass) -> int:
    """Return the open time in spells until a moment: `n` is the last that had begun, `shown` what the hours show."""
    if n < 0:
        return 0
    place, end = spell_place(calendar, kind), shown
    if n < p.now[SPELLS] - 1:
        end = p.spells[n, place + END]
    elif moment > p.now[BUSY_UNTIL]:
        end = opened(calendar, kind, day_of(p.now[BUSY_UNTIL], p), p.now[BUSY_UNTIL], p)
    return int(p.spells[n, place + OFFSET] + min(shown, end))
