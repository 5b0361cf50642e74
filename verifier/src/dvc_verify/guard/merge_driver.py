"""Tell git how to merge `dvc.lock`: see `merging`, and `.gitattributes`.

It needs nothing but Python, for those who have no environment yet.
"""

import contextlib
import os
import shlex
import sys
from pathlib import Path

from ..repository.git import find_git, is_in_git, start

NAME = "merge.dvc-lock.driver"


def merge_driver(python: Path) -> str:
    """Return the command that merges dvc.lock, for the shell that git starts.

    Parameters
    ----------
    python
        The Python of an environment that has this package.
    """
    words = [shlex.quote(python.as_posix()), "-m", f"{__package__}.merging"]
    return " ".join(words).replace("%", "%%") + " %O %A %B %P"


def set_merge_driver(root: Path, python: Path) -> None:
    """Tell git how to merge dvc.lock, unless it knows.

    Only where the repository is the user's own and can be written. Elsewhere git merges
    the file as text.

    Parameters
    ----------
    root
        The root of the project.
    python
        The Python of its environment.
    """
    with contextlib.suppress(OSError, ValueError):
        folder = find_git(root)
        if folder is None:
            return
        config, command = folder / "config", merge_driver(python)
        line = command.replace("\\", "\\\\").replace('"', '\\"')  # as git writes it
        if f"\tdriver = {line}\n" in config.read_text(encoding="utf-8"):
            return
        own = sys.platform == "win32" or config.stat().st_uid == os.getuid()
        if own and is_in_git(root):
            start(root, "config", "--file", str(config), NAME, command)
