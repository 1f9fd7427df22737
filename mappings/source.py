"""A source: where records lie, which column is what, and what each label means (DESIGN §3)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from mappings.base import Duration, Model, Text, Zone
from mappings.citizen import CONTACT_KINDS, ContactApi, Matomo, citizen_problem, with_citizen_columns
from mappings.correction import Correction
from mappings.deliveries import Deliveries
from mappings.ocel import KeptObjects
from mappings.sql import Watermark, sql_problem
from mappings.suspension import ExtensionColumns, SuspensionColumns, WrittenExtends, WrittenSuspends
from mappings.times import Moment
from mappings.times import Precision as Precision
from mappings.times import TimeColumn as TimeColumn
from mappings.zgw import Zgw, with_zgw_columns

Role = Literal["act", "contact", "automatic", "survey"]
SourceKind = Literal[
    "csv", "xlsx", "parquet", "xes", "ocel", "sql", "zgw", "klantinteracties", "contactmomenten", "matomo"
]
Lifecycle = Literal[
    "schedule", "assign", "reassign", "start", "suspend", "resume", "complete", "withdraw", "abort", "skip"
]


class EventColumns(Model):
    """Which column of an event record is what. Names as in the source."""

    case: str
    """The source's own case or dossier number."""
    chain_case: str | None = None
    """The reference to the chain case where that is another number than `case`; empty means: not linked."""
    activity: str
    completed_at: Moment | None = None
    started_at: Moment | None = None
    observed_after: Moment | None = None
    """The lower bound of `completed_at`, where a change is only known to lie between two readings."""
    lifecycle: str | None = None
    """The column with the lifecycle transition; pairs of start and complete become one event."""
    lifecycle_instance: str | None = None
    """The column that says which start belongs to which completion."""
    event_id: str | None = None
    """The source's own number of the event. Without one a record is known by all that the mapping reads of it: two
    alike are one, told twice, and counted as already known; XES alone lists each event by itself."""
    seq: str | None = None
    resource: str | None = None
    lane: str | None = None
    channel: str | None = None


class CaseColumns(Model):
    """Which column holds what of a case, in the event records or in a cases table of its own."""

    case: str | None = None
    """The key in the cases table; the event records' case column where left out."""
    zaaktype: str | None = None
    persona: str | None = None
    channel: str | None = None
    outcome: str | None = None
    received_at: Moment | None = None
    closed_at: Moment | None = None
    targets: dict[str, Moment] = Field(default_factory=dict)
    """Target dates of the case by a name that norms refer to, such as deadline."""
    segments: dict[str, str] = Field(default_factory=dict)
    """Name of the segment → column."""
    person: str | None = None
    """The id of the person whose case it is, to link cases by: a keyed hash of it is kept, never the id itself."""
    reference: str | None = None
    """Another number of the case, by which others may know it; the uuid of a ZGW case."""
    related: str | None = None
    """The numbers of cases that belong to this one: one number, or the JSON list of kind and case of ZGW."""
    suspensions: tuple[SuspensionColumns, ...] = ()
    """Where the case has the suspensions of its legal term; several rows a case add up."""
    extensions: tuple[ExtensionColumns, ...] = ()
    """Where the case has the extensions of its legal term."""


class Opens(Model):
    """The step and lane that are due after an activity, or after receipt (DESIGN §4, whose turn)."""

    step: str
    lane: str | None = None
    """The step's own lane where left out."""
    until: Literal["done", "next"] = "done"
    """'done': until an event of that step or lane. 'next': a state, until the next opening."""


