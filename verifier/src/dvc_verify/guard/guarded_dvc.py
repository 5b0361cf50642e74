"""Run DVC, but let no digest and no name lead out of the cache or an output.

    python -m dvc_verify.guard.guarded_dvc pull --run-cache

What a remote gives is as little known as what a lock says: a folder is listed in an
object of the remote, and the run cache holds locks of its own. So this looks where
DVC makes a path of them, whatever file they came from.
"""

import functools
import re
import sys
from collections.abc import Callable
from typing import Any

from dvc.cli import main
from dvc.exceptions import DvcException
from dvc_data.hashfile.db.local import LocalHashFileDB
from dvc_data.hashfile.tree import Tree
from dvc_objects.db import ObjectDB

from .digests import entry_problems, is_digest

PREFIX = re.compile(r"[0-9a-f]{0,4}")  # DVC asks for all that begin with it


def refuse_paths(make_path: Callable[..., str]) -> Callable[..., str]:
    """Return a method that makes a path of a digest and of nothing else."""

    @functools.wraps(make_path)
    def checked(store: Any, oid: Any) -> str:
        if not is_digest(oid) and not PREFIX.fullmatch(str(oid)):
            raise DvcException(
                f"'{oid}' is not a digest; if it is in none of your files of DVC, it "
                "is in .dvc/cache/runs, which can be removed"
            )
        return make_path(store, oid)

    return checked


def refuse_names(make_tree: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that lists a folder with names inside it and nothing else."""

    @functools.wraps(make_tree)
    def checked(entries: Any, *words: Any, **options: Any) -> Any:
        for problem in entry_problems(entries):
            raise DvcException(f"a folder's list can't be used: {problem}")
        return make_tree(entries, *words, **options)

    return checked


def guard() -> None:
    """Put the checks where DVC makes paths."""
    for kind in (ObjectDB, LocalHashFileDB):
        setattr(kind, "oid_to_path", refuse_paths(kind.oid_to_path))  # noqa: B010
    setattr(Tree, "from_list", staticmethod(refuse_names(Tree.from_list)))  # noqa: B010


if __name__ == "__main__":
    guard()
    sys.exit(main(sys.argv[1:]))
