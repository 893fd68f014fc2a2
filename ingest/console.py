"""What people see: progress and tables on a terminal, plain lines elsewhere. No logic."""

import contextlib
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingest.progress import Progress, Step, Stopwatch
from ingest.refresh import ExitCode, RefreshReport

#: The width of tables that are piped: wide enough for any row.
WIDE = 1000
#: As much of a finding's id as tells it apart; explain takes any beginning of an id.
SHORT_ID = 10
#: What a figure's explanation tells machines only.
UNSHOWN = frozenset({"bbox", "document_id"})
#: Seconds between two lines of progress in a log: thousands of papers make no thousands of lines.
LINE_SECONDS = 5.0


@contextlib.contextmanager
def working() -> Iterator[Progress]:
    """Progress on standard error: a spinner on a terminal, now and then a plain line elsewhere."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    with console.status("starting") as state:
        yield lambda step: state.update(Text(printable(str(step)), no_wrap=True, overflow="ellipsis"))


class _Lines:
    """A line for each new step, and one every few seconds while it lasts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._text = ""
        self._last = Stopwatch()

    def __call__(self, step: Step) -> None:
        if step.text != self._text or self._last.seconds >= LINE_SECONDS:
            self._text, self._last = step.text, Stopwatch()
            self._console.print(f"juesuan: {printable(str(step))}", markup=False)


def printable(text: str) -> str:
    """Text with marks that turn the direction of writing or steer the terminal shown as their codes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def show_report(report: RefreshReport) -> None:
    """The end of a refresh in a few lines; failures go to standard error."""
    stream = Console(stderr=report.exit_code == ExitCode.FAILED, highlight=False, soft_wrap=True)
    stream.print(("juesuan: " if report.exit_code == ExitCode.FAILED else "") + report.message, markup=False)
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
        stream.print(f"  {report.warehouse}/juesuan.duckdb", markup=False)
        if report.dashboards:
            stream.print(f"  dashboards: juesuan serve --warehouse {report.warehouse}", markup=False)
        else:
            stream.print("  no dashboards: their pages are not built; type make dashboards", markup=False)


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], output: str) -> None:
    """Rows as an aligned table, CSV or JSON. Codes stay text and amounts keep their decimals."""
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    elif output == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        print(json.dumps(records, ensure_ascii=False, indent=2, default=str))
    else:
        _console().print(_table(columns, rows))
        print(f"{len(rows)} rows", file=sys.stderr)


def show_findings(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Findings as two lines each: what and whose it is, then the sentence."""
    console = _console()
    for row in rows:
        item = dict(zip(columns, row, strict=True))
        console.print(
            f"{item['severity']} · {item['responsibility']} · {item['department']} {item['year']} ·"
            f" {item['rule_id']} · {item['finding_id'][:SHORT_ID]}",
            style="bold",
            markup=False,
        )
        console.print(f"  {item['explanation']}", markup=False)
    print(f"{len(rows)} findings", file=sys.stderr)


def show_status(answer: dict[str, Any]) -> None:
    """The published warehouse at a glance."""
    console = _console()
    console.print(f"published {answer['published_at']} as {answer['publication']}", markup=False)
    console.print(_table(answer["document_columns"], answer["documents"]))
    console.print(_table(answer["finding_columns"], answer["findings"]))
    if answer["quarantined"]:
        console.print(_table(answer["quarantine_columns"], answer["quarantined"]))


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
                console.print(f"{place}: {printed}", markup=False)
        else:
            shown = [key for key in answer[name][0] if key not in UNSHOWN]
            console.print(_table(shown, [[item[key] for key in shown] for item in answer[name]]))


def _console() -> Console:
    """Standard output; where it is no terminal, lines are as long as they need to be."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for position, column in enumerate(columns):
        numeric = any(isinstance(row[position], int | float) or _is_decimal(row[position]) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else _escape(str(value)) for value in row))
    return table


def _is_decimal(value: Any) -> bool:
    return type(value).__name__ == "Decimal"


def _escape(text: str) -> str:
    """Text from documents is data, never markup."""
    return text.replace("[", r"\[")
