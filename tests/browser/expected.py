"""What the tables of the pages must show: SQL over the marts, and the pages' own rule of writing figures.

A column of a query bears the column's name on the page. ``name:WORDS`` is a slug that the page shows in
its words; ``name?`` is a verdict, with its reasons in the column behind it. ``$name`` is what is chosen
in a field of the page or given in its address.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import duckdb

from ingest.dashboards import DASHBOARDS

NOTHING = "—"
UNITS = {"wan": (Decimal(10_000), 2), "yuan": (Decimal(1), 2), "yi": (Decimal(100_000_000), 4)}
STATES = {"present": "●有", "declared_empty": "○声明为空", "missing": "✕缺", None: "——"}
_FORMULA = re.compile(r"[=+\-@\t\r]")

_CURRENT = "JOIN dim_department AS body USING (department_id)"
_VERDICT = 'comparability AS "comparability?", comparability_reasons'

OVERVIEW = {
    "totals": """
        SELECT fiscal_year, count(*) AS department_count, count(DISTINCT district_code) AS district_count,
            sum(total_cny) AS total_cny, sum(expenditure_cny) AS expenditure_cny, sum(basic_cny) AS basic_cny,
            sum(project_cny) AS project_cny, sum(three_public_cny) AS three_public_cny
        FROM mart_department_year WHERE phase = $phase AND district_code IS NOT NULL
        GROUP BY fiscal_year ORDER BY fiscal_year""",
    "coverage-by-year": """
        SELECT fiscal_year, count(*) FILTER (status = 'present') AS present_count,
            count(*) FILTER (status = 'declared_empty') AS declared_empty_count,
            count(*) FILTER (status = 'missing') AS missing_count
        FROM fct_coverage JOIN dim_document USING (document_id) WHERE is_standard AND is_current
        GROUP BY fiscal_year ORDER BY fiscal_year""",
    "matrix": """
        WITH states AS (
            PIVOT (SELECT document_id, form, status FROM fct_coverage)
            ON form IN ('income_expenditure_summary', 'income', 'expenditure', 'appropriation_summary',
                'general_public_expenditure', 'basic_expenditure', 'government_fund', 'state_capital',
                'three_public')
            USING any_value(status) GROUP BY document_id
        )
        SELECT department_name, fiscal_year, document_kind AS "document_kind:KINDS",
            perimeter AS "perimeter:PERIMETERS", grade, states.* EXCLUDE (document_id)
        FROM dim_document JOIN states USING (document_id)
        WHERE is_current AND ($district IS NULL OR district_code = $district)
        ORDER BY district_code, department_name, fiscal_year, document_kind, document_id""",
    "departments": """
        WITH papers AS (
            SELECT current_department_id AS department_id, count(*) AS document_count,
                max(document.grade) AS worst_grade, sum(publisher_errors) AS publisher_errors
            FROM dim_document AS document JOIN dim_department USING (department_id)
            JOIN mart_document_grade USING (document_id) GROUP BY ALL
        ),
        years AS (
            SELECT department_id, min(fiscal_year) AS first_year, max(fiscal_year) AS last_year
            FROM mart_department_year GROUP BY ALL
        )
        SELECT body.department_name, district.district_name, body.district_code, first_year, last_year,
            document_count, worst_grade, publisher_errors
        FROM papers JOIN dim_department AS body USING (department_id) LEFT JOIN years USING (department_id)
        LEFT JOIN dim_district AS district ON body.district_code = district.district_code
        ORDER BY body.district_code, body.department_name""",
    "quarantine": "SELECT file_name, reason, remedy, sha256 FROM fct_quarantine ORDER BY file_name, sha256",
}
DISTRICTS = {
    "districts": f"""
        SELECT district_name, district_code, department_count, expenditure_cny,
            expenditure_cny / department_count AS per_department_cny, basic_cny, project_cny,
            three_public_cny, change_cny, change_pct, {_VERDICT}
        FROM mart_district_year WHERE fiscal_year = $year::int AND phase = $phase
            AND ($districts IS NULL OR list_contains(string_split($districts, ','), district_code))
        ORDER BY expenditure_cny DESC NULLS LAST, district_code""",
    "peers": """
        SELECT peer.amount_rank, peer.department_name, peer.district_name, peer.amount_cny, peer.share_pct,
            peer.share_rank, years.staff_count, years.expenditure_per_head_cny,
            years.perimeter AS "perimeter:PERIMETERS", peer.comparability AS "comparability?",
            peer.comparability_reasons
        FROM mart_peer_comparison AS peer
        LEFT JOIN mart_department_year AS years USING (department_id, fiscal_year, phase)
        WHERE fiscal_year = $year::int AND phase = $phase AND fund = $fund AND peer.peer_group = $kind
            AND code = $code
            AND ($departments IS NULL OR list_contains(string_split($departments, ','), department_id))
        ORDER BY peer.amount_rank, department_id""",
}
YEARS = {
    "years": """
        SELECT fiscal_year, total_cny, expenditure_cny, basic_cny, project_cny, expenditure_real_cny,
            expenditure_change_cny, expenditure_change_pct, expenditure_source
            AS "expenditure_source:SOURCES",
            comparability AS "comparability?", comparability_reasons, NULL AS "caution?", cautions
        FROM mart_department_year WHERE department_id = $department
            AND phase = $phase ORDER BY fiscal_year""",
    "steps": """
        SELECT harmonised_code AS "harmonised_code:TOTAL", harmonised_name AS step_name,
            kind AS "kind:STEPS", previous_cny, amount_cny, change_cny,
            contribution_pct
        FROM mart_change_step WHERE department_id = $department AND phase = $phase
            AND fiscal_year = $year::int AND fund = $fund ORDER BY step_no""",
    "functions": """
        SELECT harmonised_code AS "harmonised_code:TOTAL", harmonised_name,
            array_to_string(printed_codes, ' ') AS printed_codes, previous_cny, amount_cny, change_cny,
            change_pct, contribution_pct, share_pct, comparability AS "comparability?", comparability_reasons
        FROM mart_function_year WHERE department_id = $department AND phase = $phase
            AND fiscal_year = $of::int AND fund = $money AND level IN ($level, 'total')
        ORDER BY level = 'total' DESC, harmonised_code""",
}
_DEPARTMENT_LIST = """
    SELECT department_name, former_names, district_name, district_code, peer_group_name, first_year,
        last_year, document_count, worst_grade
    FROM mart_department WHERE $district IS NULL OR district_code = $district
    ORDER BY document_count = 0, district_code, department_name"""
_EXECUTION = """
    initial_budget_cny, adjusted_budget_cny, final_cny"""
DEPARTMENT = {
    "years": """
        SELECT fiscal_year, perimeter AS "perimeter:PERIMETERS", total_cny, expenditure_cny, basic_cny,
            personnel_cny, public_cny, project_cny, general_public_cny, government_fund_cny, staff_count,
            expenditure_per_head_cny, total_source AS "total_source:SOURCES",
            comparability AS "comparability?", comparability_reasons, NULL AS "caution?", cautions
        FROM mart_department_year WHERE department_id = $department
            AND phase = $phase ORDER BY fiscal_year""",
    "functions": f"""
        WITH rows AS (
            SELECT * FROM mart_function_year WHERE department_id = $department AND phase = $phase
                AND fiscal_year = $year::int AND fund = $fund
        )
        SELECT harmonised_code AS "harmonised_code:TOTAL", harmonised_name, level AS "level:LEVELS",
            amount_cny, share_pct, previous_cny, change_cny, change_pct, {_VERDICT}
        FROM rows WHERE level = 'total' OR starts_with($open, harmonised_code)
            OR (starts_with(harmonised_code, $open) AND NOT EXISTS (
                FROM rows AS above WHERE above.level <> 'total' AND above.harmonised_code <> $open
                    AND starts_with(above.harmonised_code, $open)
                    AND above.harmonised_code <> rows.harmonised_code
                    AND starts_with(rows.harmonised_code, above.harmonised_code)))
        ORDER BY level = 'total' DESC, harmonised_code""",
    "economics": """
        SELECT economic_code, economic_name, level AS "level:LEVELS", amount_cny, share_pct
        FROM mart_economic_year WHERE department_id = $department AND phase = $phase
            AND fiscal_year = $economic::int ORDER BY economic_code""",
    "execution": f"""
        SELECT fiscal_year, fund AS "fund:FUNDS", harmonised_code AS "harmonised_code:TOTAL",
            harmonised_name, {_EXECUTION}, completion_of_initial_pct, completion_of_adjusted_pct, {_VERDICT}
        FROM mart_budget_execution WHERE department_id = $department
        ORDER BY fiscal_year DESC, fund, level = 'total' DESC, harmonised_code""",
    "three-public": f"""
        SELECT fiscal_year, expense AS "expense:EXPENSES", budget_cny, actual_cny, completion_pct,
            budget_change_cny, actual_change_cny, {_VERDICT}
        FROM mart_three_public_year WHERE department_id = $department
        ORDER BY fiscal_year DESC, expense = 'total' DESC, expense""",
    "projects": """
        SELECT fiscal_year, project_name, initial_budget_cny, budget_cny, executed_cny, execution_rate_pct,
            total_score
        FROM mart_project_year WHERE department_id = $department
        ORDER BY fiscal_year DESC, coalesce(executed_cny, budget_cny, initial_budget_cny) DESC,
            project_key""",
    "indicators": f"""
        SELECT fiscal_year, project_name, level1, level2, level3, target, actual, score
        FROM fct_performance_indicator JOIN dim_document USING (document_id) {_CURRENT}
        WHERE current_department_id = $department ORDER BY fiscal_year DESC, project_no, indicator_no""",
    "statements": """
        SELECT statement.fiscal_year, topic AS "topic:TOPICS", subject, metric AS "metric:METRICS", value_cny,
            CASE WHEN value_cny IS NULL THEN value END AS plain_value, unit
        FROM (SELECT 'procurement' AS topic, * FROM fct_procurement
            UNION ALL BY NAME SELECT 'asset' AS topic, * FROM fct_asset) AS statement
        JOIN dim_department AS body USING (department_id)
        WHERE current_department_id = $department
        ORDER BY statement.fiscal_year DESC, topic DESC, document_id, subject, metric, value""",
    "findings": f"""
        SELECT fiscal_year, severity AS "severity:SEVERITIES",
            responsibility AS "responsibility:RESPONSIBILITIES", explanation_zh, difference
        FROM fct_finding JOIN dim_document USING (document_id) {_CURRENT}
        WHERE current_department_id = $department AND severity <> 'rounding'
        ORDER BY severity, fiscal_year DESC, finding_id""",
    "documents": f"""
        SELECT fiscal_year, document_kind AS "document_kind:KINDS", document.department_name, file_name,
            perimeter AS "perimeter:PERIMETERS", unit_printed, reader, grade
        FROM dim_document AS document {_CURRENT} WHERE current_department_id = $department
        ORDER BY fiscal_year DESC, document_kind, document_id""",
}
CODES = {
    "codes": """
        WITH codes AS (
            SELECT 'function' AS classification, function_code AS code, function_name AS name,
                function_name_en AS name_en, level, parent_code,
                nullif(harmonised_code, function_code) AS compared_as, documents
            FROM dim_function
            UNION ALL
            SELECT 'economic', economic_code, economic_name, economic_name_en, level, parent_code, NULL,
                documents
            FROM dim_economic
        )
        SELECT code, name, name_en, level AS "level:LEVELS", parent_code, compared_as, documents FROM codes
        WHERE classification = $classification AND ($level IS NULL OR level = $level) ORDER BY code"""
}
CODE = {
    "peers": f"""
        SELECT peer_group_name, amount_rank, department_name, amount_cny, share_pct, {_VERDICT}
        FROM mart_peer_comparison
        WHERE code = $given_code AND phase = $phase AND fund = $fund AND fiscal_year = $year::int
        ORDER BY peer_group_name, amount_rank, department_name""",
    "amounts": f"""
        SELECT fiscal_year, department_name, district_name, array_to_string(printed_codes, ' ')
            AS printed_codes,
            amount_cny, share_pct, change_cny, change_pct, source AS "source:SOURCES", {_VERDICT}
        FROM mart_function_year WHERE harmonised_code = $given_code AND phase = $phase AND fund = $fund
        ORDER BY fiscal_year DESC, amount_cny DESC NULLS LAST, department_name""",
}
ECONOMIC_CODE = {
    "amounts": """
        SELECT fiscal_year, department_name, district_name, economic_code AS printed_codes, amount_cny,
            share_pct, NULL::decimal(20, 2) AS change_cny, NULL::decimal(20, 4) AS change_pct,
            'form' AS "source:SOURCES", NULL AS "comparability?", NULL AS comparability_reasons
        FROM mart_economic_year WHERE economic_code = $given_code AND phase = $phase
        ORDER BY fiscal_year DESC, amount_cny DESC NULLS LAST, department_name"""
}
THREE_PUBLIC = {
    "three-public": f"""
        SELECT department_name, district_name, budget_cny, budget_phase AS "budget_phase:PHASES", actual_cny,
            completion_pct, budget_change_cny, actual_change_cny, actual_change_pct,
            actual_source AS "actual_source:SOURCES", {_VERDICT}
        FROM mart_three_public_year WHERE fiscal_year = $year::int AND expense = $expense
            AND ($district IS NULL OR district_code = $district)
        ORDER BY coalesce(actual_cny, budget_cny) DESC, department_name"""
}
PROJECTS = {
    "projects": f"""
        SELECT fiscal_year, department_name, project_name, initial_budget_cny, budget_cny, executed_cny,
            execution_rate_pct, total_score, executed_change_cny, {_VERDICT}
        FROM mart_project_year WHERE ($year IS NULL OR fiscal_year = $year::int)
            AND ($district IS NULL OR district_code = $district)
        ORDER BY fiscal_year DESC, coalesce(executed_cny, budget_cny, initial_budget_cny) DESC,
            department_name, project_key""",
    "indicators": f"""
        SELECT project_name, horizon AS "horizon:HORIZONS", level1, level2, level3, target, actual, score,
            page
        FROM fct_performance_indicator JOIN dim_document USING (document_id) {_CURRENT}
        WHERE current_department_id = $department AND fiscal_year = $of::int
            AND ($horizon IS NULL OR horizon = $horizon)
        ORDER BY project_no, indicator_no""",
}
EXECUTION = {
    "totals": f"""
        SELECT department_name, {_EXECUTION}, change_on_initial_cny, completion_of_initial_pct,
            completion_of_adjusted_pct, {_VERDICT}
        FROM mart_budget_execution WHERE level = 'total' AND fiscal_year = $year::int AND fund = $fund
        ORDER BY abs(completion_of_initial_pct - 100) DESC, department_name""",
    "items": f"""
        SELECT harmonised_code AS "harmonised_code:TOTAL", harmonised_name, {_EXECUTION},
            change_on_initial_cny, completion_of_initial_pct, {_VERDICT}
        FROM mart_budget_execution WHERE department_id = $department AND fiscal_year = $of::int
            AND fund = $money AND level IN ($level, 'total')
        ORDER BY level = 'total' DESC, abs(completion_of_initial_pct - 100) DESC, harmonised_code""",
}
QUALITY = {
    "findings": """
        SELECT severity AS "severity:SEVERITIES", explanation_zh,
            responsibility AS "responsibility:RESPONSIBILITIES", department_name, fiscal_year, left_value,
            right_value, difference, rule_id, finding_id
        FROM fct_finding JOIN dim_document USING (document_id)
        WHERE ($severity IS NULL OR severity = $severity)
            AND ($responsibility IS NULL OR responsibility = $responsibility)
            AND ($rule IS NULL OR rule_id = $rule) AND ($district IS NULL OR district_code = $district)
            AND ($documents IS NULL OR list_contains(string_split($documents, ','), document_id))
        ORDER BY list_position(['error', 'suspicious', 'rounding'], severity), responsibility DESC,
            department_name, fiscal_year, finding_id""",
    "rules": """
        SELECT rule_id, title_zh, sentence_zh, kind AS "kind:FINDING_KINDS", severity
            AS "severity:SEVERITIES",
            documents_evaluated, evaluated, passed, rounded, failed, missing,
            100.0 * (passed + rounded) / nullif(evaluated, 0) AS met_pct
        FROM dim_rule ORDER BY failed + missing DESC, evaluated DESC, rule_id""",
    "graded": """
        SELECT document.grade, department_name, fiscal_year, document_kind AS "document_kind:KINDS",
            publisher_errors, extraction_errors, suspicious, roundings, checks, checks_met
        FROM dim_document AS document JOIN mart_document_grade USING (document_id) WHERE is_current
        ORDER BY document.grade DESC, publisher_errors + extraction_errors DESC, department_name,
            fiscal_year""",
}
PROVENANCE = {
    "cells": """
        SELECT row_key, row_name, measure, amount_cny, amount_printed,
            amount_source AS "amount_source:AMOUNT_SOURCES", page, table_no, row_no, column_no
        FROM fct_form_cell WHERE document_id = $document AND form = $form
        ORDER BY page, table_no, row_no, column_no, row_key, measure""",
    "cell-findings": """
        SELECT severity AS "severity:SEVERITIES", row_key, explanation_zh, difference FROM fct_finding
        WHERE document_id = $document AND form = $form AND ($row IS NULL OR row_key = $row)
        ORDER BY severity, finding_id""",
}
CANDIDATES = {
    "candidates": """
        SELECT candidate_rank, amount_cny, source AS "source:SOURCES", department_name,
            document.fiscal_year AS paper_year, document_kind AS "document_kind:KINDS", form AS "form:FORMS",
            row_key, measure, page
        FROM fct_figure_candidate AS candidate JOIN dim_document AS document USING (document_id)
        WHERE current_department_id = $department AND candidate.fiscal_year = $year::int AND phase = $phase
            AND statement = $statement AND fund = $fund AND nature = $nature AND function_code = $code
        ORDER BY candidate_rank"""
}
DICTIONARY = {
    "dictionary": """
        SELECT table_name, column_name, data_type, comment AS description FROM duckdb_columns()
        WHERE schema_name = 'marts' AND ($table IS NULL OR table_name = $table)
        ORDER BY table_name, column_index"""
}
#: By the name of the page's address (tests/browser/site.py).
TABLES: dict[str, dict[str, str]] = {
    "overview": OVERVIEW,
    "districts": DISTRICTS,
    "years": YEARS,
    "departments": {"departments": _DEPARTMENT_LIST},
    "department": DEPARTMENT,
    "codes": CODES,
    "code": CODE,
    "three-public": THREE_PUBLIC,
    "projects": PROJECTS,
    "execution": EXECUTION,
    "quality": QUALITY,
    "finding": QUALITY,
    "provenance": PROVENANCE,
    "figure": PROVENANCE,
    "dictionary": DICTIONARY,
}
#: What a page shows where nothing is asked for: the field's name, and the query of its first value.
DEFAULTS = {
    "years": {
        "department": "SELECT department_id FROM mart_department_year GROUP BY department_id"
        " ORDER BY count(*) DESC, max(department_name) LIMIT 1"
    },
    "execution": {
        "department": "SELECT department_id FROM mart_budget_execution WHERE level = 'total'"
        " ORDER BY department_name LIMIT 1"
    },
    "projects": {
        "department": "SELECT current_department_id FROM fct_performance_indicator"
        " JOIN dim_document USING (document_id) JOIN dim_department AS name USING (department_id)"
        " JOIN mart_department AS body ON name.current_department_id = body.department_id"
        " ORDER BY body.department_name LIMIT 1"
    },
    "provenance": {
        "document": "SELECT document_id FROM dim_document ORDER BY department_name, fiscal_year LIMIT 1"
    },
}


@dataclass(frozen=True)
class Rows:
    """The rows of a query: names of the page's columns, raw values, and the words of slugs."""

    columns: list[str]
    values: list[tuple[Any, ...]]
    words: list[str | None]


