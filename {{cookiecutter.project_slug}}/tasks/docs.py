"""Build the docs: pages, examples that run, links that lead somewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, python

if TYPE_CHECKING:
    from markdown_it.token import Token


@task
def docs(_: Context) -> None:
    """Build the docs in docs/_build/html; a warning or a dead link is an error."""
    build(ROOT)


def build(root: Path) -> None:
    """Check the links of a repository's pages, build its docs, run their examples."""
    if problems := list(dead_links(root)):
        raise Exit("\n".join(problems))
    source, built = root / "docs", root / "docs" / "_build"
    options = ["--fail-on-warning", "--quiet", "--doctree-dir", str(built / "trees")]
    for builder in ("html", "doctest"):
        words = ["--builder", builder, *options, str(source), str(built / builder)]
        python("-m", "sphinx", *words)
    print(f"Docs: {built / 'html' / 'index.html'}")


def dead_links(root: Path) -> Iterator[str]:
    """Yield a line for each link to a file or a heading that is not there."""
    for page in pages(root):
        for link in links(page):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = page.parent / unquote(parts.path) if parts.path else page
            name = page.relative_to(root).as_posix()
            if not target.exists():
                yield f"{name}: the link '{link}' leads to no file"
            elif parts.fragment and parts.fragment not in anchors(target):
                yield f"{name}: the link '{link}' leads to no heading"


def pages(root: Path) -> list[Path]:
    """Return the Markdown pages of a repository."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("*/README.md")]
    return sorted({page for page in found if page.parent.name[:1] != "."})


def links(page: Path) -> list[str]:
    """Return the targets of the links and pictures of a Markdown page."""
    found = []
    for token in _tokens(page):
        for child in token.children or []:
            target = child.attrGet("href") or child.attrGet("src")
            found += [str(target)] if target else []
    return found


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST name them."""
    headings = (token for token in _tokens(page) if token.type == "heading_open")
    return {str(token.attrGet("id")) for token in headings}


def _tokens(page: Path) -> "list[Token]":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.anchors import anchors_plugin

    reader = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)
    return reader.parse(page.read_text(encoding="utf-8"))
