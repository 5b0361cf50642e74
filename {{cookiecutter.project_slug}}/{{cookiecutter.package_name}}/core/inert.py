"""Keep what comes from a table from being read as HTML in Great Expectations' pages.

Great Expectations escapes some values and not others. So each character that means
something to HTML, to a script or to its templates is replaced by one that means nothing
to anybody before it renders, and by its HTML entity afterwards.
"""

from pathlib import Path
from typing import Any

MEANINGFUL = "<>&\"'`\\${}"
FIRST = 0xE000  # of the characters that Unicode leaves to private use
MARKS = {ord(character): FIRST + ord(character) for character in MEANINGFUL}
OPERATORS = [("operator", each) for each in ("<", "<=", ">", ">=")]  # of conditions
ENTITIES = {mark: f"&#{code};" for code, mark in MARKS.items()}


def mark(value: Any) -> Any:
    """Replace the characters in all texts of a value, keys among them.

    Examples
    --------
    >>> mark({"<b>": ["a", 1]})
    {'\\ue03cb\\ue03e': ['a', 1]}
    """
    if isinstance(value, dict):
        return {
            mark(key): item if (key, item) in OPERATORS else mark(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mark(item) for item in value]
    return value.translate(MARKS) if isinstance(value, str) else value


def show(folder: Path) -> None:
    """Write the entities into all pages of a folder."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.translate(ENTITIES), encoding="utf-8", newline="\n")
