"""Test and check the code."""

from invoke.context import Context
from invoke.tasks import task

from .commands import package, python


@task
def test(_: Context) -> None:
    """Run the tests."""
    python("-m", "pytest", "-q")


@task
def lint(_: Context) -> None:
    """Run the hooks on all files, then mypy and pylint."""
    python("-m", "pre_commit", "run", "--all-files")
    python("-m", "mypy")
    python("-m", "pylint", package(), "tasks", "bootstrap.py")


@task(name="format")
def format_(_: Context) -> None:
    """Mend the format of the code."""
    python("-m", "isort", "-q", ".")
    python("-m", "black", "-q", ".")
