"""Mutants of clean documents: does the judge notice each change, and does it name the very cell?

usage: python bench/mutation.py --ledger FILE [--mutants N] [--garbled N] [--seed S] [--sizes N ...]
       [--work DIR] [--report FILE]

All mutants stand in one ledger and are built in one dbt run beside the documents they come from: those
of the ledger without an error of their own. What counts:

- seen: an identity of the original can no longer hold, by more than printing explains. Two figures that
  change places in one sum are not seen by it.
- detected: an error or a suspicious finding that the original does not have.
- located: a finding names the changed figure, of those that two such identities speak of; of a whole
  row, the row, which two speak of or another form prints.
- misnamed: a finding names by identities a figure that was not changed.
- restored: a garbled figure came out as it was; harmed: a figure that was read right came out changed.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.mutants import (  # noqa: E402
    Cell,
    Mutant,
    Name,
    insert_rows,
    make_garbled,
    make_mutants,
    sha256_of,
    write_ledger,
)
from ingest.build import build_marts  # noqa: E402
from ingest.store import LEDGER_FILE  # noqa: E402

#: The identities that hold, by cell. An inequality covers only one direction: it does not count.
COVERAGE = """
CREATE TEMP TABLE covering AS
SELECT s.document_id, s.form, s.row_key, s.measure, concat_ws('|', i.rule_id, i.instance_key) AS identity,
       sum(s.sign * CASE s.side WHEN 'left' THEN 1 ELSE -1 END) AS coefficient,
       i.tolerance + abs(i.difference) AS slack
FROM intermediate.int_rule_slot AS s
JOIN intermediate.int_rule_identity AS i
  ON s.document_id = i.document_id AND s.rule_id = i.rule_id
 AND i.instance_key = s.instance_key
JOIN seeds.accounting_rule AS r ON i.rule_id = r.rule_id
WHERE r.relation = 'eq' AND i.status IN ('pass', 'rounding') AND (NOT s.is_optional OR i.takes_optional)
GROUP BY ALL
"""
CELLS = """
SELECT d.sha256, c.form, c.table_no, c.row_no, c.block_no, c.column_no, c.row_key, c.measure,
       c.amount_printed, c.amount, len(regexp_extract(c.amount_printed, '[.]\\s*([0-9]+)', 1)) AS decimals,
       c.amount_source,
       CAST(CASE c.unit_printed WHEN '元' THEN 1 WHEN '千元' THEN 1000 ELSE 10000 END AS DECIMAL(10, 0)),
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
       f.located_by IS NOT NULL OR e.rule_id = 'R-garbled-01',
       f.located_by IS NOT NULL OR e.status = 'missing' OR e.rule_id = 'R-code-01'
FROM marts.fct_finding AS f
JOIN intermediate.int_rule_evaluation AS e ON f.finding_id = e.evaluation_id
WHERE f.severity IN ('error', 'suspicious') AND e.rule_id NOT LIKE 'R-cross-document-%'
ORDER BY ALL
"""
#: The figures that a mutant tells otherwise than its original, and the identities of the original that
#: this takes beyond what printing explains.
TOLD = """
CREATE TEMP TABLE {name} AS
WITH figures AS (
    SELECT document_id, form, row_key, measure, amount_cny
    FROM intermediate.{model} WHERE amount_source <> 'derived'
),
told AS (
    SELECT c.document_id, f.form, f.row_key, f.measure, f.amount_cny AS before_cny, NULL AS after_cny
    FROM figures AS f JOIN copies AS c ON f.document_id = c.source
    UNION ALL
    SELECT c.document_id, f.form, f.row_key, f.measure, NULL, f.amount_cny
    FROM figures AS f JOIN copies AS c ON f.document_id = c.document_id
)
SELECT document_id, form, row_key, measure, max(before_cny) AS before_cny, max(after_cny) AS after_cny,
       coalesce(max(after_cny), 0) - coalesce(max(before_cny), 0) AS delta_cny
