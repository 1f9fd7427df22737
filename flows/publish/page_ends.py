"""The sections over time: how soon cases end, how norms were kept by month, and since when it goes otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from babel.dates import format_date

from flows.publish.page_numbers import DAY, HOUR, Clock, between
from flows.publish.page_tables import Figure, Said, Section, Table, Telling, table
from flows.publish.svg.curves import Line, curves
from flows.publish.svg.scene import Scene
from mining.results.drift import Change
from mining.results.norms import NormResult
from mining.results.survival import NormMonth, OpenEnds, Reached, Survival


def ends_section(telling: Telling) -> Section | None:
    """Return the curves over all cases, open ones included, and where each group's shares are reached."""
    ends, words = telling.findings.open_ends, telling.words
    by_clock = {s.clock: s for s in ends.survival if s.group == "all" and len(s.curve) > 1} if ends else {}
    if ends is None or "elapsed" not in by_clock:
        return None
    heading = words("ends_title")

    def answer(scene: Scene) -> str:
        return _ends_said(telling, by_clock[scene.clock], scene.clock)

    def drawn(scene: Scene) -> str:
        return _curve(telling, by_clock[scene.clock], scene, heading, answer(scene))

    is_told = "working" in by_clock
    said = telling.by_clock(answer) if is_told else answer(telling.plain)
    picture = telling.by_clock(drawn, "ends") if is_told else drawn(telling.scene("elapsed", "ends"))
    untold = telling.untold("legal") if is_told else telling.untold("working", "legal")
    figure = Figure(heading, words("ends_note"), picture)
    tables, notes = (_ends_table(telling),), _left_out(telling, ends)
    return Section("ends", words("ends_question"), (said,), (figure,), tables, notes, untold)


def _left_out(telling: Telling, ends: OpenEnds) -> tuple[str, ...]:
    """Return of how many cases the curves do not tell, or not all."""
    counts = {name: getattr(ends, name) for name in ("not_followed", "entered_late", "ended_unobserved")}
    return tuple(telling.words(f"ends_{name}", count=telling.numbers.count(n)) for name, n in counts.items() if n)


def _ends_said(telling: Telling, whole: Survival, clock: Clock) -> str:
    cases, still_open = map(telling.numbers.count, (whole.cases, whole.open))
    if not whole.is_enough:
        return telling.words("ends_few", cases=cases, open=still_open)
    reached = {r.share: r for r in whole.to_any_end}
    return telling.words(
        "ends_answer",
        cases=cases,
        open=still_open,
        half=_ended_within(telling, reached[0.5], clock),
        most=_ended_within(telling, reached[0.9], clock),
    )


def _ended_within(telling: Telling, found: Reached, clock: Clock) -> str:
    """Return within which age a share has ended, or within which it has not, as in a sentence."""
    age = found.at_least_seconds if found.seconds is None else found.seconds
    return telling.words("ends_not_by" if found.seconds is None else "ends_by", age=telling.numbers.long(age, clock))


def _curve(telling: Telling, whole: Survival, scene: Scene, heading: str, summary: str) -> str:
    words, numbers = telling.words, telling.numbers
    unit = HOUR if scene.clock == "working" else DAY
    kinds = ("open", "delivered", "ended", "closed")
    last_shares = numbers.shares([getattr(whole.curve[-1], f"{kind}_share") for kind in kinds])
    at_last = dict(zip(kinds, last_shares, strict=True))
    lines_ = [
        Line(
            f"{words(f'ends_{name}')} {at_last[name]}",
            colour,
            tuple((p.age_seconds / unit, getattr(p, f"{name}_share")) for p in whole.curve),
            dashes,
            is_stepped=True,
        )
        for name, colour, dashes in (
            ("open", "ink", None),
            ("delivered", "work", "7 3"),
            ("ended", "partner", "2 3"),
            ("closed", "unknown-edge", "1 4"),
        )
        if any(getattr(p, f"{name}_share") for p in whole.curve)
    ]
    last = whole.curve[-1].age_seconds / unit
    across = [(last * i / 6, scene.short(last * i / 6 * unit) if i else "0") for i in range(7)]
    up = [(i / 4, numbers.share(i / 4) if i else "0") for i in range(5)]
    marks = [
        (n.limit_seconds / unit, f"{words(f'{n.kind}_norm')} {scene.short(n.limit_seconds)}")
        for n in telling.findings.norms
        if n.is_whole and n.clock == scene.clock and n.limit_seconds and n.limit_seconds / unit <= last
    ]
    return curves(scene, lines_, across, up, marks, heading, summary)


