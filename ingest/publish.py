"""Publications: whole folders that are switched to by renaming one pointer.

    warehouse/
      ledger.duckdb               the raw ledger
      publications/<number>/      juesuan.duckdb, parquet/, datapackage.json, dictionary.html,
                                  data-docs/, site/, publication.json, made-of.json and what else was built
      current -> publications/<number>
      juesuan.duckdb -> current/juesuan.duckdb

Readers that have the old file open keep it; new readers see the new one. The file ``switching`` stands
from before a finished folder is moved to its place until the pointer is on it, so that a run that was
killed in between is completed or undone by the next one (``recover``).
"""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import JuesuanError, is_locked
from ingest.files import sha256_as_written, sha256_of

WAREHOUSE_FILE = "juesuan.duckdb"
MANIFEST = "publication.json"
#: The documents and inboxes of which a folder was made: as long as the ledger, and asked by the job alone.
MADE_OF = "made-of.json"
KEPT = 3
SWITCHING = "switching"
WORK = "work"
HELD = "held"


def current_manifest(warehouse: Path) -> dict[str, Any] | None:
    """What the standing publication says of itself, or None where nothing is published."""
    return _manifest(warehouse / "current")


def newest_manifest(warehouse: Path) -> dict[str, Any] | None:
    """What the newest publication says of itself; after a rollback it is not the standing one."""
    folders = _folders(warehouse)
    return _manifest(folders[-1]) if folders else None


def held_manifest(warehouse: Path) -> dict[str, Any] | None:
    """What the last build that was held back says of itself, or None."""
    return _manifest(warehouse / HELD)


