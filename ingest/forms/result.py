"""What a layout parser gives back for one form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ingest.forms.amounts import Amount
from ingest.forms.segment import PlacedRow
from ingest.model import FormCell, FormLine, Leftover

T = TypeVar("T")


@dataclass
class ParsedForm:
    """Lines, cells and leftovers of one form in reading order."""

    form: str
    unit: str
    fiscal_year: int | None = None
    default_phase: str = "budget"
    lines: list[FormLine] = field(default_factory=list)
    cells: list[FormCell] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    cut_reason: str | None = None
    #: A layout that the catalogue does not know: figures are there and none could be placed.
    unread: bool = False
    #: Whether the header has a column of codes or their names.
    has_codes: bool = True

    def add_line(
        self,
        row: PlacedRow,
        block_no: int,
        side: str | None,
        line: str | None,
        code_printed: str | None,
        row_name: str | None,
        second_code: str | None = None,
    ) -> None:
        """Record a labelled row."""
        self.lines.append(
            FormLine(
                self.form,
                row.table_no,
                row.row_no,
                block_no,
                row.page,
                side,
                line,
                code_printed,
                row_name,
                second_code,
            )
        )

    def add_cell(self, row: PlacedRow, block_no: int, column_no: int, measure: str, amount: Amount) -> None:
        """Record an amount; ``column_no`` counts from 1."""
        self.cells.append(
            FormCell(
                form=self.form,
                table_no=row.table_no,
                row_no=row.row_no,
                block_no=block_no,
                column_no=column_no,
                page=row.page,
                measure=measure,
                amount_printed=amount.printed,
                amount=amount.value,
                decimals=amount.decimals,
                unit_printed="%" if measure.startswith("change_pct_") else self.unit,
                amount_source=amount.source,
                repair_note=amount.note,
                bbox=at(row.boxes, column_no),
                confidence=at(row.confidences, column_no),
                reader=row.reader,
            )
        )

    def withdraw(self, reason: str) -> None:
        """Take back what was read of a form that turns out not to be understood: all is left over."""
        for cell in self.cells:
            self.leftovers.append(
                Leftover(
                    self.form,
                    cell.table_no,
                    cell.row_no,
                    cell.column_no,
                    cell.page,
                    cell.amount_printed,
                    reason,
                    cell.bbox,
                )
            )
        self.lines, self.cells, self.unread = [], [], True

    def add_leftover(self, row: PlacedRow, column_no: int, text: str, reason: str) -> None:
        """Record a number that is in no cell."""
        self.leftovers.append(
            Leftover(
                self.form,
                row.table_no,
                row.row_no,
                column_no,
                row.page,
                text,
                reason,
                at(row.boxes, column_no),
            )
        )


def at(values: Sequence[T], column_no: int) -> T | None:
    """The value of a column counted from 1, or None where the format has none."""
    return values[column_no - 1] if column_no <= len(values) else None
