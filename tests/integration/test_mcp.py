"""The server for people who ask in words, met by the SDK's own client over standard input and output."""

import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from typer.testing import CliRunner

from ingest.asking import GRACE_SECONDS, Limits, ask
from ingest.cli import app
from ingest.errors import JuesuanError
from ingest.refresh import RefreshReport

TOOLS = ["describe_table", "explain_figure", "findings", "list_tables", "query"]


@pytest.fixture(scope="module")
def warehouse(published: tuple[Path, RefreshReport]) -> Path:
    return published[0]


def talk(warehouse: Path, conversation: Callable[[Client], Awaitable[Any]]) -> Any:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "ingest.cli", "mcp", "--warehouse", str(warehouse)]
    )

    async def run() -> Any:
        with anyio.fail_after(120):
            async with Client(server) as client:
                return await conversation(client)

    return anyio.run(run)


def test_a_question_is_answered_from_the_tables_to_the_printed_row(warehouse: Path) -> None:
    async def conversation(client: Client) -> dict[str, Any]:
        names = sorted(tool.name for tool in (await client.list_tools()).tools)

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content
            assert result.structured_content is not None
            return result.structured_content

        sql = (
            "SELECT document_id, form, row_key, measure, amount_cny FROM marts.fct_form_cell"
            " WHERE row_key = 'income/total' ORDER BY ALL"
        )
        asked = await call("query", sql=sql, rows=1)
        return {
            "names": names,
            "tables": await call("list_tables"),
            "table": await call("describe_table", table="marts.fct_form_cell"),
            "asked": asked,
            "figure": await call("explain_figure", figure=":".join(asked["rows"][0][:4])),
            "findings": await call("findings", document=asked["rows"][0][0], language="en"),
            "again": await client.call_tool("query", {"sql": "DROP TABLE marts.dim_form"}),
        }

    told = talk(warehouse, conversation)
    assert told["names"] == TOOLS
    tables = {table["name"]: table for table in told["tables"]["tables"]}
    assert tables["fct_form_cell"]["title"] == "报表数字"
    assert {"dim_document", "mart_comparability_peers"} <= set(tables)
    assert told["table"]["key"] == ["document_id", "form", "row_key", "measure"]
    assert "document_id → dim_document.document_id" in told["table"]["references"]
    (row,) = told["asked"]["rows"]
    assert told["asked"]["cut"].startswith("only the first 1 rows")
    assert re.fullmatch(r"\d+\.\d\d", row[4])
    assert [cell["amount_cny"] for cell in told["figure"]["cells"]] == [row[4]]
    assert told["figure"]["rows"]
    assert told["findings"]["count"] == len(told["findings"]["findings"])
    assert told["again"].is_error
    assert "only one SELECT" in told["again"].content[0].text


def test_failures_are_told_in_words(warehouse: Path) -> None:
    async def conversation(client: Client) -> list[str]:
        asked = [
            ("describe_table", {"table": "nobody"}),
            ("explain_figure", {"figure": "nobody"}),
            ("query", {"sql": "SELECT nobody FROM marts.dim_form"}),
        ]
        results = [await client.call_tool(name, arguments) for name, arguments in asked]
        assert all(result.is_error for result in results)
        return [result.content[0].text for result in results]

    table, figure, sql = talk(warehouse, conversation)
    assert "list_tables" in table
    assert "nothing is known of nobody" in figure
    assert 'column "nobody" not found' in sql


