"""Gates: what a build must not have lost against the standing publication (thresholds: gates.yml)."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import bounded
from ingest.errors import JuesuanError, is_locked
from ingest.files import sql_literal
from ingest.publish import unopened

if TYPE_CHECKING:
    import duckdb


THRESHOLDS = Path(__file__).resolve().with_name("gates.yml")
#: Of each gate, so many cases are named.
NAMED = 10

_IN_FORCE = "SELECT * FROM {db}.marts.dim_document WHERE is_current"
_TOTALS = (
    "SELECT d.district_code, y.fiscal_year, y.phase, sum(y.total_cny) AS total"
    " FROM {db}.marts.mart_department_year y JOIN {db}.marts.dim_document d"
    " ON d.document_id = y.total_document_id WHERE y.total_cny > 0 GROUP BY ALL"
)


@dataclass(frozen=True)
class Gate:
    """One comparison: what was counted, how much is let through, some cases, and why it is asked."""

    name: str
    count: float
    most: float
    is_held: bool
    sentence: str
    cases: list[str]
    why: str


def compare(standing: Path, build: Path) -> list[Gate]:
    """Every gate, asked of two DuckDB files with the schema marts."""
    import duckdb
    import yaml

    limits = yaml.safe_load(THRESHOLDS.read_text(encoding="utf-8"))
    with bounded.connect(build) as db:
        db.execute(f"ATTACH {sql_literal(build)} AS new (READ_ONLY)")
        try:
            db.execute(f"ATTACH {sql_literal(standing)} AS old (READ_ONLY)")
        except duckdb.Error as error:
            words = unopened(standing, error)
            if is_locked(str(error)):
                raise JuesuanError(f"the build cannot be compared with what stands: {words}") from error
            return [_not_comparable(f"the standing publication cannot be compared with: {words}")]
        try:
            return _gates(db, limits)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            words = " ".join(str(error).split())[:200]
            return [_not_comparable(f"the standing publication has marts of another shape: {words}")]


def _gates(db: "duckdb.DuckDBPyConnection", limits: dict[str, Any]) -> list[Gate]:
    return [
        _dropped(db, limits["dropped_documents"]),
        _withdrawn(db, limits["withdrawn_documents_per_cent"]),
        _districts(db, limits["lost_districts"]),
        _totals(db, limits["halved_totals"]),
        _errors(db, limits["new_errors_per_cent"]),
    ]


def _not_comparable(words: str) -> Gate:
    return Gate(
        name="comparable",
        count=1,
        most=0,
        is_held=True,
        sentence=words,
        cases=[],
        why="A check may not pass on nothing: somebody looks once.",
    )


def thresholds_version() -> str:
    """A hash over the thresholds: under others a build that was held back is compared anew."""
    return hashlib.sha256(THRESHOLDS.read_bytes()).hexdigest()[:12]


def as_report(gates: list[Gate], reason: str | None) -> dict[str, Any]:
    """What the report and the publication say of the gates; ``reason`` lets a build through."""
    held = [gate.name for gate in gates if gate.is_held]
    return {
        "held": held if reason is None else [],
        "forced": held if reason is not None else [],
        "reason": reason if held else None,
        "compared": [asdict(gate) for gate in gates],
    }


def _dropped(db: "duckdb.DuckDBPyConnection", limit: dict[str, Any]) -> Gate:
    cases = _cases(
        db,
        "SELECT file_name FROM old.marts.dim_document ANTI JOIN new.marts.dim_document USING (document_id)"
        " ORDER BY file_name",
    )
    return _gate("dropped_documents", cases, limit, f"{len(cases)} published documents are not in the build")


def _withdrawn(db: "duckdb.DuckDBPyConnection", limit: dict[str, Any]) -> Gate:
    (before,) = _one(db, f"SELECT count(*) FROM ({_IN_FORCE.format(db='old')})")
    cases = _cases(
        db,
        f"SELECT file_name FROM new.marts.dim_document SEMI JOIN ({_IN_FORCE.format(db='old')})"
        " USING (document_id) WHERE removed_at IS NOT NULL ORDER BY file_name",
    )
    share = 100 * len(cases) / before if before else 0.0
    sentence = f"{len(cases)} of {before} documents in force went from the inbox ({share:.1f} %)"
    return _gate("withdrawn_documents_per_cent", cases, limit, sentence, share)


def _districts(db: "duckdb.DuckDBPyConnection", limit: dict[str, Any]) -> Gate:
    cases = _cases(
        db,
        f"SELECT DISTINCT district_code FROM ({_IN_FORCE.format(db='old')}) WHERE district_code IS NOT NULL"
        f" EXCEPT SELECT district_code FROM ({_IN_FORCE.format(db='new')}) ORDER BY district_code",
    )
    return _gate("lost_districts", cases, limit, f"{len(cases)} districts have no document in force any more")


def _totals(db: "duckdb.DuckDBPyConnection", limit: dict[str, Any]) -> Gate:
    cases = _cases(
        db,
        "SELECT concat(coalesce(o.district_code, 'no district'), ' ', o.fiscal_year, ' ', o.phase, ': ',"
        f" o.total, ' -> ', coalesce(n.total, 0)) FROM ({_TOTALS.format(db='old')}) o"
        f" LEFT JOIN ({_TOTALS.format(db='new')}) n ON o.district_code IS NOT DISTINCT FROM n.district_code"
        " AND o.fiscal_year = n.fiscal_year AND o.phase = n.phase"
        " WHERE coalesce(n.total, 0) * 2 <= o.total ORDER BY ALL",
    )
    return _gate("halved_totals", cases, limit, f"{len(cases)} totals of a district and year came to half")


def _errors(db: "duckdb.DuckDBPyConnection", limit: dict[str, Any]) -> Gate:
    """Errors on documents of both files that were no errors before."""
    both = "SEMI JOIN {other}.marts.dim_document USING (document_id)"
    (before,) = _one(db, f"SELECT count(*) FROM old.marts.fct_finding {both.format(other='new')}")
    cases = _cases(
        db,
        f"SELECT concat(rule_id, ' ', finding_id) FROM new.marts.fct_finding {both.format(other='old')}"
        " ANTI JOIN (SELECT finding_id FROM old.marts.fct_finding WHERE severity = 'error')"
        " USING (finding_id) WHERE severity = 'error' ORDER BY ALL",
    )
    share = 100 * len(cases) / max(before, 1)
    sentence = f"{len(cases)} findings on documents published before are errors now, of {before} in all"
    if len(cases) < limit["at_least"]:
        share = min(share, limit["most"])
    return _gate("new_errors_per_cent", cases, limit, sentence, share)


def _gate(
    name: str, cases: list[str], limit: dict[str, Any], sentence: str, count: float | None = None
) -> Gate:
    count = len(cases) if count is None else count
    shown = [*cases[:NAMED], f"and {len(cases) - NAMED} more"] if cases[NAMED:] else cases
    held = count > limit["most"]
    return Gate(name, round(count, 2), limit["most"], held, sentence, shown, limit["why"])


def _cases(db: "duckdb.DuckDBPyConnection", sql: str) -> list[str]:
    return [str(row[0]) for row in db.execute(sql).fetchall()]


def _one(db: "duckdb.DuckDBPyConnection", sql: str) -> tuple[Any, ...]:
    row = db.execute(sql).fetchone()
    assert row is not None
    return row
