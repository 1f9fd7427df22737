"""The quality page: per source the verdict, every measure with its thresholds, patterns, quarantine and the law.

In: the verdicts and the reconciliation as they stand in the findings. Out: one self-contained `index.html`, without
script and without any request, under a Content-Security-Policy that allows its own style sheet alone.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.publish.noted import noted
from flows.publish.words import catalogue
from mining.quality_catalogue import CATALOGUE, Definition
from mining.results.quality import Measure, Quality, ReconciliationRow, SourceQuality

_TEMPLATES = Path(__file__).parent / "templates"
_MARKS = {"ok": "✓", "warn": "!", "stop": "✗", "not_determinable": "–"}
_EXAMPLES_OF_A_REASON = 5
_DEFINITIONS = {d.name: d for d in CATALOGUE}


@dataclass(frozen=True)
class QuarantinedRecord:
    """A quarantined record as the page shows it; `content` is pseudonymised at extraction."""

    source: str
    record: str
    reason: str
    detail: str | None = None
    content: str | None = None


@dataclass(frozen=True)
class _Row:
    """A measure in words of one language."""

    name: str
    title: str
    value: str
    warn: str
    stop: str
    verdict: str
    meaning: str
    remedy: str
    detail: str
    examples: tuple[str, ...]


def write_quality(
    folder: Path,
    quality: Quality,
    reconciliation: Sequence[ReconciliationRow],
    quarantine_examples: Iterable[QuarantinedRecord] = (),
    language: str = "nl",
) -> Path:
    """Write `folder`/index.html and return its path; Data Docs are linked where they stand beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    has_docs = (folder / "data-docs" / "index.html").is_file()
    page = quality_html(quality, reconciliation, quarantine_examples, language, has_docs)
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


def quality_html(
    quality: Quality,
    reconciliation: Sequence[ReconciliationRow],
    quarantine_examples: Iterable[QuarantinedRecord] = (),
    language: str = "nl",
    has_data_docs: bool = False,
) -> str:
    """Return the page as text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    css = (_TEMPLATES / "quality.css").read_text(encoding="utf-8")
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"plain": plain, "count": lambda n: _decimal(n, 0, language)}
    environment.filters["noted"] = lambda text: noted(text, language)
    return environment.get_template("quality.html.j2").render(
        language=language,
        policy=_policy(css),
        css=Markup(css),  # noqa: S704 - our own file; escaped quotes would change its hash
        w=catalogue(language, "quality"),
        marks=_MARKS,
        quality=quality,
        sources=[_source(s, language) for s in quality.sources],
        reconciliation=reconciliation,
        quarantine=_by_reason(reconciliation, quarantine_examples),
        has_data_docs=has_data_docs,
    )


def plain(text: str | None) -> str:
    """Return a text of the data for a page: controls and direction overrides are shown by their code, not obeyed."""
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in ("Cc", "Cf") and c != "\u200d" else c for c in text or ""
    )


def _policy(css: str) -> str:
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _source(source: SourceQuality, language: str) -> dict[str, Any]:
    rows = [(_DEFINITIONS[m.measure], _row(m, _DEFINITIONS[m.measure], language)) for m in source.measures]
    groups = dict.fromkeys(d.group for d, _ in rows)
    return {
        "source": source.source,
        "verdict": source.verdict,
        "flagged": [row for verdict in ("stop", "warn") for _, row in rows if row.verdict == verdict],
        "groups": [(group, [row for d, row in rows if d.group == group]) for group in groups],
    }


def _row(measure: Measure, definition: Definition, language: str) -> _Row:
    at = 1 if language == "en" else 0
    return _Row(
        name=measure.measure,
        title=definition.title[at],
        value=_amount(measure.value, measure.unit, language),
        warn=_amount(measure.warn, measure.unit, language),
        stop=_amount(measure.stop, measure.unit, language),
        verdict=measure.verdict,
        meaning=definition.meaning[at],
        remedy=definition.remedy[at],
        detail=measure.detail.get(language, ""),
        examples=measure.examples,
    )


def _amount(value: float | None, unit: str, language: str) -> str:
    if value is None:
        return "–"
    if unit == "share":
        percent = value * 100
        if 0 < percent < 0.01:
            return f"< {_decimal(0.01, 2, language)} %"
        if 99.95 <= percent < 100:
            return f"> {_decimal(99.9, 1, language)} %"
        return f"{_decimal(percent, 0 if percent == int(percent) else 1 if percent >= 1 else 2, language)} %"
    said = _decimal(value, 1 if unit == "days" and 0 < value < 10 else 0, language)
    return f"{said} {catalogue(language, 'quality')['days']}" if unit == "days" else said


def _decimal(value: float, digits: int, language: str) -> str:
    said = f"{value:,.{digits}f}"
    return said if language == "en" else said.translate(str.maketrans(",.", ".,"))


def _by_reason(
    reconciliation: Sequence[ReconciliationRow], examples: Iterable[QuarantinedRecord]
) -> list[dict[str, Any]]:
    shown = list(examples)
    return [
        {
            "source": row.source,
            "reason": reason,
            "records": count,
            "examples": [e for e in shown if (e.source, e.reason) == (row.source, reason)][:_EXAMPLES_OF_A_REASON],
        }
        for row in reconciliation
        for reason, count in sorted(row.quarantine_reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
