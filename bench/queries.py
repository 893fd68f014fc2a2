"""Ten questions of an analyst to the marts and to the ledger's tables in Parquet; the answers are equal.

Over the raw tables every question has to find the row's name, the unit and the paper's kind by itself.
"""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.store import TABLES

ROUNDS = 5

#: A figure of a form in yuan, with its row and its paper, as every question to the raw tables needs it.
FIGURES = """
    WITH figures AS (
        SELECT left(document.sha256, 16) AS document_id, document.document_kind, document.fiscal_year,
            document.city_name, regexp_replace(document.department_name, '（.*$', '') AS department_name,
            cell.form, line.line, line.side, line.code_printed, cell.measure, cell.page,
            cast(cell.amount * if(cell.unit_printed = '万元', 10000, 1) AS decimal(20, 2)) AS amount
        FROM raw_form_cell AS cell
        JOIN raw_form_line AS line USING (sha256, form, table_no, row_no, block_no)
        JOIN raw_document AS document USING (sha256)
        WHERE document.status = 'loaded'
    )
"""


@dataclass(frozen=True)
class Question:
    """One question in SQL, to the schema ``marts`` and to the views ``raw_…``."""

    words: str
    marts: str
    raw: str


QUESTIONS = (
    Question(
        "expenditure of all papers by year and phase",
        """SELECT fiscal_year, phase, sum(amount_cny) FROM marts.fct_expenditure
           WHERE fund = 'all' AND nature = 'total' AND row_role = 'total' AND source = 'form'
           GROUP BY ALL ORDER BY ALL""",
        FIGURES
        + """SELECT fiscal_year, if(document_kind = 'budget', 'initial_budget', 'final') AS phase, sum(amount)
           FROM figures WHERE form = 'expenditure' AND measure = 'total' AND line = 'total'
           GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "final expenditure by function class and year",
        """SELECT fiscal_year, function_code, sum(amount_cny) FROM marts.fct_expenditure
           WHERE fund = 'all' AND nature = 'total' AND phase = 'final' AND length(function_code) = 3
               AND source = 'form' GROUP BY ALL ORDER BY ALL""",
        FIGURES
        + """SELECT fiscal_year, code_printed, sum(amount) FROM figures
           WHERE form = 'expenditure' AND measure = 'total' AND document_kind = 'final_account'
               AND length(code_printed) = 3 GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "twenty bodies that spent most on overseas travel, vehicles and reception in 2022",
        """SELECT department_name, actual_cny FROM marts.mart_three_public_year
           WHERE expense = 'total' AND fiscal_year = 2022 AND actual_source = 'form'
           ORDER BY actual_cny DESC, department_name LIMIT 20""",
        FIGURES
        + """SELECT department_name, amount FROM figures
           WHERE form = 'three_public' AND line = 'actual' AND measure = 'total' AND fiscal_year = 2022
           ORDER BY amount DESC, department_name LIMIT 20""",
    ),
    Question(
        "how far budgets were executed, by year",
        """SELECT fiscal_year, sum(final_cny), sum(initial_budget_cny) FROM marts.mart_budget_execution
           WHERE fund = 'all' AND harmonised_code = 'total' AND final_source = 'form'
               AND initial_budget_source = 'form' GROUP BY ALL ORDER BY ALL""",
        FIGURES
        + """, totals AS (SELECT city_name, department_name, fiscal_year, document_kind, amount FROM figures
               WHERE form = 'expenditure' AND line = 'total' AND measure = 'total')
           SELECT budgets.fiscal_year, sum(accounts.amount), sum(budgets.amount)
           FROM totals AS budgets JOIN totals AS accounts USING (city_name, department_name, fiscal_year)
           WHERE budgets.document_kind = 'budget' AND accounts.document_kind = 'final_account'
           GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "one body through the years",
        """SELECT fiscal_year, phase, expenditure_cny, basic_cny, project_cny FROM marts.mart_department_year
           WHERE expenditure_source = 'form'
               AND department_name = (SELECT min(department_name) FROM marts.mart_department_year)
           ORDER BY ALL""",
        FIGURES
        + """SELECT fiscal_year, if(document_kind = 'budget', 'initial_budget', 'final') AS phase,
               max(amount) FILTER (measure = 'total'), max(amount) FILTER (measure = 'basic'),
               max(amount) FILTER (measure = 'project') FROM figures
           WHERE form = 'expenditure' AND line = 'total'
               AND department_name = (
                   SELECT min(regexp_replace(department_name, '（.*$', '')) FROM raw_document)
           GROUP BY city_name, fiscal_year, document_kind ORDER BY ALL""",
    ),
    Question(
        "persons and running costs in basic expenditure, by year",
        """SELECT fiscal_year, row_key, sum(amount_cny) FROM marts.fct_basic_expenditure
           WHERE row_key IN ('personnel_total', 'public_total') AND phase = 'final'
           GROUP BY ALL ORDER BY ALL""",
        FIGURES
        + """SELECT fiscal_year, line, sum(amount) FROM figures
           WHERE form = 'basic_expenditure' AND line IN ('personnel_total', 'public_total')
               AND document_kind = 'final_account' GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "papers whose two totals do not balance",
        """SELECT document_id FROM marts.fct_finding
           WHERE rule_id = 'R-summary-05' AND severity = 'error' ORDER BY ALL""",
        FIGURES
        + """SELECT document_id FROM figures
           WHERE form = 'income_expenditure_summary' AND line = 'total' GROUP BY document_id
           HAVING max(amount) FILTER (side = 'income') <> max(amount) FILTER (side = 'expenditure')
           ORDER BY ALL""",
    ),
    Question(
        "the page on which one figure stands",
        """SELECT amount_cny, page FROM marts.fct_form_cell
           WHERE document_id = (SELECT min(document_id) FROM marts.dim_document)
               AND form = 'expenditure' AND row_key = '2210201' AND measure = 'total'""",
        FIGURES
        + """SELECT amount, page FROM figures
           WHERE document_id = (SELECT min(left(sha256, 16)) FROM raw_document)
               AND form = 'expenditure' AND code_printed = '2210201' AND measure = 'total'""",
    ),
    Question(
        "the ten largest finance offices of 2022",
        """SELECT department_name, expenditure_cny FROM marts.mart_department_year
           WHERE peer_group = 'finance' AND fiscal_year = 2022 AND phase = 'final'
               AND expenditure_source = 'form'
           ORDER BY expenditure_cny DESC, department_name LIMIT 10""",
        FIGURES
        + """SELECT department_name, amount FROM figures
           WHERE form = 'expenditure' AND line = 'total' AND measure = 'total'
               AND document_kind = 'final_account' AND fiscal_year = 2022 AND department_name LIKE '%财政局'
           ORDER BY amount DESC, department_name LIMIT 10""",
    ),
    Question(
        "papers whose text and form tell general public expenditure differently",
        """SELECT DISTINCT document_id FROM marts.fct_finding
           WHERE rule_id = 'R-claim-05' AND severity = 'error' ORDER BY ALL""",
        FIGURES
        + """SELECT DISTINCT document_id FROM figures
           JOIN (SELECT left(sha256, 16) AS document_id, value * 10000 AS told FROM raw_claim
               WHERE section_key = 'general_public' AND subject = '一般公共预算财政拨款支出'
                   AND metric IN ('final_actual', 'budget')) USING (document_id)
           WHERE form = 'general_public_expenditure' AND line = 'total' AND measure = 'total'
               AND abs(amount - told) > 100 ORDER BY ALL""",
    ),
)


