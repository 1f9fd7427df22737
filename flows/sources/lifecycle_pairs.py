"""Events of kept records: pairs of start and completion where the source has a lifecycle, else one each.

In: the view `ranked` of staged records with what becomes of each. Out: `settled`, a row an event. Pairs are made of
what they are made by alone; what the records carry is looked up when they are known.

Per case, activity and, where given, lifecycle instance, a completion takes the oldest start that is still open
(FIFO); at one instant starts come first, and then the order of the source (`seq`) counts. A completion of which only
the day is known comes at the end of that day. Work that ends on a day began on a day too. A start that nothing
completes is work in hand. A completion without a start stands alone.
"""

from __future__ import annotations

import duckdb

from flows.sources.lay_still import add_suspensions

PAIRED = ("start", "complete", "withdraw", "abort")
"""The transitions of which pairs are made."""
_ALONE_IT_SAYS_NOTHING = ("withdraw", "abort")
_HAS_LIFECYCLE = "SELECT 1 FROM ranked WHERE half != 'complete' LIMIT 1"
_HAS_KEYS_TWICE = "SELECT 1 FROM settled GROUP BY key HAVING count(*) > 1 LIMIT 1"

_PAIRS = """
CREATE TEMP TABLE paired AS
WITH halves AS (
    SELECT ordinal, seq, source_case_id, activity, instance, half, if(half = 'start', 1, -1) AS step,
        coalesce(completed_at, started_at) AS instant,
        if(half != 'start' AND precision = 'day', {next_day} - INTERVAL 1 MICROSECOND, instant) AS takes_place
    FROM ranked WHERE fate = 'kept' AND half IN {paired}
), depths AS (
    SELECT *, sum(step) OVER (turn ROWS UNBOUNDED PRECEDING) AS depth FROM halves
    WINDOW turn AS (PARTITION BY source_case_id, activity, instance ORDER BY takes_place, step DESC, seq, ordinal)
), lows AS (
    SELECT *, coalesce(min(depth) OVER (turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS low FROM depths
    WINDOW turn AS (PARTITION BY source_case_id, activity, instance ORDER BY takes_place, step DESC, seq, ordinal)
), numbered AS (
    SELECT *, step = -1 AND depth < least(0, low) AS is_alone, row_number() OVER (
        PARTITION BY source_case_id, activity, instance, step, step = -1 AND depth < least(0, low)
        ORDER BY takes_place, seq, ordinal
    ) AS turn FROM lows
), starts AS (
    SELECT * FROM numbered WHERE step = 1
), ends AS (
    SELECT * FROM numbered WHERE step = -1 AND NOT is_alone
)
SELECT s.ordinal AS start, e.ordinal AS ending FROM starts s LEFT JOIN ends e ON s.source_case_id = e.source_case_id
    AND s.activity = e.activity AND s.instance IS NOT DISTINCT FROM e.instance AND s.turn = e.turn
UNION ALL SELECT NULL, ordinal FROM numbered WHERE is_alone AND half NOT IN {silent}
"""

_SETTLED = """
CREATE TEMP TABLE settled AS
WITH halves AS (SELECT *, coalesce(completed_at, started_at) AS instant FROM ranked)
SELECT s.key, s.source_case_id, coalesce(e.chain_ref, s.chain_ref) AS chain_ref,
    coalesce(e.raw_activity, s.raw_activity) AS raw_activity, s.activity,
    if(e.precision = 'day', {day_of_start}, s.instant) AS started_at, e.instant AS completed_at,
    coalesce(e.observed_after, s.observed_after) AS observed_after,
    if(s.precision = 'day' OR e.precision = 'day', 'day', s.precision) AS precision,
    coalesce(e.first_seq, s.first_seq) AS seq, coalesce(e.resource, s.resource) AS resource,
    coalesce(e.lane, s.lane) AS lane, coalesce(e.channel, s.channel) AS channel, s.role, s.opens_step, s.opens_lane,
    s.opens_until, coalesce(e.attributes, s.attributes) AS attributes, if(e.key IS NULL, 1, 2) AS records,
    coalesce(e.ordinal, s.ordinal) AS ordinal, s.instance, e.half AS ended_by, NULL::VARCHAR AS suspended
FROM paired JOIN halves s ON paired.start = s.ordinal LEFT JOIN halves e ON paired.ending = e.ordinal
UNION ALL SELECT key, source_case_id, chain_ref, raw_activity, activity, NULL, instant, observed_after, precision,
    first_seq, resource, lane, channel, role, opens_step, opens_lane, opens_until, attributes, 1, ordinal, instance,
    half, NULL
FROM paired JOIN halves ON paired.ending = halves.ordinal WHERE paired.start IS NULL
"""

_PLAIN = """
CREATE TEMP VIEW settled AS
SELECT key, source_case_id, chain_ref, raw_activity, activity, started_at, completed_at, observed_after,
precision, first_seq AS seq, resource, lane, channel, role, opens_step, opens_lane, opens_until, attributes,
1 AS records, ordinal, NULL::VARCHAR AS suspended FROM ranked WHERE fate = 'kept'
"""

# a source may give one id to the start of one activity and the completion of another
_KEYS_APART = """
UPDATE settled SET key = settled.key || '-' || later.nth
FROM (
    SELECT ordinal, row_number() OVER (PARTITION BY key ORDER BY ordinal) AS nth FROM settled
) AS later
WHERE settled.ordinal = later.ordinal AND later.nth > 1
"""


def make_events(connection: duckdb.DuckDBPyConnection, zone: str) -> bool:
    """Make `settled` of `ranked`, with days as in `zone`; return whether work of the source lay still in between."""
    if not connection.sql(_HAS_LIFECYCLE).fetchall():
        connection.execute(_PLAIN)
        return False
    next_day = _local_midnight("instant", zone, later=1)
    connection.execute(_PAIRS.format(paired=PAIRED, silent=_ALONE_IT_SAYS_NOTHING, next_day=next_day))
    connection.execute(_SETTLED.format(day_of_start=_local_midnight("s.instant", zone)))
    has_suspensions = add_suspensions(connection, _ALONE_IT_SAYS_NOTHING)
    if connection.sql(_HAS_KEYS_TWICE).fetchall():
        connection.execute(_KEYS_APART)
    return has_suspensions


def _local_midnight(instant: str, zone: str, later: int = 0) -> str:
    """Return SQL for the begin of the local day of an instant, or of one so many days later."""
    return f"((({instant} AT TIME ZONE '{zone}')::DATE + {later})::TIMESTAMP AT TIME ZONE '{zone}')"
