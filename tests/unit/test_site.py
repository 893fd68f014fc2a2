"""The data of the dashboards: one file a query, an empty or broken source stops the publication."""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingest import dashboards
from ingest.dashboards import build_pages, built_pages, dashboards_version, run_node
from ingest.errors import JuesuanError
from ingest.site import write_data


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "money.sql").write_text(
        "-- One row: a sum.\nselect cast(1.10 as decimal(20, 2)) as amount_cny;\n"
    )
    return folder


def write(sources: Path) -> list[str]:
    with duckdb.connect() as db:
        return write_data(db, sources, sources.parent / "data")


def test_a_file_is_named_by_its_content_and_the_manifest_names_it(sources: Path) -> None:
    (written,) = write(sources)
    data = sources.parent / "data"
    assert json.loads((data / "manifest.json").read_text()) == {"renderedFiles": {"juesuan": [written]}}
    path = data.parent / written
    assert path.name == "money.parquet"
    assert duckdb.sql(f"SELECT amount_cny, typeof(amount_cny) FROM '{path}'").fetchall()[0] == (
        Decimal("1.10"),
        "DECIMAL(20,2)",
    )


def test_the_same_data_has_the_same_name(sources: Path, tmp_path: Path) -> None:
    first = write(sources)
    (tmp_path / "data").rename(tmp_path / "before")
    assert write(sources) == first
    (sources / "money.sql").write_text("select 2 as amount_cny")
    (tmp_path / "data").rename(tmp_path / "between")
    assert write(sources) != first


def test_a_broken_query_is_named(sources: Path) -> None:
    (sources / "broken.sql").write_text("select nothing from nowhere")
    with pytest.raises(JuesuanError, match=r"broken\.sql.*nowhere"):
        write(sources)


def test_an_empty_source_stops_unless_it_says_that_it_may_be(sources: Path) -> None:
    empty = "select 1 as a where false"
    (sources / "some.sql").write_text(f"-- optional: there may be none.\n{empty}")
    assert len(write(sources)) == 2
    (sources.parent / "data").rename(sources.parent / "before")
    (sources / "needed.sql").write_text(f"-- One row: a thing that is not optional.\n{empty}")
    with pytest.raises(JuesuanError, match=r"needed\.sql has no row"):
        write(sources)


def test_no_query_at_all_is_a_failure(tmp_path: Path) -> None:
    with duckdb.connect() as db, pytest.raises(JuesuanError, match="holds no query"):
        write_data(db, tmp_path, tmp_path / "data")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text("a")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def test_the_version_follows_the_pages_and_not_what_is_made(project: Path) -> None:
    before = dashboards_version(project)
    (project / "node_modules").mkdir()
    (project / "node_modules" / "x.js").write_text("x")
    assert dashboards_version(project) == before
    (project / "pages" / "index.md").write_text("b")
    assert dashboards_version(project) != before


def test_pages_of_another_version_are_not_used(project: Path) -> None:
    (project / "build").mkdir()
    (project / "build" / "version.txt").write_text(dashboards_version(project))
    assert built_pages(project) == project / "build" == build_pages(project)
    (project / "pages" / "index.md").write_text("b")
    assert built_pages(project) is None


def test_without_node_it_says_what_to_type(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboards, "node_folder", lambda: None)
    with pytest.raises(JuesuanError, match="make dashboards"):
        build_pages(project)


def test_a_step_that_fails_or_hangs_is_stopped_and_told(tmp_path: Path) -> None:
    with pytest.raises(JuesuanError, match=r"ended with 3\nno such query"):
        run_node(["sh", "-c", "echo no such query; exit 3"], tmp_path, tmp_path, 30)
    with pytest.raises(JuesuanError, match="did not end within 1 s"):
        run_node(["sh", "-c", "sleep 60 & wait"], tmp_path, tmp_path, 1)
