"""JSON Schema of the files of a mapping folder, for editors that check YAML while it is written."""

from __future__ import annotations

from typing import Any

from mappings.base import Model
from mappings.calendar import Calendar
from mappings.card import Card
from mappings.correction import Corrections
from mappings.journey import Journey
from mappings.project import Chain, ProjectFile
from mappings.source import Source

FILES: dict[str, tuple[type[Model], str]] = {
    "project": (ProjectFile, "project.yaml"),
    "source": (Source, "sources/*.yaml"),
    "journey": (Journey, "journeys/*.yaml"),
    "card": (Card, "cards/*.yaml"),
    "calendar": (Calendar, "calendar.yaml"),
    "chain": (Chain, "chain.yaml"),
    "corrections": (Corrections, "corrections.yaml"),
}
"""Name of the schema → the model, and the files that it describes."""


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return name → JSON Schema (2020-12) of each kind of file."""
    return {name: _schema(model, name, files) for name, (model, files) in FILES.items()}


def _schema(model: type[Model], name: str, files: str) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://zaakstroom.example/schema/{name}.json",
        "$comment": f"for {files} of a mapping folder",
        **schema,
    }
