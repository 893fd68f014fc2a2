"""Mutants: copies of documents in the ledger, each with one error put in, in one ledger of their own.

Two families. Errors that a publisher or an extraction makes, which the judge shall notice and locate:
a digit, a decimal point, two cells, a row, a column, a code. And text that was garbled on the way, which
the repair shall restore: it goes through the parser's own grammar, so that what is no amount any more
becomes a leftover, as it would in an extraction.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb

from ingest.forms.amounts import read_amounts
from ingest.store import TABLES, Ledger, table_columns

#: Where a printed row stands: form, table, row, block; and a cell: the same and its column.
RowAddress = tuple[str, int, int, int]
CellAddress = tuple[str, int, int, int, int]
#: What a finding names: form, row key, measure.
Name = tuple[str, str, str]


@dataclass(frozen=True)
class Cell:
    """A printed amount as the ledger has it, and what covers it.

    ``covers`` counts the identities of the document that hold and have the cell as a term;
    ``slack`` is the smallest change in yuan that the strictest of them cannot call rounding.
    """

    sha256: str
    address: CellAddress
    row_key: str
    measure: str
    printed: str
    amount: Decimal
    decimals: int
    source: str
    unit_cny: Decimal
    covers: int
    slack: Decimal
    code_printed: str | None
    row_is_unique: bool

    @property
    def row(self) -> RowAddress:
        """Where its row stands."""
        return self.address[:4]

    @property
    def name(self) -> Name:
        """What a finding would call it."""
        return (self.address[0], self.row_key, self.measure)

    def is_beyond_rounding(self, amount: Decimal) -> bool:
        """Whether the cell printed as ``amount`` must break an identity."""
        return abs(amount - self.amount) * self.unit_cny > self.slack


@dataclass(frozen=True)
class CellEdit:
    """What a raw cell becomes."""

    address: CellAddress
    measure: str
    column_no: int
    printed: str
    amount: Decimal
    decimals: int
    source: str


@dataclass(frozen=True)
class Mutant:
    """One error in one document. ``changed`` are the cells that no longer say what they said."""

    kind: str
    source: str
    changed: tuple[Cell, ...]
    cells: tuple[CellEdit, ...] = ()
    deleted: tuple[RowAddress, ...] = ()
    codes: tuple[tuple[RowAddress, str], ...] = ()
    #: Cells whose text is no amount any more: it is a leftover.
    torn: tuple[tuple[CellAddress, str], ...] = ()
    #: Whether the document counts as read from pictures.
    recognised: bool = False
    #: Whether the repair shall restore what the changed cells said.
    garbled: bool = False

    @property
    def form(self) -> str:
        """The form that was changed."""
        return self.changed[0].address[0]


def _edit(cell: Cell, **changes: object) -> CellEdit:
    edit = CellEdit(
        cell.address, cell.measure, cell.address[4], cell.printed, cell.amount, cell.decimals, cell.source
    )
    return replace(edit, **changes)  # type: ignore[arg-type]


def _reads(printed: str) -> Decimal:
    return Decimal(printed.replace(",", "").replace(" ", "").replace("−", "-"))


def _other_digit(cell: Cell, rng: random.Random) -> Mutant | None:
    """One digit is another digit."""
    places = [place for place, char in enumerate(cell.printed) if char.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([digit for digit in "123456789" if digit != cell.printed[place]])
    printed = cell.printed[:place] + digit + cell.printed[place + 1 :]
    amount = _reads(printed)
    if not cell.is_beyond_rounding(amount):
        return None
    return Mutant("one digit", cell.sha256, (cell,), (_edit(cell, printed=printed, amount=amount),))


def _lost_point(cell: Cell, _: random.Random) -> Mutant | None:
    """The decimal point is lost."""
    printed = cell.printed.replace(".", "")
    if printed == cell.printed or not cell.amount:
        return None
    amount = _reads(printed)
    edit = _edit(cell, printed=printed, amount=amount, decimals=0)
    return Mutant("decimal point dropped", cell.sha256, (cell,), (edit,))


def _swapped(one: Cell, other: Cell) -> Mutant | None:
    """Two cells print each other's figure."""
    if not (one.is_beyond_rounding(other.amount) and other.is_beyond_rounding(one.amount)):
        return None
    edits = tuple(
        _edit(cell, printed=by.printed, amount=by.amount, decimals=by.decimals, source=by.source)
        for cell, by in ((one, other), (other, one))
    )
    return Mutant("two cells swapped", one.sha256, (one, other), edits)


