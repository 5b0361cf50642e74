"""Draft expectations from a table, and look at those there are."""

from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, package, python

DATA_DOCS = ROOT / "data-docs"


@task(
    help={
        "draft": "the table to draft from, csv or parquet",
        "to": "the new file; by default gx/expectations/<name of the table>.json",
    }
)
def expectations(_: Context, draft: str, to: str = "") -> None:
    """Propose a suite of expectations from a table, in a new file."""
    files = [_from_root(name) for name in (draft, to) if name]
    _run("draft", *files)


@task
def data_docs(_: Context) -> None:
    """Build Great Expectations' pages on the datasets, in data-docs/."""
    _run("data_docs", _from_root(str(DATA_DOCS)))


def _from_root(name: str) -> str:
    """Return a path that is right in the root, where commands run."""
    path = Path(name).resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _run(module: str, *words: str) -> None:
    code = python("-m", f"{package()}.drafting.{module}", *words, check=False)
    if code:
        raise Exit(code=code)  # the module has said why
