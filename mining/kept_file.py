"""The file that DuckDB keeps a run's tables in where its memory is too small for them.

In: DuckDB connections. Out: the place of a kept table, in memory or in the file. What DuckDB lets go of a table in
memory it writes to disk each time anew; what stands in a file is written once. The file is the engine's own, beside
what it spills into its `temp_directory`, and goes with that folder.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.operations as ops

_NAME = "zs_kept"
_ROW_BYTES = 135
"""What a booked row takes in memory at the most, as measured: 18 columns, the longest table of a run."""
_SHARE = 0.5
"""Of the memory: the rest is for what is computed from the rows, and for other tables."""
_UNNAMED = ("", ".tmp")
"""The folder of DuckDB to which nobody gave one: none, or a place that may not be there."""
_SETTINGS = {
    # what is lost with the machine is not missed
    "fsync_mode": "NONE",
    "checkpoint_on_detach": "DISABLED",
    # runs are told as such; to pack the rest costs more time than to read it as it is
    "disabled_compression_methods": "bitpacking,roaring,chimp,patas,alp,alprd,fsst,zstd,dictionary,dict_fsst",
}


def make_room(con: Any, rows: int) -> None:
    """Keep the tables of this run in a file, from now on, if its longest one takes more than half of the memory."""
    settings = "SELECT parse_formatted_bytes(current_setting('memory_limit')), current_setting('temp_directory')"
    [(memory, folder)] = con.execute(settings).fetchall()
    if rows * _ROW_BYTES <= memory * _SHARE or folder in _UNNAMED or place_of(con).catalog:
        return
    for name, value in _SETTINGS.items():
        con.execute(f"SET {name} = '{value}'")
    # of its own: another run, or another connection, may have the same folder
    [(own,)] = con.execute("SELECT uuid()::VARCHAR").fetchall()
    place = f"{folder}/{_NAME}-{own}.duckdb".replace("'", "''")
    con.execute(f"ATTACH '{place}' AS {_NAME}")


def place_of(con: Any) -> ops.Namespace:
    """Return where the next table is kept: the file once there is one, before that nowhere in particular."""
    found = con.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    return ops.Namespace(catalog=_NAME, database="main") if (_NAME,) in found else ops.Namespace()