def _without_row(row: Sequence[Cell]) -> Mutant | None:
    """A row is not there."""
    gone = tuple(cell for cell in row if cell.covers and cell.is_beyond_rounding(Decimal(0)))
    if not gone or not row[0].row_is_unique:
        return None
    return Mutant("row deleted", row[0].sha256, gone, deleted=(row[0].row,))


def _shifted(row: Sequence[Cell], columns: dict[int, str], start: int) -> Mutant | None:
    """The figures from ``start`` on stand one column to the right, over a blank or a zero."""
    numbers = sorted(columns)
    by_column = {cell.address[4]: cell for cell in row}
    moved: list[Cell] = []
    for number in numbers[start:]:
        cell = by_column.get(number)
        if cell is None or not cell.amount:
            break
        moved.append(cell)
    else:
        return None
    if not moved:
        return None
    last = numbers[start + len(moved)]
    edits, changed = [], []
    for cell, target in zip(moved, numbers[start + 1 : start + 1 + len(moved)], strict=True):
        edits.append(_edit(cell, measure=columns[target], column_no=target))
    before = Decimal(0)
    for cell in moved:
        if cell.is_beyond_rounding(before):
            changed.append(cell)
        before = cell.amount
    if not any(cell.covers for cell in changed):
        return None
    if last in by_column:
        zero = by_column[last]
        changed.append(zero)
        # The zero it overprints goes to the first, now empty, place.
        edits.append(_edit(zero, measure=moved[0].measure, column_no=moved[0].address[4]))
    return Mutant("column shifted", row[0].sha256, tuple(changed), tuple(edits))


def _exchanged(one: Sequence[Cell], other: Sequence[Cell]) -> Mutant | None:
    """Two rows bear each other's code."""
    first, second = one[0].code_printed, other[0].code_printed
    if not first or not second or first == second or len(first) != len(second):
        return None
    amounts = [{cell.measure: cell.amount for cell in row} for row in (one, other)]
    if amounts[0] == amounts[1] or not any(cell.covers for cell in (*one, *other)):
        return None
    return Mutant(
        "code exchanged",
        one[0].sha256,
        (one[0], other[0]),
        codes=((one[0].row, second), (other[0].row, first)),
    )


def make_mutants(cells: Iterable[Cell], number: int, seed: int) -> list[Mutant]:
    """``number`` mutants, in equal parts by kind and, as far as there are any, by form."""
    rng = random.Random(seed)
    rows: dict[tuple[str, RowAddress], list[Cell]] = defaultdict(list)
    for cell in cells:
        rows[cell.sha256, cell.row].append(cell)
    columns: dict[tuple[str, str, int, int], dict[int, str]] = defaultdict(dict)
    for (sha256, (form, table, _, block)), row in rows.items():
        columns[sha256, form, table, block].update({cell.address[4]: cell.measure for cell in row})
    ordered = [sorted(rows[key], key=lambda cell: cell.address) for key in sorted(rows)]
    covered = [cell for row in ordered for cell in row if cell.covers]
    beside = [pair for row in ordered for pair in pairwise(row)]
    below = [
        (one, other)
        for above, row in pairwise(ordered)
        for one in above
        for other in row
        if one.sha256 == other.sha256
        and one.address[:2] == other.address[:2]
        and one.measure == other.measure
    ]
    pairs = [pair for pair in beside + below if pair[0].covers and pair[1].covers]
    starts = [
        (row, columns[row[0].sha256, row[0].address[0], row[0].address[1], row[0].address[3]], start)
        for row in ordered
        for start in range(
            len(columns[row[0].sha256, row[0].address[0], row[0].address[1], row[0].address[3]])
        )
    ]
    neighbours = [
        (one, other)
        for one, other in pairwise(ordered)
        if one[0].sha256 == other[0].sha256 and one[0].address[:2] == other[0].address[:2]
    ]
    makers: list[tuple[Sequence[object], Callable[..., Mutant | None]]] = [
        (covered, lambda cell: _other_digit(cell, rng)),
        (covered, lambda cell: _lost_point(cell, rng)),
        (pairs, lambda pair: _swapped(*pair)),
        (ordered, _without_row),
        (starts, lambda found: _shifted(*found)),
        (neighbours, lambda pair: _exchanged(*pair)),
    ]
    return _made_by(makers, number, rng)


