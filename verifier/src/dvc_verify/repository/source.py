"""A DVC repository as git and DVC see it: what it runs, reads and writes."""

import contextlib
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import Refusal, check_disk

# What this package writes into a repository; it can't be part of what it certifies.
RECORDS = ("reports/certificate.json", "reports/certificate.json.sig")
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


@dataclass(frozen=True)
class Output:
    """What a stage writes, with the digest that ``dvc.lock`` holds of it."""

    path: str  # from the root of the DVC repository, with slashes
    digest: str
    cached: bool
    persist: bool
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """One stage: `kind` is ``run``, ``frozen``, ``fetch`` or ``data``."""

    name: str
    kind: str
    commands: tuple[str, ...]
    folder: str
    reads: Mapping[str, str]  # path to digest as locked, "" where there is none
    outputs: tuple[Output, ...]
    meta: Mapping[str, Any]


def plain_environment() -> dict[str, str]:
    """Return this environment without what ties git to a repository, as in a hook."""
    return {key: each for key, each in os.environ.items() if key not in TIED}


def git(folder: Path, *words: str, check: bool = True) -> bytes:
    """Return what a git command prints.

    Raises
    ------
    Refusal
        If it fails and `check` is set.
    """
    command = ["git", "-c", "core.quotePath=false", *words]
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
        raise Refusal(f"git {words[0]} failed: {said[-1] if said else 'no reason'}")
    return finished.stdout if finished.returncode == 0 else b""


class Repository:
    """A git repository with a DVC repository in it.

    Parameters
    ----------
    path
        The root of the DVC repository: the folder that holds ``.dvc``.

    Raises
    ------
    Refusal
        If it isn't one, has no commit, or its files can't be found.
    """

    def __init__(self, path: Path) -> None:
        self.root = path.resolve()
        if not (self.root / ".dvc").is_dir():
            raise Refusal(f"{path} is not a DVC repository: it has no folder .dvc")
        top = git(self.root, "rev-parse", "--show-toplevel", check=False).decode()
        around = (self.root, *self.root.parents)
        if not top and any((folder / ".git").exists() for folder in around):
            raise Refusal(
                f"git doesn't read the repository of {path}; `git status` says why"
            )
        if not top:
            raise Refusal(f"{path} is not in a git repository, and HEAD is verified")
        self.top = Path(top.rstrip("\n")).resolve()
        self.prefix = self.root.relative_to(self.top)
        words = ("rev-parse", "--verify", "--quiet", "HEAD")
        self.head = git(self.root, *words, check=False).decode().strip()
        if not self.head:
            raise Refusal(f"{path} has no commit; commit first: HEAD is verified")

    def changed(self) -> list[str]:
        """Return the files that are not as HEAD has them, records left out."""
        words = ("--porcelain", "-z", "--untracked-files=all", "--no-renames")
        lines = (
            git(self.top, "status", *words)
            .decode("utf-8", "surrogateescape")
            .split("\0")
        )
        paths = [line[3:] for line in lines if len(line) > 3]
        return [path for path in paths if path not in self._records()]

    def _records(self) -> list[str]:
        return [(self.prefix / name).as_posix() for name in RECORDS]

    def size(self) -> int:
        """Return the bytes of all files here but git's and DVC's own."""
        total = 0
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name[:1] != "."]
            total += sum(os.lstat(os.path.join(folder, name)).st_size for name in names)
        return total

    def inputs(self) -> str:
        """Return the SHA-256 of the tree of HEAD, records left out."""
        entries = git(self.top, "ls-tree", "-r", "-z", "HEAD").split(b"\0")
        records = [name.encode() for name in self._records()]
        kept = [each for each in entries if each.partition(b"\t")[2] not in records]
        return hashlib.sha256(b"\0".join(kept)).hexdigest()

    def committed(self, path: str) -> bytes | None:
        """Return a file of HEAD, or None if HEAD has no such file."""
        name = f"HEAD:{(self.prefix / path).as_posix()}"
        if not git(self.top, "cat-file", "-t", name, check=False).startswith(b"blob"):
            return None
        return git(self.top, "cat-file", "blob", name)

    def committed_files(self, folder: str) -> list[str]:
        """Return the files of HEAD below a folder, from the root of the repository."""
        place = (self.prefix / folder).as_posix()
        names = git(self.top, "ls-tree", "-r", "-z", "--name-only", "HEAD", place)
        paths = names.decode("utf-8", "surrogateescape").split("\0")[:-1]
        return [Path(name).relative_to(self.prefix).as_posix() for name in paths]

    @cached_property
    def objects(self) -> Path:
        """Where git keeps contents; a work tree of another folder shares them."""
        name = git(self.top, "rev-parse", "--git-path", "objects").decode()
        return (self.top / name.rstrip("\n")).resolve()

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """DVC's settings here, relative paths resolved against this repository."""
        from dvc.config import Config

        found: Mapping[str, Any] = Config(dvc_dir=str(self.root / ".dvc"))
        return found

    @property
    def cache(self) -> Path:
        """Where DVC keeps contents."""
        folder = self.settings.get("cache", {}).get("dir")
        return Path(folder) if folder else self.root / ".dvc" / "cache"

    def cached_object(self, digest: str) -> Path | None:
        """Return where the cache holds the content of a digest, if it does."""
        if not re.fullmatch(r"[0-9a-f]+(\.dir)?", digest):
            return None  # it must not lead out of the cache
        for place in (self.cache / "files" / "md5", self.cache):
            path = place / digest[:2] / digest[2:]
            if path.is_file():
                return path
        return None


