"""Every paper finds the division whose body published it, and the bodies their lineage."""

import csv
import hashlib
from datetime import date

import duckdb
import pytest

from ingest.extract import read_paper
from ingest.identity import identify
from tests.conftest import ROOT, bundled_name
from tests.integration.test_documents import DOCUMENTS
from tests.unit.test_districts import divisions_of

PAPERS = sorted(DOCUMENTS.glob("*.pdf"))


def keyed() -> dict[str, str]:
    """Division by document, keyed from the places where the papers were published."""
    with (ROOT / "tests" / "fixtures" / "divisions.csv").open(encoding="utf-8", newline="") as handle:
        return {row["document_id"]: row["district_code"] for row in csv.DictReader(handle)}


@pytest.fixture(scope="module")
def found() -> dict[str, str | None]:
    """Division by document, by the models' own SQL over what the papers say."""
    if not PAPERS:
        pytest.skip(f"the papers are not at {DOCUMENTS}; set JUESUAN_DOCUMENTS to run this test")
    bodies = []
    for path in PAPERS:
        content = path.read_bytes()
        said = identify(read_paper(content, path.name))
        bodies.append((hashlib.sha256(content).hexdigest()[:16], said.department_name or "", said.city_name))
    return divisions_of(bodies)


@pytest.mark.parametrize("document_id", sorted(keyed()))
def test_real_papers_find_their_division(found: dict[str, str | None], document_id: str) -> None:
    if document_id not in found:
        pytest.skip("this paper is not at hand")
    assert found[document_id] == keyed()[document_id]


@pytest.mark.parametrize(
    ("slug", "code", "names"),
    [
        ("caidian_economy_2024_final", "420114", ("蔡甸区", "武汉市", "湖北省")),
        ("dongxihu_data_centre_2020_final", "420112", ("东西湖区", "武汉市", "湖北省")),
        ("dongxihu_operations_centre_2024_final", "420112", ("东西湖区", "武汉市", "湖北省")),
        ("dongxihu_operations_centre_2025_budget", "420112", ("东西湖区", "武汉市", "湖北省")),
        ("qingshan_data_centre_2024_final", "420107", ("青山区", "武汉市", "湖北省")),
    ],
)
def test_bundled_papers_find_their_division(
    db: duckdb.DuckDBPyConnection, slug: str, code: str, names: tuple[str, ...]
) -> None:
    found = db.execute(
        "SELECT district_code, dim_district.district_name, dim_district.city_name, province_name"
        " FROM marts.dim_document JOIN marts.dim_district USING (district_code) WHERE file_name = ?",
        [bundled_name(slug)],
    ).fetchall()
    assert found == [(code, *names)]


def lineage(db: duckdb.DuckDBPyConnection, body: str) -> set[tuple[object, ...]]:
    """What happened to a body: kind, scope, the other body, when, until when."""
    rows = db.execute(
        "SELECT kind, scope, other.department_name, effective_date, until_date"
        " FROM marts.bridge_department_lineage AS event"
        " JOIN marts.dim_department AS own USING (department_id)"
        " JOIN marts.dim_department AS other ON event.related_department_id = other.department_id"
        " WHERE own.department_name = ?",
        [body],
    ).fetchall()
    return set(rows)


def test_dongxihu_was_renamed(db: duckdb.DuckDBPyConnection) -> None:
    assert lineage(db, "东西湖区大数据中心") == {
        ("renamed", "whole", "东西湖区城市运行管理中心", date(2024, 1, 1), None)
    }
    names = db.execute(
        "SELECT count(DISTINCT current_department_id), count(*) FROM marts.dim_department"
        " WHERE department_name IN ('东西湖区大数据中心', '东西湖区城市运行管理中心')"
    ).fetchone()
    assert names == (1, 2), "one body under two names"


def test_qingshan_was_dissolved_and_its_accounts_cover_the_new_centre(db: duckdb.DuckDBPyConnection) -> None:
    office, centre = "青山区经济信息化和科技创新局", "青山区城市运行管理中心"
    assert lineage(db, "青山区大数据中心") == {
        ("dissolved", "whole", office, date(2024, 6, 30), None),
        ("moved", "function", office, date(2024, 6, 30), None),
        ("moved", "function", "青山区委办公室", date(2024, 6, 30), None),
        ("moved", "function", centre, date(2024, 7, 1), None),
        ("accounts_cover", "accounts", centre, date(2024, 7, 1), date(2024, 12, 31)),
    }


def test_caidian_came_under_the_bureau_and_lost_its_hotline_and_five_people(
    db: duckdb.DuckDBPyConnection,
) -> None:
    bureau, centre = "蔡甸区经济信息化和科技创新局", "蔡甸区城市运行管理中心"
    assert lineage(db, "蔡甸区大数据中心") == {
        ("subordinated", "whole", bureau, date(2024, 1, 1), None),
        ("moved", "function", centre, date(2024, 1, 1), None),
        ("moved", "staff", centre, date(2024, 1, 1), None),
    }
    details = db.execute(
        "SELECT detail FROM marts.bridge_department_lineage WHERE scope = 'staff' OR detail LIKE '%热线%'"
    ).fetchall()
    assert sorted(details) == [("5名工作人员转隶",), ("市民热线及城市运行管理职责",)]
