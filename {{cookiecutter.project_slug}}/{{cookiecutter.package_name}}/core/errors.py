"""What a user should know: an error that they can correct, a warning that they may."""

import sys
from collections.abc import Iterable

LONGEST = 60  # how much of a value a message shows


class UserError(Exception):
    """One line for the user: the bad value, and what would be right.

    The door (``__main__.py``) prints the message alone, without a traceback.
    """

    def __init__(self, message: str) -> None:
        # Names and values may hold line ends, and worse.
        super().__init__(printable(" ".join(message.splitlines())))


def printable(text: str) -> str:
    """Return a text in which nothing moves a terminal's cursor or turns writing round.

    Examples
    --------
    >>> print(printable("a\\x1b[31mb"))
    a\\x1b[31mb
    """
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1]
        for each in text
    )


def quoted(value: object) -> str:
    """Return a value as a message shows it: in quotes, short, on one line.

    Examples
    --------
    >>> print(quoted("two\\nlines"))
    "two\\nlines"
    """
    import json  # not above: `imports` looks before anything is imported

    text = str(value)
    short = text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
    return json.dumps(short, ensure_ascii=False)


def listed(values: list[str]) -> str:
    """Return values as a message lists them; of many, the first ten.

    Examples
    --------
    >>> print(listed(["no", "yes"]))
    "no", "yes"
    """
    more = f" and {len(values) - 10} more" if len(values) > 10 else ""
    return ", ".join(quoted(value) for value in values[:10]) + more


def warn(sentences: Iterable[str]) -> None:
    """Print warnings, one line each; the stage keeps them in its record too."""
    for sentence in sentences:
        print(f"warning: {printable(sentence)}", file=sys.stderr)
