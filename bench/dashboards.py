"""The pages over the bundled papers, and over a generated warehouse of 2,000 departments in six years.

usage: python bench/dashboards.py [--warehouse DIR] [--departments N] [--rounds N] [--pages NAME ...]

The large warehouse is the small one's marts with every department and its papers of one year put under
many names and years; aggregates are counted anew, ranks are not, and tables that no page reads stay small.
It is published as any other, and both are served by ``juesuan serve``'s own code, which here counts what it
sends. Every measurement is a new reader: a browser context without cache, headless Chromium, loopback. First
contentful paint is the browser's own; the time to figures ends when no part of the page waits for rows any
more. Printed are medians, ratios first.
"""

import argparse
import math
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import uvicorn
from playwright.sync_api import Browser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ingest.dashboards import DASHBOARDS, build_pages  # noqa: E402
from ingest.publish import WAREHOUSE_FILE  # noqa: E402
from ingest.refresh import refresh  # noqa: E402
from ingest.serve import application, listen  # noqa: E402
from ingest.site import SITE, SOURCE, Facts, write_site  # noqa: E402
from tests.browser.chromium import chromium  # noqa: E402
from tests.browser.site import addresses  # noqa: E402

YEARS = range(2019, 2025)
DISTRICTS = 150
#: The overview of the large warehouse may take so many times as long as that of the small one.
MOST = 2.0
#: Longer than any page between two of its queries.
QUIET_MILLISECONDS = 500

# The large warehouse -----------------------------------------------------------------------------

# One row: a department of the small warehouse with its fullest year, and the body and year it becomes.
COPIES = f"""
    CREATE TEMP TABLE copy AS
    WITH bodies AS (
        SELECT department_id AS old_id, arg_max(fiscal_year, (phases, fiscal_year)) AS old_year,
            row_number() OVER (ORDER BY department_id) - 1 AS place
        FROM (SELECT department_id, fiscal_year, count(*) AS phases FROM small.marts.mart_department_year
            WHERE department_id IN (FROM (SELECT current_department_id FROM small.marts.dim_document
                JOIN small.marts.dim_department USING (department_id)))
            GROUP BY ALL)
        GROUP BY department_id
    ),
    numbered AS (
        SELECT *, place + number * (SELECT count(*) FROM bodies) AS rank
        FROM bodies, range($times) AS times (number)
    )
    SELECT old_id, old_year, md5(old_id || '/' || number) AS new_id, number AS number,
        cast(110101 + 101 * (hash(old_id, number) % {DISTRICTS}) AS varchar) AS new_district, new_year
    FROM numbered, range({YEARS.start}, {YEARS.stop}) AS years (new_year)
    WHERE rank < $departments
"""
# Whose a document of the small warehouse is.
OWNERS = """
    CREATE TEMP TABLE owner AS
    SELECT document_id, current_department_id AS old_id, fiscal_year AS old_year
    FROM small.marts.dim_document JOIN small.marts.dim_department USING (department_id)
"""
RENAMED = {
    "department_id": "copy.new_id",
    "current_department_id": "copy.new_id",
    "department_name": "old.department_name || copy.number",
    "body_name": "old.body_name || copy.number",
    "district_code": "copy.new_district",
    "district_name": "'区' || copy.new_district",
    "fiscal_year": "copy.new_year",
    "other_fiscal_year": "copy.new_year - 1",
    "first_year": str(YEARS.start),
    "last_year": str(YEARS.stop - 1),
    "document_count": f"old.document_count * {len(YEARS)}",
}
AGGREGATES = {
    "mart_year_total": """
        SELECT fiscal_year, phase, count(DISTINCT district_code), count(DISTINCT department_id),
            sum(total_cny), sum(expenditure_cny), sum(basic_cny), sum(project_cny), sum(three_public_cny)
        FROM large.marts.mart_department_year GROUP BY fiscal_year, phase""",
    "mart_district_year": """
        SELECT district_code, any_value(district_name), fiscal_year, phase, count(DISTINCT department_id),
            sum(total_cny), sum(income_cny), sum(expenditure_cny), sum(basic_cny), sum(project_cny),
            sum(three_public_cny), sum(expenditure_real_cny), count(*), sum(expenditure_change_cny),
            NULL, [], 'with_care', []
        FROM large.marts.mart_department_year GROUP BY district_code, fiscal_year, phase""",
    "mart_finding_count": """
        SELECT rule_id, any_value(kind), severity, responsibility, district_code, any_value(district_name),
            count(*), count(DISTINCT document_id), count(*) FILTER (acknowledged)
        FROM large.marts.fct_finding JOIN large.marts.dim_document USING (document_id)
        GROUP BY rule_id, severity, responsibility, district_code""",
}


