"""`zaakstroom journey`: begin with a journey, before there is a log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help=__doc__)
out = Console()


@app.command(name="list")
def listed() -> None:
    """List the journeys on the shelf."""
    from mappings.shelf import shelf

    starters = shelf()
    wide = max(len(starter.name) for starter in starters)
    for starter in starters:
        title = starter.title if isinstance(starter.title, str) else " · ".join(starter.title.values())
        out.print(f"{starter.name:<{wide}}  {title}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def new(
    begin: Annotated[str, typer.Argument(metavar="FROM", help="A journey of the shelf; `journey list` names them.")],
    folder: Annotated[Path | None, typer.Option("--out", help="Mapping folder to write; FROM where left out.")] = None,
) -> None:
    """Start a mapping folder of your own from a journey of the shelf."""
    from mappings.shelf import take

    target = take(begin, folder or Path(begin))
    out.print(f"written: {target}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"next: zaakstroom journey draw {target}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def draw(
    mapping: Annotated[Path, typer.Argument(help="Mapping folder; it needs no source yet.")],
    file: Annotated[Path | None, typer.Option("--out", help="Page to write; MAPPING/journey.html if left out.")] = None,
) -> None:
    """Draw the journey of a folder as a blueprint, without any log."""
    from flows.publish.design_page import design_page
    from flows.publish.runs import write_whole
    from mappings.load import load_design

    project, journeys = load_design(mapping)
    page = file or mapping / "journey.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, design_page(project, journeys, datetime.now(UTC)))
    out.print(f"written: {page}", markup=False, highlight=False, soft_wrap=True)
