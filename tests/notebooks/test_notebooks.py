"""The notebooks run on a small published project, give a table and a picture, write nothing, and are kept without outputs."""

import os
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.flows.house import House
from tests.page_kit import shown_project

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TWO_SCREENS = 70
EXPECTED = {
    "read_a_snapshot": ['"holds": true', "laws", "speeches"],
    "trace_a_document": ["license", "published in", "nothing keeps it out"],
    "how_good_are_the_labels": ["0.9167", "too_fast", "accepted"],
    "where_does_our_text_come_from": ["CC0-1.0", "quality.too_short", "duplicate.member"],
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The published project."""
    return shown_project(tmp_path_factory.getbasetemp())


def test_every_notebook_is_expected_and_listed() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(EXPECTED)
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({path.name})" in listed for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_without_outputs_and_short(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    assert sum(len(cell.source.splitlines()) for cell in notebook.cells) <= TWO_SCREENS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_answers_and_writes_nothing(path: Path, shown: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAIYUAN_PROJECT", str(shown.project))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    before = {str(file): sha256(file.read_bytes()).hexdigest() for file in shown.project.rglob("*") if file.is_file()}
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute(
        env=os.environ.copy()
    )
    after = {str(file): sha256(file.read_bytes()).hexdigest() for file in shown.project.rglob("*") if file.is_file()}
    assert after == before
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"text/html", "image/svg+xml"} <= kinds
    said = "".join(str(output.get("data", output.get("text", ""))) for output in outputs)
    assert all(word in said for word in EXPECTED[path.stem])
