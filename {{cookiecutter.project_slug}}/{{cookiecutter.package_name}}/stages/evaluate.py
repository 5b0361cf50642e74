"""Measure the model on the test side, once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline

from ..core import environment, models, params, paths, seeding
from ..core.artifacts import Outputs, read_json, read_model, read_table
from ..core.errors import UserError

Metric = Callable[[np.ndarray, np.ndarray], float]


def make_metrics(threshold: float) -> dict[str, Metric]:
    """Return the metrics by name; each takes labels and probabilities, shape (rows,).

    Parameters
    ----------
    threshold
        From which probability on the positive class is predicted.
    """

    def of_class(metric: Callable[..., float]) -> Metric:
        return lambda truth, probability: metric(truth, probability >= threshold)

    return {
        "roc_auc": metrics.roc_auc_score,
        "accuracy": of_class(metrics.accuracy_score),
        "balanced_accuracy": of_class(metrics.balanced_accuracy_score),
        "f1": of_class(metrics.f1_score),
        "brier": metrics.brier_score_loss,
        "log_loss": metrics.log_loss,
    }


def measure(
    truth: np.ndarray,
    probability: np.ndarray,
    groups: np.ndarray,
    settings: params.Evaluate,
    generator: np.random.Generator,
) -> dict[str, dict[str, float]]:
    """Compute each metric with a bootstrap interval that resamples whole groups.

    Parameters
    ----------
    truth, probability, groups
        Labels (0 or 1), predicted probabilities and group names, shape (rows,).
    settings
        Threshold, number of resamples, confidence.
    generator
        The stream of the bootstrap.

    Returns
    -------
    dict
        Of each metric the `value`, and the percentile interval `low` to `high`.

    Raises
    ------
    UserError
        If more than half of the resamples hold one class only.
    """
    table = make_metrics(settings.threshold)
    draws: dict[str, list[float]] = {name: [] for name in table}
    _, codes = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    for _ in range(settings.resamples):
        chosen = generator.integers(len(members), size=len(members))
        rows = np.concatenate([members[group] for group in chosen])
        if np.unique(truth[rows]).size == 1:
            continue  # no ROC curve; the same draws are left out of every metric
        for name, metric in table.items():
            draws[name].append(float(metric(truth[rows], probability[rows])))
    if len(draws["roc_auc"]) * 2 < settings.resamples:
        raise UserError(
            f"most of {settings.resamples} resamples of {len(members)} test groups "
            "hold one class only: raise split.test_share"
        )
    tail = (1 - settings.confidence) / 2
    return {
        name: {
            "value": float(metric(truth, probability)),
            "low": float(np.quantile(draws[name], tail)),
            "high": float(np.quantile(draws[name], 1 - tail)),
        }
        for name, metric in table.items()
    }


def describe(
    truth: np.ndarray, probability: np.ndarray, settings: params.Evaluate
) -> dict[str, Any]:
    """Compute the curves: ROC, confusion matrix and calibration."""
    false_positive, true_positive, _ = metrics.roc_curve(truth, probability)
    observed, predicted = calibration_curve(
        truth, probability, n_bins=settings.calibration_bins, strategy="quantile"
    )
    confusion = metrics.confusion_matrix(truth, probability >= settings.threshold)
    return {
        "roc": {
            "false_positive_rate": false_positive.tolist(),
            "true_positive_rate": true_positive.tolist(),
        },
        "calibration": {"predicted": predicted.tolist(), "observed": observed.tolist()},
        "confusion_matrix": confusion.tolist(),
    }


def rank_features(
    model: Pipeline, test: pd.DataFrame, settings: params.Params
) -> list[dict[str, Any]]:
    """Rank the features by how much the score falls when one is permuted."""
    features = settings.columns.features
    result = permutation_importance(
        model,
        test[features],
        models.labels(test, settings.columns),
        scoring=settings.tune.score,
        n_repeats=settings.evaluate.permutations,
        random_state=seeding.integer_seed(settings.seed, "permutation"),
    )
    ranked = zip(features, result.importances_mean, result.importances_std, strict=True)
    return [
        {"feature": name, "mean": float(mean), "std": float(std)}
        for name, mean, std in sorted(ranked, key=lambda row: (-row[1], row[0]))
    ]


def main(arguments: list[str]) -> None:
    """Write ``data/evaluation.json``."""
    settings = params.load()
    columns = settings.columns
    model = read_model(paths.MODEL)
    test = read_table(paths.TEST)
    truth = models.labels(test, columns)
    probability = model.predict_proba(test[columns.features])[:, 1]
    generator = seeding.generator(settings.seed, "bootstrap")
    groups = test[columns.group].to_numpy()
    evaluation = {
        "seed": settings.seed,
        "candidate": read_json(paths.SELECTION)["winner"]["candidate"],
        "rows": len(test),
        "groups": int(test[columns.group].nunique()),
        "metrics": measure(truth, probability, groups, settings.evaluate, generator),
        **describe(truth, probability, settings.evaluate),
        "permutation_importance": rank_features(model, test, settings),
        "lock_differences": environment.differences(paths.RUNTIME_LOCK),
    }
    with Outputs() as outputs:
        outputs.json(paths.EVALUATION, evaluation)
