"""The error that a user can cause and can mend."""


class UserError(Exception):
    """One line for the user: the bad value, and what would be right.

    The door (``__main__.py``) prints the message alone, without a traceback.
    """
