"""Simulate a municipality's chain of household help (Wmo): its files, and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from flows.simulator.behaviour import PARTNER_NORM_DAYS, PREFILLED_ON, PREFILLED_SHARE, Course, run_course
from flows.simulator.booked import handoffs_of, loops_of, segments_of, steps_of
from flows.simulator.clocks import LOCAL, PARTNER, ZONE
from flows.simulator.contact import REASONS, STAGES, Contacts, Visits, call_while_waiting, visit_form
from flows.simulator.dirt import Dirty, Tables, add_dirt, described
from flows.simulator.files import (
    CONTACT_COLUMNS,
    VISIT_COLUMNS,
    contact_rows,
    visit_rows,
    write_csv,
    write_database,
    write_workbook,
)
from flows.simulator.lost_links import add_lost_links
from flows.simulator.people import arrive
from flows.simulator.records import (
    ADVICE_COLUMNS,
    CARE_COLUMNS,
    CASE_COLUMNS,
    ROLE_COLUMNS,
    STATUS_COLUMNS,
    TASK_COLUMNS,
    Row,
    advice_rows,
    care_rows,
    case_rows,
    role_rows,
    status_rows,
    task_rows,
)
from flows.simulator.seen import Seen
from flows.simulator.surveys import COLUMNS as SURVEY_COLUMNS
from flows.simulator.surveys import Surveys, ask, survey_rows, told
from flows.simulator.truth import Truth, cases_of, norms_of

AS_OF = datetime(2026, 1, 15, tzinfo=ZONE)
"""The end of the observation: what happens later is in no file."""


@dataclass(frozen=True)
class Chain:
    """One simulated chain, before it is written down."""

    seen: Seen
    visits: Visits
    contacts: Contacts
    surveys: Surveys


def simulate(
    folder: Path,
    cases: int = 1200,
    seed: int = 2025,
    as_of: datetime = AS_OF,
    is_dirty: bool = True,
    lost_links: int = 0,
) -> Truth:
    """Write the chain's files and its truth into `folder` and return the truth.

    The cases come in over 2025. The same arguments give the same records, on any machine. `lost_links` is how many
    dossiers of each partner and kind shall name no case, two cases, or one that is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    chain = _run(random, np.random.default_rng(seed + 2), cases, as_of)
    rows = _rows(chain, random)
    dirt = _dirty(chain, rows, random, max(2, cases // 250)) if is_dirty else []
    links = add_lost_links(rows, np.random.default_rng(seed + 1), lost_links)
    _write(folder, rows)
    truth = _truth(chain, as_of, seed, dirt, {name: len(part) for name, part in rows.items()})
    truth.summary["links"] = links
    truth.write(folder)
    return truth


def _run(random: np.random.Generator, asking: np.random.Generator, cases: int, as_of: datetime) -> Chain:
    applicants = arrive(random, 0, cases)
    course: Course = run_course(applicants, random)
    until = LOCAL.local_seconds(as_of)
    limit = np.array(until)
    seen = Seen(course, until)
    visits = visit_form(applicants, random, limit)
    return Chain(seen, visits, call_while_waiting(course, random, limit), ask(seen, asking))


def _rows(chain: Chain, random: np.random.Generator) -> dict[str, list[Row]]:
    """Return the rows of each table by the name of its source."""
    cases = case_rows(chain.seen, random)
    return {
        "cases": cases,
        "case-tasks": task_rows(chain.seen),
        "case-statuses": status_rows(chain.seen),
        "advice-partner": advice_rows(chain.seen, cases),
        "care-provider": care_rows(chain.seen, cases),
        "contacts": contact_rows(chain.contacts),
        "web-form": visit_rows(chain.visits),
        "surveys": survey_rows(chain.surveys),
    }


def _dirty(chain: Chain, rows: dict[str, list[Row]], random: np.random.Generator, count: int) -> list[Dirty]:
    reopened = chain.seen.course.is_at("objection_received")
    end_column = CASE_COLUMNS.index("einddatum")
    closed = {
        row[0]: row[end_column]
        for row, again in zip(rows["cases"], reopened.tolist(), strict=True)
        if row[end_column] and not again
    }
    tables = Tables(rows["case-tasks"], rows["advice-partner"], rows["contacts"], closed)
    return add_dirt(tables, random, count)


def _write(folder: Path, rows: dict[str, list[Row]]) -> None:
    database = {
        "zaken": (CASE_COLUMNS, rows["cases"]),
        "taken": (TASK_COLUMNS, rows["case-tasks"]),
        "statussen": (STATUS_COLUMNS, rows["case-statuses"]),
        "rollen": (ROLE_COLUMNS, role_rows(rows["cases"])),
    }
    write_database(folder / "zaaksysteem.sqlite", database)
    write_csv(folder / "adviesbureau.csv", ADVICE_COLUMNS, rows["advice-partner"], delimiter=";")
    write_csv(folder / "contacten.csv", CONTACT_COLUMNS, rows["contacts"])
    write_csv(folder / "webformulier.csv", VISIT_COLUMNS, rows["web-form"])
    write_csv(folder / "enquetes.csv", SURVEY_COLUMNS, rows["surveys"], delimiter=";")
    write_workbook(folder / "zorgaanbieder.xlsx", "Opdrachten", CARE_COLUMNS, rows["care-provider"], date_column=3)


def _truth(chain: Chain, as_of: datetime, seed: int, dirt: list[Dirty], records: dict[str, int]) -> Truth:
    cases, segments = cases_of(chain.seen), segments_of(chain.seen)
    ends = chain.seen.end_kind().tolist()
    pairs = handoffs_of(chain.seen).pairs
    lead = cases["lead_elapsed_seconds"].drop_null().to_numpy()
    summary: dict[str, Any] = {
        "seed": seed,
        "as_of": as_of.isoformat(),
        "cases": len(cases),
        "ends": {kind: ends.count(kind) for kind in ("delivered", "withdrawn", "not_treated", "open")},
        "reopened": int(chain.seen.has("objection_received").sum()),
        "lead_time": {
            "cases": len(lead),
            "mean_seconds": float(lead.mean()),
            "median_seconds": float(np.median(lead)),
        },
        "loops": loops_of(chain.seen),
        "changes": [
            {"what": "supplement asked at intake", "received_from": PREFILLED_ON.isoformat(), "factor": PREFILLED_SHARE}
        ],
        "handoffs": [{"from": a, "to": b, "count": n} for (a, b), n in sorted(pairs.items())],
        "steps": steps_of(segments),
        "norms": norms_of(cases, PARTNER_NORM_DAYS * PARTNER.day_seconds),
        "attempts": _attempts(chain.visits, cases),
        "contacts": len(chain.contacts),
        "surveys": told(chain.surveys),
        "organisations": _organisations(chain.seen),
        "records": records,
        "dirty": described(dirt),
    }
    return Truth(summary, cases, segments)


def _organisations(seen: Seen) -> dict[str, int]:
    """Return number of organisations that wrote of a case → cases, where no link is lost."""
    asked = np.any([seen.has(key) for key in ("advice_registered", "advice_visit", "advice_sent")], axis=0)
    ordered = np.any([seen.has(key) for key in ("order_accepted", "care_started")], axis=0)
    parties = (1 + asked.astype(int) + ordered).tolist()
    return {str(count): parties.count(count) for count in sorted(set(parties))}


def _attempts(visits: Visits, cases: Any) -> dict[str, Any]:
    furthest = visits.furthest.tolist()
    return {
        "attempts": len(furthest),
        "reached": int(visits.is_sent.sum()),
        "switched": int(((visits.case >= 0) & ~visits.is_sent).sum()),
        "stops": [
            {"stopped": STAGES[stage], "reason": reason, "attempts": furthest.count(stage)}
            for stage, reason in REASONS.items()
        ],
    }
