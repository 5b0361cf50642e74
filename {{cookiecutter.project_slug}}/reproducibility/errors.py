"""The error that is told to the user in one line."""


class Refusal(Exception):
    """Why something could not be verified; the text is one line."""
