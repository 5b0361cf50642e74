"""What is told to the user: an error in one line, and texts that anybody wrote."""

FULL = ("No space left on device", "Disk quota exceeded", "Out of diskspace")


class Refusal(Exception):
    """Why something could not be done; the text is one line.

    Parameters
    ----------
    text
        The line, "" if all has been said.
    code
        The exit code of a command that runs a pipeline.
    """

    def __init__(self, text: str = "", code: int = 1) -> None:  # noqa: B042
        super().__init__(text)
        self.code = code


def check_disk(said: str, place: object) -> None:
    """Refuse to go on if what a program said is that the disk is full.

    Parameters
    ----------
    said
        What a program printed.
    place
        Where it wrote.

    Raises
    ------
    Refusal
        If it is.
    """
    if any(text in said for text in FULL):
        raise Refusal(f"the disk is full at {place}; free some room")


def printable(text: str) -> str:
    """Return a text in which nothing moves the cursor or turns the writing round.

    Examples
    --------
    >>> print(printable("a\\x1b[31mb"))
    a\\x1b[31mb
    """
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1]
        for each in text
    )
