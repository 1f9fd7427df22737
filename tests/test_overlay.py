"""The overlay: which move of an alignment counts as which deviation, and what is forgiven."""

from __future__ import annotations

import itertools

import pytest

from mappings.flow import Choice, Flow, Optional_, Parallel, Repeat, Sequence, When
from mappings.journey import Journey
from mining.alignment import Aligner
from mining.deviation import Deviations
from mining.laid_over import laid_over, with_late
from mining.ledger import book
from mining.overlay import Fit, ends_early, fit, overlay_of, unobservable_steps
from mining.petri_net import petri_net
from mining.process_tree import flow_of, least_steps, process_tree
from mining.results.overlay import AboveDesign
from mining.step_sequence import StepSequence, StepSequences, Visits
from mining.submit import AtOnce, Submit
from tests.logs import AS_OF, log, project
from tests.mining_run import cohort_segments

INTAKE_TO_DECISION = {"sequence": ["intake", "assess", "decide"]}


def journey(flow: object = INTAKE_TO_DECISION, **more: object) -> Journey:
    names = more.pop("names", ("intake", "assess", "decide"))
    steps = {name: {"lane": "team", "layer": "backstage"} for name in names}
    for name, extra in more.pop("steps", {}).items():
        steps[name] |= extra
    return Journey.model_validate({"name": "aanvraag", "flow": flow, "steps": steps, **more})


def laid(
    designed: Journey,
    *traces: str,
    open_cases: int = 0,
    observable: set[str] | None = None,
    monotonic=lambda: 0.0,
    parts: int = 1,
    **more: object,
):
    """Lay traces such as '3x intake assess' over the journey; each visit is booked one minute a case."""
    sequences = []
    for trace in traces:
        cases, _, steps = trace.partition("x ")
        visits = tuple(steps.split())
        sequences.append(StepSequence(visits, int(cases), open_cases, (60.0 * int(cases),) * len(visits)))
    every, found = StepSequences.of(sequences), Fit(Deviations(designed))
    hidden = unobservable_steps(designed, observable) if observable is not None else frozenset()
    for n in range(parts):
        found.add_all(fit(designed, designed.flow, every.part(n, parts), hidden, monotonic, 10.0)[0])
    more = {"cohort_cases": sum(s.cases for s in sequences)} | more
    return overlay_of(designed, designed.flow, every, found, **more)


def found(overlay) -> set[tuple[str, str, int, int]]:
    return {(d.kind, d.step, d.cases, d.occurrences) for d in overlay.deviations}


def test_a_case_that_follows_the_journey_has_no_deviation() -> None:
    overlay = laid(journey(), "3x intake assess decide")
    assert (found(overlay), overlay.fitting_cases, overlay.mean_fitness) == (set(), 3, 1.0)


@pytest.mark.parametrize(
    ("trace", "deviation", "seconds"),
    [
        ("2x intake decide", ("skipped", "assess", 2, 2), None),
        ("2x intake assess intake decide", ("repeated", "intake", 2, 2), 60.0),
        ("2x assess intake decide", ("moved", "intake", 2, 2), 60.0),
        ("2x intake assess decide assess assess", ("repeated", "assess", 2, 4), 120.0),
    ],
)
def test_each_one_sided_move_gets_its_name_and_its_own_booked_time(trace, deviation, seconds) -> None:
    overlay = laid(journey(), trace)
    assert found(overlay) == {deviation}
    assert overlay.deviations[0].elapsed_seconds == seconds
    assert overlay.fitting_cases == 0


def test_a_step_of_the_branch_not_taken_is_inserted() -> None:
    designed = journey({"sequence": ["intake", {"choice": ["assess", "decide"]}]})
    assert found(laid(designed, "1x intake assess decide")) == {("inserted", "decide", 1, 1)}


def test_booked_time_is_the_mean_per_case_of_the_cohort() -> None:
    overlay = laid(journey(), "1x intake intake assess decide", "3x intake assess decide", cohort_cases=8)
    assert overlay.deviations[0].elapsed_seconds == 7.5


def test_what_an_open_case_has_yet_to_do_is_not_skipped() -> None:
    assert found(laid(journey(), "4x intake", open_cases=4)) == set()
    assert found(laid(journey(), "4x intake", open_cases=1)) == {
        ("skipped", "assess", 3, 3),
        ("skipped", "decide", 3, 3),
    }


def test_what_an_open_case_passed_over_is_skipped() -> None:
    assert found(laid(journey(), "4x intake decide", open_cases=4)) == {("skipped", "assess", 4, 4)}


