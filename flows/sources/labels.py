"""Labels of a source to the words of the mapping: activities with role and what they open, lanes, channels.

Each distinct label is looked up once a batch. A label that the mapping does not know keeps its own name and
is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from mappings.project import Project
from mappings.source import ActivityRule, Opens, Source
from mappings.zgw import CHANGES, is_no_status

_Value = TypeVar("_Value")
_RULE_FIELDS = ("activity", "role", "rule_lane", "rule_channel", "opens_step", "opens_lane", "opens_until")


@dataclass
class ActivityLabels:
    """What the activity labels of a source mean."""

    source: Source
    project: Project
    unmapped: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)

    def meant(self, labels: pa.Array) -> dict[str, pa.Array]:
        """Return a column for each part of the rules: name, role, lane, channel, what it opens."""
        encoded = labels.dictionary_encode()
        rows = [self._parts(label) for label in encoded.dictionary.to_pylist()]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(_RULE_FIELDS)
        return {
            name: pa.array(column, pa.string()).take(encoded.indices)
            for name, column in zip(_RULE_FIELDS, columns, strict=True)
        }

    def is_ignored(self, labels: pa.Array) -> pa.Array:
        """Return where the mapping says that a label is to be ignored, and count those."""
        # str_strip_whitespace took the blanks off the mapping's own texts
        told = pa.array(self.source.ignored, pa.string())
        is_ignored = pc.or_(pc.is_in(labels, value_set=told), pc.is_in(pc.utf8_trim_whitespace(labels), value_set=told))
        self.ignored.update(counts(labels.filter(is_ignored)))
        return is_ignored

    def count_unmapped(self, labels: pa.Array) -> None:
        """Count the labels that stand nowhere in the mapping."""
        for label, count in counts(labels).items():
            if looked_up(self.source.activities, label) is None:
                self.unmapped[label] += count

    def _parts(self, label: str) -> tuple[str | None, ...]:
        rule = looked_up(self.source.activities, label) or self._unlisted(label)
        opens = rule.opens or self._state_of(label, rule)
        if opens is None:
            return (rule.name, rule.role, rule.lane, rule.channel, None, None, None)
        return (
            rule.name,
            rule.role,
            rule.lane,
            rule.channel,
            opens.step,
            self._opened_lane(opens.step, opens.lane),
            opens.until,
        )

    def _unlisted(self, label: str) -> ActivityRule:
        is_change = self.source.kind == "zgw" and label in CHANGES.values()
        return ActivityRule.model_construct(name=label, role="automatic" if is_change else "act")

    def _state_of(self, label: str, rule: ActivityRule) -> Opens | None:
        """Return the state that a ZGW status enters, where the mapping does not say: the step that shows it."""
        if self.source.kind != "zgw" or rule.role != "act" or is_no_status(label):
            return None
        steps = self.project.journey.step_of_activity() if self.project.journey else {}
        return Opens(step=steps.get(rule.name, rule.name), until="next")

    def _opened_lane(self, step: str, lane: str | None) -> str | None:
        journey = self.project.journey
        if lane is not None or journey is None or step not in journey.steps:
            return lane
        return journey.steps[step].lane


@dataclass
class PlainLabels:
    """What the lane labels or the channel labels of a source mean."""

    words: Mapping[str, str]
    unknown: tuple[str, ...]
    declared: Container[str]
    """Names of the project that a label may also be."""
    unmapped: Counter[str] = field(default_factory=Counter)
    said_unknown: Counter[str] = field(default_factory=Counter)

    def meant(self, labels: pa.Array) -> pa.Array:
        """Return the names that the labels stand for; null where the mapping calls a label unknown."""
        encoded = labels.dictionary_encode()
        names = pa.array([self._name(label) for label in encoded.dictionary.to_pylist()], pa.string())
        for label, count in counts(labels).items():
            self._count(label, count)
        return names.take(encoded.indices)

    def _name(self, label: str) -> str | None:
        if self._is_unknown(label):
            return None
        return looked_up(self.words, label) or label

    def _is_unknown(self, label: str) -> bool:
        return label in self.unknown or label.strip() in self.unknown or not label.strip()

    def _count(self, label: str, count: int) -> None:
        if self._is_unknown(label):
            self.said_unknown[label] += count
        elif looked_up(self.words, label) is None and label not in self.declared:
            self.unmapped[label] += count


def looked_up(words: Mapping[str, _Value], label: str) -> _Value | None:
    """Return what a label stands for; the blanks around it do not matter."""
    found = words.get(label)
    return words.get(label.strip()) if found is None else found


def counts(labels: pa.Array) -> dict[str, int]:
    """Return label → how often."""
    counted: Any = pc.value_counts(labels.drop_null())
    return {row["values"]: row["counts"] for row in counted.to_pylist()}
