"""Refuse a file of DVC that names content by anything but a digest.

    python -m dvc_verify.guard.digests

DVC makes a path of what stands there, and removes a file at that path that holds
something else: by `md5: ..../../x` it would remove any file. Git's hooks may start this
with a Python of their own, so it needs nothing but ruamel.yaml.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..errors import printable

DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?")
KINDS = {"outs": "output", "deps": "input"}
PASSED = frozenset({".dvc", ".git", ".venv"})  # in the root


def files(root: Path) -> Iterator[Path]:
    """Yield each dvc.lock and each file of `dvc add` under a folder."""
    for folder, folders, names in os.walk(root):
        passed = PASSED if Path(folder) == root else frozenset()
        folders[:] = sorted(set(folders) - passed)
        for name in sorted(names):
            if name == "dvc.lock" or (name.endswith(".dvc") and name != ".dvc"):
                yield Path(folder, name)


def problems(root: Path) -> Iterator[str]:
    """Say what in the files of DVC is not a digest or not a name, a line each."""
    for path in files(root):
        shown = path.relative_to(root).as_posix()
        try:
            content = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError, YAMLError) as error:
            reason = " ".join(str(error).split())[:200]
            yield f"{shown} can't be read as YAML: {reason}"
            continue
        for place, entry in entries(content):
            for problem in entry_problems(entry):
                yield printable(f"{shown}, {place}: {problem}")


def entries(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the content of each output and input of a file of DVC.

    What has another shape is left to DVC, which refuses it.
    """
    if not isinstance(content, dict):
        return
    stages = content.get("stages", {"": content})
    for name, stage in stages.items() if isinstance(stages, dict) else ():
        for key, kind in KINDS.items():
            found = stage.get(key) if isinstance(stage, dict) else None
            for entry in found if isinstance(found, list) else ():
                if isinstance(entry, dict):
                    where = f"stage '{name}', " if name else ""
                    yield f"{where}{kind} {entry.get('path')!r}", entry


def entry_problems(entry: Any) -> Iterator[str]:
    """Say what in an entry, at any depth, is not a digest or leads out of its folder.

    Examples
    --------
    >>> list(entry_problems({"md5": "..../../x"}))
    ["md5 '..../../x' is not a digest, text of 32 hexadecimal digits"]
    >>> list(entry_problems([{"md5": "0" * 32, "relpath": "../x"}]))
    ["relpath '../x' leads out of its folder"]
    """
    todo, seen = [entry], set[int]()
    while todo:
        node = todo.pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))  # a YAML alias can make one node a million
        todo += node.values() if isinstance(node, dict) else node
        if not isinstance(node, dict):
            continue
        if "md5" in node and not is_digest(node["md5"]):
            shown = repr(node["md5"])[:60]
            yield f"md5 {shown} is not a digest, text of 32 hexadecimal digits"
        if "relpath" in node and not is_inside(node["relpath"]):
            yield f"relpath {repr(node['relpath'])[:60]} leads out of its folder"


def is_digest(value: Any) -> bool:
    """Say whether a value is a digest, of a file or of a folder."""
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def is_inside(name: Any) -> bool:
    """Say whether a name stays in its folder, on Windows too.

    Examples
    --------
    >>> [is_inside(name) for name in ("a/b.png", "../x", "/x", "C:x", "")]
    [True, False, False, False, False]
    """
    if not isinstance(name, str) or not name:
        return False
    path = PureWindowsPath(name)
    return not (path.anchor or ".." in path.parts or "\0" in name)


def main() -> int:
    """Print what is wrong, and return the exit code of the hook."""
    found = list(problems(Path.cwd()))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