def made_of(warehouse: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The ``documents`` and ``inboxes`` that a publication, or a build that is held back, was made of.

    Nothing where the folder does not say so: whoever asks builds anew.
    """
    number = manifest.get("number")
    file = (warehouse / "publications" / number if number else warehouse / HELD) / MADE_OF
    told: dict[str, Any] = {"documents": {}, "inboxes": {}}
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else told


def kept_publications(warehouse: Path) -> list[dict[str, Any]]:
    """What the publications in the folder say of themselves, oldest first."""
    manifests = (_manifest(folder) for folder in _folders(warehouse))
    return [manifest for manifest in manifests if manifest]


def is_switching(warehouse: Path) -> bool:
    """Whether a run was stopped between moving a publication to its place and pointing at it."""
    return (warehouse / SWITCHING).exists()


def open_published(warehouse: Path, settings: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only; queries cannot reach files or networks beyond it.

    ``settings`` are DuckDB's own, such as limits, and cannot be changed by a query either.
    Raises FileNotFoundError before the first successful refresh, JuesuanError where the file is damaged or
    another program has it open for writing.
    """
    file = warehouse / WAREHOUSE_FILE
    if not file.exists():
        raise FileNotFoundError(file)
    try:
        return duckdb.connect(
            str(file.resolve()),
            read_only=True,
            config={"enable_external_access": "false", "lock_configuration": "true", **(settings or {})},
        )
    except duckdb.Error as error:
        raise JuesuanError(unopened(file, error)) from error


def unopened(file: Path, error: duckdb.Error) -> str:
    """Why a published file cannot be opened, and what to do."""
    if is_locked(str(error)):
        return (
            f"{file} is open for writing in another program; close it there, and open it read-only"
            " (duckdb -readonly)"
        )
    first_line = str(error).splitlines()[0]
    return f"{file} cannot be opened ({first_line}); juesuan rollback goes back to the publication before"


def last_number(warehouse: Path) -> int:
    """The highest number of a publication in the folder, 0 where there is none."""
    return max((int(folder.name) for folder in _folders(warehouse)), default=0)


def publish(
    warehouse: Path,
    work_dir: Path,
    publication: int,
    manifest: Mapping[str, Any],
    made_of: Mapping[str, Any],
    record: Callable[[], None],
) -> Path:
    """Move the finished ``work_dir`` into place, ``record`` it, switch the pointer; returns the new folder.

    ``work_dir`` must lie inside ``warehouse`` so that every move is a rename.
    """
    number = f"{publication:06d}"
    target = warehouse / "publications" / number
    target.parent.mkdir(parents=True, exist_ok=True)
    write_manifest(work_dir, {"number": number, **manifest}, made_of)
    (warehouse / SWITCHING).write_text(number, encoding="utf-8")
    for path in (warehouse / SWITCHING, warehouse):
        _to_disk(path)
    # Whatever ends the run from here on, the next one asks the ledger whether the publication counts.
    work_dir.rename(target)
    for path in (target.parent, warehouse):
        _to_disk(path)
    record()
    point_to(warehouse, number)
    (warehouse / SWITCHING).unlink()
    return target


def point_to(warehouse: Path, number: str) -> None:
    """Make a publication the standing one, by one rename."""
    _point(warehouse / "current", Path("publications") / number)
    _point(warehouse / WAREHOUSE_FILE, Path("current") / WAREHOUSE_FILE)
    _to_disk(warehouse)


def hold_back(
    warehouse: Path, work_dir: Path, manifest: Mapping[str, Any], made_of: Mapping[str, Any]
) -> Path:
    """Set a finished build aside to be looked at, in the place of one that was held before."""
    write_manifest(work_dir, manifest, made_of)
    remove(warehouse / HELD)
    work_dir.rename(warehouse / HELD)
    return warehouse / HELD


def recover(warehouse: Path, is_recorded: Callable[[int], bool]) -> str | None:
    """Complete or undo what a stopped run left behind; returns in words what was done about a switch.

    A publication that the ledger has on record is pointed at; any other is as if it had never been.
    """
    done = None
    intent = warehouse / SWITCHING
    if intent.exists():
        number = intent.read_text(encoding="utf-8").strip()
        folder = warehouse / "publications" / number
        if number.isdigit() and folder.is_dir() and is_recorded(int(number)):
            point_to(warehouse, number)
            done = f"publication {number}, which a stopped run had finished, is now the standing one"
        elif number.isdigit():
            remove(folder)
        intent.unlink()
    remove(warehouse / WORK)
    for left_over in [
        *warehouse.glob("*.new"),
        *warehouse.glob(".removing-*"),
        *warehouse.glob("publications/.removing-*"),
    ]:
        if left_over.is_dir() and not left_over.is_symlink():
            shutil.rmtree(left_over)
        else:
            left_over.unlink()
    return done


def remove(folder: Path) -> None:
    """Delete a folder so that at no moment a half of it bears its name."""
    if folder.is_dir():
        away = folder.with_name(f".removing-{folder.name}")
        shutil.rmtree(away, ignore_errors=True)
        folder.rename(away)
        shutil.rmtree(away)


def write_manifest(folder: Path, manifest: Mapping[str, Any], made_of: Mapping[str, Any]) -> None:
    """Write what a finished folder says of itself, with the checksum of every file, and flush it all."""
    (folder / MADE_OF).write_text(json.dumps(made_of, ensure_ascii=False) + "\n", encoding="utf-8")
    files = {}
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        if path != folder / MANIFEST:
            files[path.relative_to(folder).as_posix()] = {
                "bytes": path.stat().st_size,
                "sha256": sha256_as_written(path),
            }
            _to_disk(path)
    text = json.dumps({**manifest, "files": files}, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    _to_disk(folder / MANIFEST)
    _to_disk(folder)


def broken_files(folder: Path) -> list[str]:
    """Files of a publication that are missing, changed or not of it. Empty: it is whole."""
    manifest = _manifest(folder)
    if manifest is None:
        return [MANIFEST]
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    expected: dict[str, dict[str, Any]] = manifest["files"]
    changed = {name for name in there & set(expected) if sha256_of(folder / name) != expected[name]["sha256"]}
    return sorted((there ^ set(expected)) | changed)


def prune(warehouse: Path, keep: int = KEPT) -> None:
    """Delete all but the last ``keep`` publications and the standing one."""
    standing = (warehouse / "current").resolve()
    for old in _folders(warehouse)[: -max(1, keep)]:
        if old.resolve() != standing:
            remove(old)


def _folders(warehouse: Path) -> list[Path]:
    publications = warehouse / "publications"
    found = publications.iterdir() if publications.is_dir() else iter(())
    return sorted(path for path in found if path.name.isdigit())


def _manifest(folder: Path) -> dict[str, Any] | None:
    file = folder / MANIFEST
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _point(link: Path, target: Path) -> None:
    beside = link.with_name(link.name + ".new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)


def _to_disk(path: Path) -> None:
    """Flush a file or a folder's names, so that a loss of power finds them."""
    handle = os.open(path, os.O_RDONLY)
    # Some file systems do not flush folders.
    refused = contextlib.suppress(OSError) if path.is_dir() else contextlib.nullcontext()
    try:
        with refused:
            os.fsync(handle)
    finally:
        os.close(handle)
