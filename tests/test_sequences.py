"""Sequences as arrays: compiled and as they stand they read the same, and distinct rows are exactly that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining import compiled
from mining.distinct import distinct_rows
from mining.reading import read_all
from mining.sequences import Sequences, offsets_of
from mining.structures import Structures, read_structures
from mining.tokens import Token, Turn
from mining.variants import activities_of, cases_of_variants, most_frequent

STEPS, LANES = ("ask", "advice", "check", "decide"), ("team", "partner", "citizen", None)
CLOSED = Token("closed", None)
PARALLEL = frozenset({("advice", "check"), ("check", "advice")})


@st.composite
def tokens(draw: st.DrawFn) -> Token:
    """Return any token: steps in parallel branches, turns of both kinds, deliveries, endings, reopenings."""
    if draw(st.integers(0, 9)) == 0:
        return CLOSED
    step, lane = draw(st.sampled_from(STEPS)), draw(st.sampled_from(LANES))
    opens = draw(st.sampled_from([None, None, *STEPS]))
    return Token(
        activity=step + draw(st.sampled_from("12")),
        step=step,
        lane=lane,
        is_automatic=draw(st.integers(0, 4)) == 0,
        opens_step=opens,
        opens_lane=draw(st.sampled_from(LANES)) if opens else None,
        opens_state=bool(opens) and draw(st.booleans()),
        delivers=draw(st.integers(0, 9)) == 0,
        reopens=draw(st.integers(0, 7)) == 0,
        ends=draw(st.integers(0, 19)) == 0,
    )


logs = st.lists(st.lists(tokens(), max_size=14), min_size=1, max_size=12)
received = st.sampled_from([None, Turn("ask", "team", False, -1), Turn("check", None, True, -1)])


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch):
    """Return what makes every reading run compiled, or none."""
    return lambda is_compiled: monkeypatch.setattr(compiled, "MANY", 0 if is_compiled else 10**12)


def arrays(read: Structures) -> Iterator[np.ndarray]:
    yield from read.positions
    yield from read.ends
    yield from (read.loop_steps, read.loop_offsets, read.visited, read.path_of_position)
    for found in (read.loop_paths, read.step_sequences, read.variants, read.handovers(range(len(read.coded.lanes)))):
        yield from found


def test_compiled_code_fills_in_the_same_arrays_as_the_code_that_stands_here(way) -> None:
    @settings(deadline=None, max_examples=150)
    @given(logs, received)
    def same(log: list[list[Token]], turn: Turn | None) -> None:
        sequences, found = Sequences.of(log), []
        for is_compiled in (False, True):
            way(is_compiled)
            found.append(list(arrays(read_structures(sequences, PARALLEL, turn))))
        for plain, fast in zip(*found, strict=True):
            assert plain.dtype == fast.dtype
            np.testing.assert_array_equal(plain, fast)

    same()


@given(st.lists(st.lists(st.integers(-1, 3), max_size=4), max_size=40))
def test_rows_have_the_number_of_their_first_like(rows: list[list[int]]) -> None:
    found = distinct_rows(
        np.array([v for row in rows for v in row], np.int32), offsets_of(np.array([len(row) for row in rows], np.int64))
    )
    firsts = [n for n, row in enumerate(rows) if row not in rows[:n]]
    assert found.firsts.tolist() == firsts
    assert found.numbers.tolist() == [firsts.index(rows.index(row)) for row in rows]


@given(st.lists(st.text("abc", max_size=4), min_size=1, max_size=30, unique=True), st.data())
def test_of_variants_with_as_many_cases_those_that_come_first_by_name_are_listed(
    words: list[str], data: st.DataObject
) -> None:
    cases = [data.draw(st.integers(1, 3)) for _ in words]
    read = read_structures(Sequences.of([spelled(word) for word in words], cases), frozenset(), None)
    most = data.draw(st.integers(1, len(words)))
    counted = cases_of_variants(read)
    listed = [("".join(activities_of(read, n)), counted[n]) for n in most_frequent(read, most)]
    assert listed == sorted(zip(words, cases, strict=True), key=lambda pair: (-pair[1], pair[0]))[:most]


def spelled(word: str) -> Sequence[Token]:
    return [CLOSED, *(Token(letter, letter) for letter in word)]


def test_a_few_sequences_are_read_as_they_stand() -> None:
    assert compiled.fitted(read_all, 1000) is read_all


def test_what_is_compiled_is_kept_in_the_folder_of_the_user_under_a_mark_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = Path(compiled.folder.__wrapped__())
    assert folder.parent == tmp_path / "zaakstroom"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert compiled.folder.__wrapped__() is None
