"""Rows as an Excel workbook: codes stay text, amounts figures with their decimals, nothing is a formula."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

#: The width of a column in characters: what its longest cell needs, within these.
NARROWEST, WIDEST = 8, 60


def write_workbook(path: Path, sheet: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """One sheet with a frozen, filtered header. Raises OSError where the file cannot be written."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    page = book.add_worksheet(sheet)
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    money = book.add_format({"num_format": "#,##0.00", "valign": "top"})
    plain = book.add_format({"valign": "top"})
    page.freeze_panes(1, 0)
    page.write_row(0, 0, columns, head)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value is None:
                page.write_blank(number, column, None, plain)
            elif isinstance(value, bool):
                page.write_boolean(number, column, value, plain)
            elif isinstance(value, Decimal):
                page.write_number(number, column, float(value), money)
            elif isinstance(value, int):
                page.write_number(number, column, value, plain)
            else:
                page.write_string(number, column, str(value), text)
    for column, name in enumerate(columns):
        longest = max([_width(name), *(_width(str(row[column] or "")) for row in rows)])
        page.set_column(column, column, min(max(longest + 2, NARROWEST), WIDEST))
    page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error


def _width(text: str) -> int:
    """Chinese characters take the room of two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
