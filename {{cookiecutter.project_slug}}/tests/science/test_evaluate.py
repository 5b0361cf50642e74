"""The metrics are scikit-learn's, and the intervals resample whole groups."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as skmetrics

from {{ cookiecutter.package_name }}.evaluation import curves, metrics
from {{ cookiecutter.package_name }}.evaluation.predictions import Predictions
from {{ cookiecutter.package_name }}.evaluation.problem_types import PROBLEM_TYPES
from {{ cookiecutter.package_name }}.evaluation.resampling import Members
from {{ cookiecutter.package_name }}.records.evaluation import Interval
from {{ cookiecutter.package_name }}.reporting.figures import tabulate
from {{ cookiecutter.package_name }}.runtime import errors, params, seeding
from {{ cookiecutter.package_name }}.stages import evaluate
from {{ cookiecutter.package_name }}.stages.evaluate import describe, measure

Make = Callable[..., params.Params]
GROUPS = np.repeat(np.arange(20), 10)


def binary() -> Predictions:
    """Return predictions for 20 groups of 10 like rows."""
    generator = np.random.default_rng(0)
    truth = np.tile([0, 1], 100)
    skill = np.repeat(generator.normal(0.6, 0.8, 20), 10)
    scores = 1 / (1 + np.exp(-(2 * truth - 1) * skill * 2))
    decided = (scores >= 0.5).astype(int)
    return Predictions(truth, scores, decided, [0, 1], ["not b", "b"])


def multiclass() -> Predictions:
    """Return predictions of three classes."""
    generator = np.random.default_rng(0)
    names = ["a", "b", "c"]
    truth = np.array(names * 67)[:200]
    scores = generator.dirichlet([1, 1, 1], 200) + (truth[:, None] == np.array(names))
    scores /= scores.sum(axis=1, keepdims=True)
    decided = np.array(names)[scores.argmax(axis=1)]
    return Predictions(truth, scores, decided, list(names), names)


def regression() -> Predictions:
    """Return predicted numbers."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=200)
    values = truth + generator.normal(0, 0.3, 200)
    return Predictions(truth, values, values, [], [])


MADE = {"binary": binary(), "multiclass": multiclass(), "regression": regression()}


def tables_of(made: Predictions, settings: params.Params) -> dict[str, pd.DataFrame]:
    """Return the tables of the figures, by name."""
    return {figure.name: tabulate(figure) for figure in describe(made, settings)}


def expected(problem_type: str) -> dict[str, float]:
    """Return some values as scikit-learn gives them."""
    made = MADE[problem_type]
    if problem_type == "regression":
        squares = skmetrics.mean_squared_error(made.truth, made.scores)
        return {
            "rmse": squares**0.5,
            "mae": skmetrics.mean_absolute_error(made.truth, made.scores),
            "median_absolute_error": float(np.median(abs(made.truth - made.scores))),
            "r2": skmetrics.r2_score(made.truth, made.scores),
        }
    found = {
        "accuracy": skmetrics.accuracy_score(made.truth, made.decided),
        "log_loss": skmetrics.log_loss(made.truth, made.scores),
    }
    if problem_type == "binary":
        return {**found, "roc_auc": skmetrics.roc_auc_score(made.truth, made.scores)}
    by_class = [
        skmetrics.roc_auc_score(made.truth == name, made.scores[:, place])
        for place, name in enumerate(made.classes)
    ]
    return {**found, "roc_auc_ovr": float(np.mean(by_class))}


@pytest.mark.parametrize("problem_type", MADE)
def test_values_are_those_of_scikit_learn(
    problem_type: str, make_settings: Make
) -> None:
    settings = make_settings(problem_type, {"evaluate.resamples": 100})
    generator = seeding.generator(1, "bootstrap")
    table = PROBLEM_TYPES[problem_type].metrics
    result = measure(MADE[problem_type], table, GROUPS, settings.evaluate, generator)
    assert list(result) == list(table)
    for name, value in expected(problem_type).items():
        assert result[name].value == pytest.approx(value), name
    for metric in result.values():
        assert metric.low <= metric.value <= metric.high


def test_groups_make_the_interval_wider_than_rows(make_settings: Make) -> None:
    widths = []
    settings = make_settings(changes={"evaluate.resamples": 100})
    for units in (GROUPS, np.arange(200)):
        generator = seeding.generator(1, "bootstrap")
        result = measure(
            MADE["binary"], metrics.BINARY, units, settings.evaluate, generator
        )["accuracy"]
        widths.append(result.high - result.low)
    assert widths[0] > 1.5 * widths[1]


