"""What a task names is there: estimators, metrics, figures, and in the docs."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.core import curves, model_files, models, scores
from {{ cookiecutter.package_name }}.core.params import Params
from {{ cookiecutter.package_name }}.core.targets import LABELS, labels
from {{ cookiecutter.package_name }}.core.task import TASKS
from {{ cookiecutter.package_name }}.reporting import figures

Make = Callable[..., Params]


@pytest.mark.parametrize("task", TASKS)
def test_every_name_is_known(task: str) -> None:
    names = TASKS[task]
    assert set(names.estimators) == models.ESTIMATORS[task].keys()
    assert set(names.metrics) <= scores.METRICS.keys()
    assert set(names.figures) <= curves.CURVES.keys() & figures.DRAW.keys()


def test_nothing_is_there_for_no_task() -> None:
    tasks = TASKS.values()
    assert {name for task in tasks for name in task.metrics} == scores.METRICS.keys()
    named = {name for task in tasks for name in task.figures}
    assert named == curves.CURVES.keys()
    assert figures.DRAW.keys() - named == {"permutation_importance", "trials"}
    assert TASKS.keys() == models.ESTIMATORS.keys() == LABELS.keys()


def test_the_page_on_own_data_names_all(make_settings: Make) -> None:
    page = Path("docs/your-own-data.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    for task, names in TASKS.items():
        assert {task, *names.estimators, *names.metrics, *names.figures} <= named
        make_settings(task)


def make_table(task: str) -> pd.DataFrame:
    """Return a table whose target is told by x."""
    x = np.random.default_rng(0).normal(size=300)
    names = np.array(["a", "b", "c"])
    kinds = {
        "binary": np.where(x > 0, "b", "a"),
        "multiclass": names[np.digitize(x, [-0.5, 0.5])],
        "regression": x * 3,
    }
    return pd.DataFrame({"x": x, "c": "u", "label": kinds[task]})


@pytest.mark.parametrize(
    ("task", "estimator"),
    [(task, name) for task, names in TASKS.items() for name in names.estimators],
)
def test_every_estimator_learns_and_comes_back_from_its_file(
    make_settings: Make, task: str, estimator: str
) -> None:
    settings, table = make_settings(task), make_table(task)
    trial = {"candidate": "a", "estimator": estimator, "settings": {}}
    features, truth = table[["x", "c"]], labels(table, settings)
    contents = [
        model_files.dumps(models.build(trial, settings).fit(features, truth))
        for _ in range(2)
    ]
    assert contents[0] == contents[1]
    made = scores.predict(model_files.loads(contents[0]), table, settings)
    if estimator == "dummy":
        return
    if task == "regression":
        assert scores.METRICS["r2"](made) > 0.95
    else:
        assert scores.METRICS["accuracy"](made) > 0.9


@pytest.mark.parametrize("categorical", [[], ["c"]])
def test_a_kind_of_features_may_be_absent(
    make_settings: Make, categorical: list[str]
) -> None:
    changes = {"columns.categorical": categorical}
    if categorical:
        changes["columns.numeric"] = []
    settings, table = make_settings("multiclass", changes), make_table("multiclass")
    trial = {"candidate": "a", "estimator": "logistic_regression", "settings": {}}
    model = models.build(trial, settings)
    model.fit(table[settings.columns.features], labels(table, settings))
    again = model_files.loads(model_files.dumps(model))
    made = scores.predict(again, table, settings)
    assert made.scores.shape == (300, 3) and made.names == ["a", "b", "c"]
