"""A source of kind zgw: where the ZGW APIs are, as whom they are asked, and how much is asked of them.

The records that the reader makes of zaken, statussen and besluiten have the columns named here; a mapping may
name other columns of the same records under `case`, and keep more of them under `keep`.
"""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from mappings.base import Model

_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_SUBSTITUTED = re.compile(r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}")

EVENT_COLUMNS: dict[str, Any] = {
    "case": "zaak",
    "activity": "activiteit",
    "completed_at": "moment",
    "observed_after": "waargenomen_na",
    "event_id": "id",
    "seq": "volgorde",
    "resource": "medewerker",
    "lane": "eenheid",
}
"""Which column of an event record is what."""

CASE_COLUMNS: dict[str, Any] = {
    "case": "zaak",
    "zaaktype": "zaaktype",
    "channel": "communicatiekanaal",
    "outcome": "resultaat",
    "received_at": {"column": "startdatum", "precision": "day"},
    "closed_at": {"column": "einddatum", "precision": "day"},
    "targets": {
        "planned_end": {"column": "einddatumGepland", "precision": "day"},
        "deadline": {"column": "uiterlijkeEinddatumAfdoening", "precision": "day"},
    },
    "suspensions": [{"from": "opschorting_van", "to": "opschorting_tot", "indicated": "opgeschort"}],
    "extensions": [{"amount": "verlenging_duur", "on": "verlengd_op"}],
    "related": "links",
    "reference": "uuid",
}
"""Which column of a case record is what; a mapping may say otherwise key by key."""

CHANGES = {
    "suspended": "Opschorting begonnen",
    "resumed": "Opschorting beëindigd",
    "extended": "Verlengd",
    "reopened": "Heropend",
    "reassigned": "Behandelaar gewijzigd",
}
"""What audit trail or nightly readings tell beside the statuses, and the label that it gets."""

DECIDED = "Besluit genomen: "
SENT = "Besluit verzonden: "
"""A besluit gives two labels, each followed by its besluittype; both days are the source's own."""


def is_no_status(label: str) -> bool:
    """Tell whether a label is that of a besluit or of a change, which enter no state."""
    return label in CHANGES.values() or label.startswith((DECIDED, SENT))


class Zgw(Model):
    """The ZGW APIs of one installation. The secret itself never stands here."""

    root: str | None = None
    """The address that all components share, such as https://openzaak.example.nl: they are then expected at
    /zaken/api/v1, /catalogi/api/v1 and /besluiten/api/v1. ${NAME:-default} is taken from the environment."""
    zaken: str | None = None
    """The address of the Zaken API, where it is not under `root`: https://…/zaken/api/v1."""
    catalogi: str | None = None
    besluiten: str | None = None
    client_id: str
    """The client id that the installation knows this program by."""
    secret_env: str | None = None
    """The environment variable that holds the client's secret."""
    secret_block: str | None = None
    """Instead: the name of a Prefect Secret block."""
    user_id: str = "zaakstroom"
    """What the installation's logs show as the user."""
    zaaktypen: tuple[str, ...] = ()
    """The `identificatie` of the zaaktypen to read, all versions of each; all that the client may see where left
    out."""
    case_number: Literal["identificatie", "organisation_and_identificatie", "uuid"] = "identificatie"
    """What names a case. An `identificatie` is unique within one `bronorganisatie` only."""
    roles: bool = True
    """Read the roles of employees and organisational units. Roles of citizens and companies are never asked for."""
    handler_roles: tuple[str, ...] = ("behandelaar",)
    """The generic role names (`omschrijvingGeneriek`) of whoever handles the case."""
    decisions: bool = False
    """Read the besluiten: needs the scope besluiten.lezen."""
    audit_trail: Literal["none", "open", "all"] = "none"
    """The audit trail, one request a case: of no case, of the open and changed ones, or of all. Only there stand
    when a suspension or extension began and when something was registered."""
    audit_trail_requests: int = Field(default=20_000, ge=1)
    """At most so many audit trails in one run; what is left is read by the next ones, and counted."""
    ending_results: tuple[str, ...] = ()
    """The results (`omschrijving` of the resultaattype) that end a case without an answer, such as Ingetrokken. A
    result has no date of its own: the last status of such a case is told under the name of its result."""
    kenmerken: tuple[str, ...] = ()
    """The `bron` of the kenmerken to keep as links, such as OLO; the others are not kept."""
    notifications: str | None = None
    """A file, or a folder of files, in which notifications are received (`zaakstroom receive`), one JSON object a line,
    relative to the mapping folder: the cases that they name are read again."""
    concurrency: int = Field(default=8, ge=1, le=64)
    """Requests under way at the same time."""
    page_size: int | None = Field(default=500, ge=10, le=500)
    """Rows a page, where the server listens to `pageSize`; null never asks for it."""
    deepest_page: int = Field(default=20, ge=1)
    """A list of more pages than this is read in narrower ones: the deeper the page, the slower."""
    overlap_days: int = Field(default=3, ge=1)
    """How many days before the last reading new and closed cases are asked for again."""
    sweep_every: int = Field(default=7, ge=1)
    """Every so many readings everything is read again, and what the others missed is reported."""
    timeout_seconds: float = Field(default=60, gt=0)
    tries: int = Field(default=6, ge=1, le=20)
    """How often a request is tried before the run gives up."""

    @field_validator("root", "zaken", "catalogi", "besluiten")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None or _SUBSTITUTED.match(value):
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{value}' is no address; write it as https://host or https://host/zaken/api/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the address holds a user, a password or a query; write scheme, host and path alone")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _knows_where_and_as_whom(self) -> Zgw:
        if self.root is None and (self.zaken is None or self.catalogi is None):
            raise ValueError("write 'root', or the addresses of both 'zaken' and 'catalogi'")
        if (self.secret_env is None) == (self.secret_block is None):
            raise ValueError("write either 'secret_env' or 'secret_block'; the secret itself never stands in a mapping")
        if self.secret_env is not None and not _VARIABLE.match(self.secret_env):
            raise ValueError("'secret_env' is the name of an environment variable, such as ZGW_SECRET, not the secret")
        if self.decisions and self.root is None and self.besluiten is None:
            raise ValueError("'decisions' needs 'root' or the address of 'besluiten'")
        return self

    def address(self, component: str) -> str:
        """Return the address of a component: zaken, catalogi or besluiten."""
        own: str | None = getattr(self, component)
        return own if own is not None else f"{(self.root or '').rstrip('/')}/{component}/api/v1"


def with_zgw_columns(data: dict[str, Any]) -> dict[str, Any]:
    """Return the source as written, with the columns that the records of a ZGW reader always have."""
    said = data.get("case")
    case = {**CASE_COLUMNS, **said} if isinstance(said, dict) else CASE_COLUMNS if said is None else said
    return {"columns": EVENT_COLUMNS, "resource_is_pseudonym": True, **data, "case": case}
