"""What the command line says at the end of a run."""

from __future__ import annotations

from pathlib import Path

from flows.counted import counted
from mining.findings import Findings

_DAY = 86_400


def summary(findings: Findings, folder: Path) -> str:
    """Return the run in a few lines: cases, lead time, route and loops, largest amounts, verdict, files."""
    elapsed, working = findings.lead_time.elapsed, findings.lead_time.working
    cohort = findings.cohort
    lines = [
        f"cases            {findings.log.cases} ({cohort.cases} with a lead time, {cohort.open_cases} open"
        f"{_without(findings.log.without_lead_time)})",
        f"events           {findings.log.events} of {findings.log.activities} activities"
        f" in {findings.log.variants} variants",
        f"lead time        median {_days(elapsed.median_seconds)}, mean {_days(elapsed.mean_seconds)};"
        f" working clock: mean {_hours(working.mean_seconds)}",
        *(_parts(findings) if elapsed.cases else ()),
        f"quality          {findings.quality.verdict}",
        f"published        {folder / 'index.html'}",
    ]
    return "\n".join(lines)


def _parts(findings: Findings) -> tuple[str, ...]:
    """Return what the lead time consists of, where a case has ended."""
    from flows.publish.page_numbers import Numbers, rounded_parts
    from flows.publish.words import Words

    known = findings.knowledge
    kinds = len(findings.loops) + findings.other_loops_count
    shares = Numbers(Words("en")).shares((known.before_first_share, known.recorded_share, known.after_last_share))
    before, recorded, after = (share.replace("\u00a0", "") for share in shares)
    route = (findings.direct_route.elapsed.total_seconds, _loops(findings))
    rounded = rounded_parts(tuple(part / _DAY for part in route), 1)
    direct, loops = (_days(each * _DAY or part) for each, part in zip(rounded, route, strict=True))
    return (
        f"direct route     {direct}",
        f"loops            {loops} in {counted(kinds, 'kind')}",
        f"recorded         {before} of the lead time lies before the first event,"
        f" {recorded} between events, {after} after the last",
        *_above(findings),
    )


def _without(cases: int) -> str:
    return f", {cases} closed without a lead time" if cases else ""


def _loops(findings: Findings) -> float:
    rest = findings.other_loops.elapsed.total_seconds if findings.other_loops else 0.0
    return sum(loop.elapsed.total_seconds for loop in findings.loops) + rest


def _above(findings: Findings) -> list[str]:
    """The three largest amounts above design; steps without a design show their wait, and say so."""
    lines = []
    for n, amount in enumerate(findings.above_design[:3]):
        kind = "above design" if amount.has_design else "waiting or unknown, no design"
        title = amount.title.get("en") or " → ".join(amount.name)
        head = "largest amounts  " if n == 0 else " " * 17
        lines.append(f"{head}{title}: {_days(amount.above_seconds)} a case ({kind}, {counted(amount.cases, 'case')})")
    return lines


def _days(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    return "< 0.1 days" if 0 < seconds < _DAY / 20 else f"{seconds / _DAY:.1f} days"


def _hours(seconds: float | None) -> str:
    return "not known" if seconds is None else f"{seconds / 3600:.1f} working hours"
