"""Read the files of a repository, or say in one line what is wrong and the remedy.

A merge, an editor or a full disk can leave any of them empty, conflicted or misshapen.
"""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import Refusal

CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.M)
LAST = "bring back the last one with `git checkout HEAD -- {name}`"
REMEDIES = {
    "dvc.lock": f"{LAST.replace('the last', 'a whole')}, or remove it and run the "
    "pipeline",
    "dvc.yaml": f"fix it, or {LAST}",
    "params.yaml": f"fix it, or {LAST}",
    "config": f"fix it, or {LAST}",
    "config.local": "fix it, or remove it",
    "metrics.json": "run the pipeline, which makes it again",
}


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    Refusal
        If it is missing, can't be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refusal(f"{shown(path)} is missing; {_remedy(shown(path))}") from None
    except UnicodeDecodeError:
        raise broken(shown(path), "it is not UTF-8 text") from None
    except OSError as error:
        raise Refusal(f"{shown(path)} can't be read: {error.strerror}") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML file holds; see `parse_yaml`."""
    return parse_yaml(read_text(path), shown(path))


def read_json(path: Path) -> dict[str, Any]:
    """Return the mapping that a JSON file holds; see `parse_yaml`."""
    return _parse(read_text(path), shown(path), "JSON", json.loads)


def read_lock(path: Path) -> dict[str, Any]:
    """Return what a lock of DVC says of each stage, by the stage's name.

    Raises
    ------
    Refusal
        If it can't be read, or hasn't the shape that DVC gives it.
    """
    return stages_of(read_yaml(path), shown(path))


@functools.lru_cache(maxsize=4)  # what is committed is mostly what is here
def _load(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """Return the mapping that a YAML text holds.

    Parameters
    ----------
    text
        What the file holds.
    name
        Where it is from, such as ``HEAD:dvc.lock``.

    Raises
    ------
    Refusal
        If it is empty, conflicted, not YAML, or something else than a mapping.
    """
    return _parse(text, name, "YAML", _load)


def _parse(
    text: str, name: str, kind: str, load: Callable[[str], Any]
) -> dict[str, Any]:
    from ruamel.yaml.error import YAMLError

    refuse_conflict(text, name)
    try:
        content = load(text) if text.strip() else None
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)  # of YAML alone
        line = f" (line {mark.line + 1})" if mark else ""
        raise broken(name, f"it is not {kind}{line}") from None
    if content is None:  # of YAML, comments and nothing else
        raise broken(name, "it is empty")
    if not isinstance(content, dict):
        raise broken(name, "it holds no mapping of names to values")
    return content


def refuse_conflict(text: str, name: str) -> None:
    """Refuse a file that a merge left in conflict.

    Parameters
    ----------
    text
        What the file holds.
    name
        What to call it.

    Raises
    ------
    Refusal
        If a line is one of git's markers.
    """
    if found := CONFLICT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise broken(name, f"a merge left a conflict in it (line {line})")


def stages_of(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the stages of a lock.

    Parameters
    ----------
    content
        What the lock holds.
    name
        Where it is from.

    Raises
    ------
    Refusal
        If it hasn't the shape that DVC gives it.
    """
    stages = content.get("stages", {})
    if not isinstance(stages, dict):
        raise broken(name, "its `stages` isn't a mapping of stages")
    for stage, entry in stages.items():
        if not isinstance(entry, dict):
            raise broken(name, f"its stage '{stage}' isn't a mapping")
        for key in ("deps", "outs"):
            if not _are_items(entry.get(key, [])):
                said = f"`{key}` of its stage '{stage}' isn't a list of paths"
                raise broken(name, said)
        params = entry.get("params", {})
        if not isinstance(params, dict) or not all(
            isinstance(each, dict) for each in params.values()
        ):
            raise broken(name, f"`params` of its stage '{stage}' isn't a mapping")
    return stages


def declared(content: dict[str, Any]) -> list[str]:
    """Return the names of the stages that a ``dvc.yaml`` declares."""
    stages = content.get("stages", {})
    return list(stages) if isinstance(stages, dict) else []


def _are_items(items: Any) -> bool:
    """Say whether these are items of a lock: each has a path, maybe a digest."""
    return isinstance(items, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("path"), str)
        and isinstance(item.get("md5", ""), str)
        for item in items
    )


def check_config(root: Path) -> None:
    """Refuse a configuration of DVC that it can't read.

    It would end in a traceback, and `dvc config` would name no remote.

    Raises
    ------
    Refusal
        If one is conflicted, or is not in DVC's format.
    """
    from configobj import ConfigObj, ConfigObjError

    for path in (root / ".dvc/config", root / ".dvc/config.local"):
        if not path.exists():
            continue
        text = read_text(path)
        refuse_conflict(text, shown(path))
        try:
            ConfigObj(text.splitlines())
        except ConfigObjError as error:
            raise broken(shown(path), str(error).rstrip(".")) from None


def broken(name: str, problem: str) -> Refusal:
    """Return the error that names a file, what is wrong, and the remedy.

    Parameters
    ----------
    name
        What to call the file.
    problem
        What is wrong with it.
    """
    return Refusal(f"{name} can't be used: {problem}; {_remedy(name)}")


def _remedy(name: str) -> str:
    if ":" in name:
        return "commit the one that is here now"
    return REMEDIES.get(Path(name).name, "fix it").format(name=name)


def shown(path: Path) -> str:
    """Return what to call a file: its path from here, or its name."""
    here = Path.cwd()
    if not path.is_absolute():
        return path.as_posix()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
