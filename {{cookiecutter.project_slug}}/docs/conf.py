"""Sphinx's settings: pages in Markdown, and a reference from the docstrings."""

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the package is imported from the root, as everywhere
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = SETTINGS["project"]
PACKAGE = SETTINGS["tool"]["setuptools"]["packages"]["find"]["include"][0]

project = PROJECT["name"]
author = PROJECT["authors"][0]["name"]
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
doctest_test_doctest_blocks = (
    ""  # pytest runs those of docstrings, where names are known
)

html_theme = "pydata_sphinx_theme"
html_title = project
html_css_files = ["style.css"]
html_static_path = ["_static"]
templates_path = ["_templates"]
html_sidebars = {"**": ["navigation"]}
html_theme_options = {
    "navbar_center": [],  # the sidebar lists all pages
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
}
smartquotes = False  # the name and the description look as they were given
html_copy_source = False
html_show_copyright = False  # a page holds no clock

# Of a session, the commands are copied, without their prompts and what they print.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

ENTRY = """
### `{title}`

```{{eval-rst}}
.. automodule:: {module}
   :members:
```
"""


def complete(_: "Sphinx | None", page: str, source: list[str]) -> None:
    """Add to the reference the modules that it doesn't list, such as a new stage.

    Parameters
    ----------
    page
        The name of the page that is read.
    source
        Its text, as the one item of a list.
    """
    if page != "api":
        return
    listed = {*re.findall(r"^\.\. automodule:: (\S+)$", source[0], re.M)}
    paths = [path.relative_to(ROOT) for path in sorted(ROOT.glob(f"{PACKAGE}/*/*.py"))]
    found = {".".join(path.with_suffix("").parts) for path in paths}
    added = sorted(each for each in found - listed if not each.endswith("__init__"))
    titles = {each: each.removeprefix(f"{PACKAGE}.") for each in added}
    entries = [ENTRY.format(title=titles[each], module=each) for each in added]
    source[0] += "\n## More\n" + "".join(entries) if added else ""


def setup(app: "Sphinx") -> None:
    """Let Sphinx complete the reference."""
    app.connect("source-read", complete)
