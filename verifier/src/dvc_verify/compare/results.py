"""What a run read and gave, as a lock of DVC or the record of the reference has it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """What one stage ran, read and gave; files and folders by their digest."""

    cmd: str
    deps: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    outs: dict[str, str] = field(default_factory=dict)


Entries = dict[str, Entry]


@dataclass
class Difference:
    """What differs between two runs by itself, and not because something before did."""

    inputs: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # both declare it, one ran it
    outputs: dict[str, list[str]] = field(default_factory=dict)  # by their stage
    results: bool = False  # whether any output that both have differs, for any reason


def from_lock(stages: dict[str, dict[str, Any]]) -> Entries:
    """Return the stages of a lock, as `files.read_lock` gives them."""
    return {
        name: Entry(
            stage.get("cmd", ""),
            digests(stage.get("deps", [])),
            parameters(stage.get("params", {})),
            digests(stage.get("outs", [])),
        )
        for name, stage in stages.items()
    }


def digests(items: list[dict[str, str]]) -> dict[str, str]:
    """Return the digest of each dependency or output by its path."""
    return {item["path"]: item.get("md5", "") for item in items}


def parameters(files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the parameters of a stage by their dotted names and their files."""
    return {
        f"{file} ({name})": value
        for file, tree in files.items()
        for name, value in dotted(tree).items()
    }


def dotted(tree: dict[str, Any]) -> dict[str, Any]:
    """Return what is in a mapping at any depth, with the keys joined by dots.

    Examples
    --------
    >>> dotted({"seed": 1, "tune": {"folds": 5, "grid": {}}})
    {'tune.grid': {}, 'tune.folds': 5, 'seed': 1}
    """
    flat: dict[str, Any] = {}
    todo = [(str(name), value) for name, value in tree.items()]
    while todo:
        name, value = todo.pop()
        if isinstance(value, dict) and value:
            todo += [(f"{name}.{key}", each) for key, each in value.items()]
        else:
            flat[name] = value
    return flat


def from_record(record: dict[str, Any], placeholders: Mapping[str, str]) -> Entries:
    """Return the stages of a record of results.

    Parameters
    ----------
    record
        What it holds of each stage.
    placeholders
        Texts in it that stand for others, such as a name that each repository has.
    """
    text = json.dumps(record)
    for placeholder, value in placeholders.items():
        text = text.replace(placeholder, value)
    return {name: Entry(**stage) for name, stage in json.loads(text).items()}


def outputs(stages: Entries) -> dict[str, str]:
    """Return the digest of every output by its path."""
    return {path: md5 for stage in stages.values() for path, md5 in stage.outs.items()}


@dataclass(frozen=True)
class Ran:
    """What a pipeline declares, and what was run of it."""

    stages: Entries
    declared: list[str]  # in the order of the pipeline

    def declares(self, name: str) -> bool:
        """Say whether a stage belongs to the pipeline; a lock keeps others, too."""
        return name.partition("@")[0] in self.declared  # of a stage with `foreach`

    def place(self, name: str) -> tuple[int, str]:
        """Return where a stage stands in the pipeline."""
        plain = name.partition("@")[0]
        known = plain in self.declared
        return self.declared.index(plain) if known else len(self.declared), name


def compare(before: Ran, after: Ran) -> Difference:
    """Compare two runs, stage by stage in the order of the pipeline.

    Parameters
    ----------
    before, after
        The earlier run and the later one.
    """
    found = Difference()
    made = outputs(before.stages) | outputs(after.stages)
    for name in sorted(before.stages.keys() | after.stages.keys(), key=after.place):
        old, new = before.stages.get(name), after.stages.get(name)
        if not (before.declares(name) and after.declares(name)):
            if before.declares(name) or after.declares(name):
                found.inputs.append(f"dvc.yaml (stage '{name}')")
            continue
        if old is None or new is None:
            place = "there" if old is None else "here"
            found.missing.append(f"'{name}' (not run {place})")
            continue
        found.results = found.results or old.outs != new.outs
        changed = list(changed_inputs(old, new))
        own = [each for each in changed if not is_made(each, made)]
        found.inputs += [each for each in own if each not in found.inputs]
        paths = changed_keys(old.outs, new.outs)
        if paths and not changed:
            found.outputs[name] = paths
    return found


def is_made(name: str, made: dict[str, str]) -> bool:
    """Say whether an input is an output of a stage, or a folder with or in one.

    Parameters
    ----------
    name
        The path of an input.
    made
        The outputs, by their paths.
    """
    return any(
        f"{name}/".startswith(f"{each}/") or each.startswith(f"{name}/")
        for each in made
    )


def changed_inputs(old: Entry, new: Entry) -> Iterator[str]:
    """Name what a stage ran or read and what is not as before.

    Parameters
    ----------
    old, new
        The earlier run of the stage, and the later one.
    """
    if old.cmd != new.cmd:
        yield "dvc.yaml"
    yield from changed_keys(old.deps, new.deps)
    yield from changed_keys(old.params, new.params)


def changed_keys(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return the names whose value is another one, or that are on one side alone.

    Parameters
    ----------
    old, new
        Values by their names, of the earlier run and of the later one.
    """
    names = sorted(old.keys() | new.keys())
    absent = object()
    return [name for name in names if old.get(name, absent) != new.get(name, absent)]
