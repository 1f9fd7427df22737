"""Personal data in what a mapping lists stops a run before the store: in each role of a column, and in the ZGW copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.recorded import recorded
from flows.request import RunRequest
from flows.run import extract_all, keep, prepare, work_folder
from mappings.errors import QualityStop, ZaakstroomError
from tests.markers import leaking
from tests.zgw_made import Made
from tests.zgw_server import SECRET, ZgwServer, serving

PLANTED = {"bsn": "111222333", "mail": "annie.planted@example.nl", "telephone": "0612345678"}
PLACES = {
    "case": "columns: {case: X, activity: wat, completed_at: klaar}",
    "chain_case": "columns: {case: zaak, activity: wat, completed_at: klaar, chain_case: X}",
    "activity": "columns: {case: zaak, activity: X, completed_at: klaar}",
    "lane": "columns: {case: zaak, activity: wat, completed_at: klaar, lane: X}",
    "channel": "columns: {case: zaak, activity: wat, completed_at: klaar, channel: X}",
    "event_id": "columns: {case: zaak, activity: wat, completed_at: klaar, event_id: X}",
    "resource_is_pseudonym": (
        "columns: {case: zaak, activity: wat, completed_at: klaar, resource: X}\nresource_is_pseudonym: true"
    ),
    "completed_at": "columns: {case: zaak, activity: wat, completed_at: X}",
    "zaaktype": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {zaaktype: X}",
    "persona": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {persona: X}",
    "outcome": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {outcome: X}",
    "case channel": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {channel: X}",
    "segment": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {segments: {s: X}}",
    "related": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {related: X}",
    "reference": "columns: {case: zaak, activity: wat, completed_at: klaar}\ncase: {reference: X}",
    "keep": "columns: {case: zaak, activity: wat, completed_at: klaar}\nkeep: [X]",
    "attempt": "record: attempts\nattempt: {attempt: X, started_at: klaar, reached: wat}",
    "reached": "record: attempts\nattempt: {attempt: zaak, started_at: klaar, reached: X}",
    "reason": "record: attempts\nattempt: {attempt: zaak, started_at: klaar, reached: wat, stopped: wat, reason: X}",
    "attempt's case": "record: attempts\nattempt: {attempt: zaak, started_at: klaar, reached: wat, chain_case: X}",
}


def stored(mapping: Path) -> None:
    here = mapping.parent
    prepared = prepare(RunRequest(mapping, here / "out", here / "store"))
    with recorded(prepared) as registry, work_folder(prepared) as work:
        keep(prepared, extract_all(prepared, work, lambda what: None), registry)


def mapped(folder: Path, source: str) -> Path:
    mapping = folder / "mapping"
    (mapping / "sources").mkdir(parents=True)
    (mapping / "project.yaml").write_text("name: listed\npurpose: test\nlegal_basis: none\n")
    (mapping / "sources" / "log.yaml").write_text(f"name: log\n{source}\n")
    return mapping


@pytest.mark.parametrize("kind", list(PLANTED))
@pytest.mark.parametrize("place", list(PLACES))
def test_personal_data_in_any_role_of_a_column_is_never_stored(tmp_path: Path, place: str, kind: str) -> None:
    rows = [f"Z-{n},begin,2026-01-{n:02}T10:00:00Z," + (PLANTED[kind] if n == 7 else f"v{n}") for n in range(1, 16)]
    (tmp_path / "log.csv").write_text("\n".join(["zaak,wat,klaar,x", *rows]) + "\n")
    mapping = mapped(tmp_path, f"kind: csv\npath: ../log.csv\n{PLACES[place].replace('X', 'x')}")
    with pytest.raises(ZaakstroomError) as caught:
        stored(mapping)
    assert PLANTED[kind] not in str(caught.value)
    assert leaking(tmp_path / "store") == []


@pytest.mark.parametrize("kind", list(PLANTED))
@pytest.mark.parametrize("record", ["chain_case", "attempt's case"])
def test_a_reference_that_links_a_dossier_is_looked_through_too(tmp_path: Path, record: str, kind: str) -> None:
    rows = [f"Z-{n},begin,2026-01-{n:02}T10:00:00Z," + (PLANTED[kind] if n == 7 else f"v{n}") for n in range(1, 16)]
    (tmp_path / "log.csv").write_text("\n".join(["zaak,wat,klaar,x", *rows]) + "\n")
    mapping = mapped(tmp_path, f"kind: csv\npath: ../log.csv\n{PLACES[record].replace('X', 'x')}")
    other = "name: zaken\nkind: csv\npath: ../zaken.csv\ncolumns: {case: zaak, activity: wat, completed_at: klaar}\n"
    (mapping / "sources" / "1-zaken.yaml").write_text(other)
    (tmp_path / "zaken.csv").write_text("zaak,wat,klaar\nv1,begin,2026-01-01\n")
    (mapping / "chain.yaml").write_text("links: [{source: log, to: zaken}]\n")
    with pytest.raises(QualityStop, match="nothing was stored"):
        stored(mapping)
    assert leaking(tmp_path / "store") == []


@pytest.mark.parametrize("field", ["identificatie", "communicatiekanaalNaam"])
def test_personal_data_that_stops_a_reading_by_zgw_is_in_its_copy_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setenv("ZGW_SECRET", SECRET)
    made = Made()
    made.zaaktype()
    for n in range(1, 9):
        zaak = made.zaak(f"Z{n}", f"Ontvangen 2026-03-{n:02}T09:00:00Z")
        made.data.change("zaken", zaak["uuid"], **{field: f"klant {PLANTED['bsn']}" if n == 3 else f"Z{n}"})
    with serving(ZgwServer(made.data)) as server:
        asked = f'kind: zgw\nzgw: {{root: "{server.origin}", client_id: all, secret_env: ZGW_SECRET}}'
        mapping = mapped(tmp_path, asked)
        with pytest.raises(QualityStop, match="nothing was stored"):
            stored(mapping)
        assert leaking(tmp_path / "store") == []
        for row in list(made.data.rows["zaken"]):
            made.data.change("zaken", row.body["uuid"], **{field: row.body["uuid"]})
        stored(mapping)
    assert leaking(tmp_path / "store") == []