def test_an_open_case_is_not_forced_into_the_shorter_branch() -> None:
    long_branch = {"sequence": ["assess", "advise", "meet", "decide"]}
    designed = journey(
        {"sequence": ["intake", {"choice": [long_branch, "refuse"]}]},
        names=("intake", "assess", "advise", "meet", "decide", "refuse"),
    )
    assert found(laid(designed, "1x intake assess", open_cases=1)) == set()


def test_a_withdrawn_case_need_not_go_on() -> None:
    designed = journey(interruptible_by=["intrekken"])
    overlay = laid(designed, "2x intake intrekken")
    assert (found(overlay), overlay.unmapped_activities, overlay.fitting_cases) == (set(), (), 2)
    assert not ends_early(designed, ("intake",))


def test_an_ending_that_shares_its_step_with_other_activities_says_nothing_by_itself() -> None:
    steps = {"decide": {"activities": ["besluit", "buiten behandeling"]}}
    designed = journey(steps=steps, ends_without_delivery=["buiten behandeling"])
    assert not ends_early(designed, ("intake", "decide"))


def test_unmapped_activities_are_allowed_and_listed() -> None:
    overlay = laid(journey(), "2x intake bellen assess decide")
    assert (found(overlay), overlay.unmapped_activities, overlay.mean_fitness) == (set(), ("bellen",), 1.0)


def test_a_step_that_no_log_can_show_is_not_observed_rather_than_skipped() -> None:
    meeting = {"touchpoints": [{"channel": "counter", "observable": False}]}
    designed = journey(steps={"assess": meeting})
    overlay = laid(designed, "2x intake decide", observable={"intake", "assess", "decide"})
    assert found(overlay) == {("not_observed", "assess", 2, 2)}
    assert (overlay.fitting_cases, overlay.mean_fitness) == (2, 1.0)


def test_a_step_that_no_log_can_show_makes_no_case_fit_better() -> None:
    seen, every = {"intake", "decide"}, {"intake", "assess", "decide"}
    without = laid(journey({"sequence": ["intake", "decide"]}, names=sorted(seen)), "1x decide intake", observable=seen)
    assert without.mean_fitness == 0.5
    assert laid(journey(), "1x decide intake", observable=seen).mean_fitness == 0.5
    assert laid(journey(), "1x decide intake", observable=every).mean_fitness == 0.4


def test_a_step_that_no_source_yields_is_not_observed() -> None:
    overlay = laid(journey(), "2x intake decide", observable={"intake", "decide"})
    assert found(overlay) == {("not_observed", "assess", 2, 2)}


@pytest.mark.parametrize("accepted", ["assess", "skipped:assess"])
def test_an_accepted_deviation_is_shown_as_accepted_and_fits(accepted: str) -> None:
    overlay = laid(journey(accepted_deviations=[accepted]), "2x intake decide")
    assert [d.is_accepted for d in overlay.deviations] == [True]
    assert overlay.fitting_cases == 2


@pytest.mark.parametrize(("accepted", "is_it"), [("assess", True), ("late:assess", True), ("late:intake", False)])
def test_a_step_that_may_take_longer_than_designed_is_shown_as_accepted(accepted: str, is_it: bool) -> None:
    designed = journey(accepted_deviations=[accepted])
    took = AboveDesign(kind="step", name=("assess",), title={}, cases=2, above_seconds=60.0, has_design=True)
    overlay = with_late(laid(designed, "2x intake assess decide"), [took], designed)
    assert [(d.kind, d.step, d.is_accepted) for d in overlay.deviations] == [("late", "assess", is_it)]


def test_visits_elsewhere_than_designed_are_counted_and_unknown_lanes_are_not() -> None:
    visits = [
        Visits("intake", "team", 5, 6),
        Visits("intake", "partner", 2, 3, 80.0),
        Visits("intake", None, 9, 9),
    ]
    overlay = laid(journey(), "10x intake assess decide", lane_visits=visits)
    assert found(overlay) == {("wrong_lane", "intake", 2, 3)}
    assert (overlay.deviations[0].lane, overlay.deviations[0].elapsed_seconds) == ("partner", 8.0)


def test_when_the_time_is_up_the_covered_share_says_so_and_the_most_frequent_went_first() -> None:
    ticks = itertools.chain([0.0, 0.0, 99.0], itertools.repeat(99.0))
    overlay = laid(
        journey(),
        "1x intake decide",
        "9x intake assess decide",
        monotonic=lambda: next(ticks),
    )
    assert (overlay.aligned_cases, overlay.aligned_share, overlay.step_sequences) == (9, 0.9, 2)
    assert overlay.fitting_cases == 9