@dataclass(frozen=True)
class Answer:
    """A question with the median seconds of both ways to the same answer."""

    words: str
    marts_seconds: float
    raw_seconds: float


def write_raw(ledger: Path, folder: Path) -> None:
    """The ledger's tables of readings as Parquet, one file each."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{ledger}' AS ledger (READ_ONLY)")
        for table in TABLES:
            db.execute(f"COPY ledger.raw.{table} TO '{folder / table}.parquet' (COMPRESSION zstd)")


def ask_all(build_file: Path, raw: Path) -> list[Answer]:
    """Ask every question both ways; raises ValueError where the answers differ, or say nothing everywhere."""
    answers = []
    with duckdb.connect(config={"threads": 2}) as db:
        db.execute(f"ATTACH '{build_file}' AS built (READ_ONLY); USE built")
        for table in TABLES:
            db.execute(f"CREATE TEMP VIEW raw_{table} AS FROM '{raw / table}.parquet'")
        for question in QUESTIONS:
            if db.execute(question.marts).fetchall() != db.execute(question.raw).fetchall():
                raise ValueError(f"two answers: {question.words}")
            answers.append(Answer(question.words, _median(db, question.marts), _median(db, question.raw)))
    return answers


def _median(db: duckdb.DuckDBPyConnection, sql: str) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        db.execute(sql).fetchall()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
