"""An Excel workbook of one body's year: a sheet for each part of its accounts, in Chinese.

Codes and ids are text, amounts are numbers with two decimals, and the note of an amount names the
document and page it stands on. The same publication gives the same bytes.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
import yaml

from ingest.identity import KINDS, PERIMETERS
from ingest.products.files import file_stem
from ingest.rules import SEEDS

#: Excel's numbers hold this many digits; an amount with more is written as text.
EXCEL_DIGITS = 15
#: Workbooks carry a date, and a clock's would differ from run to run.
NO_DATE = datetime(1980, 1, 1)

_WORDS: dict[str, dict[str, str]] = {
    "fund": {
        "all": "全部",
        "general_public": "一般公共预算",
        "government_fund": "政府性基金",
        "state_capital": "国有资本经营预算",
    },
    "role": {"detail": "明细", "subtotal": "小计", "total": "合计"},
    "severity": {"error": "错误", "suspicious": "可疑", "rounding": "尾差"},
    "responsibility": {"publisher": "发布方", "extraction": "提取"},
    "kind": {kind: word for word, kind in KINDS.items()},
    "perimeter": {perimeter: word for word, perimeter in PERIMETERS.items()},
    "source": {"form": "报表", "claim": "说明文字", "implied": "由增减额推算"},
    "reading": {"reported": "原文", "normalised": "规范化", "repaired": "修复", "derived": "推导"},
    "measure": {"total": "合计", "amount": "金额"},
}


@dataclass(frozen=True)
class Sheet:
    """A sheet as workbook.yml has it: heads by column, the question, the columns whose values are words."""

    title: str
    columns: Mapping[str, str]
    words: Mapping[str, str]
    sql: str


def write_workbooks(db: duckdb.DuckDBPyConnection, folder: Path, document: str | None = None) -> list[Path]:
    """Write a workbook for each body and year that has a paper; ``document`` is an id or part of a name.

    Raises FileExistsError where a file of the name is there: nothing is written over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bodies = db.execute(
        "SELECT DISTINCT b.current_department_id, own.department_name, p.fiscal_year"
        " FROM marts.dim_document p JOIN marts.dim_department b USING (department_id)"
        " JOIN marts.dim_department own ON own.department_id = b.current_department_id"
        " WHERE p.is_current AND ($document IS NULL OR starts_with(p.document_id, $document)"
        " OR contains(p.department_name, $document) OR contains(p.file_name, $document)) ORDER BY ALL",
        {"document": document},
    ).fetchall()
    written = []
    for body, name, year in bodies:
        path = folder / f"{file_stem(name)}_{year}_{body[:6]}.xlsx"
        if path.exists():
            raise FileExistsError(17, "File exists", str(path))
        _write(db, path, body, name, year)
        written.append(path)
    return written


def _write(db: duckdb.DuckDBPyConnection, path: Path, body: str, name: str, year: int) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"title": f"{name} {year}", "created": NO_DATE})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        amount = book.add_format({"num_format": "#,##0.00"})
        for sheet in sheets():
            page = book.add_worksheet(sheet.title)
            page.freeze_panes(1, 0)
            for column, title in enumerate(sheet.columns.values()):
                page.set_column(column, column, _width(title))
                page.write_string(0, column, title, head)
            for row, (cells, note) in enumerate(_rows(db, sheet, body, year), start=1):
                for column, value in enumerate(cells):
                    _write_cell(page, row, column, value, amount)
                    if note and isinstance(value, Decimal):
                        page.write_comment(row, column, note)


def _rows(
    db: duckdb.DuckDBPyConnection, sheet: Sheet, body: str, year: int
) -> Iterator[tuple[list[Any], str | None]]:
    """The rows of a sheet in Chinese, each with the note of its amounts."""
    result = db.execute(sheet.sql, {"body": body, "year": year})
    columns = [item[0] for item in result.description or []]
    for row in result.fetchall():
        named = dict(zip(columns, row, strict=True))
        for column, kind in sheet.words.items():
            named[column] = words()[kind].get(named[column], named[column])
        yield [named[column] for column in sheet.columns], named.get("note")


@cache
def sheets() -> tuple[Sheet, ...]:
    """The sheets in their order."""
    read = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return tuple(Sheet(**sheet) for sheet in read)


@cache
def words() -> dict[str, dict[str, str]]:
    """Chinese words for the values of columns: the labels of figures in seeds, and a few of our own."""
    found = {kind: dict(labels) for kind, labels in _WORDS.items()}
    with (SEEDS / "figure_label.csv").open(encoding="utf-8", newline="") as handle:
        for label in csv.DictReader(handle):
            if label["kind"] in {"measure", "phase"} and label["label_zh"]:
                found.setdefault(label["kind"], {})[label["key"]] = label["label_zh"]
    return found


def _write_cell(page: Any, row: int, column: int, value: Any, amount: Any) -> None:
    if value is None:
        return
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= EXCEL_DIGITS:
        page.write_number(row, column, value, amount)
    elif isinstance(value, int):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value))


def _width(title: str) -> int:
    """Widths in characters by what a column holds."""
    wide = {"说明": 70, "名称": 32, "规则名称": 28, "项目": 36, "文件名": 48, "印出的名称": 32, "sha256": 66}
    return wide.get(title, 18 if "（" in title or title in {"文件", "指标", "数值", "收入来源"} else 12)
