"""Mutants of clean documents: does the judge notice each change, and does it name the very cell?

usage: python bench/mutation.py [--mutants N] [--seed S] [--ledger FILE] [--work DIR] [--report FILE]

A mutant is a copy of a document of the ledger under a new document id, with one error put in; all
mutants stand in one ledger and are built in one dbt run beside the documents they come from. Documents
without an error of their own are used. What counts:

- detected: an error or a suspicious finding that the original does not have; counted among changes that
  no identity covering the cell can explain by rounding.
- located: a finding names the changed cell; counted among changed cells that two identities cover.
- misnamed: a finding names a cell, by identities, that was not changed.
"""

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ingest.build import build_marts  # noqa: E402
from ingest.store import LEDGER_FILE, TABLES, Ledger, table_columns  # noqa: E402

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

    @property
    def form(self) -> str:
        """The form that was changed."""
        return self.changed[0].address[0]


# Making mutants ----------------------------------------------------------------------------------


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
        "code exchanged", one[0].sha256, (one[0], other[0]), codes=((one[0].row, second), (other[0].row, first))
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
    beside = [pair for row in ordered for pair in zip(row, row[1:], strict=False)]
    below = [
        (one, other)
        for above, row in zip(ordered, ordered[1:], strict=False)
        for one in above
        for other in row
        if one.sha256 == other.sha256 and one.address[:2] == other.address[:2] and one.measure == other.measure
    ]
    pairs = [pair for pair in beside + below if pair[0].covers and pair[1].covers]
    starts = [
        (row, columns[row[0].sha256, row[0].address[0], row[0].address[1], row[0].address[3]], start)
        for row in ordered
        for start in range(len(columns[row[0].sha256, row[0].address[0], row[0].address[1], row[0].address[3]]))
    ]
    neighbours = [
        (one, other)
        for one, other in zip(ordered, ordered[1:], strict=False)
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


# The ledger of mutants ---------------------------------------------------------------------------


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
        db.execute("CREATE TEMP TABLE copies (sha256 VARCHAR, source VARCHAR, mark VARCHAR)")
        _insert(db, "copies", [(sha256, sha256, "") for sha256 in originals])
        _insert(db, "copies", [(sha256_of(n), m.source, f"第{n}号") for n, m in enumerate(mutants)])
        db.execute(
            "CREATE TEMP TABLE cell_edits (sha256 VARCHAR, form VARCHAR, table_no INTEGER, row_no INTEGER,"
            " block_no INTEGER, column_no INTEGER, new_measure VARCHAR, new_column INTEGER,"
            " new_printed VARCHAR, new_amount DECIMAL(24,6), new_decimals INTEGER, new_source VARCHAR)"
        )
        _insert(
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
        _insert(db, "deleted", [(sha256_of(n), *row) for n, m in enumerate(mutants) for row in m.deleted])
        db.execute(f"CREATE TEMP TABLE code_edits ({row_columns}, new_code VARCHAR)")
        _insert(
            db, "code_edits", [(sha256_of(n), *row, code) for n, m in enumerate(mutants) for row, code in m.codes]
        )
        for table in TABLES:
            db.execute(_copy(table))


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        kinds = [str(row[1]) for row in db.execute(f"DESCRIBE {table}").fetchall()]
        lists = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
        db.execute(f"INSERT INTO {table} SELECT {lists}", [*map(list, zip(*rows, strict=True))])


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
        for name, new in (("measure", "measure"), ("column_no", "column"), ("amount_printed", "printed"),
                          ("amount", "amount"), ("decimals", "decimals"), ("amount_source", "source")):  # fmt: skip
            replaced[name] = f"coalesce(e.new_{new}, t.{name})"
    if table == "form_line":
        joins += f" LEFT JOIN code_edits AS e ON {row.format('e')}"
        replaced["code_printed"] = "coalesce(e.new_code, t.code_printed)"
    names = [name for name, _ in table_columns(table)]
    columns = ", ".join(replaced.get(name, f"t.{name}") for name in names)
    return (
        f"INSERT INTO raw.{table} ({', '.join(names)}) SELECT {columns}"
        f" FROM source.raw.{table} AS t JOIN copies ON t.sha256 = copies.source{joins}"
    )


# What the warehouse says -------------------------------------------------------------------------

#: The identities that hold, by cell. An inequality covers only one direction: it does not count.
COVERAGE = """
CREATE TEMP TABLE covering AS
SELECT s.document_id, s.form, s.row_key, s.measure, concat_ws('|', i.rule_id, i.instance_key) AS identity,
       sum(s.sign * CASE s.side WHEN 'left' THEN 1 ELSE -1 END) AS coefficient,
       i.tolerance + abs(i.difference) AS slack
FROM intermediate.int_rule_slot AS s
JOIN intermediate.int_rule_identity AS i
  ON s.document_id = i.document_id AND s.rule_id = i.rule_id
 AND i.instance_key = concat_ws('|', s.bound_row, s.measure_prefix || s.bound_measure)
JOIN seeds.accounting_rule AS r ON i.rule_id = r.rule_id
WHERE r.relation = 'eq' AND i.status IN ('pass', 'rounding') AND (NOT s.is_optional OR i.takes_optional)
GROUP BY ALL
"""
CELLS = """
SELECT d.sha256, c.form, c.table_no, c.row_no, c.block_no, c.column_no, c.row_key, c.measure,
       c.amount_printed, c.amount, len(regexp_extract(c.amount_printed, '[.]\\s*([0-9]+)', 1)) AS decimals,
       c.amount_source, CAST(CASE c.unit_printed WHEN '元' THEN 1 WHEN '千元' THEN 1000 ELSE 10000 END AS DECIMAL(10, 0)),
       count(v.identity) AS covers, coalesce(min(v.slack), 0) AS slack, l.code_printed, u.n = 1
FROM intermediate.int_form_cell AS c
JOIN marts.dim_document AS d USING (document_id)
JOIN intermediate.int_form_line AS l USING (document_id, form, table_no, row_no, block_no)
JOIN (SELECT document_id, form, row_key, count(*) AS n FROM intermediate.int_form_line GROUP BY ALL) AS u
  ON c.document_id = u.document_id AND c.form = u.form AND c.row_key = u.row_key
LEFT JOIN covering AS v ON c.document_id = v.document_id AND c.form = v.form AND c.row_key = v.row_key
 AND c.measure = v.measure
WHERE c.amount_source IN ('reported', 'normalised') AND d.sha256 IN (SELECT unnest(?))
GROUP BY ALL ORDER BY ALL
"""
#: What a document's findings say that its original's do not.
FINDINGS = """
SELECT f.document_id, e.rule_id, e.instance_key, e.status, f.form, f.row_key, f.measure,
       f.located_by IS NOT NULL, f.located_by IS NOT NULL OR e.status = 'missing' OR e.rule_id = 'R-code-01'
FROM marts.fct_finding AS f
JOIN intermediate.int_rule_evaluation AS e ON f.finding_id = e.evaluation_id
WHERE f.severity IN ('error', 'suspicious') AND e.rule_id NOT LIKE 'R-cross-document-%'
ORDER BY ALL
"""
#: The figures that a mutant tells otherwise than its original, and the identities of the original that
#: this takes beyond what printing explains.
CHANGES = """
WITH figures AS (
    SELECT document_id, form, row_key, measure, amount_cny
    FROM intermediate.int_form_cell WHERE amount_source <> 'derived'
),
told AS (
    SELECT c.document_id, f.form, f.row_key, f.measure, f.amount_cny AS before_cny, NULL AS after_cny
    FROM figures AS f JOIN copies AS c ON f.document_id = c.source
    UNION ALL
    SELECT c.document_id, f.form, f.row_key, f.measure, NULL, f.amount_cny
    FROM figures AS f JOIN copies AS c ON f.document_id = c.document_id
),
changed AS (
    SELECT document_id, form, row_key, measure, max(before_cny) AS before_cny, max(after_cny) AS after_cny,
           coalesce(max(after_cny), 0) - coalesce(max(before_cny), 0) AS delta_cny
    FROM told GROUP BY ALL
    HAVING max(before_cny) IS DISTINCT FROM max(after_cny)
),
moved AS (
    SELECT k.document_id, v.identity
    FROM changed AS k
    JOIN copies AS c ON k.document_id = c.document_id
    JOIN covering AS v ON c.source = v.document_id AND k.form = v.form AND k.row_key = v.row_key
     AND k.measure = v.measure
    GROUP BY k.document_id, v.identity
    HAVING abs(sum(v.coefficient * k.delta_cny)) > max(v.slack)
)
SELECT k.document_id, k.form, k.row_key, k.measure, count(m.identity) AS moved
FROM changed AS k
JOIN copies AS c ON k.document_id = c.document_id
LEFT JOIN covering AS v ON c.source = v.document_id AND k.form = v.form AND k.row_key = v.row_key
 AND k.measure = v.measure
LEFT JOIN moved AS m ON k.document_id = m.document_id AND v.identity = m.identity
GROUP BY ALL ORDER BY ALL
"""


def clean_documents(build: Path) -> list[str]:
    """The documents with forms and without an error finding, by content hash."""
    with duckdb.connect(str(build), read_only=True) as db:
        rows = db.execute(
            "SELECT sha256 FROM marts.dim_document WHERE document_id IN (FROM marts.fct_form_cell SELECT document_id)"
            " AND document_id NOT IN (FROM marts.fct_finding SELECT document_id WHERE severity = 'error') ORDER BY 1"
        ).fetchall()
    return [sha256 for (sha256,) in rows]


def read_cells(build: Path, documents: Sequence[str]) -> list[Cell]:
    """The printed amounts of the documents, with what covers them."""
    with duckdb.connect(str(build), read_only=True) as db:
        db.execute(COVERAGE)
        rows = db.execute(CELLS, [list(documents)]).fetchall()
    return [Cell(row[0], tuple(row[1:6]), *row[6:]) for row in rows]


@dataclass(frozen=True)
class Verdict:
    """What the judge said of one mutant.

    ``changed`` counts, for each figure the mutant tells otherwise, the identities that can no longer
    hold. ``locatable`` are those figures (of whole rows: the rows) that two of them speak of.
    """

    mutant: Mutant
    rules: frozenset[str]
    changed: Mapping[Name, int]
    locatable: frozenset[tuple[str, ...]]
    located: frozenset[tuple[str, ...]]
    misnamed: frozenset[Name]

    @property
    def is_undone(self) -> bool:
        """Whether the figures came out as in the original: the change had no effect, or was undone."""
        return not self.changed

    @property
    def is_visible(self) -> bool:
        """Whether an identity of the original can no longer hold."""
        return any(self.changed.values())

    @property
    def is_detected(self) -> bool:
        """Whether there is a finding that the original does not have."""
        return bool(self.rules)


def read_verdicts(build: Path, mutants: Sequence[Mutant]) -> list[Verdict]:
    """Compare each mutant's figures and findings with its original's."""
    found: dict[str, dict[tuple[str, str, str], tuple[Name, bool, bool]]] = defaultdict(dict)
    changed: dict[str, dict[Name, int]] = defaultdict(dict)
    rows_of_forms: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with duckdb.connect(str(build), read_only=True) as db:
        db.execute(COVERAGE)
        db.execute("CREATE TEMP TABLE copies (document_id VARCHAR, source VARCHAR)")
        _insert(db, "copies", [(sha256_of(n)[:16], m.source[:16]) for n, m in enumerate(mutants)])
        for document_id, rule_id, instance, status, *name, by, points in db.execute(FINDINGS).fetchall():
            found[document_id][rule_id, instance, status] = (tuple(name), by, points)
        for document_id, *name, moved in db.execute(CHANGES).fetchall():
            changed[document_id][tuple(name)] = moved
        for document_id, form, row_key in db.execute(
            "SELECT DISTINCT document_id, form, row_key FROM intermediate.int_form_cell"
            " WHERE document_id IN (SELECT source FROM copies)"
        ).fetchall():
            rows_of_forms[document_id][row_key].add(form)
    verdicts = []
    for number, mutant in enumerate(mutants):
        own, original = found[sha256_of(number)[:16]], found[mutant.source[:16]]
        fresh = {key: own[key] for key in own.keys() - original.keys()}
        rules = frozenset(rule_id for rule_id, _, _ in fresh)
        verdicts.append(
            _verdict(
                mutant, rules, changed[sha256_of(number)[:16]], set(fresh.values()), rows_of_forms[mutant.source[:16]]
            )
        )
    return verdicts


def _verdict(
    mutant: Mutant,
    rules: frozenset[str],
    changed: Mapping[Name, int],
    names: set[tuple[Name, bool, bool]],
    rows_of_forms: Mapping[str, set[str]],
) -> Verdict:
    singled_out = {name for name, by_identities, _ in names if by_identities}
    if mutant.deleted or mutant.codes:
        # The whole row moved: to name the row is to find it. Where another form prints the row, its key is known.
        locatable = {
            name[:2]
            for name, moved in changed.items()
            if moved > 1 or moved and mutant.deleted and len(rows_of_forms[name[1]]) > 1
        }
        located = locatable & {name[:2] for name, _, points in names if points}
        misnamed = {name for name in singled_out if name[:2] not in {other[:2] for other in changed}}
    else:
        locatable = {name for name, moved in changed.items() if moved > 1}
        located = locatable & singled_out
        misnamed = singled_out - changed.keys()
    return Verdict(mutant, rules, changed, frozenset(locatable), frozenset(located), frozenset(misnamed))


def timings(work: Path) -> dict[str, float]:
    """Seconds of dbt by part: the judge's models, the marts it judges, everything else."""
    seconds: dict[str, float] = defaultdict(float)
    results = json.loads((work / "dbt-target" / "run_results.json").read_text("utf-8"))["results"]
    manifest = json.loads((work / "dbt-target" / "manifest.json").read_text("utf-8"))["nodes"]
    for result in results:
        if result["unique_id"].startswith("model."):
            path = manifest[result["unique_id"]]["path"]
            part = "judge" if "quality/" in path else "marts" if path.startswith(("marts/", "intermediate/")) else "other"
            seconds[part] += result["execution_time"]
    return dict(seconds)


def campaign(ledger: Path, work: Path, number: int, seed: int) -> tuple[list[Cell], list[Verdict], dict[str, float]]:
    """Build the originals, make the mutants, build them all, and compare."""
    work.mkdir(parents=True, exist_ok=True)
    base = work / "originals.duckdb"
    build_marts(ledger, base, work / "originals")
    originals = clean_documents(base)
    cells = read_cells(base, originals)
    mutants = make_mutants(cells, number, seed)
    target = work / LEDGER_FILE
    target.unlink(missing_ok=True)
    write_ledger(ledger, target, originals, mutants)
    build = work / "mutants.duckdb"
    build_marts(target, build, work / "mutants")
    return cells, read_verdicts(build, mutants), timings(work / "mutants")


def main() -> None:
    """Run the campaign and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mutants", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        cells, verdicts, seconds = campaign(
            options.ledger, options.work or Path(scratch), options.mutants, options.seed
        )
    kinds: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        kinds[verdict.mutant.kind].append(verdict)
    for kind, of in kinds.items():
        told = [v for v in of if not v.is_undone]
        visible = [v for v in told if v.is_visible]
        n, found = sum(len(v.locatable) for v in told), sum(len(v.located) for v in told)
        print(f"{kind:24} {len(of):5} undone {len(of) - len(told)} visible {len(visible)} detected"
              f" {sum(v.is_detected for v in visible) / len(visible):.4f} ({sum(v.is_detected for v in told)} of all)"
              f" located {found}/{n} = {found / max(n, 1):.4f} misnamed {sum(bool(v.misnamed) for v in told)}")
    print(seconds)


if __name__ == "__main__":
    main()
