"""The reconciliation law (DESIGN §7): what was read is accounted for, record by record.

Records read = stored + replaced + already known + ignored by the mapping + quarantined, per source and batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.errors import StoreError

if TYPE_CHECKING:
    from flows.sources import Extract
    from flows.store import Stored


@dataclass(frozen=True)
class Reconciliation:
    """What became of the records of one source in one batch. All counts are source records, not events."""

    source: str
    read: int
    stored: int
    replaced: int
    already_known: int
    ignored: int
    quarantined: int

    @property
    def accounted(self) -> int:
        """The right-hand side of the law."""
        return self.stored + self.replaced + self.already_known + self.ignored + self.quarantined

    @property
    def holds(self) -> bool:
        """True where every record read is accounted for exactly once."""
        return self.read == self.accounted


def reconcile(extract: Extract, stored: Stored) -> Reconciliation:
    """Put together what the extraction and the store did with the records of one source."""
    return Reconciliation(
        source=extract.source,
        read=extract.read,
        stored=stored.stored,
        replaced=stored.replaced + extract.replaced,
        already_known=stored.already_known + extract.known,
        ignored=sum(extract.ignored.values()),
        quarantined=sum(extract.quarantined.values()),
    )


def balanced(batch: Reconciliation) -> Reconciliation:
    """Return the batch, or raise a StoreError that shows both sides of the broken law."""
    if batch.holds:
        return batch
    gap = batch.read - batch.accounted
    raise StoreError(
        f"source '{batch.source}'",
        f"{batch.read} records read, but {batch.stored} stored + {batch.replaced} replaced"
        f" + {batch.already_known} already known + {batch.ignored} ignored + {batch.quarantined} quarantined"
        f" = {batch.accounted}: " + (f"{gap} lost" if gap > 0 else f"{-gap} counted twice"),
        "nothing is published; report this with the source's mapping, since it is a fault in the program",
    )
