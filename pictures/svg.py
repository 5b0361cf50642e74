"""The shapes of a picture, as SVG.

A picture holds its own background, so that it can be read on a light page and on a dark
one.
"""

import html
from collections.abc import Sequence

STYLE = """
text { font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.page { fill: #fff } text { fill: #1f2328 } .small { font-size: 11px; fill: #59636e }
.box { fill: #f1f5f9; stroke: #57728f } .line { stroke: #2f5d8a; fill: none }
.row { stroke: #d5dce4 } .dot { fill: #2f5d8a; stroke: #2f5d8a } .ring { fill: #fff }
@media (prefers-color-scheme: dark) {
.page { fill: #14181e } text { fill: #dfe5ec } .small { fill: #a3b0be }
.box { fill: #222b35; stroke: #7f9bb8 } .line { stroke: #8cbbe8 }
.row { stroke: #36414d } .dot { fill: #8cbbe8; stroke: #8cbbe8 }
.ring { fill: #14181e } }
"""


def svg(size: tuple[int, int], style: str, title: str, shapes: Sequence[str]) -> str:
    """Return a picture as text, a shape a line.

    Parameters
    ----------
    size
        Width and height, in pixels.
    style
        The rules of CSS.
    title
        What it shows, for those who hear it.
    shapes
        What is drawn on the background.
    """
    width, height = size
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    told = html.escape(title)
    label = f'width="{width}" height="{height}" role="img" aria-label="{told}"'
    page = f'<rect class="page" width="{width}" height="{height}" rx="8"/>'
    lines = [f"{head} {label}>", f"<style>{style}</style>", page, *shapes, "</svg>"]
    return "\n".join(lines) + "\n"


def text(x: float, y: float, content: str, more: str = "") -> str:
    """Return a text of a picture, with more attributes where they are given."""
    return f'<text x="{x:g}" y="{y:g}"{more}>{html.escape(content, quote=False)}</text>'


def path(points: str, more: str = "") -> str:
    """Return a line of a picture through some points, as SVG writes them."""
    return f'<path class="line" d="{points}"{more}/>'


def dot(x: float, y: float, kind: str = "dot") -> str:
    """Return a dot of a picture."""
    return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="4"/>'
