"""What a user should know: an error that they can correct, a warning that they may."""

import sys
from collections.abc import Iterable

LONGEST = 60  # how much of a value a message shows


class UserError(Exception):
    """One line for the user: the bad value, and what would be right.

    ``__main__.py`` prints the message alone, without a traceback.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    """Return a message on one line, printable: a name may hold line ends, and worse.

    Examples
    --------
    >>> one_line("a name\\nof two lines")
    'a name of two lines'
    """
    return printable(" ".join(text.splitlines()))


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


def counted(rows: int, found: int | None = None) -> str:
    """Say how many rows, and in how many groups if there are fewer.

    Parameters
    ----------
    rows
        The number of rows.
    found
        The number of groups, if there are groups.

    Examples
    --------
    >>> counted(1), counted(7, 7), counted(7, 3)
    ('1 row', '7 rows', '7 rows in 3 groups')
    """
    text = "1 row" if rows == 1 else f"{rows} rows"
    if found is None or found == rows:
        return text
    return f"{text} in {found} group" + ("" if found == 1 else "s")


def warn(sentences: Iterable[str]) -> None:
    """Print warnings, one line each; the stage keeps them in its record too."""
    for sentence in sentences:
        print(f"warning: {one_line(sentence)}", file=sys.stderr)


def unreadable(path: object, kind: str, error: Exception) -> UserError:
    """Return the error that a file can't be read.

    Parameters
    ----------
    path
        The file.
    kind
        What it should be.
    error
        What a library raised; its message may be empty, or have many lines.
    """
    reason = str(error).strip() or type(error).__name__
    return UserError(f"{path} can't be read as {kind}: {reason.splitlines()[0][:300]}")


def missing(path: object) -> UserError:
    """Return the error that an output of a stage isn't there."""
    return UserError(f"{path} is missing; `invoke repro` makes it")
