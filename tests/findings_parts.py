"""The parts of a hand-made `Findings`: rungs, loops, handoffs, journeys of a Wmo chain whose numbers add up."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from mining.results import (
    detail,
    journey,
    legal,
    process,
    rework,
    stream,
    times,
    what_if,
)

DAY = 86400.0
WORK_SHARE = 8 / 24 * 5 / 7
CASES = 1204


def both(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


# step, nl, en, lane, layer, reach, visits, wait, process, elsewhere, unknown (days per case), in loops
STEPS = (
    ("aanvraag", "Aanvraag", "Application", "burger", "citizen", 1.0, 1.0, 0.0, 0.1, 0, 0.0, 0.0),
    ("intake", "Intake", "Intake", "kcc", "frontstage", 1.0, 1.1, 2.1, 0.2, 0, 0.0, 0.2),
    ("aanvulling", "Aanvulling", "Supplement", "burger", "citizen", 0.41, 1.3, 9.4, 0.0, 0, 0.0, 7.2),
    ("onderzoek", "Onderzoek", "Assessment", "wmo", "backstage", 0.97, 1.4, 6.8, 1.4, 0.3, 0.0, 3.1),
    ("advies", "Medisch advies", "Medical advice", "adviesbureau", "partner", 0.62, 1.0, 8.2, 0.0, 0, 3.1, 1.7),
    ("besluit", "Besluit", "Decision", "wmo", "backstage", 0.96, 1.0, 3.6, 0.4, 0, 0.0, 0.0),
    ("beschikking", "Beschikking", "Award letter", "kcc", "frontstage", 0.96, 1.0, 0.6, 0.05, 0, 0.0, 0.0),
    ("opdracht", "Opdracht zorg", "Care order", "backoffice", "support", 0.9, 1.0, 1.1, 0.05, 0, 0.4, 0.0),
    ("start_zorg", "Start zorg", "Start of care", "zorgaanbieder", "partner", 0.88, 1.0, 5.5, 0, 0, 1.2, 0.0),
)
LANES = (
    ("burger", "Burger", "Citizen", "citizen", ""),
    ("kcc", "KCC", "Contact centre", "frontstage", "Gemeente"),
    ("wmo", "Wmo-team", "Wmo team", "backstage", "Gemeente"),
    ("adviesbureau", "Adviesbureau", "Advisory bureau", "partner", "Adviesbureau"),
    ("backoffice", "Backoffice", "Back office", "support", "Gemeente"),
    ("zorgaanbieder", "Zorgaanbieder", "Care provider", "partner", "Thuiszorg"),
)


def amounts(wait: float, process: float, elsewhere: float, unknown: float, factor: float = 1.0) -> times.Amounts:
    parts = [part * DAY * factor for part in (wait, process, elsewhere, unknown)]
    return times.Amounts(
        wait_seconds=parts[0],
        process_seconds=parts[1],
        elsewhere_seconds=parts[2],
        unknown_seconds=parts[3],
        total_seconds=sum(parts),
    )


LEGAL = 0.8
"""Days of the legal term in a calendar day of the example; known of 1186 of its cases."""


def legal_days(elapsed: times.Amounts) -> legal.LegalDays:
    days = {f"{k}_days": getattr(elapsed, f"{k}_seconds") / DAY * LEGAL for k in ("wait", "process", "elsewhere")}
    rest = {f"{k}_days": getattr(elapsed, f"{k}_seconds") / DAY * LEGAL for k in ("unknown", "total")}
    return legal.LegalDays(cases=1186, share=1186 / CASES, norm="wmo", **days, **rest)


def rung(row: tuple, factor: float = 1.0) -> stream.Rung:
    step, nl, en, lane, _, reach, visits, *times, loops = row
    elapsed = amounts(*times, factor=factor)
    working = amounts(*times, factor=factor * WORK_SHARE)
    return stream.Rung(
        step=step,
        title=both(nl, en),
        lane=lane,
        reach=reach,
        cases=round(reach * CASES),
        visits=visits,
        elapsed=elapsed,
        working=working,
        elapsed_per_visit_seconds=elapsed.total_seconds / reach / visits,
        working_per_visit_seconds=working.total_seconds / reach / visits,
        in_loops_seconds=loops * DAY * factor,
        legal=legal_days(elapsed) if factor == 1 else None,
        declared_share=0.7,
        inferred_share=0.25,
        unknown_holder_share=0.05,
    )


def added(rungs: tuple[stream.Rung, ...], clock: str) -> times.Amounts:
    parts = [getattr(r, clock) for r in rungs]
    names = list(times.Amounts.model_fields)
    return times.Amounts(**{name: sum(getattr(part, name) for part in parts) for name in names})


def less(whole: times.Amounts, parts: list[times.Amounts]) -> times.Amounts:
    names = list(times.Amounts.model_fields)
    return times.Amounts(**{n: getattr(whole, n) - sum(getattr(p, n) for p in parts) for n in names})


def loop(path: tuple[str, ...], wait: float, process: float, unknown: float, share: float, times: int) -> rework.Loop:
    elapsed = amounts(wait, process, 0, unknown)
    return rework.Loop(
        path=path,
        cases=round(share * CASES),
        occurrences=times,
        elapsed=elapsed,
        working=amounts(wait, process, 0, unknown, WORK_SHARE),
        elapsed_per_case_seconds=elapsed.total_seconds / share,
        share_of_cases=share,
        crosses_lanes=True,
        legal=legal_days(elapsed),
    )


def lead_time(total: times.Amounts) -> times.LeadTime:
    mean = total.total_seconds
    edges = [mean * i / 4 for i in range(11)]
    cases = (30, 160, 260, 270, 190, 120, 80, 50, 30, 14)
    return times.LeadTime(
        cases=CASES,
        mean_seconds=mean,
        median_seconds=mean * 0.86,
        p10_seconds=mean * 0.33,
        p25_seconds=mean * 0.55,
        p75_seconds=mean * 1.3,
        p90_seconds=mean * 1.72,
        min_seconds=0.0,
        max_seconds=mean * 2.5,
        amounts=total,
        histogram=tuple(
            times.HistogramBin(from_seconds=a, to_seconds=b, cases=n)
            for a, b, n in zip(edges, edges[1:], cases, strict=False)
        ),
    )


def journey_step(row: tuple) -> journey.JourneyStep:
    step, nl, en, lane, layer, *_ = row
    return journey.JourneyStep(
        step=step,
        title=both(nl, en),
        lane=lane,
        layer=layer,
        phase=f"Fase {int(step[5:]) // 5}" if step.startswith("stap_") else "",
        activities=(nl,),
        touchpoints=(
            (
                journey.TouchpointFacts(
                    name=both(f"Contact over {nl.lower()}", f"Contact about {en.lower()}"),
                    channel="web" if layer == "citizen" else "letter",
                    initiator="citizen" if layer == "citizen" else "organisation",
                    decision_moment=both("Ga ik door?", "Do I go on?"),
                ),
            )
            if layer in ("citizen", "frontstage")
            else ()
        ),
        designed_process_seconds=0.5 * DAY,
        designed_wait_seconds=1.5 * DAY,
        emotion={"aanvraag": 1, "aanvulling": -1, "start_zorg": 2}.get(step, 0),
        behind={"backstage": both("Dossier bijwerken", "Update the file")} if step == "onderzoek" else {},
        consequences=(
            journey.ConsequenceFacts(
                aspect="agreements",
                what=both("Afspraak over levertijd", "Agree the delivery time"),
                owner="Ketenregisseur",
                state="open",
                due_on=date(2026, 1, 1),
            ),
        )
        if step == "advies"
        else (),
    )


def edges_and_nodes(rows: tuple) -> tuple[tuple[process.Edge, ...], tuple[process.Node, ...]]:
    names = [row[1] for row in rows]
    pairs = [(a, b, 900) for a, b in pairwise(names)]
    pairs += [(names[3], names[2], 330), (names[3], names[1], 120), (names[3], names[5], 410)] if len(names) > 5 else []
    edges = tuple(
        process.Edge(from_=a, to=b, count=n, cases=round(n * 0.9), mean_seconds=3.3 * DAY, median_seconds=2.1 * DAY)
        for a, b, n in pairs
    )
    nodes = tuple(
        process.Node(
            activity=row[1],
            step=row[0],
            lane=row[3],
            events=round(CASES * row[5] * row[6]),
            cases=round(CASES * row[5]),
            starts=CASES if i == 0 else 0,
            ends=CASES if i == len(rows) - 1 else 0,
        )
        for i, row in enumerate(rows)
    )
    return edges, nodes


def handoffs_of(rows: tuple) -> tuple[rework.Handoff, ...]:
    """A handoff wherever the lane changes; each pair of lanes once, as in real findings."""
    found: dict[tuple[str, str], rework.Handoff] = {}
    for i, (a, b) in enumerate(pairwise(rows)):
        if a[3] == b[3]:
            continue
        count = round(CASES * b[5]) + (found[a[3], b[3]].count if (a[3], b[3]) in found else 0)
        found[a[3], b[3]] = rework.Handoff(
            level="team",
            from_=a[3],
            to=b[3],
            count=count,
            cases=round(CASES * b[5] * 0.95),
            elapsed_wait_seconds=b[7] * DAY,
            working_wait_seconds=b[7] * DAY * WORK_SHARE,
            ping_pongs=44 if i == 2 else 0,
        )
    return tuple(found.values())


def detail_of(one: stream.Rung) -> detail.StepDetail:
    """A distribution of the visits of a step, with its lane and two channels."""
    visits = round(one.cases * one.visits)
    first = visits * 2 // 3
    bins = ((0.0, 4 * DAY, first), (4 * DAY, 30 * DAY, visits - first))
    return detail.StepDetail(
        step=one.step,
        histogram=tuple(times.HistogramBin(from_seconds=a, to_seconds=b, cases=n) for a, b, n in bins),
        lanes=(detail.LaneShare(lane=one.lane, share=0.95), detail.LaneShare(lane=None, share=0.05)),
        segments=tuple(
            detail.SegmentShare(kind="channel", value=v, cases=602, mean_seconds=one.elapsed.total_seconds)
            for v in ("web", "phone")
        ),
        segments_left_out=1,
    )


def gains_of(rungs: tuple[stream.Rung, ...]) -> what_if.WhatIf:
    """Gains of steps that all lie on the path."""
    return what_if.WhatIf(
        assumption=both("Aanname: al het andere duurt even lang.", "Assumption: everything else takes as long."),
        steps=tuple(
            what_if.StepGain(step=r.step, curve_seconds=tuple(r.elapsed.total_seconds * n / 20 for n in range(21)))
            for r in rungs
        ),
        handoffs=tuple(
            what_if.HandoffGain(
                giver=a.lane or "", taker=b.lane or "", step=b.step, gain_seconds=b.elapsed.wait_seconds
            )
            for a, b in pairwise(rungs)
            if a.lane != b.lane and b.elapsed.wait_seconds
        ),
    )