def _reached(
    telling: Telling,
    found: Reached | None,
    clock: Clock = "elapsed",
    tell: Callable[[float | None, Clock], str] | None = None,
) -> str:
    """Return when a share is reached, else the age up to which it is not; as in a sentence unless `tell` is given."""
    tell = tell or telling.numbers.long
    if found is None:
        return telling.words("unknown")
    if found.seconds is not None:
        return tell(found.seconds, clock)
    return telling.words("not_reached", least=tell(found.at_least_seconds, clock))


def _ends_table(telling: Telling) -> Table:
    words, numbers, ends = telling.words, telling.numbers, telling.findings.open_ends
    rows: list[tuple[Said, ...]] = []
    for each in ends.survival if ends else ():
        value = telling.plain.persona(each.value) if each.group == "persona" else each.value
        named = words(f"group_{each.group}") + (f" {value}" if value else "")
        reached = {r.share: r for r in each.to_any_end}
        clock: Clock = "working" if each.clock == "working" else "elapsed"
        rows.append(
            (
                f"{named} ({words(f'norm_clock_{each.clock}')})",
                *map(numbers.count, (each.cases, each.open, each.delivered, each.ended, each.closed)),
                *(
                    words("too_few")
                    if not each.is_enough
                    else _reached(telling, reached[share], clock, numbers.short)
                    if share in reached
                    else "–"
                    for share in (0.5, 0.8, 0.9)
                ),
            )
        )
    columns = ("column_what", "column_cases", "column_open", "ends_delivered", "ends_ended", "ends_closed")
    named = [*map(words, columns), *(words("ends_within", share=s) for s in ("50", "80", "90"))]
    return table(words("ends_table"), named, rows)


def drift_section(telling: Telling) -> Section | None:
    """Return lead time by the month in which cases began, with the weeks from which it is sure to differ."""
    drift, words = telling.findings.drift, telling.words
    if drift is None or len(drift.months) < 2:
        return None
    if not drift.is_determinable:
        answer = words("drift_unknown")
    elif drift.changes:
        answer = words("drift_answer", n=len(drift.changes), first=_change(telling, drift.changes[0]))
    else:
        answer = words("drift_none", series=telling.numbers.count(drift.series_tested))
    heading = words("drift_title")
    months = [m.month for m in drift.months]
    few = frozenset(i for i, m in enumerate(drift.months) if not m.is_enough)
    lines_ = [
        Line(
            words(key),
            colour,
            tuple((m.month.toordinal(), _days(getattr(m, name).seconds)) for m in drift.months),
            dashes,
            has_dots=True,
            hollow=few,
        )
        for key, name, colour, dashes in (
            ("spread_median", "median", "ink", None),
            ("spread_p90", "p90", "wait-edge", "6 3"),
        )
    ]
    most = max([y for each in lines_ for _, y in each.points if y is not None], default=1.0)
    up = [(most * i / 4, telling.numbers.short(most * i / 4 * DAY) if i else "0") for i in range(5)]
    marks = [
        (c.week.toordinal(), telling.numbers.day(c.week))
        for c in drift.changes
        if c.series == "lead_time" and months[0] <= c.week and c.month <= months[-1]
    ]
    scene = telling.scene("elapsed", "drift")
    figure = Figure(
        heading, words("drift_note"), curves(scene, lines_, _ticks(telling, months), up, marks, heading, answer)
    )
    return Section(
        "drift",
        words("drift_question"),
        (answer,),
        (figure,),
        _drift_tables(telling),
        untold=telling.untold("working", "legal"),
    )


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / DAY


def _change(telling: Telling, change: Change) -> str:
    words, numbers, plain = telling.words, telling.numbers, telling.plain
    if change.series == "lead_time":
        before, after = (numbers.long(v) for v in (change.before, change.after))
        return words("drift_lead", week=numbers.day(change.week), before=before, after=after)
    before, after = (numbers.share(v) for v in (change.before, change.after))
    route = f"{plain.activity(change.from_ or '')} → {plain.activity(change.to or '')}"
    return words("drift_follows", week=numbers.day(change.week), route=route, before=before, after=after)


