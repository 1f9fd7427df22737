"""The copy as raw records: an event each status, besluit and change; a record each case, and each suspension of it.

The columns are those of `mappings.zgw`; a mapping may keep the others beside them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from flows.sources.records import BATCH_ROWS, RawBatch, RowBuffer
from flows.sources.zgw.copy import Copy
from flows.sources.zgw.days import moment_or_day
from flows.sources.zgw.kept import EMPLOYEE, UNIT, Row, id_of
from mappings.zgw import CHANGES, DECIDED, SENT

EVENT_NAMES = (
    "zaak",
    "activiteit",
    "moment",
    "waargenomen_na",
    "id",
    "volgorde",
    "medewerker",
    "eenheid",
    "soort",
    "zaaktype",
    "geregistreerd_op",
    "waarde",
)
"""The columns of an event record."""
CASE_FIELDS = (
    "identificatie",
    "bronorganisatie",
    "registratiedatum",
    "startdatum",
    "einddatum",
    "einddatumGepland",
    "uiterlijkeEinddatumAfdoening",
    "vertrouwelijkheidaanduiding",
    "communicatiekanaal",
)
CASE_NAMES = (
    "zaak",
    "zaaktype",
    "zaaktypeOmschrijving",
    "resultaat",
    *CASE_FIELDS,
    "opgeschort",
    "opschorting_van",
    "opschorting_tot",
    "verlenging_duur",
    "verlengd_op",
    "links",
    "uuid",
)
"""The columns of a case record."""
_AFTER_STATUSES = 10_000

_HANDLERS = """
CREATE TEMP TABLE IF NOT EXISTS handlers AS
SELECT zaak, kind, count(DISTINCT who) AS several, max(who) AS who FROM rollen
WHERE who IS NOT NULL AND generic IN (SELECT value FROM json_each(?)) GROUP BY zaak, kind
"""
_STATUSES = f"""
SELECT s.uuid, s.zaak, z.number, zt.zaaktype,
    CASE WHEN t.is_last AND rt.name IN (SELECT value FROM json_each(?)) THEN rt.name ELSE t.name END,
    s.moment, g.moment, g.who, r.kind, r.who,
    e.several, e.who, u.several, u.who
FROM statussen s JOIN zaken z ON z.uuid = s.zaak AND z.gone_at IS NULL
LEFT JOIN types zt ON zt.url = z.zaaktype LEFT JOIN types t ON t.url = s.type
LEFT JOIN resultaten o ON t.is_last AND o.uuid = (SELECT min(uuid) FROM resultaten WHERE zaak = s.zaak)
LEFT JOIN types rt ON rt.url = o.type LEFT JOIN registered g ON g.uuid = s.uuid LEFT JOIN rollen r ON r.uuid = s.set_by
LEFT JOIN handlers e ON e.zaak = s.zaak AND e.kind = '{EMPLOYEE}'
LEFT JOIN handlers u ON u.zaak = s.zaak AND u.kind = '{UNIT}'
WHERE TRUE {{also}} ORDER BY s.zaak, julianday(s.moment), julianday(g.moment), coalesce(t.is_last, 0),
    coalesce(t.place, 0), s.uuid
"""  # noqa: S608
_BESLUITEN = """
SELECT b.uuid, b.zaak, z.number, zt.zaaktype, coalesce(t.name, 'onbekend'), b.decided, b.sent FROM besluiten b
JOIN zaken z ON z.uuid = b.zaak AND z.gone_at IS NULL
LEFT JOIN types zt ON zt.url = z.zaaktype LEFT JOIN types t ON t.url = b.type WHERE TRUE {also} ORDER BY b.zaak, b.uuid
"""
_CHANGES = """
SELECT c.id, z.number, zt.zaaktype, c.kind, c.moment, c.observed_after, c.who, c.value FROM changes c
JOIN zaken z ON z.uuid = c.zaak AND z.gone_at IS NULL LEFT JOIN types zt ON zt.url = z.zaaktype
WHERE TRUE {also} ORDER BY c.zaak, julianday(c.moment), c.id
"""
_CASES = """
SELECT z.uuid, z.number, zt.zaaktype, zt.name, z.kept, t.name, z.audit_read FROM zaken z
LEFT JOIN types zt ON zt.url = z.zaaktype LEFT JOIN resultaten r ON r.uuid =
    (SELECT uuid FROM resultaten WHERE zaak = z.uuid ORDER BY uuid LIMIT 1)
