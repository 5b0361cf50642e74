"""A changed parameter re-runs exactly the stages that it should."""

import json
import re

import pytest
import yaml

from .project import Project

pytestmark = pytest.mark.e2e

# Which stages read a parameter. What follows from them is read from the graph.
READERS = {
    "seed": {"tune", "select", "evaluate"},
    "title": set(),
    "problem_type": {"prepare", "split", "tune", "select", "evaluate"},
    "data": {"ingest"},
    "data.text": {"validate_raw", "prepare"},
    "data.missing": {"validate_raw", "prepare"},
    "columns": {
        "prepare",
        "split",
        "validate_splits",
        "tune",
        "select",
        "evaluate",
    },
    "split": {"split"},
    "tune": {"tune"},
    "tune.folds": {"split", "tune"},
    "tune.max_categories": {"tune", "select"},
    "tune.score": {"tune", "evaluate"},
    "select": {"select"},
    "evaluate": {"evaluate"},
}


def leaves(tree: object, prefix: str = "") -> list[str]:
    """List the parameters by their dotted names."""
    if not isinstance(tree, dict):
        return [prefix]
    return [
        leaf
        for key, value in tree.items()
        for leaf in leaves(value, f"{prefix}.{key}" if prefix else key)
    ]


def change(tree: object, name: str) -> None:
    """Give a parameter another value of its type."""
    *parents, last = name.split(".")
    node = tree
    for key in parents:
        assert isinstance(node, dict)
        node = node[key]
    assert isinstance(node, dict)
    old = node[last]
    if isinstance(old, list):
        node[last] = [*old, *(old[-1:] or ["x"])]
    elif isinstance(old, str) or old is None:
        node[last] = f"{old}x"
    else:
        node[last] = old + 1


def readers(name: str) -> set[str]:
    """Return the stages that read a parameter: the longest name in READERS wins."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        found = READERS.get(".".join(parts[:length]))
        if found is not None:
            return found
    raise AssertionError(f"{name} is a new parameter: say in READERS who reads it")


def descendants(project: Project, stages: set[str]) -> set[str]:
    """Return stages with all that follow from them, as `dvc dag` says."""
    dot = project.tool("dvc", "dag", "--dot").stdout
    edges = re.findall(r'"(\w+)" -> "(\w+)"', dot)
    assert len(edges) > 10
    found = set(stages)
    while more := {end for start, end in edges if start in found} - found:
        found |= more
    return found


def outdated(project: Project) -> set[str]:
    """Return the stages that `dvc status` calls changed by themselves."""
    return set(json.loads(project.tool("dvc", "status", "--json").stdout))


def test_each_parameter_outdates_exactly_its_readers(copy: Project) -> None:
    path = copy.root / "params.yaml"
    text = path.read_text(encoding="utf-8")
    wrong = {}
    for name in leaves(yaml.safe_load(text)):
        tree = yaml.safe_load(text)
        change(tree, name)
        path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
        found = outdated(copy)
        if found != readers(name) | {"report"}:
            wrong[name] = found
    assert not wrong


@pytest.mark.parametrize(
    ("old", "new", "stages"),
    [
        ("key: penguins-1", "key: penguins-2", {"split"}),
        ("margin: 0.1 ", "margin: 0.2 ", {"select"}),
        ("resamples: 500", "resamples: 100", {"evaluate"}),
    ],
)
def test_repro_runs_the_readers_and_what_follows(
    copy: Project, old: str, new: str, stages: set[str]
) -> None:
    expected = descendants(copy, stages)
    copy.edit("params.yaml", old, new)
    shown = copy.invoke("repro").stdout
    ran = set(re.findall(r"Running stage '(\w+)'", shown))
    # A stage whose inputs came out the same, byte for byte, need not run again.
    assert stages <= ran <= expected
    assert "report" in ran
    assert outdated(copy) == set()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "estimator: logistic_regression",
            "estimator: logistic",
            "params.yaml: tune.candidates.logistic.estimator is 'logistic': for binary "
            "use one of dummy, logistic_regression, hist_gradient_boosting",
        ),
        ("score: roc_auc", "score: rok_auc", "tune.score is 'rok_auc', which is no"),
        ("folds: 5", "folds: 1", "params.yaml: tune.folds is 1: "),
    ],
)
def test_a_name_that_is_not_there_stops_before_any_stage(
    copy: Project, old: str, new: str, said: str
) -> None:
    before = copy.digests()
    copy.edit("params.yaml", old, new)
    copy.edit("params.yaml", "missing: ['', NA]", "missing: ['', NA, none]")
    finished = copy.invoke("repro", code=1)
    assert finished.stderr.startswith(f"error: {said}")
    assert finished.stderr.count("\n") == 1 and "Running" not in finished.stdout
    assert copy.digests() == before


def test_a_wider_expectation_trains_nothing_again(copy: Project) -> None:
    suite = copy.root / "gx/expectations/raw.json"
    tree = json.loads(suite.read_text(encoding="utf-8"))
    for expectation in tree["expectations"]:
        if "max_value" in expectation["kwargs"]:
            expectation["kwargs"]["max_value"] += 1
    suite.write_text(json.dumps(tree, indent=2), encoding="utf-8")
    shown = copy.invoke("repro").stdout
    assert set(re.findall(r"Running stage '(\w+)'", shown)) == {"validate_raw"}
