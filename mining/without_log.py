"""The findings of a journey that has no log yet: the design, and nothing that was counted.

In: the project file and its journeys. Out: `Findings` whose log is empty, so that the pictures of the design are
made from the same document as all others.
"""

from __future__ import annotations

from datetime import datetime

from mappings.journey import Journey
from mappings.project import ProjectFile
from mining.designs import design_facts, lane_facts, project_facts
from mining.findings import Findings
from mining.results.citizen import Contacts
from mining.results.quality import Quality
from mining.results.run import Cohort, LogFacts, RunFacts
from mining.results.stream import Wip
from mining.results.times import Amounts, Both, Knowledge, LeadTime, LeadTimes


def without_log(file: ProjectFile, journeys: tuple[Journey, ...], as_of: datetime) -> Findings:
    """Return the findings of the design alone: no case, no event, no time."""
    none = LeadTime(cases=0, mean_seconds=None, median_seconds=None)
    return Findings(
        project=project_facts(file),
        run=RunFacts(run_id="", as_of=as_of),
        log=LogFacts(cases=0, events=0, activities=0, variants=0),
        cohort=Cohort(cases=0, open_cases=0, open_share=0.0),
        lead_time=LeadTimes(elapsed=none, working=none),
        knowledge=Knowledge(),
        direct_route=Both(elapsed=Amounts(), working=Amounts()),
        loops=(),
        ladder=(),
        steps=(),
        handoffs=(),
        norms=(),
        takt=None,
        wip=Wip(at_as_of=0, mean=0.0, integral_seconds=0.0, case_seconds=0.0, age_median_seconds=None, is_steady=None),
        conversion=(),
        contacts=Contacts(contacts=0, cases_with_contact=0, mean_per_case=0.0),
        dfg=(),
        activities=(),
        variants=(),
        journeys=tuple(design_facts(journey) for journey in journeys),
        lanes=lane_facts(file, set()),
        quality=Quality(verdict="ok"),
        reconciliation=(),
    )
