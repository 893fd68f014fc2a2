"""The command line. Heavy imports happen inside the commands, so that --help answers at once."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ingest.errors import JuesuanError

if TYPE_CHECKING:
    import duckdb

app = typer.Typer(
    name="juesuan",
    no_args_is_help=True,
    add_completion=False,
    help="Juesuan (决算): published budgets and final accounts in, a judged warehouse out.",
    epilog="Usual order: refresh · serve · status · findings · query · explain",
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent
Warehouse = Annotated[
    Path, typer.Option("--warehouse", "-w", help="Folder of the warehouse.", envvar="JUESUAN_WAREHOUSE")
]
DEFAULT_WAREHOUSE = Path("warehouse")


@app.command()
def refresh(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; the bundled data/ by default.")
    ] = None,
    inbox: Annotated[Path | None, typer.Option(help="A folder to load besides the paths.")] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON report on standard output.")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Read again what was quarantined.")] = False,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", min=0, help="Papers read at once; 0: one a core.", envvar="JUESUAN_JOBS"
        ),
    ] = 0,
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="Seconds a paper may take; each page of a PDF adds 15.")
    ] = 300,
    memory_limit: Annotated[int, typer.Option(min=64, help="Memory a paper may take, in MiB.")] = 2048,
) -> None:
    """Load what is new, build, judge and publish.

    Exit codes: 0 published · 3 published, some documents quarantined · 4 nothing new · 1 failed,
    the old warehouse stands · 2 wrong usage.
    """
    from ingest.console import show_report, working
    from ingest.refresh import ExitCode, ReadingOptions, RefreshReport
    from ingest.refresh import refresh as run
    from ingest.workers import Limits

    chosen = [*(paths or []), *([inbox] if inbox else [])] or [PROJECT_ROOT / "data"]
    for path in chosen:
        if not path.exists():
            raise typer.BadParameter(f"{path} does not exist", param_hint="PATHS")
    options = ReadingOptions(jobs, Limits(time_limit, memory_limit * 2**20), retry)
    problem = ""
    try:
        with _stoppable(), working() as progress:
            report = run(chosen, warehouse, progress, options)
    except JuesuanError as error:
        problem = str(error)
    except KeyboardInterrupt:
        problem = "stopped; the published warehouse stands as it was, and what was read so far is kept"
    if problem:
        report = RefreshReport(exit_code=ExitCode.FAILED, message=problem, warehouse=str(warehouse))
    if as_json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        show_report(report)
    raise typer.Exit(int(report.exit_code))


@app.command()
def status(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is published: when, which documents, how many findings, what is quarantined."""
    from ingest.console import show_status
    from ingest.questions import warehouse_status

    with _published(warehouse) as db:
        answer = warehouse_status(db, warehouse)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
    else:
        show_status(answer)