def _made_by(
    makers: Sequence[tuple[Sequence[object], Callable[..., Mutant | None]]], number: int, rng: random.Random
) -> list[Mutant]:
    mutants: list[Mutant] = []
    for turn, (sources, make) in enumerate(makers):
        quota = number // len(makers) + (turn < number % len(makers))
        mutants += _spread_over_forms(sources, make, quota, rng)
    return mutants


def _spread_over_forms(
    sources: Sequence[object], make: Callable[..., Mutant | None], quota: int, rng: random.Random
) -> list[Mutant]:
    """Mutants of random sources, one form after the other until the quota is full."""
    by_form: dict[str, list[Mutant]] = defaultdict(list)
    for source in rng.sample(sources, len(sources)):
        mutant = make(source)
        if mutant is not None and len(by_form[mutant.form]) < quota:
            by_form[mutant.form].append(mutant)
    taken: list[Mutant] = []
    queues = [by_form[form] for form in sorted(by_form)]
    depth = 0
    while len(taken) < quota and any(depth < len(queue) for queue in queues):
        taken += [queue[depth] for queue in queues if depth < len(queue)]
        depth += 1
    return taken[:quota]


# Text garbled on the way

#: Places behind the point that the ledger holds.
LEDGER_DECIMALS = 6

#: Glyphs that a recognition confuses.
CONFUSED = {"0": "689", "1": "7", "3": "8", "5": "6", "6": "0589", "7": "1", "8": "0369", "9": "068"}


def _garbled(kind: str, texts: Sequence[tuple[Cell, str]], recognised: bool = False) -> Mutant | None:
    """The cells print these texts; the parser says which of them are still amounts."""
    edits, torn = [], []
    for cell, text in texts:
        amounts = read_amounts(text).amounts
        if len(amounts) == 1:
            (read,) = amounts
            if read.value == cell.amount or read.decimals > LEDGER_DECIMALS:
                return None
            edits.append(
                _edit(
                    cell, printed=read.printed, amount=read.value, decimals=read.decimals, source=read.source
                )
            )
        else:
            torn.append((cell.address, text))
    cells = tuple(cell for cell, _ in texts)
    return Mutant(
        kind, cells[0].sha256, cells, tuple(edits), torn=tuple(torn), recognised=recognised, garbled=True
    )


def _digits(cell: Cell) -> list[int]:
    return [place for place, char in enumerate(cell.printed) if char.isdigit()]


def _without_point(cell: Cell, _: random.Random) -> Mutant | None:
    if "." not in cell.printed or not cell.amount:
        return None
    return _garbled("point lost", [(cell, cell.printed.replace(".", ""))])


def _comma_for_point(cell: Cell, _: random.Random) -> Mutant | None:
    if "." not in cell.printed or not cell.amount:
        return None
    return _garbled("comma for point", [(cell, cell.printed.replace(".", ","))])


def _split_by_blank(cell: Cell, rng: random.Random) -> Mutant | None:
    places = [place for place in _digits(cell)[1:] if cell.printed[place - 1].isdigit()]
    if not places or "." not in cell.printed:
        return None
    place = rng.choice(places)
    return _garbled("blank within", [(cell, cell.printed[:place] + " " + cell.printed[place:])])


