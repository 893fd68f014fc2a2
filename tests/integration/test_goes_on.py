"""A build that goes on from the last one holds what a build from nothing holds, row for row, in its order."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest import last_build, publish, site
from ingest import refresh as refresh_module
from ingest.build import build_marts
from ingest.dashboards import DASHBOARDS, VERSION_FILE
from ingest.errors import JuesuanError
from ingest.marts_file import owners, write_marts_file
from ingest.parquet import stretches
from ingest.parquet.pieces import read_pieces
from ingest.products import write_products
from ingest.publish import open_published
from ingest.refresh import ExitCode, PublishingOptions, RefreshReport, refresh
from tests.conftest import ROOT, text_file

PAPERS = sorted((ROOT / "data").glob("*.txt")) + sorted((ROOT / "data" / "tables").glob("*.txt"))
#: They come later: papers of bodies that have others already, and of bodies that have none.
LATER = ("2019_budget_2baf47", "福州市公安局", "苏州市数据局", "operations_centre_2025_budget")
GONE = "西安市安全生产监督管理局"
CORRECTED = "caidian_economy_2024_final"
#: The name of a body and another spelling of it, which R-identity-02 finds in the papers of both.
SPELLED, OTHERWISE = "规划和自然资源局", "规划自然资源局"
#: A name that a body bore before the one of its later paper, and what another body might be called.
FORMER, LIKE_FORMER = "东西湖区大数据中心", "东西湖区政府大数据中心"
#: A code that no reference knows, as the one paper that prints it calls it; what another is to print there.
CALLED, CALLED_OTHERWISE = "电影", "2070607\t一部电影"
PRINTED_INSTEAD = ("江苏省人大常委会办公厅_2019_budget", "2010199\t其他人大事务支出")
#: What models computed by body read of tables that are not: rows that follow from seeds alone, …
OF_SEEDS = {
    "dim_district",
    "int_code_reference",
    "int_department_event",
    "int_division",
    "int_price_index",
    "int_renamed_department",
    "int_rule_term",
}
#: … or from the body's own papers and seeds, or by which a body of an unchanged paper counts as changed; what
#: is told of a publication stands.
OF_THE_BODY = {
    "dim_department",
    "int_acknowledgement",
    "int_department_year_event",
    "int_document_division",
    "int_other_spelling",
    "int_peer_group",
    "int_publication",
}


@pytest.fixture(scope="module", autouse=True)
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One page in the place of the dashboards', of which the data is at stake.

    Small files too are put together of stretches, as large ones are, so that there are some to be taken over.
    """
    folder = tmp_path_factory.mktemp("pages")
    for name in ("index.html", VERSION_FILE):
        (folder / name).write_text("a page", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretches, "STRETCHES_FROM", ((3_000, 2), (20, 1)))
        patch.setattr(refresh_module, "built_pages", lambda: folder)
        patch.setattr(site, "check_pages", lambda _: None)
        yield folder


@pytest.fixture(scope="module")
def went_on(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport]:
    """A warehouse after papers came, one was printed again and one was taken away."""
    folder = tmp_path_factory.mktemp("went_on")
    inbox, warehouse = folder / "inbox", folder / "warehouse"
    inbox.mkdir()
    later = [paper for paper in PAPERS if any(word in paper.name for word in LATER)]
    assert len(later) == len(LATER)
    for paper in PAPERS:
        if paper not in later:
            shutil.copy(paper, inbox)
    former = text_file("dongxihu_data_centre_2020_final").read_text(encoding="utf-8")
    for name in (FORMER, LIKE_FORMER):
        (inbox / f"{name}.txt").write_text(former.replace(FORMER, name), encoding="utf-8")
    publishing = PublishingOptions(inbox=inbox, force="a paper is taken away on purpose")
    assert refresh([inbox], warehouse, publishing=publishing).goes_on is False
    for paper in later:
        shutil.copy(paper, inbox)
    (corrected,) = inbox.glob(f"{CORRECTED}*")
    corrected.with_stem("corrected").write_text(
        corrected.read_text(encoding="utf-8") + "\n末行\n", encoding="utf-8"
    )
    (spelled,) = inbox.glob(f"*{SPELLED}*")
    text = spelled.read_text(encoding="utf-8").replace(SPELLED, OTHERWISE)
    spelled.with_stem("spelled").write_text(text, encoding="utf-8")
    (gone,) = inbox.glob(f"{GONE}*")
    gone.unlink()
    return warehouse, refresh([inbox], warehouse, publishing=publishing)


