"""Measure the model on the test side, once."""

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline

from ..evaluation.metrics import Metric
from ..evaluation.predictions import Predictions
from ..evaluation.problem_types import PROBLEM_TYPES
from ..evaluation.resampling import Members
from ..records.evaluation import Evaluation, Figure, Interval, Plot
from ..records.selection import Selection
from ..runtime import environment, params, paths, seeding
from ..runtime.errors import UserError, counted, warn
from ..runtime.outputs import Outputs, read_record
from ..tables import datasets, groups, leakage, parquet
from ..training import model_files

IMPORTANCE = "Permutation importance"


def measure(
    predictions: Predictions,
    metrics: dict[str, Metric],
    codes: np.ndarray,
    parameters: params.Evaluate,
    generator: np.random.Generator,
) -> dict[str, Interval]:
    """Compute each metric with a bootstrap interval that resamples whole groups.

    Parameters
    ----------
    predictions
        What is true and what was predicted.
    metrics
        What to compute, by name.
    codes
        The group of each row, from 0, shape (rows,).
    parameters
        The number of resamples, and the confidence of the percentile intervals.
    generator
        The stream of the bootstrap.

    Raises
    ------
    UserError
        If a metric is not defined on most of the resamples.
    """
    draws: dict[str, list[float]] = {name: [] for name in metrics}
    measured = 0
    members, predictions = Members(codes), predictions.coded()
    for _ in range(parameters.resamples):
        chosen = generator.integers(len(members), size=len(members))
        drawn = predictions.take(members.rows(chosen))
        if not drawn.measurable:
            continue  # the same draws are left out of every metric
        measured += 1
        for name, metric in metrics.items():
            draws[name].append(float(metric.compute(drawn)))
    if measured * 2 < parameters.resamples:
        raise UserError(
            f"most of {parameters.resamples} resamples of {len(members)} test groups "
            "do not hold every class, or hold one value only: raise split.test_share"
        )
    tail = (1 - parameters.confidence) / 2
    return {
        name: Interval(
            value=float(metric.compute(predictions)),
            low=float(np.quantile(draws[name], tail)),
            high=float(np.quantile(draws[name], 1 - tail)),
        )
        for name, metric in metrics.items()
    }


def find_doubtful(
    predictions: Predictions,
    metrics: dict[str, Metric],
    measured: dict[str, Interval],
) -> list[str]:
    """Say which metrics are perfect, and which classes are never predicted.

    Parameters
    ----------
    predictions
        What is true and what was predicted.
    metrics
        What was computed.
    measured
        What `measure` gave.
    """
    perfect = [
        name
        for name, metric in metrics.items()
        if leakage.is_perfect(measured[name].value, metric.best)
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


def describe(predictions: Predictions, parameters: params.Params) -> list[Figure]:
    """Return the figures of the problem type, in the order of the report.

    Parameters
    ----------
    predictions
        What is true and what was predicted.
    parameters
        The problem type, and those of the evaluation.
    """
    figures = []
    for name, curve in PROBLEM_TYPES[parameters.problem_type].figures.items():
        table = curve.table(predictions, parameters.evaluate)
        columns, data = table.to_dict("split", index=False).values()
        figures.append(
            Figure(name, curve.section, curve.title, curve.plot, columns, data)
        )
    return figures


def rank_features(
    model: Pipeline, test: pd.DataFrame, truth: np.ndarray, parameters: params.Params
) -> Figure:
    """Rank the features by how much the score falls when one is permuted.

    Parameters
    ----------
    model
        The chosen model, fitted.
    test, truth
        The test side, and the label of each row, shape (rows,).
    parameters
        Which columns are features, the score, how often each is permuted, the root
        seed.
    """
    features = parameters.columns.features
    result = permutation_importance(
        model,
        test[features],
        truth,
        scoring=parameters.tune.score,
        n_repeats=parameters.evaluate.permutations,
        random_state=seeding.integer_seed(parameters.seed, "permutation"),
    )
    ranked = zip(features, result.importances_mean, result.importances_std, strict=True)
    return Figure(
        name="permutation_importance",
        section=IMPORTANCE,
        title=IMPORTANCE,
        plot=Plot("bars", "mean", "feature", "fall of the score", "", error="std"),
        columns=["feature", "mean", "std"],
        data=[list(row) for row in sorted(ranked, key=lambda row: (-row[1], row[0]))],
        note="How far the score falls on the test side when one feature is shuffled.",
    )


def main(arguments: list[str]) -> None:
    """Write ``data/evaluation.json``."""
    parameters = params.load()
    problem = PROBLEM_TYPES[parameters.problem_type]
    datasets.check_passed("test", paths.GATE_SPLITS)
    model = model_files.read(paths.MODEL)
    test = parquet.read(paths.TEST)
    predictions = problem.predict(model, test, parameters)
    codes = groups.codes(test, parameters.columns)
    generator = seeding.generator(parameters.seed, "bootstrap")
    measured = measure(
        predictions, problem.metrics, codes, parameters.evaluate, generator
    )
    doubtful = find_doubtful(predictions, problem.metrics, measured)
    warn(doubtful)
    importance = rank_features(model, test, predictions.truth, parameters)
    evaluation = Evaluation(
        seed=parameters.seed,
        candidate=read_record(paths.SELECTION, Selection).winner.candidate,
        rows=len(test),
        groups=int(codes.max()) + 1,
        metrics=measured,
        note=problem.note.format(positive=parameters.columns.positive),
        figures=[*describe(predictions, parameters), importance],
        warnings=doubtful,
        lock_differences=environment.differences(paths.RUNTIME_LOCK),
    )
    with Outputs() as outputs:
        outputs.json(paths.EVALUATION, evaluation)
