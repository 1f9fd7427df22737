"""Journeys and calendars on which generated logs are booked: flat and nested branches, tags and none, any hours."""

from __future__ import annotations

from datetime import date
from typing import Any

from mappings.calendar import Calendar, Hours
from mappings.flow import steps_of
from mappings.journey import Journey
from mappings.project import Lane

STEPS = ("intake", "supplement", "municipality", "partner", "advice", "assess", "decide", "archive")
LANES = {
    "municipality": Lane(department="permits", organisation="municipality"),
    "front": Lane(department="contact", organisation="municipality"),
    "partner": Lane(organisation="partner"),
}
"""`citizen` and `stranger` stand in no list: they have neither department nor organisation."""

OFFICE = Calendar()
NIGHTS = Calendar(
    reference=Hours(
        weekly={
            "mon": ["07:15-12:00", "12:30-17:00"],
            "wed": ["09:00-17:00"],
            "fri": ["00:00-24:00"],
            "sat": ["22:00-24:00"],
            "sun": ["00:00-08:00", "20:00-24:00"],
        },
        closed=[date(2026, 3, 30), date(2026, 6, 5)],
        holidays="none",
    )
)
ELSEWHERE = Calendar(
    reference=Hours(weekly={d: ["08:30-16:45"] for d in ("tue", "thu", "sun")}, zone="Atlantic/Azores")
)
CALENDARS = (OFFICE, OFFICE, NIGHTS, ELSEWHERE)


def _journey(name: str, flow: Any, **tags: Any) -> Journey:
    written = Journey.model_validate({"name": name, "steps": {s: _step(s) for s in STEPS}, "flow": flow} | tags)
    assert set(steps_of(written.flow)) == set(STEPS)
    return written


def _step(name: str) -> dict[str, Any]:
    lanes = {"partner": "partner", "advice": "partner", "supplement": "citizen", "intake": "front"}
    activities = {"assess": ["assess", "check", "state"], "intake": ["intake", "mail"]}
    return {
        "lane": lanes.get(name, "municipality"),
        "layer": "backstage",
        "activities": activities.get(name, []),
    }


TAGS = {"delivers": ["decide"], "ends_without_delivery": ["withdraw"], "reopens": ["reopen"]}
FLAT = _journey(
    "flat",
    {
        "sequence": [
            "intake",
            {"optional": "supplement"},
            {"parallel": ["municipality", "partner", "advice"]},
            "assess",
            "decide",
            "archive",
        ]
    },
    **TAGS,
)
NESTED = _journey(
    "nested",
    {
        "sequence": [
            "intake",
            {
                "parallel": [
                    {"sequence": ["municipality", {"optional": "supplement"}]},
                    {"choice": ["partner", {"repeat": "advice"}]},
                ]
            },
            {"repeat": "assess"},
            "decide",
            "archive",
        ]
    },
    **TAGS,
)
WITHIN = _journey(
    "within",
    {
        "sequence": [
            {"repeat": {"parallel": ["intake", {"sequence": ["municipality", "partner"]}]}, "redo": "supplement"},
            {"optional": {"parallel": [{"parallel": ["advice", "assess"]}, {"choice": ["decide", "archive"]}]}},
        ]
    },
    delivers=["withdraw", "archive"],
    reopens=["reopen", "request"],
)
WITHOUT_TAGS = _journey("without_tags", {"sequence": list(STEPS)}, reopens=["reopen"])
JOURNEYS: tuple[Journey | None, ...] = (FLAT, FLAT, NESTED, NESTED, WITHIN, WITHOUT_TAGS, None)
