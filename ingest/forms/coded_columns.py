"""The columns of a coded form: which measure a row's figures stand for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from ingest.forms.amounts import Amount, read_amounts
from ingest.forms.catalogue import Form
from ingest.forms.coded_rows import CodedRow, printed_numbers
from ingest.forms.header import measures_by_words
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow
from ingest.rules import RowIdentity, row_identities

HALF = Decimal("0.5")
Alignment = tuple[tuple[int, str], ...]


def alignments_of(form: Form, header: Sequence[PlacedRow], rows: Sequence[CodedRow]) -> list[Alignment]:
    """Ways to lay the measures over the columns: by header words, by column numbers, one beside."""
    by_words = tuple(sorted(measures_by_words(header, form.columns["any"], form.scopes).items()))
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


def identities_of(form: Form, printed: set[str]) -> list[RowIdentity]:
    """The row identities that the printed columns can satisfy: all terms there, or nothing else there."""
    return [
        identity
        for identity in (rule.among(printed) for rule in row_identities().get(form.slug, ()))
        if identity.left in printed and (identity.measures() <= printed or printed <= identity.measures())
    ]


def _order(form: Form, by_words: Alignment, numbers: Mapping[int, int]) -> list[str]:
    """The measures from left to right: the standard order where the paper prints the standard columns."""
    measures = [measure for _, measure in by_words]
    standard = list(form.printed_order)
    if not measures or set(measures) == set(standard) or max(numbers.values(), default=0) == len(standard):
        return standard
    return measures


def align(
    rows: Sequence[CodedRow],
    alignments: Sequence[Alignment],
    identities: Sequence[RowIdentity],
    parsed: ParsedForm,
) -> None:
    """Give each row the alignment that places its figures best; ties go to the grid's usual one.

    Where the whole grid is undecided (the last page of a form may hold one class with one figure),
    grids of as many columns decide: pages of a form are ruled alike.
    """
    scores = {id(row): [_score(row, alignment, identities) for alignment in alignments] for row in rows}
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
        placed = _place(row, alignments[winner]) if winner is not None else {}
        for index, text in sorted(row.figures.items()):
            if index not in placed:
                parsed.add_leftover(row.placed, index + 1, text, "no column of the form stands here")
        for index, measure in placed.items():
            reading = read_amounts(row.figures[index])
            row.column_of[measure] = index
            row.own[measure] = reading.amounts
            if reading.malformed:
                row.torn.add(measure)


def _place(row: CodedRow, alignment: Alignment) -> dict[int, str]:
    """Column index to measure; a figure one cell beyond the last column belongs to the last."""
    columns = dict(alignment)
    last = max(columns)
    placed = {index: columns[index] for index in row.figures if index in columns}
    if last + 1 in row.figures and last not in row.figures:
        placed[last + 1] = columns[last]
    return placed


def _score(row: CodedRow, alignment: Alignment, identities: Sequence[RowIdentity]) -> tuple[int, int, int]:
    placed = _place(row, alignment)
    values = {
        measure: reading.amounts[0]
        for index, measure in placed.items()
        if len((reading := read_amounts(row.figures[index])).amounts) == 1
    }
    told = [identity for identity in identities if identity.measures() & set(values)]
    met = sum(holds(identity, values) for identity in told)
    return len(placed) - len(row.figures), met - len(told), met


def holds(identity: RowIdentity, values: Mapping[str, Amount]) -> bool:
    """Whether the identity holds within half a unit of the last place of each printed figure."""
    terms = [values[m] for m in identity.measures() if m in values]
    slack = sum((HALF.scaleb(-amount.decimals) for amount in terms), Decimal(0))
    difference = identity.difference({measure: amount.value for measure, amount in values.items()})
    return abs(difference) <= slack
