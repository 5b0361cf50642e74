"""The reference results that a bake comes with: in order, complete and not stale."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from invoke.exceptions import Exit

import tasks
from dvc_verify.compare.results import from_lock, from_record
from local_extensions import dvc_lock

from .rendered import files

Bake = Callable[..., Path]
# Their names sort first, in the middle and last; the last is as long as one may be.
NAMES = ["aaa", "penguins", "data_x", "gx1", "requirements_", "zzz", "a" * 30]
OTHER = {
    "project_name": "Quokka",
    "project_slug": "quokka-2",
    "package_name": "penguins",
    "description": "Another one.",
    "author_name": "Ada Lovelace",
    "author_email": "ada@example.com",
    "repository_url": "https://example.com/me/it",
    "license": "proprietary",
    "python_version": "3.13",
}
STALE = "the reference is stale: run `invoke reference` and commit what it shows"


def stages(project: Path) -> dict[str, Any]:
    """Return the stages of a bake's lock."""
    content = yaml.safe_load((project / "dvc.lock").read_text("utf-8"))
    found: dict[str, Any] = content["stages"]
    return found


def md5(path: Path) -> str:
    """Return what DVC calls the MD5 of a file or a folder."""
    if path.is_file():
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    listed = [
        {"md5": md5(each), "relpath": each.relative_to(path).as_posix()}
        for each in path.rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    ]
    text = json.dumps(sorted(listed, key=lambda each: each["relpath"]), sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"


def committed(project: Path) -> Iterator[tuple[str, str]]:
    """Yield each file or folder of a bake that its lock names, with the lock's MD5."""
    for stage in stages(project).values():
        for item in stage["deps"] + stage["outs"]:
            if (project / item["path"]).exists():
                yield item["path"], item["md5"]


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_is_as_dvc_writes_it(bake: Bake, name: str) -> None:
    project = bake(package_name=name)
    text = (project / "dvc.lock").read_text("utf-8")
    assert text.startswith("schema: '2.0'\nstages:\n  ingest:\n") and text[-1] == "\n"
    own = 0
    for stage in stages(project).values():
        for items in (stage["deps"], stage["outs"]):
            paths = [item["path"] for item in items]
            assert paths == sorted(paths)
            own += any(path.startswith(f"{name}/") for path in paths)
    assert own == len(stages(project)) == 9
    # DVC would fold a longer one.
    commands = re.findall(r"^    cmd: .*$", text, re.M)
    assert len(commands) == 9 and all(len(line) < 80 for line in commands)


def test_the_lock_belongs_to_the_code_and_the_results_beside_it(baked: Path) -> None:
    found = dict(committed(baked))
    assert {"data/source", "penguins/runtime", "reports/figures"} <= found.keys()
    assert {"requirements/runtime.txt", "reports/report.html"} <= found.keys()
    wrong = [path for path, digest in found.items() if md5(baked / path) != digest]
    assert not wrong, STALE


def names(entries: list[Any]) -> list[str]:
    """Return the names in a list of dvc.yaml, sorted, whatever is said of each."""
    return sorted(
        next(iter(each)) if isinstance(each, dict) else each for each in entries
    )


def test_the_lock_belongs_to_the_pipeline_and_its_parameters(baked: Path) -> None:
    declared = yaml.safe_load((baked / "dvc.yaml").read_text("utf-8"))["stages"]
    parameters = yaml.safe_load((baked / "params.yaml").read_text("utf-8"))
    assert stages(baked).keys() == declared.keys(), STALE
    for name, stage in stages(baked).items():
        wanted = declared[name]
        assert stage["cmd"] == wanted["cmd"], STALE
        assert names([item["path"] for item in stage["deps"]]) == names(wanted["deps"])
        outs = names(wanted["outs"] + wanted.get("metrics", []))
        assert [item["path"] for item in stage["outs"]] == outs, STALE
        keys = names(wanted.get("params", []))
        found = stage.get("params", {}).get("params.yaml", {})
        assert sorted(found) == (sorted(parameters) if "params.yaml" in keys else keys)
        for key, value in found.items():
            node = parameters
            for part in key.split("."):
                node = node[part]
            assert value == node, STALE


def test_the_record_of_the_reference_belongs_to_the_lock(baked: Path) -> None:
    record = json.loads((baked / "reports/reference.json").read_text("utf-8"))
    held = from_record(record["stages"], {"<package>": "penguins"})
    assert held == from_lock(stages(baked)), STALE


def test_the_reference_was_made_where_bytes_are_promised(baked: Path) -> None:
    record = json.loads((baked / "reports/reference.json").read_text("utf-8"))
    about = record["platform"]
    assert (about["system"], about["machine"]) == ("Linux", "x86_64")
    assert about["blas"].endswith(" for Haswell")
    assert about["c_library"].startswith("glibc ")


@pytest.mark.parametrize("question", [*OTHER, "all"])
def test_no_answer_changes_what_the_lock_names(
    baked: Path, bake: Bake, question: str
) -> None:
    project = bake(**(OTHER if question == "all" else {question: OTHER[question]}))
    package = next(project.glob("*/stages")).parent.name
    paths = {path.replace("penguins/", f"{package}/") for path, _ in committed(baked)}
    assert paths == {path for path, _ in committed(project)}
    for name in paths:
        assert md5(project / name) == md5(baked / name.replace(package, "penguins"))
    results = [project / "reports", baked / "reports"]
    assert md5(results[0]) == md5(results[1])


def test_results_name_neither_the_package_nor_a_machine(baked: Path) -> None:
    for path in files(baked / "reports"):
        text = path.read_bytes()
        assert tasks.PLACEHOLDER.encode() not in text
        assert str(Path.home()).encode() + b"/" not in text


def test_the_filter_sorts_dependencies_alone() -> None:
    items = [f"    - path: {path}\n      md5: 1\n" for path in ("a/b", "a", "B")]
    head, tail = (
        "a:\n    cmd: b\n    deps:\n",
        "    outs:\n    - path: z\n    - path: y\n",
    )
    ordered = "".join([head, items[2], items[1], items[0], tail])
    assert dvc_lock("".join([head, *items, tail])) == ordered


def test_what_is_stored_gives_the_results_of_the_run(
    bake: Bake, tmp_path: Path
) -> None:
    project, template = bake(package_name=tasks.PLACEHOLDER), tmp_path / "template"
    template.mkdir()
    tasks.store(project, template)
    for name in ("dvc.lock", "reports"):
        assert md5(template / name) == md5(tasks.TEMPLATE / name)
    (project / "reports/metrics.json").write_text(tasks.PLACEHOLDER)
    with pytest.raises(Exit, match=r"reports.metrics\.json names the package"):
        tasks.store(project, template)
