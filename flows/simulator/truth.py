"""The truth of a simulated chain, from what the generator injected: never from the records that it wrote.

Amounts are whole elapsed seconds, instants UTC. It is what a perfect pipeline gives back, after quarantine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.simulator.behaviour import NORM_DAYS
from flows.simulator.booked import LOOPS, elapsed, handoffs_of, instants, loop_counts, loop_seconds
from flows.simulator.clocks import DAY, LOCAL, MISSING, OFFICE, PARTNER, Mask, Seconds, next_legal_day
from flows.simulator.people import CHANNELS, PERSONAS, case_numbers
from flows.simulator.seen import Seen
from flows.simulator.slots import PLACE, SLOTS

SERVICE_NORM_SECONDS = NORM_DAYS[0] * DAY
LEGAL_TERM_DAYS = NORM_DAYS[1]


@dataclass(frozen=True)
class Truth:
    """What is true of the chain: totals, a row a case, and a row a segment of the first, ended episodes."""

    summary: dict[str, Any]
    cases: pa.Table
    segments: pa.Table

    def write(self, folder: Path) -> None:
        """Keep the truth beside the data: truth.json, truth_cases.parquet, truth_segments.parquet."""
        text = json.dumps(self.summary, indent=1, ensure_ascii=False)
        (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
        pq.write_table(self.cases, folder / "truth_cases.parquet")
        pq.write_table(self.segments, folder / "truth_segments.parquet")


def read_truth(folder: Path) -> Truth:
    """Return the truth that lies beside the data."""
    summary = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return Truth(
        summary,
        pq.read_table(folder / "truth_cases.parquet"),
        pq.read_table(folder / "truth_segments.parquet"),
    )


def cases_of(seen: Seen) -> pa.Table:
    """Return one row a case."""
    applicants, ended, received = seen.course.applicants, seen.ended_at(), seen.course.applicants.received
    is_open = ended == MISSING
    safe = np.where(is_open, received, ended)
    handoffs = handoffs_of(seen)
    columns: dict[str, Any] = {
        "case_id": case_numbers(applicants.number),
        "persona": [PERSONAS[p] for p in applicants.persona.tolist()],
        "channel": [CHANNELS[c] for c in applicants.channel.tolist()],
        "received_at": instants(received),
        "end": seen.end_kind(),
        "ended_at": instants(ended),
        "is_in_whole_days": seen.in_whole_days(),
        "lead_exact_seconds": _numbers(LOCAL.elapsed(received, safe), is_open),
        "lead_elapsed_seconds": _numbers(elapsed(received, safe, seen.in_whole_days()), is_open),
        "lead_working_seconds": _numbers(OFFICE.position(safe) - OFFICE.position(received), is_open),
        "is_rejected": seen.has("rejected"),
        "is_advised": seen.has("advice_sent"),
        "handoffs": handoffs.per_case,
        "closed_at": instants(seen.at("case_closed")),
        "reopened_at": instants(seen.at("objection_received")),
        "second_ended_at": instants(seen.at("objection_decided")),
        "second_working_seconds": _second_episode(seen),
        **{f"loops_{path[0]}": loop_counts(seen, pairs) for path, pairs in LOOPS.items()},
        **{f"loop_seconds_{path[0]}": loop_seconds(seen, pairs) for path, pairs in LOOPS.items()},
        **_open_columns(seen, is_open),
        **_norm_columns(seen),
        "contribution_slack_seconds": _slack(seen),
    }
    return pa.table(columns)


def _numbers(values: npt.NDArray[Any], missing: Mask) -> pa.Array:
    return pa.array(values, mask=missing)


def _open_columns(seen: Seen, is_open: Mask) -> dict[str, Any]:
    """Return whose turn it is in the open cases: the holder before the next thing that will happen."""
    ahead = (seen.course.completed != MISSING) & ~seen.passed
    ahead[[place for place, slot in enumerate(SLOTS) if slot.episode != 1]] = False
    ahead[PLACE["check_contribution"]] &= ~seen.course.is_at("advice_sent")
    place = ahead.argmax(axis=0)
    steps, lanes = zip(*(slot.held_by for slot in SLOTS), strict=True)
    last = np.where(seen.passed, seen.course.completed, MISSING).max(axis=0)
    until = np.full_like(last, seen.as_of)
    return {
        "open_step": pa.array(np.array(steps)[place], mask=~is_open),
        "open_lane": pa.array(np.array(lanes)[place], mask=~is_open),
        "open_seconds": _numbers(LOCAL.elapsed(np.maximum(last, 0), until), ~is_open),
    }


def _norm_columns(seen: Seen) -> dict[str, Any]:
    """Return the amounts that the norms are about, null where their last event has not come."""
    received = seen.course.applicants.received
    delivered = np.maximum(seen.at("care_started"), seen.at("rejected"))
    return {
        "delivered_seconds": _between(received, delivered),
        "suspended_days": _suspended(seen),
        "days_past_legal_end": _past_legal_end(seen),
        "advice_partner_seconds": _partner_amount(seen),
    }


def _between(start: Seconds, end: Seconds) -> pa.Array:
    missing = end == MISSING
    return _numbers(LOCAL.elapsed(start, np.where(missing, start, end)), missing)


def _suspended(seen: Seen) -> pa.Array:
    """Return the days that the first supplement suspended: after the day of asking, before that of receiving.

    Nought where the term had ended before. Null where it was asked and has not come: then it depends on the day of
    looking.
    """
    asked, came = (seen.at(f"supplement_{what}_1") for what in ("requested", "received"))
    end = next_legal_day(seen.course.applicants.received // DAY + LEGAL_TERM_DAYS)
    is_asked, is_answered = (asked != MISSING) & (asked // DAY < end), came != MISSING
    between = np.where(is_answered, came // DAY - np.where(is_asked, asked, 0) // DAY - 1, 0)
    return _numbers(np.where(is_asked, np.maximum(between, 0), 0), is_asked & ~is_answered)


def _past_legal_end(seen: Seen) -> pa.Array:
    """Return how many days after the end of the legal term the decision was sent; 0 or less has met it."""
    sent = seen.at("send_decision")
    missing = sent == MISSING
    suspended = _suspended(seen).fill_null(0).to_numpy()
    last = seen.course.applicants.received // DAY + LEGAL_TERM_DAYS + suspended
    return _numbers(np.where(missing, 0, sent) // DAY - next_legal_day(last), missing)


def _partner_amount(seen: Seen) -> pa.Array:
    asked, sent = seen.at("request_advice"), seen.at("advice_sent")
    missing = sent == MISSING
    amount = PARTNER.position(np.where(missing, 0, sent)) - PARTNER.position(np.where(missing, 0, asked))
    return _numbers(amount, missing)


def _second_episode(seen: Seen) -> pa.Array:
    begin, end = seen.at("objection_received"), seen.at("objection_decided")
    missing = end == MISSING
    worked = OFFICE.position(np.where(missing, 0, end)) - OFFICE.position(np.where(missing, 0, begin))
    return _numbers(worked, missing)


def _slack(seen: Seen) -> pa.Array:
    done, sent = seen.at("check_contribution"), seen.at("advice_sent")
    return _between(done, np.where(done == MISSING, MISSING, sent))


def norms_of(cases: pa.Table, partner_limit_seconds: int) -> dict[str, dict[str, int]]:
    """Return per norm how many met and missed it among the cases that reached its last event."""
    limits = {
        "delivered_seconds": ("service", SERVICE_NORM_SECONDS),
        "days_past_legal_end": ("legal", 0),
        "advice_partner_seconds": ("advice", partner_limit_seconds),
    }
    return {name: _met(cases[column], limit) for column, (name, limit) in limits.items()}


def _met(amounts: pa.ChunkedArray, limit: int) -> dict[str, int]:
    known = amounts.drop_null()
    met = pc.sum(pc.less_equal(known, limit)).as_py() or 0
    return {"met": int(met), "missed": len(known) - int(met)}


def expected(truth: Truth) -> dict[str, Any]:
    """Return what the findings of a run must say of this chain, each value in the words of the findings.

    Amounts are means per ended case (seconds); steps without any time are left out.
    """
    summary = truth.summary
    ended = summary["lead_time"]["cases"]
    return {
        "cases": summary["cases"],
        "open_cases": summary["ends"]["open"],
        "lead_time": {clock: _lead_time(truth, clock) for clock in ("elapsed", "working")},
        "loops": {
            tuple(loop["path"]): (loop["cases"], loop["occurrences"], loop["elapsed_seconds"] / ended)
            for loop in summary["loops"]
        },
        "handoffs": {(each["from"], each["to"]): each["count"] for each in summary["handoffs"]},
        "ladder": {(step["step"], step["lane"]): _rung(step, ended) for step in summary["steps"]},
        "norms": {name: (counts["met"], counts["missed"]) for name, counts in summary["norms"].items()},
        "stops": {(s["stopped"], s["reason"]): s["attempts"] for s in summary["attempts"]["stops"]},
        "attempts": tuple(summary["attempts"][key] for key in ("attempts", "reached", "switched")),
    }


def _lead_time(truth: Truth, clock: str) -> tuple[float, float]:
    seconds = truth.cases[f"lead_{clock}_seconds"].drop_null().to_numpy()
    return float(seconds.mean()), float(np.median(seconds))


def _rung(step: dict[str, Any], cases: int) -> dict[str, float]:
    return {
        f"{clock}_{kind}": step[f"{clock}_{kind}_seconds"] / cases
        for clock in ("elapsed", "working")
        for kind in ("wait", "process", "unknown")
    }
