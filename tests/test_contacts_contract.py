"""What the test server says of contacts is what the OpenAPI files of the two APIs say; run where those are at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_contacts_sources import about, contact, party

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def schemas(specs: Path) -> dict[str, Any]:
    file = specs / "openklant-klantinteracties.yaml"
    return dict(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["components"]["schemas"])


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("Klantcontact", contact("k1")),
        ("Onderwerpobject", about("k1", "u1")),
        ("Onderwerpobjectidentificator", about("k1", "u1")["onderwerpobjectidentificator"]),
        ("Betrokkene", party("k1", True)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_rows_that_are_read_have_the_names_of_the_standard(
    name: str, row: dict[str, Any], schemas: dict[str, Any]
) -> None:
    known = schemas[name]["properties"]
    assert set(row) <= set(known)
    kinds = {"string": str, "boolean": bool, "array": list}
    for field, value in row.items():
        if (kind := known[field].get("type")) in kinds and not known[field].get("nullable"):
            assert isinstance(value, kinds[kind]), field


def test_the_lists_that_are_asked_take_page_and_page_size(specs: Path) -> None:
    file = specs / "openklant-klantinteracties.yaml"
    paths = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["paths"]
    for name in ("klantcontacten", "onderwerpobjecten", "betrokkenen"):
        assert {"page", "pageSize"} <= {p["name"] for p in paths[f"/{name}"]["get"]["parameters"]}


def test_the_older_api_takes_page_alone(specs: Path) -> None:
    file = specs / "vng-contactmomenten-api-1.0.0-beta.yaml"
    told = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for name in ("contactmomenten", "objectcontactmomenten"):
        names = {p.get("name") for p in told["paths"][f"/{name}"]["get"]["parameters"]}
        assert "page" in names
        assert "pageSize" not in names
    fields = told["components"]["schemas"]["ContactMoment"]["properties"]
    assert {"registratiedatum", "kanaal", "initiatiefnemer", "url"} <= set(fields)
    assert fields["initiatiefnemer"]["enum"] == ["gemeente", "klant"]
