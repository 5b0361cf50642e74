"""The stages of a checkout, as DVC resolves them."""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal


@dataclass(frozen=True)
class Output:
    """What a stage writes, with the digest that ``dvc.lock`` holds of it."""

    path: str  # from the root of the DVC repository, with slashes
    digest: str
    cached: bool
    persist: bool
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """One stage: `kind` is ``run``, ``frozen``, ``fetch`` or ``data``."""

    name: str
    kind: str
    commands: tuple[str, ...]
    folder: str
    reads: Mapping[str, str]  # path to digest as locked, "" where there is none
    outputs: tuple[Output, ...]
    meta: Mapping[str, Any]


def read_stages(root: Path) -> list[Stage]:
    """Read what a checkout of a DVC repository runs, in an order it can run in.

    Raises
    ------
    Refusal
        If DVC can't read it.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:  # in the root, since DVC names stages from where it is
        with contextlib.chdir(root), Repo(str(root)) as repo:
            graph = repo.index.graph
            home = Path(repo.root_dir)
            return [_stage(each, home) for each in _ordered(graph)]
    except DvcException as error:
        reason = str(error).partition("\n")[0]
        raise Refusal(f"DVC can't read the repository: {reason}") from None


def _ordered(graph: Any) -> list[Any]:
    """Sort stages so that each comes after what it needs, else by name."""
    import networkx as nx

    reverse = graph.reverse(copy=True)
    key = {stage: stage.addressing for stage in reverse}
    return list(nx.lexicographical_topological_sort(reverse, key=key.__getitem__))


def _stage(stage: Any, home: Path) -> Stage:
    meta = stage.meta or {}
    far = any(dep.protocol not in (None, "local") for dep in stage.deps)
    commands = stage.cmd if isinstance(stage.cmd, list) else [stage.cmd or ""]
    lines = [line for command in commands for line in command.splitlines()]
    kind = "run"
    if not lines:
        kind = "data"
    elif stage.frozen:
        kind = "frozen"
    elif far or meta.get("fetch"):
        kind = "fetch"
    outputs = [
        Output(
            _relative(out.fs_path, home),
            _digest(out),
            bool(out.use_cache),
            bool(out.persist),
            out.annot.meta or {},
        )
        for out in stage.outs
        if out.protocol in (None, "local")
    ]
    reads = {
        _relative(dep.fs_path, home): _digest(dep)
        for dep in stage.deps
        if dep.protocol in (None, "local")
    }
    folder = _relative(stage.wdir, home)
    name = stage.addressing
    return Stage(name, kind, tuple(lines), folder, reads, tuple(outputs), meta)


def _relative(path: str, home: Path) -> str:
    return Path(os.path.relpath(path, home)).as_posix()


def _digest(each: Any) -> str:
    """Return DVC's hash of a dependency or an output; parameters have one of theirs."""
    value = each.hash_info.value if each.hash_info else None
    if isinstance(value, dict):
        text = json.dumps(value, sort_keys=True, default=str)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return str(value) if value else ""
