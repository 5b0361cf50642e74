"""The error that a user can cause and can mend."""


class UserError(Exception):
    """One line for the user: the bad value, and what would be right.

    The door (``__main__.py``) prints the message alone, without a traceback.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


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
