"""The last build with all its layers, from which the next one goes on (docs/adr/0015).

    warehouse/last-build/
      juesuan.duckdb     every layer, as the last run built it
      marts.duckdb       the marts as they were handed on: the published file by another name
      marts.sha256       its checksum then: a published file is open to whoever writes into it
      made_by            the version of the project, of DuckDB and of dbt that built it

It follows from the ledger and the code alone. Where it is missing, made by other code, or of no use, the
next build is made from nothing and leaves a new one.
"""

import contextlib
import os
import shutil
from importlib import metadata
from pathlib import Path

import duckdb

from ingest.files import sha256_of

FOLDER = "last-build"
MARTS = "marts.duckdb"
MARTS_SUM = "marts.sha256"
MADE_BY = "made_by"
BUILDERS = ("duckdb", "dbt-core", "dbt-duckdb")
#: Where the build that goes on finds what the last one knew (macros/materializations/changed.sql).
CHANGED = "changed"
#: Where a build from nothing notes which rows it has made of which bodies (macros/…/portions.sql).
PORTIONS = "portions"


def go_on(warehouse: Path, build_file: Path, project_version: str) -> bool:
    """Begin ``build_file`` with the last build; False, and no file, where there is none to go on from."""
    folder = warehouse / FOLDER
    if _made_by(folder) != _version(project_version):
        return False
    try:
        shutil.copyfile(folder / build_file.name, build_file)
        with duckdb.connect(str(build_file)) as db:
            db.execute(f"CREATE SCHEMA {CHANGED}")
            db.execute(f"CREATE TABLE {CHANGED}.last_document AS FROM intermediate.int_document")
    except (OSError, duckdb.Error):
        drop(warehouse)
        build_file.unlink(missing_ok=True)
        return False
    return True


def keep(build_file: Path, warehouse: Path) -> Path:
    """Move a finished build to where the next one finds it once it is complete; returns its path."""
    folder = warehouse / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / MADE_BY).unlink(missing_ok=True)
    return build_file.replace(folder / build_file.name)


def handed_on(warehouse: Path) -> Path | None:
    """The marts of the build before the one that is kept, where they are still what was handed on."""
    file = warehouse / FOLDER / MARTS
    try:
        is_whole = file.with_name(MARTS_SUM).read_text(encoding="ascii") == sha256_of(file)
    except FileNotFoundError:
        return None
    return file if is_whole else None


def complete(kept: Path, marts_file: Path, project_version: str) -> None:
    """Let the next build go on from the ``kept`` one, whose marts were written to ``marts_file``."""
    with duckdb.connect(str(kept)) as db:
        for schema in (CHANGED, PORTIONS):
            db.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        db.execute("CHECKPOINT")
    marts = kept.with_name(MARTS)
    marts.with_name(MARTS_SUM).unlink(missing_ok=True)
    marts.unlink(missing_ok=True)
    # Where a file cannot have two names, the next marts are sorted anew.
    with contextlib.suppress(OSError):
        os.link(marts_file, marts)
        marts.with_name(MARTS_SUM).write_text(sha256_of(marts), encoding="ascii")
    (kept.parent / MADE_BY).write_text(_version(project_version), encoding="utf-8")


def drop(warehouse: Path) -> None:
    """Forget the last build: the next one is made from nothing."""
    with contextlib.suppress(FileNotFoundError):
        (warehouse / FOLDER / MADE_BY).unlink()
    shutil.rmtree(warehouse / FOLDER, ignore_errors=True)


def _made_by(folder: Path) -> str | None:
    # The word is written last and taken away first: what stands beside it is whole.
    try:
        return (folder / MADE_BY).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _version(project_version: str) -> str:
    return " ".join([project_version, *(metadata.version(name) for name in BUILDERS)])
