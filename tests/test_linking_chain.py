"""The built-in chain of three organisations, linked and measured against the truth of its simulator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow.parquet as pq
import pytest

from flows.mined import mined_log
from flows.pseudonym import pseudonym
from flows.simulator.simulate import simulate
from flows.simulator.truth import Truth
from flows.sources import Extract, extract
from flows.store import EventStore
from mappings.load import load_project
from mappings.project import Project
from mining.log import Log
from mining.scores import scores
from tests.extracts import rows

DEMO = Path(__file__).parent.parent / "mappings" / "demo"
KEY = b"a key for tests, of no use elsewhere"
LOST = 7


@dataclass(frozen=True)
class Chained:
    """The chain with lost links, as it was stored and linked."""

    truth: Truth
    project: Project
    extracts: tuple[Extract, ...]
    store: EventStore
    log: Log


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chained]:
    folder = tmp_path_factory.mktemp("chain")
    truth = simulate(folder / "data", cases=200, lost_links=LOST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(folder / "data"))
        project = load_project(DEMO)
        extracts = tuple(extract(s, project, folder / "work", KEY) for s in project.sources)
    store = EventStore(folder / "store")
    for each in extracts:
        store.upsert(each)
    con = ibis.duckdb.connect()
    log = mined_log(con, store, project, store.version(), {}, lambda number: pseudonym(number, KEY))
    yield Chained(truth, project, extracts, store, log)
    con.disconnect()


def test_the_report_counts_each_lost_link_as_it_was_injected(chain: Chained) -> None:
    assert chain.log.linking is not None
    said = {
        each.source: {
            "matched": each.matched,
            "orphans": each.orphans,
            "ambiguous": each.ambiguous,
            "without_key": each.without_key,
        }
        for each in chain.log.linking.links
    }
    surveys = said.pop("surveys")
    assert said == chain.truth.summary["links"]
    assert surveys["matched"] == chain.truth.summary["records"]["surveys"]
    assert surveys["orphans"] == surveys["ambiguous"] == surveys["without_key"] == 0
    assert chain.truth.summary["links"]["advice-partner"]["orphans"] == LOST


def test_precision_and_recall_of_the_links_are_one(chain: Chained) -> None:
    """Truth by the partners' own files: a dossier's number holds the case's, made by the simulator."""
    linked = chain.log.events.filter(chain.log.events.source.isin(["advice-partner", "care-provider"]))
    found = {
        (row["source"], row["source_case_id"], row["case_id"])
        for row in linked.select("source", "source_case_id", "case_id").distinct().to_pyarrow().to_pylist()
    }
    true = set()
    for each in chain.extracts:
        if each.source in ("advice-partner", "care-provider"):
            told = pq.read_table(each.events_path, columns=["source_case_id", "chain_ref"]).to_pylist()
            by_dossier: dict[str, set[str | None]] = {}
            for row in told:
                by_dossier.setdefault(row["source_case_id"], set()).add(row["chain_ref"])
            known = set(chain.truth.cases["case_id"].to_pylist())
            true |= {(each.source, d, next(iter(r))) for d, r in by_dossier.items() if len(r) == 1 and r <= known}
    assert len(true & found) / len(found) == 1
    assert len(true & found) / len(true) == 1
    assert len(true) == sum(links["matched"] for links in chain.truth.summary["links"].values())


def test_chain_cases_of_three_organisations_are_those_with_advice_and_care(chain: Chained) -> None:
    assert chain.log.linking is not None
    assert chain.log.linking.cases is not None
    dossiers: dict[str, set[str]] = {}
    for row in chain.log.events.select("source", "case_id").distinct().to_pyarrow().to_pylist():
        dossiers.setdefault(row["case_id"], set()).add(row["source"])
    three = sum({"advice-partner", "care-provider"} <= sources for sources in dossiers.values())
    assert chain.log.linking.cases.by_organisations["3"] == three > 0
    assert chain.log.linking.cases.cases == len(dossiers) == len(chain.truth.cases)


def test_what_citizens_said_they_felt_is_what_the_simulator_let_them_say(chain: Chained) -> None:
    told = {s.step: (s.invited, s.n, s.mean) for s in scores(chain.log, chain.project) if s.kpi == "EMOTION"}
    truth = {s["step"]: (s["invited"], s["answered"], s["mean"]) for s in chain.truth.summary["surveys"]}
    assert told == {step: pytest.approx(said) for step, said in truth.items() if said[1]}
    assert None in told
    assert len(told) > 5


def test_without_lost_links_the_built_in_chain_is_linked_without_error(tmp_path: Path) -> None:
    truth = simulate(tmp_path / "data", cases=120, is_dirty=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(tmp_path / "data"))
        project = load_project(DEMO)
        store = EventStore(tmp_path / "store")
        for source in project.sources:
            store.upsert(extract(source, project, tmp_path / "work", KEY))
    con = ibis.duckdb.connect()
    linking = mined_log(con, store, project, store.version(), {}).linking
    con.disconnect()
    assert linking is not None
    assert linking.cases is not None
    assert linking.cases.by_organisations == truth.summary["organisations"]
    assert linking.cases.by_organisations["3"] > 10
    assert all(each.linked == each.dossiers for each in linking.sources)
    assert {each.share for each in linking.links} == {1.0}


def test_what_is_put_aside_is_counted_and_listed_by_pseudonym(chain: Chained) -> None:
    assert chain.log.linking is not None
    for each in (one for one in chain.log.linking.sources if one.source != "surveys"):
        assert each.events - each.linked_events == each.aside_events > 0
        assert each.dossiers - each.linked == 3 * LOST
    listed = chain.log.linking.not_linked
    assert {(one.source, one.why) for one in listed} == {
        (source, why) for source in ("advice-partner", "care-provider") for why in ("orphan", "ambiguous")
    }
    assert all(len(one.dossier) == 32 and "-" not in one.dossier for one in listed)


def test_any_order_and_twice_over_gives_the_same_store_and_the_same_links(chain: Chained, tmp_path: Path) -> None:
    shuffled = [*chain.extracts, *chain.extracts]
    random.Random(4).shuffle(shuffled)
    other = EventStore(tmp_path / "store")
    for each in shuffled:
        other.upsert(each)
    for table in ("events", "cases", "attempts"):
        assert rows(other, table) == rows(chain.store, table)
    con = ibis.duckdb.connect()
    again = mined_log(con, other, chain.project, other.version(), {}, lambda number: pseudonym(number, KEY))
    assert again.linking == chain.log.linking
    con.disconnect()