def _drift_tables(telling: Telling) -> tuple[Table, ...]:
    words, numbers, drift = telling.words, telling.numbers, telling.findings.drift
    if drift is None:
        return ()
    rows = [
        (
            _month(telling, m.month),
            *map(numbers.count, (m.cases, m.open)),
            *(_reached(telling, r) if m.is_enough else words("too_few") for r in (m.median, m.p90)),
        )
        for m in drift.months
    ]
    columns = ("column_month", "column_cases", "column_open", "spread_median", "spread_p90")
    changed = [(_change(telling, c), *map(numbers.count, (c.cases_before, c.cases_after))) for c in drift.changes]
    tables = [table(words("drift_title"), map(words, columns), rows)]
    if changed:
        named = map(words, ("column_what", "cases_before", "cases_after"))
        tables.append(table(words("drift_changes"), named, changed, is_open=True))
    return tuple(tables)


def norm_months_figures(telling: Telling) -> tuple[tuple[Figure, ...], tuple[Table, ...]]:
    """Return how each norm was kept by the month in which its time began, and what open cases may still do to it."""
    words, numbers = telling.words, telling.numbers
    figures, tables = [], []
    for norm in telling.findings.norms:
        mine = [m for m in telling.findings.norm_months if m.norm == norm.name and m.by == "started_in"]
        if len(mine) < 2:
            continue
        name = words.of(norm.title, norm.name)
        heading = words("norm_months_title", norm=name)
        note = _months_note(telling, norm)
        figures.append(Figure(heading, note, _norm_months(telling, mine, heading)))
        rows = [
            (
                _month(telling, m.month),
                *map(numbers.count, (m.cases, m.met, m.missed, m.open)),
                numbers.share(m.met_share) if m.is_enough else words("too_few"),
                between(numbers.share(m.met_at_least), numbers.share(m.met_at_most)),
            )
            for m in mine
        ]
        columns = (
            "column_month",
            "column_cases",
            "column_met",
            "column_missed",
            "column_open",
            "column_met_share",
            "column_may_be",
        )
        tables.append(table(heading, map(words, columns), rows))
    return tuple(figures), tuple(tables)


def _months_note(telling: Telling, norm: NormResult) -> str:
    """Return how the months are read, and what is in none of them, or in one column alone."""
    keys = ["norm_months_note", "norm_months_rest"]
    keys += ["norm_months_left"] if norm.spread and norm.spread.left_out else []
    keys += ["norm_months_back"] if telling.findings.is_look_back else []
    return " ".join(map(telling.words, keys))


def _norm_months(telling: Telling, mine: list[NormMonth], heading: str) -> str:
    numbers = telling.numbers
    points = tuple((m.month.toordinal(), m.met_share) for m in mine)
    few = frozenset(i for i, m in enumerate(mine) if not m.is_enough)
    last = next((m for m in reversed(mine) if m.is_enough), mine[-1])
    kept = Line(telling.words("met_said"), "work", points, None, has_dots=True, hollow=few)
    spans = [(m.month.toordinal(), m.met_at_least or 0.0, m.met_at_most or 0.0) for m in mine if m.open]
    up = [(i / 4, numbers.share(i / 4) if i else "0") for i in range(5)]
    share = numbers.share(last.met_share) if last.is_enough else telling.words("too_few")
    said = f"{_month(telling, last.month)}: {share}"
    scene = telling.scene("elapsed", f"norm-{telling.findings.norms.index(_norm(telling, mine))}")
    return curves(scene, [kept], _ticks(telling, [m.month for m in mine]), up, (), heading, said, spans)


def _norm(telling: Telling, mine: list[NormMonth]) -> NormResult:
    return next(n for n in telling.findings.norms if n.name == mine[0].norm)


def _ticks(telling: Telling, months: list[date]) -> list[tuple[float, str]]:
    return [(m.toordinal(), _month(telling, m)) for m in months]


def _month(telling: Telling, month: date) -> str:
    return format_date(month, "MMM y", locale=telling.numbers.locale)
