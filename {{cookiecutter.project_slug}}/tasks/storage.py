"""Share what DVC holds: set a remote, push to it, pull from it."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, python
from .hooks import has_remote, nothing_ran
from .pipeline import allow_no_git, end_first_run

NAME = "storage"
EXTRAS = ("s3", "gs", "azure", "ssh")  # the schemes, and DVC's extras of the same name
CACHE = ROOT / ".dvc" / "cache" / "files" / "md5"
LOCK = ROOT / "dvc.lock"


@task(help={"url": "a folder, or s3://..., gs://..., azure://... or ssh://..."})
def remote(_: Context, url: str) -> None:
    """Set where DVC pushes to and pulls from."""
    extra = check_url(url)
    allow_no_git()
    if "://" not in url:  # DVC runs in the root, wherever this was started
        url = Path(os.path.relpath(url, ROOT)).as_posix()
    python("-m", "dvc", "remote", "add", "--quiet", "--force", "--default", NAME, url)
    # Without it DVC takes what comes for what was asked for.
    python("-m", "dvc", "remote", "modify", "--quiet", NAME, "verify", "true")
    print(f"The remote is {url}; commit .dvc/config to share it.")
    if extra and find_spec(f"dvc_{extra}") is None:
        print(
            f"It needs more of DVC: write dvc[{extra}] for dvc in requirements/"
            "pipeline.in, then run `invoke lock` and `python bootstrap.py`."
        )


def check_url(url: str) -> str:
    """Return the extra that a URL needs, "" for a folder.

    Raises
    ------
    Exit
        If DVC could not use the URL, or it holds a secret.
    """
    scheme, separator, rest = url.partition("://")
    if not url.strip() or (separator and not rest):
        raise Exit(
            f"'{url}' is no place; give a folder, or a URL like s3://bucket/path"
        )
    if not separator:
        return ""
    if scheme not in EXTRAS:
        known = ", ".join(f"{name}://" for name in EXTRAS)
        raise Exit(f"'{url}' begins with {scheme}://; give a folder, or one of {known}")
    if re.match(r"[^/@]*:(?!\d+/)[^@]*@", rest):
        shown = f"{scheme}://{rest.partition(':')[0]}:..."
        raise Exit(
            f"'{shown}' holds a password, which would be committed; leave it out, and "
            "see docs/sharing.md"
        )
    return scheme


@task
def push(_: Context) -> None:
    """Push data, models and DVC's run cache to the remote."""
    if not has_remote(ROOT):
        raise Exit("no remote is set; set one with `invoke remote URL`")
    if nothing_ran(ROOT):
        raise Exit("nothing has run here yet; run `invoke repro` first")
    if bad := corrupted():
        discard(bad)
        raise Exit(f"{describe(bad)} and was taken out; run `invoke repro --force`")
    if python("-m", "dvc", "push", "--run-cache", check=False):
        raise Exit("not all was pushed, see above; push again when the remote answers")


@task(help={"optional": "go on where the remote can't be reached, and say so"})
def pull(_: Context, optional: bool = False) -> None:
    """Pull data, models and DVC's run cache from the remote."""
    if not has_remote(ROOT):
        print("No remote is set, so there is nothing to pull; see `invoke remote`.")
        return
    if not LOCK.is_file():
        print("There is no dvc.lock yet, so there is nothing to pull.")
        return
    if bad := corrupted():
        print(f"{describe(bad)}; it is fetched again.")
        discard(bad)
    allow_no_git()
    pulled_first = nothing_ran(ROOT)
    code = python("-m", "dvc", "pull", "--run-cache", check=False)
    if bad := corrupted():
        raise Exit(f"{describe(bad)}; push it again from where it is right")
    if code and optional:
        print("Not all was pulled, see above; `repro` runs what is missing.")
        return
    if code:
        raise Exit(
            "not all was pulled, see above; push it from where it is, "
            "or run `invoke repro` to make it again"
        )
    if pulled_first:
        end_first_run()


def discard(bad: dict[Path, str]) -> None:
    """Remove cache files: DVC takes one that is there for right, without a look."""
    for path in bad:
        path.chmod(0o644)  # Windows removes nothing that is read-only
        path.unlink()


def describe(bad: dict[Path, str]) -> str:
    """Name the first corrupted cache file and say whose it is."""
    path, output = next(iter(bad.items()))
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return f"the cache file {path.relative_to(ROOT)} of {output} is corrupted{more}"


def corrupted() -> dict[Path, str]:
    """Return the cache files that dvc.lock names and that hold something else."""
    return {
        path: output
        for output, path in cached_files()
        if path.is_file() and md5_of(path) != path.parent.name + path.stem
    }


def cached_files() -> Iterator[tuple[str, Path]]:
    """Yield each output of dvc.lock with its cache files."""
    from ruamel.yaml import YAML

    if not LOCK.is_file():
        return
    stages = YAML(typ="safe", pure=True).load(LOCK.read_text("utf-8"))["stages"]
    for stage in stages.values():
        for out in stage.get("outs", []):
            path = cache_path(out["md5"])
            yield out["path"], path
            if path.suffix == ".dir" and path.is_file():
                try:
                    entries = json.loads(path.read_bytes())
                except ValueError:
                    continue
                for entry in entries:
                    name = f"{out['path']}/{entry['relpath']}"
                    yield name, cache_path(entry["md5"])


def cache_path(md5: str) -> Path:
    """Return where DVC's cache holds what has a digest."""
    return CACHE / md5[:2] / md5[2:]


def md5_of(path: Path) -> str:
    """Return the MD5 of a file, which is what DVC names it by."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()
