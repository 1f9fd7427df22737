"""From a catalogue to a first mapping folder, and what to tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from flows.init.case_type import CaseType
from flows.init.catalogue_api import case_types_of_api
from flows.init.catalogue_export import case_types_of_export
from flows.init.write import Installation, write_folder
from flows.sources.zgw.reader import client_of
from mappings.errors import SourceError
from mappings.zgw import Zgw

_ROOT = "${ZGW_ROOT:-https://openzaak.example.nl}"
_SHOWN = 20


def init_from_export(path: Path, folder: Path, wanted: tuple[str, ...], client_id: str, secret_env: str) -> str:
    """Write a mapping folder from the export of a catalogue; return what to tell. Raises ZaakstroomError."""
    case_types = case_types_of_export(path, wanted)
    where = Installation(_ROOT, client_id, secret_env, is_named=bool(wanted))
    write_folder(case_types, where, folder)
    return _told(case_types, folder, [f"'root' in sources/zaken.yaml is to be filled in, or set ZGW_ROOT: {_ROOT}"])


def init_from_api(root: str, folder: Path, wanted: tuple[str, ...], client_id: str, secret_env: str) -> str:
    """Write a mapping folder from a running installation; return what to tell. Raises ZaakstroomError."""
    try:
        zgw = Zgw(root=root, client_id=client_id, secret_env=secret_env)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise SourceError("--zgw", said, "write it as https://host") from None
    client = client_of(zgw, "--zgw")
    try:
        seen = case_types_of_api(client, wanted)
    finally:
        client.close()
    where = Installation(zgw.root or root, client_id, secret_env, seen.units, is_named=bool(wanted))
    write_folder(seen.case_types, where, folder)
    looked = sum(seen.cases.values())
    return _told(seen.case_types, folder, [f"{seen.requests} requests, {looked} ended cases looked at"])


def _told(case_types: Sequence[CaseType], folder: Path, notes: list[str]) -> str:
    asked = [(each.identificatie, question) for each in case_types for question in each.questions]
    lines = [f"written: {folder}, {len(case_types)} zaaktypen", *notes]
    without = [each.identificatie for each in case_types if not each.steps]
    if without:
        lines.append(f"without any status, so without a journey: {', '.join(without)}")
    lines.append(f"{len(asked)} questions are left; they stand at the head of each journey:")
    lines += [f"  {name}: {question}" for name, question in asked[:_SHOWN]]
    if len(asked) > _SHOWN:
        lines.append(f"  … and {len(asked) - _SHOWN} more")
    return "\n".join([*lines, f"next: zaakstroom check {folder}"])