def ask(marts: duckdb.DuckDBPyConnection, sql: str, chosen: Mapping[str, str | None]) -> Rows:
    """Run a query with what is chosen on the page; an empty choice is null."""
    names = set(re.findall(r"\$(\w+)", sql))
    empty = {"open": ""}
    reasons = dict(marts.execute("SELECT reason, label_zh FROM dim_comparability_reason").fetchall())
    found = marts.execute(sql, {name: chosen.get(name) or empty.get(name) for name in names})
    heads, rows = [column[0] for column in found.description or []], found.fetchall()
    columns, words, places = [], [], []
    for place, head in enumerate(heads):
        if place and heads[place - 1].endswith("?"):
            continue
        name, _, slugs = head.rstrip("?").partition(":")
        columns.append(name)
        words.append(slugs or None)
        places.append(place)
    values = [
        tuple(
            _verdict(row[place], row[place + 1], reasons) if heads[place].endswith("?") else row[place]
            for place in places
        )
        for row in rows
    ]
    return Rows(columns, values, words)


def _verdict(
    verdict: str | None, reasons: Sequence[str] | None, labels: Mapping[str, str]
) -> tuple[str, str]:
    told = "；".join(labels[reason] for reason in reasons or ())
    word = words_of("VERDICTS")[verdict] if verdict else "注意" if told else ""
    return word, told


