"""The one set of column names of the event table, the case table and the attempts (DESIGN §3), as Arrow schemas.

All instants are UTC, microseconds. Unknown is null, never 0 and never an empty text.
"""

from __future__ import annotations

import pyarrow as pa

UTC = pa.timestamp("us", tz="UTC")
BUCKET_COLUMN = "bucket"
"""Where a row lies in a store: events of one case are in one bucket. Not part of the tables, but they may have it."""
ACTING, NOT_ACTING = ("act", "automatic"), ("contact", "survey")
"""The roles of events that cut time, and of those that are counted and never cut time; there are no others."""

EVENTS = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_case_id", pa.string(), nullable=False),
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("activity", pa.string(), nullable=False),
        pa.field("raw_activity", pa.string(), nullable=False),
        pa.field("started_at", UTC),
        pa.field("completed_at", UTC),
        pa.field("suspended", pa.string()),  # JSON array of [from, to], UTC microseconds
        pa.field("precision", pa.string(), nullable=False),  # second | minute | day
        pa.field("observed_after", UTC),
        pa.field("seq", pa.int64(), nullable=False),
        pa.field("resource", pa.string()),
        pa.field("lane", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("role", pa.string(), nullable=False),  # act | contact | automatic | survey
        pa.field("opens_step", pa.string()),
        pa.field("opens_lane", pa.string()),
        pa.field("opens_until", pa.string()),  # done | next
        pa.field("attributes", pa.string()),  # JSON object, null when empty
        pa.field("records", pa.int32(), nullable=False),  # source records that this row is made of
        pa.field("chain_ref", pa.string()),  # the number of another organisation's case, as this record tells it
    ]
)
"""One row an event. A day-precision `completed_at` is the UTC instant of local midnight of that day.

`suspended`: while the work lay still between its start and its completion: disjoint, in order, whole numbers without
spaces, null where none is recorded. Only work in hand may end in [from, null]: it lies still yet.
"""

CASES = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("zaaktype", pa.string()),
        pa.field("persona", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("received_at", UTC),
        pa.field("received_precision", pa.string()),
        pa.field("closed_at", UTC),
        pa.field("closed_precision", pa.string()),
        pa.field("targets", pa.string()),  # JSON object: name -> UTC ISO instant
        pa.field("segments", pa.string()),  # JSON object: name -> value
        pa.field("suspension_known", pa.string()),  # dated | open_only | none
        pa.field("suspensions", pa.string()),  # JSON array of {from, to, term, has_term, ground, bounds}, local dates
        pa.field("extensions", pa.string()),  # JSON array of {on, days, months, until, by}, local dates
        pa.field("links", pa.string()),  # JSON array of {kind, case | reference | url | person}, see `mining.linking`
        pa.field("objects", pa.string()),  # JSON array of objects beside the case, see `flows.sources.kept_objects`
    ]
)
"""One row a case and source; the mining merges them, the first source of the mapping that knows a value wins."""

ATTEMPTS = pa.schema(
    [
        pa.field("attempt_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("started_at", UTC),
        pa.field("reached", pa.string()),
        pa.field("stopped", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("case_id", pa.string()),
    ]
)
"""One row an attempt (visit, form, call), with or without a case."""

QUARANTINE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),  # where: file and line, sheet and row, query and row
        pa.field("reason", pa.string(), nullable=False),  # a stable code, such as completed_at_unreadable
        pa.field("detail", pa.string()),
        pa.field("content", pa.string()),  # the record as JSON, listed columns only, pseudonymised
    ]
)
"""Records that cannot become an event, each with its reason."""
