"""Measure the model on the test side, once."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline

from ..core import (
    datasets,
    environment,
    groups,
    params,
    paths,
    scores,
    seeding,
    targets,
)
from ..core.artifacts import Outputs, read_json, read_model, read_table
from ..core.curves import CURVES
from ..core.errors import UserError, counted, warn
from ..core.resampling import Members
from ..core.scores import LOWER_IS_BETTER, METRICS, Predictions, is_perfect


def measure(
    predictions: Predictions,
    codes: np.ndarray,
    settings: params.Params,
    generator: np.random.Generator,
) -> dict[str, dict[str, float]]:
    """Compute each metric with a bootstrap interval that resamples whole groups.

    Parameters
    ----------
    predictions
        What is true and what was predicted.
    codes
        The group of each row, from 0, shape (rows,).
    settings
        The task, number of resamples, confidence.
    generator
        The stream of the bootstrap.

    Returns
    -------
    dict
        Of each metric the `value`, and the percentile interval `low` to `high`.

    Raises
    ------
    UserError
        If a metric is not defined on most of the resamples.
    """
    table = {name: METRICS[name] for name in settings.names.metrics}
    draws: dict[str, list[float]] = {name: [] for name in table}
    resamples, done = settings.evaluate.resamples, 0
    members, predictions = Members(codes), predictions.coded()
    for _ in range(resamples):
        chosen = generator.integers(len(members), size=len(members))
        drawn = predictions.take(members.rows(chosen))
        if not drawn.measurable:
            continue  # the same draws are left out of every metric
        done += 1
        for name, metric in table.items():
            draws[name].append(float(metric(drawn)))
    if done * 2 < resamples:
        raise UserError(
            f"most of {resamples} resamples of {len(members)} test groups do not hold "
            "every class, or hold one value only: raise split.test_share"
        )
    tail = (1 - settings.evaluate.confidence) / 2
    return {
        name: {
            "value": float(metric(predictions)),
            "low": float(np.quantile(draws[name], tail)),
            "high": float(np.quantile(draws[name], 1 - tail)),
        }
        for name, metric in table.items()
    }


def find_doubtful(
    predictions: Predictions, measured: dict[str, dict[str, float]]
) -> list[str]:
    """Say which metrics are perfect, and which classes are never predicted.

    Parameters
    ----------
    predictions
        What is true and what was predicted.
    measured
        What `measure` gave.
    """
    perfect = [
        name
        for name, metric in measured.items()
        if is_perfect(metric["value"], float(name not in LOWER_IS_BETTER))
    ]
    found = []
    if perfect:
        found.append(
            f"perfect on the test side: {', '.join(perfect)}; does a feature give the "
            "target away?"
        )
    for label, name in zip(predictions.classes, predictions.names, strict=True):
        if not (predictions.decided == label).any():
            rows = int((predictions.truth == label).sum())
            found.append(
                f"class '{name}' is never predicted on the test side, which has "
                f"{counted(rows)} of it"
            )
    return found


def describe(
    predictions: Predictions, settings: params.Params
) -> dict[str, pd.DataFrame]:
    """Compute what the figures of the task are drawn from."""
    return {
        name: CURVES[name](predictions, settings.evaluate)
        for name in settings.names.figures
    }


def rank_features(
    model: Pipeline, test: pd.DataFrame, settings: params.Params
) -> pd.DataFrame:
    """Rank the features by how much the score falls when one is permuted."""
    features = settings.columns.features
    result = permutation_importance(
        model,
        test[features],
        targets.labels(test, settings),
        scoring=settings.tune.score,
        n_repeats=settings.evaluate.permutations,
        random_state=seeding.integer_seed(settings.seed, "permutation"),
    )
    ranked = zip(features, result.importances_mean, result.importances_std, strict=True)
    rows = sorted(ranked, key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows, columns=["feature", "mean", "std"])


def main(arguments: list[str]) -> None:
    """Write ``data/evaluation.json``."""
    settings = params.load()
    datasets.check_passed("test", paths.GATE_SPLITS)
    model = read_model(paths.MODEL)
    test = read_table(paths.TEST)
    predictions = scores.predict(model, test, settings)
    codes = groups.codes(test, settings.columns)
    generator = seeding.generator(settings.seed, "bootstrap")
    figures = describe(predictions, settings)
    figures["permutation_importance"] = rank_features(model, test, settings)
    measured = measure(predictions, codes, settings, generator)
    found = find_doubtful(predictions, measured)
    warn(found)
    evaluation: dict[str, Any] = {
        "seed": settings.seed,
        "candidate": read_json(paths.SELECTION)["winner"]["candidate"],
        "rows": len(test),
        "groups": int(codes.max()) + 1,
        "metrics": measured,
        "warnings": found,
        "figures": {
            name: table.to_dict("split", index=False) for name, table in figures.items()
        },
        "lock_differences": environment.differences(paths.RUNTIME_LOCK),
    }
    with Outputs() as outputs:
        outputs.json(paths.EVALUATION, evaluation)
