"""The exchanges recorded with an Open Zaak 1.30, served again and read by the client: the right events."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.zgw_data import recorded
from tests.zgw_extraction import Zgw, zgw
from tests.zgw_server import Application

pytestmark = pytest.mark.realdata


@pytest.fixture
def installation(realdata: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    data = recorded(realdata / "open-zaak-recorded" / "exchanges.jsonl.gz")
    applications = {"all": Application(), "limited": Application(is_all=False, highest="zaakvertrouwelijk")}
    with zgw(tmp_path, monkeypatch, data, applications=applications) as served:
        yield served


def test_all_cases_and_statuses_come_in(installation: Zgw) -> None:
    read = installation.read(audit_trail="none")
    statuses = [event for event in read.events if '"soort": "status"' in event["attributes"]]
    assert (len(read.cases), len(statuses)) == (201, 886)
    assert Counter(e["activity"] for e in statuses) == {
        "Ontvangen": 202,
        "Ontvankelijkheid getoetst": 226,
        "In behandeling": 176,
        "Besluit genomen": 141,
        "Afgerond": 141,
    }
