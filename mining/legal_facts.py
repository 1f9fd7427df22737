"""What a log says of suspended and extended terms: from case fields and from activities, brought together.

In: a `Log` and the project. Out: `LegalFacts`, engine tables in whole local days since 1970. A span tells what was
asked and answered, not yet which days the law counts: that depends on the ground (`mining.legal_spans`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from mappings.project import Project
from mining.clocks import Clocks
from mining.engine import kept
from mining.legal_events import marked_events
from mining.log import Log

DATED, OPEN_ONLY, NONE = "dated", "open_only", "none"

SPANS = pa.schema(
    [
        ("case_id", pa.string()),
        ("ground", pa.string()),
        ("from_day", pa.int64()),
        ("to_day", pa.int64()),
        ("term_day", pa.int64()),
        ("has_term", pa.bool_()),
        ("is_inclusive", pa.bool_()),
        ("is_recorded", pa.bool_()),
        ("is_unread", pa.bool_()),
    ]
)
"""One suspension. `has_term`: whether the request set a term, null where the log does not say. `is_recorded`: the
organisation recorded the suspension itself, so that a term was set; else it is read from a request. `is_unread`: its
end or its term is told, and cannot be read."""

EXTENDED = pa.schema(
    [
        ("case_id", pa.string()),
        ("way", pa.string()),
        ("on_day", pa.int64()),
        ("days", pa.int64()),
        ("months", pa.int64()),
        ("until_day", pa.int64()),
        ("nth", pa.int64()),
    ]
)
"""One extension: by days, by months or to a day; all null where its length cannot be read. `nth`: the how manieth one
case table tells so, where no day tells them apart; else 0."""

_TOLD_SPAN = pa.struct(
    [
        ("from", pa.string()),
        ("to", pa.string()),
        ("term", pa.string()),
        ("has_term", pa.bool_()),
        ("ground", pa.string()),
        ("bounds", pa.string()),
        ("is_unread", pa.bool_()),
    ]
)
_TOLD_EXTENSION = pa.struct(
    [("on", pa.string()), ("days", pa.int64()), ("months", pa.int64()), ("until", pa.string()), ("by", pa.string())]
)


@dataclass(frozen=True)
class LegalFacts:
    """Engine tables: `spans` and `extended` as above."""

    spans: Any
    extended: Any
    unpaired_resumes: int
    """Answers for which no request was open: they end nothing."""


def legal_facts(log: Log, project: Project, clocks: Clocks) -> LegalFacts:
    """Return what all sources say."""
    con = log.con
    events = marked_events(log, project, clocks)
    spans, extended = _of_cases(log)
    spans = kept(con, "zs_case_span", spans)
    extended = kept(con, "zs_case_extended", extended)
    unpaired = 0
    if events is not None:
        asked, unpaired = _asked(con, events)
        spans = spans.union(asked)
        extended = extended.union(_extended(events))
    return LegalFacts(spans, extended, unpaired)


def _of_cases(log: Log) -> tuple[pa.Table, pa.Table]:
    """Read the JSON of the case tables, all at once."""
    cases = log.cases
    told = cases.filter(cases.suspensions.notnull()).select("case_id", told=cases.suspensions).to_pyarrow()
    case, _, spans = _read(told, _TOLD_SPAN)
    day = {name: _day(spans.field(name)) for name in ("from", "to", "term")}
    length = len(case)
    found = {
        "case_id": case,
        "ground": spans.field("ground"),
        **{f"{name}_day": values for name, values in day.items()},
        "has_term": spans.field("has_term"),
        "is_inclusive": pc.fill_null(pc.equal(spans.field("bounds"), "inclusive"), False),
        "is_recorded": pa.array([True] * length, pa.bool_()),
        "is_unread": pc.fill_null(spans.field("is_unread"), False),
    }
    longer = pa.Table.from_pylist([], schema=EXTENDED)
    if "extensions" in cases.columns:
        told = cases.filter(cases.extensions.notnull()).select("case_id", told=cases.extensions).to_pyarrow()
        case, row, made = _read(told, _TOLD_EXTENSION)
        longer = pa.table(
            {
                "case_id": case,
                "way": made.field("by"),
                "on_day": _day(made.field("on")),
                "days": made.field("days"),
                "months": made.field("months"),
                "until_day": _day(made.field("until")),
                "nth": pa.nulls(len(made), pa.int64()),
            },
            schema=EXTENDED,
        )
        longer = longer.set_column(longer.column_names.index("nth"), "nth", _nth(row, longer))
    return pa.table(found, schema=SPANS), longer


def _nth(row: pa.Array, longer: pa.Table) -> pa.Array:
    """Return which of the equal extensions each is that a row of the case tables tells without a day; else 0.

    Two fields of equal length are two extensions; of two case tables that tell the same one it is one.
    """
    import pandas as pd

    told = ("way", "days", "months", "until_day")
    alike = pd.DataFrame({"row": row.to_pandas()} | {name: longer[name].to_pandas() for name in told})
    nth = alike.groupby(list(alike.columns), dropna=False).cumcount()
    return pa.array(nth.where(longer["on_day"].to_pandas().isna(), 0), pa.int64())


def _read(told: pa.Table, kind: pa.DataType) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the case, the row and the object of each entry of JSON arrays, parsed by Arrow and not one by one."""
    if not len(told):
        return pa.array([], pa.string()), pa.array([], pa.int64()), pa.array([], kind)
    lines = pc.binary_join_element_wise('{"told": ', told["told"].combine_chunks(), "}\n", "")
    text = "".join(lines.to_pylist()).encode()
    options = pj.ParseOptions(explicit_schema=pa.schema([("told", pa.list_(kind))]), unexpected_field_behavior="ignore")
    lists = pj.read_json(pa.BufferReader(text), parse_options=options)["told"].combine_chunks()
    row = pc.list_parent_indices(lists)
    return told["case_id"].combine_chunks().take(row), row, pc.list_flatten(lists)


