"""A DVC repository as git holds it, and where DVC keeps contents."""

import hashlib
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import Refusal
from ..options import RECORD
from .git import git


class Repository:
    """A git repository with a DVC repository in it.

    Parameters
    ----------
    path
        The root of the DVC repository: the folder that holds ``.dvc``.
    record
        Where the certificate stands in it, from its root. It can't be part of what it
        certifies, and neither can its signature.

    Raises
    ------
    Refusal
        If it isn't one, has no commit, or its files can't be found.
    """

    def __init__(self, path: Path, record: str = RECORD) -> None:
        self.root = path.resolve()
        self.record = record
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
        parse = ("rev-parse", "--verify", "--quiet", "HEAD")
        self.head = git(self.root, *parse, check=False).decode().strip()
        if not self.head:
            raise Refusal(f"{path} has no commit; commit first: HEAD is verified")

    def changed(self) -> list[str]:
        """Return the files that are not as HEAD has them, records left out."""
        options = ("--porcelain", "-z", "--untracked-files=all", "--no-renames")
        listed = git(self.top, "status", *options)
        lines = listed.decode("utf-8", "surrogateescape").split("\0")
        paths = [line[3:] for line in lines if len(line) > 3]
        return [path for path in paths if path not in self._records()]

    def _records(self) -> list[str]:
        names = (self.record, f"{self.record}.sig")
        return [(self.prefix / name).as_posix() for name in names]

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

    @property
    def certificate(self) -> Path:
        """Where the certificate stands."""
        return self.root / self.record

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