def multiply(small: Path, large: Path, departments: int) -> int:
    """Write ``large``: the marts of ``small`` under as many names; returns the number of its rows."""
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{small}' AS small (READ_ONLY)")
        db.execute(f"ATTACH '{large}' AS large (STORAGE_VERSION 'v1.4.0')")
        db.execute("CREATE SCHEMA large.marts")
        (bodies,) = _row(db, "SELECT count(DISTINCT department_id) FROM small.marts.mart_department_year")
        times = math.ceil(departments / bodies) + 1
        db.execute(COPIES, {"times": times, "departments": departments})
        db.execute(OWNERS)
        tables = db.execute(
            "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
            " WHERE database_name = 'small' AND schema_name = 'marts' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        rows = 0
        read = {
            table
            for query in (DASHBOARDS / "sources" / SOURCE).glob("*.sql")
            for table in re.findall(r"\bmarts\.(\w+)", query.read_text(encoding="utf-8"))
        }
        for table, columns in tables:
            if table not in AGGREGATES:
                select = _multiplied(table, columns) if table in read else f"FROM small.marts.{table}"
                db.execute(f"CREATE TABLE large.marts.{table} AS {select}")
        for table, sql in AGGREGATES.items():
            db.execute(f"CREATE TABLE large.marts.{table} AS FROM small.marts.{table} LIMIT 0")
            db.execute(f"INSERT INTO large.marts.{table} {sql}")
        for table, _ in tables:
            rows += _row(db, f"SELECT count(*) FROM large.marts.{table}")[0]
            for column, comment in db.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = 'small'"
                " AND schema_name = 'marts' AND table_name = ? AND comment IS NOT NULL",
                [table],
            ).fetchall():
                text = comment.replace("'", "''")
                db.execute(f"COMMENT ON COLUMN large.marts.{table}.{column} IS '{text}'")
    return rows


def _multiplied(table: str, columns: Sequence[str]) -> str:
    keys = [key for key in ("current_department_id", "department_id") if key in columns]
    if not keys and "document_id" not in columns:
        return f"FROM small.marts.{table}"
    told = ", ".join(f"{_renamed(column)} AS {column}" for column in columns)
    select = f"SELECT {told} FROM small.marts.{table} AS old"
    of_body = f"old.{keys[0]} = copy.old_id" if keys else ""
    # A paper may bear a body's former name; of the names of a body only the present one is multiplied.
    if table == "dim_document" or ("document_id" in columns and not (keys and "fiscal_year" in columns)):
        return f"{select} JOIN owner USING (document_id) JOIN copy USING (old_id, old_year)"
    if "fiscal_year" in columns:
        return f"{select} JOIN copy ON {of_body} AND old.fiscal_year = copy.old_year"
    once = f"{select} JOIN copy ON {of_body} AND copy.new_year = {YEARS.start}"
    return f"{once} AND old.department_id = copy.old_id" if len(keys) == 2 else once


def _renamed(column: str) -> str:
    if column in RENAMED:
        return RENAMED[column]
    if column.endswith("document_id") or column in {"finding_id", "figure_id", "superseded_by"}:
        return f"substr(md5(old.{column} || copy.new_id || copy.new_year), 1, 16)"
    return f"old.{column}"


