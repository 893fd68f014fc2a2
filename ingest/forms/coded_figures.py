"""The figures of a coded form: whose they are where the extraction ran rows together."""

from collections.abc import Sequence
from itertools import product

from ingest.forms.amounts import Amount
from ingest.forms.coded_rows import CodedRow
from ingest.forms.result import ParsedForm
from ingest.rules import RowIdentity


def settle(rows: Sequence[CodedRow], identities: Sequence[RowIdentity], parsed: ParsedForm) -> None:
    """Choose each row's figures top down; rows run together share their figures by the identities."""
    noisy_tables = {
        row.placed.table_no for row in rows if row.torn or any(len(a) > 1 for a in row.own.values())
    }
    for position, row in enumerate(rows):
        above = rows[position - 1] if position else None
        below = rows[position + 1] if position + 1 < len(rows) else None
        noisy = row.placed.table_no in noisy_tables
        plain = {measure: amounts[0] for measure, amounts in row.own.items() if len(amounts) == 1}
        clean = not row.torn and len(plain) == len(row.own)
        if clean and (not noisy or all(identity.holds(plain) for identity in identities)):
            row.chosen = plain
        else:
            _choose(row, above, below, identities)
        _spare(row, parsed)
    for row in rows:
        _record_unused(row, parsed)


def _choose(
    row: CodedRow, above: CodedRow | None, below: CodedRow | None, identities: Sequence[RowIdentity]
) -> None:
    """The cheapest choice of own and neighbours' spare figures that satisfies every identity."""
    measures = sorted({m for identity in identities for m in identity.measures()} | set(row.own))
    options: list[list[tuple[int, str, Amount | None]]] = []
    for measure in measures:
        own = [(0, "own", amount) for amount in row.own.get(measure, ())]
        near: list[tuple[int, str, Amount | None]] = []
        if above and measure in above.spare_below:
            near.append((1, "above", above.spare_below[measure]))
        if below and len(below.own.get(measure, ())) > 1:
            near.append((1, "below", below.own[measure][0]))
        blank_cost = 2 if own or measure in row.torn else 0
        options.append([*own, *near, (blank_cost, "blank", None)])
    best: tuple[int, tuple[tuple[int, str, Amount | None], ...]] | None = None
    for choice in product(*options):
        values = {m: option[2] for m, option in zip(measures, choice, strict=True) if option[2] is not None}
        if all(identity.holds(values) for identity in identities):
            cost = sum(option[0] for option in choice)
            if best is None or cost < best[0]:
                best = (cost, choice)
    if best is None:
        row.chosen = {measure: amounts[0] for measure, amounts in row.own.items() if amounts}
        return
    for measure, (_, origin, amount) in zip(measures, best[1], strict=True):
        if amount is None:
            continue
        row.chosen[measure] = amount
        if origin == "above" and above:
            row.column_of.setdefault(measure, above.column_of[measure])
            del above.spare_below[measure]
        elif origin == "below" and below:
            row.column_of.setdefault(measure, below.column_of[measure])
            below.own[measure] = below.own[measure][1:]


def _spare(row: CodedRow, parsed: ParsedForm) -> None:
    """Keep the last unused figure of a cell for the row below, of which it may be; others are left over."""
    for measure, amounts in row.own.items():
        unused = list(amounts)
        if row.chosen.get(measure) in unused:
            unused.remove(row.chosen[measure])
        for amount in unused[:-1]:
            reason = "no place in rows whose identities hold"
            parsed.add_leftover(row.placed, row.column_of[measure] + 1, amount.printed, reason)
        if unused:
            row.spare_below[measure] = unused[-1]


def _record_unused(row: CodedRow, parsed: ParsedForm) -> None:
    """Torn digits, and figures that neither the row nor its neighbour took, are left over."""
    for measure, index in sorted(row.column_of.items()):
        if measure in row.torn:
            parsed.add_leftover(row.placed, index + 1, row.figures[index], "torn digits")
        elif measure in row.spare_below:
            printed = row.spare_below[measure].printed
            parsed.add_leftover(row.placed, index + 1, printed, "no place in rows whose identities hold")
