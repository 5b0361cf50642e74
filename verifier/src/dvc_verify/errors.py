"""The error that is told to the user in one line."""

FULL = ("No space left on device", "Disk quota exceeded", "Out of diskspace")


class Refusal(Exception):
    """Why something could not be verified; the text is one line."""


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
