"""What a run keeps goes to a file of the engine where memory is too small, and nothing that is found changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from flows.engines import telling_of
from flows.request import RunRequest
from flows.simulator.simulate import AS_OF, simulate
from flows.store.held import held_folder
from mappings.errors import EngineError
from mappings.load import load_project
from mining import kept_file
from mining.amounts import rows_of
from mining.engine import (
    declare_labels,
    dropped,
    growing_table,
    in_batches,
    kept,
    kept_before,
    labelled,
    limit,
    make_room,
)
from tests.mining_run import mined, stored_log

ROOT = Path(__file__).resolve().parents[1]
MANY = 1_000_000


def engine(folder: Path, memory: str = "100MB") -> Any:
    con = ibis.duckdb.connect()
    folder.mkdir(exist_ok=True)
    limit(con, memory, 1, str(folder))
    return con


def test_a_file_is_used_only_where_the_longest_table_would_take_more_than_half_of_the_memory(tmp_path: Path) -> None:
    con = engine(tmp_path)
    make_room(con, 368_000)
    kept(con, "zs_few", pa.table({"n": [1, 2]}))
    assert not list(tmp_path.iterdir())
    make_room(con, 372_000)
    kept(con, "zs_many", pa.table({"n": [3, 4]}))
    assert [path.suffix for path in tmp_path.glob("zs_kept-*.duckdb")] == [".duckdb"]
    # what was kept before stays where it is, and both are read together
    both = kept_before(con, "zs_many").union(ibis.memtable({"n": [5]}))
    assert sorted(row["n"] for row in rows_of(both)) == [3, 4, 5]


def test_too_little_memory_is_told_with_what_to_do_and_not_as_a_fault(tmp_path: Path) -> None:
    con = engine(tmp_path, "5MB")
    con.raw_sql(f"CREATE VIEW many AS SELECT range AS n FROM range({MANY})")
    many = con.table("many")
    request = RunRequest(Path("none"), memory="5MB")
    with pytest.raises(EngineError, match=r"--memory 5MB .* too little .* more with --memory"), telling_of(request):
        many.agg(listed=many.n.collect()).to_pyarrow()


@pytest.mark.parametrize("folder", [None, ""])
def test_without_a_folder_to_spill_into_all_stays_in_memory(folder: str | None) -> None:
    con = ibis.duckdb.connect()
    limit(con, None, None, folder)
    make_room(con, 1 << 60)
    assert kept_before(con, kept(con, "zs_few", pa.table({"n": [1]})).get_name()).count().to_pyarrow().as_py() == 1


def test_labels_growing_tables_and_new_versions_of_a_table_are_the_same_in_a_file(tmp_path: Path) -> None:
    told = []
    for name, rows in (("memory", 1), ("file", MANY)):
        con = engine(tmp_path / name)
        make_room(con, rows)
        declare_labels(con, ["b", "a", "c"])
        table = labelled(con, "zs_label_table", pa.table({"n": [1, 2, 3], "name": ["b", "c", "a"]}), ("name",))
        batches = in_batches(con, kept(con, "zs_read", pa.table({"n": [2, 2, 1]})), ["n"], 1)
        growing = growing_table(con, "zs_grown", pa.schema({"n": pa.int64()}))
        for batch in batches:
            growing.add(pa.Table.from_batches([batch]))
        # as the next run on this connection does
        declare_labels(con, ["z"])
        joined = kept(con, "zs_joined", growing.table().join(table, "n"))
        joined = kept(con, "zs_joined", joined.group_by("name").agg(n=joined.n.sum()))
        told.append((str(joined.schema()), rows_of(joined.order_by("name")), rows_of(table.filter(table.name > "a"))))
        dropped(con, "zs_joined")
        with pytest.raises(Exception, match="zs_joined"):
            kept_before(con, "zs_joined")
        con.disconnect()
    assert told[0] == told[1]


def test_runs_in_one_folder_and_in_one_process_have_a_file_each(tmp_path: Path) -> None:
    engines = [engine(tmp_path), engine(tmp_path)]
    for n, con in enumerate(engines):
        make_room(con, MANY)
        kept(con, "zs_own", pa.table({"n": [n]}))
    assert len(list(tmp_path.glob("zs_kept-*.duckdb"))) == 2
    assert [rows_of(kept_before(con, "zs_own")) for con in engines] == [[{"n": 0}], [{"n": 1}]]


def test_the_file_of_a_killed_run_goes_with_the_next_run(tmp_path: Path) -> None:
    work = (
        "import os, sys; from pathlib import Path; import pyarrow as pa; from flows.store.held import held_folder;"
        "from tests.test_kept_file import MANY, engine; from mining.engine import kept, make_room\n"
        "with held_folder(Path(sys.argv[1]), 'killed') as folder:\n"
        "    con = engine(folder); make_room(con, MANY); kept(con, 'zs_own', pa.table({'n': [1]}))\n"
        "    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", work, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert list(tmp_path.glob("killed/zs_kept-*"))
    with held_folder(tmp_path, "next"):
        assert not list(tmp_path.rglob("zs_kept-*"))


def test_all_findings_are_the_same_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate(tmp_path / "data", cases=60, seed=7)
    monkeypatch.setenv("ZAAKSTROOM_DEMO_DATA", str(tmp_path / "data"))
    project = load_project(ROOT / "mappings" / "demo")
    log = stored_log(project, tmp_path)
    before, _ = mined(log, project, AS_OF)
    monkeypatch.setattr(kept_file, "_ROW_BYTES", 1 << 40)
    limit(log.con, None, None, str(tmp_path))
    after, ledger = mined(log, project, AS_OF)
    assert list(tmp_path.glob("zs_kept-*.duckdb"))
    # how long the mining itself took is no finding
    assert after.model_dump_json() == before.model_dump_json()
    assert ledger.segments.count().to_pyarrow().as_py() == ledger.booked.count().to_pyarrow().as_py()
