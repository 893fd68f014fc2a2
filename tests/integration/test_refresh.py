"""The job from end to end: exit codes, quarantine, idempotence, a failing build."""

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from ingest import refresh as refresh_module
from ingest.cli import app
from ingest.dashboards import built_pages
from ingest.errors import JuesuanError
from ingest.fetch.sidecar import Retrieval, Sidecar, sidecar_path, write_sidecar
from ingest.refresh import ExitCode, RefreshReport, refresh
from tests.conftest import DATA, PAPERS, ROOT, text_file

RUNNER = CliRunner()
GOOD_URL = "https://czj.example.gov.cn/good.txt"


def no_build(*_: object, **__: object) -> None:
    raise AssertionError("dbt was started although nothing is new")


def ledger_rows(warehouse: Path) -> dict[str, int]:
    with duckdb.connect(str(warehouse / "ledger.duckdb"), read_only=True) as ledger:
        tables = [row[0] for row in ledger.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: ledger.execute(f"SELECT count(*) FROM raw.{name}").fetchall()[0][0] for name in tables}


def test_first_run_publishes_every_bundled_paper(published: tuple[Path, RefreshReport]) -> None:
    warehouse, report = published
    assert report.exit_code == ExitCode.PUBLISHED
    tables = {path.name for path in (DATA / "tables").iterdir()}
    assert len(tables) > 30
    loaded = {outcome.file_name for outcome in report.documents}
    assert {Path(name).stem for name in loaded - tables} == set(PAPERS)
    assert tables < loaded
    assert {outcome.status for outcome in report.documents} == {"loaded"}
    published_files = {path.name for path in (warehouse / "current").iterdir()}
    assert published_files - {"site"} == {
        *("juesuan.duckdb", "data-docs", "publication.json", "made-of.json", "parquet", "datapackage.json"),
        *("dictionary.md", "dictionary.html", "CITATION.cff", "data-licence.md"),
    }
    assert ("site" in published_files) == bool(built_pages())
    assert (warehouse / "current" / "data-docs" / "index.html").is_file()
    assert (
        json.loads((warehouse / "current" / "publication.json").read_text())["number"] == report.publication
    )


