"""What a mapping of kind zgw may say, and what is refused with a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mappings.check import check
from mappings.source import Source

ASKED = {"root": "https://openzaak.example.nl", "client_id": "zaakstroom", "secret_env": "ZGW_SECRET"}


def source(**parts: Any) -> Source:
    return Source.model_validate({"name": "zaken", "kind": "zgw", "zgw": {**ASKED, **parts}})


def test_the_components_are_under_the_root_unless_they_have_addresses_of_their_own() -> None:
    zgw = source(catalogi="https://catalogi.example.nl/api/v1/").zgw
    assert zgw is not None
    assert zgw.address("zaken") == "https://openzaak.example.nl/zaken/api/v1"
    assert zgw.address("catalogi") == "https://catalogi.example.nl/api/v1"


def test_the_columns_are_known_and_a_case_column_may_be_another() -> None:
    made = Source.model_validate(
        {"name": "zaken", "kind": "zgw", "zgw": ASKED, "case": {"received_at": "registratiedatum"}}
    )
    assert made.columns is not None
    assert made.case.received_at is not None
    assert (made.columns.completed_at.column, made.case.received_at.column) == ("moment", "registratiedatum")
    assert made.case.outcome == "resultaat"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"secret_env": None}, "either 'secret_env' or 'secret_block'"),
        ({"secret_block": "zgw"}, "either 'secret_env' or 'secret_block'"),
        ({"secret_env": "s3cr3t with spaces"}, "not the secret"),
        ({"secret": "s3cr3t"}, "Extra inputs"),
        ({"root": None}, "write 'root', or the addresses"),
        ({"root": "openzaak.example.nl"}, "is no address"),
        ({"root": "https://user:pass@openzaak.example.nl"}, "holds a user"),
        ({"root": "ftp://openzaak.example.nl"}, "is no address"),
        ({"concurrency": 0}, "greater than or equal to 1"),
        ({"page_size": 5_000}, "less than or equal to 500"),
    ],
)
def test_what_cannot_be_is_refused(parts: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        source(**parts)


def test_kind_zgw_and_its_part_go_together() -> None:
    with pytest.raises(ValidationError, match="needs 'zgw' with address"):
        Source.model_validate({"name": "zaken", "kind": "zgw"})
    plain = {"name": "zaken", "kind": "csv", "path": "x.csv", "columns": {"case": "c", "activity": "a"}}
    with pytest.raises(ValidationError, match="no other kind has it"):
        Source.model_validate({**plain, "zgw": ASKED})


def test_check_names_the_line_and_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "project.yaml").write_text("name: x\npurpose: x\nlegal_basis: x\n")
    text = "name: zaken\nkind: zgw\nzgw:\n  root: https://h.example\n  client_id: z\n  secret_envv: X\n"
    (tmp_path / "sources" / "zaken.yaml").write_text(text)
    told = [str(problem) for problem in check(tmp_path)]
    assert any("sources/zaken.yaml:6" in each and "secret_env" in each for each in told), told