def read_stages(root: Path) -> list[Stage]:
    """Read what a checkout of a DVC repository runs, in an order it can run in.

    Raises
    ------
    Refusal
        If DVC can't read it.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:  # in the root, since DVC names stages from where it is
        with contextlib.chdir(root), Repo(str(root)) as repo:
            graph = repo.index.graph
            home = Path(repo.root_dir)
            return [_stage(each, home) for each in _ordered(graph)]
    except DvcException as error:
        reason = str(error).partition("\n")[0]
        raise Refusal(f"DVC can't read the repository: {reason}") from None


def _ordered(graph: Any) -> list[Any]:
    """Sort stages so that each comes after what it needs, else by name."""
    import networkx as nx

    reverse = graph.reverse(copy=True)
    key = {stage: stage.addressing for stage in reverse}
    return list(nx.lexicographical_topological_sort(reverse, key=key.__getitem__))


def _stage(stage: Any, home: Path) -> Stage:
    meta = stage.meta or {}
    far = any(dep.protocol not in (None, "local") for dep in stage.deps)
    commands = stage.cmd if isinstance(stage.cmd, list) else [stage.cmd or ""]
    lines = [line for command in commands for line in command.splitlines()]
    kind = "run"
    if not lines:
        kind = "data"
    elif stage.frozen:
        kind = "frozen"
    elif far or meta.get("fetch"):
        kind = "fetch"
    outputs = [
        Output(
            _relative(out.fs_path, home),
            _digest(out),
            bool(out.use_cache),
            bool(out.persist),
            out.annot.meta or {},
        )
        for out in stage.outs
        if out.protocol in (None, "local")
    ]
    reads = {
        _relative(dep.fs_path, home): _digest(dep)
        for dep in stage.deps
        if dep.protocol in (None, "local")
    }
    folder = _relative(stage.wdir, home)
    name = stage.addressing
    return Stage(name, kind, tuple(lines), folder, reads, tuple(outputs), meta)


def _relative(path: str, home: Path) -> str:
    return Path(os.path.relpath(path, home)).as_posix()


def _digest(each: Any) -> str:
    """Return DVC's hash of a dependency or an output; parameters have one of theirs."""
    value = each.hash_info.value if each.hash_info else None
    if isinstance(value, dict):
        text = json.dumps(value, sort_keys=True, default=str)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return str(value) if value else ""