class ActivityRule(Model):
    """What a label of the source means."""

    name: str
    title: Text = ""
    """What people read for it. Where left out: its label, on a page in the language of the project; else its name."""
    role: Role = "act"
    """'survey': a question how it was, with the score among `keep` (ces, nps, csat, emotion) where it was answered; it
    neither cuts time nor is a contact. It was about the step of the journey that lists it; else the whole journey."""
    lane: str | None = None
    channel: str | None = None
    opens: Opens | None = None
    asks: Text = ""
    """What information it asks the citizen for, in whichever source, channel or contact. Activities with the same
    text ask for the same thing: more than once in a case is the same information asked twice."""
    suspends: WrittenSuspends | None = None
    """It suspends the legal term: the ground, and the term that it sets."""
    resumes: str | None = None
    """It ends the suspension on this ground: the supplement was received."""
    decision: bool = False
    """It is a decision: an object of its own, beside the case, in an object-centric log."""
    extends: WrittenExtends | None = None
    """It extends the legal term: by how much, and in which way."""

    @field_validator("name")
    @classmethod
    def _is_text(cls, name: str) -> str:
        if "\0" in name:
            raise ValueError("the name of an activity holds a sign that is no text (NUL); leave it out")
        return name


def _as_activity_rule(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


Activity = Annotated[ActivityRule, BeforeValidator(_as_activity_rule)]


class AttemptColumns(Model):
    """Which column of an attempt (a visit, a form, a call, with or without a case) is what."""

    attempt: str
    started_at: Moment
    reached: str
    """The furthest step of the form or conversation."""
    stopped: str | None = None
    """Where it stopped; empty means that it went through."""
    reason: str | None = None
    channel: str | None = None
    chain_case: str | None = None


class Limits(Model):
    """Thresholds of the quality gate, as shares (0–1) unless named otherwise.

    A share above the threshold gives the verdict.
    """

    warn: float | None = None
    stop: float | None = None


def _is_one_sign(value: str) -> str:
    if len(value) != 1 or not value.isascii() or value in '"\r\n\0':
        raise ValueError(f"{value!r} is not a delimiter; write one sign, such as ';', or \"\\t\" for a tab")
    return value


Delimiter = Annotated[str, StringConstraints(strip_whitespace=False), AfterValidator(_is_one_sign)]
"""What stands between the values of a line; a tab is one too."""


class Source(Model):
    """One place where records come from."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: Text = ""
    kind: SourceKind
    path: str | None = None
    """A file, a pattern or an fsspec URL, relative to the mapping folder.

    ${NAME:-default} is taken from the environment.
    """
    deliveries: Deliveries | None = None
    """For files that a partner delivers: what is whole, what corrects what, and when it is expected."""
    url: str | None = None
    """SQLAlchemy URL, for kind sql; ${NAME:-default} is taken from the environment, and so is all of it by ${NAME}."""
    url_block: str | None = None
    """Instead: the name of a Prefect block of type Secret that holds the URL."""
    query: str | None = None
    """For kind sql: the query (SELECT or WITH) or the table with the events."""
    tables: tuple[str, ...] = ()
    """Instead: one or more tables with the same columns, as name or schema.name."""
    cases_query: str | None = None
    """For kind sql: the query or the table with one row a case."""
    watermark: Watermark | None = None
    """For kind sql: read only what has changed since the last reading."""
    statement_timeout: Duration = Field(default="1h", validate_default=True)
    """For kind sql: how long the database may work on one reading before it is told to stop."""
    zgw: Zgw | None = None
    """For kind zgw: the ZGW APIs, and as whom they are asked. Columns are then known."""
    contacts: ContactApi | None = None
    """For kinds klantinteracties and contactmomenten: the API. Columns are then known."""
    matomo: Matomo | None = None
    """For kind matomo: the form whose visits are attempts. Columns are then known."""
    sheet: str | None = None
    """For kind xlsx; the first that is not hidden where left out."""
    delimiter: Delimiter = ","
    encoding: str = "utf-8"
    object_type: str | None = None
    """For kind ocel: the object type that is the case."""
    objects: dict[str, KeptObjects] = Field(default_factory=dict)
    """For kind ocel: the other object types that are kept apart, with their relations, for the OCEL export."""
    record: Literal["events", "attempts"] = "events"
    system: Text = ""
    """The name of the system in the information flow of the map."""
    organisation: str = ""
    zone: Zone = "Europe/Amsterdam"
    columns: EventColumns | None = None
    attempt: AttemptColumns | None = None
    case: CaseColumns = CaseColumns()
    received_opens: Opens | None = None
    keep: tuple[str, ...] = ()
    """Columns to keep as attributes; nothing else is kept."""
    lane: str | None = None
    """The lane of every record, where the source has no column for it."""
    channel: str | None = None
    activities: dict[str, Activity] = Field(default_factory=dict)
    """The source's label → what it means.

    A label that is neither here nor in `ignored` is kept under its own name.
    """
    ignored: tuple[str, ...] = ()
    lanes: dict[str, str] = Field(default_factory=dict)
    """The source's lane label → lane of the project."""
    unknown_lanes: tuple[str, ...] = ()
    channels: dict[str, str] = Field(default_factory=dict)
    unknown_channels: tuple[str, ...] = ()
    pseudonymise: tuple[str, ...] = ()
    """Kept columns that are replaced by a keyed hash.

    The resource always is, unless `resource_is_pseudonym`.
    """
    resource_is_pseudonym: bool = False
    day_slot: Literal["first", "last"] = "last"
    """Where events with day precision stand among events of the same date."""
    is_status_source: bool = False
    """Its records enter a state: each activity must declare `opens`."""
    thresholds: dict[str, Limits] = Field(default_factory=dict)
    """Quality measure → thresholds of this source; the defaults stand in docs/quality.md."""
    corrections: tuple[Correction, ...] = ()
    """Filled from corrections.yaml; write them there."""

    @model_validator(mode="before")
    @classmethod
    def _records_of_zgw_have_known_columns(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return with_zgw_columns(data) if data.get("kind") == "zgw" else with_citizen_columns(data)

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Source:
        if problem := sql_problem(self):
            raise ValueError(problem)
        if (self.kind == "zgw") != (self.zgw is not None):
            raise ValueError("a source of kind 'zgw' needs 'zgw' with address and client, and no other kind has it")
        if problem := citizen_problem(self):
            raise ValueError(problem)
        if self.kind not in ("sql", "zgw", "matomo", *CONTACT_KINDS) and not self.path:
            raise ValueError(f"a source of kind '{self.kind}' needs 'path'")
        if self.deliveries is not None and not self.path:
            raise ValueError("'deliveries' is for sources of files, which have 'path'")
        if self.record == "attempts" and self.attempt is None:
            raise ValueError("a source of attempts needs 'attempt' with its columns")
        if self.record == "events" and self.columns is None and self.kind != "ocel":
            raise ValueError("a source of events needs 'columns'")
        return self

    @model_validator(mode="after")
    def _keeps_objects_apart(self) -> Source:
        if not self.objects:
            return self
        if self.kind != "ocel" or self.object_type is None:
            raise ValueError("'objects' is for sources of kind 'ocel', beside 'object_type'")
        if self.object_type in self.objects:
            raise ValueError(f"'{self.object_type}' is the case: take it out of 'objects'")
        if self.columns is not None and self.columns.case != "ocel:oid":
            raise ValueError("with 'objects' the case is the object itself: write 'case: ocel:oid' under 'columns'")
        return self

    @model_validator(mode="after")
    def _keeps_the_columns_of_terms(self) -> Source:
        named = {
            column
            for rule in self.activities.values()
            for column in (rule.suspends and rule.suspends.term_column, rule.extends and rule.extends.column)
            if column
        }
        if missing := sorted(named - set(self.keep)):
            raise ValueError(f"name under 'keep' the columns of terms: {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _states_say_what_they_open(self) -> Source:
        if self.is_status_source:
            silent = [k for k, rule in self.activities.items() if rule.role == "act" and rule.opens is None]
            if silent:
                raise ValueError(
                    f"status source: {', '.join(silent)} must say what they open, with 'until: next',"
                    " since a status marks entering a state"
                )
        return self
