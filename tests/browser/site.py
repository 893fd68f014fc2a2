"""The published site under test: served as users serve it, and waited for as they wait."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from playwright.sync_api import Page

#: Every page with an address that shows something on the bundled data.
PAGES = {
    "overview": "/",
    "districts": "/districts/",
    "years": "/years/",
    "departments": "/department/",
    "department": "/department/{department}/",
    "codes": "/code/",
    "code": "/code/2080505/",
    "three-public": "/three-public/",
    "projects": "/projects/",
    "execution": "/execution/",
    "quality": "/quality/",
    "finding": "/quality/?finding={finding}",
    "provenance": "/provenance/",
    "figure": "/provenance/?document={document}&form={form}&row={row}&measure={measure}",
    "dictionary": "/dictionary/",
}
READY_SECONDS = 60


@contextmanager
def served(warehouse: Path) -> Iterator[str]:
    """The address of ``juesuan serve`` over ``warehouse``, on a free port."""
    command = [sys.executable, "-m", "ingest.cli", "serve", "--port", "0", "--warehouse", str(warehouse)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        try:
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", line), line
            yield line.rstrip("/")
        finally:
            process.terminate()


def addresses(warehouse: Path) -> dict[str, str]:
    """The address of every page: of the body with most years, of a finding that has a picture if any has."""
    with duckdb.connect(str((warehouse / "juesuan.duckdb").resolve()), read_only=True) as db:
        (department,) = db.execute(
            "SELECT department_id FROM marts.mart_department_year"
            " GROUP BY ALL ORDER BY count(*) DESC, department_id LIMIT 1"
        ).fetchall()[0]
        finding, document, form, row, measure = db.execute(
            "SELECT finding_id, document_id, form, row_key, measure FROM marts.fct_finding"
            " JOIN marts.fct_form_cell USING (document_id, form, row_key, measure)"
            " ORDER BY bbox IS NULL, severity <> 'error', finding_id LIMIT 1"
        ).fetchall()[0]
    return {
        name: path.format(
            department=department, finding=finding, document=document, form=form, row=row, measure=measure
        )
        for name, path in PAGES.items()
    }


# Resolves with whether the page has its figures: the data is open, no query is unanswered and nothing waits.
# Between a choice and the queries that follow from it there is a moment in which nothing is asked.
_READY = """
([quiet, seconds]) => new Promise((done) => {
  const start = performance.now();
  let since = null;
  const look = () => {
    const now = performance.now();
    const ready = document.querySelector('.asof time') && document.querySelector('main h1')
      && document.querySelector('main[aria-busy=false]') && !document.querySelector('.waiting');
    since = ready ? since ?? now : null;
    if (since !== null && now - since >= quiet) done(true);
    else if (now - start > 1000 * seconds) done(false);
    else setTimeout(look, 10);
  };
  look();
})
"""
QUIET_MILLISECONDS = 120


def wait_until_ready(page: Page) -> None:
    """Until the data is open and nothing on the page is still waiting for figures."""
    ready = page.evaluate(_READY, [QUIET_MILLISECONDS, READY_SECONDS])
    assert ready, f"{page.url} is still waiting for its figures"
