"""The last build with all its layers, from which the next one goes on (docs/adr/0015).

    warehouse/last-build/
      juesuan.duckdb     every layer, as the last run built it
      made_by            the version of the project, of DuckDB and of dbt that built it
      handed-on/         the large files that were made of it: those of the publication by other names
      handed-on.json     their sizes and times then: a published file is open to whoever writes into it

It follows from the ledger and the code alone. Where it is missing, made by other code, or of no use, the
next build is made from nothing and leaves a new one.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import duckdb

from ingest import bounded
from ingest.files import link_or_copy

FOLDER = "last-build"
MADE_BY = "made_by"
HANDED_ON = "handed-on"
LARGE = ("*.duckdb", "*.parquet")
BUILDERS = ("duckdb", "dbt-core", "dbt-duckdb")
#: Where the build that goes on finds what the last one knew (macros/materializations/changed.sql).
CHANGED = "changed"
#: What the last build knew of its documents: what is asked of one by name, and a hash over all of its row.
LAST_DOCUMENT = """
    SELECT document_id, body_id, district_code, name_spelling, loaded_at, hash(told) AS told
    FROM intermediate.int_document AS told
"""
LAST_TOLD = """
    SELECT DISTINCT document_id, publication, published_at
    FROM intermediate.int_finding_event JOIN intermediate.int_publication USING (publication)
"""
WITHOUT_BODY = f"""
    SELECT document_id
    FROM (SELECT document_id, body_id FROM intermediate.int_document
        UNION ALL SELECT document_id, body_id FROM {CHANGED}.last_document)
    WHERE body_id IS NULL AND document_id IN (FROM {CHANGED}.changed_document)
"""
#: Where a build from nothing notes which rows it has made of which bodies (macros/…/portions.sql).
PORTIONS = "portions"
#: What a build changes is left beside the file; dbt does the same (leave_last_build in macros/…/changed.sql).
BESIDE = ("SET wal_autocheckpoint = '1TB'", "PRAGMA disable_checkpoint_on_shutdown")
#: Where more documents than these have changed, the files are made anew.
MOST_CHANGED = 1000


@dataclass(frozen=True)
class HandedOn:
    """The files made of the last build, and whose rows the build that went on from it has changed.

    ``dashboards`` is the version of the pages that the files are for. ``owner_of`` names the column that
    tells whose a row is, of the models of which it has changed no other; ``owners`` has the keys of the
    changed ones by that column. ``without_body`` says whether a paper of no body is among the changed.
    """

    folder: Path
    dashboards: str | None
    owner_of: Mapping[str, str]
    owners: Mapping[str, Sequence[str]]
    without_body: bool

    def changed(self, model: str) -> Sequence[str]:
        """The owners whose rows of the model may be others."""
        return self.owners[self.owner_of[model]]

    def file(self, name: str) -> Path | None:
        """A file by its name in the publication, or a pattern of it."""
        return next(iter(sorted(self.folder.glob(name))), None)


def go_on(warehouse: Path, build_file: Path, project_version: str) -> bool:
    """Begin ``build_file`` with the last build; False, and no file, where there is none to go on from.

    It is the last build by another name. What the build changes stands beside it, in DuckDB's log, until all
    is done (``complete``): whatever ends the run before, the last build is as it was. One that was made by
    other code, or was not completed, takes disk and is of no use: it is forgotten.
    """
    folder = warehouse / FOLDER
    if _made_by(folder) != _version(project_version):
        drop(warehouse)
        return False
    try:
        link_or_copy(folder / build_file.name, build_file)
        with duckdb.connect(str(build_file)) as db:
            for setting in BESIDE:
                db.execute(setting)
            db.execute(f"CREATE SCHEMA {CHANGED}")
            db.execute(f"CREATE TABLE {CHANGED}.last_document AS {LAST_DOCUMENT}")
            db.execute(f"CREATE TABLE {CHANGED}.last_told AS {LAST_TOLD}")
    except (OSError, duckdb.Error):
        drop(warehouse)
        for path in (build_file, _log(build_file)):
            path.unlink(missing_ok=True)
        return False
    return True


def keep(build_file: Path, warehouse: Path) -> Path:
    """Move a finished build to where the next one finds it once it is complete; returns its path."""
    folder = warehouse / FOLDER
    folder.mkdir(exist_ok=True)
    kept = folder / build_file.name
    # The word that it may be gone on from goes first, and with it all that is of no use with the log alone.
    for path in (folder / MADE_BY, folder / f"{HANDED_ON}.json", _log(kept), kept):
        path.unlink(missing_ok=True)
    if _log(build_file).exists():
        _log(build_file).replace(_log(kept))
    return build_file.replace(kept)


def hand_on(warehouse: Path, folder: Path, dashboards: str | None) -> None:
    """Remember the files that ``folder`` holds of the last build, for what is made of the next.

    ``dashboards`` is the version of the pages that are among them, or were to be.
    """
    target = warehouse / FOLDER / HANDED_ON
    shutil.rmtree(target, ignore_errors=True)
    files = [path for kind in LARGE for path in sorted(folder.rglob(kind))]
    # Where a file cannot have two names, all is made anew.
    with contextlib.suppress(OSError):
        for path in files:
            name = target / path.relative_to(folder)
            name.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, name)
        told = {path.relative_to(folder).as_posix(): _as_it_is(path) for path in files}
        text = json.dumps({"dashboards": dashboards, "files": told})
        target.with_suffix(".json").write_text(text, encoding="utf-8")


def handed_on(warehouse: Path, build_file: Path, owner_of: Mapping[str, str]) -> HandedOn | None:
    """What was made of the last build, from which ``build_file`` went on.

    ``owner_of`` names the column that tells whose a row is, of all that is computed by body. None where it
    did not go on, has changed too much, or the files are not what they were.
    """
    folder = warehouse / FOLDER / HANDED_ON
    try:
        told = json.loads(folder.with_suffix(".json").read_text(encoding="utf-8"))
        is_whole = all(_as_it_is(folder / name) == was for name, was in told["files"].items())
    except (FileNotFoundError, ValueError):
        # None was written, or not to its end.
        return None
    with bounded.read(build_file) as db:
        tables = _column(db, f"SELECT table_name FROM duckdb_tables() WHERE schema_name = '{CHANGED}'")
        if not is_whole or "changed_document" not in tables:
            return None
        kept = {model: owner for model, owner in owner_of.items() if model in tables}
        owners = {
            owner: _column(db, f"FROM {CHANGED}.changed_{owner.removesuffix('_id')} ORDER BY 1")
            for owner in {"document_id", "department_id", *kept.values()}
        }
        without_body = bool(_column(db, WITHOUT_BODY))
    return (
        HandedOn(folder, told["dashboards"], kept, owners, without_body)
        if len(owners["document_id"]) <= MOST_CHANGED
        else None
    )


def complete(kept: Path, project_version: str) -> None:
    """Let the next build go on from the ``kept`` one."""
    with duckdb.connect(str(kept)) as db:
        for schema in (CHANGED, PORTIONS):
            db.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        db.execute("CHECKPOINT")
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


def _column(db: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [value for (value,) in db.execute(sql).fetchall()]


def _log(file: Path) -> Path:
    """Where DuckDB keeps what is not in the file yet."""
    return file.with_name(f"{file.name}.wal")


def _as_it_is(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _version(project_version: str) -> str:
    return " ".join([project_version, *(metadata.version(name) for name in BUILDERS)])
