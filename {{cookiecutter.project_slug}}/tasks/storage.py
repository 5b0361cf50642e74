"""Share what DVC holds: set a remote, push to it, pull from it."""

import contextlib
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from dvc_verify.guard import cache, digests, state
from dvc_verify.guard.pipeline import check_files
from dvc_verify.repository.files import check_config
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, python
from .hooks import has_remote
from .pipeline import guarded

NAME = "storage"
EXTRAS = ("s3", "gs", "azure", "ssh")  # the schemes, and DVC's extras of the same name
DVC = [sys.executable, "-m", "dvc"]


@task(help={"url": "a folder, or s3://..., gs://..., azure://... or ssh://..."})
def remote(_: Context, url: str) -> None:
    """Set where DVC pushes to and pulls from."""
    extra = check_url(url)
    if "://" not in url:
        url = from_root(url)
    with contextlib.chdir(ROOT):
        check_config(ROOT)
        state.allow_no_git()
    python("-m", "dvc", "remote", "add", "--quiet", "--force", "--default", NAME, url)
    # Without it DVC takes what comes for what was asked for.
    python("-m", "dvc", "remote", "modify", "--quiet", NAME, "verify", "true")
    print(f"The remote is {url}; commit .dvc/config to share it.")
    if extra and find_spec(f"dvc_{extra}") is None:
        print(
            f"It needs more of DVC: write dvc[{extra}] for dvc in requirements/"
            "pipeline.in, then run `invoke lock` and `python bootstrap.py`."
        )


def from_root(folder: str) -> str:
    """Return a folder relative to the root, where DVC runs; an absolute one stays so.

    It is the same for a clone elsewhere, and Windows has no path to another drive.
    """
    if Path(folder).anchor:
        return Path(os.path.abspath(folder)).as_posix()
    return Path(os.path.relpath(folder, ROOT)).as_posix()


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
            f"'{url}' is not a place; give a folder, or a URL like s3://bucket/path"
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
    check_config(ROOT)
    if not has_remote(ROOT, DVC):
        raise Exit("no remote is set; set one with `invoke remote URL`")
    with contextlib.chdir(ROOT):
        check_files()
        state.allow_no_git()
        check_cache()
    if run_dvc("push", "--run-cache"):
        raise Exit("not all was pushed, see above; push again once that is put right")


def check_cache() -> None:
    """Refuse to push nothing, or what is not what its digest says.

    Raises
    ------
    Exit
        If the cache is empty, or held a corrupted file, which is taken out.
    """
    if cache.is_empty():
        raise Exit(
            "DVC's cache holds nothing of this project; run `invoke repro` first"
        )
    if bad := cache.corrupted(runs=True):
        cache.discard(bad)
        raise Exit(
            f"{cache.describe(bad)} and was taken out; run `invoke repro --force`, "
            "then push again"
        )


@task(help={"optional": "go on where the remote can't be reached, and say so"})
def pull(_: Context, optional: bool = False) -> None:
    """Pull data, models and DVC's run cache from the remote."""
    check_config(ROOT)
    if not has_remote(ROOT, DVC):
        print("No remote is set, so there is nothing to pull; see `invoke remote`.")
        return
    if not any(digests.files(ROOT)):
        print("There is no dvc.lock yet, so there is nothing to pull.")
        return
    with guarded().alone():
        fetch(optional)


def fetch(optional: bool) -> None:
    """Let DVC pull, and compare what came with its hashes."""
    if bad := cache.corrupted():
        cache.discard(bad)
        print(f"{cache.describe(bad)}; it is fetched again.")
    pulled_first = state.is_first_run()
    code = run_dvc("pull", "--run-cache")
    if bad := cache.corrupted():
        raise Exit(f"{cache.describe(bad)}; push it again from where it is right")
    if code and optional:
        print("Not all was pulled, see above; `repro` runs what is missing.")
        return
    if code:
        raise Exit(
            "not all was pulled, see above; push it from where it is, put aside what "
            "is in its way, or run `invoke repro` to make it again"
        )
    if pulled_first:
        state.end_first_run()


def run_dvc(*arguments: str) -> int:
    """Run DVC so that nothing it reads leads out of its cache."""
    return python("-m", "dvc_verify.guard.guarded_dvc", *arguments, check=False)
