"""What a publication holds besides the DuckDB file, and what export makes of it."""

import hashlib
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml
from frictionless import Package, Resource
from typer.testing import CliRunner

from ingest.build import build_marts
from ingest.cli import app
from ingest.products import write_products
from ingest.products.catalogue import in_languages
from ingest.products.files import file_stem
from ingest.refresh import ExitCode, RefreshReport
from tests.conftest import ROOT

RUNNER = CliRunner()
FRICTIONLESS = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "VARCHAR[]": "array",
}
#: The roles that the package gives, with the type that the taxonomy of the Fiscal Data Package wants.
TAXONOMY = {
    "value": "number",
    "value-currency:code": "string",
    "date:fiscal-year": "integer",
    "direction": "string",
    "phase:id": "string",
    "administrative-classification:generic:code": "string",
    "administrative-classification:generic:label": "string",
    "functional-classification:generic:code": "string",
    "functional-classification:generic:label": "string",
    "functional-classification:cofog:code": "string",
    "economic-classification:generic:code": "string",
    "economic-classification:generic:label": "string",
    "activity:generic:project:code": "string",
    "activity:generic:project:label": "string",
    "expenditure-type:code": "string",
    "fin-source:generic:code": "string",
    "geo:source:code": "string",
    "geo:source:title": "string",
}


@pytest.fixture(scope="module")
def publication(published: tuple[Path, RefreshReport]) -> Path:
    return (published[0] / "current").resolve()


