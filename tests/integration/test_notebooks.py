"""The notebooks run on the published warehouse, and stand in the repository without outputs."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from ingest.refresh import RefreshReport
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["comparison", "findings", "provenance"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    for cell in read(path).cells:
        assert cell.cell_type == "markdown" or (cell.outputs == [] and cell.execution_count is None)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_table_of_a_notebook_has_rows(
    path: Path, published: tuple[Path, RefreshReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUESUAN_WAREHOUSE", str(published[0]))
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    notebook = read(path)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tables = [output for cell in code for output in cell.outputs if output.output_type == "execute_result"]
    assert len(tables) == len(code) - 1, "every cell but the first shows a table"
    for table in tables:
        assert "<td>" in table.data["text/html"], table.data["text/plain"]
