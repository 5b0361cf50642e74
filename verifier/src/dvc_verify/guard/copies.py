"""The copy of what only this folder holds, made before a run and dropped after it.

DVC removes the outputs of a stage before it runs the stage. Its cache has most of them;
the others are those that it doesn't cache, and those that differ from `dvc.lock`.
"""

import filecmp
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .runs import FOLDER

HOME = FOLDER / "before-run"  # it exists while a run is at work, and after a kill
MANIFEST = "outputs.json"

State = dict[str, list[int]]  # when each file was written, and its size


class Unlisted(Exception):
    """Copies whose list can't be read, as after a loss of power."""


@dataclass
class Output:
    """An output of a stage, as it was before the run."""

    path: str  # from the root, or absolute
    stage: str  # its name in the lock
    lock: str  # the lock that holds the stage, from the root
    digest: str  # what the lock says, or ""
    persist: bool  # whether DVC leaves it there before it runs the stage
    edited: bool  # whether it isn't what the lock says
    copy: str = ""  # where the copy is, or "" if DVC's cache has it or it wasn't there
    state: State | None = None  # None if it wasn't there

    @property
    def place(self) -> Path:
        """Where the output is."""
        return Path(self.path)

    @property
    def saved(self) -> Path | None:
        """Where its copy is, if there is one and it isn't back yet."""
        path = HOME / self.copy
        return path if self.copy and os.path.lexists(path) else None


@dataclass
class Copies:
    """All outputs, and the locks, as they were before the run."""

    outputs: list[Output] = field(default_factory=list)
    locks: dict[str, str] = field(default_factory=dict)  # where the copy of each is


def write(copies: Copies) -> None:
    """Copy what has to be copied; a kill or a full disk leaves no half copy.

    Raises
    ------
    OSError
        If the disk is full, or something can't be read.
    """
    new = HOME.with_suffix(".new")
    remove(new)
    new.mkdir(parents=True)
    try:
        for number, output in enumerate(copies.outputs):
            output.state = state_of(output.place)
            if output.copy:
                output.copy = f"{number}-{output.place.name[-50:]}"
                copy(output.place, new / output.copy)
        for number, lock in enumerate({output.lock for output in copies.outputs}):
            if Path(lock).is_file():
                copies.locks[lock] = f"lock-{number}"
                copy(Path(lock), new / copies.locks[lock])
        with (new / MANIFEST).open("w", encoding="utf-8") as stream:
            json.dump(asdict(copies), stream)
            stream.flush()
            os.fsync(stream.fileno())  # a loss of power would else leave it empty
    except OSError:
        remove(new)
        raise
    new.rename(HOME)


def read() -> Copies:
    """Return what was written before the run.

    Raises
    ------
    Unlisted
        If the list is missing, or cut off.
    """
    try:
        content = json.loads((HOME / MANIFEST).read_text(encoding="utf-8"))
        outputs = [Output(**each) for each in content["outputs"]]
        return Copies(outputs, dict(content["locks"]))
    except (OSError, KeyError, TypeError, ValueError):
        raise Unlisted from None


def drop() -> None:
    """Remove the copies. What a kill leaves of them isn't taken for them."""
    old = HOME.with_suffix(".old")
    remove(old)
    if HOME.exists():
        HOME.rename(old)
    remove(old)


def state_of(path: Path) -> State | None:
    """Return when each file of an output was written, and its size; None if it's gone.

    Without reading it: that would take long for a large one.
    """
    if not os.path.lexists(path):
        return None
    found = [path]
    if is_folder(path):
        found = [each for each in path.rglob("*") if not is_folder(each)]
    state = {}
    for each in found:
        status = each.lstat()
        name = each.relative_to(path).as_posix()
        state[name] = [status.st_mtime_ns, status.st_size]
    return state


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder."""
    if is_folder(source):
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def move(source: Path, target: Path) -> None:
    """Move to a place where nothing is, all at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError:  # on another disk
        place(source, target)
        remove(source)


def place(source: Path, target: Path) -> None:
    """Copy to a place where nothing is, all at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_of(target)
    remove(partial)
    copy(source, partial)
    partial.replace(target)


def partial_of(target: Path) -> Path:
    """Return where a copy is while it isn't whole."""
    return target.with_name(f".{target.name}.partial")


def keep(content: Path, target: Path) -> Path:
    """Copy to a place, or beside it if it holds something else, and say where."""
    number, free = 1, target
    while os.path.lexists(free) and not equal(content, free):
        number += 1
        free = target.with_name(f"{target.name}.{number}")
    if not os.path.lexists(free):
        place(content, free)
    return free


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def equal(one: Path, other: Path) -> bool:
    """Say whether two files or folders hold the same."""
    if is_folder(one) != is_folder(other):
        return False
    if not is_folder(one):
        return one.is_file() and other.is_file() and filecmp.cmp(one, other, False)
    files = [
        {each.relative_to(root) for each in root.rglob("*") if not is_folder(each)}
        for root in (one, other)
    ]
    return files[0] == files[1] and all(
        equal(one / name, other / name) for name in files[0]
    )


def digest_of(path: Path) -> str:
    """Return the digest of a file or a folder, as a lock of DVC names it."""
    if not is_folder(path):
        return _md5(path) if path.is_file() else ""
    listed = [
        {"md5": _md5(each), "relpath": each.relative_to(path).as_posix()}
        for each in path.rglob("*")
        if each.is_file()
    ]
    listed.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(listed, sort_keys=True).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()