def _over_the_rule(pair: tuple[Cell, Cell], rng: random.Random) -> Mutant | None:
    left, right = pair
    if (
        right.address[4] != left.address[4] + 1
        or "." not in left.printed
        or not (left.amount and right.amount)
    ):
        return None
    if rng.random() < 0.5:
        texts = (left.printed[:-1], left.printed[-1] + right.printed)
    else:
        texts = (left.printed + right.printed[0], right.printed[1:])
    return _garbled("digit over the rule", list(zip(pair, texts, strict=True)))


def _glyph(cell: Cell, rng: random.Random) -> Mutant | None:
    places = [place for place in _digits(cell) if cell.printed[place] in CONFUSED]
    if not places or "." not in cell.printed:
        return None
    place = rng.choice(places)
    glyph = rng.choice(CONFUSED[cell.printed[place]])
    return _garbled(
        "scan: glyph", [(cell, cell.printed[:place] + glyph + cell.printed[place + 1 :])], recognised=True
    )


def _dropped(cell: Cell, rng: random.Random) -> Mutant | None:
    whole = [place for place in _digits(cell) if "." in cell.printed and place < cell.printed.index(".")]
    if len(whole) < 2:
        return None
    place = rng.choice(whole)
    return _garbled(
        "scan: digit dropped", [(cell, cell.printed[:place] + cell.printed[place + 1 :])], recognised=True
    )


def _doubled(cell: Cell, rng: random.Random) -> Mutant | None:
    if "." not in cell.printed:
        return None
    place = rng.choice([place for place in _digits(cell) if place < cell.printed.index(".")])
    doubled = cell.printed[: place + 1] + cell.printed[place:]
    return _garbled("scan: digit doubled", [(cell, doubled)], recognised=True)


def make_garbled(cells: Iterable[Cell], number: int, seed: int) -> list[Mutant]:
    """``number`` mutants with garbled text, in equal parts by kind and form; of covered cells only."""
    rng = random.Random(seed)
    covered = sorted(
        (cell for cell in cells if cell.covers > 1), key=lambda cell: (cell.sha256, cell.address)
    )
    pairs = [
        (left, right)
        for left, right in pairwise(covered)
        if (left.sha256, left.row) == (right.sha256, right.row)
    ]
    makers: list[tuple[Sequence[object], Callable[..., Mutant | None]]] = [
        (covered, lambda cell: _without_point(cell, rng)),
        (covered, lambda cell: _comma_for_point(cell, rng)),
        (covered, lambda cell: _split_by_blank(cell, rng)),
        (pairs, lambda pair: _over_the_rule(pair, rng)),
        (covered, lambda cell: _glyph(cell, rng)),
        (covered, lambda cell: _dropped(cell, rng)),
        (covered, lambda cell: _doubled(cell, rng)),
    ]
    return _made_by(makers, number, rng)


def sha256_of(number: int) -> str:
    """The made-up content hash of a mutant."""
    return hashlib.sha256(f"mutant {number}".encode()).hexdigest()


def write_ledger(source: Path, target: Path, originals: Sequence[str], mutants: Sequence[Mutant]) -> None:
    """The originals and all mutants in one ledger.

    Every mutant is the paper of a body of its own, so that no paper is compared with a copy of itself.
    """
    with Ledger(target):
        pass
    with duckdb.connect(str(target)) as db:
        db.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
        db.execute(
            "CREATE TEMP TABLE copies (sha256 VARCHAR, source VARCHAR, mark VARCHAR, recognised BOOLEAN)"
        )
        insert_rows(db, "copies", [(sha256, sha256, "", False) for sha256 in originals])
        insert_rows(
            db, "copies", [(sha256_of(n), m.source, f"第{n}号", m.recognised) for n, m in enumerate(mutants)]
        )
        db.execute(
            "CREATE TEMP TABLE cell_edits (sha256 VARCHAR, form VARCHAR, table_no INTEGER, row_no INTEGER,"
            " block_no INTEGER, column_no INTEGER, new_measure VARCHAR, new_column INTEGER,"
            " new_printed VARCHAR, new_amount DECIMAL(24,6), new_decimals INTEGER, new_source VARCHAR)"
        )
        insert_rows(
            db,
            "cell_edits",
            [
                (sha256_of(n), *e.address, e.measure, e.column_no, e.printed, e.amount, e.decimals, e.source)
                for n, mutant in enumerate(mutants)
                for e in mutant.cells
            ],
        )
        row_columns = "sha256 VARCHAR, form VARCHAR, table_no INTEGER, row_no INTEGER, block_no INTEGER"
        db.execute(f"CREATE TEMP TABLE deleted ({row_columns})")
        insert_rows(db, "deleted", [(sha256_of(n), *row) for n, m in enumerate(mutants) for row in m.deleted])
        db.execute(f"CREATE TEMP TABLE code_edits ({row_columns}, new_code VARCHAR)")
        insert_rows(
            db,
            "code_edits",
            [(sha256_of(n), *row, code) for n, m in enumerate(mutants) for row, code in m.codes],
        )
        db.execute(f"CREATE TEMP TABLE torn ({row_columns}, column_no INTEGER, text VARCHAR)")
        insert_rows(
            db, "torn", [(sha256_of(n), *at, text) for n, m in enumerate(mutants) for at, text in m.torn]
        )
        for table in TABLES:
            db.execute(_copy(table))
        db.execute(TORN_TO_LEFTOVERS)


