"""Test and check the code."""

from invoke.context import Context
from invoke.tasks import task

from .commands import ROOT, package, python

CACHE = ".mypy_cache"
OWN = ("reproducibility", "requirements", "tasks", "bootstrap.py")


@task
def test(_: Context) -> None:
    """Run the tests."""
    python("-m", "pytest", "-q", "-rs")


@task
def lint(_: Context) -> None:
    """Run the hooks on all files, then mypy for each system, and pylint."""
    # The stage without DVC's hooks, which say nothing of the code.
    python("-m", "pre_commit", "run", "--all-files", "--hook-stage", "manual")
    for system in ("linux", "darwin", "win32"):
        python("-m", "mypy", "--platform", system, "--cache-dir", f"{CACHE}/{system}")
    python("-m", "pylint", package(), *OWN)


@task(name="format")
def format_(_: Context) -> None:
    """Mend what can be mended: imports, format, ends of files, notebook outputs."""
    python("-m", "isort", "-q", ".")
    python("-m", "black", "-q", ".")
    for hook in ("end-of-file-fixer", "trailing-whitespace"):
        python("-m", "pre_commit", "run", hook, "--all-files", check=False)
    notebooks = [str(path) for path in ROOT.glob("notebooks/*.ipynb")]
    if notebooks:
        python("-m", "nbstripout", *notebooks)
