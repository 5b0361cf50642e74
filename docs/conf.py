"""Sphinx's settings, as in a bake: pages in Markdown, a reference from docstrings."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

project = PROJECT["name"]
version = release = PROJECT["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"

html_theme = "alabaster"
html_theme_options = {"description": PROJECT["description"]}
html_copy_source = False
html_show_copyright = False  # a page holds no clock