FROM told GROUP BY ALL
HAVING max(before_cny) IS DISTINCT FROM max(after_cny)
"""
CHANGES = """
WITH moved AS (
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
            "SELECT sha256 FROM marts.dim_document"
            " WHERE document_id IN (SELECT document_id FROM marts.fct_form_cell) AND document_id NOT IN"
            " (SELECT document_id FROM marts.fct_finding WHERE severity = 'error') ORDER BY 1"
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
    #: Figures that are wrong in the marts: after the repair.
    wrong: frozenset[Name]

    @property
    def is_undone(self) -> bool:
        """Whether the figures came out as in the original: the change had no effect, or was undone."""
        return not self.changed

    @property
    def is_visible(self) -> bool:
        """Whether an identity of the original can no longer hold."""
        return any(self.changed.values())

    @property
    def is_restorable(self) -> bool:
        """Whether two identities speak of every garbled figure."""
        return self.mutant.garbled and bool(self.changed) and min(self.changed.values()) > 1

    @property
    def harmed(self) -> set[Name]:
        """Figures that were read right and are wrong in the marts."""
        return self.wrong - self.changed.keys()

    @property
    def is_detected(self) -> bool:
        """Whether there is a finding that the original does not have."""
        return bool(self.rules)


def read_verdicts(build: Path, mutants: Sequence[Mutant]) -> list[Verdict]:
    """Compare each mutant's figures and findings with its original's."""
    found: dict[str, dict[tuple[str, str, str], tuple[Name, bool, bool]]] = defaultdict(dict)
    changed: dict[str, dict[Name, int]] = defaultdict(dict)
    wrong: dict[str, set[Name]] = defaultdict(set)
    rows_of_forms: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with duckdb.connect(str(build), read_only=True) as db:
        db.execute(COVERAGE)
        db.execute("CREATE TEMP TABLE copies (document_id VARCHAR, source VARCHAR)")
        insert_rows(db, "copies", [(sha256_of(n)[:16], m.source[:16]) for n, m in enumerate(mutants)])
        for document_id, rule_id, instance, status, *name, by, points in db.execute(FINDINGS).fetchall():
            found[document_id][rule_id, instance, status] = (tuple(name), by, points)
        db.execute(TOLD.format(name="changed", model="int_printed_cell"))
        db.execute(TOLD.format(name="wrong", model="int_form_cell"))
        for document_id, *name in db.execute(
            "FROM wrong SELECT document_id, form, row_key, measure"
        ).fetchall():
            wrong[document_id].add((name[0], name[1], name[2]))
        for document_id, *name, moved in db.execute(CHANGES).fetchall():
            changed[document_id][tuple(name)] = moved
        for document_id, form, row_key in db.execute(
            "SELECT DISTINCT document_id, form, row_key FROM intermediate.int_form_cell"
            " WHERE document_id IN (SELECT source FROM copies)"
        ).fetchall():
            rows_of_forms[document_id][row_key].add(form)
    verdicts = []
    for number, mutant in enumerate(mutants):
        document_id, original = sha256_of(number)[:16], mutant.source[:16]
        fresh = {key: found[document_id][key] for key in found[document_id].keys() - found[original].keys()}
        verdict = _verdict(mutant, fresh, changed[document_id], rows_of_forms[original])
        verdicts.append(replace(verdict, wrong=frozenset(wrong[document_id])))
    return verdicts


def _verdict(
    mutant: Mutant,
    fresh: Mapping[tuple[str, str, str], tuple[Name, bool, bool]],
    changed: Mapping[Name, int],
    rows_of_forms: Mapping[str, set[str]],
) -> Verdict:
    names = set(fresh.values())
    singled_out = {name for name, by_identities, _ in names if by_identities}
    locatable: set[tuple[str, ...]]
    located: set[tuple[str, ...]]
    if mutant.deleted or mutant.codes:
        # The whole row moved: to name the row is to find it.
        locatable = {
            name[:2]
            for name, moved in changed.items()
            if moved > 1 or (moved and mutant.deleted and len(rows_of_forms[name[1]]) > 1)
        }
        located = locatable & {name[:2] for name, _, points in names if points}
        misnamed = {name for name in singled_out if name[:2] not in {other[:2] for other in changed}}
    else:
        locatable = {name for name, moved in changed.items() if moved > 1}
        located = locatable & singled_out
        misnamed = singled_out - changed.keys()
    rules = frozenset(rule_id for rule_id, _, _ in fresh)
    return Verdict(
        mutant, rules, changed, frozenset(locatable), frozenset(located), frozenset(misnamed), frozenset()
    )


@dataclass(frozen=True)
class Campaign:
    """A campaign's outcome: the clean documents, their cells, what became of every mutant."""

    documents: Sequence[str]
    cells: Sequence[Cell]
    verdicts: Sequence[Verdict]
    #: Rules that had something to judge, and errors found in the originals beside their mutants.
    rules: Sequence[str]
    errors_in_originals: int
    #: Documents in a build, and its seconds of dbt by part.
    timings: Sequence[tuple[int, Mapping[str, float]]]


def run_campaign(
    ledger: Path, work: Path, number: int, garbled: int, seed: int, sizes: Sequence[int] = ()
) -> Campaign:
    """Build the originals, make the mutants, build all in one run, compare; time smaller runs too."""
    work.mkdir(parents=True, exist_ok=True)
    base = work / "originals.duckdb"
    build_marts(ledger, base, work / "originals")
    originals = clean_documents(base)
    cells = read_cells(base, originals)
    mutants = make_mutants(cells, number, seed) + make_garbled(cells, garbled, seed)
    timings = []
    for size in sizes:
        step = max(len(mutants) // size, 1)
        timings.append((size, _build(ledger, work / str(size), originals, mutants[::step][:size])))
    timings.append((len(mutants), _build(ledger, work / "mutants", originals, mutants)))
    build = work / "mutants" / "juesuan.duckdb"
    with duckdb.connect(str(build), read_only=True) as db:
        rules = [rule for (rule,) in db.execute(EVALUATED).fetchall()]
        errors = db.execute(ERRORS, [[sha256[:16] for sha256 in originals]]).fetchall()[0][0]
        names = [name for (name,) in db.execute(NAMES, [originals]).fetchall()]
    return Campaign(names, cells, read_verdicts(build, mutants), rules, errors, timings)


EVALUATED = "SELECT DISTINCT rule_id FROM intermediate.int_rule_evaluation ORDER BY 1"
ERRORS = (
    "SELECT count(*) FROM marts.fct_finding WHERE severity = 'error' AND document_id IN (SELECT unnest(?))"
)
NAMES = "SELECT file_name FROM marts.dim_document WHERE sha256 IN (SELECT unnest(?)) ORDER BY 1"


def _build(
    ledger: Path, folder: Path, originals: Sequence[str], mutants: Sequence[Mutant]
) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / LEDGER_FILE
    target.unlink(missing_ok=True)
    write_ledger(ledger, target, originals, mutants)
    build_marts(target, folder / "juesuan.duckdb", folder)
    return seconds_of_dbt(folder)


def seconds_of_dbt(work: Path) -> dict[str, float]:
    """Seconds of dbt's models by part: the judge with the repair, and the marts it judges."""
    seconds: dict[str, float] = defaultdict(float)
    results = json.loads((work / "dbt-target" / "run_results.json").read_text("utf-8"))["results"]
    manifest = json.loads((work / "dbt-target" / "manifest.json").read_text("utf-8"))["nodes"]
    for result in results:
        if result["unique_id"].startswith("model."):
            parts = Path(manifest[result["unique_id"]]["path"]).parts
            seconds["judge" if {"quality", "repair"} & set(parts) else "marts"] += result["execution_time"]
    return dict(seconds)


# The report --------------------------------------------------------------------------------------


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} = {part / whole:.4f}" if whole else "none"


def report(campaign: Campaign, seed: int) -> str:
    """The campaign as a page of Markdown."""
    errors = [verdict for verdict in campaign.verdicts if not verdict.mutant.garbled]
    garbled = [verdict for verdict in campaign.verdicts if verdict.mutant.garbled]
    lines = [
        "# What the judge notices",
        "",
        f"`make test-mutations`, seed {seed}: {len(campaign.verdicts)} mutants of {len(campaign.documents)}"
        f" documents of `data/` without an error finding ({campaign.errors_in_originals} errors in them in"
        " the same run), in one ledger and one dbt run. `bench/mutation.py` says what the words mean.",
        "",
        "## Errors",
        "",
        "| kind | mutants | undone | seen | detected, of seen | detected, of all | located | misnamed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind, of in [*_by_kind(errors).items(), ("all", errors)]:
        told = [verdict for verdict in of if not verdict.is_undone]
        seen = [verdict for verdict in told if verdict.is_visible]
        located = _share(sum(len(v.located) for v in told), sum(len(v.locatable) for v in told))
        lines.append(
            f"| {kind} | {len(of)} | {len(of) - len(told)} | {len(seen)}"
            f" | {_share(sum(v.is_detected for v in seen), len(seen))}"
            f" | {_share(sum(v.is_detected for v in told), len(told))}"
            f" | {located} | {sum(bool(v.misnamed) for v in told)} |"
        )
    lines += [
        "",
        "## Garbled text",
        "",
        "| kind | mutants | two identities speak of it | restored | harmed |",
    ]
    lines += ["|---|---|---|---|---|"]
    for kind, of in [*_by_kind(garbled).items(), ("all", garbled)]:
        able = [verdict for verdict in of if verdict.is_restorable]
        restored = _share(sum(not v.wrong & v.changed.keys() for v in able), len(able))
        lines.append(f"| {kind} | {len(of)} | {len(able)} | {restored} | {sum(len(v.harmed) for v in of)} |")
    harmed = sum(len(verdict.harmed) for verdict in errors)
    lines += ["", f"In the mutants with errors the repair changed {harmed} figures that were read right."]
    lines += ["", "## Cells that identities cover", "", "| form | cells | by one or more | by two or more |"]
    lines += ["|---|---|---|---|"]
    forms: dict[str, list[Cell]] = defaultdict(list)
    for cell in campaign.cells:
        forms[cell.address[0]].append(cell)
    for form, cells in [*sorted(forms.items()), ("all", list(campaign.cells))]:
        once, twice = (sum(cell.covers >= n for cell in cells) for n in (1, 2))
        lines.append(f"| {form} | {len(cells)} | {once / len(cells):.3f} | {twice / len(cells):.3f} |")
    broken = {rule_id for verdict in campaign.verdicts for rule_id in verdict.rules}
    idle = [rule_id for rule_id in campaign.rules if rule_id not in broken]
    lines += ["", "## Rules that no mutant broke", "", ", ".join(idle) or "none"]
    lines += ["", "## Time", "", "| mutants | marts, s | judge and repair, s |", "|---|---|---|"]
    lines += [f"| {size} | {of['marts']:.1f} | {of['judge']:.1f} |" for size, of in campaign.timings]
    lines += ["", "## Documents", "", *(f"- {name}" for name in campaign.documents)]
    return "\n".join(lines) + "\n"


def _by_kind(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    kinds: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        kinds[verdict.mutant.kind].append(verdict)
    return kinds


def main() -> None:
    """Run the campaign and print or write its report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--mutants", type=int, default=2400)
    parser.add_argument("--garbled", type=int, default=700)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=[])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        done = run_campaign(
            options.ledger,
            options.work or Path(scratch),
            options.mutants,
            options.garbled,
            options.seed,
            options.sizes,
        )
    text = report(done, options.seed)
    if options.report:
        options.report.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
