"""What a reader hands to the parsers, and what the parsers hand to the store.

A *paper* is what a reader makes of bytes: lines of text and grids of cells, each with its
address. An *extraction* is what the parsers make of a paper: one list per raw table. Amounts are
kept as printed beside the decimal read from them; units are applied later, in dbt.
"""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Line:
    """One line of text outside any grid. ``offset`` counts characters from the paper's start.

    ``bbox`` is its box as in a grid row's ``boxes``, None where the format has no page geometry.
    """

    text: str
    page: int
    offset: int
    bbox: str | None = None


@dataclass(frozen=True)
class GridRow:
    """One row of a grid: cell texts from left to right, blank where nothing is printed.

    ``boxes`` goes along with ``cells`` where the format has a page geometry: left, bottom, right,
    top in points from the page's lower left corner, as text with one decimal. ``confidences`` do so
    where the cells were recognised from a picture: 0 to 1, None where nothing is printed.
    """

    cells: tuple[str, ...]
    row_no: int
    offset: int
    boxes: tuple[str | None, ...] = ()
    confidences: tuple[Decimal | None, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table as the reader saw it. ``table_no`` counts the paper's grids from 1."""

    table_no: int
    page: int
    rows: tuple[GridRow, ...]
    reader: str = "text"


@dataclass(frozen=True)
class Paper:
    """A document after reading: the whole text, and its blocks in reading order."""

    file_name: str
    sha256: str
    byte_size: int
    reader: str
    page_count: int
    text: str
    blocks: tuple[Line | Grid, ...]


@dataclass(frozen=True)
class DocumentRow:
    """What the paper says of itself, in its own words, and how many numbers its forms' pages hold."""

    document_kind: str | None = None
    fiscal_year: int | None = None
    department_name: str | None = None
    district_name: str | None = None
    city_name: str | None = None
    perimeter: str | None = None
    unit_printed: str | None = None
    number_count: int | None = None


@dataclass(frozen=True)
class FormRow:
    """A form as met in the paper. ``state``: present, declared_empty or announced (contents list)."""

    form: str
    state: str
    title_printed: str
    number_printed: str | None = None
    unit_printed: str | None = None
    table_no: int | None = None
    page: int | None = None
    cut_reason: str | None = None


@dataclass(frozen=True)
class FormLine:
    """A labelled row of a form, with or without amounts; a row may hold several blocks.

    ``line`` is the catalogue's key of a summary, total or block line, else None and the code
    decides; ``code_printed`` keeps the fragments of a split code, separated by one blank;
    ``second_code_printed`` holds the codes of other classifications on the same row, comma-separated.
    """

    form: str
    table_no: int
    row_no: int
    block_no: int
    page: int
    side: str | None
    line: str | None
    code_printed: str | None
    row_name: str | None
    second_code_printed: str | None = None


@dataclass(frozen=True)
class FormCell:
    """A printed amount of a form line. ``amount`` is in ``unit_printed``; ``decimals`` as printed.

    ``reader`` is the one that won the page (``Grid.reader``).
    """

    form: str
    table_no: int
    row_no: int
    block_no: int
    column_no: int
    page: int
    measure: str
    amount_printed: str
    amount: Decimal
    decimals: int
    unit_printed: str
    amount_source: str
    repair_note: str | None = None
    bbox: str | None = None
    confidence: Decimal | None = None
    reader: str | None = None

    @property
    def value(self) -> Decimal:
        """The amount, as an identity asks for it."""
        return self.amount


@dataclass(frozen=True)
class TableCell:
    """A cell of any grid, kept as a mirror of the paper. ``form`` names the form it fell to, if any."""

    table_no: int
    page: int
    row_no: int
    column_no: int
    text: str
    form: str | None
    caption: str | None
    bbox: str | None = None


@dataclass(frozen=True)
class Claim:
    """A quantitative statement of the explanation; ``value`` is signed, a decrease is negative.

    ``base`` names what a share or a completion is a percentage of, where the sentence says so;
    ``value_offset`` is the figure's own place in the paper's text.
    """

    section: str
    section_key: str
    subject: str
    metric: str
    year: int | None
    value: Decimal
    value_printed: str
    decimals: int
    unit: str
    snippet_offset: int
    snippet_length: int
    page: int
    class_name: str | None = None
    group_name: str | None = None
    item_name: str | None = None
    project_name: str | None = None
    base: str | None = None
    value_offset: int | None = None


@dataclass(frozen=True)
class Project:
    """A project, or the whole department (project_name 部门整体支出), with its execution and score."""

    project_no: int
    source: str
    project_name: str
    project_code: str | None = None
    budget: Decimal | None = None
    executed: Decimal | None = None
    budget_printed: str | None = None
    executed_printed: str | None = None
    execution_rate_pct: Decimal | None = None
    execution_weight: Decimal | None = None
    execution_score: Decimal | None = None
    total_score: Decimal | None = None
    unit_printed: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    table_no: int | None = None
    page: int | None = None


@dataclass(frozen=True)
class Indicator:
    """A performance indicator of a project; targets and actuals are text as printed."""

    project_no: int
    indicator_no: int
    horizon: str
    goal_no: int | None
    level1: str | None
    level2: str | None
    level3: str
    target: str | None
    actual: str | None = None
    score: Decimal | None = None
    target_two_years_before: str | None = None
    target_year_before: str | None = None
    basis: str | None = None
    table_no: int | None = None
    row_no: int | None = None
    page: int | None = None


@dataclass(frozen=True)
class ProjectLine:
    """A line of a project's money. ``line_kind``: funding, spending, procurement, composition."""

    project_no: int
    line_no: int
    line_kind: str
    item_name: str
    amount: Decimal
    amount_printed: str
    unit_printed: str
    year: int | None = None
    description: str | None = None
    economic_name: str | None = None
    quantity: str | None = None
    page: int | None = None


@dataclass(frozen=True)
class Leftover:
    """A number seen on a page that carries a form and placed nowhere: nothing is lost in silence.

    Outside the tables it has a page and a box, but no form, table, row or column.
    """

    form: str | None
    table_no: int | None
    row_no: int | None
    column_no: int | None
    page: int
    text: str
    reason: str
    bbox: str | None = None


@dataclass(frozen=True)
class Residue:
    """What the template of a paper left behind: a kind, a short label of it, the value it holds if any.

    ``residue_no`` counts in reading order.
    """

    residue_no: int
    kind: str
    text: str
    value: str | None
    page: int


@dataclass(frozen=True)
class NamedItem:
    """An item of the classifications that the text names without a figure. ``kind``: function, economic.

    ``group_name`` is the function group, or what the economic items are said to be part of.
    """

    kind: str
    group_name: str
    item_name: str
    page: int


@dataclass
class Extraction:
    """Everything read from one paper, one list per raw table."""

    document: DocumentRow
    forms: list[FormRow] = field(default_factory=list)
    form_lines: list[FormLine] = field(default_factory=list)
    form_cells: list[FormCell] = field(default_factory=list)
    table_cells: list[TableCell] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    project_lines: list[ProjectLine] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    residues: list[Residue] = field(default_factory=list)
    named_items: list[NamedItem] = field(default_factory=list)
