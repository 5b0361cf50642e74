"""Look at what DVC's cache holds of this project; DVC says where that is."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal
from .digests import entries, entry_problems, is_digest, problems

KINDS = ("md5", "md5-dos2unix")  # the second is that of DVC before 3


@dataclass(frozen=True)
class Cached:
    """A file of the cache: where it is, whose it is, and what its digest must be."""

    path: Path
    output: str
    digest: str
    kind: str  # of the digest, out of KINDS

    @property
    def is_right(self) -> bool:
        """Whether the file holds what its digest says; one that isn't there does."""
        from dvc.fs import LocalFileSystem
        from dvc_data.hashfile.hash import file_md5

        if not self.path.is_file():
            return True
        found = file_md5(str(self.path), LocalFileSystem(), name=self.kind)
        return bool(found == self.digest.removesuffix(".dir"))


def check_digests() -> None:
    """Look at the files of DVC before DVC does.

    Raises
    ------
    Refusal
        If one names content by something that is not a digest.
    """
    for problem in problems(Path.cwd()):
        raise Refusal(f"{problem}; nothing was done")


def corrupted(runs: bool = False) -> list[Cached]:
    """Return the files of the cache that hold something else than they should.

    Parameters
    ----------
    runs
        Look at the results of earlier runs too, which a push takes along.
    """
    with _repository() as repo:
        found: dict[Path, Cached] = {}
        for each in _cached(repo, runs):
            found.setdefault(each.path, each)  # its output of now comes first
        return [each for each in found.values() if not each.is_right]


def is_empty() -> bool:
    """Say whether the cache holds no output of this project."""
    with _repository() as repo:
        return not any(each.path.is_file() for each in _cached(repo, runs=False))


@contextmanager
def _repository() -> Iterator[Any]:
    """Open the repository as DVC does; what DVC refuses is one line."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(os.getcwd()) as repo:
            yield repo
    except (DvcException, ValueError) as error:
        raise Refusal(refused(error)) from None


def refused(error: Exception) -> str:
    """Say in one line what DVC refused."""
    said = " ".join(str(error).split())
    if isinstance(error, ValueError):  # as of its reader of git's configuration
        return f"DVC can't open the project: {said[:200]}"
    return said


def _cached(repo: Any, runs: bool) -> Iterator[Cached]:
    """Yield each file that outputs, and earlier runs on request, have in the cache."""
    for out in repo.index.outs:
        if out.use_cache and leads_out(out):
            raise Refusal(f"{out} is outside this project, where DVC caches nothing")
        info = out.hash_info
        if out.use_cache and info.name in KINDS and is_digest(info.value):
            yield from _with_members(out.cache, str(out), info.value, info.name)
    folder = Path(repo.stage_cache.cache_dir)
    for path in sorted(folder.glob("*/*/*")) if runs else ():
        for entry in _read_run(path):
            digest = str(entry.get("md5"))
            if is_digest(digest):
                kind = KINDS[entry.get("hash") != "md5"]
                cache = repo.cache.local if kind == "md5" else repo.cache.legacy
                output = f"{entry.get('path')} (of an earlier run)"
                yield from _with_members(cache, output, digest, kind)


def leads_out(out: Any) -> bool:
    """Say whether an output is outside the project, or is data behind a link to there.

    DVC would write through the link; it refuses to add data there, so nobody needs it.
    """
    if not out.is_in_repo:
        return True
    behind = Path(out.fs_path).parent.resolve()
    return bool(out.stage.is_data_source) and not behind.is_relative_to(Path.cwd())


def _with_members(cache: Any, output: str, digest: str, kind: str) -> Iterator[Cached]:
    """Yield the file of an output, and those of its folder if it is one."""
    whole = Cached(Path(cache.oid_to_path(digest)), output, digest, kind)
    yield whole
    if not digest.endswith(".dir") or not whole.path.is_file() or not whole.is_right:
        return
    for member in _members(whole):
        name = f"{output}/{member['relpath']}"
        yield Cached(Path(cache.oid_to_path(member["md5"])), name, member["md5"], kind)


def _members(whole: Cached) -> list[dict[str, Any]]:
    """Read which files a folder has, from its file in the cache."""
    place = f"the cache file {whole.path} of {whole.output}"
    try:
        members = json.loads(whole.path.read_bytes())
    except (ValueError, RecursionError):
        raise Refusal(f"{place} is not JSON") from None
    for problem in entry_problems(members):
        raise Refusal(f"{place}: {problem}")
    if not isinstance(members, list) or not all(
        isinstance(each, dict) and {"md5", "relpath"} <= each.keys() for each in members
    ):
        raise Refusal(f"{place} is not a list of files")
    return members


def _read_run(path: Path) -> list[dict[str, Any]]:
    """Return the outputs of an earlier run; what is no record of one has none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    with suppress(OSError, ValueError, RecursionError, YAMLError):
        content = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        return [entry for _, entry in entries(content)]
    return []


def discard(bad: list[Cached]) -> None:
    """Remove files of the cache: DVC takes one that is there for right, without a look.

    Raises
    ------
    Refusal
        If the cache is outside this project: others use what is there.
    """
    for each in bad:
        if not each.path.resolve().is_relative_to(Path.cwd()):
            raise Refusal(
                f"{describe(bad)}; others may use that cache, so it stays: remove the "
                "file there, then run this again"
            )
    for each in bad:
        try:
            each.path.unlink()
        except PermissionError:  # Windows removes nothing that is read-only
            each.path.chmod(0o644)
            each.path.unlink()


def describe(bad: list[Cached]) -> str:
    """Name the first corrupted file of the cache and say whose it is."""
    path = bad[0].path
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return f"the cache file {shown} of {bad[0].output} is corrupted{more}"
