"""Personal data is looked for before anything is stored: what came into the store would have to be got out again.

In: an extract. Rule owned here: the same test and thresholds as the quality measure `personal_data`, on every table of
the extract: attempts, records set aside and links too, which nobody else looks into.
"""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mappings.errors import QualityStop
from mappings.source import Source
from mining.quality_catalogue import definition
from mining.quality_personal import personal_data

if TYPE_CHECKING:
    from flows.sources.extract import Extract


def refuse_personal(extract: Extract, source: Source, readings: Path | None = None) -> None:
    """Raise QualityStop, naming columns and kinds and never a value, where an extract holds personal data.

    The copy of a live system in `readings` then goes too, since it holds the same: the next reading begins anew.
    """
    stop = definition("personal_data").stop
    limit = source.thresholds.get("personal_data")
    stop = limit.stop if limit is not None and limit.stop is not None else stop
    hits = _hits(extract, bool(source.objects))
    if stop is None or len({hit.split(":")[0] for hit in hits}) <= stop:
        return
    for copy in () if readings is None else readings.glob(f"{glob.escape(source.name)}.zgw.sqlite*"):
        copy.unlink()
    what = f"quality gate: Personal data in kept columns, nothing was stored: {', '.join(hits)}"
    raise QualityStop(extract.source, what, definition("personal_data").remedy[1])


def _hits(extract: Extract, has_objects: bool) -> list[str]:
    import ibis

    con = ibis.duckdb.connect()
    events, cases, attempts, aside = (
        con.read_parquet(str(path))
        for path in (extract.events_path, extract.cases_path, extract.attempts_path, extract.quarantine_path)
    )
    found = list(personal_data(events, cases, attempts).examples)
    told: Any = aside.select(attributes=aside.content, raw_activity=aside.detail)
    others = personal_data(told, cases.select(zaaktype=cases.links))
    names = {"attributes": "set aside", "raw_activity": "set aside", "zaaktype": "links"}
    for hit in others.examples:
        column, _, rest = hit.partition(":")
        head, _, tail = column.partition(".")
        found.append(f"{names[head]}{'.' if tail else ''}{tail}:{rest}")
    if not has_objects:
        return found
    beside = personal_data(told.limit(0), cases.select(zaaktype=cases.objects))
    return found + [f"objects:{hit.partition(':')[2]}" for hit in beside.examples]
