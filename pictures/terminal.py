"""Draw a session of a page as a terminal shows it."""

import re
import textwrap
from collections.abc import Iterator

from .svg import svg, text

COLUMNS = 88
STYLE = """
.page { fill: #14181e; stroke: #57606a }
text { font: 13px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
fill: #dfe5ec; white-space: pre } .typed { fill: #8cbbe8 }
"""


def first_session(page: str) -> str:
    """Return the first session of a Markdown page: its commands and what they print."""
    found = re.search(r"^```console\n(.*?)^```$", page, re.M | re.S)
    if not found:
        raise ValueError("the page has no block ```console")
    return found[1].rstrip("\n")


def draw_terminal(session: str) -> str:
    """Draw a session as a terminal shows it."""
    lines = [*_wrapped(session)]
    shapes = [
        text(20, 34 + 20 * number, line, ' class="typed"' if line[:2] == "$ " else "")
        for number, line in enumerate(lines)
        if line
    ]
    size = (40 + 8 * COLUMNS, 28 + 20 * len(lines))
    return svg(size, STYLE, f"A terminal: {' '.join(session.split())}", shapes)


def _wrapped(session: str) -> Iterator[str]:
    for line in session.splitlines():
        yield from textwrap.wrap(line, COLUMNS) or [""]
