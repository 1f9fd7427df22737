"""Commands for the privacy officer: `zaakstroom forget` and `zaakstroom rekey`."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from mappings.errors import ZaakstroomError

if TYPE_CHECKING:
    from flows.forget import Forgetting

_out = Console()
Mapping = Annotated[Path, typer.Option("--mapping", help="Mapping folder of the project.")]
Store = Annotated[Path | None, typer.Option("--store", help="Folder of event stores; store/ where left out.")]
Runs = Annotated[Path | None, typer.Option("--out", help="Folder of runs; out/<project> where left out.")]


def forget(
    mapping: Mapping,
    cases: Annotated[list[str] | None, typer.Argument(help="Numbers of cases, or source:number.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A file with one number a line.")] = None,
    store: Store = None,
    out: Runs = None,
    by: Annotated[str | None, typer.Option(help="Who asks, as a role; the name of the user where left out.")] = None,
) -> None:
    """Forget destroyed cases: in store and history, copies, work files, publications and exports. Safe to repeat."""
    from flows.forget import forget_cases, journal
    from mappings.load import load_project

    project = load_project(mapping).file.name
    numbers = [*(cases or ()), *(_lines(file) if file else ())]
    where = (store or Path("store")) / project
    runs = out or Path("out") / project
    is_there = runs.is_dir()
    told = forget_cases(mapping, numbers, where, runs)
    journal(where, project, by or getpass.getuser(), told)
    rows = told.rows
    lines = [
        f"forgotten: {told.cases} cases, {told.dossiers} dossiers; {told.unknown} numbers were not in the store",
        f"rows removed: {rows.events} events, {rows.cases} cases, {rows.attempts} attempts,"
        f" {rows.quarantine} set aside; {rows.scrubbed} rows of others lost what they told of them",
        *(_of_runs(told) if is_there else [_no_runs(runs)]),
        "they are kept out from now on; run the mapping again for a publication without them",
    ]
    _out.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _of_runs(told: Forgetting) -> list[str]:
    return [
        f"exports with cases removed from {len(told.stripped)} runs: {', '.join(told.stripped) or '-'}",
        f"runs removed whole, since their pages named a case: {', '.join(told.withdrawn) or '-'}",
    ]


def _no_runs(folder: Path) -> str:
    return f"no runs were found: there is no folder {folder.resolve()}; name with --out the one they stand in"


def rekey(
    mapping: Annotated[Path, typer.Argument(help="Mapping folder of the project.")],
    store: Store = None,
    out: Runs = None,
    lose: Annotated[bool, typer.Option("--lose", help="Do without events that no source shows any more.")] = False,
) -> None:
    """Change the key of the pseudonyms, by reading every source anew: ZAAKSTROOM_KEY_OLD, ZAAKSTROOM_KEY."""
    from flows.rekey import rekey_project

    told = rekey_project(mapping, store, out, lose)
    _out.print(told, markup=False, highlight=False, soft_wrap=True)


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ZaakstroomError(str(file), f"cannot be read ({type(error).__name__})", "give a text file") from None
