"""Sources on the citizen's side: APIs with contacts (Klantinteracties, Contactmomenten) and Matomo's visits.

The records that their readers make have the columns named here. Nothing of a person is among them: no names, numbers,
addresses, visitor ids, and no free text but subjects that the mapping lists.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from mappings.base import Model

CONTACT_KINDS = ("klantinteracties", "contactmomenten")
LIVE_KINDS = ("sql", "zgw", *CONTACT_KINDS)
"""Kinds that read a living system: without files whose content tells whether they changed."""
OTHER_SUBJECT = "Overig contact"
"""The label of a contact whose subject the mapping does not list."""
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_SUBSTITUTED = re.compile(r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}")
CONTACT_COLUMNS: dict[str, Any] = {
    "case": "contact",
    "chain_case": "zaak",
    "activity": "onderwerp",
    "completed_at": "moment",
    "event_id": "id",
    "channel": "kanaal",
}
ATTEMPT_COLUMNS: dict[str, Any] = {
    "attempt": "bezoek",
    "started_at": "begonnen",
    "reached": "bereikt",
    "stopped": "gestopt",
    "reason": "reden",
    "channel": None,
    "chain_case": "referentie",
}


class _Api(Model):
    url: str | None = None
    """The address of the API; ${NAME:-default} is taken from the environment."""
    token_env: str | None = None
    """The environment variable with the token; the token itself never stands in a mapping."""
    timeout_seconds: float = Field(default=60, gt=0)
    tries: int = Field(default=6, ge=1, le=20)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None or _SUBSTITUTED.match(value):
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ValueError(
                f"'{parts.scheme}://{parts.hostname or ''}{parts.path}' is no address; write https://host/…"
            )
        return value.rstrip("/")

    @field_validator("token_env")
    @classmethod
    def _is_a_variable(cls, value: str | None) -> str | None:
        if value is not None and not _VARIABLE.match(value):
            raise ValueError("'token_env' is the name of an environment variable, such as KLANT_TOKEN, not the token")
        return value


class ContactApi(_Api):
    """An API with contacts of citizens, and as whom it is asked."""

    client_id: str | None = None
    """For an API that takes JWT: the client, whose secret stands in the variable under `token_env`."""
    object_type: str = "zaak"
    """What an object that a contact was about is called, where it is a case."""
    object_register: str | None = None
    """Klantinteracties: only objects of this `codeRegister`, where several case systems are told apart."""
    page_size: int | None = Field(default=100, ge=10, le=500)
    """Rows a page, where the server listens to `pageSize`; null never asks for it."""

    @model_validator(mode="after")
    def _is_whole(self) -> ContactApi:
        if self.url is None or self.token_env is None:
            raise ValueError("write 'url' and 'token_env'")
        return self


class FormStep(Model):
    """One step of a form, and how a visit shows that it came so far. One of `url` and `event`."""

    name: str
    url: str | None = None
    """A part of the address of the page."""
    event: str | None = None
    """'category/action' or 'category/action/name' of an event; * stands for anything."""

    @model_validator(mode="after")
    def _has_one_sign(self) -> FormStep:
        if (self.url is None) == (self.event is None):
            raise ValueError(f"step '{self.name}' needs either 'url' or 'event'")
        return self


class Reference(Model):
    """Where a visit tells the number of its case. One of the four."""

    dimension: int | None = None
    """The number of a custom dimension."""
    variable: str | None = None
    """The name of a custom variable."""
    event: str | None = None
    """'category/action' of an event whose name is the number."""
    url: str | None = None
    """A regular expression with one group, searched in the address of each page."""

    @model_validator(mode="after")
    def _is_one(self) -> Reference:
        if sum(part is not None for part in (self.dimension, self.variable, self.event, self.url)) != 1:
            raise ValueError("a reference is one of 'dimension', 'variable', 'event' and 'url'")
        if self.url is not None:
            try:
                groups = re.compile(self.url).groups
            except re.error as error:
                raise ValueError(f"'{self.url}' is no regular expression: {error}") from None
            if groups != 1:
                raise ValueError("the expression under 'url' needs one group, the number")
        return self


class Matomo(_Api):
    """A form in Matomo as a funnel: by the API (`url`), or from its JSON export (`path` of the source)."""

    site: int | None = None
    """The number of the site (idSite)."""
    since: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    """The first day that is asked for."""
    steps: tuple[FormStep, ...] = Field(min_length=2)
    """The steps of the form in their order; a visit that reached the last one went through."""
    reference: Reference | None = None
    reason: str | None = None
    """'category/action' of an event whose name is why the visitor stopped; the last one counts."""
    page_size: int = Field(default=500, ge=10, le=10_000)
    """Visits a request (filter_limit)."""

    @model_validator(mode="after")
    def _is_whole(self) -> Matomo:
        if self.url is not None and (self.site is None or self.since is None or self.token_env is None):
            raise ValueError("with 'url' write 'site', 'since' and 'token_env'")
        return self


def with_citizen_columns(data: dict[str, Any]) -> dict[str, Any]:
    """Return the source as written, with the columns and roles that the records of these readers always have."""
    kind = data.get("kind")
    if kind == "matomo":
        said = {"record": "attempts", "attempt": ATTEMPT_COLUMNS, "channel": "web", "pseudonymise": ["bezoek"]}
        return {**said, **data}
    if kind not in CONTACT_KINDS:
        return data
    listed = data.get("activities")
    activities = {OTHER_SUBJECT: "contact", **(listed if isinstance(listed, dict) else {})}
    rules = {label: _as_contact(rule) for label, rule in activities.items()}
    return {"columns": CONTACT_COLUMNS, "keep": ["initiatief"], **data, "activities": rules}


def _as_contact(rule: Any) -> Any:
    if isinstance(rule, str):
        return {"name": rule, "role": "contact"}
    return {"role": "contact", **rule} if isinstance(rule, dict) else rule


def citizen_problem(source: Any) -> str | None:
    """Return what a source of these kinds lacks, or has too much."""
    if (source.kind in CONTACT_KINDS) != (source.contacts is not None):
        return "a source of kind 'klantinteracties' or 'contactmomenten' needs 'contacts', and no other kind has it"
    if (source.kind == "matomo") != (source.matomo is not None):
        return "a source of kind 'matomo' needs 'matomo' with the steps of the form, and no other kind has it"
    if source.matomo is not None and (source.matomo.url is None) == (source.path is None):
        return "a source of kind 'matomo' needs either 'matomo.url' or the 'path' of an export"
    return None
