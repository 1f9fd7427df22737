"""The reconciliation law: every record read is accounted for, whatever happens on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.reconciliation import Reconciliation, balanced
from flows.store import EventStore, Stored
from flows.store.delta import DeltaFolder
from mappings.errors import StoreError
from tests.extracts import extract, log_of

LAW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def test_the_law_holds_where_both_sides_are_equal() -> None:
    batch = Reconciliation("zaken", 15, 5, 4, 3, 2, 1)
    assert batch.holds
    assert balanced(batch) is batch


@pytest.mark.parametrize(("read", "said"), [(17, "2 lost"), (14, "1 counted twice")])
def test_a_broken_law_shows_both_sides(read: int, said: str) -> None:
    batch = Reconciliation("zaken", read, 5, 4, 3, 2, 1)
    assert not batch.holds
    with pytest.raises(StoreError) as caught:
        balanced(batch)
    assert f"{read} records read" in str(caught.value)
    assert "= 15" in str(caught.value)
    assert said in str(caught.value)


@dataclass(frozen=True)
class Line:
    """One event as a source shows it."""

    event_id: str
    case: str
    activity: str
    records: int


@dataclass(frozen=True)
class Step:
    """One batch; how many writes it makes before the machine stops; whether it is done twice."""

    lines: tuple[Line, ...]
    stops_before_write: int | None
    twice: bool


LINES = st.builds(
    Line,
    st.sampled_from([f"e{n}" for n in range(5)]),
    st.sampled_from(["Z1", "Z2", "Z3"]),
    st.sampled_from(["intake", "toets"]),
    st.integers(1, 2),
)
STEPS = st.builds(Step, st.lists(LINES, max_size=6).map(tuple), st.none() | st.integers(0, 2), st.booleans())


class MachineStopped(BaseException):
    """Nothing may catch this."""


def _crash(store: EventStore, step: Step, folder: Path) -> None:
    """Take in the batch until the machine stops."""
    writes = iter(range(100))

    def stopping(write):
        def wrapped(*args):
            if next(writes) == step.stops_before_write:
                raise MachineStopped
            write(*args)

        return wrapped

    create, append, merge = (stopping(getattr(DeltaFolder, name)) for name in ("create", "append", "merge"))
    with (
        patch.object(DeltaFolder, "create", lambda *a: create(*a)),
        patch.object(DeltaFolder, "append", lambda *a: append(*a)),
        patch.object(DeltaFolder, "merge", lambda *a: merge(*a)),
    ):
        try:
            store.upsert(_extract(step, folder))
        except MachineStopped:
            return


def _extract(step: Step, folder: Path):
    log = " | ".join(f"{line.event_id} {line.case} {line.activity} {line.records}" for line in step.lines)
    cases = [{"case_id": case} for case in sorted({line.case for line in step.lines})]
    return extract(folder, log, cases=cases)


def _reconciled(step: Step, stored: Stored) -> Reconciliation:
    read = sum(line.records for line in step.lines)
    return Reconciliation("zaken", read, stored.stored, stored.replaced, stored.already_known, 0, 0)


def _expected(step: Step, known: dict[str, Line]) -> tuple[int, int, int]:
    """Count by hand, in plain Python: the second opinion on the SQL."""
    last = {line.event_id: line for line in step.lines}
    winners = {line.event_id: n for n, line in enumerate(step.lines)}
    stored = replaced = already_known = 0
    for n, line in enumerate(step.lines):
        winner, before = last[line.event_id], known.get(line.event_id)
        if before == winner or (n != winners[line.event_id] and line == winner):
            already_known += line.records
        elif n == winners[line.event_id] and before is None:
            stored += line.records
        else:
            replaced += line.records
    return stored, replaced, already_known


@LAW
@given(st.lists(STEPS, max_size=4))
def test_batches_done_twice_or_after_a_crash_give_the_store_of_a_quiet_day(steps: list[Step]) -> None:
    with TemporaryDirectory() as name:
        folder, known = Path(name), dict[str, Line]()
        store = EventStore(folder / "store")
        for step in steps:
            if step.stops_before_write is not None:
                _crash(store, step, folder)
                balanced(_reconciled(step, store.upsert(_extract(step, folder))))
            else:
                stored = store.upsert(_extract(step, folder))
                balanced(_reconciled(step, stored))
                assert (stored.stored, stored.replaced, stored.already_known) == _expected(step, known)
            if step.twice:
                again = store.upsert(_extract(step, folder))
                assert again.already_known == sum(line.records for line in step.lines)
            known |= {line.event_id: line for line in step.lines}
            quiet = " | ".join(f"{i} {known[i].case} {known[i].activity}" for i in sorted(known))
            assert log_of(store) == quiet


@LAW
@given(st.lists(st.lists(LINES, max_size=4), max_size=4), st.randoms(use_true_random=False))
def test_batches_that_do_not_contradict_each_other_may_come_in_any_order(batches, random) -> None:
    one = {line.event_id: line for batch in batches for line in batch}
    agreed = [Step(tuple(one[line.event_id] for line in batch), None, False) for batch in batches]
    shuffled = random.sample(agreed, len(agreed))
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = EventStore(folder / "store")
        for step in shuffled:
            balanced(_reconciled(step, store.upsert(_extract(step, folder))))
        assert log_of(store) == " | ".join(f"{i} {one[i].case} {one[i].activity}" for i in sorted(one))
