"""The git repository that holds the project, which need not be at its root.

bootstrap.py runs this with a Python of its own, so it needs nothing but Python.
"""

import contextlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

# What git sets for its hooks, and what would name another repository here.
TIED = frozenset(
    """GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_DIR GIT_INDEX_FILE
    GIT_NAMESPACE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_WORK_TREE""".split()
)
REFUSED = "Git doesn't read the repository here, so there is nothing to compare with."


def untied() -> dict[str, str]:
    """Return this environment without what ties git to a repository, as in a hook."""
    return {name: value for name, value in os.environ.items() if name not in TIED}


def find_git(root: Path) -> Path | None:
    """Return where git keeps the repository around a folder, if there is one.

    For a further work tree, that is the folder which it shares with the others.
    """
    for folder in (root, *root.parents):
        found = folder / ".git"
        # Before Python 3.14, Path.is_file() fails where a folder may not be entered.
        if os.path.isfile(found):  # of a further work tree, or of a submodule
            line = found.read_text(encoding="utf-8", errors="replace").strip()
            found = folder / line.removeprefix("gitdir: ")
        if os.path.isfile(found / "HEAD"):
            common = found / "commondir"
            shared = os.path.isfile(common)
            return found / common.read_text().strip() if shared else found
    return None


def is_in_git(root: Path) -> bool:
    """Say whether a folder is in a repository, and not ignored by it."""
    if find_git(root) is None:
        return False
    try:
        # DVC doesn't see what is ignored, committed or not.
        words = ("check-ignore", "--quiet", "--no-index", "dvc.yaml")
        return run_git(root, *words).returncode != 0
    except OSError:  # git itself isn't needed
        return True


def config_problem(root: Path) -> str:
    """Say what git can't read of its configuration; DVC would end in a traceback."""
    try:
        finished = run_git(root, "config", "--list")
    except OSError:  # git itself isn't needed
        return ""
    if finished.returncode == 0:
        return ""
    said = " ".join(finished.stderr.split()).removeprefix("fatal: ")
    return f"git can't read its configuration: {said}; fix it"


def run_git(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run git in a folder.

    Raises
    ------
    OSError
        If there is no git.
    """
    return subprocess.run(
        ["git", *words],
        cwd=root,
        env=untied(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # a file of a commit can hold anything
        check=False,
    )


def git(root: Path, *words: str) -> str | None:
    """Return what git prints in a folder, or None if it fails or is not there."""
    try:
        finished = run_git(root, *words)
    except OSError:
        return None
    return finished.stdout if finished.returncode == 0 else None


def git_refuses(root: Path) -> bool:
    """Say whether there is a repository that git doesn't read.

    It is somebody else's, or there is no git command.
    """
    return find_git(root) is not None and git(root, "rev-parse", "--git-dir") is None


def merge_driver(root: Path, python: Path) -> str:
    """Return the command that merges dvc.lock, for the shell that git starts."""
    script = root / "tasks" / "merging.py"
    words = [shlex.quote(path.as_posix()) for path in (python, script)]
    return " ".join(words).replace("%", "%%") + " %O %A %B %P"


def set_merge_driver(root: Path, python: Path) -> None:
    """Tell git how to merge dvc.lock, unless it knows; see .gitattributes.

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
        config, command = folder / "config", merge_driver(root, python)
        line = command.replace("\\", "\\\\").replace('"', '\\"')  # as git writes it
        if f"\tdriver = {line}\n" in config.read_text(encoding="utf-8"):
            return
        own = sys.platform == "win32" or config.stat().st_uid == os.getuid()
        if own and is_in_git(root):
            name = "merge.dvc-lock.driver"
            run_git(root, "config", "--file", str(config), name, command)
