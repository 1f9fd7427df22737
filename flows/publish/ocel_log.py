"""What an object-centric log is written from, read some cases at a time: cases, dossiers, decisions, contacts, events.

In: the log that is handed over, how dossiers were linked, and what the mapping calls a decision. Out: rows with what is
known of their case as `case.…`. Nothing is held but in the connection, which is bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from flows.publish.log_in_parts import LogInParts, Rows, named
from mappings.project import Project
from mappings.zgw import DECIDED, SENT

_TIES = 'source VARCHAR, number VARCHAR, "to" VARCHAR, to_number VARCHAR, key VARCHAR, kind VARCHAR, sure VARCHAR'
_TIED = """
    CREATE TABLE tied AS
    WITH told AS (SELECT source, number, "to", to_number, key, kind, sure, row_number() OVER () AS nth FROM ties)
    FROM told SEMI JOIN dossiers ON told."to" = dossiers.source AND told.to_number = dossiers.number
"""
_CASES = """
    WITH known AS ({known})
    SELECT case_id, known.* EXCLUDE (case_id)
    FROM (SELECT case_id FROM dossiers WHERE {here} UNION SELECT case_id FROM told_cases WHERE {here})
    LEFT JOIN known USING (case_id) ORDER BY case_id
"""
_DOSSIERS = """
    WITH known AS ({known})
    SELECT source, number, case_id, "to", to_number, key, kind, sure, known.* EXCLUDE (case_id)
    FROM (FROM dossiers WHERE {here}) LEFT JOIN tied USING (source, number)
    LEFT JOIN known USING (case_id) ORDER BY source, number, case_id, nth
"""
_KIND = f"""
    CASE WHEN role = 'contact' THEN 'contact'
    WHEN starts_with(raw_activity, '{DECIDED}') OR starts_with(raw_activity, '{SENT}')
        OR (source, raw_activity) IN (FROM decisions) THEN 'decision' END AS thing
"""
_THINGS = f"""
    SELECT event_id, source, source_case_id, case_id, activity, raw_activity, channel, thing
    FROM (SELECT *, {_KIND} FROM log WHERE {{here}}) WHERE thing IS NOT NULL ORDER BY case_id, event_id
"""  # noqa: S608 constants of ours
_SHARED = """
    SELECT substr(event_id, length(source) + 2, length(event_id) - length(source) - length(source_case_id) - 2) AS own,
        list(source_case_id ORDER BY source_case_id)
    FROM log GROUP BY own HAVING count(*) > 1
"""


@dataclass(frozen=True)
class Thing:
    """A decision or a contact: an object beside the case that it is about."""

    kind: Literal["contact", "decision"]
    object_id: str
    source: str
    number: str
    """The dossier in which it was recorded."""
    case_id: str
    name: str
    """Its activity, or what it was about."""
    channel: str | None = None


class OcelLog:
    """The log as objects and events. A dossier is the case of one source; those that are linked are of one case."""

    def __init__(self, log: LogInParts, ties: Rows | None, decisions: Collection[tuple[str, str]]) -> None:
        """Lay down the dossiers. `ties` are the links between them, `decisions` source and label of what is one."""
        self._log, self._connection = log, log.connection
        self._connection.execute(
            "CREATE TABLE dossiers AS SELECT DISTINCT source, source_case_id AS number, case_id FROM log"
        )
        if ties is None:
            self._connection.execute(f"CREATE TABLE ties ({_TIES})")
        else:
            named(self._connection, "ties", ties)
        self._connection.execute(_TIED)
        self._connection.execute("CREATE TABLE decisions (source VARCHAR, raw_activity VARCHAR)")
        for each in decisions:
            self._connection.execute("INSERT INTO decisions VALUES (?, ?)", list(each))

    def sources(self) -> list[str]:
        """Return the sources that have dossiers."""
        return self._listed("SELECT DISTINCT source FROM dossiers ORDER BY ALL")

    def activities(self) -> list[str]:
        """Return the names of all activities."""
        return self._listed("SELECT DISTINCT activity FROM log ORDER BY ALL")

    def kinds(self) -> list[str]:
        """Return what things there are: contact, decision."""
        kinds = f"SELECT DISTINCT thing FROM (SELECT {_KIND} FROM log) WHERE thing IS NOT NULL ORDER BY ALL"  # noqa: S608
        return self._listed(kinds)

    def numbers(self, sources: Collection[str]) -> set[tuple[str, str]]:
        """Return source and number of the dossiers of these sources."""
        found = "SELECT source, number FROM dossiers WHERE list_contains(?, source)"
        return set(self._connection.execute(found, [list(sources)]).fetchall())

    def cases(self) -> Iterator[dict[str, Any]]:
        """Yield every case."""
        return self._log.rows(_CASES)

    def dossiers(self) -> Iterator[dict[str, Any]]:
        """Yield every dossier: source, number, case_id, and its `ties` to others that are in the log."""
        # put together here: to gather a list of each dossier is beyond what the engine can put aside
        for _, found in groupby(self._log.rows(_DOSSIERS), itemgetter("source", "number", "case_id")):
            rows = list(found)
            yield rows[0] | {"ties": [row for row in rows if row["to"] is not None]}

    def things(self) -> Iterator[Thing]:
        """Yield the decisions and contacts; several events of one decision are one."""
        for _, rows in groupby(self._log.rows(_THINGS), key=lambda row: row["case_id"]):
            distinct: dict[str, Thing] = {}
            for thing in filter(None, map(thing_of, rows)):
                distinct.setdefault(thing.object_id, thing)
            yield from distinct.values()

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events of every case in their order, each with what `thing_of` reads."""
        return self._log.events(_KIND)

    def shared(self) -> dict[str, list[str]]:
        """Return the ids of events that touch several cases of an object-centric source, with the numbers of those."""
        return dict(self._connection.execute(_SHARED).fetchall())

    def _listed(self, query: str) -> list[str]:
        return [value for (value,) in self._connection.execute(query).fetchall()]


def thing_of(event: dict[str, Any]) -> Thing | None:
    """Return the decision or contact that an event is of; a ZGW besluit is one decision, taken and sent."""
    kind, own, label = event["thing"], event["event_id"], event["raw_activity"]
    if kind is None:
        return None
    is_besluit = label.startswith((DECIDED, SENT))
    return Thing(
        kind=kind,
        object_id=f"{kind}:{own.rpartition(':')[0] if is_besluit else own}",
        source=event["source"],
        number=event["source_case_id"],
        case_id=event["case_id"],
        name=label.partition(": ")[2] if is_besluit else event["activity"],
        channel=event["channel"],
    )


def decisions_of(project: Project) -> frozenset[tuple[str, str]]:
    """Return source and label of each activity that the mapping calls a decision."""
    return frozenset((s.name, label) for s in project.sources for label, rule in s.activities.items() if rule.decision)
