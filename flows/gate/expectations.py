"""The one door to Great Expectations: quiet, offline, and loaded only when something is to be judged.

GX sees one row with a column for each measure; an expectation for each threshold, of severity `warning` for warn
and `critical` for stop. What cannot be determined has no column and no expectation.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from flows import analytics
from mining.results.quality import Measure

SEVERITY = {"warn": "warning", "stop": "critical"}


def great_expectations() -> Any:
    """Import Great Expectations with its analytics off, whatever the environment says."""
    analytics.switch_off()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
    return gx


def ephemeral_context() -> Any:
    """Return a context that keeps nothing on disk, shows no progress bar and calls nobody."""
    gx = great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


def validate(context: Any, source: str, measures: Iterable[Measure]) -> Any:
    """Return GX's validation result of the measures of one source."""
    import pandas as pd

    gx = great_expectations()
    known = [m for m in measures if m.value is not None]
    frame = pd.DataFrame({m.measure: [float(m.value or 0)] for m in known})
    asset = context.data_sources.add_pandas(source).add_dataframe_asset("measures")
    batch = asset.add_batch_definition_whole_dataframe("run").get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name=source, expectations=[e for m in known for e in _expectations(gx, m)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return batch.validate(suite, result_format="SUMMARY")


def _expectations(gx: Any, measure: Measure) -> list[Any]:
    limits = (("warn", measure.warn), ("stop", measure.stop))
    return [
        gx.expectations.ExpectColumnValuesToBeBetween(
            column=measure.measure,
            max_value=float(limit),
            severity=SEVERITY[verdict],
            meta={"measure": measure.measure, "verdict": verdict},
        )
        for verdict, limit in limits
        if limit is not None
    ]
