"""Where nothing, or almost nothing, may be told: few closed cases, or all but few of them closed.

In: the findings. Out: the findings without any amount, or without what is over all cases: beside the closed ones,
these would give the few others.
"""

from __future__ import annotations

from typing import Any

from flows.publish.disclosure_ladder import no_amount
from flows.publish.disclosure_mark import NOT_TOLD, Withheld
from flows.publish.disclosure_rest import NO_TAKT, without_examples
from mining.findings import Findings
from mining.results.chain import Linking
from mining.results.citizen import Contacts
from mining.results.rework import SelfLoops, Supplements
from mining.results.stream import Wip
from mining.results.times import Knowledge, LeadTime, LeadTimes, OtherPhases

_LISTS = (
    "loops", "ladder", "steps", "handoffs", "handoff_levels", "step_details", "norms", "norm_months", "cards",
    "conversion", "scores", "dfg", "activities", "variants", "discovery", "above_design", "lane_working", "main_route",
)  # fmt: skip
_ABSENT = (
    "other_loops", "ladder_typical", "ladder_slow", "activity_ratio", "process_cycle_efficiency",
    "rolled_first_time_right", "observed_first_time_right", "wait_causes", "certain_wait", "what_if", "takt",
    "open_ends", "drift", "dotted", "overlay",
)  # fmt: skip


def blank(findings: Findings, least: int) -> dict[str, Any]:
    """Return all fields with nothing in them that rests on a case: what the mapping says is left, and the run."""
    few = Withheld(below=least)
    lead = LeadTime.model_construct(cases=few, mean_seconds=None, median_seconds=None)
    journeys = tuple(_design(journey) for journey in findings.journeys)
    shares = {name: NOT_TOLD for name in Knowledge.model_fields if name != "recorded_span_median_seconds"}
    return {
        **dict.fromkeys(_LISTS, ()),
        **dict.fromkeys(_ABSENT),
        "other_loops_count": 0,
        "variants_shown_share": NOT_TOLD,
        "log": findings.log.model_copy(update=_no_log()),
        "cohort": findings.cohort.model_copy(
            update={"cases": few, "open_cases": NOT_TOLD, "open_share": NOT_TOLD, "from_": None, "to": None}
        ),
        "lead_time": LeadTimes.model_construct(elapsed=lead, working=lead, legal=None),
        "knowledge": Knowledge.model_construct(**shares, recorded_span_median_seconds=None),
        "direct_route": no_amount(),
        "self_loops": SelfLoops.model_construct(times=NOT_TOLD, cases=NOT_TOLD, again=None),
        "supplements": Supplements(),
        "wip": Wip.model_construct(
            **dict.fromkeys(("at_as_of", "mean", "integral_seconds", "case_seconds", "age_median_seconds"), NOT_TOLD),
            is_steady=None,
            by_week=(),
        ),
        "contacts": Contacts(contacts=0, cases_with_contact=0, mean_per_case=0.0).model_copy(
            update=dict.fromkeys(("contacts", "cases_with_contact", "mean_per_case"), NOT_TOLD)
        ),
        "other_phases": OtherPhases.model_construct(**dict.fromkeys(OtherPhases.model_fields, NOT_TOLD)),
        "journeys": journeys,
        "sources": tuple(one.model_copy(update={"events": NOT_TOLD}) for one in findings.sources),
        "linking": Linking(),
        "quality": without_examples(findings.quality),
    }


def _no_log() -> dict[str, Any]:
    names = ("cases", "events", "variants", "closed_cases", "open_cases", "without_lead_time")
    return dict.fromkeys(names, NOT_TOLD) | {"first_at": None, "last_at": None}


def _design(journey: Any) -> Any:
    """Return what a journey says by itself, without the cases of its personas or what it would change in the log."""
    personas = tuple(
        one.model_copy(
            update={"cases": None if one.cases is None else NOT_TOLD, "median_seconds": None, "timed_cases": None}
        )
        for one in journey.personas
    )
    update: dict[str, Any] = {"personas": personas, "rung_seconds": {}}
    if journey.changes:
        update |= {"total_seconds": None, "total_between_seconds": None, "within_norms": {}}
    return journey.model_copy(update=update)


def without_all_cases(findings: Findings) -> dict[str, Any]:
    """Return the fields over all cases, with nothing in them; norms keep the share that was met."""
    counts = ("met", "missed", "open", "at_risk", "at_risk_unknown", "ended_otherwise", "not_determinable")
    norms = tuple(
        one.model_copy(update=dict.fromkeys(counts, NOT_TOLD) | {"legal": None, "spread": None})
        for one in findings.norms
    )
    journeys = tuple(
        journey.model_copy(
            update={
                "personas": tuple(
                    one.model_copy(update={"cases": None if one.cases is None else NOT_TOLD})
                    for one in journey.personas
                )
            }
        )
        for journey in findings.journeys
    )
    wip = Wip.model_construct(
        **dict.fromkeys(("at_as_of", "mean", "integral_seconds", "case_seconds", "age_median_seconds"), NOT_TOLD),
        is_steady=None,
        by_week=(),
    )
    return {
        "log": findings.log.model_copy(
            update=_no_log() | {"first_at": findings.log.first_at, "last_at": findings.log.last_at}
        ),
        "cohort": findings.cohort.model_copy(update={"open_cases": NOT_TOLD, "open_share": NOT_TOLD}),
        "steps": tuple(one.model_copy(update={"wip": NOT_TOLD}) for one in findings.steps),
        "wip": wip,
        "norms": norms,
        "journeys": journeys,
        **dict.fromkeys(("norm_months", "dfg", "activities", "variants", "discovery"), ()),
        "takt": None if findings.takt is None else findings.takt.model_copy(update=NO_TAKT),
        **dict.fromkeys(("open_ends", "drift", "overlay", "dotted")),
        "cards": (),
        "linking": Linking(),
        "other_phases": findings.other_phases.model_copy(update={"open_mean_seconds": NOT_TOLD}),
    }
