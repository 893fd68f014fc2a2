"""The command line. Heavy imports happen inside the commands, so that --help answers at once."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

from ingest.errors import JuesuanError
from ingest.logs import logged_steps, logging_as
from ingest.progress import Progress, Stopwatch
from ingest.report import Channels, R, hand_over

if TYPE_CHECKING:
    import duckdb

app = typer.Typer(
    name="juesuan",
    no_args_is_help=True,
    add_completion=False,
    help="Juesuan (决算): published budgets and final accounts in, a judged warehouse out.",
    epilog="Usual order: fetch · refresh · serve · status · findings · explain · acknowledge · query",
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent
Warehouse = Annotated[
    Path, typer.Option("--warehouse", "-w", help="Folder of the warehouse.", envvar="JUESUAN_WAREHOUSE")
]
DEFAULT_WAREHOUSE = Path("warehouse")
FORMATS = ("table", "csv", "json", "xlsx")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON report on standard output.")]
LogFormat = Annotated[
    str,
    typer.Option("--log-format", help="Standard error as text or json lines.", envvar="JUESUAN_LOG_FORMAT"),
]
Metrics = Annotated[
    Path | None,
    typer.Option("--metrics", help="Write Prometheus metrics of the run to this .prom file."),
]
Webhook = Annotated[
    str | None,
    typer.Option(
        "--webhook",
        help="Post the report to this URL when the run has ended.",
        envvar="JUESUAN_WEBHOOK",
        show_envvar=True,
    ),
]


@app.command()
def fetch(
    sources: Annotated[Path, typer.Argument(help="What to fetch, and how: docs/fetch.md.")] = Path(
        "sources.yml"
    ),
    inbox: Annotated[Path, typer.Option(help="The folder to fetch into; made if it is not there.")] = Path(
        "inbox"
    ),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read index pages, say what would be fetched, write nothing.")
    ] = False,
    allow_private: Annotated[
        list[str] | None,
        typer.Option("--allow-private", metavar="HOST", help="A host that may have a private address."),
    ] = None,
    as_json: AsJson = False,
    log_format: LogFormat = "text",
    metrics: Metrics = None,
    webhook: Webhook = None,
) -> None:
    """Fetch published papers into an inbox; refresh --inbox loads them.

    Exit codes: 0 fetched · 3 some URLs could not be had · 4 nothing new · 1 none could be had ·
    2 wrong usage.
    """
    from ingest.console import show_fetched
    from ingest.fetch.job import FetchCode, FetchReport, client_for
    from ingest.fetch.job import fetch as run
    from ingest.fetch.sources import WrongSources, load_sources

    channels = _channels(as_json, log_format, metrics, webhook)
    try:
        wanted = load_sources(sources)
    except WrongSources as error:
        _fail(str(error), code=2)
    watch = Stopwatch()
    with _logged(log_format) as progress:
        try:
            with _stoppable(), contextlib.closing(client_for(wanted, allow_private or ())) as client:
                report = run(wanted, inbox, client, dry_run=dry_run, progress=progress)
        except JuesuanError as error:
            report = FetchReport(FetchCode.FAILED, str(error), str(inbox), dry_run)
        except KeyboardInterrupt:
            report = FetchReport(FetchCode.FAILED, "stopped; what was fetched is kept", str(inbox), dry_run)
    _end("fetch", report, watch, channels, log_format, show_fetched)


@app.command()
def refresh(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; the bundled data/ by default.")
    ] = None,
    inbox: Annotated[
        Path | None,
        typer.Option(help="A folder to load besides the paths; what goes from it is no longer current."),
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: AsJson = False,
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
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another job that writes.")] = 0,
    keep: Annotated[int, typer.Option(min=1, help="Publications to keep for juesuan rollback.")] = 3,
    force: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Publish what the gates hold back; the reason is kept with it."),
    ] = None,
    log_format: LogFormat = "text",
    metrics: Metrics = None,
    webhook: Webhook = None,
) -> None:
    """Load what is new, build, judge and publish.

    Exit codes: 0 published · 3 published, some documents quarantined · 4 nothing new · 1 failed,
    the old warehouse stands · 2 wrong usage.
    """
    from ingest.console import show_report
    from ingest.refresh import ExitCode, PublishingOptions, ReadingOptions, RefreshFailed, RefreshReport
    from ingest.refresh import refresh as run
    from ingest.workers import Limits

    # The inbox first: a paper that lies in both is the inbox's.
    chosen = [*([inbox] if inbox else []), *(paths or [])] or [PROJECT_ROOT / "data"]
    for path in chosen:
        if not path.exists():
            raise typer.BadParameter(f"{path} does not exist", param_hint="PATHS")
    if inbox and not inbox.is_dir():
        raise typer.BadParameter(f"{inbox} is no folder", param_hint="--inbox")
    if force is not None and not force.strip():
        raise typer.BadParameter("say why", param_hint="--force")
    options = ReadingOptions(jobs, Limits(time_limit, memory_limit * 2**20), retry)
    publishing = PublishingOptions(inbox, wait, keep, force)
    channels = _channels(as_json, log_format, metrics, webhook)
    watch = Stopwatch()
    with _logged(log_format) as progress:
        try:
            with _stoppable():
                report = run(chosen, warehouse, progress, options, publishing=publishing)
        except RefreshFailed as error:
            report = error.report
        except KeyboardInterrupt:
            stopped = "stopped; the published warehouse stands as it was, and what was read so far is kept"
            report = RefreshReport(exit_code=ExitCode.FAILED, message=stopped, warehouse=str(warehouse))
    _end("refresh", report, watch, channels, log_format, show_report)


@app.command()
def rollback(
    number: Annotated[
        int | None, typer.Argument(help="The publication to go back to; the one before by default.")
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another job that writes.")] = 0,
) -> None:
    """Make an earlier publication the standing one again (juesuan status lists those that are kept)."""
    from ingest.refresh import utc_now
    from ingest.rollback import roll_back

    try:
        print(roll_back(warehouse, number, utc_now, wait))
    except JuesuanError as error:
        _fail(str(error))


@app.command()
def status(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    explain_grades: Annotated[
        bool,
        typer.Option("--explain-grades", help="Say what the grades A to D mean, and how many have each."),
    ] = False,
) -> None:
    """Say what is published, how the last runs ended, and what waits; nobody is kept waiting by it."""
    from ingest.console import show_job, show_rows, show_status
    from ingest.questions import grade_definitions, warehouse_status
    from ingest.standing import job_status

    if explain_grades:
        with _published(warehouse) as db:
            columns, rows = grade_definitions(db)
        show_rows(columns, rows, "json" if as_json else "table")
        return
    # The job first: it is asked most where there is no warehouse that could be opened.
    job = job_status(warehouse)
    if as_json:
        with _published(warehouse) as db:
            answer = warehouse_status(db, warehouse) | {"job": job}
        print(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
        return
    show_job(job)
    with _published(warehouse) as db:
        show_status(warehouse_status(db, warehouse))


@app.command()
def findings(
    document: Annotated[
        str | None, typer.Option(help="Document id, or a part of file or department name.")
    ] = None,
    severity: Annotated[str | None, typer.Option(help="error, suspicious or rounding.")] = None,
    responsibility: Annotated[str | None, typer.Option(help="publisher or extraction.")] = None,
    kind: Annotated[str | None, typer.Option(help="sum, cross_form, claim_vs_form, coverage …")] = None,
    language: Annotated[str, typer.Option("--lang", "--language", "-l", help="zh or en.")] = "zh",
    form: Annotated[
        str | None,
        typer.Option("--format", "-f", help="table, csv, json or xlsx; by default what --output ends in."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file; a workbook needs one.")
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """List what does not add up, in plain words."""
    from ingest.console import show_findings, show_rows
    from ingest.questions import finding_kinds, has_document, list_findings
    from ingest.workbook import write_workbook

    ending = output.suffix.removeprefix(".") if output else ""
    form = form or (ending if ending in FORMATS else "table")
    _choice("--format", form, FORMATS)
    if form == "xlsx" and output is None:
        raise typer.BadParameter("a workbook needs --output FILE.xlsx", param_hint="--format")
    for name, value, allowed in (
        ("--lang", language, ("zh", "en")),
        ("--severity", severity, ("error", "suspicious", "rounding")),
        ("--responsibility", responsibility, ("publisher", "extraction")),
    ):
        if value is not None:
            _choice(name, value, allowed)
    with _published(warehouse) as db:
        if kind is not None:
            _choice("--kind", kind, finding_kinds(db))
        if document is not None and not has_document(db, document):
            raise typer.BadParameter(
                f"no published document is {document}; juesuan status lists them", param_hint="--document"
            )
        columns, rows = list_findings(db, document, severity, responsibility, kind, language)
    try:
        if form == "xlsx" and output:
            write_workbook(output, "findings", columns, rows)
        else:
            with output.open("w", encoding="utf-8", newline="") if output else _standard_output() as stream:
                if form == "table":
                    show_findings(columns, rows, stream)
                else:
                    show_rows(columns, rows, form, stream)
    except OSError as error:
        if output is None:
            raise
        _fail(f"{output} cannot be written: {error.strerror or error}")
    if output:
        print(f"{len(rows)} findings in {output}", file=sys.stderr)


@app.command()
def acknowledge(
    finding: Annotated[
        str, typer.Argument(help="The beginning of a finding's id, as juesuan findings shows it.")
    ],
    reason: Annotated[str, typer.Option(help="Why it needs no further attention.")],
    by: Annotated[str, typer.Option(help="Who decided.")],
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Enter a decision on a finding: from the next refresh on it no longer counts against its document.

    It is one dated row in seeds/acknowledged_finding.csv and holds while the finding's figures stand.
    """
    from datetime import date

    from ingest import acknowledge as steward

    for name, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise typer.BadParameter("may not be empty", param_hint=name)
    with _published(warehouse) as db:
        try:
            entry, words, is_new = steward.acknowledge(
                db, finding, reason, by, date.today(), steward.ACKNOWLEDGED_FILE
            )
        except steward.UnknownFinding as error:
            raise typer.BadParameter(str(error), param_hint="FINDING") from error
        except JuesuanError as error:
            _fail(str(error))
    if is_new:
        print(f"acknowledged {entry.finding_id}: {words}")
        print(f"entered in {steward.ACKNOWLEDGED_FILE}; juesuan refresh makes it count", file=sys.stderr)
    else:
        print(f"{entry.finding_id} is acknowledged already, on the same figures; nothing is added")


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
    output: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="text: the forms of a document, which refresh reads back · parquet, csv: every mart, with"
            " its data package · xlsx: a workbook for each body and year.",
        ),
    ] = "text",
    document: Annotated[
        str | None,
        typer.Option(help="Of text and xlsx: document id, or a part of file or department name."),
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Of csv: a byte order mark, for Excel.")] = False,
    docs: Annotated[bool, typer.Option("--docs", help="Also dbt's documentation as one page.")] = False,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
) -> None:
    """Write what is published as files; nothing is written over."""
    from ingest.products.export import export_csv, export_docs, export_parquet
    from ingest.products.workbook import write_workbooks
    from ingest.tables import write_tables

    _choice("--format", output, ("text", "parquet", "csv", "xlsx"))
    if document and output in {"parquet", "csv"}:
        raise typer.BadParameter(f"{output} holds whole marts", param_hint="--document")
    if bom and output != "csv":
        raise typer.BadParameter("only csv has a byte order mark", param_hint="--bom")
    try:
        if output == "parquet":
            written = export_parquet(warehouse, folder)
        elif output == "csv":
            written = export_csv(warehouse, folder, bom)
        else:
            with _published(warehouse) as db:
                written = (write_workbooks if output == "xlsx" else write_tables)(db, folder, document)
        if not written:
            _fail(f"no published document with forms is {document}; try juesuan status")
        if docs:
            written += export_docs(warehouse, folder)
    except OSError as error:
        _fail(f"{error.filename} cannot be written: {error.strerror}")
    except JuesuanError as error:
        _fail(str(error))
    for path in written:
        print(path)


