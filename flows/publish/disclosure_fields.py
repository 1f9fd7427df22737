"""Every number of the findings, and what it says of cases: what the rules for small groups have to look at.

A number that a result type holds and that is not declared here fails a test, and so does a told count of few cases:
a new measure cannot reach the page for the team unnoticed. docs/privacy.md says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_type_hints

from pydantic import BaseModel

from flows.publish.disclosure_mark import is_few

Kind = Literal["count", "rests", "whole", "single", "records", "free"]
"""count: of cases, or of what cases do (visits, contacts, attempts): never told from 1 up to the smallest group.
rests: an amount or share that rests on the cases counted in its row: not told where these are few.
whole: an amount or share over all cases of the cohort, or of the log.
single: the value of one case: never told.
records: of reading and of data quality; told, since nothing may be dropped unsaid, but without examples.
free: says nothing of cases (the mapping, the law, the calendar, a threshold, statistics of a test)."""


def _of(**kinds: str) -> dict[str, Kind]:
    return {name: kind for kind, names in kinds.items() for name in names.split()}


FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "Findings": _of(
        free="other_loops_count",
        whole="activity_ratio process_cycle_efficiency rolled_first_time_right observed_first_time_right "
        "variants_shown_share",
    ),
    "Disclosure": _of(free="smallest_group left_out transitions"),
    "ProjectFacts": _of(free="smallest_group"),
    "RunFacts": _of(free="store_version threads"),
    "SourceReading": _of(records="requests notes"),
    "LogFacts": _of(
        count="cases closed_cases open_cases without_lead_time", records="events", free="activities variants"
    ),
    "Cohort": _of(count="cases open_cases", whole="open_share"),
    "LeadTime": _of(
        count="cases",
        rests="mean_seconds median_seconds p10_seconds p25_seconds p75_seconds p90_seconds",
        single="min_seconds max_seconds",
    ),
    "Amounts": _of(rests="wait_seconds process_seconds elsewhere_seconds unknown_seconds total_seconds"),
    "LegalDays": _of(
        count="cases",
        rests="share wait_days process_days elsewhere_days unknown_days total_days median_days",
    ),
    "Knowledge": _of(
        whole="declared_share inferred_share unknown_holder_share wait_share process_share elsewhere_share "
        "unknown_time_share before_first_share recorded_share after_last_share starts_known_share "
        "recorded_span_median_seconds",
        records="events day_precision_events recorded_together_events order_unknown_events raised_events "
        "start_after_completion_events",
        count="day_precision_cases start_inferred_cases end_inferred_cases",
    ),
    "Loop": _of(
        count="cases occurrences order_unknown_occurrences kinds cases_by_times",
        rests="elapsed_per_case_seconds share_of_cases working_per_case_seconds elapsed_per_time_seconds "
        "working_per_time_seconds times_per_case",
    ),
    "Again": _of(count="redo repeat not_determinable"),
    "Rung": _of(
        count="cases",
        rests="reach visits elapsed_per_visit_seconds working_per_visit_seconds in_loops_seconds declared_share "
        "inferred_share unknown_holder_share",
    ),
    "Ladder": _of(count="cases", rests="mean_seconds"),
    "StepMeasures": _of(
        count="cases visits self_loops wip",
        rests="elapsed_median_seconds elapsed_p90_seconds working_median_seconds process_median_seconds "
        "starts_known_share first_time_right_share slack_median_seconds",
        free="resources designed_process_seconds designed_wait_seconds",
    ),
    "SelfLoops": _of(count="times cases"),
    "Supplements": _of(count="cases times cases_more_than_once times_more_than_once"),
    "Asked": _of(count="cases times cases_more_than_once"),
    "Handoff": _of(
        count="count cases ping_pongs order_unknown",
        rests="elapsed_wait_seconds working_wait_seconds ping_pong_elapsed_wait_seconds ping_pong_working_wait_seconds",
    ),
    "HandoffLevel": _of(
        count="count cases ping_pongs ping_pong_cases unknown_holder order_unknown",
        rests="share_of_cases per_case elapsed_wait_seconds working_wait_seconds ping_pong_elapsed_wait_seconds "
        "ping_pong_working_wait_seconds",
    ),
    "WaitCauses": _of(
        whole="determined_share_elapsed determined_share_working determined_share_of_all_elapsed "
        "determined_share_of_all_working",
        count="batches batched_segments",
    ),
    "CauseAmounts": _of(
        rests="batching_seconds queue_seconds absent_seconds unexplained_seconds not_determinable_seconds wait_seconds"
    ),
    "NotDetermined": _of(count="segments", rests="elapsed_seconds working_seconds"),
    "WaitCause": _of(count="segments determined_segments cases", rests="determined_share"),
    "CertainWait": _of(
        whole="elapsed_seconds working_seconds of_unknown_elapsed_seconds of_unknown_working_seconds share_elapsed "
        "share_working"
    ),
    "CertainWaitStep": _of(
        rests="elapsed_seconds working_seconds of_unknown_elapsed_seconds of_unknown_working_seconds"
    ),
    "StepDetail": _of(free="segments_left_out"),
    "HistogramBin": _of(count="cases", free="from_seconds to_seconds"),
    "LaneShare": _of(count="cases", rests="share"),
    "SegmentShare": _of(count="cases", rests="mean_seconds"),
    "WhatIf": _of(count="cases untold_passes"),
    "StepGain": _of(rests="curve_seconds straight_seconds reach visits per_visit_seconds"),
    "HandoffGain": _of(rests="gain_seconds straight_seconds"),
    "BranchGroup": _of(count="passes"),
    "Branch": _of(rests="gap_low_seconds gap_high_seconds"),
    "BranchPiece": _of(free="handoff", rests="mean_seconds low_seconds high_seconds"),
    "NormResult": _of(
        free="limit_seconds",
        count="met missed open at_risk at_risk_unknown ended_otherwise not_determinable",
        rests="met_share median_seconds",
    ),
    "NormSpread": _of(count="left_out"),
    "NormBin": _of(free="from_seconds to_seconds", count="met missed open at_risk at_risk_unknown"),
    "LegalTerm": _of(
        free="days months",
        count="known_cases counted_cases decided_all_the_same days_unknown_open suspended_cases suspended_days "
        "extended_cases extended_days rolled_over_cases overdue ends_outside_decrees unpaired_answers",
        rests="known_share used_mean_days",
    ),
    "Reason": _of(count="cases"),
    "NormMonth": _of(count="cases met missed open", rests="met_share open_share met_at_least met_at_most"),
    "Takt": _of(count="arrivals", whole="arrivals_per_week takt_seconds"),
    "Wip": _of(count="at_as_of", whole="mean integral_seconds case_seconds", rests="age_median_seconds"),
    "WipPoint": _of(count="arrived closed in_hand"),
    "OpenEnds": _of(
        count="cases entered_late not_followed ended_unobserved ends_inferred", free="groups_left_out draws"
    ),
    "Survival": _of(count="cases open delivered ended closed entered_late", free="curve_steps"),
    "Reached": _of(free="share", rests="seconds at_least_seconds"),
    "CurvePoint": _of(rests="age_seconds open_share delivered_share ended_share closed_share", count="at_risk"),
    "Promise": _of(
        free="unit_seconds share norm_units", count="cases", rests="within at_least low high not_reached_share"
    ),
    "Ages": _of(
        count="cases older_than_typical",
        rests="p50_seconds p80_seconds p90_seconds in_step_p50_seconds",
        single="max_seconds",
    ),
    "Drift": _of(free="series_tested series_too_small permutations false_discovery_rate"),
    "DriftMonth": _of(count="cases open", rests="open_share"),
    "Change": _of(count="cases_before cases_after", rests="before after", free="p_value"),
    "Dotted": _of(count="cases events", free="row_days", whole="half_seconds"),
    "DottedRow": _of(count="cases"),
    "DottedTime": _of(free="column_seconds columns busiest", count="busiest_events"),
    "DottedCell": _of(free="row column", count="events cases"),
    "CardResult": _of(
        free="followed_days",
        count="cases_before cases_after",
        rests="open_share_before open_share_after value_before value_after difference equal_mix_difference "
        "equal_mix_low equal_mix_high equal_mix_p_value",
    ),
    "Conversion": _of(count="attempts reached switched switched_to stopped may_still_switch stages"),
    "Stop": _of(count="attempts"),
    "Contacts": _of(
        count="contacts cases_with_contact by_channel repeats not_placed",
        whole="mean_per_case silence_median_seconds silence_p90_seconds silence_mean_seconds",
        single="silence_max_seconds",
    ),
    "Counter": _of(count="contacts cases"),
    "Counters": _of(count="by_number", whole="mean_per_case", single="most", free="in_all different"),
    "AskedAbout": _of(count="cases times cases_more_than_once cases_by_several"),
    "SilenceAt": _of(count="cases", rests="mean_seconds"),
    "ContactReason": _of(count="contacts cases repeats by_citizen initiator_known"),
    "ContactsAt": _of(count="contacts cases citizens_turn waiting in_hand"),
    "Score": _of(count="n cases invited", rests="mean response_rate net"),
    "Edge": _of(count="count cases", rests="mean_seconds median_seconds"),
    "Node": _of(count="events cases starts ends"),
    "Variant": _of(count="cases timed_cases", rests="share mean_seconds median_seconds fitness"),
    "ModelQuality": _of(
        count="covered_cases", whole="fitness precision simplicity covered_share", free="noise_threshold"
    ),
    "Overlay": _of(
        free="aligned_variants step_sequences", count="aligned_cases fitting_cases", whole="aligned_share mean_fitness"
    ),
    "Deviation": _of(count="cases occurrences", rests="elapsed_seconds"),
    "StepAgainstDesign": _of(free="designed_seconds", rests="actual_seconds", count="cases"),
    "AboveDesign": _of(count="cases occurrences", rests="above_seconds"),
    "OtherPhases": _of(
        whole="after_mean_seconds closed_mean_seconds later_episodes_mean_seconds open_mean_seconds",
        count="later_episodes later_episodes_cases",
    ),
    "JourneyFacts": _of(whole="total_seconds total_between_seconds within_norms", rests="rung_seconds"),
    "PersonaFacts": _of(count="cases timed_cases", rests="median_seconds"),
    "JourneyStep": _of(free="designed_process_seconds designed_wait_seconds emotion"),
    "LaneWorking": _of(count="cases segments", free="working_day_seconds"),
    "SourceFacts": _of(records="events"),
    "Measure": _of(records="value", free="warn stop"),
    "ReconciliationRow": _of(
        records="read stored replaced already_known ignored quarantined quarantine_reasons ignored_reasons"
    ),
    "LinkResult": _of(
        count="dossiers matched stated stated_loosely inferred ambiguous orphans conflicts alone without_key",
        rests="share",
    ),
    "LinkCoverage": _of(count="dossiers linked", records="events linked_events aside_events", rests="coverage"),
    "ChainCases": _of(count="cases joined by_organisations several_cases"),
    "NotLinked": _of(free="candidates"),
}
"""Result type → number → what it says of cases."""


def types_of(annotation: Any, known: dict[str, type[BaseModel]] | None = None) -> dict[str, type[BaseModel]]:
    """Return every result type that an annotation reaches, by its name."""
    found = {} if known is None else known
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        for inner in get_args(annotation):
            types_of(inner, found)
    elif annotation.__name__ not in found:
        found[annotation.__name__] = annotation
        for hint in get_type_hints(annotation).values():
            types_of(hint, found)
    return found


def is_numeric(annotation: Any) -> bool:
    """Tell whether a field holds numbers itself, be it in a tuple or by name."""
    if annotation in (int, float):
        return True
    return not isinstance(annotation, type) and any(is_numeric(inner) for inner in get_args(annotation))


def few_told(found: BaseModel, least: int, place: str = "") -> Iterator[str]:
    """Yield each place where a count of few cases, or the value of a single one, is told."""
    kinds = FIELDS.get(type(found).__name__, {})
    for name in type(found).model_fields:
        value, kind = getattr(found, name), kinds.get(name)
        here = f"{place}.{name}"
        if kind == "count":
            yield from (f"{here} = {n}" for n in _numbers(value) if is_few(n, least))
        elif kind == "single":
            yield from (f"{here} = {n}" for n in _numbers(value) if n == n)
        else:
            yield from _inside(value, least, here)


def _inside(value: Any, least: int, place: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from few_told(value, least, place)
    elif isinstance(value, tuple):
        for at, each in enumerate(value):
            yield from _inside(each, least, f"{place}[{at}]")


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _numbers(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _numbers(each)
