"""A hand-made `Findings` of a Wmo chain whose numbers agree with each other, for the tests of publications."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from mining.findings import Findings
from mining.results import (
    citizen,
    journey,
    norms,
    overlay,
    process,
    quality,
    run,
    stream,
    times,
)
from tests.findings_parts import (
    CASES,
    DAY,
    LANES,
    STEPS,
    WORK_SHARE,
    added,
    amounts,
    both,
    detail_of,
    edges_and_nodes,
    gains_of,
    handoffs_of,
    journey_step,
    lead_time,
    legal_days,
    less,
    loop,
    rung,
)


def example(rows: tuple = STEPS, **changes: object) -> Findings:
    """The findings of the chain; `rows` gives other steps, keywords replace whole fields."""
    rungs = tuple(rung(row) for row in rows)
    elapsed, working = added(rungs, "elapsed"), added(rungs, "working")
    names = [row[0] for row in rows] or ["none"] * 9
    loops = (
        (
            loop(("onderzoek", "aanvulling", "onderzoek"), 7.4, 0.4, 1.1, 0.31, 520),
            loop(("onderzoek", "advies", "onderzoek"), 1.6, 0.1, 0.2, 0.12, 160),
            loop(("intake", "aanvulling", "intake"), 0.9, 0.1, 0, 0.07, 88),
        )
        if "onderzoek" in names
        else ()
    )
    rest = amounts(0.4, 0, 0, 0)
    other = times.Both(elapsed=rest, working=amounts(0.4, 0, 0, 0, WORK_SHARE), legal=legal_days(rest))
    straight = less(elapsed, [one.elapsed for one in loops] + [other.elapsed])
    direct = times.Both(
        elapsed=straight,
        legal=legal_days(straight),
        working=less(working, [one.working for one in loops] + [other.working]),
    )
    edges, nodes = edges_and_nodes(rows)
    mean = elapsed.total_seconds or 1.0
    whole = {
        "project": run.ProjectFacts(
            name="wmo-hulp",
            title=both("Hulp bij het huishouden", "Household help"),
            zone="Europe/Amsterdam",
            purpose=both("Doorlooptijd verkorten", "Shorten the lead time"),
            legal_basis="Wmo 2015, art. 2.3.2",
        ),
        "run": run.RunFacts(
            run_id="20260301-abc",
            as_of=datetime(2026, 3, 1, 11, tzinfo=UTC),
            mapping_hash="9f2c41d0",
            store_version={"wmo": 4},
            program_version="0.1.0",
        ),
        "log": run.LogFacts(
            cases=1310,
            events=9644,
            activities=len(rows),
            variants=88,
            first_at=datetime(2025, 1, 2, tzinfo=UTC),
            last_at=datetime(2026, 2, 27, tzinfo=UTC),
            closed_cases=CASES,
            open_cases=106,
        ),
        "cohort": run.Cohort(cases=CASES, open_cases=106, open_share=106 / 1310),
        "lead_time": times.LeadTimes(elapsed=lead_time(elapsed), working=lead_time(working), legal=legal_days(elapsed)),
        "knowledge": times.Knowledge(
            declared_share=0.71,
            inferred_share=0.24,
            unknown_holder_share=0.05,
            wait_share=elapsed.wait_seconds / mean,
            process_share=elapsed.process_seconds / mean,
            elsewhere_share=elapsed.elsewhere_seconds / mean,
            unknown_time_share=elapsed.unknown_seconds / mean,
            before_first_share=0.02,
            recorded_share=0.93,
            after_last_share=0.05,
            events=9660,
            day_precision_events=1200,
            day_precision_cases=300,
            recorded_together_events=61,
            starts_known_share=0.62,
            recorded_span_median_seconds=33 * DAY,
        ),
        "direct_route": direct,
        "loops": loops,
        "other_loops": other,
        "other_loops_count": 7,
        "ladder": rungs,
        "ladder_typical": stream.Ladder(
            cases=240, mean_seconds=mean * 0.85, rungs=tuple(rung(row, 0.85) for row in rows)
        ),
        "ladder_slow": stream.Ladder(cases=121, mean_seconds=mean * 2, rungs=tuple(rung(row, 2.0) for row in rows)),
        "steps": tuple(
            stream.StepMeasures(
                step=row[0],
                title=both(row[1], row[2]),
                lane=row[3],
                layer=row[4],
                cases=round(row[5] * CASES),
                visits=round(row[5] * row[6] * CASES),
                elapsed_median_seconds=4 * DAY,
                elapsed_p90_seconds=12 * DAY,
                working_median_seconds=30 * 3600,
                process_median_seconds=5400 if row[8] else None,
                starts_known_share=0.9 if row[8] else 0.0,
                resources=14 if row[4] == "backstage" else None,
                wip=31 if i % 2 else 4,
                first_time_right_share=0.94 - 0.05 * (i % 3),
                designed_process_seconds=0.5 * DAY,
                designed_wait_seconds=1.5 * DAY,
            )
            for i, row in enumerate(rows)
        ),
        "step_details": tuple(detail_of(r) for r in rungs),
        "what_if": gains_of(rungs),
        "rolled_first_time_right": 0.47,
        "handoffs": handoffs_of(rows),
        "norms": (
            norms.NormResult(
                name="service",
                title=both("Besluit binnen 6 weken", "Decision within 6 weeks"),
                kind="service",
                clock="elapsed",
                limit_seconds=42 * DAY,
                source=both("Servicecode gemeente", "Service charter"),
                met=698,
                missed=506,
                open=106,
                at_risk=18,
                not_determinable=0,
                met_share=698 / 1204,
                median_seconds=38 * DAY,
            ),
            norms.NormResult(
                name="wmo",
                title=both("Wettelijke termijn", "Legal term"),
                kind="legal",
                clock="legal",
                limit_seconds=56 * DAY,
                source="Wmo 2015 2.3.5",
                met=900,
                missed=304,
                open=106,
                at_risk=4,
                not_determinable=0,
                met_share=0.7475,
                legal=norms.LegalTerm(
                    days=56,
                    rolls_over=True,
                    rule="decision",
                    known_cases=1290,
                    known_share=0.985,
                    decided_all_the_same=20,
                    counted_cases=1290,
                    used_mean_days=44.5,
                    suspended_cases=402,
                    suspended_days=4210,
                    rolled_over_cases=117,
                    overdue=2,
                ),
            ),
        ),
        "takt": stream.Takt(
            arrivals=1310,
            arrivals_per_week=23.1,
            takt_seconds=5616.0,
            window_from=datetime(2025, 1, 2, tzinfo=UTC),
            window_to=datetime(2026, 2, 27, tzinfo=UTC),
        ),
        "wip": stream.Wip(
            at_as_of=106,
            mean=138.4,
            integral_seconds=5.0e9,
            case_seconds=5.0e9,
            age_median_seconds=21 * DAY,
            is_steady=False,
            by_week=tuple(
                stream.WipPoint(
                    week=date(2025, 1, 6) + timedelta(weeks=i),
                    arrived=20 + i % 7,
                    closed=18 + (i * 3) % 8,
                    in_hand=40 + i * 2,
                )
                for i in range(40)
            ),
        ),
        "conversion": (
            citizen.Conversion(
                channel="web",
                attempts=2104,
                reached=880,
                switched=310,
                stopped=914,
                stops=(
                    citizen.Stop(stopped="Inloggen", reason="geen DigiD", attempts=512),
                    citizen.Stop(stopped="Gemeente", reason=None, attempts=402),
                ),
                stages=(("Verzonden", 880), ("Inloggen", 512), ("Gemeente", 402), ("Formulier", 310)),
            ),
            citizen.Conversion(channel="phone", attempts=610, reached=300, switched=100, stopped=210),
        ),
        "contacts": citizen.Contacts(
            contacts=2410,
            cases_with_contact=870,
            mean_per_case=2.0,
            by_channel={"phone": 1800, "counter": 610},
            silence_median_seconds=19 * DAY,
            silence_p90_seconds=44 * DAY,
        ),
        "scores": (citizen.Score(kpi="CES", step="start_zorg", mean=3.4, n=210, cases=205),),
        "dfg": edges,
        "activities": nodes,
        "variants": tuple(
            process.Variant(
                activities=tuple(row[1] for row in rows if (i % 3 or row[0] != "aanvulling"))[: 9 - i % 2 or None],
                cases=500 // (i + 1),
                share=500 // (i + 1) / CASES,
                mean_seconds=(30 + i) * DAY,
                median_seconds=(26 + i) * DAY,
                fitness=0.98 - i * 0.02,
            )
            for i in range(6)
        ),
        "variants_shown_share": 0.82,
        "overlay": overlay.Overlay(
            journey="wmo",
            aligned_variants=80,
            step_sequences=88,
            aligned_cases=1280,
            aligned_share=0.977,
            fitting_cases=610,
            mean_fitness=0.94,
            deviations=(
                overlay.Deviation(
                    kind="skipped", step=names[4 % len(names)], cases=457, occurrences=457, elapsed_seconds=None
                ),
                overlay.Deviation(
                    kind="repeated", step=names[3 % len(names)], cases=373, occurrences=520, elapsed_seconds=3.1 * DAY
                ),
                overlay.Deviation(kind="moved", step=names[1], cases=41, occurrences=41, elapsed_seconds=0.2 * DAY),
                overlay.Deviation(
                    kind="inserted", step="Huisbezoek", lane="wmo", cases=88, occurrences=91, elapsed_seconds=0.4 * DAY
                ),
                overlay.Deviation(
                    kind="not_observed",
                    step=names[-1],
                    cases=100,
                    occurrences=100,
                    elapsed_seconds=None,
                    is_accepted=True,
                ),
            ),
            steps=tuple(
                overlay.StepAgainstDesign(
                    step=r.step,
                    title=r.title,
                    designed_seconds=2 * DAY,
                    actual_seconds=r.elapsed_per_visit_seconds,
                    cases=r.cases,
                )
                for r in rungs
            ),
            unmapped_activities=("Dossier gearchiveerd",),
            models=(
                process.ModelQuality(
                    kind="inductive",
                    fitness=0.97,
                    precision=0.71,
                    simplicity=0.66,
                    fitness_method="alignments",
                    noise_threshold=0.2,
                    covered_cases=1310,
                    covered_share=1.0,
                ),
            ),
        ),
        "above_design": (
            (
                overlay.AboveDesign(
                    kind="loop",
                    name=("onderzoek", "aanvulling", "onderzoek"),
                    title=both("Lus aanvulling", "Supplement loop"),
                    cases=373,
                    above_seconds=8.9 * DAY,
                    has_design=True,
                ),
                overlay.AboveDesign(
                    kind="step",
                    name=("advies",),
                    title=both("Medisch advies", "Medical advice"),
                    cases=746,
                    above_seconds=8.1 * DAY,
                    has_design=True,
                ),
                overlay.AboveDesign(
                    kind="step",
                    name=("onderzoek",),
                    title=both("Onderzoek", "Assessment"),
                    cases=1168,
                    above_seconds=4.8 * DAY,
                    has_design=True,
                ),
            )
            if "onderzoek" in names
            else ()
        ),
        "journeys": (
            journey.JourneyFacts(
                name="wmo",
                title=both("Hulp bij het huishouden", "Household help"),
                kind="designed",
                story={
                    "als": both("inwoner", "resident"),
                    "wil_ik": both("hulp in huis", "help at home"),
                    "zodat": both("ik thuis kan blijven wonen", "I can stay in my home"),
                },
                personas=(
                    journey.PersonaFacts(
                        name=both("Oudere alleen", "Older person alone"),
                        goal=both("Thuis blijven", "Stay home"),
                        need=both("Duidelijkheid", "Clarity"),
                        pain=both("Formulieren", "Forms"),
                        skill=both("Niet digitaal", "Not digital"),
                        cases=644,
                        median_seconds=41 * DAY,
                    ),
                ),
                steps=tuple(journey_step(row) for row in rows),
                total_seconds=21 * DAY,
            ),
            journey.JourneyFacts(
                name="wmo-2027",
                title=both("Direct aanvullen", "Supplement at once"),
                kind="future",
                total_seconds=30.5 * DAY,
                changes=("aanvulling: reach 0.2",),
                within_norms={"service": 0.83},
            ),
        ),
        "lanes": tuple(
            run.LaneFacts(lane=lane, title=both(nl, en), layer=layer, organisation=organisation)
            for lane, nl, en, layer, organisation in LANES
        ),
        "sources": (
            run.SourceFacts(
                source="web", title="Webformulier", system="Formulieren", kind="csv", events=4208, channels=("web",)
            ),
            run.SourceFacts(
                source="zaak",
                title="Zaaksysteem",
                system="Zaaksysteem",
                kind="sql",
                events=7001,
                channels=("phone", "counter", "letter"),
            ),
            run.SourceFacts(
                source="advies",
                title="Berichtenverkeer partner",
                system="Berichten",
                kind="csv",
                events=911,
                channels=("mail",),
            ),
            run.SourceFacts(source="zorg", title="iWmo", system="iWmo", kind="xlsx", events=880),
        ),
        "quality": quality.Quality(
            verdict="warn",
            sources=(
                quality.SourceQuality(
                    source="zaak",
                    verdict="warn",
                    measures=(
                        quality.Measure(
                            measure="day_precision",
                            title=both("Alleen een datum", "Date only"),
                            value=0.17,
                            warn=0.1,
                            stop=0.9,
                            verdict="warn",
                            detail=both("1200 gebeurtenissen", "1200 events"),
                        ),
                        quality.Measure(
                            measure="unique", title=both("Dubbele ids", "Duplicate ids"), value=0, unit="count"
                        ),
                    ),
                ),
                quality.SourceQuality(source="web", verdict="ok", measures=()),
            ),
        ),
        "reconciliation": (
            quality.ReconciliationRow(
                source="zaak",
                read=9700,
                stored=9600,
                replaced=10,
                already_known=50,
                ignored=30,
                quarantined=10,
                holds=True,
                quarantine_reasons={"geen datum": 10},
            ),
        ),
        "notices": (both("De lijst van lussen is na 3 afgekapt.", "The list of loops is cut after 3."),),
    }
    return Findings(**(whole | changes))


def many_steps(count: int = 40) -> Findings:
    """A chain of `count` steps: long names, most of them small, lanes in turn."""
    lanes = ("burger", "kcc", "wmo", "wmo", "adviesbureau", "backoffice", "zorgaanbieder")
    layers = {lane: layer for lane, _, _, layer, _ in LANES}
    rows = tuple(
        (
            f"stap_{i}",
            f"Stap {i} met een tamelijk lange naam",
            f"Step {i} with a rather long name",
            lanes[i % 7],
            layers[lanes[i % 7]],
            1 - i / 100,
            1 + i % 3 / 10,
            0.05 if i % 5 else 6.0,
            0.02,
            0.0,
            0.3 if i % 4 == 0 else 0.0,
            0.0,
        )
        for i in range(count)
    )
    return example(rows)


HOSTILE = "<script>alert(1)</script>\n'\"&\u202eevil\u202c 😀 \u05d0\u05d1 =cmd()"


def hostile() -> Findings:
    """The chain with labels that try to break out of page and picture."""
    first = (HOSTILE, HOSTILE, HOSTILE, "burger", "citizen", *STEPS[0][5:])
    lanes = (run.LaneFacts(lane="burger", title=HOSTILE, layer="citizen", organisation=HOSTILE),)
    return example((first, *STEPS[1:]), lanes=lanes, notices=(HOSTILE,))
