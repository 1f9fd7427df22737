"""What open cases say: curves, promises, and how old the work in hand is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from mappings.project import Project
from mining.amounts import SECOND, rows_of, seconds
from mining.decided import decided, groups
from mining.followed import Followed
from mining.ledger import UNKNOWN, Ledger
from mining.promise import DRAWS, promises
from mining.results.survival import Ages, OpenEnds
from mining.survival import OPEN

_OLD = 0.9


def open_ends(ledger: Ledger, cases: Followed, project: Project) -> OpenEnds:
    """Return how soon cases end and are decided, what can be promised, and the ages of the open ones."""
    chosen, left_out = groups(cases, project.file.smallest_group)
    inferred = rows_of(ledger.cases.agg(n=(ledger.cases.end_inferred & ledger.cases.has_lead).sum()))[0]["n"]
    return OpenEnds(
        cases=len(cases),
        entered_late=cases.entered_late,
        not_followed=cases.not_followed,
        ended_unobserved=cases.ended_unobserved,
        ends_inferred=inferred or 0,
        survival=decided(cases, chosen),
        promises=promises(cases, chosen, project),
        ages=ages(ledger, cases),
        groups_left_out=left_out,
        draws=DRAWS,
    )


def ages(ledger: Ledger, cases: Followed) -> tuple[Ages, ...]:
    """Return the elapsed ages of the open cases: all of them, then by the step in which each stands.

    Percentiles are type 7. A case in which nothing is open in its first episode has no age here.
    """
    standing = _standing(ledger, cases)
    typical = cases.curve.age_at(_OLD)
    whole = rows_of(standing.agg(**_told(standing, typical)))[0]
    if not whole["cases"]:
        return ()
    by_step = rows_of(standing.group_by("step").agg(**_told(standing, typical)))
    by_size = sorted(by_step, key=lambda row: (-row["cases"], row["step"]))
    return tuple(_ages(row) for row in ({**whole, "step": None}, *by_size))


def _standing(ledger: Ledger, cases: Followed) -> Any:
    """Return the open cases: age, the step in which each stands, and how long it has stood there (null: not known)."""
    still = cases.table.filter(cases.table.kind == OPEN).select("case", age="exit_elapsed")
    tails = ledger.tails.select("case_id", "step", "elapsed_total")
    named = still.join(ledger.cases.select("case", "case_id"), "case").left_join(tails, "case_id")
    step = named.step.cast("string").fill_null(UNKNOWN)
    return named.select(step=step, age=named.age.cast("float64"), waited=named.elapsed_total.cast("float64"))


def _told(standing: Any, typical: int | None) -> dict[str, Any]:
    older = ibis.literal(0) if typical is None else (standing.age > typical).sum()
    deciles = {f"p{n}": standing.age.quantile(n / 100) for n in (50, 80, 90)}
    counted = {"cases": standing.count(), "longest": standing.age.max(), "older": older}
    is_known = standing.waited.count() == standing.count()
    return {**counted, **deciles, "waited": ibis.ifelse(is_known, standing.waited.quantile(0.5), ibis.null("float64"))}


def _ages(row: Mapping[str, Any]) -> Ages:
    return Ages(
        step=row["step"],
        cases=row["cases"],
        p50_seconds=row["p50"] / SECOND,
        p80_seconds=row["p80"] / SECOND,
        p90_seconds=row["p90"] / SECOND,
        max_seconds=row["longest"] / SECOND,
        in_step_p50_seconds=seconds(row["waited"] if row["step"] is not None else None),
        older_than_typical=row["older"],
    )
