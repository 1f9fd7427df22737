"""Sequences as arrays: compiled and as they stand they read the same, and distinct rows are exactly that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining import compiled, traces
from mining.distinct import distinct_rows
from mining.reading import read_all
from mining.sequences import Sequences, offsets_of, whole_rows
from mining.structures import Structures, read_structures
from mining.tokens import Token, Turn
from mining.traces import Traces
from mining.variants import most_frequent

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
    yield from (read.loop_steps, read.loop_offsets, read.visited, read.paths_at(slice(None)))
    for found in (
        read.loop_paths,
        read.step_sequences,
        read.traces.variants,
        read.handovers(range(len(read.coded.lanes))),
    ):
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


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_rows_are_taken_whole_and_each_once(lengths: list[int], most: int) -> None:
    offsets = offsets_of(np.array(lengths, np.int64))
    parts = list(whole_rows(offsets, most))
    assert [row for low, high in parts for row in range(low, high)] == list(range(len(lengths)))
    assert all(offsets[high] - offsets[low] <= most or high == low + 1 for low, high in parts)


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
    read = Traces(Sequences.of([spelled(word) for word in words], cases))
    most = data.draw(st.integers(1, len(words)))
    listed = [("".join(read.activities_of(n)), read.cases[n]) for n in most_frequent(read, most)]
    assert listed == sorted(zip(words, cases, strict=True), key=lambda pair: (-pair[1], pair[0]))[:most]


@pytest.mark.parametrize(("cells", "at_once"), [(1, 5), (7, 1), (7, 1 << 20), (1 << 20, 9)])
def test_a_case_counts_once_for_each_activity_and_each_pair_that_it_has(
    cells: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "_CELLS", cells)
    monkeypatch.setattr(traces, "_AT_ONCE", at_once)

    @settings(deadline=None)
    @given(st.lists(st.text("abcd", max_size=8), min_size=1, max_size=30, unique=True), st.data())
    def agree(words: list[str], data: st.DataObject) -> None:
        cases = [data.draw(st.integers(1, 3)) for _ in words]
        read = Traces(Sequences.of([spelled(word) for word in words], cases))
        pairs, letters = Counter[str](), Counter[str]()
        for word, n in zip(words, cases, strict=True):
            pairs.update(dict.fromkeys({a + b for a, b in pairwise(word)}, n))
            letters.update(dict.fromkeys(word, n))
        names = read.activities
        assert {names[a] + names[b]: n for (a, b), n in read.cases_of_pairs().items()} == pairs
        assert {name: n for name, n in read.cases_of_activities().items() if n} == letters

    agree()


def test_sequences_that_differ_in_lanes_or_closings_alone_are_one_variant() -> None:
    a, b = Token("a", "a", "team"), Token("b", "b", "team")
    by_partner = Token("a", "a", "partner")
    read = Traces(Sequences.of([[a, b], [by_partner, b], [a, b, CLOSED], [b, a]], [4, 3, 2, 1]))
    assert [read.activities_of(n) for n in range(len(read.cases))] == [("a", "b"), ("b", "a")]
    assert read.cases.tolist() == [9, 1]
    closed = Traces(Sequences.of([[a, b], [a, CLOSED, b]], [4, 2]))
    assert closed.cases.tolist() == [6]


def test_where_each_token_is_an_activity_of_its_own_each_sequence_is_a_variant() -> None:
    a, b = Token("a", "a", "team"), Token("b", "b")
    read = Traces(Sequences.of([[a, b], [b, a], []], [3, 2, 1]))
    assert [read.activities_of(n) for n in range(len(read.cases))] == [("a", "b"), ("b", "a"), ()]
    assert read.cases.tolist() == [3, 2, 1]


def spelled(word: str) -> Sequence[Token]:
    return [CLOSED, *(Token(letter, letter) for letter in word)]


@pytest.mark.parametrize("length", [40, 34_000])
def test_numbers_of_positions_are_held_in_two_bytes_only_where_they_fit(length: int) -> None:
    back_and_forth = [Token("a", "a", "team"), Token("b", "b", "partner")] * (length // 2)
    p = read_structures(Sequences.of([back_and_forth]), frozenset(), None).positions
    assert p.step_visit.tolist() == list(range(length))
    assert p.visit.tolist() == list(range(1, length + 1))
    assert p.loop.max() == length // 2 - 2


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
