"""Shared by all tests: where the papers are, and a warehouse built once a session."""

import csv
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.model import Extraction, Paper
from ingest.refresh import RefreshReport, refresh

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
GOLDEN = ROOT / "tests" / "fixtures" / "golden"
SEEDS_DIR = Path(os.environ.get("JUESUAN_SEEDS", ROOT.parent / "shared" / "seeds"))
#: The papers by the name of their bundled file, and the start of the whole paper's file name.
PAPERS = {
    "dongxihu_operations_centre_2024_final": "000_",
    "dongxihu_data_centre_2020_final": "001_",
    "caidian_economy_2024_final": "002_",
    "qingshan_data_centre_2024_final": "003_",
    "dongxihu_operations_centre_2025_budget": "004_",
}
FINAL_ACCOUNTS = [slug for slug in PAPERS if slug.endswith("_final")]


def whole_paper(slug: str) -> Path:
    """The whole paper behind a bundled file; skips the test, and says so, where it is not at hand."""
    found = sorted(SEEDS_DIR.glob(f"{PAPERS[slug]}*.txt"))
    if not found:
        pytest.skip(f"the whole papers are not at {SEEDS_DIR}; set JUESUAN_SEEDS to run this test")
    return found[0]


def text_file(slug: str) -> Path:
    """The text of a bundled paper; beside the fixtures where ``data/`` holds it typeset."""
    bundled = DATA / f"{slug}.txt"
    return bundled if bundled.is_file() else ROOT / "tests" / "fixtures" / "papers" / bundled.name


def bundled_name(slug: str) -> str:
    """The name of a paper's file in ``data/``."""
    (path,) = DATA.glob(f"{slug}.*")
    return path.name


def source(slug: str, origin: str) -> Path:
    """The text of a bundled paper or the whole paper of a slug."""
    return text_file(slug) if origin == "bundled" else whole_paper(slug)


def golden_cells(slug: str) -> list[dict[str, str]]:
    with (GOLDEN / f"{slug}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="session")
def read() -> Callable[[Path], tuple[Paper, Extraction]]:
    """Read and extract a file once a session."""
    from ingest.extract import extract, read_paper

    done: dict[Path, tuple[Paper, Extraction]] = {}

    def run(path: Path) -> tuple[Paper, Extraction]:
        if path not in done:
            paper = read_paper(path.read_bytes(), path.name)
            done[path] = paper, extract(paper)
        return done[path]

    return run


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of the session share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def published(shared: Path) -> tuple[Path, RefreshReport]:
    """The warehouse folder of the bundled papers and the report of its first refresh."""
    warehouse, kept = shared / "published", shared / "published.report"
    with FileLock(shared / "published.lock"):
        if not kept.is_file():
            kept.write_bytes(pickle.dumps(refresh([DATA], warehouse)))
    report = pickle.loads(kept.read_bytes())
    assert isinstance(report, RefreshReport)
    return warehouse, report
