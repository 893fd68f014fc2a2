"""The columns of a coded form: which measure a row's figures stand for."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.forms.amounts import Reading, read_amounts
from ingest.forms.catalogue import Form
from ingest.forms.coded_rows import CodedRow, printed_numbers
from ingest.forms.header import column_paths, measures_by_words
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow
from ingest.rules import RowIdentity

Alignment = tuple[tuple[int, str], ...]


def alignments_of(
    form: Form, header: Sequence[PlacedRow], rows: Sequence[CodedRow], fiscal_year: int | None
) -> list[Alignment]:
    """Ways to lay the measures over the columns: by header words, by column numbers, one beside."""
    by_words = tuple(sorted(measures_by_words(header, form, fiscal_year).items()))
    numbers = printed_numbers(header)
    order = _order(form, by_words, numbers)
    by_number = tuple(sorted((i, order[n - 1]) for i, n in numbers.items() if 1 <= n <= len(order)))
    found: list[Alignment] = [by_number, by_words]
    for base in (by_number, by_words):
        found += [tuple((index + shift, measure) for index, measure in base) for shift in (-1, 1)]
    # A table that goes on with fewer columns (its last row alone on a page) keeps the last ones.
    width = max((len(row.cells) for row in header), default=0)
    narrower = sorted({len(row.placed.cells) - width for row in rows if len(row.placed.cells) < width})
    for base in (by_number, by_words):
        found += [tuple((i + shift, m) for i, m in base if i + shift >= 0) for shift in narrower]
    starts = sorted({row.first_amount for row in rows})
    if tuple(order) == form.printed_order:
        found += [tuple((start + k, measure) for k, measure in enumerate(order)) for start in starts]
    return list(dict.fromkeys(alignment for alignment in found if alignment))


def _order(form: Form, by_words: Alignment, numbers: Mapping[int, int]) -> list[str]:
    """The measures from left to right: the standard order where the paper prints the standard columns."""
    measures = [measure for _, measure in by_words]
    standard = list(form.printed_order)
    if not measures or set(measures) == set(standard) or max(numbers.values(), default=0) == len(standard):
        return standard
    return measures


def align(
    rows: Sequence[CodedRow],
    header: Sequence[PlacedRow],
    alignments: Sequence[Alignment],
    identities: Sequence[RowIdentity],
    parsed: ParsedForm,
) -> None:
    """Give each row the alignment that places its figures best; ties go to the grid's usual one.

    Where the whole grid is undecided (the last page of a form may hold one class with one figure),
    grids of as many columns decide: pages of a form are ruled alike.
    """
    headed = _headed(header)
    scores = {
        id(row): [_score(row, alignment, identities, headed) for alignment in alignments] for row in rows
    }
    usual: dict[int, Counter[int]] = {}
    alike: dict[int, Counter[int]] = {}
    for row in rows:
        best = max(scores[id(row)], default=None)
        winners = [n for n, score in enumerate(scores[id(row)]) if score == best]
        usual.setdefault(row.placed.table_no, Counter()).update(winners)
        alike.setdefault(len(row.placed.cells), Counter()).update(winners)
    for row in rows:
        own, all_alike = usual[row.placed.table_no], alike[len(row.placed.cells)]
        rank = [(score, own[n], all_alike[n], -n) for n, score in enumerate(scores[id(row)])]
        winner = rank.index(max(rank)) if rank else None
        placed = _place(row, alignments[winner], headed) if winner is not None else {}
        for index, text in sorted(row.figures.items()):
            if index not in placed:
                parsed.add_leftover(row.placed, index + 1, text, "no column of the form stands here")
        for index, measure in placed.items():
            reading = _reading(row.figures[index], measure)
            row.column_of[measure] = index
            row.own[measure] = reading.amounts
            if reading.malformed:
                row.torn.add(measure)


def _headed(header: Sequence[PlacedRow]) -> frozenset[int]:
    """Columns with a heading of their own, known or not."""
    paths = column_paths(header)
    return frozenset(index for index, path in paths.items() if path != paths.get(index - 1))


def _reading(text: str, measure: str) -> Reading:
    """The cell's amounts; only a column of percentages may print the sign behind them."""
    return read_amounts(text.rstrip("%％") if measure.startswith("change_pct_") else text)


def _place(row: CodedRow, alignment: Alignment, headed: frozenset[int]) -> dict[int, str]:
    """Column index to measure; a figure one cell beyond the last column, under no heading, is of the last."""
    columns = dict(alignment)
    last = max(columns)
    placed = {index: columns[index] for index in row.figures if index in columns}
    if last + 1 in row.figures and last not in row.figures and last + 1 not in headed:
        placed[last + 1] = columns[last]
    return placed


def _score(
    row: CodedRow, alignment: Alignment, identities: Sequence[RowIdentity], headed: frozenset[int]
) -> tuple[int, int, int]:
    placed = _place(row, alignment, headed)
    values = {
        measure: reading.amounts[0]
        for index, measure in placed.items()
        if len((reading := _reading(row.figures[index], measure)).amounts) == 1
    }
    told = [identity for identity in identities if identity.measures() & set(values)]
    met = sum(identity.holds(values) for identity in told)
    return len(placed) - len(row.figures), met - len(told), met
