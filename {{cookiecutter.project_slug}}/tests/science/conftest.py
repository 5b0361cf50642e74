"""Parameters of a problem type, some changed; and what a module imports."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.runtime import params, paths
from {{ cookiecutter.package_name }}.runtime.yaml_file import read_yaml

ROOT = Path(__file__).parents[2]
LINEAR = {"binary": "logistic_regression", "multiclass": "logistic_regression"}

Make = Callable[..., params.Params]


@pytest.fixture(name="added", scope="session")
def fixture_added() -> Callable[[Iterable[str]], dict[str, Any]]:
    """Return a function that gives the sections that this project added to some."""
    return added_sections


@pytest.fixture(name="make_settings", scope="session")
def fixture_make_settings() -> Make:
    """Return a function that makes parameters: of a problem type, with some changed.

    They are small and tell nothing of the data of this project. What is changed is
    given by its dotted name.
    """
    return make_settings


def added_sections(known: Iterable[str]) -> dict[str, Any]:
    """Return the sections of params.yaml that this project added to the known ones."""
    committed = read_yaml(ROOT / paths.PARAMS)
    fields = params.Params.model_fields.keys() - {*known}
    return {name: committed[name] for name in sorted(fields & committed.keys())}


def make_settings(
    problem_type: str = "binary", changes: dict[str, Any] | None = None
) -> Any:
    """Return parameters for a table of columns label, group, x and c."""
    tree: dict[str, Any] = {
        "title": "Made",
        "seed": 1,
        "problem_type": problem_type,
        "data": {"source": "x.csv", "sha256": "0" * 64},
        "columns": {
            "target": "label",
            "positive": "b" if problem_type == "binary" else None,
            "group": "group",
            "numeric": ["x"],
            "categorical": ["c"],
        },
        "split": {"key": "k", "test_share": 0.25},
        "tune": {
            "folds": 3,
            "score": "r2" if problem_type == "regression" else "neg_log_loss",
            "candidates": {
                "baseline": {"estimator": "dummy", "grid": {}},
                "linear": {
                    "estimator": LINEAR.get(problem_type, "ridge_regression"),
                    "grid": {},
                },
            },
        },
        "select": {"baseline": "baseline", "margin": 0.1},
        "evaluate": {
            "threshold": 0.5,
            "resamples": 300,
            "confidence": 0.9,
            "calibration_bins": 4,
            "permutations": 1,
        },
    }
    tree |= added_sections(tree)
    for name, value in (changes or {}).items():
        *parents, last = name.split(".")
        node = tree
        for key in parents:
            node = node[key]
        node[last] = value
    return params.Params.model_validate(tree)


@pytest.fixture(name="imported", scope="session")
def fixture_imported() -> Callable[[str], set[str]]:
    """Return a function that gives the modules that a module may import."""
    return imported


@pytest.fixture(name="reached", scope="session")
def fixture_reached() -> Callable[[str], set[str]]:
    """Return a function that gives a module, and all that it may import."""
    return reached


def imported(name: str) -> set[str]:
    """Return the modules of the package that a module may import, by their files."""
    tree = ast.parse(Path(name).read_text(encoding="utf-8"))
    found: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = Path(name).parents[node.level - 1]
            base = folder.joinpath(*(node.module or "").split("."))
            for each in [base, *(base / alias.name for alias in node.names)]:
                found |= {each.with_suffix(".py"), each / "__init__.py"}
    return {path.as_posix() for path in found if path.is_file()}


def reached(first: str) -> set[str]:
    """Return a module, all that it may import, and the folders they stand in."""
    found: set[str] = set()
    waiting = {first}
    while waiting:
        name = waiting.pop()
        found.add(name)
        near = {f"{folder}/__init__.py" for folder in Path(name).parents if folder.name}
        waiting |= (imported(name) | near) - found
    return found
