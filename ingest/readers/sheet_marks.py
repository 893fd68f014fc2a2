"""What a sheet says of its cells beside their values."""

from dataclasses import dataclass, field

from ingest.readers.archive import too_large
from ingest.readers.writer import MAX_CELLS


@dataclass
class SheetMarks:
    """Number formats and texts that stand for values, by (row, column) from 0."""

    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    hides_zeros: bool = False
    rows: int = 0
    columns: int = 0

    def use(self, row: int, column: int) -> None:
        """Note that a cell is used.

        Raises UnreadableDocument (too_large) where the range from the first to the last cell has
        more places than any paper: one far cell makes a parser lay out billions of blank ones.
        """
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        if self.rows * self.columns > MAX_CELLS:
            raise too_large(f"a sheet spans {self.rows} rows and {self.columns} columns")
