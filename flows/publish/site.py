"""The page over runs: per mapping its runs, and the trend of lead time, norms and quality.

In: a folder of runs. Out: `index.html` in it, self-contained, that links to each run's own page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from flows.publish.page import TEMPLATES, content_hash, template
from flows.publish.page_numbers import Numbers
from flows.publish.runs import NormRow, RunRow, Unread, runs_of, write_whole
from flows.publish.svg.draw import PALETTE
from flows.publish.svg.trend import trend
from flows.publish.words import LANGUAGES, Words


@dataclass(frozen=True)
class Line:
    """A run in the table: where its page is, what the link says, and the cells after it."""

    href: str
    moment: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    """The runs of one mapping, told in one language."""

    key: str
    question: str
    answer: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    svg: str = ""
    heading: str = ""
    summary: str = ""
    notes: tuple[str, ...] = ()


def write_site(out: Path) -> Path:
    """Write `out`/index.html over all runs in it, and return its path. Raises ZaakstroomError without a folder."""
    rows, unread = runs_of(out)
    path = out / "index.html"
    write_whole(path, site(rows, unread))
    return path


def site(rows: tuple[RunRow, ...], unread: tuple[Unread, ...] = ()) -> str:
    """Return the page as HTML, in the language of the newest run; the other one is a switch away."""
    newest = max(rows, key=lambda row: row.at, default=None)
    first = newest.project.language if newest else "nl"
    style = template("page.css.j2").render(palette=PALETTE)
    script = (TEMPLATES / "page.js").read_text("utf-8")
    order = sorted(LANGUAGES, key=lambda each: each != first)
    return template("site.html.j2").render(
        first=first,
        tellings=[(words, shelves(rows, words), _unread(unread, words)) for words in map(Words, order)],
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        style_hash=content_hash(style),
        script_hash=content_hash(script),
    )


def shelves(rows: Iterable[RunRow], words: Words) -> tuple[Shelf, ...]:
    """Return one shelf a mapping, its runs in the order of their moments."""
    by_project = groupby(sorted(rows, key=lambda row: row.project.name), key=lambda row: row.project.name)
    return tuple(_shelf(name, sorted(runs, key=lambda r: (r.at, r.folder)), words) for name, runs in by_project)


def _shelf(name: str, runs: list[RunRow], words: Words) -> Shelf:
    numbers = Numbers(words)
    norms = {norm.name: words.of(norm.title, norm.name) for run in runs for norm in run.norms}
    moments = list({run.at: run for run in runs}.values())
    heading = words("site_trend")
    summary = _summary(moments, numbers)
    is_trend = len(moments) > 1
    return Shelf(
        key=f"{words.language}-{name}",
        question=words("site_question", project=words.of(runs[-1].project.title, name)),
        answer=_answer(moments, numbers),
        columns=_columns(norms, words),
        lines=tuple(_line(before, run, norms, numbers) for before, run in reversed([*pairwise([None, *runs])])),
        svg=trend(moments, numbers, f"trend-{words.language}-{name}", heading, summary) if is_trend else "",
        heading=heading,
        summary=summary,
        notes=_notes(runs, moments, words),
    )


def _answer(moments: list[RunRow], numbers: Numbers) -> str:
    newest, words = moments[-1], numbers.words
    filled = {
        "date": numbers.day(newest.at, newest.project.zone),
        "mean": _time(newest, newest.mean_seconds, numbers.long, words),
        "median": _time(newest, newest.median_seconds, numbers.long, words),
    }
    if len(moments) == 1:
        return words("site_answer_one", **filled)
    before = moments[-2]
    said = numbers.day(before.at, before.project.zone)
    mean_before = _time(before, before.mean_seconds, numbers.long, words)
    return words("site_answer", **filled, before=said, mean_before=mean_before)


def _summary(moments: list[RunRow], numbers: Numbers) -> str:
    first, last, words = moments[0], moments[-1], numbers.words
    return words(
        "site_trend_summary",
        count=len(moments),
        first=numbers.day(first.at, first.project.zone),
        last=numbers.day(last.at, last.project.zone),
        mean_first=_time(first, first.mean_seconds, numbers.long, words),
        mean_last=_time(last, last.mean_seconds, numbers.long, words),
    )


def _notes(runs: list[RunRow], moments: list[RunRow], words: Words) -> tuple[str, ...]:
    notes = []
    if len(moments) < len(runs):
        notes.append(words("site_same_moment"))
    if len({run.run.mapping_hash for run in runs}) > 1:
        notes.append(words("site_mapping_changed"))
    return tuple(notes)


def _columns(norms: dict[str, str], words: Words) -> tuple[str, ...]:
    plain = ("as_of", "interval", "cases", "open", "mean", "median", "direct", "loops")
    return (
        *(words(f"site_{name}") for name in plain),
        *(words("site_norm", norm=title) for title in norms.values()),
        words("site_quality"),
        words("site_mapping"),
    )


def _line(before: RunRow | None, run: RunRow, norms: dict[str, str], numbers: Numbers) -> Line:
    words = numbers.words
    kept = {norm.name: norm for norm in run.norms}
    changed = "first" if before is None else "same" if before.run.mapping_hash == run.run.mapping_hash else "changed"
    cells = (
        _interval(run, numbers),
        _count(run.cases, numbers),
        _count(run.open_cases, numbers),
        _time(run, run.mean_seconds, numbers.short, words),
        _time(run, run.median_seconds, numbers.short, words),
        *_route(run, numbers),
        *(_met(kept.get(name), numbers) for name in norms),
        words.either(f"verdict_{run.verdict}", run.verdict),
        words(f"site_{changed}"),
    )
    return Line(quote(f"{run.folder}/index.html"), numbers.moment(run.at, run.project.zone), cells)


def _route(run: RunRow, numbers: Numbers) -> tuple[str, ...]:
    """Return direct route and loops, as parts that add up to the mean."""
    if run.direct_seconds is None or run.loops_seconds is None:
        return tuple(_time(run, each, numbers.short, numbers.words) for each in (run.direct_seconds, run.loops_seconds))
    return numbers.short_parts((run.direct_seconds, run.loops_seconds))


def _interval(run: RunRow, numbers: Numbers) -> str:
    since, until = run.run.interval_from, run.run.interval_to
    if since is None and until is None:
        return numbers.words("site_whole")
    ends = (numbers.day(m, run.project.zone) if m else numbers.words("site_open_end") for m in (since, until))
    return " – ".join(ends)


def _met(norm: NormRow | None, numbers: Numbers) -> str:
    if norm is None or norm.met_share is None:
        return "–"
    share = numbers.share(norm.met_share)
    if norm.judged is None:
        return share
    return numbers.words("site_norm_cell", share=share, cases=numbers.count(norm.judged))


def _time(run: RunRow, seconds: float | None, tell: Callable[[float | None], str], words: Words) -> str:
    """Tell a time of a run; one of cases that there are is known, also where it is not told."""
    return words("not_told") if seconds is None and run.cases != 0 else tell(seconds)


def _count(value: int | None, numbers: Numbers) -> str:
    return numbers.words("not_told") if value is None else numbers.count(value)


def _unread(unread: tuple[Unread, ...], words: Words) -> tuple[str, ...]:
    return tuple(words("site_unread", folder=each.folder, why=each.why) for each in unread)
