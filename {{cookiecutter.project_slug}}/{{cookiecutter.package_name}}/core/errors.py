"""What a user should know: an error that they can mend, a warning that they may."""

import sys
from collections.abc import Iterable


class UserError(Exception):
    """One line for the user: the bad value, and what would be right.

    The door (``__main__.py``) prints the message alone, without a traceback.
    """


def warn(sentences: Iterable[str]) -> None:
    """Print warnings, one line each; the stage keeps them in its record too."""
    for sentence in sentences:
        print(f"warning: {sentence}", file=sys.stderr)
