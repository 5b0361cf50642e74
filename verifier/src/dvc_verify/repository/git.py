"""Git commands that depend on nothing of the user's."""

import os
import subprocess
from pathlib import Path

from ..errors import Refusal, check_disk

# Git takes a clone that another user owns, and none of the user's own settings.
GIT = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
    "GIT_CONFIG_KEY_1": "core.autocrlf",
    "GIT_CONFIG_VALUE_1": "false",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
# What git sets for its hooks: where the repository is.
TIED = """GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_CONFIG_PARAMETERS
    GIT_DIR GIT_INDEX_FILE GIT_NAMESPACE GIT_OBJECT_DIRECTORY GIT_PREFIX
    GIT_WORK_TREE""".split()


def plain_environment() -> dict[str, str]:
    """Return this environment without what ties git to a repository, as in a hook."""
    return {key: each for key, each in os.environ.items() if key not in TIED}


def git(folder: Path, *arguments: str, check: bool = True) -> bytes:
    """Return what a git command prints.

    Parameters
    ----------
    folder
        Where git starts.
    arguments
        The command and its arguments.
    check
        Whether a failure is refused; else it prints nothing.

    Raises
    ------
    Refusal
        If it fails and `check` is set.
    """
    command = ["git", "-c", "core.quotePath=false", *arguments]
    try:
        finished = subprocess.run(
            command,
            cwd=folder,
            env={**plain_environment(), **GIT},
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise Refusal(f"git can't be started: {error.strerror}") from None
    if finished.returncode and check:
        said = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        check_disk(" ".join(said), folder)
        raise Refusal(f"git {arguments[0]} failed: {said[-1] if said else 'no reason'}")
    return finished.stdout if finished.returncode == 0 else b""


def ask(folder: Path, *arguments: str) -> str | None:
    """Return what git prints with the user's own settings.

    None if it fails, or if there is no git.

    Parameters
    ----------
    folder
        Where git starts.
    arguments
        The command and its arguments.
    """
    try:
        finished = subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=folder,
            env=plain_environment(),
            capture_output=True,
            encoding="utf-8",
            errors="replace",  # a file of a commit can hold anything
            check=False,
        )
    except OSError:
        return None
    return finished.stdout if finished.returncode == 0 else None


def is_refused(folder: Path) -> bool:
    """Say whether there is a repository that git doesn't read: it is somebody else's.

    Or there is no git command.
    """
    there = any((each / ".git").exists() for each in (folder, *folder.parents))
    return there and ask(folder, "rev-parse", "--git-dir") is None
