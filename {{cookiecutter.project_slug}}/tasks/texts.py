"""Show texts that anybody may have written, in Markdown."""

import re

from dvc_verify.errors import printable

LONGEST = 200


def markdown(text: str) -> str:
    """Return a text for a cell of a table, where it looks as it is and does nothing.

    GitHub makes links of addresses, mentions of `@` and references of `#`, escaped or
    not, so an invisible space stands behind those.

    Examples
    --------
    >>> print(markdown("a|b <i> `c` [d](e)"))
    a\\|b \\<i\\> \\`c\\` \\[d\\](e)
    """
    line = printable(" ".join(text.split()))
    short = line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$&])", r"\\\1", short)
    return re.sub(r"(?i)([@#]|://|www\.|\bgh-)(?=\w)", "\\1\u200b", escaped)
