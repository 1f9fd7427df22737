"""The search for the cheapest alignment, held against all words of a flow, tried one by one."""

from __future__ import annotations

from itertools import product
from random import Random

from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence
from mining.alignment import Aligner, Alignment

Word = tuple[str, ...]
MOST_WORDS = 40
TIMES = 3
"""How often a repeated part is done at most in a word; an alignment that does it more often is checked all the same."""


def interleaved(one: Word, other: Word) -> set[Word]:
    if not one or not other:
        return {one + other}
    return {one[:1] + w for w in interleaved(one[1:], other)} | {other[:1] + w for w in interleaved(one, other[1:])}


def joined(parts: list[set[Word]]) -> set[Word]:
    found: set[Word] = {()}
    for part in parts:
        found = {a + b for a, b in product(found, part)}
    return found


def words(flow: Flow) -> set[Word]:
    """Every word that the flow allows, repeated parts a few times; ValueError where there are too many."""
    if isinstance(flow, str):
        return {(flow,)}
    match flow:
        case Sequence(sequence=parts):
            found = joined([words(part) for part in parts])
        case Parallel(parallel=(one, other)):
            found = {w for a, b in product(words(one), words(other)) for w in interleaved(a, b)}
        case Choice(choice=parts):
            found = {w for part in parts for w in words(part)}
        case Optional_(optional=part):
            found = {()} | words(part)
        case Repeat(repeat=part, redo=redo):
            once, between = words(part), words(redo) if redo else {()}
            found = {w for times in range(TIMES) for w in joined([once, *[between, once] * times])}
    if len(found) > MOST_WORDS:
        raise ValueError("too many words")
    return found


def generated(random: Random, letters: str) -> Flow:
    if len(letters) == 1:
        return random.choice([letters] * 3 + [Optional_(optional=letters), Repeat(repeat=letters)])
    kind = random.choice(["sequence", "sequence", "choice", "parallel", "redo", "optional", "repeat"])
    if kind == "optional":
        return Optional_(optional=generated(random, letters))
    if kind == "repeat":
        return Repeat(repeat=generated(random, letters))
    cut = random.randrange(1, len(letters))
    parts = generated(random, letters[:cut]), generated(random, letters[cut:])
    if kind == "redo":
        return Repeat(repeat=parts[0], redo=parts[1])
    return {
        "sequence": Sequence(sequence=parts),
        "choice": Choice(choice=parts),
        "parallel": Parallel(parallel=parts),
    }[kind]


def price(trace: Word, position: int | None, is_matched: bool, is_hidden: bool) -> int:
    """What a move costs; of equally many moves the one that leaves the later visit unmatched is the cheaper."""
    unit = 2 ** (len(trace) + 1)
    if is_matched:
        return 0
    return (0 if is_hidden else unit) if position is None else unit + 2 ** (len(trace) - position)


def least(word: Word, trace: Word, hidden: set[str], may_stop: bool) -> int:
    """The edit distance between a word and the visits, as everybody writes it; `may_stop`: to a part of the word."""
    row = [0]
    for i in range(len(trace)):
        row.append(row[-1] + price(trace, i, False, False))
    ends = [row[-1]]
    for step in word:
        skipped = price(trace, None, False, step in hidden)
        after = [row[0] + skipped]
        for i, visit in enumerate(trace):
            ways = [row[i + 1] + skipped, after[i] + price(trace, i, False, False)]
            after.append(min([*ways, row[i]] if visit == step else ways))
        row = after
        ends.append(row[-1])
    return min(ends) if may_stop else ends[-1]


def paid(found: Alignment, trace: Word, hidden: set[str]) -> int:
    return sum(price(trace, m.position, None not in m, m.step in hidden) for m in found.moves)


def test_no_word_of_a_flow_is_nearer_than_the_alignment_and_the_earlier_visit_is_matched() -> None:
    random, tried = Random(7), 0
    while tried < 300:
        letters = "ABCD"[: random.randrange(2, 5)]
        flow = generated(random, "".join(random.sample(letters, len(letters))))
        try:
            every = words(flow)
        except ValueError:
            continue
        hidden = set(random.sample(letters, random.choice([0, 0, 1])))
        aligner = Aligner(flow, hidden)
        for may_stop in (False, True):
            trace = tuple(random.choices(letters, k=random.randrange(7)))
            found = aligner.align(trace, may_stop=may_stop)
            assert found is not None
            assert [m.position for m in found.moves if m.position is not None] == list(range(len(trace)))
            assert all(m.step == trace[m.position] for m in found.moves if None not in m)
            assert found.cost == sum(
                None in m and (m.position is not None or m.step not in hidden) for m in found.moves
            )
            best = min(least(word, trace, hidden, may_stop) for word in every)
            assert paid(found, trace, hidden) <= best, (flow, trace, hidden, may_stop)
            tried += 1


def test_a_part_that_is_done_again_while_a_branch_beside_it_repeats_fits() -> None:
    flow = Repeat(repeat=Parallel(parallel=("A", Repeat(repeat="B"))))
    found = Aligner(flow).align(("B", "A", "B", "A"), may_stop=False)
    assert found is not None
    assert found.cost == 0


def test_of_equally_cheap_alignments_the_later_visit_is_the_one_too_many() -> None:
    flow = Sequence(sequence=(Repeat(repeat="intake", redo="supplement"), "assess", "decide"))
    found = Aligner(flow).align(("intake", "assess", "supplement", "assess", "decide"), may_stop=False)
    assert found is not None
    assert [m.position for m in found.moves if m.step is None] == [2, 3]
    assert found.cost == 2


def test_a_search_that_gets_late_gives_nothing() -> None:
    many = Parallel(parallel=tuple("ABCDEFGHIJ"))
    assert Aligner(many).align(tuple("JIHGFEDCBAJIHGFEDCBA"), may_stop=False, is_late=lambda: True) is None
