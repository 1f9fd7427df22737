"""The memory of DuckDB: what it leaves to arrays beside it, and the file of a run's tables where it is too small.

In: DuckDB connections. Out: a lowered limit, and the place of a kept table, in memory or in the file. What DuckDB lets
go of a table in memory it writes to disk each time anew; what stands in a file is written once. The file is the
engine's own, beside what it spills into its `temp_directory`, and goes with that folder.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.operations as ops

_NAME = "zs_kept"
_ROW_BYTES = 135
"""What a booked row takes in memory at the most, as measured: 18 columns, the longest table of a run."""
_SHARE = 0.5
"""Of the memory: the rest is for what is computed from the rows, and for other tables."""
_LEAST = 0.5
"""Of the memory, however much stands beside the engine: with less it would come to a halt."""
_NOTICED = 1 << 24
"""From so many bytes on the engine's limit is lowered by what stands beside it: 16 MB are within what it rounds."""
_UNNAMED = ("", ".tmp")
"""The folder of DuckDB to which nobody gave one: none, or a place that may not be there."""
_SETTINGS = {
    # what is lost with the machine is not missed
    "fsync_mode": "NONE",
    "checkpoint_on_detach": "DISABLED",
    # runs are told as such; to pack the rest costs more time than to read it as it is
    "disabled_compression_methods": "bitpacking,roaring,chimp,patas,alp,alprd,fsst,zstd,dictionary,dict_fsst",
}


def make_room(con: Any, rows: int, beside: int = 0) -> None:
    """Leave `beside` bytes of the memory to what stands outside of the engine, and see where its tables are kept.

    From now on that is a file if the longest table, of so many rows, takes more than half of the engine's memory.
    """
    settings = "SELECT parse_formatted_bytes(current_setting('memory_limit')), current_setting('temp_directory')"
    [(memory, folder)] = con.execute(settings).fetchall()
    memory = _left(con, memory, beside)
    if rows * _ROW_BYTES <= memory * _SHARE or folder in _UNNAMED or place_of(con).catalog:
        return
    for name, value in _SETTINGS.items():
        con.execute(f"SET {name} = '{value}'")
    # of its own: another run, or another connection, may have the same folder
    [(own,)] = con.execute("SELECT uuid()::VARCHAR").fetchall()
    place = f"{folder}/{_NAME}-{own}.duckdb".replace("'", "''")
    con.execute(f"ATTACH '{place}' AS {_NAME}")


def _left(con: Any, memory: int, beside: int) -> int:
    """Lower the engine's limit by what stands beside it, and return it. It is not lowered twice by one run."""
    [(given,)] = con.execute("SELECT getvariable('zs_memory')").fetchall()
    whole = given or memory
    left = max(whole - beside, int(whole * _LEAST))
    if beside >= _NOTICED:
        con.execute(f"SET VARIABLE zs_memory = {whole}")
        con.execute(f"SET memory_limit = '{left}b'")
        return left
    return memory


def place_of(con: Any) -> ops.Namespace:
    """Return where the next table is kept: the file once there is one, before that nowhere in particular."""
    found = con.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    return ops.Namespace(catalog=_NAME, database="main") if (_NAME,) in found else ops.Namespace()