HOSTILE = {
    "copy": ("COPY (SELECT 1) TO '{folder}/x.csv'", "only one SELECT"),
    "attach": ("ATTACH '{warehouse}/ledger.duckdb' AS ledger", "only one SELECT"),
    "install": ("INSTALL httpfs", "only one SELECT"),
    "load": ("LOAD httpfs", "only one SELECT"),
    "set": ("SET enable_external_access = true", "only one SELECT"),
    "pragma": ("PRAGMA database_list", "only one SELECT"),
    "drop": ("DROP TABLE marts.dim_form", "only one SELECT"),
    "temporary": ("CREATE TEMP TABLE t AS SELECT 1", "only one SELECT"),
    "two": ("SELECT 1; COPY (SELECT 1) TO '{folder}/x.csv'", "only one SELECT"),
    "nothing": ("  ", "only one SELECT"),
    "no sql": ("how much did they spend?", "the query failed"),
    "csv": ("SELECT * FROM read_csv('{folder}/secret.csv')", "disabled by configuration"),
    "text": ("SELECT * FROM read_text('{folder}/secret.csv')", "disabled by configuration"),
    "blob": ("SELECT * FROM read_blob('{folder}/*')", "disabled by configuration"),
    "glob": ("SELECT * FROM glob('{folder}/*')", "disabled by configuration"),
    "parquet": ("SELECT * FROM '{warehouse}/current/parquet/dim_form.parquet'", "the query failed"),
    "network": ("SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')", "the query failed"),
    "recursion": (
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "stopped after 1 seconds",
    ),
    "cross": (
        "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range < b.range",
        "stopped",
    ),
    "lambda": ("SELECT list_reduce(range(60000000), lambda x, y: x + y)", "stopped"),
    "string": ("SELECT repeat('x', 3000000000)", "of memory"),
    "list": ("SELECT list(a) FROM range(100000000000) t(a)", "of memory"),
    "sort": ("SELECT a FROM range(1000000000) t(a) ORDER BY hash(a)", "stopped"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_questions_are_refused_or_stopped(name: str, warehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\nsecret\n", encoding="utf-8")
    sql, reason = HOSTILE[name]
    limits = Limits(seconds=1.0, memory="256MiB")
    began = time.monotonic()
    with pytest.raises(JuesuanError, match=re.escape(reason)) as told:
        ask(warehouse, sql.format(folder=tmp_path, warehouse=warehouse), limits)
    assert "secret\n" not in str(told.value)
    assert time.monotonic() - began < limits.seconds + GRACE_SECONDS + 10
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert not list(warehouse.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("sql", "cut", "rows"),
    [
        ("SELECT a FROM range(1000000000000) t(a)", "there are more", 5),
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT * FROM t", "more", 5),
        ("SELECT repeat('决', 5000) FROM range(3)", "cells are cut at 100 characters", 3),
        ("SELECT repeat('x', 90) FROM range(5)", "the answer would pass 300 characters", 3),
    ],
    ids=["rows", "recursion", "cell", "all"],
)
def test_a_huge_answer_is_cut_and_says_so(warehouse: Path, sql: str, cut: str, rows: int) -> None:
    characters = 300 if "90" in sql else 10_000
    answer = ask(warehouse, sql, Limits(rows=5, cell=100, characters=characters))
    assert cut in answer["cut"]
    assert len(answer["rows"]) == rows
    assert len(json.dumps(answer)) < 20_000


def test_the_answer_of_every_tool_is_bounded_and_a_wrong_filter_is_refused(warehouse: Path) -> None:
    async def conversation(client: Client) -> list[Any]:
        return [
            await client.call_tool("explain_figure", {"figure": "万里街道办事处"}),
            await client.call_tool("explain_figure", {"figure": ""}),
            await client.call_tool("findings", {"severity": "gravest"}),
            await client.call_tool("findings", {"document": "no such paper"}),
        ]

    figure, *refused = talk(warehouse, conversation)
    assert not figure.is_error
    assert all(figure.structured_content[kind] for kind in ("cells", "rows", "findings"))
    assert "only the first" in figure.structured_content["cut"]
    assert len(json.dumps(figure.structured_content, ensure_ascii=False)) < 210_000
    assert all(answer.is_error for answer in refused)
    assert "no published document is no such paper" in refused[-1].content[0].text


def test_a_query_runs_nothing_of_the_folder_it_is_asked_in(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('ran')")
    monkeypatch.chdir(tmp_path)
    assert ask(warehouse.resolve(), "SELECT 1", Limits())["rows"] == [[1]]


def test_a_query_that_does_not_stop_is_killed(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where DuckDB would not listen: the process has no time to."""
    monkeypatch.setattr("ingest.asking.GRACE_SECONDS", -0.999)
    with pytest.raises(JuesuanError, match="stopped after 1 seconds"):
        ask(warehouse, "SELECT 1", Limits(seconds=1.0))


def test_amounts_keep_their_decimals_and_lists_are_json(warehouse: Path) -> None:
    sql = "SELECT 1.10::DECIMAL(20,2), ['a'], NULL, true, DATE '2024-01-31', 7, 0.5::DOUBLE, 'inf'::DOUBLE"
    answer = ask(warehouse, sql, Limits())
    assert answer["rows"] == [["1.10", '["a"]', None, True, "2024-01-31", 7, 0.5, "inf"]]
    assert answer["cut"] is None


def test_the_command_says_what_is_missing(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpublished = CliRunner().invoke(app, ["mcp", "--warehouse", str(tmp_path)])
    assert unpublished.exit_code == 1
    assert "run juesuan refresh first" in unpublished.stderr
    monkeypatch.delitem(sys.modules, "ingest.mcp_server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    without_extra = CliRunner().invoke(app, ["mcp", "--warehouse", str(warehouse)])
    assert without_extra.exit_code == 1
    assert "juesuan[mcp]" in without_extra.stderr


def test_nothing_published_is_said(tmp_path: Path) -> None:
    with pytest.raises(JuesuanError, match="juesuan refresh"):
        ask(tmp_path, "SELECT 1", Limits())
