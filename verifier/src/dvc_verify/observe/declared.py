"""What a stage did, against what it declares in ``dvc.yaml``."""

import os
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..repository.stages import Stage
from .traces import Trace

# Folders that belong to the system, whichever project is run.
SYSTEM = """/bin /boot /dev /etc /lib /lib32 /lib64 /proc /run /sbin /sys /usr
    /var/cache/fontconfig /var/lib/dbus /nix /snap""".split()


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: what, where, and the words for the user."""

    kind: str
    stage: str
    path: str
    cause: str
    message: str


def inside(path: str, folders: Iterable[str]) -> bool:
    """Say whether a path is one of some folders, or below one.

    Parameters
    ----------
    path
        An absolute path, or one from the same folder as the others.
    folders
        The folders; one may end with a slash.
    """
    return any(
        path == folder or path.startswith(folder.rstrip("/") + "/")
        for folder in folders
    )


def allowed_folders(own: Iterable[Path]) -> list[str]:
    """Return what a stage may read and write outside the repository.

    Parameters
    ----------
    own
        Folders of the run: its home, its temporary files, its environment.
    """
    paths = sysconfig.get_paths()
    found = [sys.prefix, sys.base_prefix, sys.exec_prefix, *paths.values()]
    found += os.environ.get("PATH", "").split(os.pathsep)
    real = [os.path.realpath(each) for each in (*found, *map(str, own)) if each]
    given = [os.path.abspath(each) for each in (*found, *map(str, own)) if each]
    return sorted({*real, *given, *SYSTEM} - {"/"})


def check_stage(
    stage: Stage, trace: Trace, root: Path, top: Path, allowed: list[str]
) -> list[Finding]:
    """Return what a stage did that it doesn't declare.

    Parameters
    ----------
    stage, trace
        The stage, and what was seen of it.
    root, top
        The root of the DVC repository in the clone, and of the git repository.
    allowed
        What it may touch outside, of `allowed_folders`.
    """
    reads = [os.path.normpath(root / path) for path in stage.reads]
    outs = [os.path.normpath(root / out.path) for out in stage.outputs]
    kinds: dict[tuple[str, str], str] = {}

    def add(kind: str, path: str, remedy: str) -> None:
        name = os.path.relpath(path, root) if inside(path, [str(top)]) else path
        if inside(path, [str(top / ".git")]):
            name = ".git"
        name = os.fsencode(name).decode("utf-8", "backslashreplace")
        kinds.setdefault((kind, name), remedy)

    for path in sorted(trace.writes):
        if inside(path, outs) or inside(path, [str(top / ".git")]):
            continue
        if inside(path, reads):
            add("input changed", path, "write what it changes to an output of its own")
        elif os.path.lexists(path) and inside(path, [str(top)]):
            add("undeclared write", path, "declare it under `outs:`")
        elif os.path.lexists(path) and not inside(path, allowed):
            add("undeclared write", path, "write inside the repository, and declare it")
    # A folder that is removed file by file is opened first, and is gone by now.
    folders = {os.path.dirname(path) for path in trace.reads | trace.writes}
    for path in sorted(trace.reads - trace.writes - folders):
        if inside(path, reads) or inside(path, outs) or os.path.isdir(path):
            continue
        if inside(path, [str(top)]):
            add("undeclared read", path, "declare it under `deps:`")
        elif not inside(path, allowed):
            add("read outside", path, "bring it into the repository, and declare it")
    if not stage.meta.get("connect"):
        for address in sorted(trace.connections):
            remedy = "fetch in a stage of its own with a hash, or say `connect: true`"
            add("undeclared connection", address, f"{remedy} under its `meta:`")
    return [
        Finding(kind, stage.name, name, kind, f"{kind}: {name}; {remedy}")
        for (kind, name), remedy in kinds.items()
    ]


def never_read(stage: Stage, trace: Trace, root: Path) -> list[str]:
    """Return the dependencies of which nothing was read.

    Parameters
    ----------
    stage, trace
        The stage, and what was seen of it.
    root
        The root of the DVC repository in the clone.
    """
    seen = trace.reads | trace.writes
    return [
        path
        for path in stage.reads
        if not any(inside(each, [os.path.normpath(root / path)]) for each in seen)
    ]


def unproved(stage: Stage, trace: Trace, root: Path) -> list[str]:
    """Say why a trace can't be trusted: it must see what surely happened.

    Parameters
    ----------
    stage, trace
        The stage, and what was seen of it.
    root
        The root of the DVC repository in the clone.
    """
    found = list(trace.problems)
    if not trace.started:
        found.append("no process was seen to start")
    if stage.reads and len(never_read(stage, trace, root)) == len(stage.reads):
        found.append("it was not seen to read any of its dependencies")
    for out in stage.outputs:
        place = root / out.path
        empty = place.is_dir() and not any(each.is_file() for each in place.rglob("*"))
        written = any(inside(each, [os.path.normpath(place)]) for each in trace.writes)
        if place.exists() and not empty and not written and not out.persist:
            found.append(f"it was not seen to write {out.path}")
    return found
