"""Test and check the code."""

from dvc_verify.repository.git import ask
from invoke.context import Context
from invoke.tasks import task

from .commands import ROOT, package, python

CACHE = ".mypy_cache"
OWN = ("requirements", "tasks", "bootstrap.py")


def own_files() -> list[str]:
    """Return what tells pre-commit which files to look at: those of this project."""
    inside = (ask(ROOT, "rev-parse", "--show-prefix") or "").strip()
    if not inside:  # it is all of git's work tree
        return ["--all-files"]
    names = (ask(ROOT, "ls-files", "-z") or "").split("\0")[:-1]
    return ["--files", *names]


@task
def test(_: Context) -> None:
    """Run the tests, on all cores."""
    # A file stays on one core: its tests share what they set up.
    python("-m", "pytest", "-q", "-rs", "-n", "auto", "--dist", "loadfile")


@task
def lint(_: Context) -> None:
    """Run the hooks on all files, then mypy for each system, and pylint."""
    # The stage without DVC's hooks, which say nothing of the code.
    python("-m", "pre_commit", "run", *own_files(), "--hook-stage", "manual")
    for system in ("linux", "darwin", "win32"):
        python("-m", "mypy", "--platform", system, "--cache-dir", f"{CACHE}/{system}")
    python("-m", "pylint", package(), *OWN)


@task(name="format")
def format_(_: Context) -> None:
    """Fix what can be fixed: imports, format, ends of files, notebook outputs."""
    python("-m", "isort", "-q", ".")
    python("-m", "black", "-q", ".")
    for hook in ("end-of-file-fixer", "trailing-whitespace"):
        python("-m", "pre_commit", "run", hook, *own_files(), check=False)
    notebooks = [str(path) for path in ROOT.glob("notebooks/*.ipynb")]
    if notebooks:
        python("-m", "nbstripout", *notebooks)
