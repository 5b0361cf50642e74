"""Sphinx's settings, as in a bake: pages in Markdown, a reference from docstrings."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BAKED = ROOT / "{{cookiecutter.project_slug}}" / "docs"  # both look alike

project = PROJECT["name"]
version = release = PROJECT["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"

html_theme = "pydata_sphinx_theme"
html_title = project
html_css_files = ["style.css"]
html_static_path = [f"{BAKED}/_static"]
templates_path = [f"{BAKED}/_templates"]
html_sidebars = {"**": ["navigation"]}
html_theme_options = {
    "navbar_center": [],  # the sidebar lists all pages
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
}
html_copy_source = False
html_show_copyright = False  # a page holds no clock

# Of a session, the commands are copied, without their prompts and what they print.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
