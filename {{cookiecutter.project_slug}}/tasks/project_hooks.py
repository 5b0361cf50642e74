"""Run the command of a hook in this project, and in others like it beside it.

    python project_hooks.py COMMAND ... [-- FILE ...]

pre-commit starts hooks at the top of git's work tree, with files of all of it. A
project may lie below: its command runs in its root, on its files, if there are any.
pre-commit starts this with a Python of its own, so it needs nothing but Python.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = "tasks/project_hooks.py"


def find_projects() -> list[Path]:
    """Return the roots of the projects in git's work tree, from where hooks start."""
    command = ["git", "ls-files", "-z", "--", HERE, f"*/{HERE}"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    paths = {Path(os.fsdecode(name)) for name in listed.split(b"\0") if name}
    return sorted(path.parents[1] for path in paths | {Path(HERE)} if path.is_file())


def root_of(path: Path, roots: list[Path]) -> Path | None:
    """Return the project that a file belongs to: the innermost, or none.

    Examples
    --------
    >>> roots = [Path("a"), Path("a/b")]
    >>> root_of(Path("a/b/c"), roots).as_posix(), root_of(Path("d"), roots)
    ('a/b', None)
    """
    around = [root for root in roots if path.is_relative_to(root)]
    return max(around, key=lambda root: len(root.parts), default=None)


def environ() -> dict[str, str]:
    """Return an environment in which git works below the top of the work tree."""
    kept = dict(os.environ)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"):
        kept.pop(name, None)
    if index := kept.get("GIT_INDEX_FILE"):  # of a commit of some files alone
        kept["GIT_INDEX_FILE"] = os.path.abspath(index)
    # Tools compare the files that they get with those that git names.
    count = int(kept.get("GIT_CONFIG_COUNT") or 0)
    setting = {"KEY": "diff.relative", "VALUE": "true"}
    kept |= {f"GIT_CONFIG_{part}_{count}": text for part, text in setting.items()}
    return kept | {"GIT_CONFIG_COUNT": str(count + 1)}


def main(words: list[str]) -> int:
    """Run the command in each project that it concerns; return 1 if one fails."""
    end = words.index("--") if "--" in words else len(words)
    command, names = words[:end], words[end + 1 :]
    roots = find_projects()
    failed = False
    for root in roots:
        files = [Path(name) for name in names if root_of(Path(name), roots) == root]
        if files or end == len(words):
            own = [path.relative_to(root).as_posix() for path in files]
            code = subprocess.run(
                [*command, *own], cwd=root, env=environ(), check=False
            ).returncode
            failed = failed or code != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
