"""What people see: progress and tables on a terminal, plain lines elsewhere. No logic."""

import contextlib
import csv
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingest.outcome import ExitCode, RefreshReport
from ingest.progress import Paced, Progress

if TYPE_CHECKING:
    from ingest.fetch.job import FetchReport

#: The width of tables that are piped: wide enough for any row.
WIDE = 1000
#: As much of a finding's id as tells it apart; explain takes any beginning of an id.
SHORT_ID = 10
#: What a figure's explanation tells machines only.
UNSHOWN = frozenset({"bbox", "document_id"})
#: Controls, marks of format such as the direction of writing, halves of characters, ends of lines.
STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Seconds between two lines of progress in a log: thousands of papers make no thousands of lines.
LINE_SECONDS = 5.0


@contextlib.contextmanager
def working() -> Iterator[Progress]:
    """Progress on standard error: a spinner on a terminal, now and then a plain line elsewhere."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield Paced(
            lambda step: console.print(f"juesuan: {printable(str(step))}", markup=False), LINE_SECONDS
        )
        return
    with console.status("starting") as state:
        yield lambda step: state.update(Text(printable(str(step)), no_wrap=True, overflow="ellipsis"))


def printable(text: str) -> str:
    """Text with marks that turn the direction of writing or steer the terminal shown as their codes."""
    return "".join(f"\\u{ord(char):04x}" if unicodedata.category(char) in STEERING else char for char in text)


def show_report(report: RefreshReport) -> None:
    """The end of a refresh in a few lines; failures go to standard error."""
    stream = Console(stderr=report.exit_code == ExitCode.FAILED, highlight=False, soft_wrap=True)
    stream.print(("juesuan: " if report.exit_code == ExitCode.FAILED else "") + report.message, markup=False)
    for words in report.notes:
        stream.print(printable(f"  {words}"), markup=False)
    for outcome in report.documents:
        if outcome.status == "quarantined":
            reason = f"{outcome.reason}; {outcome.remedy}" if outcome.reason else "quarantined before"
            stream.print(printable(f"  quarantined {outcome.file_name}: {reason}"), markup=False)
    if report.counts:
        counts = report.counts
        stream.print(
            f"  {counts['cells']} form cells · {counts['claims']} claims · {counts['projects']} projects ·"
            f" {counts['findings']} findings, {counts['errors']} of them errors",
            markup=False,
        )
        lapsed = report.acknowledgements.get("lapsed", [])
        if lapsed:
            stream.print(
                f"  {len(lapsed)} acknowledgements no longer apply (juesuan status says which)", markup=False
            )
        if report.exit_code != ExitCode.FAILED:
            stream.print(f"  {report.warehouse}/juesuan.duckdb", markup=False)
            if report.dashboards:
                stream.print(f"  dashboards: juesuan serve --warehouse {report.warehouse}", markup=False)
            else:
                stream.print("  no dashboards: their pages are not built; type make dashboards", markup=False)


def show_fetched(report: "FetchReport") -> None:
    """The end of a fetch in a few lines: what came, and what did not, with the reason."""
    failed = report.exit_code == ExitCode.FAILED
    stream = Console(stderr=failed, highlight=False, soft_wrap=True)
    stream.print(("juesuan: " if failed else "") + (report.message or "nothing to fetch"), markup=False)
    for item in report.items:
        if item.status in {"fetched", "planned"}:
            stream.print(printable(f"  {item.status} {item.file_name or item.url}"), markup=False)
        elif item.reason:
            line = f"  {item.status} {item.url}: {item.reason}; {item.remedy}"
            stream.print(printable(line), markup=False)


def show_rows(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], output: str, stream: TextIO | None = None
) -> None:
    """Rows as an aligned table, CSV or JSON. Codes stay text and amounts keep their decimals."""
    if output == "csv":
        writer = csv.writer(stream or sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    elif output == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        print(json.dumps(records, ensure_ascii=False, indent=2, default=str), file=stream)
    else:
        _console().print(_table(columns, rows))
        print(f"{len(rows)} rows", file=sys.stderr)


def show_findings(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], stream: TextIO | None = None
) -> None:
    """Findings as two lines each: what and whose it is and where, then the sentence and why it is whose."""
    console = _console(stream)
    for row in rows:
        item = dict(zip(columns, row, strict=True))
        head = (
            f"{item['severity']} · {item['responsibility']} · {item['department']} {item['year']} ·"
            f" {item['rule_id']} · {_page(item['page'])}{item['finding_id'][:SHORT_ID]}"
            + (" · acknowledged" if item["acknowledged"] else "")
        )
        console.print(printable(head), style="bold", markup=False)
        console.print(printable(f"  {item['explanation']}"), markup=False)
        console.print(printable(f"  ({item['fault']})"), style="dim", markup=False)
    print(f"{len(rows)} findings", file=sys.stderr)


def show_status(answer: dict[str, Any]) -> None:
    """The published warehouse at a glance."""
    console = _console()
    console.print(f"published {answer['published_at']} as {answer['publication']}", markup=False)
    console.print(_table(answer["document_columns"], answer["documents"]))
    console.print(_table(answer["finding_columns"], answer["findings"]))
    if answer["quarantined"]:
        console.print(_table(answer["quarantine_columns"], answer["quarantined"]))
    if answer["lapsed"]:
        console.print("acknowledgements that no longer apply: look at them again", markup=False)
        console.print(_table(answer["lapsed_columns"], answer["lapsed"]))


def show_job(job: dict[str, Any]) -> None:
    """How the last runs ended, what is kept, and what waits."""
    console = _console()
    for name, words in (("last_good_run", "last good run"), ("last_failed_run", "last failed run")):
        if run := job[name]:
            console.print(
                printable(f"{words}: {run['ended_at']:%Y-%m-%d %H:%M} · {run['message']}"), markup=False
            )
    for wait in job["waits"]:
        console.print(printable(f"waits: {wait}"), markup=False)
    if job["broken_files"]:
        console.print(f"not as it was published: {', '.join(job['broken_files'])}", markup=False)
    kept = [f"{item['number']}{' (standing)' if item['is_standing'] else ''}" for item in job["publications"]]
    console.print(f"publications kept: {', '.join(kept) or 'none'}", markup=False)


def show_explanation(answer: dict[str, Any]) -> None:
    """Cells, their rows as printed, claims and findings of a figure, one block each."""
    console = _console()
    for name in ("cells", "rows", "claims", "findings"):
        if not answer[name]:
            continue
        console.print(name, markup=False)
        if name == "rows":
            for row in answer[name]:
                printed = " | ".join(cell["text"] for cell in row["cells"])
                place = f"page {row['page']}, table {row['table_no']}, row {row['row_no']}"
                console.print(printable(f"{place}: {printed}"), markup=False)
        else:
            shown = [key for key in answer[name][0] if key not in UNSHOWN]
            console.print(_table(shown, [[item[key] for key in shown] for item in answer[name]]))


def _page(page: int | None) -> str:
    return "" if page is None else f"p. {page} · "


def _console(stream: TextIO | None = None) -> Console:
    """Standard output; where it is no terminal, lines are as long as they need to be."""
    stream = stream or sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else WIDE)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for position, column in enumerate(columns):
        numeric = any(isinstance(row[position], int | float) or _is_decimal(row[position]) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    return table


def _cell(value: Any) -> Text:
    """Text from documents is data, never markup; its lines stay lines."""
    lines = [] if value is None else str(value).split("\n")
    return Text("\n".join(map(printable, lines)))


def _is_decimal(value: Any) -> bool:
    return type(value).__name__ == "Decimal"