def _row(db: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    return tuple(db.execute(sql).fetchall()[0])


def publish_large(small: Path, folder: Path, departments: int) -> int:
    """A warehouse in ``folder`` with the pages of ``small``'s; returns the number of rows."""
    publication = folder / "publications" / "000001"
    publication.mkdir(parents=True)
    rows = multiply((small / WAREHOUSE_FILE).resolve(), publication / WAREHOUSE_FILE, departments)
    facts = Facts("000001", "2026-01-01T00:00:00+00:00", None, None, "generated", "generated", 0)
    write_site(build_pages(), publication / WAREHOUSE_FILE, None, publication / SITE, facts, {})
    (folder / "current").symlink_to(Path("publications") / "000001")
    (folder / WAREHOUSE_FILE).symlink_to(Path("current") / WAREHOUSE_FILE)
    return rows


# Measuring ---------------------------------------------------------------------------------------


class Counted:
    """An application, and the bytes it has sent for each path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count the body."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.body":
                self.sent[scope["path"]] += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted if scope["type"] == "http" else send)


@contextmanager
def served(warehouse: Path) -> Iterator[tuple[str, Counter[str]]]:
    """The address of a served warehouse and what it has sent so far."""
    counted = Counted(application(warehouse))
    socket = listen(0)
    server = uvicorn.Server(uvicorn.Config(counted, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}", counted.sent
    finally:
        server.should_exit = True
        thread.join(30)
        socket.close()


@dataclass(frozen=True)
class Measured:
    """One opening of a page: milliseconds and bytes."""

    paint: float
    figures: float
    data: int
    engine: int
    rest: int


# Resolves with the time at which the page has its figures and keeps them.
_READY = """
async (quiet) => {
  let since = null;
  for (;;) {
    const ready = document.querySelector('.asof time') && document.querySelector('main h1')
      && !document.querySelector('.waiting');
    since = ready ? since ?? performance.now() : null;
    if (since !== null && performance.now() - since > quiet) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return [performance.getEntriesByName('first-contentful-paint')[0].startTime, since];
}
"""


def measure(browser: Browser, url: str, sent: Counter[str]) -> Measured:
    """Open ``url`` as a new reader."""
    sent.clear()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    try:
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(url, wait_until="domcontentloaded")
        paint, figures = page.evaluate(_READY, QUIET_MILLISECONDS)
        failed = page.get_by_test_id("failed").all_text_contents()
        if failed:
            raise SystemExit(f"{url}: {failed[0]}")
    finally:
        context.close()
    data = sum(size for path, size in sent.items() if path.startswith("/data/"))
    engine = sum(size for path, size in sent.items() if path.endswith(".wasm") or "worker" in path)
    return Measured(paint, figures, data, engine, sent.total() - data - engine)


def median(rounds: Sequence[Measured]) -> Measured:
    """The middle of every figure."""
    return Measured(
        statistics.median(one.paint for one in rounds),
        statistics.median(one.figures for one in rounds),
        round(statistics.median(one.data for one in rounds)),
        round(statistics.median(one.engine for one in rounds)),
        round(statistics.median(one.rest for one in rounds)),
    )


# The report --------------------------------------------------------------------------------------


def machine(browser: Browser) -> str:
    """What it was measured on."""
    model = "processor unknown"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.system()} {platform.release()},"
        f" Chromium {browser.version} headless, load {os.getloadavg()[0]:.1f} at the end"
    )


def main() -> None:
    """Measure and print one table; ends with 1 where the overview of the large one is too slow."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--warehouse", type=Path, default=ROOT / "warehouse", help="the small one")
    parser.add_argument("--departments", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", nargs="*", help="only these")
    options = parser.parse_args()
    build_pages()
    refresh([ROOT / "data"], options.warehouse)
    with tempfile.TemporaryDirectory(prefix="juesuan-bench-") as folder:
        large = Path(folder)
        start = time.perf_counter()
        rows = publish_large(options.warehouse, large, options.departments)
        file = (large / WAREHOUSE_FILE).stat().st_size / 1e6
        files = (large / "current" / SITE / "data").rglob("*.parquet")
        data = sum(path.stat().st_size for path in files) / 1e6
        print(
            f"{options.departments} departments, {len(YEARS)} years, {rows:,} rows of marts,"
            f" file {file:.0f} MB, data of the pages {data:.1f} MB;"
            f" made in {time.perf_counter() - start:.0f} s\n"
        )
        overview = report(options.warehouse, large, options.rounds, options.pages)
        shutil.rmtree(large / "publications")
    if overview is not None and overview > MOST:
        raise SystemExit(f"the overview of the large warehouse takes {overview:.2f} times as long")


def report(small: Path, large: Path, rounds: int, only: Sequence[str] | None) -> float | None:
    """Open every page of both in turn and print medians; returns the ratio of the overviews."""
    of_small, of_large = addresses(small), addresses(large)
    overview = None
    with (
        chromium() as browser,
        served(small) as (at_small, from_small),
        served(large) as (at_large, from_large),
    ):
        # The first page of a new browser pays for its start.
        measure(browser, at_small, from_small)
        print(
            "| page | time to figures, small = 1 | data, small = 1 | figures ms, small | large"
            " | paint ms, small | large | data KB, small | large | all MB, small | large |"
        )
        print("|---|" + "---|" * 10)
        for name in only or of_small:
            pairs = [
                (
                    measure(browser, at_small + of_small[name], from_small),
                    measure(browser, at_large + of_large[name], from_large),
                )
                for _ in range(rounds)
            ]
            a, b = (median([pair[side] for pair in pairs]) for side in (0, 1))
            ratio = b.figures / a.figures
            overview = ratio if name == "overview" else overview
            totals = [(one.data + one.engine + one.rest) / 1e6 for one in (a, b)]
            print(
                f"| {name} | {ratio:.2f} | {b.data / a.data:.2f} | {a.figures:.0f} | {b.figures:.0f}"
                f" | {a.paint:.0f} | {b.paint:.0f} | {a.data / 1e3:.0f} | {b.data / 1e3:.0f}"
                f" | {totals[0]:.1f} | {totals[1]:.1f} |",
                flush=True,
            )
        print(f"\nengine {a.engine / 1e6:.1f} MB, scripts and styles {a.rest / 1e6:.2f} MB a page")
        print(machine(browser))
    return overview


if __name__ == "__main__":
    main()