@pytest.fixture(scope="module")
def from_nothing(went_on: tuple[Path, RefreshReport], pages: Path) -> Path:
    """The same ledger built from nothing in portions of five papers, with what is published of it."""
    folder = went_on[0].parent / "from_nothing"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUESUAN_DOCUMENTS_AT_ONCE", "5")
        build_marts(went_on[0] / "ledger.duckdb", folder / "layers" / "juesuan.duckdb", folder / "work")
    manifest = folder / "work" / "dbt-target" / "manifest.json"
    write_marts_file(folder / "layers" / "juesuan.duckdb", folder / "juesuan.duckdb", owners(manifest))
    report = went_on[1]
    versions = {"project": report.project_version, "extractor": report.extractor_version}
    write_products(folder / "juesuan.duckdb", manifest, folder, versions)
    facts = site.Facts("000001", "2026-01-01T00:00:00+00:00", None, None, "", "", 0)
    site.write_site(pages, folder / "juesuan.duckdb", None, folder / site.SITE, facts, {})
    return folder


def test_every_layer_is_the_same(went_on: tuple[Path, RefreshReport], from_nothing: Path) -> None:
    warehouse, report = went_on
    assert (report.exit_code, report.goes_on, report.notes) == (ExitCode.PUBLISHED, True, [])
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{warehouse / last_build.FOLDER / 'juesuan.duckdb'}' AS on_from (READ_ONLY)")
        db.execute(f"ATTACH '{from_nothing / 'layers' / 'juesuan.duckdb'}' AS anew (READ_ONLY)")
        tables = db.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            " WHERE database_name = 'anew' AND schema_name <> 'portions' ORDER BY 1"
        ).fetchall()
        portions = db.execute("SELECT max(portion) + 1 FROM anew.portions.portion_document").fetchone()
        different = {}
        for (table,) in tables:
            for one, other in (("on_from", "anew"), ("anew", "on_from")):
                rows = db.execute(f"FROM {one}.{table} EXCEPT ALL FROM {other}.{table}").fetchall()
                if rows:
                    different[one, table] = rows[:2]
        other_spellings = db.execute(
            "SELECT count(*) FROM anew.marts.fct_finding WHERE rule_id = 'R-identity-02'"
        ).fetchone()
        left = db.execute(
            "SELECT schema_name FROM duckdb_schemas()"
            " WHERE database_name = 'on_from' AND schema_name IN ('changed', 'portions')"
        ).fetchall()
    assert len(tables) > 150
    assert other_spellings == (4,)
    assert portions is not None
    assert portions[0] > 4
    assert not different
    assert not left


def test_what_is_published_is_the_same_byte_for_byte(
    went_on: tuple[Path, RefreshReport], from_nothing: Path
) -> None:
    published = went_on[0] / "current"
    files = sorted(path.relative_to(from_nothing) for path in (from_nothing / "parquet").iterdir())
    assert len(files) > 40
    for file in (*files, Path("datapackage.json"), Path("dictionary.md")):
        assert (published / file).read_bytes() == (from_nothing / file).read_bytes(), file
    assert len(read_pieces(published / "parquet" / "fct_form_cell.parquet")) == 256


