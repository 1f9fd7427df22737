"""What open cases say: curves, promises, and how old the work in hand is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mappings.project import Project
from mining.amounts import SECOND, rows_of
from mining.decided import decided, groups
from mining.followed import Followed, labels
from mining.ledger import UNKNOWN, Ledger
from mining.promise import DRAWS, promises
from mining.results.survival import Ages, OpenEnds
from mining.sequences import Ints
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
    spans = cases.spans["elapsed"]
    is_open = spans.kind == OPEN
    if not is_open.any():
        return ()
    codes, names, waited = _standing(ledger, cases.case_ids.filter(is_open))
    typical = cases.curves["elapsed"].age_at(_OLD)
    exits = spans.exit[is_open].astype(np.float64)
    counts = np.bincount(codes, minlength=len(names))
    by_size = sorted((n for n in range(len(names)) if counts[n]), key=lambda n: (-counts[n], names[n]))
    listed = [(None, np.ones(len(codes), np.bool_)), *((names[n], codes == n) for n in by_size)]
    return tuple(_ages(step, exits[of], waited[of], typical) for step, of in listed)


def _standing(ledger: Ledger, case_ids: Any) -> tuple[Ints, tuple[str, ...], npt.NDArray[np.float64]]:
    """Return of each open case the number of the step in which it stands, their names, and how long it has stood."""
    tails = ledger.tails.select("case_id", "step", waited="elapsed_total").to_pyarrow()
    place = pc.index_in(case_ids, value_set=tails["case_id"])
    steps = labels(tails["step"].cast(pa.string()).take(place).fill_null(UNKNOWN))
    waited = tails["waited"].take(place).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return steps.codes, steps.names, waited


def _ages(step: str | None, ages: np.ndarray, waited: np.ndarray, typical: int | None) -> Ages:
    p50, p80, p90 = (float(np.quantile(ages, q)) / SECOND for q in (0.5, 0.8, 0.9))
    known = waited[~np.isnan(waited)]
    return Ages(
        step=step,
        cases=len(ages),
        p50_seconds=p50,
        p80_seconds=p80,
        p90_seconds=p90,
        max_seconds=float(ages.max()) / SECOND,
        in_step_p50_seconds=float(np.quantile(known, 0.5)) / SECOND if step is not None and len(known) else None,
        older_than_typical=0 if typical is None else int((ages > typical).sum()),
    )