@app.command()
def findings(
    document: Annotated[
        str | None, typer.Option(help="Document id, or a part of file or department name.")
    ] = None,
    severity: Annotated[str | None, typer.Option(help="error, suspicious or rounding.")] = None,
    responsibility: Annotated[str | None, typer.Option(help="publisher or extraction.")] = None,
    kind: Annotated[str | None, typer.Option(help="sum, cross_form, claim_vs_form, coverage …")] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="zh or en.")] = "zh",
    output: Annotated[str, typer.Option("--format", "-f", help="table, csv or json.")] = "table",
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """List what does not add up, in plain words."""
    from ingest.console import show_findings, show_rows
    from ingest.questions import list_findings

    _choice("--format", output, ("table", "csv", "json"))
    _choice("--language", language, ("zh", "en"))
    for name, value, allowed in (
        ("--severity", severity, ("error", "suspicious", "rounding")),
        ("--responsibility", responsibility, ("publisher", "extraction")),
    ):
        if value is not None:
            _choice(name, value, allowed)
    with _published(warehouse) as db:
        columns, rows = list_findings(db, document, severity, responsibility, kind, language)
    if output == "table":
        show_findings(columns, rows)
    else:
        show_rows(columns, rows, output)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the schema marts.")],
    output: Annotated[str, typer.Option("--format", "-f", help="table, csv or json.")] = "table",
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Ask the published warehouse in SQL, read-only."""
    import duckdb

    from ingest.console import show_rows

    _choice("--format", output, ("table", "csv", "json"))
    with _published(warehouse) as db:
        try:
            result = db.execute(sql)
            columns = [item[0] for item in result.description or []]
            rows = result.fetchall()
        except duckdb.Error as error:
            _fail(f"the query failed: {error}")
    show_rows(columns, rows, output)


@app.command()
def explain(
    figure: Annotated[
        str,
        typer.Argument(
            help="document:form:row_key:measure (parts from the right may be left out), or a finding id."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    crop: Annotated[
        Path | None, typer.Option(help="Write a picture (PNG) of the row on its page to this file.")
    ] = None,
    documents: Annotated[
        list[Path] | None,
        typer.Option(help="Where the paper is kept, for the picture; the bundled data/ by default."),
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Show the row in which a figure is printed, where else the paper states it, and what was found."""
    from ingest.console import show_explanation
    from ingest.questions import explain_figure

    with _published(warehouse) as db:
        answer = explain_figure(db, figure)
    if not answer["cells"] and not answer["findings"] and not answer["claims"]:
        _fail(f"nothing is known of {figure}; try juesuan status for documents, or fewer parts")
    if crop:
        _write_crop(answer, crop, documents or [PROJECT_ROOT / "data"])
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
    else:
        show_explanation(answer)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")],
    document: Annotated[
        str | None, typer.Option(help="Document id, or a part of file or department name.")
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Write the forms of the published documents as text, one file a document."""
    from ingest.tables import write_tables

    with _published(warehouse) as db:
        try:
            written = write_tables(db, folder, document)
        except OSError as error:
            _fail(f"{error.filename} cannot be written: {error.strerror}")
    if not written:
        _fail(f"no published document with forms is {document}; try juesuan status")
    for path in written:
        print(path)


@app.command()
def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one.")
    ] = 8600,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Show the dashboards in this machine's browser; stop with Ctrl-C."""
    if not (warehouse / "current" / "site" / "index.html").is_file():
        _fail(f"no dashboards are published in {warehouse}; type make dashboards, or see juesuan refresh")
    from ingest.serve import LOOPBACK, listen
    from ingest.serve import serve as run

    try:
        server = listen(port)
    except JuesuanError as error:
        _fail(str(error))
    with contextlib.closing(server), contextlib.suppress(KeyboardInterrupt):
        print(f"http://{LOOPBACK}:{server.getsockname()[1]}/", flush=True)
        run(warehouse, server)


def _write_crop(answer: dict[str, Any], target: Path, folders: list[Path]) -> None:
    from ingest.crop import crop_row, find_original, read_box

    rows, cells = answer["rows"], answer["cells"]
    if len(rows) != 1:
        _fail(f"a picture shows one row and the figure stands in {len(rows)}; name its row and measure")
    boxes = [read_box(cell["bbox"]) for cell in rows[0]["cells"] if cell["bbox"]]
    if not boxes:
        _fail("the paper's format has no pages to take a picture of; only PDF has")
    framed = {cell["bbox"] for cell in cells if cell["bbox"]}
    try:
        original = find_original(cells[0]["sha256"], folders)
        picture = crop_row(
            original.read_bytes(),
            rows[0]["page"],
            boxes,
            read_box(framed.pop()) if len(framed) == 1 else None,
        )
        target.write_bytes(picture)
    except (JuesuanError, OSError) as error:
        _fail(str(error))


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """A scheduler's SIGTERM ends the job as Ctrl-C does: workers first, nothing half-written."""

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _published(warehouse: Path) -> "duckdb.DuckDBPyConnection":
    from ingest.publish import open_published

    try:
        return open_published(warehouse)
    except FileNotFoundError:
        _fail(f"nothing is published in {warehouse}; run juesuan refresh first")


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise typer.BadParameter(f"{value} is not one of {', '.join(allowed)}", param_hint=name)


def _fail(message: str) -> NoReturn:
    print(f"juesuan: {message}", file=sys.stderr)
    raise typer.Exit(1)


def main() -> None:
    """Entry point of the command ``juesuan``."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    app()


if __name__ == "__main__":
    main()
