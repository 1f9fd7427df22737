"""docs/quality.md as text, made from the catalogue, so that the page and the gate cannot say different things."""

from __future__ import annotations

from mining.quality_catalogue import CATALOGUE, Definition

_INTRO = """# Quality measures

Made from the catalogue (`mining/quality_catalogue.py`); do not edit by hand: `python -m flows.gate.guide` writes it.

The engine measures, Great Expectations judges: a value **above** a threshold gives its verdict, and the worst
measure is the verdict of its source. `warn` is published and shown on every page that depends on it; `stop` publishes
nothing, and the last good publication stays. A measure that the data cannot show is `not_determinable`, with
the reason.

Thresholds may be set for each source in its mapping; shares are written 0–1:

```yaml
thresholds:
  lane_unknown: {warn: 0.25, stop: 0.6}
  freshness: {warn: 7}
```

A kind (`warn` or `stop`) that is left out keeps its default. One exception is fixed by law rather than by taste:
raise `personal_data` only where the columns found are known to hold something else.
"""
_PATTERNS = """
The eleven patterns are those of Suriadi, Andrews, ter Hofstede and Wynn, *Event log imperfection patterns for process
mining* (Information Systems 64, 2017). Each measure is a sign that the pattern may be there, for a person to judge.
"""
_TITLES = {
    "privacy": "Personal data",
    "columns": "Completeness and uniqueness",
    "times": "Times",
    "mapping": "From source to event",
    "cases": "Cases and coverage",
    "patterns": "Imperfection patterns",
}


def guide() -> str:
    """Return the whole document in Markdown."""
    parts = [_INTRO]
    for group, title in _TITLES.items():
        parts.append(f"\n## {title}\n{_PATTERNS if group == 'patterns' else ''}")
        parts.append(
            "\n| measure | unit | warn above | stop above | what it means | what to do |\n|---|---|---|---|---|---|\n"
        )
        parts += [_line(d) for d in CATALOGUE if d.group == group]
    return "".join(parts)


def _line(d: Definition) -> str:
    return f"| `{d.name}` | {d.unit} | {_limit(d.warn)} | {_limit(d.stop)} | {d.meaning[1]} | {d.remedy[1]} |\n"


def _limit(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
