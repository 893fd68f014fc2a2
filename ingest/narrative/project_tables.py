"""Projects that a budget lists in a table (项目支出预算表): name | total | one column a source of money.

Rows of units stand between the projects, or in a column of their own. What is a project and what a
heading is proved by the sum: a table whose projects do not add up to its total is left over whole.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from ingest.forms.amounts import Amount, read_amounts
from ingest.forms.catalogue import Form, load_catalogue, row_name, squeeze
from ingest.forms.coded_rows import split_header, squeezed
from ingest.forms.grid import TOTAL_LABELS, has_cjk, is_note
from ingest.forms.header import column_paths, is_number_row, measures_by_words
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment, split_into_segments
from ingest.model import Extraction, Leftover, Paper, Project, ProjectLine

HALF = Decimal("0.5")
#: Sums of other columns: they are no source of money.
SUBTOTALS = frozenset({"fiscal_appropriation"})


@dataclass
class _Table:
    """The rows of all pages of a form, by what they are."""

    unit: str
    #: Row, name, unit, and the amounts by measure.
    projects: list[tuple[PlacedRow, str, str | None, dict[str, Amount]]] = field(default_factory=list)
    totals: list[Amount] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    unit_above: str | None = None


def read_project_tables(
    paper: Paper, extraction: Extraction
) -> tuple[list[Project], list[ProjectLine], list[Leftover]]:
    """Projects and their funding, counted on from those of ``extraction``; and the figures left over.

    Amounts are in the unit that the form prints, else in the paper's. Nothing is raised.
    """
    units = {
        squeeze(line.row_name or "") for line in extraction.form_lines if (line.line or "")[:5] == "unit:"
    }
    units.add(squeeze(extraction.document.department_name or ""))
    table: _Table | None = None
    for segment in split_into_segments(paper, load_catalogue()):
        if segment.form and segment.form.name_heads and segment.rows:
            table = table or _Table(segment.unit or extraction.document.unit_printed or "")
            _read(segment.form, segment, units, extraction.document.fiscal_year, table)
    if table is None:
        return [], [], []
    if not table.projects or not _adds_up(table):
        return [], [], [*table.leftovers, *_left_over(table)]
    projects, lines = [], []
    for number, (row, name, unit, found) in enumerate(table.projects, len(extraction.projects) + 1):
        total = found["total"]
        projects.append(
            Project(
                project_no=number,
                source="budget_table",
                project_name=name,
                budget=total.value,
                budget_printed=total.printed,
                unit_printed=table.unit,
                attributes={"项目单位": unit} if unit else {},
                table_no=row.table_no,
                page=row.page,
            )
        )
        sources = [item for item in found.items() if item[0] not in {"total", *SUBTOTALS}]
        for line_no, (measure, amount) in enumerate(sources, 1):
            lines.append(
                ProjectLine(
                    project_no=number,
                    line_no=line_no,
                    line_kind="funding",
                    item_name=table.heads[measure],
                    amount=amount.value,
                    amount_printed=amount.printed,
                    unit_printed=table.unit,
                    year=extraction.document.fiscal_year,
                    page=row.page,
                )
            )
    return projects, lines, table.leftovers


def _read(form: Form, segment: Segment, units: set[str], year: int | None, table: _Table) -> None:
    header, body = split_header(segment.rows)
    measures = measures_by_words(header, form, year)
    paths = column_paths(header)
    names = [index for index, path in paths.items() if path[0].startswith(form.name_heads)]
    if not names or "total" not in measures.values():
        return
    name_at = names[0]
    for index, measure in measures.items():
        words = [word for word in paths[index] if word not in {"小计", "合计", "总计"}]
        table.heads.setdefault(measure, words[-1] if words else measure)
    heads = {squeezed(row) for row in header}
    for row in body:
        if is_note(row.cells) or is_number_row(row) or squeezed(row) in heads:
            continue
        found = _amounts(row, measures, table)
        words = [squeeze(cell) for cell in row.cells[: min(measures)] if has_cjk(cell)]
        name = row_name(row.cells[name_at]) if name_at < len(row.cells) else ""
        if "total" not in found:
            continue
        if set(words) & TOTAL_LABELS or not name:
            table.totals.append(found["total"])
        elif squeeze(name) in units:
            table.totals.append(found["total"])
            table.unit_above = name
        else:
            unit = next((word for word in words if word in units), table.unit_above)
            table.projects.append((row, name, unit, found))


def _amounts(row: PlacedRow, measures: dict[int, str], table: _Table) -> dict[str, Amount]:
    found: dict[str, Amount] = {}
    for index, measure in measures.items():
        text = row.cells[index] if index < len(row.cells) else ""
        reading = read_amounts(text)
        if len(reading.amounts) == 1:
            found[measure] = reading.amounts[0]
        elif not reading.is_blank:
            parsed = ParsedForm("project_expenditure", table.unit)
            parsed.add_leftover(row, index + 1, text, "not one readable amount")
            table.leftovers += parsed.leftovers
    return found


def _adds_up(table: _Table) -> bool:
    """Whether the projects come to the table's first total, as far as rounding allows."""
    if not table.totals:
        return False
    terms = [found["total"] for _, _, _, found in table.projects]
    slack = sum((HALF.scaleb(-amount.decimals) for amount in [table.totals[0], *terms]), Decimal(0))
    return abs(table.totals[0].value - sum(amount.value for amount in terms)) <= slack


def _left_over(table: _Table) -> list[Leftover]:
    """Every figure of the rows that were taken for projects."""
    parsed = ParsedForm("project_expenditure", table.unit)
    for row, *_ in table.projects:
        for index, cell in enumerate(row.cells):
            if not has_cjk(cell) and not read_amounts(cell).is_blank:
                reason = "the projects do not add up to the total of the table"
                parsed.add_leftover(row, index + 1, cell, reason)
    return parsed.leftovers
