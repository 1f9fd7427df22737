"""The same information asked of the citizen twice, by whichever source, holder or channel (DESIGN §5, touchpoints).

What an activity asks about is declared in the mapping (`asks`); nothing is guessed from labels or from texts. Beside it
stands what `supplements` counts without a word of the mapping: one activity that opens a turn for the citizen twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import ibis

from mappings.base import Text
from mappings.project import Project
from mining.amounts import rows_of
from mining.counters import holder_of
from mining.ladder import both_languages
from mining.log import Log
from mining.results.citizen import AskedAbout


def asked_about(log: Log, lead: Any, project: Project) -> tuple[AskedAbout, ...]:
    """Return by subject how often the citizen was asked for it, in the cases with a lead time; most often first.

    Every event of an activity that asks counts, contacts too; a survey does not. A holder is a lane; where it is not
    known, that of the source, else the source.
    """
    topics = _topics(project)
    if not topics:
        return ()
    e = log.events.filter(log.events.activity.isin(sorted(topics)), log.events.role != "survey")
    e = e.join(lead.select("case_id", "case"), "case_id")
    e = e.mutate(topic=_topic_of(e, topics), holder=holder_of(e, e.lane, project))
    e = e.filter(e.topic.notnull())
    # the first and the last by name tell one holder from several without counting them
    by_case = e.group_by(["topic", "case"]).agg(times=e.count(), first=e.holder.min(), last=e.holder.max())
    rows = rows_of(
        by_case.group_by("topic").agg(
            cases=by_case.count(),
            times=by_case.times.sum(),
            again=(by_case.times > 1).sum(),
            several=(by_case["first"] != by_case["last"]).sum(),
        )
    )
    return tuple(
        AskedAbout(
            topic=json.loads(row["topic"]),
            cases=row["cases"],
            times=row["times"],
            cases_more_than_once=row["again"],
            cases_by_several=row["several"],
        )
        for row in sorted(rows, key=lambda row: (-row["times"], row["topic"]))
    )


def _topics(project: Project) -> dict[str, list[tuple[str, str, str]]]:
    """Return activity → source, label and subject of each rule by which it asks."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for source in project.sources:
        for label, rule in source.activities.items():
            if rule.asks:
                found[rule.name].append((source.name, label, _subject(rule.asks)))
    return found


def _topic_of(events: Any, topics: Mapping[str, Sequence[tuple[str, str, str]]]) -> Any:
    """Return what an event asks about: what its activity does, or where its rules differ, what its own label does."""
    cases = []
    for activity, rules in sorted(topics.items()):
        subjects = {subject for *_, subject in rules}
        if len(subjects) == 1:
            cases.append((events.activity == activity, subjects.pop()))
            continue
        for source, label, subject in rules:
            is_own = (events.source == source) & (events.raw_activity.strip() == label)
            cases.append(((events.activity == activity) & is_own, subject))
    return ibis.cases(*cases, else_=None)


def _subject(asks: Text) -> str:
    """Return what is asked for in both languages as one text: the same however the mapping writes it."""
    return json.dumps(both_languages(asks), sort_keys=True, ensure_ascii=False)