def _day(dates: pa.Array) -> pa.Array:
    # Arrow reads no dates from JSON, and casts them from text
    return dates.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())


def known_under(rule: str, log: Log, project: Project) -> Any:
    """Return case_id, known (dated | open_only | none): the most that any source says of suspensions under a rule.

    That is `dated` too where activities of a source of the case would show one. What a source tells of other grounds
    says nothing: who sees that advice was asked need not see that a supplement was.
    """
    awb, rank = project.law.awb, {DATED: 2, OPEN_ONLY: 1}
    grounds = {ground for ground in awb.rules[rule].suspended_by if awb.grounds[ground].suspends}
    about = {s.name: {part.ground for part in s.case.suspensions} for s in project.sources}
    others = [name for name, of_source in about.items() if of_source and not of_source & grounds]
    showing = [
        s.name
        for s in project.sources
        if any(rule.suspends and rule.suspends.ground in grounds for rule in s.activities.values())
    ]
    told = log.cases.filter(~log.cases.source.isin(others)) if others else log.cases
    # a case of such a source on which nothing was done yet was asked for nothing
    would_show = told.source.isin(showing) if showing else ibis.literal(False)
    said = told.mutate(
        rank=ibis.cases((would_show, 2), *((told.suspension_known == word, n) for word, n in rank.items()), else_=0)
    )
    shown = log.events.filter(log.events.source.isin(showing)).select("case_id").distinct().mutate(rank=2)
    every = said.select("case_id", rank=said["rank"].cast("int64")).union(
        shown.select("case_id", rank=shown["rank"].cast("int64"))
    )
    best = every.group_by("case_id").agg(rank=every["rank"].max())
    return best.select("case_id", known=best["rank"].cases((2, DATED), (1, OPEN_ONLY), else_=NONE))


def _asked(con: Any, marked: Any) -> tuple[Any, int]:
    """One span a request: it runs to the first answer on the same ground after it."""
    order = ["day", "slot", "done", "source_order", "seq", "event_id"]
    both = marked.filter(marked.effect.isin(["suspends", "resumes"]))
    to_come = ibis.window(group_by=["case_id", "ground"], order_by=order, preceding=0, following=None)
    in_order = ibis.window(group_by=["case_id", "ground"], order_by=order)
    is_answer = both.effect == "resumes"
    paired = both.mutate(
        to_day=ibis.ifelse(is_answer, both.day, ibis.null("int64")).min().over(to_come),
        follows_request=ibis.coalesce(both.effect.lag().over(in_order) == "suspends", False),
    )
    paired = kept(con, "zs_paired", paired)
    lonely = paired.filter((paired.effect == "resumes") & ~paired.follows_request)
    asked = paired.filter(paired.effect == "suspends")
    has_term = ibis.coalesce(
        asked.sets_term, ibis.ifelse(asked.told_column.isnull(), ibis.null("boolean"), asked.told.notnull())
    )
    term_day = ibis.coalesce(asked.length_day, asked.day + asked.length_days, asked.months_day)
    spans = asked.select(
        "case_id",
        "ground",
        from_day=asked.day,
        to_day=asked.to_day,
        term_day=term_day,
        has_term=has_term,
        is_inclusive=ibis.literal(False),
        is_recorded=ibis.literal(False),
        is_unread=asked.told.notnull() & term_day.isnull(),
    )
    return spans, int(lonely.count().to_pyarrow().as_py())


def _extended(marked: Any) -> Any:
    made = marked.filter(marked.effect == "extends")
    length = {"days": made.length_days, "months": made.length_months, "until_day": made.length_day}
    return made.select("case_id", way=made.ground, on_day=made.day, **length, nth=ibis.literal(0, "int64"))
