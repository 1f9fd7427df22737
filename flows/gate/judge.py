"""From measures to verdicts: a measure's verdict is its worst failed expectation, a source's its worst measure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mappings.errors import QualityStop
from mining.results.quality import Measure, Quality, SourceQuality

Verdict = Literal["ok", "warn", "stop"]
Measured = Mapping[str, tuple[Measure, ...]]
"""Source → its measures."""
_RANK: tuple[Verdict, ...] = ("ok", "warn", "stop")


@dataclass(frozen=True)
class Judgement:
    """The verdicts, GX's validation results behind them as JSON, and its Data Docs as cleaned pages."""

    quality: Quality
    results: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    """File name → HTML, to be written beside each other."""

    def write(self, folder: Path) -> None:
        """Write Data Docs and validation results under `folder`, which is the run's `quality/`."""
        docs = folder / "data-docs"
        docs.mkdir(parents=True, exist_ok=True)
        for name, page in self.pages.items():
            (docs / name).write_text(page, encoding="utf-8")
        for source, result in self.results.items():
            text = json.dumps(result, indent=2, sort_keys=True, ensure_ascii=False)
            (docs / f"{source}.json").write_text(text + "\n", encoding="utf-8")


def judge(measured: Measured) -> Judgement:
    """Judge the measures of every source with Great Expectations, and render its Data Docs."""
    from flows.gate.data_docs import data_docs
    from flows.gate.expectations import ephemeral_context, validate

    context = ephemeral_context()
    results = {source: validate(context, source, measures) for source, measures in measured.items()}
    sources = tuple(_source_quality(source, measured[source], result) for source, result in results.items())
    quality = Quality(verdict=_worst(s.verdict for s in sources), sources=sources)
    as_json = {source: result.to_json_dict() for source, result in results.items()}
    return Judgement(quality, as_json, data_docs(results, quality))


def refuse_stopped(quality: Quality) -> None:
    """Raise QualityStop where the verdict is stop, with what is wrong and what to do."""
    stopped = [(source.source, m) for source in quality.sources for m in source.measures if m.verdict == "stop"]
    if not stopped:
        return
    from mining.quality_catalogue import definition

    what = "; ".join(f"{m.title['en']} {_said(m)}" for _, m in stopped)
    remedy = " ".join(dict.fromkeys(definition(m.measure).remedy[1] for _, m in stopped))
    raise QualityStop(", ".join(dict.fromkeys(s for s, _ in stopped)), f"quality gate: {what}", remedy)


def _said(measure: Measure) -> str:
    value, stop = measure.value or 0.0, measure.stop or 0.0
    if measure.unit == "share":
        said = f"is {value:.1%} (stop above {stop:.1%})"
    else:
        said = f"is {value:g} (stop above {stop:g})"
    return said + (f": {', '.join(measure.examples)}" if measure.examples else "")


def _source_quality(source: str, measures: tuple[Measure, ...], result: Any) -> SourceQuality:
    failed: dict[str, list[Verdict]] = {}
    for each in result.results:
        if each.exception_info.get("raised_exception"):
            raise RuntimeError(f"Great Expectations could not judge {each.expectation_config.meta}: {each}")
        if not each.success:
            meta = each.expectation_config.meta
            failed.setdefault(meta["measure"], []).append(meta["verdict"])
    judged = tuple(
        m if m.value is None else m.model_copy(update={"verdict": _worst(failed.get(m.measure, ()))}) for m in measures
    )
    return SourceQuality(
        source=source, verdict=_worst(v for verdicts in failed.values() for v in verdicts), measures=judged
    )


def _worst(verdicts: Any) -> Verdict:
    return max(verdicts, key=_RANK.index, default="ok")
