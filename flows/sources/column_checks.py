"""Whether a source has the columns that its mapping names, file by file and, where there is no header, at the end.

In: batches of records as they come. Out: SourceError where a column is missing, or other than in the last delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.sources.columns import attempt_names, case_names, event_names, require, same_columns
from flows.sources.records import RawBatch, Told
from mappings.source import Source


@dataclass
class ColumnChecks:
    """The columns that were seen, and which files were looked at."""

    source: Source
    told: Told
    columns: dict[str, None] = field(default_factory=dict)
    schema: list[str] | None = None
    """The columns of the files of a delivery."""
    _checked: set[tuple[int, bool]] = field(default_factory=set)
    _compared: set[int] = field(default_factory=set)

    def check(self, batch: RawBatch) -> None:
        """Look at the columns of a file where it begins. Raises SourceError."""
        self.columns.update(dict.fromkeys(batch.table.column_names))
        if self.source.deliveries is not None:
            self._check_schema(batch)
        if self.source.kind in ("xes", "ocel") or (batch.file, batch.is_cases) in self._checked:
            return
        self._checked.add((batch.file, batch.is_cases))
        wanted = case_names(self.source) if batch.is_cases else self._wanted()
        require(self.source, wanted, batch.table.column_names, batch.where.rpartition(" ")[0])

    def _check_schema(self, batch: RawBatch) -> None:
        if self.source.kind in ("xes", "ocel") or batch.file in self._compared:
            return
        self._compared.add(batch.file)
        former = self.told.before.get("columns") if self.schema is None else self.schema
        self.schema = same_columns(self.source, former, batch.table.column_names, batch.where.rpartition(" ")[0])
        self.told.after["columns"] = self.schema

    def _wanted(self) -> list[str]:
        return attempt_names(self.source) if self.source.record == "attempts" else event_names(self.source)

    def check_whole(self) -> None:
        """Look at the columns of all records, of formats without a header. Raises SourceError."""
        if self.source.kind in ("xes", "ocel"):
            require(self.source, self._wanted(), self.columns, f"source '{self.source.name}'")
