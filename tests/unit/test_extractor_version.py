"""Which modules a format's readings go through: a change of one reader reads no other format again."""

import ast
from pathlib import Path

import pytest

from ingest.extract import PACKAGE, READERS_FOLDER, SHARED, extractor_version, reader_files
from ingest.readers import READERS


def names(suffix: str | None) -> set[str]:
    return {path.stem for path in reader_files(suffix)}


def test_each_format_has_the_modules_it_needs_and_no_others() -> None:
    assert names(".txt") == {"text"}
    assert "html" not in names(".pdf") | names(".docx") | names(".txt")
    assert {"pdf", "ruled", "unruled", "scan", "camelot_columns"} <= names(".pdf")
    assert {"docx", "archive"} <= names(".docx")
    # An .xls may be a web page in disguise.
    assert {"spreadsheet", "html", "biff"} <= names(".xls")
    assert names(".doc") == set()


def test_every_reader_module_belongs_to_a_format() -> None:
    modules = {path.stem for path in READERS_FOLDER.glob("*.py")} - {"__init__"}
    assert names(None) == modules


@pytest.mark.parametrize("suffix", READERS)
def test_what_a_reading_imports_is_in_its_version(suffix: str) -> None:
    """Every module of this package that a reader or a shared module imports is shared or the reader's."""
    shared = {PACKAGE / name for name in SHARED}
    covered = {path for item in shared for path in (item.rglob("*.py") if item.is_dir() else [item])}
    covered |= set(reader_files(suffix)) | set(reader_files(".pdf"))
    # What only names faults and settings changes no reading.
    harmless = {PACKAGE / "errors.py", PACKAGE / "__init__.py"}
    for path in covered:
        for module in imported(path):
            assert module in covered | harmless | {READERS_FOLDER / "__init__.py"} or is_reader(module), (
                f"{path.name} imports {module.name}, which no extractor version covers"
            )


def imported(path: Path) -> set[Path]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ingest"):
            base = PACKAGE.parent / node.module.replace(".", "/")
            found.add(base.with_suffix(".py") if base.with_suffix(".py").is_file() else base / "__init__.py")
    return found


def is_reader(module: Path) -> bool:
    """Of another format, named by the registry of readers alone."""
    return module.parent == READERS_FOLDER


def test_a_changed_reader_changes_the_versions_that_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {suffix: extractor_version(suffix) for suffix in (None, *READERS)}
    real = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: real(path) + (b"# changed" if path.name == "html.py" else b"")
    )
    extractor_version.cache_clear()
    after = {suffix: extractor_version(suffix) for suffix in before}
    extractor_version.cache_clear()
    changed = {suffix for suffix in before if before[suffix] != after[suffix]}
    assert changed == {None, ".html", ".htm", ".xls", ".xlsx", ".xlsm"}
