"""The accounting rules, read from their one home in seeds/: here only the identities within a row.

dbt evaluates every rule; the form parser asks these few which reading of a doubtful row is right.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Protocol

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
TERMS_FILE = SEEDS / "accounting_rule_term.csv"
HALF = Decimal("0.5")


class Figure(Protocol):
    """A printed amount: its value, and how many decimals it prints."""

    @property
    def value(self) -> Decimal:
        """The amount in the printed unit."""

    @property
    def decimals(self) -> int:
        """Printed places behind the point."""


def slack(figures: Iterable[Figure]) -> Decimal:
    """What an identity over printed figures tolerates: half a unit in the last place of each."""
    return sum((HALF.scaleb(-figure.decimals) for figure in figures), Decimal(0))


@dataclass(frozen=True)
class RowIdentity:
    """Measures of one row that must agree: ``left`` = sum of ``right``, signs included."""

    rule_id: str
    left: str
    right: tuple[tuple[int, str], ...]
    unless: tuple[tuple[str, str], ...] = ()

    def among(self, printed: Set[str]) -> "RowIdentity":
        """The identity for a form with these columns: a part does not count beside its own total."""
        parts = {measure for measure, total in self.unless if total in printed}
        kept = tuple(term for term in self.right if term[1] not in parts)
        return RowIdentity(self.rule_id, self.left, kept)

    def is_told_by(self, printed: Set[str]) -> bool:
        """Whether these columns can satisfy it: both sides there, all its terms or nothing else."""
        terms = self.measures()
        return self.left in printed and len(terms & printed) > 1 and (terms <= printed or printed <= terms)

    def difference(self, row: Mapping[str, Decimal]) -> Decimal:
        """Left minus right, a blank counting as nothing."""
        right = sum((sign * row.get(measure, Decimal(0)) for sign, measure in self.right), Decimal(0))
        return row.get(self.left, Decimal(0)) - right

    def holds(self, row: Mapping[str, Figure]) -> bool:
        """Whether a row satisfies the identity within its slack; one that prints none of it does."""
        terms = [row[measure] for measure in self.measures() if measure in row]
        difference = self.difference({measure: figure.value for measure, figure in row.items()})
        return abs(difference) <= slack(terms)

    def measures(self) -> set[str]:
        """All measures the identity speaks of."""
        return {self.left, *(measure for _, measure in self.right)}


@cache
def row_identities() -> Mapping[str, tuple[RowIdentity, ...]]:
    """The within-row identities by form slug: every term on the instance's own row."""
    terms: dict[str, list[dict[str, str]]] = defaultdict(list)
    with TERMS_FILE.open(encoding="utf-8", newline="") as handle:
        for term in csv.DictReader(handle):
            terms[term["rule_id"]].append(term)
    found: dict[str, list[RowIdentity]] = defaultdict(list)
    for rule_id, group in sorted(terms.items()):
        left = [term for term in group if term["side"] == "left"]
        own_row = all(t["row_key"] == "@row" and not t["measure"].startswith("@") for t in group)
        if len(left) == 1 and own_row and len({term["form"] for term in group}) == 1:
            right = tuple((int(t["sign"]), t["measure"]) for t in group if t["side"] == "right")
            unless = tuple((t["measure"], t["unless"]) for t in group if t["unless"])
            found[left[0]["form"]].append(RowIdentity(rule_id, left[0]["measure"], right, unless))
    return {form: tuple(identities) for form, identities in found.items()}


def identities_among(form: str, printed: Set[str]) -> list[RowIdentity]:
    """A form's row identities that the printed columns can satisfy."""
    found = (identity.among(printed) for identity in row_identities().get(form, ()))
    return [identity for identity in found if identity.is_told_by(printed)]


@cache
def child_sums() -> Mapping[str, frozenset[str]]:
    """Form to the rows that are the sum of the rows under them, from the seed of the rules."""
    left: dict[str, tuple[str, str]] = {}
    found: dict[str, set[str]] = defaultdict(set)
    with TERMS_FILE.open(encoding="utf-8", newline="") as handle:
        for term in csv.DictReader(handle):
            if term["side"] == "left":
                left[term["rule_id"]] = term["form"], term["row_key"]
            elif term["row_key"] == "@children" and left[term["rule_id"]][0] == term["form"]:
                found[term["form"]].add(left[term["rule_id"]][1])
    return {form: frozenset(keys) for form, keys in found.items()}
