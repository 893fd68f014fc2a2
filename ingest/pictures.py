"""Pictures of the printed rows in which something was found, for the pages of the dashboards.

The name of a picture says all that it shows: the paper by its content, the row by its address, and what of
it is cut out and framed. So a picture that stands in the publication before is that of the same row in the
next, and a refresh that has only some of the papers at hand keeps those of the others.
"""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from ingest.crop import Box, crop_row, read_box
from ingest.loading import ReadingOptions
from ingest.workers import MoreTime, default_jobs, run

#: So many rows are pictured in a publication at most; ``juesuan explain --crop`` draws any other.
MOST_PICTURES = 200
#: What the rows of one paper may take; the memory is what a reading may take.
SECONDS = 120.0

# The printed rows of the cells that findings name, with all boxes of the row and those of the cells.
ROWS = """
    WITH cells AS (
        SELECT DISTINCT document_id, page, table_no, row_no, bbox
        FROM marts.fct_form_cell
        JOIN (SELECT document_id, form, row_key, measure FROM marts.fct_finding)
            USING (document_id, form, row_key, measure)
        WHERE bbox IS NOT NULL
    ),
    named AS (
        SELECT document_id, page, table_no, row_no, list(bbox ORDER BY bbox) AS boxes FROM cells GROUP BY ALL
    )
    SELECT document_id, sha256, page, table_no, row_no, list(DISTINCT cell.bbox ORDER BY cell.bbox),
        any_value(boxes)
    FROM named
    JOIN marts.dim_document USING (document_id)
    JOIN marts.fct_table_cell AS cell USING (document_id, page, table_no, row_no)
    WHERE cell.bbox IS NOT NULL
    GROUP BY ALL
    ORDER BY ALL
"""


@dataclass(frozen=True)
class Picture:
    """Where the picture of a printed row is, seen from the site."""

    document_id: str
    page: int
    table_no: int
    row_no: int
    path: str


@dataclass(frozen=True)
class PrintedRow:
    """A row to be drawn: its address, the boxes of its cells and, if one alone is meant, that one's."""

    page: int
    table_no: int
    row_no: int
    boxes: tuple[Box, ...]
    framed: Box | None

    @property
    def file_name(self) -> str:
        """The address, and a hash of what is cut out and framed."""
        shown = hashlib.sha256(repr((self.boxes, self.framed)).encode()).hexdigest()[:8]
        return f"{self.page}-{self.table_no}-{self.row_no}-{shown}.png"


@dataclass(frozen=True)
class Drawing:
    """The rows of one paper."""

    document_id: str
    sha256: str
    paper: Path
    rows: tuple[PrintedRow, ...]


def draw_pictures(
    db: duckdb.DuckDBPyConnection,
    papers: Mapping[str, Path],
    folder: Path,
    standing: Path | None = None,
    reading: ReadingOptions | None = None,
) -> list[Picture]:
    """Draw rows with findings into ``folder``, of those papers of which ``papers`` has the file by sha256.

    Of other papers, and of one that fails, the pictures in ``standing`` are kept: the folder of the
    publication before. Papers are opened in processes of their own, as many and with as much memory as
    ``reading`` says.
    """
    reading = reading or ReadingOptions()
    wanted: dict[tuple[str, str], list[PrintedRow]] = {}
    left = MOST_PICTURES
    for found in db.execute(ROWS).fetchall():
        document_id, sha256, printed = found[0], found[1], _printed_row(found)
        if left and (sha256 in papers or _find(standing, document_id, printed)):
            wanted.setdefault((document_id, sha256), []).append(printed)
            left -= 1
    drawings = [
        Drawing(document_id, sha256, papers[sha256], tuple(rows))
        for (document_id, sha256), rows in wanted.items()
        if sha256 in papers
    ]
    drawn = {
        (done.item.document_id, row): png
        for done in run(
            draw, drawings, reading.jobs or default_jobs(), replace(reading.limits, seconds=SECONDS)
        )
        for row, png in zip(done.item.rows, done.value or (), strict=False)
    }
    pictures = []
    for (document_id, _), rows in wanted.items():
        for row in rows:
            target = folder / document_id / row.file_name
            kept = _find(standing, document_id, row)
            if png := drawn.get((document_id, row)):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(png)
            elif kept:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(kept, target)
            else:
                continue
            path = target.relative_to(folder.parent).as_posix()
            pictures.append(Picture(document_id, row.page, row.table_no, row.row_no, path))
    return pictures


def _find(standing: Path | None, document_id: str, row: PrintedRow) -> Path | None:
    """The picture of a row in the folder of another publication."""
    file = standing / document_id / row.file_name if standing else None
    return file if file and file.is_file() else None


def draw(drawing: Drawing, _: MoreTime) -> list[bytes]:
    """The rows of one paper as PNG, in their order. Raises ValueError where the file holds another by now."""
    data = drawing.paper.read_bytes()
    if hashlib.sha256(data).hexdigest() != drawing.sha256:
        raise ValueError(f"{drawing.paper} is not the paper any more that was read")
    return [crop_row(data, row.page, row.boxes, row.framed) for row in drawing.rows]


def _printed_row(row: tuple[str, str, int, int, int, list[str], list[str]]) -> PrintedRow:
    _, _, page, table_no, row_no, boxes, named = row
    framed = read_box(named[0]) if len(named) == 1 else None
    return PrintedRow(page, table_no, row_no, tuple(map(read_box, boxes)), framed)
