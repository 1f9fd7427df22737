"""How a segment is split in one clock: wait, process, elsewhere, unknown (DESIGN §4, segment)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis


def split(shown: Sequence[Any], has_start: Any) -> dict[str, Any]:
    """Return kind → amount, from what a clock shows at since, free, own and at of a segment.

    `has_start` says whether the start of the work that ends the segment is known; if not, `own` is not looked at.
    """
    since, free, own, at = shown
    return {
        "wait": ibis.ifelse(has_start, free - since, 0),
        "process": ibis.ifelse(has_start, at - own, 0),
        "elsewhere": ibis.ifelse(has_start, own - free, at - free),
        "unknown": ibis.ifelse(has_start, 0, free - since),
        "total": at - since,
    }
