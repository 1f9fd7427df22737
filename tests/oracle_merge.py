"""The merge of case fields a second time: of several sources the first of the mapping that knows a value wins."""

from __future__ import annotations

import json
from typing import Any

PLAIN = ("zaaktype", "persona", "channel", "outcome")
MOMENTS = ("received", "closed")
OBJECTS = ("targets", "segments")


def merged(cases: list[dict[str, Any]], sources: list[str]) -> dict[str, dict[str, Any]]:
    """Return case → its fields; a moment brings its own precision, an object is merged name by name."""
    found: dict[str, dict[str, Any]] = {}
    for case in sorted({c["case_id"] for c in cases}):
        rows = sorted((c for c in cases if c["case_id"] == case), key=lambda c: sources.index(c["source"]))
        found[case] = {name: next((r[name] for r in rows if r[name] is not None), None) for name in PLAIN}
        for name in MOMENTS:
            who = next((r for r in rows if r[f"{name}_at"] is not None), None)
            found[case] |= {f"{name}_{of}": who and who[f"{name}_{of}"] for of in ("at", "precision")}
        for name in OBJECTS:
            objects = [json.loads(r[name]) for r in reversed(rows) if r[name]]
            found[case][name] = {k: v for o in objects for k, v in o.items() if v is not None}
    return found
