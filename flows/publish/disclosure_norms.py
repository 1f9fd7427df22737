"""How long the cases of a norm took, as the team may be told it: every count rounded to the smallest group.

Rounded as the process map is, since the totals of the norm stand beside the bins: no difference gives few cases away.
"""

from __future__ import annotations

from flows.publish.disclosure_mark import rounded
from mining.results.norms import NormBin, NormSpread


def told_bins(spread: NormSpread, least: int) -> tuple[NormBin, ...]:
    """Return the bins with rounded counts. Twice is as once."""
    return tuple(_of_bin(each, least) for each in spread.bins)


def _of_bin(each: NormBin, least: int) -> NormBin:
    """Round each part apart, and the open ones as the sum of theirs."""
    told = {name: rounded(getattr(each, name), least) for name in ("met", "missed", "at_risk", "at_risk_unknown")}
    safe = rounded(each.open - each.at_risk - each.at_risk_unknown, least)
    return each.model_copy(update=told | {"open": rounded(safe + told["at_risk"] + told["at_risk_unknown"], least)})