def test_the_data_of_the_pages_is_the_same_byte_for_byte(
    went_on: tuple[Path, RefreshReport], from_nothing: Path
) -> None:
    of_one_mart = [
        query
        for query in sorted((DASHBOARDS / "sources" / site.SOURCE).glob("*.sql"))
        if site.ROWS_OF_MARTS.search(query.read_text(encoding="utf-8"))
    ]
    assert len(of_one_mart) > 5
    for query in of_one_mart:
        (on, anew) = (
            next((folder / site.SITE / "data" / site.SOURCE).glob(f"*/{query.stem}.parquet"))
            for folder in (went_on[0] / "current", from_nothing)
        )
        assert on.read_bytes() == anew.read_bytes(), query.name
        assert len(read_pieces(on)) > 1, query.name


def test_only_changed_bodies_are_computed(went_on: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    """Rows of other bodies stay as they stand: a wrong one, put there by hand, is still there.

    But the name of a code that no reference knows is told of all papers, and a new one may change it.
    """
    warehouse = tmp_path / "warehouse"
    shutil.copytree(went_on[0], warehouse, symlinks=True)
    with duckdb.connect(str(warehouse / last_build.FOLDER / "juesuan.duckdb")) as db:
        ((other,),) = db.execute(
            "SELECT min(document_id) FROM intermediate.int_document"
            " WHERE department_name LIKE '%福州市公安局%'"
        ).fetchall()
        db.execute(
            f"UPDATE intermediate.int_form_line SET row_name = 'by hand' WHERE document_id = '{other}';"
            f"UPDATE marts.fct_form_cell SET row_name = 'by hand' WHERE document_id = '{other}'"
        )
        ((marked,),) = db.execute(
            "SELECT count(*) FROM intermediate.int_form_line WHERE row_name = 'by hand'"
        ).fetchall()
    paper = tmp_path / "again.txt"
    (printed,) = (path for path in PAPERS if CORRECTED in path.name)
    paper.write_text(printed.read_text(encoding="utf-8") + "\n再印\n", encoding="utf-8")
    (calling,) = (path for path in PAPERS if PRINTED_INSTEAD[0] in path.name)
    text = calling.read_text(encoding="utf-8").replace(PRINTED_INSTEAD[1], CALLED_OTHERWISE)
    calls_otherwise = tmp_path / calling.name
    calls_otherwise.write_text(text, encoding="utf-8")
    asked = (
        "SELECT department_name, harmonised_name FROM marts.mart_function_year"
        " WHERE harmonised_code = '2070607'"
    )
    with open_published(warehouse) as db:
        ((body, name),) = db.execute(asked).fetchall()
    assert refresh([paper, calls_otherwise], warehouse).goes_on is True
    with open_published(warehouse) as db:
        named = dict(db.execute(asked).fetchall())
        called = db.execute(
            "SELECT count(*), count(*) FILTER (told.harmonised_name IS DISTINCT FROM codes.function_name)"
            " FROM marts.mart_function_year AS told"
            " JOIN marts.dim_function AS codes ON told.harmonised_code = codes.function_code"
        ).fetchone()
        published = db.execute("SELECT row_name FROM marts.fct_form_cell").fetchall()
    parquet = duckdb.sql(
        f"SELECT row_name FROM '{warehouse / 'current' / 'parquet' / 'fct_form_cell.parquet'}'"
    ).fetchall()
    # What was handed on of them is taken over from the files before, not from the build.
    assert ("by hand",) not in published
    assert sorted(parquet) == sorted(published)
    assert (name, named[body]) == (CALLED, CALLED_OTHERWISE.split("\t")[1])
    assert called is not None
    assert called[0] > 1000
    assert called[1] == 0
    with duckdb.connect(str(warehouse / last_build.FOLDER / "juesuan.duckdb"), read_only=True) as db:
        kept = db.execute(
            "SELECT count(*) FROM intermediate.int_form_line WHERE row_name = 'by hand'"
        ).fetchone()
    assert marked
    assert kept == (marked,)


def test_what_was_not_published_is_told_again(
    went_on: tuple[Path, RefreshReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, paper = tmp_path / "warehouse", tmp_path / "again.txt"
    shutil.copytree(went_on[0], warehouse, symlinks=True)
    (printed,) = (path for path in PAPERS if CORRECTED in path.name)
    paper.write_text(printed.read_text(encoding="utf-8") + "\n再印\n", encoding="utf-8")

    def fails(*_: object) -> None:
        raise JuesuanError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "publish", fails)
        with pytest.raises(JuesuanError, match="the disk is full"):
            refresh([paper], warehouse)
    # Findings of the paper are in the last build, with the time of what was not published.
    assert refresh([paper], warehouse).goes_on is True
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{warehouse / 'ledger.duckdb'}' AS ledger (READ_ONLY)")
        db.execute(f"ATTACH '{(warehouse / 'juesuan.duckdb').resolve()}' AS published (READ_ONLY)")
        told = db.execute(
            "SELECT first_publication, first_seen, count(*) FROM published.marts.mart_finding_history"
            " WHERE first_publication = 3 GROUP BY ALL"
        ).fetchall()
        recorded = db.execute(
            "SELECT publication, date_trunc('second', published_at), count(*) FROM ledger.raw.finding_event"
            " JOIN ledger.raw.publication USING (publication) WHERE publication = 3 AND event = 'seen'"
            " GROUP BY ALL"
        ).fetchall()
    assert told == recorded
    assert told[0][2] > 0


def test_models_by_body_read_nothing_else_of_other_bodies(from_nothing: Path) -> None:
    """A table told of all papers keeps what it told before, or is listed above with the reason why not."""
    manifest = json.loads(
        (from_nothing / "work" / "dbt-target" / "manifest.json").read_text(encoding="utf-8")
    )
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    read = {
        models[key]["name"]
        for node in models.values()
        if node["config"]["materialized"] in {"by_body", "by_peer_group"}
        for key in node["depends_on"]["nodes"]
        if key in models
        and models[key]["config"]["materialized"] in {"table", "by_peer_group"}
        and not models[key]["config"]["meta"].get("by_document")
    }
    keep_told = {
        node["name"]
        for node in models.values()
        if any("keep_told" in hook["sql"] for hook in node["config"]["pre-hook"])
    }
    assert keep_told == {"dim_economic", "dim_function", "int_function_crosswalk"}
    assert read - keep_told <= OF_SEEDS | OF_THE_BODY


def test_other_code_builds_from_nothing(went_on: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    warehouse, build_file = tmp_path / "warehouse", tmp_path / "juesuan.duckdb"
    shutil.copytree(went_on[0] / last_build.FOLDER, warehouse / last_build.FOLDER)
    assert not last_build.go_on(warehouse, build_file, "other code")
    assert not build_file.exists()
    assert not (warehouse / last_build.FOLDER).exists()


def test_a_spoiled_last_build_is_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / last_build.FOLDER
    folder.mkdir()
    (folder / "juesuan.duckdb").write_bytes(b"spoiled")
    (folder / last_build.MADE_BY).write_text(last_build._version("code"), encoding="utf-8")
    assert not last_build.go_on(tmp_path, tmp_path / "juesuan.duckdb", "code")
    assert not folder.exists()
    assert not (tmp_path / "juesuan.duckdb").exists()


def test_a_failed_going_on_is_built_from_nothing(
    went_on: tuple[Path, RefreshReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = tmp_path / "warehouse"
    shutil.copytree(went_on[0], warehouse, symlinks=True)
    begun = []

    def fails(_: Path, build_file: Path, *__: object, **___: object) -> None:
        begun.append(build_file.is_file())
        raise JuesuanError("a model failed")

    monkeypatch.setattr(refresh_module, "build_marts", fails)
    paper = tmp_path / "again.txt"
    (printed,) = (path for path in PAPERS if CORRECTED in path.name)
    paper.write_text(printed.read_text(encoding="utf-8") + "\n再印\n", encoding="utf-8")
    with pytest.raises(JuesuanError, match="a model failed"):
        refresh([paper], warehouse)
    assert begun == [True, False]
