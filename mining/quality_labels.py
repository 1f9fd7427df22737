"""Imperfection patterns in labels (Suriadi et al. 2017): polluted, distorted, synonymous, homonymous.

Labels that the mapping already gives one activity name are mended and not reported. All four are candidates for
a person to judge: two labels may look alike and mean different things.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations
from math import sqrt
from typing import Any

from mining.amounts import rows_of
from mining.quality_order import Context
from mining.quality_reading import Reading, Readings, counted, share

MOST_LABELS = 2000
"""Labels compared pair by pair: the most frequent ones; beyond it the reading says so."""
MANY, ALIKE, UNLIKE = 30, 0.9, 0.1
"""Occurrences needed before contexts are compared; cosine from which they are alike, or up to which unlike."""
_WITH_DIGIT = re.compile(r"[\w.-]*\d[\w.-]*")
_WORD = re.compile(r"[^\W\d_]{6,}")


def label_readings(events: Any, found: tuple[Context, ...]) -> Readings:
    """Return the four label patterns of one source."""
    raw = rows_of(events.group_by("raw_activity", "activity").aggregate(n=events.count()))
    labels = {row["raw_activity"]: row for row in sorted(raw, key=lambda row: (-row["n"], row["raw_activity"]))}
    total = sum(row["n"] for row in raw)
    return {
        "pattern_polluted_label": _polluted(labels, total),
        "pattern_distorted_label": _distorted(labels, total),
        "pattern_synonymous_labels": _synonymous(events, found, total),
        "pattern_homonymous_label": _homonymous(found, total),
    }


def _polluted(labels: Mapping[str, dict[str, Any]], total: int) -> Reading:
    """Return the share of events whose label differs from two others in its numbers or codes alone."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        groups[" ".join(_WITH_DIGIT.sub("", label).casefold().split())].append(label)
    dirty = [g for g in groups.values() if len(g) >= 3 and len({labels[label]["activity"] for label in g}) > 1]
    events = sum(labels[label]["n"] for group in dirty for label in group)
    examples = tuple(f"{group[0]} (+ {len(group) - 1})" for group in sorted(dirty, key=len, reverse=True))
    return share(
        events,
        total,
        "labels die alleen in cijfers verschillen",
        "labels that differ in digits only",
        examples,
    )


def _distorted(labels: Mapping[str, dict[str, Any]], total: int) -> Reading:
    """Return the share of events whose label looks like a misspelling of a more frequent one."""
    twins: dict[str, str] = {}
    frequent = list(labels)[:MOST_LABELS]
    folded = {label: re.sub(r"[\W_]+", "", label.casefold()) for label in frequent}
    common = Counter(word for label in frequent for word in set(_WORD.findall(label.casefold())))
    for usual, rare in combinations(frequent, 2):
        if labels[usual]["activity"] != labels[rare]["activity"] and _is_typo(folded[usual], folded[rare]):
            twins.setdefault(rare, usual)
    for label in frequent:
        typo = next((t for w in _WORD.findall(label.casefold()) if (t := _misspelt(w, common))), None)
        if typo:
            twins.setdefault(label, typo)
    events = sum(labels[label]["n"] for label in twins)
    rest = len(labels) - len(frequent)
    return share(
        events,
        total,
        f"{rest} zeldzame labels niet vergeleken" if rest else "",
        f"{rest} rare labels not compared" if rest else "",
        tuple(f"{rare} ≈ {usual}" for rare, usual in twins.items()),
    )


def _is_typo(usual: str, rare: str) -> bool:
    if usual == rare:
        return True
    if min(len(usual), len(rare)) < 8 or re.findall(r"\d", usual) != re.findall(r"\d", rare):
        return False
    return edit_distance(usual, rare, 1) <= 1


def _misspelt(word: str, common: Counter[str]) -> str | None:
    """Return the word, used at least three times, that a word of one label alone is one change off."""
    if common[word] > 1 or len(word) < 8:
        return None
    return next((w for w, n in common.items() if n >= 3 and w != word and edit_distance(w, word, 1) <= 1), None)


def edit_distance(a: str, b: str, limit: int) -> int:
    """Return the Levenshtein distance of two texts, or limit + 1 where it is more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        now = [i]
        for j, y in enumerate(b, 1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (x != y)))
        if min(now) > limit:
            return limit + 1
        before = now
    return min(before[-1], limit + 1)


Profile = Counter[tuple[str, str | None]]


def _profiles(found: tuple[Context, ...], is_return: bool | None = None) -> dict[str, Profile]:
    profiles: dict[str, Profile] = defaultdict(Counter)
    for c in found:
        if is_return is None or c.is_return == is_return:
            profiles[c.activity]["previous", c.previous] += c.count
            profiles[c.activity]["next", c.following] += c.count
    return profiles


def _cosine(a: Profile, b: Profile) -> float:
    top = sum(n * b[key] for key, n in a.items())
    return top / sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))


def _occurrences(profile: Profile) -> int:
    return profile.total() // 2


def _synonymous(events: Any, found: tuple[Context, ...], total: int) -> Reading:
    """Return the share of events of activities that take each other's place and never occur in one case."""
    profiles = {name: p for name, p in _profiles(found).items() if _occurrences(p) >= MANY}
    alike = [(a, b) for a, b in combinations(sorted(profiles), 2) if _cosine(profiles[a], profiles[b]) >= ALIKE][:20]
    apart = [(a, b) for a, b in alike if not _share_a_case(events, a, b)]
    names = {name for pair in apart for name in pair}
    return share(
        sum(_occurrences(profiles[name]) for name in names),
        total,
        examples=tuple(f"{a} ~ {b}" for a, b in apart),
    )


def _share_a_case(events: Any, a: str, b: str) -> bool:
    cases = [events.filter(events.activity == name).select("case_id").distinct() for name in (a, b)]
    return bool(rows_of(cases[0].semi_join(cases[1], "case_id").limit(1)))


def _homonymous(found: tuple[Context, ...], total: int) -> Reading:
    """Return the share of later occurrences that stand between wholly other activities than the first ones."""
    first, later = _profiles(found, False), _profiles(found, True)
    apart = {
        name: _occurrences(p)
        for name, p in later.items()
        if _occurrences(p) >= MANY and name in first and _cosine(p, first[name]) <= UNLIKE
    }
    return share(sum(apart.values()), total, examples=counted(apart))
