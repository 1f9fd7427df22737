"""The same findings on Spark as on DuckDB, from the same store: a master and two workers of a real cluster."""

from __future__ import annotations

import gc
import math
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest

from flows.engines import check_engine, telling_of
from flows.mined import mined_log
from flows.request import RunRequest
from flows.run import run
from flows.simulator.simulate import AS_OF, simulate
from flows.spark import java
from flows.spark.session import spark
from flows.store import EventStore
from mappings.errors import EngineError, StoreError
from mappings.load import load_project
from mining.amounts import rows_of
from mining.engine import kept
from mining.findings import Findings
from tests.engine_forms import AWKWARD, forms
from tests.extracts import extract
from tests.java import REMEDY, find_java
from tests.mining_run import mined, stored_log
from tests.spark_cluster import DEFAULTS, cluster

# pyspark leaves the sockets that results came through to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = find_java()
    if home is None:
        # on no machine left out in silence: the Makefile installs it, CI fails without it
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(REMEDY)
    assert home is not None
    work = tmp_path_factory.mktemp("cluster")
    (work / "spark-defaults.conf").write_text(DEFAULTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(work))
        patch.setenv("JAVA_HOME", str(home))
        with cluster(home, work) as url:
            yield url
        with warnings.catch_warnings():
            # collected here, so that no later test is blamed for them
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Tell where two documents differ: whole numbers and texts exactly, floats to 1e-9."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key, "absent"), other.get(key, "absent"), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}[{place}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9):
            yield f"{path}: {one} on DuckDB, {other} on Spark"
    elif one != other or type(one) is not type(other):
        yield f"{path}: {one} on DuckDB, {other} on Spark"


def assert_same(one: Findings, other: Findings) -> None:
    # the run itself is another one: its name, its engine, and what the store knew already when it began
    documents = [
        each.model_dump(mode="json", by_alias=True, exclude={"run", "reconciliation"}) for each in (one, other)
    ]
    assert list(differences(*documents)) == []


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunRequest]:
    work = tmp_path_factory.mktemp("chain")
    simulate(work / "data", cases=60, seed=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAAKSTROOM_DEMO_DATA", str(work / "data"))
        yield RunRequest(ROOT / "mappings" / "demo", work / "out", work / "store", as_of=AS_OF, memory="500MB")


@pytest.mark.server
def test_a_run_on_a_cluster_publishes_what_a_run_on_this_machine_does(chain: RunRequest, master: str) -> None:
    here = run(replace(chain, out=chain.out and chain.out / "here"))
    there = run(replace(chain, out=chain.out and chain.out / "there", engine="spark", master=master))
    assert (here.findings.run.engine, there.findings.run.engine) == ("duckdb", "spark")
    assert here.findings.run.store_version == there.findings.run.store_version
    assert_same(here.findings, there.findings)
    tables = [
        {str(p.relative_to(each.folder)): pq.read_metadata(p).num_rows for p in each.folder.rglob("*.parquet")}
        for each in (here, there)
    ]
    assert tables[0]
    assert tables[0] == tables[1]


@pytest.fixture(scope="module")
def engine(master: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for the tests below; the run above has, and ends, its own."""
    with spark(master, "500MB", None, tmp_path_factory.mktemp("session")) as opened:
        yield opened


@pytest.mark.server
@pytest.mark.realdata
def test_the_receipt_log_has_the_same_findings_on_a_cluster(
    realdata: Path, engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAAKSTROOM_DATA", str(realdata))
    project = load_project(ROOT / "mappings" / "wabo-receipt")
    log, as_of = stored_log(project, tmp_path), datetime(2020, 1, 1, tzinfo=UTC)
    store = EventStore(tmp_path / "store")
    there = mined_log(engine, store, project, store.version(), log.observed_until)
    assert_same(mined(log, project, as_of)[0], mined(there, project, as_of)[0])


@pytest.mark.server
def test_every_form_of_expression_gives_the_same_on_a_cluster_for_awkward_values(engine: Any) -> None:
    here = ibis.duckdb.connect()
    one, other = (dict(forms(kept(con, "zs_awkward", AWKWARD))) for con in (here, engine))
    found = []
    for name in one:
        rows = [sorted(rows_of(each[name]), key=lambda row: row.get("row", 0)) for each in (one, other)]
        found += list(differences(*rows, path=name))
    assert found == []


@pytest.mark.server
def test_a_version_that_was_removed_from_history_is_refused_on_a_cluster_too(engine: Any, tmp_path: Path) -> None:
    store = EventStore(tmp_path / "store")
    version = store.upsert(extract(tmp_path, "e1 Z1 intake | e2 Z2 intake")).version
    assert len(rows_of(store.tables(engine, version).events)) == 2
    store.forget(["Z1"])
    with pytest.raises(StoreError, match="removed from history"):
        store.tables(engine, version)


@pytest.mark.server
def test_what_has_no_form_on_the_cluster_is_refused_with_its_name(engine: Any) -> None:
    table = kept(engine, "zs_awkward", AWKWARD)
    with (
        pytest.raises(EngineError, match=r"engine spark, .*UnwrapJSON"),
        telling_of(RunRequest(Path("none"), engine="spark")),
    ):
        rows_of(table.select(n=table.json.cast("json")["c"].int))


@pytest.mark.parametrize(
    ("engine", "url", "says"),
    [("duck", None, "duckdb or spark"), ("spark", None, "--master spark://"), ("duckdb", "local", "--engine spark")],
)
def test_an_engine_that_is_half_named_is_refused(engine: str, url: str | None, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        check_engine(RunRequest(Path("none"), engine=engine, master=url))


@pytest.mark.parametrize(
    ("url", "says"), [("host:7077", "is no master URL"), ("spark://127.0.0.1:1", "no Spark master")]
)
def test_a_master_that_no_one_answers_for_is_refused(url: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=says), spark(url, "1GB", None, tmp_path):
        pass


def test_a_java_of_another_version_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "bin" / "java"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\necho 'openjdk version \"25.0.1\" 2026-01-20' >&2\n")
    binary.chmod(0o755)
    monkeypatch.setattr(java, "_homes", lambda: iter([tmp_path]))
    with pytest.raises(EngineError, match=r"finds Java 25 .*openjdk-17-jre-headless"):
        java.java_home()


def test_no_java_at_all_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_homes", lambda: iter([]))
    with pytest.raises(EngineError, match=r"no Java .*openjdk-17-jre-headless"):
        java.java_home()
