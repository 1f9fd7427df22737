"""What is said beside a comparison: which cases its sides lack, and what a claim on them does not rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.compare_claims import MOST_OPEN, is_begun_in, is_ended_in
from flows.compare_runs import ComparedRun, Part, unlike_norms
from mining.results.base import LocalText
from mining.results.comparison import SideFacts


def notices_of(
    runs: Sequence[ComparedRun],
    by: str | None,
    parts: Sequence[Part],
    fields: Sequence[str],
    facts: Sequence[SideFacts],
    begun_before: frozenset[str],
    run_out: frozenset[str],
) -> tuple[LocalText, ...]:
    """Return the notices in both languages; `begun_before` and `run_out` name periods that mostly have slow cases."""
    notices = [] if by is None else _on_no_side(runs, by)
    if before := ", ".join(part.name for part in parts if part.name in begun_before):
        notices.append(
            {
                "nl": f"Het log begint met zaken die toen openstonden. Van {before} ontbreken zaken die al klaar waren,"
                " vooral snelle: geen verschil met zo'n periode heet zeker.",
                "en": f"The log begins with the cases that were open then. Of {before} it lacks those that had ended,"
                " mostly quick ones: no difference with such a period is called sure.",
            }
        )
    if short := ", ".join(side.name for side in facts if side.is_cut_short):
        notices.append(
            {
                "nl": f"Het log begint te kort voor {short}: trage zaken kunnen daar niet in eindigen, dus die kant"
                " lijkt korter dan zij was. Vergelijk liever naar begin, of kies een latere periode met --reference.",
                "en": f"The log begins too shortly before {short}: slow cases cannot end in it, so that side looks"
                " shorter than it was. Rather compare by start, or choose a later period with --reference.",
            }
        )
    if after := ", ".join(part.name for part in parts if part.name in run_out):
        notices.append(
            {
                "nl": f"{after} loopt door nadat de laatste zaak van het log binnenkwam: snelle zaken konden er"
                " niet meer in eindigen, dus die kant lijkt langer dan zij was, en geen verschil ermee heet zeker.",
                "en": f"{after} goes on after the last case of the log came in: quick cases could not end in it any"
                " more, so that side looks longer than it was, and no difference with it is called sure.",
            }
        )
    if len(runs) > 1 and _share_months(parts):
        notices.append(
            {
                "nl": "De runs hebben maanden gemeen: een zaak die in beide staat, telt aan beide kanten mee, alsof het"
                " twee zaken zijn. Het interval is dan eerder te breed.",
                "en": "The runs have months in common: a case that is in both counts on both sides, as if it were two."
                " The interval is then rather too wide.",
            }
        )
    if len({run.findings.run.mapping_hash for run in runs}) > 1:
        left = ", ".join(sorted(unlike_norms(runs)))
        notices.append(
            {
                "nl": "De runs zijn van meer mappings met dezelfde stappen. Werkuren zijn die van elke kant zelf."
                + (f" Niet vergeleken, want niet gelijk: {left}." if left else ""),
                "en": "The runs are of several mappings with the same steps. Working hours are each side's own."
                + (f" Not compared, since they differ: {left}." if left else ""),
            }
        )
    if not fields:
        notices.append(
            {
                "nl": "De zaken hebben geen kenmerken om naar te wegen; gelijke mix is hier hetzelfde als ruw.",
                "en": "The cases have no fields to weigh by; equal mix is the same as raw here.",
            }
        )
    if max(side.open_share for side in facts) > MOST_OPEN:
        notices.append(
            {
                "nl": "Aan een kant staat meer dan 10 % van de zaken nog open; die zitten in geen enkele waarde.",
                "en": "On one side more than 10 % of the cases are still open; they are in none of the values.",
            }
        )
    if any(is_begun_in(side.segment) and side.open_share > MOST_OPEN for side in facts):
        notices.append(
            {
                "nl": "Van een periode waarvan zo veel zaken nog open staan zijn vooral de snelle klaar: geen verschil"
                " met zo'n periode heet zeker.",
                "en": "Of a period of which so many cases are still open, mostly the quick ones have ended: no"
                " difference with such a period is called sure.",
            }
        )
    return tuple(notices)


def _on_no_side(runs: Sequence[ComparedRun], by: str) -> list[LocalText]:
    """Say how many cases no side holds, and why."""
    notices: list[LocalText] = []
    if left := _left_out(runs, by):
        every = sum(len(run.cases) for run in runs)
        notices.append(
            {
                "nl": f"Van {left} van de {every} zaken is '{by}' niet bekend: zij staan aan geen kant.",
                "en": f"Of {left} of the {every} cases '{by}' is not known: they are on no side.",
            }
        )
    if is_ended_in(by) and (open_ := sum(len(run.cases.split_open()[1]) for run in runs)):
        notices.append(
            {
                "nl": f"Nog open: {open_}. Die zaken hebben geen einde en staan dus aan geen kant.",
                "en": f"Still open: {open_}. Those cases have no end, so they are on no side.",
            }
        )
    return notices


def _share_months(parts: Sequence[Part]) -> bool:
    seen: dict[str, set[Any]] = {}
    for part in parts:
        seen.setdefault(part.run.name, set()).update(part.closed.months())
    every = list(seen.values())
    return any(one & other for n, one in enumerate(every) for other in every[n + 1 :])


def _left_out(runs: Sequence[ComparedRun], by: str) -> int:
    """Return how many cases are on no side; by end, an open case is on none because it has not ended."""
    cases = [run.cases.split_open()[0] if is_ended_in(by) else run.cases for run in runs]
    return sum(value is None for each in cases for value in each.field(by))
