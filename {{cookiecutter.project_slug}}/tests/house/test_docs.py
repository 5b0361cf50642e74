"""The docs and the notebook: links, the reference, and commands that exist."""

import ast
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from invoke.exceptions import Exit

from tasks import commands, docs, namespace

PAGES = docs.pages(Path())
NOTEBOOK = Path("notebooks/explore.ipynb")
there = pytest.mark.skipif(not NOTEBOOK.is_file(), reason=f"{NOTEBOOK} was taken out")
CALL = re.compile(r"(?:make|invoke|python bootstrap\.py) ([a-z][a-z-]*)")


def test_every_link_leads_somewhere() -> None:
    assert list(docs.dead_links(Path())) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a](gone.md)", "'gone.md' leads to no file"),
        ("[a](#gone)", "'#gone' leads to no heading"),
        ("![a](gone.png)", "'gone.png' leads to no file"),
        ("[a](docs/page.md#two)", "'docs/page.md#two' leads to no heading"),
        ("# One\n[a](docs/page.md#one) [b](#one) [c](https://example.com/x)", None),
    ],
)
def test_a_dead_link_is_named(tmp_path: Path, text: str, words: str | None) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/page.md").write_text("# One\n", encoding="utf-8")
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    found = list(docs.dead_links(tmp_path))
    assert found == ([f"README.md: the link {words}"] if words else [])


def test_a_dead_link_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("[a](gone.md)", encoding="utf-8")
    with pytest.raises(Exit, match="leads to no file"):
        docs.build(tmp_path)


def test_the_reference_has_every_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # the settings of Sphinx add to it
    complete = runpy.run_path("docs/conf.py")["complete"]
    pages = [Path("docs/api.md").read_text(encoding="utf-8")]
    complete(None, "api", pages)
    listed = re.findall(r"automodule:: (\S+)", pages[0])
    modules = {
        ".".join(path.with_suffix("").parts)
        for path in Path(commands.package()).glob("*/*.py")
        if path.stem != "__init__"
    }
    assert sorted(listed) == sorted(modules)
    shorter = [pages[0].replace(f"automodule:: {listed[0]}", "")]
    complete(None, "api", shorter)
    assert f"automodule:: {listed[0]}\n" in shorter[0]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_task_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = re.findall(r"`([^`\n]+)`|^\$ (.+)$", text, re.M)
    named = {task for pair in code for each in pair for task in CALL.findall(each)}
    targets = re.findall(r"^([\w-]+):", Path("Makefile").read_text("utf-8"), re.M)
    assert named <= {*namespace.tasks, *targets}


@pytest.fixture(name="notebook")
def fixture_notebook() -> Any:
    """Return the notebook as committed."""
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@there
def test_the_notebook_has_no_outputs_and_no_logic_of_its_own(notebook: Any) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    for cell in cells:
        for statement in ast.parse(cell.source).body:
            allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
            assert isinstance(statement, allowed), cell.source


@there
def test_the_notebook_runs_on_the_results(
    notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (
        Path("reports/metrics.json").is_file() and Path("models/model.skops").is_file()
    ):
        pytest.skip("the notebook reads results, and there are none: `make repro`")
    from nbclient import NotebookClient

    # The kernel of this environment, whatever is installed for the user.
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix) / "share" / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    place = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=300, resources=place).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in shown if output.output_type == "error"]
    assert any("image/png" in output.get("data", {}) for output in shown)
