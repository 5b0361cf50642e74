"""Read the project's files, or say in one line what is wrong with one and the remedy.

Every task that reads one of them reads it here: a merge, an editor or a full disk can
leave any of them empty, conflicted or in another shape.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invoke.exceptions import Exit

from .commands import ROOT

LOCK = ROOT / "dvc.lock"
CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.M)
LAST = "bring back the last one with `git checkout HEAD -- {name}`"
REMEDIES = {
    "dvc.lock": f"{LAST.replace('the last', 'a whole')}, or remove it and run "
    "`invoke repro`",
    "dvc.yaml": f"fix it, or {LAST}",
    "params.yaml": f"fix it, or {LAST}",
    "config": f"fix it, or {LAST}",
    "config.local": "fix it, or remove it",
    "metrics.json": "make it again with `invoke repro`",
    "HEAD:dvc.lock": "commit the one that is here now",
    "HEAD:dvc.yaml": "commit the one that is here now",
}


def read_lock(path: Path = LOCK) -> dict[str, Any]:
    """Return what dvc.lock says of each stage, by the stage's name.

    Raises
    ------
    Exit
        If the file can't be read, or hasn't the shape that DVC gives it.
    """
    return stages_of(read_yaml_file(path), shown(path))


def stage_names(pipeline: dict[str, Any]) -> list[str]:
    """Return the names of the stages that a dvc.yaml declares."""
    stages = pipeline.get("stages", {})
    return list(stages) if isinstance(stages, dict) else []


def stages_of(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the stages of a lock's content; `name` says where it is from.

    Raises
    ------
    Exit
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


def _are_items(items: Any) -> bool:
    """Say whether these are items of a lock: each has a path, maybe a digest."""
    return isinstance(items, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("path"), str)
        and isinstance(item.get("md5", ""), str)
        for item in items
    )


def check_config() -> None:
    """Refuse a configuration of DVC that it can't read.

    It would end in a traceback, and `dvc config` would name no remote.

    Raises
    ------
    Exit
        If one is conflicted, or is not in DVC's format.
    """
    from configobj import ConfigObj, ConfigObjError

    for name in (".dvc/config", ".dvc/config.local"):
        text = read_text(ROOT / name) if (ROOT / name).exists() else ""
        refuse_conflict(text, name)
        try:
            ConfigObj(text.splitlines())
        except ConfigObjError as error:
            raise broken(name, str(error).rstrip(".")) from None


def read_yaml_file(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML file holds; see `parse_yaml`."""
    return parse_yaml(read_text(path), shown(path))


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """Return the mapping that a YAML text holds; `name` says where it is from.

    Raises
    ------
    Exit
        If it is empty, conflicted, not YAML, or something else than a mapping.
    """
    from ruamel.yaml import YAML

    return _parse(text, name, "YAML", YAML(typ="safe", pure=True).load)


def read_json_file(path: Path) -> dict[str, Any]:
    """Return the mapping that a JSON file holds; see `parse_json`."""
    return parse_json(read_text(path), shown(path))


def parse_json(text: str, name: str) -> dict[str, Any]:
    """Return the mapping that a JSON text holds; see `parse_yaml`."""
    return _parse(text, name, "JSON", json.loads)


def _parse(
    text: str, name: str, kind: str, load: Callable[[str], Any]
) -> dict[str, Any]:
    from ruamel.yaml.error import YAMLError

    refuse_conflict(text, name)
    if not text.strip():
        raise broken(name, "it is empty")
    try:
        content = load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)  # of YAML alone
        line = f" (line {mark.line + 1})" if mark else ""
        raise broken(name, f"it isn't {kind}{line}") from None
    if content is None:  # comments, and nothing else
        raise broken(name, "it is empty")
    if not isinstance(content, dict):
        raise broken(name, "it holds no mapping of names to values")
    return content


def read_metrics(path: Path) -> dict[str, Any]:
    """Return what a run measured: the model, the rows, and each metric.

    Raises
    ------
    Exit
        If the file can't be read, or hasn't the shape that the stage gives it.
    """
    record = read_json_file(path)
    metrics = record.get("metrics")
    if "candidate" not in record or not isinstance(metrics, dict):
        raise broken(shown(path), "it needs `candidate` and `metrics`")
    for name, metric in metrics.items():
        values = metric if isinstance(metric, dict) else {}
        if not all(
            isinstance(values.get(key), int | float) for key in ("value", "low", "high")
        ):
            raise broken(shown(path), f"its metric '{name}' needs value, low and high")
    return record


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    Exit
        If it is missing, can't be read, or isn't UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Exit(f"{shown(path)} is missing; {remedy(shown(path))}") from None
    except UnicodeDecodeError:
        raise broken(shown(path), "it isn't UTF-8 text") from None
    except OSError as error:
        raise Exit(f"{shown(path)} can't be read: {error.strerror}") from None


def refuse_conflict(text: str, name: str) -> None:
    """Refuse a file that a merge left in conflict.

    Raises
    ------
    Exit
        If a line is one of git's markers.
    """
    if found := CONFLICT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise broken(name, f"a merge left a conflict in it (line {line})")


def broken(name: str, problem: str) -> Exit:
    """Return the exception that names a file, what is wrong, and the remedy."""
    return Exit(f"{name} can't be used: {problem}; {remedy(name)}")


def remedy(name: str) -> str:
    """Say how to get a whole file again."""
    return REMEDIES.get(Path(name).name, "fix it").format(name=name)


def shown(path: Path) -> str:
    """Return what to call a file: its path in the project."""
    inside = path.is_relative_to(ROOT)
    return path.relative_to(ROOT).as_posix() if inside else path.name