def test_parts_aligned_apart_say_the_same_as_the_whole() -> None:
    traces = ("5x intake assess decide", "3x intake decide", "2x intake assess intake decide", "1x decide intake")
    apart, whole = laid(journey(), *traces, parts=3), laid(journey(), *traces)
    assert apart.mean_fitness == pytest.approx(whole.mean_fitness)
    assert apart.model_copy(update={"mean_fitness": whole.mean_fitness}) == whole


def test_where_step_sequences_are_many_each_core_aligns_a_part_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("intake assess decide", "intake decide", "intake assess intake decide", "decide", "assess decide intake")
    events = [
        f"Z{case} {step} {day} team"
        for case, n in enumerate((0, 0, 0, 1, 1, 2, 3, 4))
        for day, step in enumerate(words[n].split())
    ]
    ledger = book(log(" | ".join(events)), project(journey(names=("intake", "assess", "decide"))), AS_OF)

    def laid_on(submit: Submit):
        cases = cohort_segments(ledger)
        return laid_over(ledger, cases, project(journey()), (), 8, lambda: 0.0, submit)()

    class TwoCores(AtOnce):
        cores, used = 2, set[int]()

        def __call__(self, call, *arguments, core=0, **named):
            self.used.add(core)
            return super().__call__(call, *arguments, **named)

    whole, fitness = laid_on(AtOnce())
    monkeypatch.setattr("mining.laid_over.FEW", 4)
    apart, fitness_apart = laid_on(TwoCores())
    assert TwoCores.used == {0, 1}
    assert (apart.step_sequences, apart.aligned_cases, apart.deviations) == (5, 8, whole.deviations)
    assert fitness_apart.tolist() == fitness.tolist()


def test_a_part_has_each_sequence_of_so_many_with_its_visits() -> None:
    listed = [
        StepSequence(("a", "b"), 5, 1, (1.0, 2.0)),
        StepSequence(("b",), 4, 0, (3.0,), 2),
        StepSequence(("c",), 1),
    ]
    every = StepSequences.of(reversed(listed))
    assert list(every) == listed
    assert list(every.part(0, 2)) == [listed[0], listed[2]]
    assert list(every.part(1, 2)) == [listed[1]]


EVERY_WORD: Flow = Sequence(
    sequence=(
        "A",
        Optional_(optional="B"),
        Parallel(parallel=("C", "D")),
        Repeat(repeat="E", redo="F"),
        Choice(choice=("G", Sequence(sequence=("H", "I", "J")))),
    )
)


def test_a_flow_becomes_a_process_tree_and_comes_back() -> None:
    tree = process_tree(EVERY_WORD)
    assert str(tree) == "->( 'A', X( 'B', tau ), +( 'C', 'D' ), *( 'E', 'F' ), X( 'G', ->( 'H', 'I', 'J' ) ) )"
    assert flow_of(tree) == EVERY_WORD


def test_a_branch_for_a_persona_may_be_left_out_but_not_in_a_choice() -> None:
    in_sequence = Sequence(sequence=("A", When(when="starter", then="B")))
    in_choice = Choice(choice=(When(when="starter", then="A"), "B"))
    assert (least_steps(in_sequence), least_steps(in_choice)) == (1, 1)
    assert str(process_tree(in_choice)) == "X( 'A', 'B' )"


@pytest.mark.parametrize("trace", ["ABCDEG", "ADCEFEHIJ", "ACDEFEFEG"])
def test_the_petri_net_plays_what_the_flow_allows(trace: str) -> None:
    alignment = Aligner(EVERY_WORD).align(tuple(trace), may_stop=False)
    assert alignment is not None
    assert alignment.cost == 0


def test_the_cost_is_that_of_an_exact_search_by_pm4py() -> None:
    from pm4py.algo.conformance.alignments.petri_net.variants import dijkstra_no_heuristics as exact
    from pm4py.objects.log.obj import Event, Trace

    aligner, net = Aligner(EVERY_WORD), petri_net(EVERY_WORD)
    for trace in ("AAB", "GECDA", "AEFEFHJ", "CDCDEEG", "JIHA", "ABFFG"):
        events = Trace([Event({"concept:name": label}) for label in trace])
        expected = exact.apply(events, net.net, net.initial, net.final)["cost"] // 10000
        alignment = aligner.align(tuple(trace), may_stop=False)
        assert alignment is not None
        assert alignment.cost == expected, trace


def test_the_same_sequence_always_gets_the_same_alignment() -> None:
    trace = ("A", "E", "A", "H", "G", "C")
    first, second = (Aligner(EVERY_WORD).align(trace, may_stop=False) for _ in range(2))
    assert first == second