#: A cell whose text is no amount is none: its text is a leftover of the form.
TORN_TO_LEFTOVERS = """
INSERT INTO raw.leftover (sha256, extractor_version, form, table_no, row_no, column_no, page, text, reason)
SELECT t.sha256, c.extractor_version, t.form, t.table_no, t.row_no, t.column_no, c.page, t.text, 'torn digits'
FROM torn AS t JOIN raw.form_cell AS c USING (sha256, form, table_no, row_no, block_no, column_no);
DELETE FROM raw.form_cell AS c USING torn AS t
WHERE c.sha256 = t.sha256 AND c.form = t.form AND c.table_no = t.table_no AND c.row_no = t.row_no
  AND c.block_no = t.block_no AND c.column_no = t.column_no
"""


def insert_rows(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """All rows in one statement."""
    if rows:
        kinds = [str(row[1]) for row in db.execute(f"DESCRIBE {table}").fetchall()]
        lists = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
        db.execute(f"INSERT INTO {table} SELECT {lists}", [*map(list, zip(*rows, strict=True))])


#: Columns of a raw cell that a mutant may change, and what ``cell_edits`` calls them.
EDITED = {
    "measure": "measure",
    "column_no": "column",
    "amount_printed": "printed",
    "amount": "amount",
    "decimals": "decimals",
    "amount_source": "source",
}


def _copy(table: str) -> str:
    replaced = {"sha256": "copies.sha256"}
    joins = ""
    row = "copies.sha256 = {0}.sha256 AND t.form = {0}.form AND t.table_no = {0}.table_no" \
        " AND t.row_no = {0}.row_no AND t.block_no = {0}.block_no"  # fmt: skip
    if table == "document":
        replaced["department_name"] = "t.department_name || copies.mark"
    if table in ("form_cell", "form_line"):
        joins = f" ANTI JOIN deleted ON {row.format('deleted')}"
    if table == "form_cell":
        joins += f" LEFT JOIN cell_edits AS e ON {row.format('e')} AND t.column_no = e.column_no"
        for name, new in EDITED.items():
            replaced[name] = f"coalesce(e.new_{new}, t.{name})"
        replaced["reader"] = "CASE WHEN copies.recognised THEN 'scan' ELSE t.reader END"
        replaced["confidence"] = "CASE WHEN copies.recognised THEN 0.97 ELSE t.confidence END"
    if table == "form_line":
        joins += f" LEFT JOIN code_edits AS e ON {row.format('e')}"
        replaced["code_printed"] = "coalesce(e.new_code, t.code_printed)"
    names = [name for name, _ in table_columns(table)]
    columns = ", ".join(replaced.get(name, f"t.{name}") for name in names)
    return (
        f"INSERT INTO raw.{table} ({', '.join(names)}) SELECT {columns}"
        f" FROM source.raw.{table} AS t JOIN copies ON t.sha256 = copies.source{joins}"
    )
