"""The command line: `zaakstroom`. Errors that a user can mend come without a traceback, each with its exit code."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from flows.cli_journey import app as journey_app
from flows.cli_privacy import forget, rekey
from mappings.base import to_instant
from mappings.errors import ZaakstroomError

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

_OF_THE_MACHINE = {errno.EACCES, errno.EDQUOT, errno.EEXIST, errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS}
"""What the user can mend: rights, space, a file where a folder should be. Any other is a fault of the program."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for command in (forget, rekey):
    app.command()(command)
app.add_typer(journey_app, name="journey")
out = Console()
errors = Console(stderr=True)

Folder = Annotated[Path, typer.Argument(help="Mapping folder: project.yaml, sources/, journeys/.")]
Out = Annotated[
    Path | None, typer.Option("--out", file_okay=False, help="Folder of runs; out/<project> where left out.")
]
Store = Annotated[
    Path | None, typer.Option("--store", file_okay=False, help="Folder of event stores; store/ where left out.")
]
Host = Annotated[str, typer.Option(help="Address to listen on; loopback alone where left out.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]


def main() -> None:
    """Run the command line; the process ends with 0, or with the exit code of the error."""
    try:
        app()
    except ZaakstroomError as error:
        _show(error)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            raise
        where = str(error.filename or "the disk")
        _show(ZaakstroomError(where, str(error.strerror).lower(), "mend that, or name another folder"))
        sys.exit(ZaakstroomError.exit_code)


def _show(error: ZaakstroomError) -> None:
    errors.print("error:", style="bold red", end=" ")
    errors.print(str(error), markup=False, highlight=False, soft_wrap=True)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return to_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _memory(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text, re.IGNORECASE):
        raise typer.BadParameter(f"'{text}' is no amount of memory; write 4GB or 800MB")
    return text


def _interval(begin: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    since, until = _moment(begin), _moment(end)
    if since and until and since >= until:
        raise typer.BadParameter(f"the interval ends ({end}) before it begins ({begin}); --from comes before --to")
    return since, until


@app.command()
def run(
    mapping: Folder,
    begin: Annotated[str | None, typer.Option("--from", help="Data interval: from this moment on.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Data interval: up to this moment, not included.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The moment of looking; now where left out.")] = None,
    folder: Out = None,
    store: Store = None,
    memory: Annotated[str, typer.Option(help="Memory limit of the engine.", callback=_memory)] = "4GB",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the engine; all cores where left out.")] = None,
    engine: Annotated[str, typer.Option(help="What the log is mined on: duckdb, or spark with --master.")] = "duckdb",
    master: Annotated[str | None, typer.Option(help="URL of Spark's master: spark://host:7077.")] = None,
    is_analyst: Annotated[
        bool, typer.Option("--analyst", help="Also write the cases under pseudonyms: analyst.html, not to be mailed.")
    ] = False,
    no_logs: Annotated[
        bool, typer.Option("--no-logs", help="Leave the event log (XES, OCEL) out of the exports.")
    ] = False,
    is_prefect: Annotated[bool, typer.Option("--prefect", help="Go through Prefect's engine.")] = False,
) -> None:
    """Mine a mapping folder: extract, check, store, mine, publish."""
    from flows.request import RunRequest

    limits = (memory, threads, engine, master, is_analyst, not no_logs)
    request = RunRequest(mapping, folder, store, *_interval(begin, end), _moment(as_of), *limits)
    _mine(request, is_prefect or bool(os.environ.get("PREFECT_API_URL")))


def _mine(request: Any, is_prefect: bool) -> None:
    from flows.summary import summary

    if is_prefect:
        from flows.mine import run_with_prefect

        published = run_with_prefect(request)
    else:
        from flows.gate.process import GateProcess

        # it loads what takes longest, while this process loads the rest
        with GateProcess() as gate:
            from flows.run import run as run_plainly

            with out.status("…") as status:
                published = run_plainly(request, lambda what: status.update(f"{what} …"), gate)
    out.print(summary(published.findings, published.folder), markup=False, highlight=False, soft_wrap=True)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder of runs.")] = Path("out/demo"),
    data: Annotated[Path, typer.Option(help="Where the built-in chain's files are written.")] = Path("demo-data"),
    cases: Annotated[int, typer.Option(min=20, help="How many applications.")] = 1200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same chain.")] = 2025,
    store: Store = None,
) -> None:
    """Simulate the built-in chain of household help and mine it."""
    from flows.request import RunRequest
    from flows.simulator.simulate import AS_OF, simulate

    simulate(data, cases, seed)
    os.environ["ZAAKSTROOM_DEMO_DATA"] = str(data.absolute())
    mapping = Path(__file__).resolve().parents[1] / "mappings" / "demo"
    _mine(RunRequest(mapping, folder, store or data / "store", as_of=AS_OF), is_prefect=False)


@app.command()
def check(mapping: Folder) -> None:
    """Check a mapping folder and list every problem at once."""
    from flows.counted import counted
    from mappings.check import check as problems_of

    problems = problems_of(mapping)
    for problem in problems:
        out.print(f"{problem.severity}: {problem}", markup=False, highlight=False, soft_wrap=True)
    wrong = sum(problem.severity == "error" for problem in problems)
    told = f"{counted(wrong, 'error')}, {counted(len(problems) - wrong, 'warning')}"
    out.print(f"{mapping}: {told}", markup=False, highlight=False)
    raise typer.Exit(2 if wrong else 0)


@app.command()
def init(
    folder: Annotated[Path, typer.Option("--out", help="Mapping folder to write.")] = Path("mapping"),
    zgw: Annotated[str | None, typer.Option(help="Address that the ZGW APIs share: https://host.")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Export of a catalogue, a ZIP file.")] = None,
    zaaktype: Annotated[list[str] | None, typer.Option(help="Its identificatie; may be given again.")] = None,
    client_id: Annotated[str, typer.Option(help="The client id that the installation knows.")] = "zaakstroom",
    secret_env: Annotated[str, typer.Option(help="Environment variable with the secret.")] = "ZGW_SECRET",  # noqa: S107
) -> None:
    """Write a first mapping folder from a ZGW catalogue: a source, and a journey per zaaktype with its questions."""
    from flows.init import init_from_api, init_from_export

    if (zgw is None) == (catalogue is None):
        raise typer.BadParameter("give either --zgw with an address, or --catalogue with a ZIP file")
    wanted = tuple(zaaktype or ())
    if catalogue is not None:
        told = init_from_export(catalogue, folder, wanted, client_id, secret_env)
    else:
        told = init_from_api(zgw or "", folder, wanted, client_id, secret_env)
    out.print(told, markup=False, highlight=False, soft_wrap=True)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX, Parquet, XES or OCEL file.")],
    folder: Annotated[Path | None, typer.Option("--out", help="Mapping folder to write.")] = None,
) -> None:
    """Look at an unknown file and write a first mapping, with confidence and open questions."""
    from flows.inspect import inspect_file, report, write_mapping

    inspection = inspect_file(file)
    out.print(report(inspection), markup=False, highlight=False, soft_wrap=True)
    if folder is not None:
        write_mapping(inspection, folder)
        out.print(f"written: {folder}", markup=False, highlight=False)


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(help="Folder of runs.")],
    host: Host = "127.0.0.1",
    port: Port = 8080,
) -> None:
    """Show a folder of runs in a browser, with the trend over the runs; ctrl-C ends it."""
    from flows.serve import server

    _listen(server(folder, host, port), host)


