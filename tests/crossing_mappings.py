"""Random small mappings that cross the features of a mapping: what was proven alone meets the rest.

A journey with a random tree, personas and norms of every clock, end and scope; journeys and cards beside it; lanes with
calendars of their own; sources that know other activities, and what those suspend, extend and ask.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from mappings.calendar import Calendar, Hours
from mappings.journey import Journey
from mappings.project import Project, ProjectFile
from mappings.source import Opens, Source
from tests.oracle_journeys import CALENDARS, LANES, STEPS
from tests.oracle_logs import OPENS, ROLES

LANE_OF = {"partner": "partner", "advice": "partner", "supplement": "citizen", "intake": "front"}
MORE_ROLES = {**ROLES, "question": "contact", "survey": "survey"}
FAR_AWAY = Hours(
    weekly={d: ["06:00-10:00", "13:00-22:30"] for d in ("mon", "tue", "thu", "sat")},
    zone="Asia/Tokyo",
    holidays="none",
    closed=[date(2026, 6, 2), date(2026, 3, 28)],
)
SHIFTS = Hours(weekly={d: ["00:00-08:00", "08:00-16:30", "17:00-24:00"] for d in ("mon", "wed", "fri", "sun")})
NEVER = Hours(weekly={})


def random_project(random: Random, zone: str, start: date) -> Project:
    journey = _journey(random)
    rules = {activity: _rule(random, activity) for activity in _ACTIVITIES}
    sources = [_source(random, n, rules) for n in range(random.choice([1, 1, 2, 3]))]
    file = ProjectFile(
        name="test",
        purpose="test",
        legal_basis="test",
        zone=zone,
        lanes=_lanes(random),
        together_within=random.choice(["0s", "60s", "2h"]),
        switch_within=random.choice(["1h", "14d"]),
        repeat_within=random.choice(["1h", "7d"]),
        smallest_group=random.choice([1, 3, 10]),
        resource_measures=random.random() < 0.6,
        journey=journey.name if journey else None,
    )
    own = {lane: random.choice([FAR_AWAY, SHIFTS, NEVER]) for lane in _LANES if random.random() < 0.4}
    calendar = Calendar(reference=random.choice([c.reference for c in CALENDARS]), lanes=own)
    journeys = (journey, *_beside(random, journey)) if journey else ()
    cards = _cards(random, journey, start)
    return Project(file=file, folder=".", sources=sources, journeys=journeys, calendar=calendar, cards=cards)


_LANES = ("municipality", "front", "partner", "citizen")
_ACTIVITIES = (*STEPS, *OPENS, *MORE_ROLES, "check", "state", "reopen", "withdraw")


def _lanes(random: Random) -> dict[str, Any]:
    """Lanes with and without department and organisation; the citizen is one by layer, or by nothing."""
    lanes: dict[str, Any] = {name: lane for name, lane in LANES.items() if random.random() < 0.8}
    if random.random() < 0.7:
        lanes["citizen"] = {"layer": "citizen"}
    return lanes


def _rule(random: Random, activity: str) -> dict[str, Any]:
    """What a label means, in every source that knows it."""
    rule: dict[str, Any] = {"name": activity, "role": MORE_ROLES.get(activity, "act")}
    if activity in OPENS:
        step, lane, until = OPENS[activity]
        rule["opens"] = {"step": step, "lane": lane, "until": until}
    term = random.choice([{"term": "2d"}, {"term_column": "term"}, {"sets_term": True}, {"sets_term": False}, {}])
    if activity == "request" and random.random() < 0.6:
        rule["suspends"] = {"ground": random.choice(["supplement", "supplement", "consent"])} | term
    if activity == "supplement" and random.random() < 0.6:
        rule["resumes"] = "supplement"
    if activity == "check" and random.random() < 0.4:
        rule["extends"] = random.choice([{"amount": "3d"}, {"column": "term"}])
    if activity in ("request", "ask", "question") and random.random() < 0.6:
        rule["asks"] = random.choice(["income", "address"])
    return rule


def _source(random: Random, n: int, rules: dict[str, dict[str, Any]]) -> Source:
    name = ("zaaksysteem", "partner", "archive")[n]
    received = [None, None, Opens(step="intake"), Opens(step="assess", lane="x", until="next")]
    return Source(
        name=name,
        kind="csv",
        path="x.csv",
        columns={"case": "c", "activity": "a", "completed_at": "t"},
        case={"targets": {"deadline": "d"}},
        keep=["term"],
        day_slot=random.choice(["first", "last"]),
        lane="partner" if name == "partner" else None,
        lanes={"A": "archive"} if name == "archive" else {"M": "municipality"} if n else {},
        received_opens=random.choice(received) if n == 0 else None,
        activities={a: rule for a, rule in rules.items() if n == 0 or random.random() < 0.6},
    )


def _journey(random: Random) -> Journey | None:
    if random.random() < 0.06:
        return None
    steps = random.sample(STEPS, random.randint(2, len(STEPS)))
    some = {"young": {"segment": {"persona": "persona-1"}}, "central": {"segment": {"district": "centre"}}, "rest": {}}
    personas = {name: {"name": name} | told for name, told in some.items() if random.random() < 0.6}
    delivers = random.choice([["decide"], ["decide", "archive"], ["decide"], []])
    return Journey.model_validate(
        {
            "name": "now",
            "steps": {step: _step(random, step) for step in steps},
            "flow": _flow(random, steps, [*personas]),
            "personas": personas,
            "delivers": delivers,
            "ends_without_delivery": random.choice([["withdraw"], ["withdraw"], []]),
            "reopens": random.choice([["reopen"], ["reopen"], ["reopen", "request"], []]),
            "interruptible_by": random.choice([["withdraw"], []]),
            "supplement_requests": random.choice([["request"], []]),
            "accepted_deviations": random.sample(steps, 1) if random.random() < 0.3 else [],
            "norms": _norms(random),
        }
    )


def _step(random: Random, name: str) -> dict[str, Any]:
    activities = {"assess": ["assess", "check", "state"], "intake": ["intake", "mail"]}
    designed = {"process": random.choice(["30m", "4h"]), "wait": random.choice(["0s", "1d", None])}
    return {
        "lane": LANE_OF.get(name, "municipality"),
        "layer": "citizen" if name == "supplement" else "backstage",
        "activities": activities.get(name, []),
        "designed": designed if random.random() < 0.5 else {},
        "value": random.choice(["adding", "necessary", "waste"]),
        "touchpoints": [{"channel": "web", "observable": False}] if random.random() < 0.2 else [],
    }


def _flow(random: Random, steps: list[str], personas: list[str]) -> Any:
    """A random tree over these steps, each of them once."""
    if len(steps) == 1:
        only = steps[0]
        return random.choice([only, only, only, {"optional": only}, {"repeat": only}])
    cut = sorted(random.sample(range(1, len(steps)), random.randint(1, min(3, len(steps) - 1))))
    parts = [_flow(random, steps[a:b], personas) for a, b in zip([0, *cut], [*cut, len(steps)], strict=True)]
    kind = random.choice(["sequence", "sequence", "parallel", "parallel", "choice", "redo", "when"])
    if kind == "redo" and len(parts) == 2:
        return {"repeat": parts[0], "redo": parts[1]}
    if kind == "when" and personas:
        return {"sequence": [{"when": random.choice(personas), "then": parts[0]}, *parts[1:]]}
    if kind == "choice" and personas and random.random() < 0.5:
        return {"choice": [{"when": random.choice(personas), "then": parts[0]}, *parts[1:]]}
    return {kind if kind in ("parallel", "choice") else "sequence": parts}


def _norms(random: Random) -> list[dict[str, Any]]:
    """Norms of every clock, end and scope, each of them now and then."""
    every: list[dict[str, Any]] = [
        {"name": "elapsed", "amount": "2d"},
        {"name": "working", "clock": "working", "amount": "2d"},
        {"name": "target", "target": "deadline"},
        {"name": "target_working", "clock": "working", "target": "deadline"},
        {"name": "partner", "from": "ask", "to": "partner", "clock": "lane_working", "lane": "partner", "amount": "1d"},
        {"name": "step", "from": "intake", "to": "assess", "clock": "elapsed", "amount": "30h"},
        {"name": "to_step", "to": "assess", "clock": "lane_working", "lane": "municipality", "amount": "9h"},
        {"name": "asked", "from": "request", "to": "supplement", "amount": "1d", "only_with": "request"},
        {"name": "withdrawn", "from": "intake", "only_with": "withdraw", "amount": "3d"},
        {"name": "legal", "clock": "legal", "kind": "legal", "amount": random.choice(["3d", "1w"])},
        {"name": "months", "clock": "legal", "kind": "legal", "months": 1, "set_by": "own"},
        {"name": "objection", "clock": "legal", "kind": "legal", "rule": "objection", "from": "intake"},
        {"name": "legal_target", "clock": "legal", "kind": "legal", "target": "deadline"},
        {"name": "legal_step", "clock": "legal", "kind": "legal", "amount": "2d", "to": "assess"},
    ]
    chosen = [norm for norm in every if random.random() < 0.4]
    random.shuffle(chosen)
    return chosen


def _beside(random: Random, journey: Journey) -> list[Journey]:
    """Another design, and a future that changes steps of the first."""
    steps = list(journey.steps)
    other = Journey.model_validate(
        {"name": "another", "steps": {s: _step(random, s) for s in STEPS}, "flow": _flow(random, list(STEPS), [])}
    )
    change = {
        "step": random.choice(steps),
        **random.choice(
            [{"skip": True}, {"reach": 0.1}, {"visits": 1.0}, {"designed": {"process": "1h", "wait": "2h"}}]
        ),
    }
    handoff = {"step": random.choice(steps), "without_handoffs": [{"from": "municipality", "to": "partner"}]}
    future = Journey.model_validate(
        {
            "name": "future",
            "kind": "future",
            "changes_journey": "now",
            "changes": [change, handoff][: random.choice([1, 2])],
        }
    )
    return [made for made in (other, future) if random.random() < 0.6]


def _cards(random: Random, journey: Journey | None, start: date) -> list[dict[str, Any]]:
    kinds = [{"kind": "lead_time"}, {"kind": "step", "of": "assess"}, {"kind": "handoff", "of": "department"}]
    kinds += [{"kind": "norm", "of": norm.name} for norm in journey.norms if norm.clock != "legal"] if journey else []
    told = {"title": "t", "we_think": "w", "leads_to": "l", "owner": "team"}
    on = start + timedelta(days=random.randrange(7))
    return [
        told | {"name": f"c{n}", "started_on": on, "judge_from": on, "measure": kind | {"direction": "lower"}}
        for n, kind in enumerate(kinds)
        if random.random() < 0.3
    ]
