"""Both tables of problem types are complete, and every estimator of them learns."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.evaluation import problem_types as measured
from {{ cookiecutter.package_name }}.records.trials import Trial
from {{ cookiecutter.package_name }}.runtime import params
from {{ cookiecutter.package_name }}.training import model_files, models
from {{ cookiecutter.package_name }}.training import problem_types as learned

Make = Callable[..., params.Params]
NAMES = get_args(params.Params.__annotations__["problem_type"])


def test_both_tables_have_every_problem_type() -> None:
    assert list(learned.PROBLEM_TYPES) == list(measured.PROBLEM_TYPES) == list(NAMES)


def make_table(problem_type: str) -> pd.DataFrame:
    """Return a table whose target is told by x."""
    x = np.random.default_rng(0).normal(size=300)
    names = np.array(["a", "b", "c"])
    kinds = {
        "binary": np.where(x > 0, "b", "a"),
        "multiclass": names[np.digitize(x, [-0.5, 0.5])],
        "regression": x * 3,
    }
    return pd.DataFrame({"x": x, "c": "u", "label": kinds[problem_type]})


@pytest.mark.parametrize(
    ("problem_type", "estimator"),
    [
        (name, estimator)
        for name, problem in learned.PROBLEM_TYPES.items()
        for estimator in problem.estimators
    ],
)
def test_every_estimator_learns_and_comes_back_from_its_file(
    make_settings: Make, problem_type: str, estimator: str
) -> None:
    settings, table = make_settings(problem_type), make_table(problem_type)
    trial = Trial(1, "a", estimator, {}, [], None, None, None)
    problem = learned.PROBLEM_TYPES[problem_type]
    features, truth = table[["x", "c"]], problem.labels(table, settings.columns)
    contents = [
        model_files.dumps(models.build(trial, settings).fit(features, truth))
        for _ in range(2)
    ]
    assert contents[0] == contents[1]
    seen = measured.PROBLEM_TYPES[problem_type]
    made = seen.predict(model_files.loads(contents[0]), table, settings)
    assert made.truth.tolist() == truth.tolist()
    if estimator == "dummy":
        return
    if problem_type == "regression":
        assert seen.metrics["r2"].compute(made) > 0.95
    else:
        assert seen.metrics["accuracy"].compute(made) > 0.9


@pytest.mark.parametrize("categorical", [[], ["c"]])
def test_a_kind_of_features_may_be_absent(
    make_settings: Make, categorical: list[str]
) -> None:
    changes = {"columns.categorical": categorical}
    if categorical:
        changes["columns.numeric"] = []
    settings, table = make_settings("multiclass", changes), make_table("multiclass")
    trial = Trial(1, "a", "logistic_regression", {}, [], None, None, None)
    truth = learned.PROBLEM_TYPES["multiclass"].labels(table, settings.columns)
    model = models.build(trial, settings)
    model.fit(table[settings.columns.features], truth)
    again = model_files.loads(model_files.dumps(model))
    made = measured.PROBLEM_TYPES["multiclass"].predict(again, table, settings)
    assert made.scores.shape == (300, 3) and made.names == ["a", "b", "c"]


@pytest.mark.parametrize("problem_type", ["binary", "regression"])
def test_a_column_may_be_missing_in_all_rows_that_are_learned_from(
    make_settings: Make, problem_type: str
) -> None:
    table = pd.DataFrame({"x": np.nan, "c": [None] * 6, "label": list("ababab")})
    if problem_type == "regression":
        table["label"] = range(6)
    settings = make_settings(problem_type)
    estimator = settings.tune.candidates["linear"].estimator
    trial = Trial(1, "linear", estimator, {}, [], None, None, None)
    labels = learned.PROBLEM_TYPES[problem_type].labels(table, settings.columns)
    model = models.build(trial, settings)
    model.fit(table[settings.columns.features], labels)
    seen = pd.DataFrame({"x": [1.0, 2.0], "c": ["u", None]})
    first, second = model.predict(seen)
    assert first == second  # what was never seen tells nothing
