"""A run's publication: findings.json, page, picture, quality and exports, written whole or not at all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flows.compare_runs import AMOUNTS, FACTS
from flows.mined import Mined
from flows.pseudonym import pseudonym
from flows.publish.analyst import case_rows, write_all_groups, write_analyst
from flows.publish.csv_tables import write_tables
from flows.publish.disclosure import disclosed
from flows.publish.exports import Objects, write_exports
from flows.publish.ocel_log import decisions_of
from flows.publish.page import write_publication
from flows.publish.quality_page import write_quality
from flows.publish.site import write_site
from flows.request import Prepared
from flows.store.held import held_folder
from mappings.project import Project
from mining.bpmn import bpmn_of_journey
from mining.case_amounts import case_amounts
from mining.engine import in_turn
from mining.findings import Findings
from mining.legal_followed import legal_followed

_LEDGER_ROWS = 120_000
"""A row group of the exported ledger."""


@dataclass(frozen=True)
class Published:
    """Where the publication stands, and what it says."""

    folder: Path
    findings: Findings

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.folder / "index.html"


def publish_run(prepared: Prepared, mined: Mined) -> Published:
    """Write into a folder beside, then move it into place; `latest` points to it. What a killed run left goes."""
    with held_folder(prepared.out, f".writing-{secrets.token_hex(4)}", ".writing-*") as beside:
        beside.chmod(0o700)
        _write(beside, prepared, mined)
        _into_place(beside, prepared.folder)
    _point(prepared.out / "latest", prepared.folder)
    write_site(prepared.out)
    return Published(prepared.folder, mined.findings)


def _write(folder: Path, prepared: Prepared, mined: Mined) -> None:
    findings = mined.findings
    (folder / "findings.json").write_text(findings.model_dump_json(indent=1, by_alias=True) + "\n", "utf-8")
    team = disclosed(findings)
    write_publication(team, folder)
    (folder / "tables").mkdir()
    write_tables(folder / "tables", team)
    if prepared.request.is_analyst:
        hide = partial(pseudonym, key=prepared.key)
        write_analyst(findings, case_rows(mined.ledger, findings.project.zone, hide), folder)
        write_all_groups(findings, folder)
    quality = folder / "quality"
    mined.judgement.write(quality)
    language = prepared.project.file.language
    write_quality(quality, findings.quality, findings.reconciliation, mined.quarantined, language)
    _export(folder / "export", prepared, mined)


def _export(folder: Path, prepared: Prepared, mined: Mined) -> None:
    """Hand the tables over as Parquet files, so that no log has to fit into memory."""
    con = mined.log.con
    tables: dict[str, Any] = {}
    if prepared.request.has_logs:
        tables = {"events": mined.log.events, "cases": mined.log.cases}
        tables |= {} if mined.log.ties is None else {"ties": mined.log.ties}
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tables-") as scratch:
        files = {name: Path(scratch) / f"{name}.parquet" for name in tables}
        for name, table in tables.items():
            con.to_parquet(table, files[name])
        # before the ledger is opened: while it is read, its connection answers nothing else
        objects = _objects(prepared, mined) if prepared.request.has_logs else None
        write_exports(
            folder,
            files.get("events"),
            files.get("cases"),
            in_turn(con, mined.ledger.segments_in_parts(), _LEDGER_ROWS),
            mined.findings,
            journey_files(prepared.project),
            ties=files.get("ties"),
            decisions=decisions_of(prepared.project),
            objects=objects,
            sources=[(source.name, source.day_slot == "first") for source in prepared.project.sources],
        )
    con.to_parquet(mined.ledger.case_rows, folder / "cases.parquet")
    for name, table in legal_followed(con, mined.ledger, prepared.project).items():
        con.to_parquet(table, folder / f"{name}.parquet")
    kept = case_amounts(mined.ledger, prepared.project)
    con.to_parquet(kept.facts, folder / FACTS)
    con.to_parquet(kept.amounts, folder / AMOUNTS)


def _objects(prepared: Prepared, mined: Mined) -> Objects:
    """Return what stands beside the cases of the sources that keep objects apart."""
    types = {s.name: s.object_type for s in prepared.project.sources if s.objects and s.object_type}
    if not types or mined.log.objects is None:
        return Objects()
    rows = mined.log.objects.filter(mined.log.objects.source.isin(list(types))).order_by("source", "objects")
    return Objects([(row["source"], row["objects"]) for row in rows.to_pyarrow().to_pylist()], types)


def journey_files(project: Project) -> dict[str, str]:
    """Return the designed journeys as BPMN files by name."""
    return {
        f"journey-{journey.name}": bpmn_of_journey(journey, journey.flow, project.file.language)
        for journey in project.journeys
        if journey.flow is not None
    }


def _into_place(beside: Path, folder: Path) -> None:
    """Replace the folder of an earlier run of the same name, so that at any moment one of them stands."""
    beside.chmod(0o755)
    old = folder.with_name(f".old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        folder.rename(old)
    beside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _point(link: Path, folder: Path) -> None:
    """Let `latest` point to the newest run: a link, or where links cannot be made a file with its name."""
    temporary = link.with_name(".latest")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    try:
        temporary.symlink_to(folder.name, target_is_directory=True)
    except OSError:
        temporary.write_text(folder.name + "\n", "utf-8")
    temporary.replace(link)


def point_to_newest(out: Path) -> None:
    """Let `latest` point to a run that still stands: the one that was written last; none where there is none."""
    link = out / "latest"
    standing = [f.parent for f in out.glob("*/findings.json") if f.parent.name != "latest"]
    if link.exists() and (not link.is_file() or (out / link.read_text("utf-8").strip()).is_dir()):
        return
    if standing:
        _point(link, max(standing, key=lambda folder: folder.stat().st_mtime))
    else:
        link.unlink(missing_ok=True)
