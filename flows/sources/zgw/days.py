"""What `datumStatusGezet` may be trusted for: a moment, or a day that was sent as its midnight.

A client that knows only the date sends it as 00:00 UTC; others send local midnight, which comes back as 22:00
or 23:00 UTC of the day before. Both are the day as it is in the source's zone. A status that was really set at
either second loses its time of day; that is one second in 43,200.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def moment_or_day(value: str | None, zone: ZoneInfo) -> str | None:
    """Return the moment as it was told, or the date alone; a text that is no moment stays what it is."""
    if value is None or len(value) < 19 or value[14:19] != "00:00":
        return value
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return value
    if told.tzinfo is None or told.microsecond:
        return value
    try:
        local, universal = told.astimezone(zone), told.astimezone(UTC)
    except OverflowError:
        # the last hours of the year 9999 are no year in another zone
        return value
    is_day = (local.hour, local.minute) == (0, 0) or (universal.hour, universal.minute) == (0, 0)
    return local.date().isoformat() if is_day else value
