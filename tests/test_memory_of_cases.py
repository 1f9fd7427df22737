"""What stands outside the engine's memory: of twice as many cases, as many bytes more a case as is said here."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import numpy as np
import pytest

from mining.branch_times import branch_times
from mining.engine import limit, make_room
from mining.ledger import Ledger
from mining.norm_after import _Block, shares_within
from mining.packed import Packed, fields
from mining.passings import passings
from mining.position_labels import PositionLabels
from mining.promise import drawn_ages
from mining.replay import Changed
from mining.sequences import Sequences
from mining.structure_tables import _bounds, _positions
from mining.structures import read_structures
from mining.survival import FROM_START, Spans, curve
from mining.tokens import Token
from tests.bounded import held_by
from tests.logs import project
from tests.test_what_if import booked, durations

FEW, MANY = 1_000, 4_000
DAY = 86_400_000_000


def of_each_more(work: Callable[[int], Callable[[], object]], few: int = FEW, many: int = MANY) -> float:
    """Return the bytes that each case more takes; what is measured does the same work on so many cases."""
    return (held_by(work(many)) - held_by(work(few))) / (many - few)


@pytest.fixture(scope="module")
def ledgers() -> dict[int, Ledger]:
    """Cases with a pass of three events through branches."""
    return {count: booked(durations(cases=count))[0] for count in (FEW, MANY)}


@pytest.fixture(autouse=True)
def _some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("branch_times.AT_ONCE", "norm_after.AT_ONCE", "structure_tables._AT_ONCE", "position_labels._AT_ONCE"):
        monkeypatch.setattr(f"mining.{name}", 500)


def test_of_a_pass_through_branches_25_bytes_an_event_are_held(ledgers: dict[int, Ledger]) -> None:
    assert of_each_more(lambda count: lambda: branch_times(ledgers[count])) < 3 * 25 + 4 + 15


def test_cases_that_are_run_through_again_are_held_some_at_a_time(
    ledgers: dict[int, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = _Block.of

    def after_the_last(*given: Any) -> _Block:
        # expressions hold one another: those of one part are gone before the next, as they are where parts are large
        gc.collect()
        return taken(*given)

    monkeypatch.setattr(_Block, "of", after_the_last)
    norm: Any = SimpleNamespace(name="service", is_whole=True, clock="elapsed", limit_seconds=1e6)
    some = Changed(times={"advice": 0.5, "intake": 0.5}, reach={"visit": 0.5})
    times = {count: branch_times(ledger) for count, ledger in ledgers.items()}
    assert of_each_more(lambda count: lambda: shares_within(ledgers[count], times[count], some, (norm,))) < 40


def followed(count: int, kinds: int = 4) -> Spans:
    draw = np.random.default_rng(1)
    exits, ways = draw.integers(0, 200 * DAY, count), draw.integers(0, kinds, count).astype(np.int8)
    return Spans(np.broadcast_to(np.int64(FROM_START), count), exits, ways)


def test_of_a_case_a_curve_holds_one_number() -> None:
    cases = {count: followed(count) for count in (200_000, 600_000)}

    def drawn(count: int) -> Callable[[], object]:
        def work() -> object:
            whole = curve(cases[count])
            read = [whole.age_at(share, kind) for share in (0.5, 0.9) for kind in (None, 1)]
            return whole, read, whole.open_at(np.arange(100) * DAY), whole.at_risk_at(np.arange(100) * DAY)

        return work

    assert of_each_more(drawn, 200_000, 600_000) < 12


def test_a_promise_holds_cells_and_no_cases() -> None:
    cases = {count: followed(count) for count in (300_000, 900_000)}
    assert of_each_more(lambda count: lambda: drawn_ages(cases[count], 0.9, 1, DAY, 10), 300_000, 900_000) < 2


def sequences(count: int) -> Sequences:
    """Distinct sequences of some events each: their number is written in them."""
    steps = [Token(f"step{n}", f"step{n}", f"lane{n % 2}") for n in range(4)]
    return Sequences.of([[steps[n >> 2 * place & 3] for place in range(8)] for n in range(count)])


def test_positions_are_told_to_the_engine_some_at_a_time() -> None:
    read = {count: read_structures(sequences(count), frozenset(), None) for count in (4_000, 16_000)}
    passed = {count: passings(structures, project()) for count, structures in read.items()}

    def work(count: int) -> Callable[[], object]:
        def told() -> object:
            labels = PositionLabels.of(read[count])
            packed = Packed(fields("told", _bounds(read[count], passed[count], labels)))
            return sum(len(part) for part in _positions(read[count], passed[count], labels, packed, True))

        assert told() == 8 * count
        return told

    assert of_each_more(work, 4_000, 16_000) / 8 < 2


def memory_of(con: Any) -> int:
    [(bound,)] = con.con.execute("SELECT parse_formatted_bytes(current_setting('memory_limit'))").fetchall()
    return round(bound / 1e8)


def test_what_stands_beside_the_engine_is_taken_off_its_memory_once(tmp_path: Path) -> None:
    con = ibis.duckdb.connect()
    limit(con, "1GB", 1, str(tmp_path))
    make_room(con, 1, 1_000_000)
    assert memory_of(con) == 10
    make_room(con, 1, 300_000_000)
    assert memory_of(con) == 7
    make_room(con, 1, 300_000_000)
    assert memory_of(con) == 7
    make_room(con, 1, 1 << 40)
    assert memory_of(con) == 5
    limit(con, "2GB", 1, str(tmp_path))
    make_room(con, 1, 300_000_000)
    assert memory_of(con) == 16
