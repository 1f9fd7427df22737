"""Laws on numbers of cases, events and contacts: each is counted once, and the same wherever it is told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.crossing_laws import Law, Told, differs, exceeds

VERDICTS = ("met", "missed", "open")
ENDS = ("open", "delivered", "ended", "closed")


def the_cohort_is_the_same_everywhere(f: Told) -> Iterator[str]:
    n, log = f["cohort"]["cases"], f["log"]
    for clock in ("elapsed", "working"):
        lead = f["lead_time"][clock]
        yield from differs(f"cases {clock}", lead["cases"], n)
        yield from differs(f"histogram {clock}", sum(b["cases"] for b in lead["histogram"]), n)
    yield from differs("closed and open", log["closed_cases"] + log["open_cases"], log["cases"])
    yield from differs("closed", n + log["without_lead_time"], log["closed_cases"])
    yield from exceeds("open", f["cohort"]["open_cases"], log["open_cases"])
    for part in (p for name in ("ladder_typical", "ladder_slow") if (p := f[name])):
        yield from exceeds("cases of a part", part["cases"], n)
    for lane in f["lane_working"]:
        yield from exceeds(f"cases of {lane['lane']}", lane["cases"], n)
    if numbers := f["contacts"]["counters"]["by_number"]:
        yield from differs("cases by counters", sum(numbers.values()), n)


def a_step_has_the_same_cases_and_visits_everywhere(f: Told) -> Iterator[str]:
    n, boxes = f["cohort"]["cases"], {box["step"]: box for box in f["steps"]}
    for r in f["ladder"]:
        yield from differs(f"reach of {r['step']}", r["reach"] * n, r["cases"])
        if box := boxes.get(r["step"]):
            yield from differs(f"cases of {r['step']}", box["cases"], r["cases"])
            yield from differs(f"visits of {r['step']}", box["visits"], r["visits"] * r["cases"])
    for detail in f["step_details"]:
        box, bins = boxes[detail["step"]], sum(b["cases"] for b in detail["histogram"])
        yield from differs(f"histogram of {detail['step']}", bins, box["visits"] if bins else 0)
        for lane in detail["lanes"]:
            yield from exceeds(f"lane of {detail['step']}", lane["cases"] or 0, box["cases"])
        by_kind: Counter[str] = Counter()
        for segment in detail["segments"]:
            by_kind[segment["kind"]] += segment["cases"]
        yield from exceeds(f"segments of {detail['step']}", max(by_kind.values(), default=0), n)


def handoffs_are_those_of_their_level(f: Told) -> Iterator[str]:
    made: Counter[str] = Counter()
    for level in f["handoff_levels"]:
        rows = [h for h in f["handoffs"] if h["level"] == level["level"]]
        for name in ("count", "ping_pongs", "order_unknown"):
            yield from differs(f"{name} of {level['level']}", sum(h[name] for h in rows), level[name])
        yield from exceeds("cases of ping-pong", level["ping_pong_cases"], level["cases"])
        yield from exceeds("cases of handoffs", level["cases"], min(f["cohort"]["cases"], level["count"]))
        made[level["level"]] = level["count"] + level["order_unknown"]
    for level in ("department", "organisation"):
        yield from exceeds(f"handoffs between {level}s", made[level], made["team"])


def norms_judge_each_case_once(f: Told) -> Iterator[str]:
    for norm in f["norms"]:
        name, judged = norm["name"], norm["met"] + norm["missed"]
        yield from differs(f"met share of {name}", norm["met_share"] or 0, norm["met"] / judged if judged else 0)
        yield from exceeds(f"at risk of {name}", norm["at_risk"] + norm["at_risk_unknown"], norm["open"])
        total = judged + norm["open"] + norm["ended_otherwise"] + norm["not_determinable"]
        yield from exceeds(f"cases of {name}", total, f["log"]["cases"])
        if spread := norm["spread"]:
            drawn = sum(b[verdict] for b in spread["bins"] for verdict in VERDICTS)
            yield from differs(f"spread of {name}", drawn + spread["left_out"], judged + norm["open"])
        if legal := norm["legal"]:
            reasons = sum(r["cases"] for r in legal["reasons"])
            yield from differs(f"reasons of {name}", reasons, norm["not_determinable"])


def norms_by_month_are_within_the_norm(f: Told) -> Iterator[str]:
    norms = {norm["name"]: norm for norm in f["norms"]}
    told: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for month in f["norm_months"]:
        told[month["norm"], month["by"]].update({verdict: month[verdict] for verdict in VERDICTS})
        if month["met_at_least"] is not None:
            yield from exceeds(f"bounds of {month['norm']}", month["met_at_least"], month["met_at_most"])
    for (name, by), months in told.items():
        for verdict, n in months.items():
            yield from exceeds(f"{verdict} of {name} by {by}", n, norms[name][verdict])


def work_in_hand_is_what_came_less_what_went(f: Told) -> Iterator[str]:
    wip = f["wip"]
    yield from differs("Little", wip["integral_seconds"], wip["case_seconds"])
    for before, week in pairwise(wip["by_week"]):
        yield from differs(week["week"], before["in_hand"] + week["arrived"] - week["closed"], week["in_hand"])
    yield from exceeds("in hand", wip["at_as_of"], f["log"]["cases"])
    yield from exceeds("in hand by step", sum(box["wip"] for box in f["steps"]), f["log"]["cases"])


def curves_are_of_the_cases_that_were_followed(f: Told) -> Iterator[str]:
    ends = f["open_ends"]
    known = f["cohort"]["cases"] + f["cohort"]["open_cases"]
    yield from exceeds("followed", ends["cases"] + ends["not_followed"], known)
    for s in ends["survival"]:
        what = f"curve {s['group']} {s['value']}"
        yield from differs(what, sum(s[end] for end in ENDS), s["cases"])
        yield from differs(what, s["cases"], ends["cases"] if s["group"] == "all" else s["cases"])
        for before, point in pairwise([{"open_share": 1.0}, *s["curve"]]):
            yield from differs(what, sum(point[f"{end}_share"] for end in ENDS), 1)
            yield from exceeds(what, point["open_share"], before["open_share"])
    yield from exceeds("cases by month", sum(m["cases"] for m in f["drift"]["months"]), ends["cases"])
    by_step = sum(a["cases"] for a in ends["ages"] if a["step"] is not None)
    yield from differs("ages by step", by_step, sum(a["cases"] for a in ends["ages"] if a["step"] is None))


def pictures_hold_every_event_once(f: Told) -> Iterator[str]:
    dotted = f["dotted"] or {"cases": 0, "events": 0, "rows": []}
    yield from differs("rows of dots", sum(row["cases"] for row in dotted["rows"]), dotted["cases"])
    for time in (dotted[name] for name in ("since_received", "calendar") if name in dotted):
        yield from differs(f"dots {time['kind']}", sum(c["events"] for c in time["cells"]), dotted["events"])
        for cell in time["cells"]:
            yield from exceeds("cell of dots", cell["cases"], min(cell["events"], dotted["rows"][cell["row"]]["cases"]))
    nodes = {name: sum(node[name] for node in f["activities"]) for name in ("events", "starts", "ends")}
    yield from differs("events of the map", nodes["events"], f["knowledge"]["events"])
    yield from differs("ends of the map", nodes["ends"], nodes["starts"])
    yield from differs("follows", sum(e["count"] for e in f["dfg"]), nodes["events"] - nodes["starts"])
    yield from differs("variants", sum(v["share"] for v in f["variants"]), f["variants_shown_share"])


def the_overlay_is_of_the_cases_of_the_log(f: Told) -> Iterator[str]:
    laid = f["overlay"] or {"fitting_cases": 0, "aligned_cases": 0, "deviations": []}
    yield from exceeds("fitting", laid["fitting_cases"], laid["aligned_cases"])
    yield from exceeds("aligned", laid["aligned_cases"], f["log"]["cases"])
    for each in (d for d in laid["deviations"] if d["kind"] != "not_observed"):
        yield from exceeds(f"{each['kind']} {each['step']}", each["cases"], each["occurrences"])
        yield from exceeds(f"{each['kind']} {each['step']}", each["cases"], laid["aligned_cases"])


def each_contact_is_counted_once(f: Told) -> Iterator[str]:
    c = f["contacts"]
    yield from differs("contacts by channel", sum(c["by_channel"].values()), c["contacts"])
    yield from differs("contacts by reason", sum(r["contacts"] for r in c["reasons"]), c["contacts"])
    yield from differs("contacts at steps", sum(s["contacts"] for s in c["at_steps"]) + c["not_placed"], c["contacts"])
    for s in c["at_steps"]:
        yield from differs(f"contacts at {s['step']}", s["citizens_turn"] + s["waiting"] + s["in_hand"], s["contacts"])
    s = f["supplements"]
    yield from differs("supplements", s["cases"] + s["times_more_than_once"], s["times"])
    yield from exceeds("cases of supplements", s["cases"], f["cohort"]["cases"])
    for a in c["asked"]:
        yield from exceeds("asked by several", a["cases_by_several"], a["cases_more_than_once"])


def each_attempt_ends_in_one_way(f: Told) -> Iterator[str]:
    for a in f["conversion"]:
        yield from differs(f"attempts by {a['channel']}", a["reached"] + a["switched"] + a["stopped"], a["attempts"])
        yield from differs("switched to", sum(a["switched_to"].values()), a["switched"])
        yield from differs("stops", sum(s["attempts"] for s in a["stops"]), a["attempts"] - a["reached"])
        yield from exceeds("may still switch", a["may_still_switch"], a["stopped"])


LAWS: tuple[Law, ...] = (
    the_cohort_is_the_same_everywhere,
    a_step_has_the_same_cases_and_visits_everywhere,
    handoffs_are_those_of_their_level,
    norms_judge_each_case_once,
    norms_by_month_are_within_the_norm,
    work_in_hand_is_what_came_less_what_went,
    curves_are_of_the_cases_that_were_followed,
    pictures_hold_every_event_once,
    the_overlay_is_of_the_cases_of_the_log,
    each_contact_is_counted_once,
    each_attempt_ends_in_one_way,
)
