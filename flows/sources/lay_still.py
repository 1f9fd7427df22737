"""When work lay still: the suspend and resume records of a lifecycle as intervals of the work item.

In: `ranked` and `settled` of a `Settling`. Out: `settled.suspended`, and the table `suspensions` of the
records that were used. A suspend and the next resume of the same case, activity and instance, inside the span of the
one work item that they can belong to, become an interval of it; an abort or withdrawal ends one too. What is repeated,
unmatched, outside, or could belong to two work items is left over and counted, and so is a date among times: it says
no moment.
Source: the standard transitional model of XES (IEEE 1849).
"""

from __future__ import annotations

import duckdb

_SUSPENSIONS = """
CREATE TEMP TABLE suspensions AS
WITH told AS (
    SELECT *, coalesce(completed_at, started_at) AS instant
    FROM ranked WHERE fate = 'kept' AND half IN ('suspend', 'resume')
), met AS (
    SELECT t.ordinal, t.half, t.instant, w.ordinal AS work, w.completed_at AS done, w.ended_by,
        count(*) OVER (PARTITION BY t.ordinal) AS works
    FROM told t JOIN settled w ON t.source_case_id = w.source_case_id AND t.activity = w.activity
        AND t.instance IS NOT DISTINCT FROM w.instance AND (t.precision = 'day') = (w.precision = 'day')
        AND if(t.half = 'suspend', t.instant >= w.started_at AND (w.completed_at IS NULL OR t.instant < w.completed_at),
            t.instant > w.started_at AND (w.completed_at IS NULL OR t.instant <= w.completed_at))
), first_of_each AS (
    SELECT * FROM met WHERE works = 1
    QUALIFY half != coalesce(lag(half) OVER (PARTITION BY work ORDER BY instant, ordinal), 'resume')
), spans AS (
    SELECT work, half, done, ended_by, instant AS since, lead(instant) OVER turn AS until,
        ordinal, lead(ordinal) OVER turn AS end_ordinal
    FROM first_of_each WINDOW turn AS (PARTITION BY work ORDER BY instant, ordinal)
)
SELECT work, since, if(until IS NULL AND ended_by IN {ending}, done, until) AS until, ordinal, end_ordinal
FROM spans WHERE half = 'suspend' AND (until IS NOT NULL OR done IS NULL OR ended_by IN {ending})
"""
_SUSPENDED = """
UPDATE settled SET suspended = told.suspended, records = settled.records + told.used
FROM (
    SELECT work, count(*) + count(end_ordinal) AS used, '[' || string_agg(
        '[' || epoch_us(since) || ',' || coalesce(epoch_us(until)::VARCHAR, 'null') || ']', ',' ORDER BY since
    ) || ']' AS suspended FROM suspensions GROUP BY work
) AS told
WHERE settled.ordinal = told.work
"""

UNUSED = "AND ordinal NOT IN (SELECT unnest([ordinal, coalesce(end_ordinal, ordinal)]) FROM suspensions)"
"""Which records of `ranked` became no part of an interval."""


def add_suspensions(connection: duckdb.DuckDBPyConnection, ending: tuple[str, ...]) -> bool:
    """Give each work item its intervals; tell whether the log has any. `ending`: transitions that end one for good."""
    told = "SELECT 1 FROM ranked WHERE fate = 'kept' AND half = 'suspend' LIMIT 1"
    if not connection.sql(told).fetchall():
        return False
    connection.execute(_SUSPENSIONS.format(ending=ending))
    connection.execute(_SUSPENDED)
    return True
