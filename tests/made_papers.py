"""Made papers, evaluated by the models' own SQL: what is located in them, and what is repaired.

A paper is made of figures by form, row and measure. Every form is one table, every row one line of it,
every measure one column, so that cells and leftovers have addresses as in a real paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb

from tests.unit.test_rules import ROOT, TABLES, load_seeds, models_in_order, render

#: What is built here, and not given.
BUILT = ("int_form_cell", "int_printed_cell", "int_leftover")
REPAIR = ("int_cell_text", "int_printed_term", "int_printed_identity", "int_cell_reading", "int_cell_repair")
#: Form, row key, measure.
Name = tuple[str, str, str]
#: Item: basic and project. Group, class and total follow.
ITEMS = {
    "2010101": (Decimal("413.63"), Decimal("50.20")),
    "2010102": (Decimal("31.07"), Decimal("20.00")),
    "2010201": (Decimal("10.90"), Decimal("5.55")),
    "2050101": (Decimal("72.18"), Decimal("3.01")),
    "2050203": (Decimal("6.40"), Decimal("91.33")),
}
MEASURES = ("total", "basic", "project")


def coded_form(form: str, items: dict[str, tuple[Decimal, Decimal]]) -> dict[Name, Decimal]:
    """The figures of a form by function, with groups, classes and the total."""
    figures: dict[Name, Decimal] = {}
    for code, (basic, project) in items.items():
        for row in ("total", code[:3], code[:5], code):
            for measure, amount in zip(MEASURES, (basic + project, basic, project), strict=True):
                name = (form, row, measure)
                figures[name] = figures.get(name, Decimal(0)) + amount
    return figures


@dataclass
class Paper:
    """One made document: figures in 万元, as printed text, and what is read wrong in it."""

    document_id: str
    figures: dict[Name, Decimal]
    #: What stands in a cell instead of the figure; None leaves it blank.
    printed: dict[Name, str | None] = field(default_factory=dict)
    #: Cells whose text is no amount.
    leftovers: dict[Name, str] = field(default_factory=dict)
    recognised: bool = False
    kind: str = "final_account"

    def rows(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Lines, cells and leftovers."""
        tables = {form: number for number, form in enumerate(sorted({name[0] for name in self.figures}), 1)}
        places: dict[tuple[str, str], int] = {}
        columns: dict[tuple[str, str], int] = {}
        for form, row, measure in self.figures:
            places.setdefault((form, row), len(places) + 1)
            columns.setdefault((form, measure), len([key for key in columns if key[0] == form]) + 1)
        lines = [
            (self.document_id, form, row, self._parent(form, row), row, row if row.isdigit() else None, None,
             "exact", None, row, 1, tables[form], number, 1, row.split("/")[0] if "/" in row else None,
             "function" if row.startswith("2") else None, row, "line")
            for (form, row), number in places.items()
        ]  # fmt: skip
        cells, leftovers = [], []
        for name, figure in self.figures.items():
            form, row, measure = name
            at = (tables[form], places[form, row], 1, columns[form, measure])
            if name in self.leftovers:
                leftovers.append(
                    (self.document_id, form, at[0], at[1], at[3], 1, self.leftovers[name], "torn digits")
                )
                continue
            text = self.printed.get(name, f"{figure:,.2f}")
            if text is not None:
                amount = Decimal(text.replace(",", ""))
                decimals = len(text.partition(".")[2])
                cells.append(
                    (self.document_id, form, row, measure, text, amount, decimals, *at, self.recognised)
                )
        return lines, cells, leftovers

    def _parent(self, form: str, row: str) -> str | None:
        if not row.isdigit():
            return None
        above = [row[:5], row[:3]]
        return next((key for key in above if key != row and (form, key, "total") in self.figures), "total")


LINE_COLUMNS = f"{TABLES['int_form_line']}, amount_key varchar, row_role varchar"
CELL_COLUMNS = (
    "document_id varchar, form varchar, row_key varchar, measure varchar, amount_printed varchar,"
    " amount decimal(24,6), decimals integer, table_no integer, row_no integer, block_no integer,"
    " column_no integer, recognised boolean"
)
PRINTED = """
CREATE TABLE int_printed_cell AS
SELECT c.document_id, c.form, c.row_key, l.parent_key, l.row_role, l.row_name, c.measure,
       CAST(c.amount * 10000 AS DECIMAL(20, 2)) AS amount_cny,
       CAST(10000 / power(10, c.decimals) AS DECIMAL(20, 2)) AS precision_cny, c.amount_printed,
       '万元' AS unit_printed, 'reported' AS amount_source, CAST(NULL AS VARCHAR) AS repair_note, 1 AS page,
       c.table_no, c.row_no, c.column_no, CAST(NULL AS VARCHAR) AS bbox,
       CASE WHEN c.recognised THEN 0.9 ELSE 1.0 END AS confidence,
       CASE WHEN c.recognised THEN 'scan' ELSE 'text' END AS reader, l.side, l.classification, l.code,
       l.resolution, c.amount, c.block_no
FROM made_cell AS c JOIN int_form_line AS l USING (document_id, form, table_no, row_no, block_no)
"""


def evaluate(papers: Sequence[Paper]) -> duckdb.DuckDBPyConnection:
    """All papers read, repaired and judged; every model's table by its name."""
    db = duckdb.connect()
    load_seeds(db)
    for name, columns in TABLES.items():
        if name not in BUILT:
            db.execute(f"CREATE TABLE {name} ({LINE_COLUMNS if name == 'int_form_line' else columns})")
    db.execute("ALTER TABLE stg_ledger__leftover ADD COLUMN bbox VARCHAR")
    db.execute(f"CREATE TABLE made_cell ({CELL_COLUMNS})")
    for paper in papers:
        lines, cells, leftovers = paper.rows()
        _insert(db, "stg_ledger__document", [(paper.document_id, paper.kind, 2024, 1, True)])
        _insert(db, "int_form_line", lines)
        _insert(db, "made_cell", cells)
        # document, table, row, column, text
        _insert(db, "stg_ledger__table_cell", [(row[0], row[7], row[8], row[10], row[4]) for row in cells])
        _insert(db, "stg_ledger__leftover", [(*row, None) for row in leftovers])
    db.execute(PRINTED)
    paths = {path.stem: path for path in (ROOT / "models").rglob("*.sql")}
    quality = models_in_order()
    before = ("int_rule_term", "int_claim_meaning", "int_rule_printed_cell", "int_rule_line", "int_rule_slot")
    for name in (*before, *REPAIR, "int_leftover", "int_form_cell", "int_repaired_document"):
        db.execute(f"CREATE TABLE {name} AS {render(paths[name])}")
    for path in quality:
        if path.stem not in before:
            db.execute(f"CREATE TABLE {path.stem} AS {render(path)}")
    return db


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
