"""Read `dvc.lock` and `dvc.yaml`, or say in one line what is wrong and the remedy.

A merge, an editor or a full disk can leave either empty, conflicted or misshapen.
"""

import functools
import re
from pathlib import Path
from typing import Any

from ..errors import Refusal

CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.M)
LAST = "bring back the last one with `git checkout HEAD -- {name}`"
REMEDIES = {
    "dvc.lock": f"{LAST.replace('the last', 'a whole')}, or remove it and run "
    "`dvc repro`",
    "dvc.yaml": f"fix it, or {LAST}",
}


def read_file(path: Path) -> str:
    """Return the text of a file of DVC.

    Raises
    ------
    Refusal
        If it is missing, can't be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refusal(f"{path.name} is missing; {_remedy(path.name)}") from None
    except UnicodeDecodeError:
        raise _broken(path.name, "it isn't UTF-8 text") from None
    except OSError as error:
        raise Refusal(f"{path.name} can't be read: {error.strerror}") from None


@functools.lru_cache(maxsize=4)  # what is committed is mostly what is here
def _load(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def parse(text: str, name: str) -> dict[str, Any]:
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
    from ruamel.yaml.error import YAMLError

    if found := CONFLICT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _broken(name, f"a merge left a conflict in it (line {line})")
    try:
        content = _load(text) if text.strip() else None
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise _broken(name, f"it isn't YAML{where}") from None
    if content is None:
        raise _broken(name, "it is empty")
    if not isinstance(content, dict):
        raise _broken(name, "it holds no mapping of names to values")
    return content


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
        raise _broken(name, "its `stages` isn't a mapping of stages")
    for stage, entry in stages.items():
        if not isinstance(entry, dict):
            raise _broken(name, f"its stage '{stage}' isn't a mapping")
        for key in ("deps", "outs"):
            if not _are_items(entry.get(key, [])):
                said = f"`{key}` of its stage '{stage}' isn't a list of paths"
                raise _broken(name, said)
        params = entry.get("params", {})
        if not isinstance(params, dict) or not all(
            isinstance(each, dict) for each in params.values()
        ):
            raise _broken(name, f"`params` of its stage '{stage}' isn't a mapping")
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


def _broken(name: str, problem: str) -> Refusal:
    return Refusal(f"{name} can't be used: {problem}; {_remedy(name)}")


def _remedy(name: str) -> str:
    if ":" in name:
        return "commit the one that is here now"
    return REMEDIES.get(name, "fix it").format(name=name)
