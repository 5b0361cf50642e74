"""Say whether a run gave the results that are committed, and if not, where it begins.

A fresh project holds the results of the template: the reference. After the first
commit of other results, those are what a run is compared with.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from invoke.exceptions import Exit

from .ci import REFUSED, git, git_refuses
from .commands import ROOT
from .digests import printable
from .files import parse_json, parse_yaml, read_lock, read_yaml_file, stages_of

LOCK = "dvc.lock"
REFERENCE = "reports/reference.json"
SMALL = ("reports/metrics.json", "reports/trials.csv")  # to say by how much
SHOWN = 3

Stages = dict[str, Any]


@dataclass
class Difference:
    """What differs between two runs by itself, and not because something before did."""

    inputs: list[str] = field(default_factory=list)
    outputs: dict[str, list[str]] = field(default_factory=dict)  # by their stage
    results: bool = False  # whether any output differs, for whatever reason


def report() -> None:
    """Print how the results compare with those of HEAD."""
    for line in lines():
        print(printable(line))


def lines() -> Iterator[str]:
    """Yield what there is to say of the results, a line each."""
    text = git("show", f"HEAD:./{LOCK}")
    if text is None:
        yield REFUSED if git_refuses() else "No commit holds results to compare with."
        return
    before = stages_of(parse_yaml(text, f"HEAD:{LOCK}"), f"HEAD:{LOCK}")
    after = read_lock(ROOT / LOCK)
    declared = read_yaml_file(ROOT / "dvc.yaml").get("stages", {})
    made_on = find_platform(before)
    commit = (git("rev-parse", "--short", "HEAD") or "").strip()
    name = "the reference" if made_on else f"what is committed (HEAD {commit})"
    found = compare(before, after, list(declared))
    if found.inputs:
        same = "" if found.results else "; all outputs are the same"
        inputs = shorten(found.inputs)
        yield f"These results have other inputs than {name}: {inputs}{same}."
    if found.outputs:
        yield from describe(found, name, made_on)
    elif not found.inputs:
        yield from agreement(name, list(outputs(after)))


def find_platform(stages: Stages) -> dict[str, str]:
    """Return where the results of HEAD were made, or nothing if nobody wrote it down.

    The record that came with the project speaks of the template's results alone.
    """
    try:
        record = parse_json(git("show", f"HEAD:./{REFERENCE}") or "", REFERENCE)
    except Exit:
        return {}
    found: dict[str, str] = record.get("platform", {})
    return found if record.get("outputs") == digest(stages) else {}


def agreement(name: str, paths: list[str]) -> Iterator[str]:
    """Say that all is the same, as far as it is committed.

    Of the outputs, git sees those that DVC doesn't hold.
    """
    if git("status", "--porcelain", "--", *paths):
        yield f"{LOCK} is the same as in {name}, but reports/ is not; commit both."
    else:
        yield f"Identical to {name}."


def describe(found: Difference, name: str, made_on: dict[str, str]) -> Iterator[str]:
    """Say which outputs differ first, by how much, and where the others were made."""
    first = [
        f"{path} (stage '{stage}')"
        for stage, paths in found.outputs.items()
        for path in paths
    ]
    yield f"Not identical to {name}. Differs first: {shorten(first)}."
    yield from amounts()
    from reproducibility.platforms import describe_platform, sentence

    if not made_on:
        yield "On another CPU the last digits may differ, and no more than those."
        return
    here = describe_platform()
    yield f"The reference was made on {sentence(made_on)}."
    # One lock gives the same bytes with every Python that is supported.
    same = {key for key, value in here.items() if made_on.get(key) == value}
    if same | {"python"} == here.keys():
        yield "This platform is the same, so the difference has another cause."
    else:
        yield f"This is {sentence(here)}."
        yield "On another platform the last digits may differ, and no more than those."


def amounts() -> Iterator[str]:
    """Say by how much the small results differ from those that are committed."""
    from reproducibility import contents

    for name in SMALL:
        text = git("show", f"HEAD:./{name}")
        if text is None or not (ROOT / name).is_file():
            continue
        with tempfile.TemporaryDirectory() as folder:
            before = Path(folder) / Path(name).name
            before.write_text(text, encoding="utf-8", newline="\n")
            compared = contents.compare(before, ROOT / name)
        detail = "" if compared.grade == "identical" else f", {compared.detail}"
        yield f"  {name}: {compared.grade}{detail}"


def compare(before: Stages, after: Stages, declared: list[str]) -> Difference:
    """Compare two locks, stage by stage in the order of the pipeline."""

    def place(name: str) -> tuple[int, str]:
        plain = name.partition("@")[0]  # of a stage with `foreach`
        known = plain in declared
        return declared.index(plain) if known else len(declared), name

    found = Difference()
    made = outputs(after)
    found.results = outputs(before) != made
    for name in sorted(before.keys() | after.keys(), key=place):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            found.inputs.append(f"dvc.yaml (stage '{name}')")
            continue
        changed = list(changed_inputs(old, new))
        own = [each for each in changed if not is_made(each, made)]
        found.inputs += [each for each in own if each not in found.inputs]
        paths = changed_paths(old.get("outs", []), new.get("outs", []))
        if paths and not changed:
            found.outputs[name] = paths
    return found


def is_made(name: str, made: dict[str, str]) -> bool:
    """Say whether an input is an output of a stage, or a folder with or in one."""
    return any(
        f"{name}/".startswith(f"{each}/") or each.startswith(f"{name}/")
        for each in made
    )


def changed_inputs(old: Stages, new: Stages) -> Iterator[str]:
    """Name what a stage ran or read and what is not as before."""
    if old.get("cmd") != new.get("cmd"):
        yield "dvc.yaml"
    yield from changed_paths(old.get("deps", []), new.get("deps", []))
    sides = [flatten(stage.get("params", {})) for stage in (old, new)]
    for name in sorted(sides[0].keys() | sides[1].keys()):
        if any(name not in side for side in sides) or sides[0][name] != sides[1][name]:
            yield name


def changed_paths(old: list[Stages], new: list[Stages]) -> list[str]:
    """Return the paths whose content is another one, or that are on one side alone."""
    sides = [
        {item["path"]: item.get("md5", "") for item in items} for items in (old, new)
    ]
    names = sorted(sides[0].keys() | sides[1].keys())
    return [name for name in names if sides[0].get(name) != sides[1].get(name)]


def flatten(tree: Stages) -> dict[str, Any]:
    """Return the parameters of a stage by their dotted names."""
    flat: dict[str, Any] = {}
    for file, parameters in tree.items():
        todo = list(parameters.items())
        while todo:
            name, value = todo.pop()
            if isinstance(value, dict) and value:
                todo += [(f"{name}.{key}", each) for key, each in value.items()]
            else:
                flat[f"{file} ({name})"] = value
    return flat


def outputs(stages: Stages) -> dict[str, str]:
    """Return the digest of every output by its path."""
    return {
        item["path"]: item.get("md5", "")
        for stage in stages.values()
        for item in stage.get("outs", [])
    }


def digest(stages: Stages) -> str:
    """Return one digest of all outputs of a lock."""
    listed = "".join(f"{path} {md5}\n" for path, md5 in sorted(outputs(stages).items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def shorten(names: list[str]) -> str:
    """Join the first names, and count the others."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