def test_only_the_contract_is_published(db: duckdb.DuckDBPyConnection) -> None:
    schemas = db.execute("SELECT DISTINCT schema_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    assert schemas == [("marts",)]


def test_second_run_finds_nothing_new_and_starts_no_dbt(
    published: tuple[Path, RefreshReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, first = published
    before = ledger_rows(warehouse)
    monkeypatch.setattr(refresh_module, "build_marts", no_build)
    result = RUNNER.invoke(app, ["refresh", str(DATA), "--warehouse", str(warehouse), "--json"])
    assert result.exit_code == ExitCode.NOTHING_NEW
    report = json.loads(result.stdout)
    assert report["publication"] == first.publication
    assert {document["status"] for document in report["documents"]} == {"known"}
    assert ledger_rows(warehouse) == before


def test_a_failing_build_leaves_the_old_warehouse(
    published: tuple[Path, RefreshReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Others read the published one, and its ledger, at the same time.
    warehouse, first = tmp_path / "warehouse", published[1]
    shutil.copytree(published[0], warehouse, symlinks=True)
    paper = tmp_path / "again.txt"
    paper.write_bytes(text_file("qingshan_data_centre_2024_final").read_bytes() + "\n末行\n".encode())
    monkeypatch.setattr(refresh_module, "build_marts", _fail)
    result = RUNNER.invoke(app, ["refresh", str(paper), "--warehouse", str(warehouse), "--json"])
    assert result.exit_code == ExitCode.FAILED
    assert "the marts could not be built" in json.loads(result.stdout)["message"]
    assert json.loads((warehouse / "current" / "publication.json").read_text())["number"] == first.publication


def _fail(*_: object, **__: object) -> None:
    raise JuesuanError("the marts could not be built")


def cut_in_half(text: str) -> str:
    """The paper with the second half of its 支出决算表 gone."""
    start = text.index("2024 年度支出决算表")
    end = text.index("2024 年度财政拨款收入支出决算总表", start)
    lines = text[start:end].split("\n")
    return text[:start] + "\n".join(lines[: len(lines) // 2]) + "\n\n" + text[end:]


def fetched_from(url: str, content: bytes) -> Sidecar:
    """The note that juesuan fetch leaves beside a paper."""
    retrieval = Retrieval(url=url, final_url=url, fetched_at=datetime(2026, 11, 2, tzinfo=UTC), headers={})
    sha256 = hashlib.sha256(content).hexdigest()
    return Sidecar(sha256=sha256, byte_size=len(content), retrievals=(retrieval,))


@pytest.fixture(scope="module")
def with_bad_papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport]:
    folder = tmp_path_factory.mktemp("inbox")
    good = text_file("qingshan_data_centre_2024_final").read_text(encoding="utf-8")
    (folder / "good.txt").write_text(good, encoding="utf-8")
    write_sidecar(sidecar_path(folder / "good.txt"), fetched_from(GOOD_URL, good.encode()))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    (folder / "no_form.txt").write_text("2024 年度某区某局部门决算公开\n\n本页没有表。\n", encoding="utf-8")
    (folder / "unknown.txt").write_text("会议纪要\n甲\t1\n", encoding="utf-8")
    (folder / "half.txt").write_text(cut_in_half(good), encoding="utf-8")
    (folder / "report.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    with (folder / "huge.txt").open("wb") as handle:
        handle.write("2024 年度某区某局部门决算公开\n".encode())
        handle.truncate(200 * 2**20)
    warehouse = folder.parent / "warehouse"
    return warehouse, refresh([folder], warehouse)


@pytest.mark.parametrize(
    ("file_name", "code", "words"),
    [
        ("empty.txt", "empty_file", "empty"),
        ("binary.txt", "not_text", "binary"),
        ("no_form.txt", "no_form", "no standard form"),
        ("unknown.txt", "unidentified", "no title"),
        ("half.txt", "form_cut", "expenditure"),
        ("huge.txt", "too_large", "200 MiB"),
        ("report.doc", "unsupported_format", ".doc"),
    ],
)
def test_bad_papers_are_quarantined_with_a_plain_reason(
    with_bad_papers: tuple[Path, RefreshReport], file_name: str, code: str, words: str
) -> None:
    warehouse, report = with_bad_papers
    assert report.exit_code == ExitCode.QUARANTINED
    (outcome,) = (item for item in report.documents if item.file_name == file_name)
    assert (outcome.status, outcome.reason_code) == ("quarantined", code)
    assert words in (outcome.reason or "")
    assert outcome.remedy
    with duckdb.connect(str(warehouse / "juesuan.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "SELECT reason_code, reason FROM marts.fct_quarantine WHERE file_name = ?", [file_name]
        ).fetchone()
    assert row == (code, outcome.reason)


def test_the_good_paper_beside_them_is_published(with_bad_papers: tuple[Path, RefreshReport]) -> None:
    warehouse, _ = with_bad_papers
    with duckdb.connect(str(warehouse / "juesuan.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT file_name, source_url FROM marts.dim_document").fetchall()
        assert rows == [("good.txt", GOOD_URL)]
        assert connection.execute("SELECT count(*) FROM marts.fct_form_cell").fetchall() == [(202,)]


def test_reports_keep_to_their_schema(
    published: tuple[Path, RefreshReport], with_bad_papers: tuple[Path, RefreshReport]
) -> None:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    for _, report in (published, with_bad_papers):
        jsonschema.validate(json.loads(json.dumps(report.as_dict())), schema)


def test_metrics_of_a_refresh(published: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    warehouse, report = published
    path = tmp_path / "juesuan.prom"
    RUNNER.invoke(app, ["refresh", str(DATA), "--warehouse", str(warehouse), "--metrics", str(path)])
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
    }
    assert samples["juesuan_run_exit_code", "refresh"] == ExitCode.NOTHING_NEW
    assert {kind: samples["juesuan_published", kind] for kind in report.counts} == report.counts
    assert samples["juesuan_rules", "satisfied"] == report.judged["successful"]


def test_wrong_usage_and_an_empty_warehouse_say_what_to_do(tmp_path: Path) -> None:
    missing = RUNNER.invoke(app, ["refresh", str(tmp_path / "not-there")])
    assert missing.exit_code == ExitCode.WRONG_USAGE
    status = RUNNER.invoke(app, ["status", "--warehouse", str(tmp_path)])
    assert status.exit_code == ExitCode.FAILED
    assert "juesuan refresh" in status.stderr


Answers = Callable[[list[str]], str]


@pytest.fixture
def run(published: tuple[Path, RefreshReport]) -> Answers:
    def answer(arguments: list[str]) -> str:
        result = RUNNER.invoke(app, [*arguments, "--warehouse", str(published[0])])
        assert result.exit_code == 0, result.output
        return result.stdout

    return answer


def test_commands_answer_people_and_machines(run: Answers) -> None:
    assert json.loads(run(["status", "--json"]))["counts"]["documents"] == 38
    assert "东西湖区" in run(["status"])
    found = json.loads(run(["findings", "--severity", "error", "--format", "json"]))
    assert found
    assert {item["severity"] for item in found} == {"error"}
    one = json.loads(run(["findings", "--document", found[0]["document_id"], "--format", "json"]))
    assert {item["document_id"] for item in one} == {found[0]["document_id"]}
    rows = run(["query", "SELECT '2010350' AS code, 1.50::DECIMAL(20,2) AS amount", "--format", "csv"])
    assert rows == "code,amount\n2010350,1.50\n"
    explained = json.loads(run(["explain", "qingshan:expenditure:2010350:total", "--json"]))
    assert [cell["amount_printed"] for cell in explained["cells"]] == ["290.75"]
    assert [cell["text"] for cell in explained["rows"][0]["cells"]][:2] == ["2010350", "事业运行"]
    assert "2010350 | 事业运行 | 290.75" in run(["explain", "qingshan:expenditure:2010350:total"])
    assert run(["explain", found[0]["finding_id"]])


def test_queries_cannot_leave_the_published_file(published: tuple[Path, RefreshReport]) -> None:
    sql = "SELECT * FROM read_text('/etc/hostname')"
    result = RUNNER.invoke(app, ["query", sql, "--warehouse", str(published[0])])
    assert result.exit_code == ExitCode.FAILED
    assert "disabled" in result.stderr
