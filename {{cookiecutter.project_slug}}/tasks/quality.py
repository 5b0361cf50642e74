"""Test and check the code."""

from invoke.context import Context
from invoke.tasks import task

from .commands import ROOT, package, python


@task
def test(_: Context) -> None:
    """Run the tests."""
    python("-m", "pytest", "-q", "-rs")


@task
def lint(_: Context) -> None:
    """Run the hooks on all files, then mypy and pylint."""
    # The stage without DVC's hooks, which say nothing of the code.
    python("-m", "pre_commit", "run", "--all-files", "--hook-stage", "manual")
    python("-m", "mypy")
    python("-m", "pylint", package(), "reproducibility", "tasks", "bootstrap.py")


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
