"""The git repository around a folder, and git commands.

It needs nothing but Python, for those who have no environment yet.
"""

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
# What git sets for its hooks, and what would name another repository here.
TIED = frozenset(
    """GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_DIR GIT_INDEX_FILE
    GIT_NAMESPACE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_WORK_TREE""".split()
)
GIVEN = "GIT_CONFIG_PARAMETERS"  # the settings of `git -c`, for its hooks


def untied() -> dict[str, str]:
    """Return this environment without what ties git to a repository, as in a hook."""
    return {name: value for name, value in os.environ.items() if name not in TIED}


def plain_environment() -> dict[str, str]:
    """Return this environment as git has it outside of its hooks."""
    return {name: value for name, value in untied().items() if name != GIVEN}


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
        finished = start(folder, *arguments)
    except OSError:
        return None
    return finished.stdout if finished.returncode == 0 else None


def start(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run git with the user's own settings, however it ends.

    Parameters
    ----------
    folder
        Where git starts.
    arguments
        The command and its arguments.

    Raises
    ------
    OSError
        If there is no git.
    """
    return subprocess.run(
        ["git", "-c", "core.quotePath=false", *arguments],
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # a file of a commit can hold anything
        check=False,
    )


def is_refused(folder: Path) -> bool:
    """Say whether there is a repository that git doesn't read: it is somebody else's.

    Or there is no git command.
    """
    there = find_git(folder) is not None
    return there and ask(folder, "rev-parse", "--git-dir") is None


def find_git(folder: Path) -> Path | None:
    """Return where git keeps the repository around a folder, if there is one.

    For a further work tree, that is the folder which it shares with the others.
    """
    for each in (folder, *folder.parents):
        found = each / ".git"
        # Before Python 3.14, Path.is_file() fails where a folder may not be entered.
        if os.path.isfile(found):  # of a further work tree, or of a submodule
            line = found.read_text(encoding="utf-8", errors="replace").strip()
            found = each / line.removeprefix("gitdir: ")
        if os.path.isfile(found / "HEAD"):
            common = found / "commondir"
            shared = os.path.isfile(common)
            return found / common.read_text().strip() if shared else found
    return None


def is_in_git(folder: Path) -> bool:
    """Say whether a folder is in a repository, and not ignored by it."""
    if find_git(folder) is None:
        return False
    try:
        # DVC doesn't see what is ignored, committed or not.
        words = ("check-ignore", "--quiet", "--no-index", "dvc.yaml")
        return start(folder, *words).returncode != 0
    except OSError:  # git itself isn't needed
        return True


def config_problem(folder: Path) -> str:
    """Say what git can't read of its configuration; DVC would end in a traceback."""
    try:
        finished = start(folder, "config", "--list")
    except OSError:  # git itself isn't needed
        return ""
    if finished.returncode == 0:
        return ""
    said = " ".join(finished.stderr.split()).removeprefix("fatal: ")
    return f"git can't read its configuration: {said}; fix it"