@app.command()
def receive(
    folder: Annotated[Path, typer.Argument(help="Folder of notifications, as 'notifications' in a mapping names it.")],
    host: Host = "127.0.0.1",
    port: Port = 8081,
) -> None:
    """Receive the notifications of a ZGW installation, for the next runs; ctrl-C ends it."""
    from flows.receive import receiver

    _listen(receiver(folder, host, port), host)


def _listen(server: ThreadingHTTPServer, host: str) -> None:
    with server as listening:
        out.print(f"http://{host}:{listening.server_port}/", markup=False, highlight=False)
        with contextlib.suppress(KeyboardInterrupt):
            listening.serve_forever()


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, such as out/demo/latest.")],
    by: Annotated[
        str | None, typer.Option(help="Divide the cases: persona, zaaktype, channel, started_year, a segment …")
    ] = None,
    mix: Annotated[
        list[str] | None, typer.Option(help="Field of the equal mix; zaaktype, persona and channel where left out.")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="The side that others are compared with.")] = None,
    same_journey: Annotated[
        bool, typer.Option("--same-journey", help="Runs of different mappings whose journeys have the same steps.")
    ] = False,
    file: Annotated[
        Path, typer.Option("--out", dir_okay=False, help="Where to write; the page comes beside it.")
    ] = Path("comparison.json"),
) -> None:
    """Compare runs, or the parts of runs by a segment: raw, at equal mix, and what is sure."""
    from flows.compare import compare_runs
    from flows.compare_report import tables_of
    from flows.publish.compare_page import write_comparison

    comparison = compare_runs(runs, by, mix, reference, same_journey)
    for part in tables_of(comparison):
        out.print(part)
    for path in write_comparison(comparison, file):
        out.print(f"written: {path}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def schema(folder: Annotated[Path, typer.Option("--out", help="Where to write.")] = Path("docs/schema")) -> None:
    """Write the JSON Schemas of the mappings and of findings.json."""
    from mappings.schema import json_schemas
    from mining.findings import Findings
    from mining.results.comparison import Comparison

    folder.mkdir(parents=True, exist_ok=True)
    schemas = json_schemas() | {
        "findings": Findings.model_json_schema(by_alias=True, mode="serialization"),
        "comparison": Comparison.model_json_schema(by_alias=True, mode="serialization"),
    }
    for name, content in schemas.items():
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
        out.print(str(path), markup=False, highlight=False)


if __name__ == "__main__":
    main()
