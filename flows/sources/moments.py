"""Text to instants: formats, zones, daylight saving, and what a value may be trusted for (TimeColumn).

Inside the program all is UTC. A local time that the clocks skipped in spring is no time and is refused; one
that they struck twice in autumn counts as the earlier and is counted. A value of day precision stands at
local midnight; 24:00 is the end of the day as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from mappings.errors import SourceError
from mappings.source import TimeColumn

US = pa.timestamp("us")
US_UTC = pa.timestamp("us", tz="UTC")
_OFFSET = r"[T ].*(Z|z|[+-]\d{2}(:?\d{2})?)$"
_DATE_ONLY = r"^\d{4}(-?\d{2}-?\d{2}|-?W\d{2}-?\d)$"
_NO_DAY = re.compile(r"^\d{4}-?W\d{2}(?!-?\d)")
"""A week, of which Python takes the Monday."""
_END_OF_DAY = r"(^|[^\d:])24:00((:00([.,]0+)?)?)($|[^\d:.,])"
_CLOCK = re.compile(r"%-?[HIXTcrR]")
"""The parts of a pattern that tell a time of day, also without zeros in front."""
_EXCEL_EPOCH_DAYS = 25_569  # from 30 December 1899 to 1 January 1970
_EXAMPLES = 3
_FIRST_YEAR, _LAST_YEAR = 1000, 9998
"""An earlier year was written in two digits, where the format takes four; later no day can be told in every zone."""
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_000_000  # the years 1 to 9999


@dataclass(frozen=True)
class Moments:
    """A column of instants, and what became of the values that are none."""

    instants: pa.Array
    is_day: pa.Array
    """True where the value has day precision."""
    is_unreadable: pa.Array
    is_nonexistent: pa.Array
    """True where the clocks skipped that local time."""


@dataclass
class MomentReader:
    """Reads one time column, batch after batch, and remembers what it met."""

    column: TimeColumn
    zone: str
    """The source's zone, for a column that does not state its own."""
    given: int = 0
    unreadable: int = 0
    ambiguous: int = 0
    examples: list[str] = field(default_factory=list)
    with_offset: str | None = None
    without_offset: str | None = None

    def read(self, values: pa.Array | pa.ChunkedArray) -> Moments:
        """Return the instants of a text column; null and what stands for empty give null."""
        texts = self._given_texts(_one_array(values))
        instants, locals_, is_date = self._to_the_end_of_day(texts)
        resolved, is_nonexistent = self._resolved(locals_)
        instants, is_placeholder = self._within_years(pc.coalesce(instants, resolved))
        is_none = pc.or_(is_nonexistent, is_placeholder)
        is_unreadable = pc.and_(pc.is_valid(texts), pc.and_not(pc.is_null(instants), is_none))
        self._note(texts, is_unreadable)
        is_day = pc.fill_null(pc.or_(is_date, self._is_day(instants)), False)
        return Moments(self.at_midnight(instants, is_day), is_day, is_unreadable, is_nonexistent)

    def check(self, where: str) -> None:
        """Raise SourceError where no value at all could be read, or where the column mixes values with and
        without offset.
        """
        name = self.column.column
        if self.given and self.unreadable == self.given:
            shown = ", ".join(f"'{value}'" for value in self.examples)
            what = f"no value of column '{name}' reads as a time in format '{self.column.format}', such as {shown}"
            raise SourceError(
                where,
                what,
                "correct 'format'; a pattern such as '%d-%m-%Y %H:%M' says how the times are written",
            )
        if self.with_offset and self.without_offset and self.column.zone is None:
            both = f"with an offset ('{self.with_offset}') and without ('{self.without_offset}')"
            what = f"column '{name}' mixes times {both}"
            raise SourceError(where, what, f"state under the column '{name}' the 'zone' of the times without an offset")

    @property
    def _zone(self) -> str:
        return self.column.zone or self.zone

    def _given_texts(self, values: pa.Array) -> pa.Array:
        texts = pc.utf8_trim_whitespace(values)
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
        if self.column.empty_values:
            empty = pc.is_in(texts, value_set=pa.array(self.column.empty_values, pa.string()))
            texts = pc.if_else(empty, None, texts)
        self.given += len(texts) - texts.null_count
        return texts

    def _to_the_end_of_day(self, texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Return what `_parsed` does, of texts that may say 24:00; where only the day counts, the day as written."""
        is_end = pc.fill_null(pc.match_substring_regex(texts, _END_OF_DAY), False)
        if not pc.any(is_end).as_py():
            return self._parsed(texts)
        begun = pc.replace_substring_regex(texts, _END_OF_DAY, r"\100:00\2\5")
        instants, locals_, is_date = self._parsed(begun)
        # a clock time that stands for none says nothing of the end of a day either
        if self.column.precision == "day" or "00:00" in {text[:5] for text in self.column.day_when_time_is}:
            return instants, locals_, is_date
        later = pc.if_else(is_end, pa.scalar(timedelta(days=1)), pa.scalar(timedelta(0)))
        return pc.add(instants, later), pc.add(locals_, later), is_date

    def _parsed(self, texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Return instants, local times, and whether only a date was given; each value has one of the first
        two.
        """
        match self.column.format:
            case "iso":
                return self._iso(texts)
            case "excel":
                return self._excel(texts)
            case "epoch_s":
                return _since_epoch(texts, 1_000_000), _nulls(texts, US), _all_false(texts)
            case "epoch_ms":
                return _since_epoch(texts, 1_000), _nulls(texts, US), _all_false(texts)
            case pattern:
                return self._by_pattern(texts, pattern)

    def _iso(self, texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
        has_offset = pc.fill_null(pc.match_substring_regex(texts, _OFFSET), False)
        is_date = pc.fill_null(pc.match_substring_regex(texts, _DATE_ONLY), False)
        zoned = pc.if_else(has_offset, texts, None)
        local = pc.if_else(has_offset, None, texts)
        instants, locals_ = _cast(zoned, US_UTC), _cast(local, US)
        # a text that is no time says nothing about how the times are written
        is_local = pc.and_not(pc.is_valid(locals_), is_date)
        self.with_offset = self.with_offset or _first(zoned.filter(pc.is_valid(instants)))
        self.without_offset = self.without_offset or _first(local.filter(is_local))
        return instants, locals_, is_date

    def _excel(self, texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
        is_serial = pc.fill_null(pc.match_substring_regex(texts, r"^\d+(\.\d+)?$"), False)
        days = pc.if_else(is_serial, texts, None).cast(pa.float64())
        # a serial number holds a second in about eleven microseconds: round to milliseconds
        milliseconds = pc.round(pc.multiply(pc.subtract(days, float(_EXCEL_EPOCH_DAYS)), 86_400_000.0))
        serial = _in_range(pc.multiply(milliseconds, 1000.0)).cast(US)
        instants, local, is_date = self._iso(pc.if_else(is_serial, None, texts))
        is_whole = pc.fill_null(pc.equal(pc.floor(days), days), False)
        return instants, pc.coalesce(serial, local), pc.or_(is_date, pc.and_(is_serial, is_whole))

    def _by_pattern(self, texts: pa.Array, pattern: str) -> tuple[pa.Array, pa.Array, pa.Array]:
        import duckdb

        # Arrow's strptime takes 31 February for 2 March; DuckDB's refuses it
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = pa.table({"text": texts})
            connection.register("rows", rows)
            try:
                parsed = connection.sql(
                    "SELECT try_strptime(text, $pattern) AS at FROM rows", params={"pattern": pattern}
                ).to_arrow_table()
            except duckdb.InvalidInputException as error:
                what, known = f"'{pattern}' is no pattern for times", "'%d-%m-%Y %H:%M:%S'"
                remedy = f"correct 'format' with the parts of strptime, as in {known}"
                raise SourceError(f"column '{self.column.column}'", what, remedy) from error
        at = _one_array(parsed.column("at"))
        date_only = pa.scalar(_CLOCK.search(pattern) is None)
        is_date = pc.if_else(date_only, pc.is_valid(at), False)
        if pa.types.is_timestamp(at.type) and at.type.tz is not None:
            return at.cast(US_UTC), _nulls(texts, US), is_date
        return _nulls(texts, US_UTC), at.cast(US, safe=False), is_date  # of nanoseconds

    def _resolved(self, locals_: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return local times as instants, and where the clocks skipped them."""
        early = pc.assume_timezone(locals_, self._zone, ambiguous="earliest", nonexistent="earliest")
        late = pc.assume_timezone(locals_, self._zone, ambiguous="latest", nonexistent="latest")
        differs = pc.fill_null(pc.not_equal(early, late), False)
        if not pc.any(differs).as_py():
            return early.cast(US_UTC), _all_false(locals_)
        is_nonexistent = pc.and_(differs, pc.fill_null(pc.not_equal(pc.local_timestamp(early), locals_), False))
        self.ambiguous += pc.sum(pc.and_(differs, pc.invert(is_nonexistent))).as_py() or 0
        return pc.if_else(is_nonexistent, None, early).cast(US_UTC), is_nonexistent

    def _local(self, instants: pa.Array) -> pa.Array:
        return pc.local_timestamp(instants.cast(pa.timestamp("us", tz=self._zone)))

    def _within_years(self, instants: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return the instants of years that stand for themselves, and where a year stands for empty."""
        year = pc.year(self._local(instants))
        is_placeholder = _all_false(instants)
        if self.column.empty_before is not None:
            is_placeholder = pc.or_(is_placeholder, pc.less(year, self.column.empty_before))
        if self.column.empty_from is not None:
            is_placeholder = pc.or_(is_placeholder, pc.greater_equal(year, self.column.empty_from))
        is_beyond = pc.or_(pc.less(year, _FIRST_YEAR), pc.greater(year, _LAST_YEAR))
        is_placeholder = pc.fill_null(is_placeholder, False)
        return pc.if_else(pc.or_(is_placeholder, is_beyond), None, instants), is_placeholder

    def _is_day(self, instants: pa.Array) -> pa.Array:
        if self.column.precision == "day":
            return pc.is_valid(instants)
        if not self.column.day_when_time_is:
            return _all_false(instants)
        clock = pa.array([time.fromisoformat(text) for text in self.column.day_when_time_is], pa.time64("us"))
        # some systems add a few milliseconds to a date without a time
        whole_seconds = pc.floor_temporal(self._local(instants), unit="second")
        return pc.is_in(whole_seconds.cast(pa.time64("us")), value_set=clock)

    def at_midnight(self, instants: pa.Array, is_day: pa.Array) -> pa.Array:
        """Return the instants, those of day precision at the beginning of their local day."""
        if not pc.any(is_day).as_py():
            return instants
        midnight = pc.floor_temporal(self._local(instants), unit="day")
        # where the clocks skip midnight the day begins with its first instant
        began = pc.assume_timezone(midnight, self._zone, ambiguous="earliest", nonexistent="latest").cast(US_UTC)
        return pc.if_else(is_day, began, instants)

    def _note(self, texts: pa.Array, is_unreadable: pa.Array) -> None:
        self.unreadable += pc.sum(is_unreadable).as_py() or 0
        if len(self.examples) < _EXAMPLES and pc.any(is_unreadable).as_py():
            found = pc.unique(texts.filter(is_unreadable)).to_pylist()
            self.examples.extend(found[: _EXAMPLES - len(self.examples)])


def _cast(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return ISO texts as moments, null where a text is none."""
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        encoded = texts.dictionary_encode()
        return pa.array([_iso_moment(text, kind) for text in encoded.dictionary.to_pylist()], kind).take(
            encoded.indices
        )


def _iso_moment(text: str, kind: pa.DataType) -> datetime | None:
    if _NO_DAY.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if (moment.tzinfo is None) != (kind.tz is None):
        return None
    return moment if kind.tz is None else moment.astimezone(UTC)


def _since_epoch(texts: pa.Array, unit_us: int) -> pa.Array:
    is_number = pc.fill_null(pc.match_substring_regex(texts, r"^-?\d{1,18}(\.\d+)?$"), False)
    number = pc.if_else(is_number, texts, None).cast(pa.float64())
    return _in_range(pc.round(pc.multiply(number, float(unit_us)))).cast(US_UTC)


def _in_range(microseconds: pa.Array) -> pa.Array:
    fits = pc.and_(pc.greater(microseconds, float(_EARLIEST)), pc.less(microseconds, float(_LATEST)))
    return pc.if_else(fits, microseconds, None).cast(pa.int64())


def _one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _first(values: pa.Array) -> str | None:
    found = values.drop_null()
    return found[0].as_py() if len(found) else None


def _nulls(like: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.nulls(len(like), kind)


def _all_false(like: pa.Array) -> pa.Array:
    return pa.repeat(False, len(like))