@pytest.mark.parametrize("problem_type", ["binary", "multiclass"])
def test_too_few_groups_are_refused(problem_type: str, make_settings: Make) -> None:
    few = MADE[problem_type].take(
        np.array([0, 0, 1, 2] if problem_type == "multiclass" else [0, 0, 1])
    )
    one_draw = make_settings(problem_type, {"evaluate.resamples": 1}).evaluate
    table = PROBLEM_TYPES[problem_type].metrics
    generator = np.random.default_rng(0)
    # With these groups about every second draw lacks a class: some draw must.
    with pytest.raises(errors.UserError, match="do not hold every class"):
        for _ in range(50):
            measure(few, table, np.arange(len(few.truth)), one_draw, generator)


@pytest.mark.parametrize("problem_type", ["binary", "multiclass"])
def test_curves_describe_the_same_predictions(
    problem_type: str, make_settings: Make
) -> None:
    made, settings = MADE[problem_type], make_settings(problem_type)
    tables = tables_of(made, settings)
    names = list(PROBLEM_TYPES[problem_type].figures)
    assert list(tables) == names
    confusion = tables["confusion_matrix"]
    right = confusion[confusion["actual"] == confusion["predicted"]]["count"].sum()
    assert confusion["count"].sum() == 200
    accuracy = skmetrics.accuracy_score(made.truth, made.decided)
    assert right / 200 == pytest.approx(accuracy)
    roc = tables["roc" if problem_type == "binary" else "roc_by_class"]
    assert roc["false_positive_rate"].iloc[-1] == 1.0
    if problem_type == "multiclass":
        assert list(roc["class"].unique()) == made.names


def test_residuals_are_what_is_left(make_settings: Make) -> None:
    tables = tables_of(MADE["regression"], make_settings("regression"))
    predictions, residuals = tables["predictions"], tables["residuals"]
    assert sorted(predictions["actual"]) == sorted(MADE["regression"].truth)
    total = residuals["predicted"] + residuals["residual"]
    assert total.to_numpy() == pytest.approx(predictions["actual"].to_numpy())


def test_a_figure_of_many_rows_is_thinned(make_settings: Make) -> None:
    values = np.arange(50_000.0)
    many = Predictions(values, values, values, [], [])
    tables = tables_of(many, make_settings("regression"))
    for table in (tables["predictions"], tables["residuals"]):
        assert len(table) == curves.POINTS
        assert table["predicted"].iloc[[0, -1]].tolist() == [0, 49_999]


def test_rows_of_groups_come_group_after_group() -> None:
    generator = np.random.default_rng(0)
    codes = np.unique(generator.integers(50, size=300), return_inverse=True)[1]
    members = Members(codes)
    chosen = generator.integers(len(members), size=len(members))
    slow = [np.flatnonzero(codes == group) for group in chosen]
    assert members.rows(chosen).tolist() == np.concatenate(slow).tolist()
    # What is kept grows with the rows: there is no array for each group.
    assert sum(array.size for array in vars(members).values()) == 300 + 2 * len(members)


def test_what_looks_too_good_or_one_sided_is_a_warning() -> None:
    made = MADE["multiclass"]
    flat = Predictions(
        made.truth, made.scores, np.full(200, "a"), made.classes, made.names
    )

    def doubtful(made: Predictions, table: Any, **values: float) -> list[str]:
        measured = {name: Interval(value, 0, 0) for name, value in values.items()}
        known = {name: table[name] for name in values}
        return evaluate.find_doubtful(made, known, measured)

    found = doubtful(flat, metrics.MULTICLASS, accuracy=0.3, log_loss=1.0)
    rows = [int((made.truth == name).sum()) for name in "bc"]
    assert found == [
        f"class '{name}' is never predicted on the test side, which has "
        f"{count} rows of it"
        for name, count in zip("bc", rows, strict=True)
    ]
    assert doubtful(made, metrics.MULTICLASS, accuracy=1.0, log_loss=0.0) == [
        "perfect on the test side: accuracy, log_loss; does a feature give the target "
        "away?"
    ]
    assert not doubtful(MADE["regression"], metrics.REGRESSION, r2=0.99)
