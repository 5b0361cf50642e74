"""The page of the report; every value in it is escaped."""

from pathlib import Path
from typing import Any

import jinja2

TEMPLATE = Path(__file__).with_name("report.html")


def render(content: dict[str, Any]) -> str:
    """Render the page.

    Parameters
    ----------
    content
        What the template names.
    """
    page = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters["number"] = lambda value: "" if value is None else f"{value:.4g}"
    page.filters["words"] = in_words
    return page.get_template(TEMPLATE.name).render(content) + "\n"


def in_words(value: Any) -> str:
    """Return a value as people read it.

    Examples
    --------
    >>> in_words({"C": 0.1, "penalty": None})
    'C=0.1, penalty=None'
    """
    if isinstance(value, dict):
        return ", ".join(f"{key}={in_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(in_words(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value) or '""'


def flatten(tree: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Return the leaves of a tree by their dotted names.

    Parameters
    ----------
    tree
        Mappings in mappings.
    prefix
        What stands before each key.

    Examples
    --------
    >>> flatten({"a": {"b": 1}, "c": []})
    [('a.b', '1'), ('c', '')]
    """
    if not isinstance(tree, dict):
        return [(prefix, in_words(tree))]
    return [
        row
        for key, value in tree.items()
        for row in flatten(value, f"{prefix}.{key}" if prefix else key)
    ]
