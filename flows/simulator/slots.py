"""The places of a case at which something can happen, in order: the generator's own knowledge of the chain.

A slot says who acts, in which record it stands, and to which step and lane the time before it belongs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Table = Literal["task", "status", "advice", "care"]
SOURCE_OF: dict[Table, str] = {
    "task": "case-tasks",
    "status": "case-statuses",
    "advice": "advice-partner",
    "care": "care-provider",
}


@dataclass(frozen=True)
class Slot:
    """One possible event of a case. `held_by` is the step and lane whose turn it is before the event."""

    key: str
    activity: str
    label: str
    table: Table
    step: str
    lane: str
    held_by: tuple[str, str]
    opens: tuple[str, str, str] | None = None
    has_start: bool = False
    episode: int = 1

    @property
    def is_automatic(self) -> bool:
        """A status is set by the system, at the moment of the task before it."""
        return self.table == "status"

    @property
    def is_day(self) -> bool:
        """Partners write down dates without a time of day."""
        return self.table in ("advice", "care")


INTAKE = ("intake", "front_office")
SUPPLEMENT = ("supplement", "citizen")
INVESTIGATION = ("investigation", "wmo_team")
ADVICE = ("advice", "advice_partner")
CONTRIBUTION = ("contribution", "finance")
DECISION = ("decision", "wmo_team")
CHECK = ("quality_check", "quality_team")
SENDING = ("send_decision", "administration")
CARE = ("care_start", "care_provider")
OBJECTION = ("objection", "legal_team")
CLOSING = ("closing", "administration")


def _task(key: str, activity: str, label: str, own: tuple[str, str], **more: object) -> Slot:
    rest: dict[str, object] = {"held_by": own, "has_start": True, **more}
    return Slot(key, activity, label, "task", own[0], own[1], **rest)


def _status(
    key: str,
    label: str,
    step: str,
    held_by: tuple[str, str],
    opens: tuple[str, str] | None = None,
    **more: object,
) -> Slot:
    state = (*opens, "next") if opens else None
    return Slot(key, key, label, "status", step, held_by[1], held_by, state, **more)


def _asked_at_intake(n: int) -> list[Slot]:
    return [
        _task(f"request_supplement_{n}", "request_supplement", "Aanvulling vragen", INTAKE),
        Slot(
            f"supplement_requested_{n}",
            "supplement_requested",
            "Wacht op aanvulling",
            "status",
            "supplement",
            "front_office",
            INTAKE,
            (*SUPPLEMENT, "next"),
        ),
        _task(
            f"not_treated_{n}",
            "not_treated",
            "Buiten behandeling gesteld",
            INTAKE,
            held_by=SUPPLEMENT,
            has_start=False,
        ),
        _task(
            f"supplement_received_{n}",
            "supplement_received",
            "Aanvulling ontvangen",
            SUPPLEMENT,
            has_start=False,
            opens=(*INTAKE, "next"),
        ),
        _task(f"intake_{n + 1}", "intake", "Intake", INTAKE),
    ]


def _returned(n: int) -> list[Slot]:
    return [
        _task(
            f"check_returned_{n}",
            "check_returned",
            "Kwaliteitstoets: retour",
            CHECK,
            opens=(*DECISION, "done"),
        ),
        _task(f"draft_decision_{n + 1}", "draft_decision", "Besluit opstellen", DECISION, opens=(*CHECK, "done")),
    ]


SLOTS: tuple[Slot, ...] = (
    _status("application_received", "Aanvraag ontvangen", "application", INTAKE, INTAKE),
    _task("intake_1", "intake", "Intake", INTAKE),
    *_asked_at_intake(1),
    *_asked_at_intake(2),
    _status("investigation_opened", "In onderzoek", "investigation", INTAKE, INVESTIGATION),
    _task(
        "withdrawn",
        "withdrawn",
        "Aanvraag ingetrokken",
        ("withdrawn", "citizen"),
        held_by=INVESTIGATION,
        has_start=False,
    ),
    _task("investigate_1", "investigate", "Onderzoek", INVESTIGATION),
    _task("request_documents", "request_documents", "Stukken opvragen", INVESTIGATION),
    _status("documents_requested", "Wacht op stukken", "supplement", INVESTIGATION, SUPPLEMENT),
    _task(
        "documents_received",
        "documents_received",
        "Stukken ontvangen",
        SUPPLEMENT,
        has_start=False,
        opens=(*INVESTIGATION, "next"),
    ),
    _task("investigate_2", "investigate", "Onderzoek", INVESTIGATION),
    _task("request_advice", "request_advice", "Advies vragen", INVESTIGATION),
    _status("advice_awaited", "Wacht op advies", "advice", INVESTIGATION, ADVICE),
    _status("contribution_opened", "Toets eigen bijdrage", "contribution", INVESTIGATION, CONTRIBUTION),
    _task("check_contribution", "check_contribution", "Eigen bijdrage toetsen", CONTRIBUTION),
    Slot("advice_registered", "advice_registered", "Adviesaanvraag ontvangen", "advice", *ADVICE, ADVICE),
    Slot("advice_visit", "advice_visit", "Huisbezoek", "advice", *ADVICE, ADVICE),
    Slot("advice_sent", "advice_sent", "Advies verzonden", "advice", *ADVICE, ADVICE, (*DECISION, "next")),
    _status("decision_opened", "Besluitvorming", "decision", CONTRIBUTION, DECISION),
    _task("draft_decision_1", "draft_decision", "Besluit opstellen", DECISION, opens=(*CHECK, "done")),
    *_returned(1),
    *_returned(2),
    _task("check_approved", "check_approved", "Kwaliteitstoets: akkoord", CHECK),
    _status("decision_made", "Besluit genomen", "quality_check", CHECK),
    _task("send_decision", "send_decision", "Beschikking verzenden", SENDING),
    _status("care_ordered", "Wacht op start zorg", "care_start", SENDING, CARE),
    Slot("order_accepted", "order_accepted", "Opdracht aanvaard", "care", *CARE, CARE),
    Slot("care_started", "care_started", "Zorg gestart", "care", *CARE, CARE),
    _status("rejected", "Afgewezen", "send_decision", SENDING),
    _status("case_closed", "Afgehandeld", "closing", CLOSING, episode=0),
    _task(
        "objection_received",
        "objection_received",
        "Bezwaar ontvangen",
        OBJECTION,
        has_start=False,
        episode=2,
        opens=(*OBJECTION, "done"),
    ),
    _task("objection_review", "objection_review", "Bezwaar behandelen", OBJECTION, episode=2),
    _task("objection_decided", "objection_decided", "Beslissing op bezwaar", OBJECTION, episode=2),
)
"""In the order in which they happen; only `check_contribution` runs beside the advice partner's three."""

PLACE = {slot.key: place for place, slot in enumerate(SLOTS)}
ENDS = {
    "care_started": "delivered",
    "rejected": "delivered",
    "withdrawn": "withdrawn",
    "not_treated_1": "not_treated",
    "not_treated_2": "not_treated",
}
"""The slots that end the first episode, and how."""
