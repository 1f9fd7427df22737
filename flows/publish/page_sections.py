"""The order in which the page answers its questions."""

from __future__ import annotations

from flows.publish.page_cards import cards_section
from flows.publish.page_demand import (
    contacts_section,
    conversion_section,
    spread_section,
    wip_section,
)
from flows.publish.page_dotted import dotted_section
from flows.publish.page_ends import drift_section, ends_section
from flows.publish.page_handoffs import handoffs_section
from flows.publish.page_journey import overlay_section, personas_section, variants_section
from flows.publish.page_kinds import kinds_section
from flows.publish.page_loops import loops_section
from flows.publish.page_norms import norms_section
from flows.publish.page_process import process_section
from flows.publish.page_promise import promise_section
from flows.publish.page_stream import stream_section
from flows.publish.page_tables import Section, Telling
from flows.publish.page_trust import quality_section, reconciliation_section, run_section
from flows.publish.page_waiting import causes_section

_SECTIONS = (
    stream_section,
    kinds_section,
    overlay_section,
    loops_section,
    handoffs_section,
    causes_section,
    norms_section,
    promise_section,
    cards_section,
    spread_section,
    ends_section,
    drift_section,
    dotted_section,
    process_section,
    variants_section,
    wip_section,
    conversion_section,
    contacts_section,
    personas_section,
    quality_section,
    reconciliation_section,
    run_section,
)


def sections(telling: Telling) -> list[Section]:
    """Return the sections that the findings have something to say for."""
    told = [tell(telling) for tell in _SECTIONS]
    return [section for section in told if section is not None]
