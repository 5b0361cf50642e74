"""The docs can be read by all: axe finds nothing, and no page goes sideways."""

import html
import subprocess
import sys
from pathlib import Path

import pytest

from pictures.report import find_chromium

from ..conftest import ROOT
from ..locked import locked_python
from .environment import baked_project

pytestmark = pytest.mark.e2e

LOCK = ROOT / "requirements" / "browser.txt"
# A long name widens a header, and a description is no HTML.
ANSWERS = {
    "project_slug": "the-reproducible-penguins-of-the-palmer-archipelago",
    "package_name": "penguins_of_palmer_archipelago",
    "description": 'Says "who" is <b>who</b> & why -- with 95 % of \'em.',
}
FAULTY = """<!doctype html><html lang="en"><title>A page</title>
<meta name="viewport" content="width=device-width">
<main><h1>A page</h1><p style="color: #999; background: #fff">Faint.</p>
<img src="http://127.0.0.1:9/a.png" alt="Of the web"><table style="width: 600px">
<tr><td>Wide</td></tr></table></main>
<nav style="overflow: hidden"><a href="#" style="margin: 0 1270px">Long</a></nav>
</html>"""


def problems(folder: Path) -> list[str]:
    """Return what is wrong with the pages of a folder, as Chromium shows them."""
    program = find_chromium()
    if not program:
        pytest.skip("Chromium is not installed; Debian has it as chromium")
    look = Path(__file__).with_name("look.py")
    finished = subprocess.run(
        [locked_python("browser", LOCK), look, program, folder],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished.stdout.splitlines()


def test_the_docs_of_the_template_can_be_read_by_all(tmp_path: Path) -> None:
    pages = tmp_path / "html"
    words = ["-q", "-W", "-d", str(tmp_path / "trees"), str(ROOT / "docs"), str(pages)]
    subprocess.run([sys.executable, "-m", "sphinx", *words], check=True)
    assert problems(pages) == []


def test_the_docs_of_a_bake_can_be_read_by_all(
    tmp_path: Path, interpreter: Path
) -> None:
    project = baked_project(tmp_path, interpreter, **ANSWERS)
    project.invoke("docs")
    pages = project.root / "docs/_build/html"
    index = (pages / "index.html").read_text(encoding="utf-8")
    assert ANSWERS["description"] in html.unescape(index) and "<b>" not in index
    # In the list of all pages, which folds nothing.
    assert 'href="tips/10-consistency.html"' in index and "<details" not in index
    assert problems(pages) == []


def test_a_page_that_is_hard_to_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(FAULTY, encoding="utf-8")
    found = problems(tmp_path)
    assert [line.split(": ")[:2] for line in found if "contrast" in line] == [
        ["page.html, desk", "color-contrast"],
        ["page.html, phone", "color-contrast"],
    ]
    assert [line for line in found if "sideways" in line] == [
        "page.html, phone: sideways: 608 px wide"
    ]
    assert "page.html, desk: cut off: Long" in found
    assert found.count("asks for http://127.0.0.1:9/a.png") == 2