@pytest.fixture(scope="module")
def package(publication: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((publication / "datapackage.json").read_text(encoding="utf-8"))
    return described


@pytest.fixture(scope="module")
def csv(published: tuple[Path, RefreshReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("csv") / "out"
    assert export(published[0], folder, "csv").exit_code == 0
    return folder


def export(warehouse: Path, folder: Path, *options: str) -> Any:
    return RUNNER.invoke(app, ["export", str(folder), "--warehouse", str(warehouse), "--format", *options])


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_table_has_its_parquet_rows_and_types_as_stored(
    db: duckdb.DuckDBPyConnection, publication: Path, package: dict[str, Any]
) -> None:
    tables = db.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'").fetchall()
    assert {name for (name,) in tables} == {resource["name"] for resource in package["resources"]}
    for resource in package["resources"]:
        path = publication / resource["path"]
        written = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
        types = db.execute(f"DESCRIBE marts.{resource['name']}").fetchall()
        assert [str(kind) for kind in written.types] == [row[1] for row in types]
        assert written.fetchall() == db.execute(f"SELECT * FROM marts.{resource['name']}").fetchall()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == resource["hash"].removeprefix("sha256:")
        assert path.stat().st_size == resource["bytes"]


def test_the_same_ledger_gives_the_same_bytes(
    published: tuple[Path, RefreshReport], publication: Path, package: dict[str, Any], tmp_path: Path
) -> None:
    """Built and written anew, elsewhere; what is not a product of it does not matter here."""
    build_file, again = tmp_path / "work" / "juesuan.duckdb", tmp_path / "again"
    build_marts(published[0] / "ledger.duckdb", build_file, tmp_path / "work")
    versions = {name: number for name, number in package["versions"].items() if name != "juesuan"}
    again.mkdir()
    write_products(build_file, tmp_path / "work" / "dbt-target" / "manifest.json", again, versions)
    written = contents(again)
    assert len(written) > len(package["resources"])
    assert written == {name: digest for name, digest in contents(publication).items() if name in written}


def test_the_package_describes_the_contracts(
    db: duckdb.DuckDBPyConnection, publication: Path, package: dict[str, Any]
) -> None:
    assert Package(str(publication / "datapackage.json")).resource_names
    views = [view["name"] for view in package["views"]]
    assert views == ["mart_comparability_peers"]
    assert "created" not in package
    for mart in (*package["resources"], *package["views"]):
        columns = db.execute(f"DESCRIBE marts.{mart['name']}").fetchall()
        fields = mart["schema"]["fields"]
        assert [(field["name"], field["sqlType"]) for field in fields] == [row[:2] for row in columns]
        for field in fields:
            assert field["type"] == FRICTIONLESS.get(field["sqlType"], "number")
        assert mart["grain"], mart["name"]
        if mart["name"] != "fct_leftover":
            assert mart["schema"]["primaryKey"], mart["name"]


def test_every_description_is_in_two_languages(
    db: duckdb.DuckDBPyConnection, package: dict[str, Any]
) -> None:
    comments = db.execute(
        "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'marts'"
        " UNION ALL SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'marts'"
        " UNION ALL SELECT table_name || '.' || column_name, comment FROM duckdb_columns()"
        " WHERE schema_name = 'marts'"
    ).fetchall()
    assert len(comments) > 400
    for name, comment in comments:
        zh, en = in_languages(comment or "")
        assert re.search(r"[一-鿿]", zh) or zh in {"sha256"}, name
        assert re.search(r"[A-Za-z]", en), name
    told = {
        f"{mart['name']}.{field['name']}": f"{field['title']} / {field['description']}"
        for mart in (*package["resources"], *package["views"])
        for field in mart["schema"]["fields"]
    }
    assert told == {name: " ".join(comment.split()) for name, comment in comments if "." in name}


def test_fiscal_roles_are_of_the_taxonomy(package: dict[str, Any]) -> None:
    used = set()
    for resource in package["resources"]:
        schema = resource["schema"]
        roles = [
            (field["columnType"], field["type"])
            for field in (*schema["fields"], *schema.get("extraFields", []))
            if "columnType" in field
        ]
        assert len(dict(roles)) == len(roles), f"{resource['name']} gives a role twice"
        assert all(TAXONOMY[role] == kind for role, kind in roles)
        used |= set(dict(roles))
    assert used == set(TAXONOMY)
    by_name = {resource["name"]: resource["schema"] for resource in package["resources"]}
    constants = {field["name"]: field.get("constant") for field in by_name["fct_income"]["extraFields"]}
    assert constants == {"direction": "revenue", "currency": "CNY"}


def test_frictionless_finds_every_row_of_the_csv_valid(csv: Path) -> None:
    report = Package(str(csv / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "note"])[:10]
    assert len(report.tasks) == len(list(csv.glob("*.csv")))


def test_frictionless_finds_what_is_wrong(csv: Path, tmp_path: Path) -> None:
    """The check above can fail: on another byte, on a key that comes twice, on a stranger's id."""
    names = ("dim_form", "fct_coverage", "dim_document", "dim_department", "dim_district")
    package = json.loads((csv / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [item for item in package["resources"] if item["name"] in names]
    for resource in package["resources"]:
        shutil.copy(csv / resource["path"], tmp_path)
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    coverage = tmp_path / "fct_coverage.csv"
    head, first, *rest = coverage.read_text(encoding="utf-8").splitlines(keepends=True)
    coverage.write_text("".join([head, first, first, "nobody" + first[16:], *rest]), encoding="utf-8")
    report = Package(str(tmp_path / "datapackage.json")).validate()
    found = {kind for (kind,) in report.flatten(["type"])}
    assert {"hash-count", "primary-key", "foreign-key"} <= found


def test_csv_tells_lists_and_codes_as_they_are(db: duckdb.DuckDBPyConnection, csv: Path) -> None:
    with Resource(str(csv / "dim_document.csv")) as resource:
        assert resource.header.labels[0] == "document_id"
    text = (csv / "mart_department_year.csv").read_bytes()
    assert not text.startswith(b"\xef\xbb\xbf")
    rows = duckdb.sql(
        f"SELECT document_ids FROM read_csv('{csv / 'mart_department_year.csv'}', all_varchar = true)"
    ).fetchall()
    stored = db.execute("SELECT document_ids FROM marts.mart_department_year").fetchall()
    assert [json.loads(cell) for (cell,) in rows] == [cell for (cell,) in stored]


def test_csv_with_a_byte_order_mark(published: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    assert export(published[0], tmp_path, "csv", "--bom").exit_code == 0
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        written = (tmp_path / resource["path"]).read_bytes()
        assert written.startswith(b"\xef\xbb\xbf")
        assert resource["hash"] == f"sha256:{hashlib.sha256(written).hexdigest()}"


def test_parquet_is_handed_over_whole_and_never_written_over(
    published: tuple[Path, RefreshReport], publication: Path, tmp_path: Path
) -> None:
    assert export(published[0], tmp_path, "parquet").exit_code == 0
    handed = contents(tmp_path)
    assert {"datapackage.json", "dictionary.md", "CITATION.cff", "data-licence.md"} <= set(handed)
    of_publication = contents(publication)
    assert handed == {name: of_publication[name] for name in handed}
    again = export(published[0], tmp_path, "parquet")
    assert again.exit_code == ExitCode.FAILED
    assert "File exists" in again.stderr


@pytest.mark.parametrize(
    "options",
    [("pdf",), ("csv", "--document", "x"), ("parquet", "--document", "x"), ("xlsx", "--bom")],
    ids=" ".join,
)
def test_wrong_usage(published: tuple[Path, RefreshReport], tmp_path: Path, options: tuple[str, ...]) -> None:
    assert export(published[0], tmp_path, *options).exit_code == ExitCode.WRONG_USAGE
    assert not list(tmp_path.iterdir())


SHEETS = ["总览", "收入", "支出(功能)", "基本支出(经济)", "三公", "项目", "发现", "出处"]


@pytest.fixture(scope="module")
def workbook(published: tuple[Path, RefreshReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("xlsx")
    assert export(published[0], folder, "xlsx", "--document", "operations_centre_2024").exit_code == 0
    (path,) = folder.glob("*.xlsx")
    return path


def test_a_workbook_has_a_frozen_head_and_numbers_with_two_decimals(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.max_row > 1, sheet.title
        heads = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            for head, cell in zip(heads, row, strict=True):
                if cell.value is None:
                    continue
                if head.endswith("（元）"):
                    assert (cell.data_type, cell.number_format) == ("n", "#,##0.00")
                if head in {"编码", "文件", "sha256", "规则"}:
                    assert cell.data_type == "s"
    income = book["收入"]["F2"]
    assert "第 1 页" in income.comment.text


def test_a_workbook_tells_what_the_marts_tell(db: duckdb.DuckDBPyConnection, workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    rows = list(book["支出(功能)"].iter_rows(values_only=True))
    heads = list(rows[0])
    told = {
        (row[heads.index("资金")], row[heads.index("编码")]): row[heads.index("合计（元）")]
        for row in rows[1:]
        if row[heads.index("阶段")] == "决算"
    }
    stored = db.execute(
        "SELECT fund, function_code, amount_cny FROM marts.fct_expenditure e"
        " JOIN marts.dim_document d USING (document_id)"
        " WHERE d.file_name LIKE '%operations_centre_2024%' AND e.fiscal_year = 2024 AND phase = 'final'"
        " AND nature = 'total' AND fund IN ('all', 'general_public') AND is_preferred"
    ).fetchall()
    assert len(stored) > 10
    funds = {"all": "全部", "general_public": "一般公共预算"}
    for fund, code, amount in stored:
        assert told[funds[fund], code] == float(amount)


def test_the_same_publication_gives_the_same_workbook(
    published: tuple[Path, RefreshReport], workbook: Path, tmp_path: Path
) -> None:
    assert export(published[0], tmp_path, "xlsx", "--document", "operations_centre_2024").exit_code == 0
    assert (tmp_path / workbook.name).read_bytes() == workbook.read_bytes()


def test_a_name_from_a_paper_leads_nowhere() -> None:
    assert file_stem("../../etc/passwd") == "_.._etc_passwd"
    assert file_stem("甲\\乙:丙\n") == "甲_乙_丙_"
    assert file_stem("青山区大数据中心") == "青山区大数据中心"


def test_the_dictionary_in_docs_is_current(publication: Path) -> None:
    written = (ROOT / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert written == (publication / "dictionary.md").read_text(encoding="utf-8"), "run make dictionary"


def test_the_dictionary_page_asks_nothing_of_other_servers(publication: Path) -> None:
    page = (publication / "dictionary.html").read_text(encoding="utf-8")
    assert "报表数字" in page
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)


#: Marts that a first, clean run with no decision of a steward leaves empty.
EMPTY_AT_FIRST = {"fct_quarantine", "mart_acknowledgement", "mart_run"}


def test_every_example_of_the_dictionary_runs(db: duckdb.DuckDBPyConnection, package: dict[str, Any]) -> None:
    marts = [*package["resources"], *package["views"]]
    examples = yaml.safe_load((ROOT / "ingest/products/examples.yml").read_text(encoding="utf-8"))
    assert set(examples) <= {mart["name"] for mart in marts}
    for mart in marts:
        rows = db.execute(mart["example"]).fetchall()
        assert rows or mart["name"] in EMPTY_AT_FIRST, mart["name"]


def test_dbt_documentation_is_one_page_that_fetches_nothing(
    published: tuple[Path, RefreshReport], tmp_path: Path
) -> None:
    assert export(published[0], tmp_path, "text", "--document", "青山区", "--docs").exit_code == 0
    page = (tmp_path / "dbt-docs.html").read_text(encoding="utf-8")
    assert "model.juesuan.fct_expenditure" in page
    assert "DECIMAL(20,2)" in page
    assert re.search(r'<head><meta http-equiv="Content-Security-Policy" content="default-src data:', page)
    assert not re.search(r"<script[^>]+src=|src=[\"'](?:https?:)?//", page)
    assert str(tmp_path) not in page
    assert "juesuan-docs-" not in page


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