def shown(value: Any, kind: str, words: str | None, unit: str = "wan") -> str:
    """A value as the page writes it."""
    if kind == "verdict":
        return "".join(value) or NOTHING
    if kind == "state":
        return STATES[value]
    if kind == "amount":
        return amount(value, unit)
    if kind == "percent":
        return NOTHING if value is None else f"{rounded(value, 2)}%"
    if kind in {"count", "score"}:
        return NOTHING if value is None else rounded(value, 0 if value == int(value) else 2)
    if value in {None, ""}:
        return NOTHING
    text = words_of(words).get(value, value) if words else str(value)
    return re.sub(r"\s+", " ", text).strip()


def amount(value: Any, unit: str = "wan") -> str:
    """An amount in yuan in one of the pages' units; what is not there is a dash."""
    yuan, digits = UNITS[unit]
    return NOTHING if value is None else rounded(Decimal(value) / yuan, digits)


def rounded(value: Any, digits: int) -> str:
    """A figure with thousands parted and so many decimals, halves away from zero."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}"


def saved_as_csv(value: Any, kind: str, words: str | None) -> str:
    """A value as a file has it: yuan to the cent, text that no program runs as a formula."""
    plain = saved(value, kind, words)
    if plain is None:
        return ""
    if isinstance(plain, str):
        return f"'{plain}" if _FORMULA.match(plain) else plain
    return f"{plain:.2f}" if kind == "amount" else repr(float(plain)).removesuffix(".0")


def saved(value: Any, kind: str, words: str | None) -> str | Decimal | None:
    """A value for a file: a number, or text; nothing where there is nothing."""
    if kind == "verdict":
        word, told = value
        return "：".join(filter(None, (word, told))) or None
    if value in {None, ""}:
        return None
    if kind == "state":
        return words_of("STATES")[value]
    if kind in {"amount", "percent", "count", "score"}:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP) if kind == "percent" else exact
    return words_of(words).get(value, value) if words else str(value)


@cache
def words_of(name: str) -> dict[str, str]:
    """The pages' words for slugs, from their own list; a total has no code."""
    if name == "TOTAL":
        return {"total": ""}
    source = (DASHBOARDS / "components" / "words.js").read_text(encoding="utf-8")
    found = re.search(rf"export const {name} = {{(.*?)}};", source, re.DOTALL)
    assert found, name
    return dict(re.findall(r"(\w+): '([^']*)'", found[1]))
