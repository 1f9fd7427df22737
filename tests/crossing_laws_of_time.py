"""Laws on time: what parts must add up to, and what no part may exceed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.crossing_laws import CLOCKS, KINDS, NEAR, Law, Told, differs, exceeds

CAUSES = ("batching", "queue", "absent", "unexplained", "not_determinable")
NOTHING = {clock: {f"{kind}_seconds": 0.0 for kind in (*KINDS, "total")} for clock in CLOCKS}


def ladder_and_route_are_the_lead_time(f: Told) -> Iterator[str]:
    for clock in CLOCKS:
        amounts = f["lead_time"][clock]["amounts"]
        yield from differs(f"mean {clock}", amounts["total_seconds"], f["lead_time"][clock]["mean_seconds"] or 0)
        for name, whole in amounts.items():
            rungs = sum(r[clock][name] for r in f["ladder"])
            loops = [loop[clock][name] for loop in (*f["loops"], f["other_loops"] or NOTHING)]
            yield from differs(f"ladder {clock} {name}", rungs, whole)
            yield from differs(f"route and loops {clock} {name}", f["direct_route"][clock][name] + sum(loops), whole)
    for part in (p for name in ("ladder_typical", "ladder_slow") if (p := f[name])):
        total = sum(r["elapsed"]["total_seconds"] for r in part["rungs"])
        yield from differs("ladder of a part", total, part["mean_seconds"])


def percentiles_lie_in_order(f: Told) -> Iterator[str]:
    for clock in CLOCKS if f["cohort"]["cases"] else ():
        lead = f["lead_time"][clock]
        order = [lead[f"{name}_seconds"] for name in ("min", "p10", "p25", "median", "p75", "p90", "max")]
        if order != sorted(order):
            yield f"percentiles {clock}: {order}"
        yield from exceeds(f"least {clock}", order[0], lead["mean_seconds"])
        yield from exceeds(f"mean {clock}", lead["mean_seconds"], order[-1])


def rungs_are_reach_times_visits_times_time(f: Told) -> Iterator[str]:
    for part in (f["ladder"], *(f[p]["rungs"] for p in ("ladder_typical", "ladder_slow") if f[p])):
        for r in part:
            for clock in CLOCKS:
                product = r["reach"] * r["visits"] * (r[f"{clock}_per_visit_seconds"] or 0)
                yield from differs(f"rung {r['step']} {clock}", product, r[clock]["total_seconds"])
            yield from exceeds(f"loops in {r['step']}", r["in_loops_seconds"], r["elapsed"]["total_seconds"])
            shares = r["declared_share"] + r["inferred_share"] + r["unknown_holder_share"]
            yield from differs(f"holders of {r['step']}", shares, 1 if r["elapsed"]["total_seconds"] else shares)


def shares_of_what_is_known_add_up(f: Told) -> Iterator[str]:
    known = f["knowledge"]
    lead = 1 if f["lead_time"]["elapsed"]["mean_seconds"] else 0
    for names in (("declared", "inferred", "unknown_holder"), ("wait", "process", "elsewhere", "unknown_time")):
        yield from differs(f"shares {names}", sum(known[f"{name}_share"] for name in names), lead)
    # these are of exact instants: nought where all of a date lies on one day
    covered = sum(known[f"{name}_share"] for name in ("before_first", "recorded", "after_last"))
    yield from differs("shares of what the log covers", covered, 1 if covered else 0)


def what_stands_behind_a_step_adds_up_to_it(f: Told) -> Iterator[str]:
    n, rungs = f["cohort"]["cases"], {r["step"]: r for r in f["ladder"]}
    for detail in f["step_details"]:
        step, whole = detail["step"], rungs[detail["step"]]["elapsed"]["total_seconds"]
        yield from differs(f"lanes of {step}", sum(lane["share"] for lane in detail["lanes"]), 1 if whole else 0)
        by_kind: dict[str, float] = defaultdict(float)
        for segment in detail["segments"]:
            by_kind[segment["kind"]] += segment["cases"] * segment["mean_seconds"]
        for kind, total in by_kind.items():
            yield from exceeds(f"segments {kind} of {step}", total, whole * n)


def handoffs_wait_as_long_as_their_level(f: Told) -> Iterator[str]:
    n = f["cohort"]["cases"] or 1
    for level in f["handoff_levels"]:
        rows = [h for h in f["handoffs"] if h["level"] == level["level"]]
        for clock in CLOCKS:
            amounts, own = f["lead_time"][clock]["amounts"], level[f"{clock}_wait_seconds"]
            wait = sum(h["count"] * h[f"{clock}_wait_seconds"] for h in rows) / n
            back = sum(h[f"ping_pong_{clock}_wait_seconds"] for h in rows)
            yield from differs(f"wait {clock} of {level['level']}", wait, own)
            yield from differs(f"ping-pong {clock}", back, level[f"ping_pong_{clock}_wait_seconds"])
            yield from exceeds(f"ping-pong {clock}", back, own)
            yield from exceeds(f"wait {clock}", own, amounts["wait_seconds"] + amounts["unknown_seconds"])


def causes_add_up_to_the_wait(f: Told) -> Iterator[str]:
    causes: Any = f["wait_causes"]
    for clock in CLOCKS if causes and causes["is_determinable"] else ():
        for amounts in (causes[clock], *(r[clock] for r in causes["rows"])):
            total = sum(amounts[f"{name}_seconds"] for name in CAUSES)
            yield from differs(f"causes {clock}", total, amounts["wait_seconds"])
        waited = f["lead_time"][clock]["amounts"]["wait_seconds"]
        yield from differs(f"wait {clock} by cause", causes[clock]["wait_seconds"], waited)
        apart = sum(r[clock]["wait_seconds"] for r in causes["rows"] if r["scope"] == "step")
        yield from exceeds(f"wait {clock} by step", apart, waited)
        undone = sum(r[f"{clock}_seconds"] for r in causes["not_determined"])
        yield from differs(f"no cause {clock}", undone, causes[clock]["not_determinable_seconds"])


def certain_wait_is_the_recorded_wait_and_a_part_of_what_is_unknown(f: Told) -> Iterator[str]:
    sure: Any = f["certain_wait"]
    for clock in CLOCKS if sure else ():
        amounts, of_unknown = f["lead_time"][clock]["amounts"], sure[f"of_unknown_{clock}_seconds"]
        steps = sum(s[f"{clock}_seconds"] for s in sure["steps"])
        yield from differs(f"certain wait {clock} by step", steps, sure[f"{clock}_seconds"])
        yield from differs(f"certain wait {clock}", sure[f"{clock}_seconds"] - of_unknown, amounts["wait_seconds"])
        yield from exceeds(f"certain wait {clock} of unknown", of_unknown, amounts["unknown_seconds"])


def nothing_costs_or_gives_back_more_than_there_is(f: Told) -> Iterator[str]:
    lead = f["lead_time"]["elapsed"]["mean_seconds"] or 0
    for above in f["above_design"]:
        yield from exceeds(f"above design {above['name']}", above["above_seconds"], lead)
    for deviation in f["overlay"]["deviations"] if f["overlay"] else ():
        yield from exceeds(f"{deviation['kind']} {deviation['step']}", deviation["elapsed_seconds"] or 0, lead)
    cost, later = (f["supplements"][name] or NOTHING for name in ("cost", "cost_more_than_once"))
    for clock in CLOCKS:
        whole = f["lead_time"][clock]["mean_seconds"] or 0
        yield from exceeds(f"supplements {clock}", cost[clock]["total_seconds"], whole)
        yield from exceeds(f"later ones {clock}", later[clock]["total_seconds"], cost[clock]["total_seconds"])
    quiet = f["contacts"]["silence_mean_seconds"] or 0
    yield from exceeds("silence by step", sum(s["mean_seconds"] for s in f["contacts"]["silence_steps"]), quiet)


def gains_rise_up_to_the_step(f: Told) -> Iterator[str]:
    what_if = f["what_if"] or {"steps": [], "handoffs": []}
    rungs = Counter({r["step"]: r["elapsed"]["total_seconds"] for r in f["ladder"]})
    for gain in what_if["steps"]:
        curve = gain["curve_seconds"]
        yield from differs(f"no cut of {gain['step']}", curve[0], 0)
        yield from exceeds(f"gain of {gain['step']}", curve[-1], rungs[gain["step"]])
        if any(b < a - NEAR for a, b in pairwise(curve)):
            yield f"gain of {gain['step']} falls: {curve}"
    given = sum(h["gain_seconds"] for h in what_if["handoffs"])
    yield from exceeds("gain of handoffs", given, f["lead_time"]["elapsed"]["mean_seconds"] or 0)
    for journey in (j for j in f["journeys"] if j["rung_seconds"]):
        yield from differs(journey["name"], sum(journey["rung_seconds"].values()), journey["total_seconds"])


def legal_days_add_up_over_the_cases_of_which_they_are_known(f: Told) -> Iterator[str]:
    if (legal := f["lead_time"]["legal"]) is not None:
        yield from differs("legal ladder", sum(r["legal"]["total_days"] for r in f["ladder"]), legal["total_days"])
        loops = sum(loop["legal"]["total_days"] for loop in f["loops"])
        loops += ((f["other_loops"] or {}).get("legal") or {"total_days": 0})["total_days"]
        yield from differs("legal route", f["direct_route"]["legal"]["total_days"] + loops, legal["total_days"])
        yield from exceeds("known terms", legal["cases"], f["cohort"]["cases"])


LAWS: tuple[Law, ...] = (
    ladder_and_route_are_the_lead_time,
    percentiles_lie_in_order,
    rungs_are_reach_times_visits_times_time,
    shares_of_what_is_known_add_up,
    what_stands_behind_a_step_adds_up_to_it,
    handoffs_wait_as_long_as_their_level,
    causes_add_up_to_the_wait,
    certain_wait_is_the_recorded_wait_and_a_part_of_what_is_unknown,
    nothing_costs_or_gives_back_more_than_there_is,
    gains_rise_up_to_the_step,
    legal_days_add_up_over_the_cases_of_which_they_are_known,
)
