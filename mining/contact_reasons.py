"""Contacts by why: how many, on how many cases, how many were repeats, and whose initiative they were."""

from __future__ import annotations

from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import rows_of
from mining.json_told import text_under
from mining.results.citizen import ContactReason

INITIATOR, CITIZEN = "initiatief", "klant"
"""The attribute that says whose initiative a contact was, and what it says of the citizen's."""


def reasons(contacts: Any, project: Project) -> tuple[ContactReason, ...]:
    """Return the contacts by activity, most first. A contact without a moment repeats nothing."""
    within = int(project.file.repeat_within.total_seconds() * 1_000_000)
    c = contacts.mutate(began=text_under(contacts.attributes, INITIATOR))
    earlier = c.heard.lag().over(ibis.window(group_by="case", order_by=["heard", "event_id"]))
    c = c.mutate(is_repeat=ibis.coalesce(c.heard - earlier <= within, False))
    found = c.group_by("activity").agg(
        contacts=c.count(),
        cases=c.case.nunique(),
        repeats=c.is_repeat.cast("int64").sum(),
        by_citizen=c.count(where=c.began == CITIZEN),
        known=c.began.count(),
    )
    listed = sorted(rows_of(found), key=lambda row: (-row["contacts"], row["activity"]))
    titles = project.activity_titles()
    return tuple(
        ContactReason(
            activity=row["activity"],
            contacts=row["contacts"],
            cases=row["cases"],
            repeats=row["repeats"],
            by_citizen=row["by_citizen"] if row["known"] else None,
            initiator_known=row["known"],
            title=titles.get(row["activity"], {}),
        )
        for row in listed
    )
