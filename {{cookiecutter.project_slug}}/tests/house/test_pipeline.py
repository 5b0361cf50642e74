"""dvc.yaml, paths.py and the stages say the same."""

import ast
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import __main__ as entry
from {{ cookiecutter.package_name }}.runtime import paths
from {{ cookiecutter.package_name }}.runtime.yaml_file import read_yaml

PACKAGE = Path(entry.__file__).parent
ROOT = Path(__file__).parents[2]
PIPELINE: dict[str, Any] = read_yaml(ROOT / "dvc.yaml")
STAGES: dict[str, Any] = PIPELINE["stages"]
DOOR = f"python -m {PACKAGE.name} "
OWN = [name for name, each in STAGES.items() if each.get("cmd", "").startswith(DOOR)]
PLOTS = {
    Path(next(iter(each)) if isinstance(each, dict) else each)
    for each in PIPELINE.get("plots", [])
}


def outputs_of(stage: dict[str, Any]) -> set[Path]:
    """Return the outputs and metrics of a stage."""
    entries = [*stage.get("outs", []), *stage.get("metrics", [])]
    return {Path(next(iter(e)) if isinstance(e, dict) else e) for e in entries}


def test_every_output_stands_in_paths() -> None:
    named = {value for value in vars(paths).values() if isinstance(value, Path)}
    made = {path for stage in STAGES.values() for path in outputs_of(stage)}
    assert made, "dvc.yaml has no output"
    for path in made:
        assert path in named or path.parent in named, f"{path} is not in paths.py"
    inputs = {paths.PARAMS, paths.RUNTIME_LOCK, paths.SUITES}
    for path in named - inputs:
        near = (
            path == out or path in out.parents or out in path.parents for out in made
        )
        assert any(near), path


def test_what_another_stage_reads_is_cached() -> None:
    read = {dep for stage in STAGES.values() for dep in stage["deps"]}
    not_cached = {
        path
        for stage in STAGES.values()
        for entry in [*stage.get("outs", []), *stage.get("metrics", [])]
        if isinstance(entry, dict)
        for path, options in entry.items()
        if options.get("cache") is False
    }
    assert not_cached and not not_cached & read


def test_every_command_names_a_stage_of_the_package_and_stays_on_one_line() -> None:
    files = {path.stem for path in (PACKAGE / "stages").glob("[a-z]*.py")}
    assert files == set(entry.STAGES) and OWN
    for command in (STAGES[name]["cmd"] for name in OWN):
        assert command.split()[3] in entry.STAGES
        assert len(f"    cmd: {command}") <= 80, "DVC folds it in dvc.lock"


def test_every_plot_is_there() -> None:
    # DVC complains of one that is not; figures of a problem type go with it.
    assert not [path for path in PLOTS if not (ROOT / path).exists()]


@pytest.mark.parametrize("name", OWN)
def test_a_stage_depends_on_what_every_stage_reads(name: str) -> None:
    stage = STAGES[name]
    command = stage["cmd"].split()[3]
    wanted = {
        paths.RUNTIME_LOCK.as_posix(),
        f"{PACKAGE.name}/__main__.py",
        f"{PACKAGE.name}/runtime",
        f"{PACKAGE.name}/stages/{command}.py",
    }
    assert wanted <= set(stage["deps"])


def test_the_science_does_not_know_its_tooling() -> None:
    imported: dict[str, Path] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )
            imported |= {module.partition(".")[0]: path for module in modules}
    assert "pandas" in imported
    for name in ("dvc", "dvc_verify", "invoke", "tasks"):
        assert name not in imported, f"{imported[name]} imports {name}"
