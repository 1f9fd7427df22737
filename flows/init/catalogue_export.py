"""The zaaktypen of a catalogue export (a ZIP of JSON lists, as Open Zaak writes it). The file is hostile until read."""

from __future__ import annotations

import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flows.init.case_type import CaseType, Observed, StatusType
from flows.sources.zgw.kept import Body, flag, text
from mappings.errors import SourceError

_MOST_BYTES = 64 * 2**20
_MOST_MEMBERS = 200


def case_types_of_export(path: Path, wanted: Iterable[str] = ()) -> list[CaseType]:
    """Return the zaaktypen of an export, those `wanted` by identificatie or all. Raises SourceError."""
    listed = _lists(path)
    if "zaaktype" not in listed:
        raise SourceError(str(path), "holds no ZaakType.json", "export the catalogue, or its zaaktypen, from Open Zaak")
    return case_types(
        [_plain(body) for body in listed["zaaktype"]],
        [_plain(body) for body in listed.get("statustype", [])],
        [_plain(body) for body in listed.get("resultaattype", [])],
        wanted,
        str(path),
    )


def _lists(path: Path) -> dict[str, list[Body]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith(".json")]
            if len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > _MOST_BYTES:
                raise SourceError(str(path), "is larger than a catalogue is", "export one catalogue")
            named = {m.filename.rpartition("/")[2][:-5].lower(): m for m in members}
            return {name: _list(archive, member) for name, member in named.items()}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SourceError(str(path), f"cannot be read as a ZIP: {error}", "name the export of a catalogue") from None


def _list(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> list[Body]:
    with archive.open(member) as stream:
        content = stream.read(_MOST_BYTES + 1)  # the size that a member claims may be a lie
    try:
        found = json.loads(content[:_MOST_BYTES])
    except (ValueError, RecursionError):
        raise SourceError(f"{archive.filename}/{member.filename}", "is no JSON", "export the catalogue again") from None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _plain(body: Body) -> Body:
    """Return a body under the names of the API: an export writes is_eindstatus for isEindstatus."""
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), name): value for name, value in body.items()}


def case_types(
    zaaktypen: Iterable[Body],
    statustypen: Iterable[Body],
    resultaattypen: Iterable[Body],
    wanted: Iterable[str],
    where: str,
    seen: dict[str, Observed] | None = None,
) -> list[CaseType]:
    """Return the zaaktypen with their types, versions taken together. Raises SourceError for one that is not there."""
    versions: dict[str, list[Body]] = defaultdict(list)
    for body in zaaktypen:
        if (named := text(body, "identificatie")) is not None:
            versions[named].append(body)
    chosen = list(wanted) or sorted(versions)
    if missing := [name for name in chosen if name not in versions]:
        known = ", ".join(sorted(versions)[:40]) or "none"
        raise SourceError(where, f"has no zaaktype {', '.join(missing)}", f"it has {known}")
    statuses, results = _by_type(statustypen), _by_type(resultaattypen)
    return [_case_type(name, versions[name], statuses, results, (seen or {}).get(name)) for name in chosen]


def _by_type(bodies: Iterable[Body]) -> dict[str, list[Body]]:
    found: dict[str, list[Body]] = defaultdict(list)
    for body in bodies:
        found[text(body, "zaaktype") or ""].append(body)
    return found


def _case_type(
    name: str,
    versions: list[Body],
    statuses: dict[str, list[Body]],
    results: dict[str, list[Body]],
    seen: Observed | None,
) -> CaseType:
    ordered = sorted(versions, key=lambda body: text(body, "beginGeldigheid") or "")
    urls, newest = [text(body, "url") or "" for body in ordered], ordered[-1]
    named: dict[str, StatusType] = {}
    for url in urls:
        for body in statuses.get(url, []):
            if (label := text(body, "omschrijving")) is not None:
                named[label] = StatusType(label, _whole(body.get("volgnummer")), bool(flag(body, "isEindstatus")))
    outcomes = [text(body, "omschrijving") for url in urls for body in results.get(url, [])]
    return CaseType(
        name,
        text(newest, "omschrijving") or name,
        tuple(named.values()),
        tuple(dict.fromkeys(each for each in outcomes if each)),
        text(newest, "doorlooptijd"),
        text(newest, "servicenorm"),
        seen or Observed(),
        len(versions),
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
