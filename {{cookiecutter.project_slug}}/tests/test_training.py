"""Trials, the rule that chooses, and the baseline it must beat."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.core import errors, models, params
from {{ cookiecutter.package_name }}.stages.select import compare, select
from {{ cookiecutter.package_name }}.stages.tune import make_folds, tune

COLUMNS = params.Columns(
    target="label", positive="b", group="group", numeric=["x"], categorical=["c"]
)


@pytest.fixture(name="table")
def fixture_table() -> pd.DataFrame:
    """Return 60 groups of two rows; x tells the label, with noise and holes."""
    generator = np.random.default_rng(0)
    label = np.array(["a", "b"] * 60)
    x = (label == "b") + generator.normal(0, 0.5, 120)
    x[::17] = np.nan
    return pd.DataFrame(
        {
            "x": x,
            "c": np.where(generator.random(120) < 0.5, "u", "v"),
            "label": label,
            "group": [f"g{number // 2}" for number in range(120)],
        }
    )


def plan(score: str = "roc_auc", folds: int = 3, **grid: list[Any]) -> params.Tune:
    """Return a plan with a baseline and a logistic regression."""
    logistic = {"estimator": "logistic_regression", "grid": grid or {"C": [1.0]}}
    dummy = {"estimator": "dummy", "grid": {"strategy": ["prior"]}}
    candidates = {"baseline": dummy, "logistic": logistic}
    return params.Tune.model_validate(
        {"folds": folds, "score": score, "candidates": candidates}
    )


def test_folds_keep_groups_together(table: pd.DataFrame) -> None:
    for train, test in make_folds(table, COLUMNS, 3, seed=1):
        groups = table["group"].to_numpy()
        assert not set(groups[train]) & set(groups[test])


def test_every_trial_is_kept_and_the_same_twice(table: pd.DataFrame) -> None:
    settings = plan(C=[0.1, 1.0, 10.0])
    trials = tune(table, COLUMNS, settings, seed=1)
    assert [trial["settings"] for trial in trials[1:]] == [
        {"C": 0.1},
        {"C": 1.0},
        {"C": 10.0},
    ]
    assert all(len(trial["scores"]) == 3 for trial in trials)
    assert trials[0]["mean"] == 0.5 < 0.8 < trials[1]["mean"]
    assert tune(table, COLUMNS, settings, seed=1) == trials
    assert tune(table, COLUMNS, settings, seed=2) != trials


def test_a_trial_that_fails_is_kept_with_its_reason(table: pd.DataFrame) -> None:
    trials = tune(table, COLUMNS, plan(C=[1.0, -1.0], max_iter=[100]), seed=1)
    assert [bool(trial["failure"]) for trial in trials] == [False, False, True]
    assert "C" in trials[2]["failure"]
    assert trials[2]["mean"] is None


def test_a_fit_that_does_not_converge_is_a_failure(table: pd.DataFrame) -> None:
    trials = tune(table, COLUMNS, plan(max_iter=[1]), seed=1)
    assert trials[1]["failure"].startswith("ConvergenceWarning")


def test_an_unknown_score_and_too_many_folds_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(errors.UserError, match="tune.score is 'rok_auc'"):
        tune(table, COLUMNS, plan(score="rok_auc"), seed=1)
    with pytest.raises(errors.UserError, match="60 groups only"):
        tune(table, COLUMNS, plan(folds=61), seed=1)


def test_imputation_and_scaling_learn_inside_the_pipeline(table: pd.DataFrame) -> None:
    trial = {"candidate": "a", "estimator": "dummy", "settings": {}}
    half = table.iloc[:60]
    model = models.build(trial, COLUMNS, seed=1)
    model.fit(half[COLUMNS.features], models.labels(half, COLUMNS))
    numeric = model.named_steps["features"].named_transformers_["numeric"]
    median = numeric.named_steps["simpleimputer"].statistics_[0]
    assert median == pytest.approx(half["x"].median())
    assert median != pytest.approx(table["x"].median())


def trial(number: int, name: str, mean: float | None, error: float) -> dict[str, Any]:
    """Return a trial as `tune` writes it."""
    return {
        "trial": number,
        "candidate": name,
        "mean": mean,
        "standard_error": error,
        "failure": None if mean else "ValueError: no",
    }


def test_the_simplest_within_one_standard_error_wins() -> None:
    trials = [
        trial(1, "baseline", 0.50, 0.0),
        trial(2, "simple", 0.88, 0.02),
        trial(3, "simple", 0.89, 0.02),
        trial(4, "complex", 0.90, 0.02),
        trial(5, "complex", None, 0.0),
    ]
    assert select(trials)["trial"] == 3
    trials[3]["standard_error"] = 0.001
    assert select(trials)["trial"] == 4


def test_a_winner_that_does_not_beat_the_baseline_is_refused() -> None:
    trials = [trial(1, "baseline", 0.80, 0.01), trial(2, "simple", 0.85, 0.01)]
    settings = params.Select(baseline="baseline", margin=0.1)
    with pytest.raises(errors.UserError, match="a gain of 0.0500"):
        compare(trials[1], trials, settings)
    modest = settings.model_copy(update={"margin": 0.04})
    assert compare(trials[1], trials, modest)["baseline"] == 0.80


def test_a_baseline_that_failed_is_refused() -> None:
    trials = [trial(1, "baseline", None, 0.0), trial(2, "simple", 0.85, 0.01)]
    settings = params.Select(baseline="baseline", margin=0.0)
    with pytest.raises(errors.UserError, match="has no successful trial"):
        compare(trials[1], trials, settings)
    with pytest.raises(errors.UserError, match="no trial succeeded"):
        select(trials[:1])
