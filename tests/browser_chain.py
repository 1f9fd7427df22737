"""A generated chain of forty steps for the page: phases, parallel branches, redo, long Dutch labels, hostile labels.

In: nothing. Out: a mapping folder with its log, the same each time, that a run can mine.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\n'\"&\u202eevil\u202c 😀 \u05d0\u05d1 =cmd()"
AS_OF = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIRST = datetime(2025, 1, 6, 9, tzinfo=UTC)
CASES = 160
DUTCH = (
    "Aanmelding met gemeenschappelijke ondersteuningsvraag",
    "Ontvangstbevestiging en volledigheidscontrole",
    "Bezwaarschriftencommissieadvies",
    "Arbeidsongeschiktheidsverzekeringsgegevens opvragen",
    "Beoordelen van de aanvullende financiële onderbouwing",
)
ENGLISH = (
    "Application with a shared request for support",
    "Confirmation of receipt and check for completeness",
    "Advice by the committee for objections",
    "Fetching the facts of the disability insurance",
    "Judging the additional financial grounds",
)
LANES = {
    "inwoner": ("citizen", "Inwoner of zijn wettelijk vertegenwoordiger", "Citizen or a legal representative"),
    "klantcontact": ("frontstage", "Klantcontactcentrum en publieksbalie", "Contact centre and public counter"),
    "toegang": ("frontstage", "Toegangsteam maatschappelijke ondersteuning", "Access team for social support"),
    "uitvoering": ("backstage", "Uitvoeringsadministratie", "Administration"),
    "keurend": ("partner", "Medisch keuringsinstituut Noordoost-Nederland", "Medical assessment institute north-east"),
    "aanbieder": ("partner", HOSTILE, HOSTILE),
    "ict": ("support", "Informatievoorziening en gegevensbeheer", "Information and data"),
}
PHASES = ("aanmelden", "verhelderen", "onderzoeken", "adviseren", "wegen", "besluiten", "uitvoeren", "nazorg")
PARALLEL = {2: ((1,), (2, 3)), 4: ((0,), (1,), (2, 3))}
"""Phase → the branches beside each other, by place in the phase."""
OPTIONAL = (13, 27, 36)


def name_of(number: int) -> str:
    return f"stap_{number:02d}"


def lane_of(number: int) -> str:
    return list(LANES)[number * 3 % len(LANES)] if number else "inwoner"


def title_of(number: int) -> dict[str, str]:
    if number == 7:
        return {"nl": HOSTILE, "en": HOSTILE}
    return {"nl": f"{DUTCH[number % 5]} {number + 1}", "en": f"{ENGLISH[number % 5]} {number + 1}"}


def step(number: int) -> dict[str, Any]:
    title = title_of(number)
    found: dict[str, Any] = {
        "title": title,
        "lane": lane_of(number),
        "layer": LANES[lane_of(number)][0],
        "phase": PHASES[number // 5],
        "activities": [name_of(number)],
        "value": ("adding", "necessary", "waste")[number % 3],
        "emotion": number % 5 - 2,
        "kpi": {"nl": f"Doorlooptijd van {title['nl']}", "en": f"Lead time of {title['en']}"},
        "designed": {"process": "2h", "wait": f"{number % 4}d"},
        "backstage": {"nl": "Gegevens opvragen bij de basisregistraties", "en": "Fetching register data"},
    }
    if number % 3 == 0:
        asked = {"nl": "Wil ik hiermee doorgaan, of liever iemand spreken?", "en": "Go on, or speak to somebody?"}
        found["touchpoints"] = [{"name": title, "channel": "web", "decision_moment": asked}]
    if number % 9 == 4:
        what = {"nl": "Gegevensuitwisselingsovereenkomst herzien", "en": "Revise the agreement on data"}
        found["consequences"] = [{"aspect": "agreements", "what": what, "owner": "ketenregisseur"}]
    return found


def flow() -> dict[str, Any]:
    """Each phase in turn; in some, branches beside each other; one step is redone after another."""
    parts: list[Any] = []
    for phase in range(8):
        numbers, used = [phase * 5 + i for i in range(5)], set()
        for branches in (PARALLEL.get(phase, ()),):
            if branches:
                named = [[name_of(numbers[i]) for i in branch] for branch in branches]
                beside = {"parallel": [b[0] if len(b) == 1 else {"sequence": b} for b in named]}
                used = {numbers[i] for branch in branches for i in branch}
        for number in numbers:
            if number in used:
                if beside not in parts:
                    parts.append(beside)
            elif number == 6:
                parts.append({"repeat": name_of(6), "redo": name_of(7)})
            elif number != 7:
                parts.append({"optional": name_of(number)} if number in OPTIONAL else name_of(number))
    return {"sequence": parts}


def journey() -> dict[str, Any]:
    return {
        "name": "keten",
        "title": {"nl": "Veertig stappen door de keten", "en": "Forty steps through the chain"},
        "kind": "designed",
        "personas": {
            "gezin": {
                "name": {"nl": "Het gezin Van der Meulen-Jansen", "en": "The Van der Meulen-Jansen family"},
                "goal": {"nl": HOSTILE, "en": HOSTILE},
                "segment": {"persona": "gezin"},
            }
        },
        "story": {
            "als": {"nl": "ouder", "en": "parent"},
            "wil_ik": {"nl": "weten waar ik aan toe ben", "en": "to know where I stand"},
            "zodat": {"nl": "wij verder kunnen", "en": "we can go on"},
        },
        "phases": {phase: {"nl": f"Fase {phase}", "en": f"Phase {phase}"} for phase in PHASES},
        "flow": flow(),
        "delivers": [name_of(39)],
        "norms": [
            {
                "name": "belofte",
                "title": {
                    "nl": "Duidelijkheid over de ondersteuning binnen 10 weken na aanmelding",
                    "en": "Clear about the support within 10 weeks of applying",
                },
                "kind": "service",
                "amount": "70d",
            }
        ],
        "steps": {name_of(number): step(number) for number in range(40)},
    }


def future() -> dict[str, Any]:
    why = {"nl": "Vooraf ingevuld met gegevens die er al zijn", "en": "Prefilled with what is known"}
    changes = [{"step": name_of(5), "designed": {"process": "1h", "wait": "6h"}, "why": why}]
    title = {"nl": "Toekomst", "en": "Future"}
    return {"name": "toekomst", "title": title, "kind": "future", "changes_journey": "keten", "changes": changes}


PROJECT = {
    "name": "keten-40",
    "title": {"nl": "Keten van veertig stappen " + HOSTILE, "en": "Chain of forty steps " + HOSTILE},
    "purpose": {"nl": "toets", "en": "test"},
    "legal_basis": {"nl": "geen", "en": "none"},
    "journey": "keten",
    "lanes": {
        name: {"title": {"nl": nl, "en": en}, "layer": layer, "organisation": name}
        for name, (layer, nl, en) in LANES.items()
    },
}
SOURCE = {
    "name": "log",
    "kind": "csv",
    "path": "../log.csv",
    "title": HOSTILE,
    "columns": {
        "case": "zaak",
        "activity": "wat",
        "completed_at": "klaar",
        "started_at": "begin",
        "lane": "wie",
        "channel": "kanaal",
    },
    "case": {"received_at": "ontvangen", "closed_at": "gesloten", "segments": {"persona": "persona"}},
}


def write_chain(folder: Path) -> Path:
    """Write mapping and log under `folder`, and return the mapping's folder."""
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "journeys").mkdir()
    named = {"project": PROJECT, "sources/log": SOURCE, "journeys/keten": journey(), "journeys/toekomst": future()}
    for name, content in named.items():
        (mapping / f"{name}.yaml").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    with (folder / "log.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("zaak", "wat", "begin", "klaar", "wie", "kanaal", "ontvangen", "gesloten", "persona"))
        writer.writerows(row for number in range(CASES) for row in case(number))
    return mapping


def case(number: int) -> Iterator[tuple[str, ...]]:
    """Yield the events of a case; the last cases are still open."""
    chance = random.Random(number)
    received = now = FIRST + timedelta(days=2.2 * number)
    rows = []
    for at in visits(chance):
        wait = timedelta(hours=chance.expovariate(1 / (4 if at % 5 else 60)))
        begin = now + wait
        end = begin + timedelta(minutes=20 + chance.randrange(90))
        rows.append((name_of(at), begin, end, lane_of(at), "web" if at % 3 == 0 else "letter"))
        now = end if at % 5 != 2 else begin
    seen = [row for row in rows if row[2] < AS_OF]
    closed = now.isoformat() if len(seen) == len(rows) else ""
    persona = "gezin" if number % 3 else "overig"
    for what, begin, end, lane, channel in seen:
        yield (
            f"Z{number:04d}",
            what,
            begin.isoformat(),
            end.isoformat(),
            lane,
            channel,
            received.isoformat(),
            closed,
            persona,
        )


def visits(chance: random.Random) -> Iterator[int]:
    """Yield the steps of a case by number: some are left out, some come back."""
    for at in range(40):
        if at == 7 or (at in OPTIONAL and chance.random() < 0.6):
            continue
        yield at
        if at == 6:
            for _ in range(chance.choice((0, 0, 1, 2))):
                yield from (7, 6)
        if at == 30 and chance.random() < 0.15:
            yield from (28, 29, 30)
