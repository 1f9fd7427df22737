"""What of an object-centric log is kept beside its cases: which types of objects, and what of each."""

from __future__ import annotations

from mappings.base import Model


class KeptObjects(Model):
    """One type of object that stands beside the case, such as a decision, an advice or a contact."""

    attributes: tuple[str, ...] = ()
    """The attributes to keep, as they stand last; nothing else of an object is kept but its id and type."""
    pseudonymise: bool = False
    """Replace its id by a keyed hash: where it is the number of a person."""
