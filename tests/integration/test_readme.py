"""The README's questions give the README's answers."""

import re

import duckdb
import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```sql\n([^`]*)```\n\n((?:\|[^\n]*\n)+)", README)


def test_there_are_five_questions_and_five_of_research() -> None:
    first, second = README.split("## Research questions")
    assert [first.count("```sql"), second.count("```sql"), len(QUESTIONS)] == [5, 5, 10]


@pytest.mark.parametrize(("sql", "table"), QUESTIONS, ids=range(1, len(QUESTIONS) + 1))
def test_answers(db: duckdb.DuckDBPyConnection, sql: str, table: str) -> None:
    printed = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in table.splitlines()]
    result = db.execute(sql)
    assert [item[0] for item in result.description or []] == printed[0]
    assert [[str(value) for value in row] for row in result.fetchall()] == printed[2:]


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