LEFT JOIN types t ON t.url = r.type WHERE z.gone_at IS NULL {also} ORDER BY z.uuid
"""


_TAKEN_OVER = """
WITH gone AS (
    SELECT uuid FROM zaken WHERE gone_at IS NOT NULL AND number IN (SELECT number FROM zaken WHERE gone_at IS NULL)
)
SELECT uuid FROM statussen WHERE zaak IN (FROM_GONE) UNION ALL SELECT id FROM changes WHERE zaak IN (FROM_GONE)
UNION ALL SELECT uuid || ':decided' FROM besluiten WHERE zaak IN (FROM_GONE)
UNION ALL SELECT uuid || ':sent' FROM besluiten WHERE zaak IN (FROM_GONE) ORDER BY 1
""".replace("FROM_GONE", "SELECT uuid FROM gone")


@dataclass
class Records:
    """Tells the copy of one source as records; `noted` counts by what each holder is known."""

    copy: Copy
    name: str
    zone: ZoneInfo
    chosen: tuple[str, ...]
    handler_roles: tuple[str, ...]
    ending_results: tuple[str, ...] = ()
    noted: Counter[str] = field(default_factory=Counter)

    def batches(self) -> Iterator[RawBatch]:
        """Yield all events, then all cases."""
        self.copy.db.execute("DROP TABLE IF EXISTS handlers")
        self.copy.db.execute(_HANDLERS, (json.dumps(self.handler_roles),))
        yield from self._batches(self._events(), "record", EVENT_NAMES)
        for batch in self._batches(self._cases(), "case", CASE_NAMES):
            yield RawBatch(batch.table, batch.where, batch.numbers, is_cases=True)

    def taken_over(self) -> list[str]:
        """Return the ids of the events of cases that are gone and whose number now is that of another case."""
        return [own for (own,) in self.copy.rows(_TAKEN_OVER)]

    def _batches(self, rows: Iterator[Row], what: str, names: tuple[str, ...]) -> Iterator[RawBatch]:
        buffer, number = RowBuffer(), 0
        for number, row in enumerate(rows, start=1):
            buffer.add(dict(zip(names, row, strict=True)), number)
            if number % BATCH_ROWS == 0:
                yield buffer.batch(f"{self.name} {what}", columns=names)
        if number == 0 or number % BATCH_ROWS:
            yield buffer.batch(f"{self.name} {what}", columns=names)

    def _rows(self, query: str, *values: str) -> Iterator[Row]:
        """Yield rows of a query, of the chosen zaaktypen alone where the mapping chooses."""
        marks = ", ".join("?" * len(self.chosen))
        also = f"AND z.zaaktype IN ({marks})" if self.chosen else ""
        yield from self.copy.db.execute(query.format(also=also), (*values, *self.chosen))

    def _events(self) -> Iterator[Row]:
        yield from self._statuses()
        for own, _, number, zaaktype, name, decided, sent in self._rows(_BESLUITEN):
            told = ((DECIDED, decided, "decided"), (SENT, sent, "sent"))
            for place, (label, day, what) in enumerate(told, start=_AFTER_STATUSES):
                if day is not None or what == "decided":
                    facts = (None, None, "besluit", zaaktype, None, None)
                    yield (number, label + name, day, None, f"{own}:{what}", place, *facts)
        for own, number, zaaktype, kind, moment, after, who, value in self._rows(_CHANGES):
            rest = ("wijziging", zaaktype, None, value)
            yield (number, CHANGES[kind], moment, after, own, _AFTER_STATUSES + 10, who, None, *rest)

    def _statuses(self) -> Iterator[Row]:
        last, place = None, 0
        for row in self._rows(_STATUSES, json.dumps(self.ending_results)):
            own, zaak, number, zaaktype, name, moment, registered, *holders = row
            last, place = zaak, place + 1 if zaak == last else 1
            day = moment_or_day(moment, self.zone)
            employee, unit = self._holders(zaak, moment, holders)
            yield (number, name, day, None, own, place, employee, unit, "status", zaaktype, registered, None)

    def _holders(self, zaak: str, moment: str | None, told: list[Any]) -> tuple[str | None, str | None]:
        """Return employee and unit of a status: who set it, who registered it, or who has the case."""
        by, kind, who, employees, employee, units, unit = told
        ways = (
            ("who set the status", who if kind == EMPLOYEE else None),
            ("who registered the status", by),
            ("the one handler of the case", employee if employees == 1 else None),
            ("the handler of the case since then", self._since(zaak, EMPLOYEE, moment, employees)),
        )
        why, person = next(((why, found) for why, found in ways if found), ("nobody: not recorded", None))
        self.noted[f"statuses with their employee from: {why}"] += 1
        if kind == UNIT and who:
            return person, who
        return person, unit if units == 1 else self._since(zaak, UNIT, moment, units)

    def _since(self, zaak: str, kind: str, moment: str | None, several: int | None) -> str | None:
        """Return, of several handlers, the one whose role was registered last before a moment."""
        if (several or 0) < 2:
            return None
        query = (
            "SELECT who FROM rollen WHERE zaak = ? AND kind = ? AND who IS NOT NULL"
            " AND julianday(since) <= julianday(?) AND generic IN (SELECT value FROM json_each(?))"
            " ORDER BY julianday(since) DESC LIMIT 1"
        )
        found = self.copy.one(query, zaak, kind, moment or "", json.dumps(self.handler_roles))
        return None if found is None else str(found)

    def _cases(self) -> Iterator[Row]:
        dated = {zaak for (zaak,) in self.copy.rows("SELECT DISTINCT zaak FROM changes WHERE origin = 'audit'")}
        for uuid, number, zaaktype, title, kept, result, is_audited in self._rows(_CASES):
            said = json.loads(kept)
            spans, extensions = self._terms(uuid) if uuid in dated else ([], [])
            base: dict[str, Any] = {
                "zaak": number,
                "zaaktype": zaaktype or id_of(said["zaaktype"]),
                "zaaktypeOmschrijving": title,
                "resultaat": result,
                **{name: said[name] for name in CASE_FIELDS},
                "opgeschort": "true" if not spans and _may_be_suspended(said, bool(is_audited)) else None,
                "verlenging_duur": None if extensions else said["verlenging"],
                "links": self._links(said["links"]),
                "uuid": uuid,
            }
            yield _case_row(base)
            for begun, ended in spans:
                yield _case_row({"zaak": number, "opschorting_van": begun, "opschorting_tot": ended})
            for duration, day in extensions:
                yield _case_row({"zaak": number, "verlenging_duur": duration, "verlengd_op": day})

    def _terms(self, uuid: str) -> tuple[list[tuple[str, str | None]], list[tuple[str, str]]]:
        """Return the suspensions from day to day, and the extensions with their day: only an audit trail has them."""
        query = (
            "SELECT kind, moment, value FROM changes WHERE zaak = ? AND origin = 'audit' ORDER BY julianday(moment), id"
        )
        spans: list[tuple[str, str | None]] = []
        extensions = []
        for kind, moment, value in self.copy.rows(query, uuid):
            if kind == "suspended":
                spans.append((moment, None))
            elif kind == "resumed" and spans and spans[-1][1] is None:
                spans[-1] = (spans[-1][0], moment)
            elif kind == "extended":
                extensions.append((value, moment))
        return spans, extensions

    def _links(self, links: list[list[str]]) -> str | None:
        """Return the links of a case as JSON; another case by the number that it has here, where it was read."""
        told = [{"kind": kind, **self._meant(kind, target)} for kind, target in links]
        return json.dumps(told, ensure_ascii=False) if told else None

    def _meant(self, kind: str, target: str) -> dict[str, str]:
        if kind.startswith("kenmerk:"):
            return {"reference": target}
        number = self.copy.one("SELECT number FROM zaken WHERE uuid = ?", id_of(target) or "")
        if number is None:
            self.noted["links to cases that were not read: hidden, gone, or of another installation"] += 1
            return {"url": target}
        return {"case": str(number)}


def _may_be_suspended(said: dict[str, Any], is_audited: bool) -> bool:
    """Tell whether the term is or was suspended, without a date for it, or may have been without a word of it."""
    if said["opgeschort"] or said["eerderOpgeschort"]:
        return True
    return said["eerderOpgeschort"] is None and not is_audited


def _case_row(said: dict[str, Any]) -> Row:
    return tuple(said.get(name) for name in CASE_NAMES)
