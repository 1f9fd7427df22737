"""What becomes of each staged record: kept, already known, replaced, or a double of its own file.

In: the view `told` of staged records. Out: the view `ranked`: the same with key, half, fate and first_seq, the
earliest place at which it was told. Most records are told once: only of the others anything is held, and of those
no more than what tells them apart, so that nothing grows with what a record carries.

Records with one key and one content are one record, told twice: already known. With one key and another content the
last one counts: from a later file it replaces the earlier, within one file the earlier is quarantined. It replaces
them too where the mapping ignores it, so that it is no event itself: those are in `void`.
"""

from __future__ import annotations

import duckdb

EVENTS = "coalesce(own_id, fingerprint) AS key, coalesce(transition, 'complete') AS half FROM told"
"""How the records of events are keyed; one without a transition is a completion."""
ATTEMPTS = "own_id AS key, '' AS half, ordinal AS seq FROM told"
EVENTS_SINGLY = """
coalesce(own_id, fingerprint || coalesce('-' || nth, '')) AS key, coalesce(transition, 'complete') AS half
FROM told LEFT JOIN alike USING (ordinal)
"""
"""The same of a format that lists each event by itself, which may list two that are alike."""

# by hashes, since they are short; two keys that share one are told apart below
_AGAIN = "CREATE TEMP TABLE {name} AS SELECT hash({of}) AS h FROM {table} GROUP BY 1 HAVING count(*) > 1"
_LAST_VOID = """
CREATE TEMP TABLE last_void AS
SELECT own_id AS key, half, max(ordinal) AS ordinal, max_by(file, ordinal) AS file FROM void GROUP BY 1, 2
"""
_TOLD_VOID = "INSERT INTO told_again SELECT hash(key, half) FROM last_void"

_ALIKE = """
CREATE TEMP TABLE alike AS
SELECT ordinal, row_number() OVER (PARTITION BY file, fingerprint ORDER BY ordinal) AS nth
FROM told WHERE hash(file, fingerprint) IN (SELECT h FROM told_alike) QUALIFY nth > 1
"""

_FATED = """
CREATE TEMP TABLE fated AS
WITH again AS (
    SELECT ordinal, file, seq, key, half, fingerprint FROM keyed
    WHERE hash(key, half) IN (SELECT h FROM told_again)
), ranked AS (
    SELECT *,
        row_number() OVER latest AS rank,
        first_value(fingerprint) OVER latest AS last_fingerprint,
        first_value(file) OVER latest AS last_file,
        min(seq) OVER (PARTITION BY key, half, fingerprint) AS first_seq
    FROM again WINDOW latest AS (PARTITION BY key, half ORDER BY ordinal DESC)
)
SELECT r.ordinal, first_seq, CASE
    WHEN fingerprint != last_fingerprint AND r.file = last_file THEN 'duplicate_id'
    WHEN v.ordinal > r.ordinal AND v.file != r.file THEN 'replaced'
    WHEN rank = 1 THEN 'kept'
    WHEN fingerprint = last_fingerprint THEN 'known'
    ELSE 'replaced' END AS fate
FROM ranked r LEFT JOIN last_void v USING (key, half)
"""
_ALL_KEPT = "SELECT *, 'kept' AS fate, seq AS first_seq FROM keyed"
_SOME_FATED = """
SELECT keyed.*, coalesce(fate, 'kept') AS fate, coalesce(first_seq, seq) AS first_seq
FROM keyed LEFT JOIN fated USING (ordinal)
"""


def rank(connection: duckdb.DuckDBPyConnection, keyed: str) -> None:
    """Make `ranked` of `told` and `void`; `keyed` is one of the ways above."""
    if keyed == EVENTS_SINGLY:
        connection.execute(_AGAIN.format(name="told_alike", of="file, fingerprint", table="told"))
        connection.execute(_ALIKE)
    connection.execute(f"CREATE TEMP VIEW keyed AS SELECT told.*, {keyed}")
    connection.execute(_AGAIN.format(name="told_again", of="key, half", table="keyed"))
    connection.execute(_LAST_VOID)
    connection.execute(_TOLD_VOID)
    connection.execute(_FATED)
    is_any = connection.sql("SELECT 1 FROM fated LIMIT 1").fetchall()
    connection.execute(f"CREATE TEMP VIEW ranked AS {_SOME_FATED if is_any else _ALL_KEPT}")