@app.command()
def mcp(warehouse: Warehouse = DEFAULT_WAREHOUSE) -> None:
    """Serve the marts, read-only, to clients of the Model Context Protocol, on standard input and output."""
    _published(warehouse).close()
    try:
        from ingest.mcp_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"mcp", "mcp_types"}:
            raise
        _fail("the extra mcp is not installed; pip install 'juesuan[mcp]'")
    serve(warehouse)


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


def _channels(as_json: bool, log_format: str, metrics: Path | None, webhook: str | None) -> Channels:
    """Where the report goes; wrong usage where it cannot go there."""
    _choice("--log-format", log_format, ("text", "json"))
    if webhook:
        from ingest.webhook import checked_webhook

        try:
            checked_webhook(webhook)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--webhook") from error
    return Channels(as_json, metrics, webhook)


@contextlib.contextmanager
def _logged(log_format: str) -> Iterator[Progress]:
    """Progress and warnings on standard error in the format asked for."""
    from ingest.console import working

    with logging_as(log_format):
        if log_format == "json":
            yield logged_steps()
        else:
            with working() as progress:
                yield progress


def _end(
    command: str, report: R, watch: Stopwatch, channels: Channels, log_format: str, show: Callable[[R], None]
) -> NoReturn:
    """Tell how a run ended, and end with its exit code."""
    with logging_as(log_format):
        hand_over(command, report, watch.seconds, channels, show)
    raise typer.Exit(int(report.exit_code))


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


def _standard_output() -> "contextlib.AbstractContextManager[TextIO]":
    return contextlib.nullcontext(sys.stdout)


def _published(warehouse: Path) -> "duckdb.DuckDBPyConnection":
    from ingest.publish import open_published

    try:
        return open_published(warehouse)
    except FileNotFoundError:
        _fail(f"nothing is published in {warehouse}; run juesuan refresh first")
    except JuesuanError as error:
        _fail(str(error))


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise typer.BadParameter(f"{value} is not one of {', '.join(allowed)}", param_hint=name)


def _fail(message: str, code: int = 1) -> NoReturn:
    print(f"juesuan: {message}", file=sys.stderr)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the command ``juesuan``."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    app()


if __name__ == "__main__":
    main()
