"""The predictions of a model, and the metrics that measure them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.pipeline import Pipeline

from . import targets
from .params import Params


@dataclass(frozen=True)
class Predictions:
    """What is true and what was predicted.

    Attributes
    ----------
    truth
        Labels as `targets.labels` gives them, shape (rows,).
    scores
        The probability of the positive class, shape (rows,), or of each class, shape
        (rows, classes), or the predicted numbers, shape (rows,).
    decided
        The predicted labels, or numbers, shape (rows,).
    classes, names
        The labels in their order, and what people call them; empty for a regression.
    """

    truth: np.ndarray
    scores: np.ndarray
    decided: np.ndarray
    classes: list[Any]
    names: list[str]

    def take(self, rows: np.ndarray) -> Self:
        """Return the predictions of some rows, given by their numbers."""
        return type(self)(
            self.truth[rows],
            self.scores[rows],
            self.decided[rows],
            self.classes,
            self.names,
        )

    def coded(self) -> Self:
        """Return the same with numbers for the classes, which are compared faster."""
        if not self.classes:
            return self
        place = pd.Index(self.classes).get_indexer
        codes = list(range(len(self.classes)))
        truth, decided = place(self.truth), place(self.decided)
        return type(self)(truth, self.scores, decided, codes, self.names)

    @property
    def measurable(self) -> bool:
        """Whether every metric is defined: all classes are there, or two numbers."""
        return np.unique(self.truth).size >= max(2, len(self.classes))


def predict(model: Pipeline, table: pd.DataFrame, settings: Params) -> Predictions:
    """Predict the target of each row of a table that has it."""
    features = table[settings.columns.features]
    truth = targets.labels(table, settings)
    return PREDICT[settings.task](model, features, truth, settings)


def _binary(
    model: Pipeline, features: pd.DataFrame, truth: np.ndarray, settings: Params
) -> Predictions:
    probability = model.predict_proba(features)[:, 1]
    decided = (probability >= settings.evaluate.threshold).astype(int)
    positive = str(settings.columns.positive)
    names = [f"not {positive}", positive]
    return Predictions(truth, probability, decided, [0, 1], names)


def _multiclass(
    model: Pipeline, features: pd.DataFrame, truth: np.ndarray, _: Params
) -> Predictions:
    probability = model.predict_proba(features)
    decided = model.classes_[probability.argmax(axis=1)]
    names = [str(name) for name in model.classes_]
    return Predictions(truth, probability, decided, names, names)


def _regression(
    model: Pipeline, features: pd.DataFrame, truth: np.ndarray, _: Params
) -> Predictions:
    values = model.predict(features)
    return Predictions(truth, values, values, [], [])


def is_perfect(value: float, best: float) -> bool:
    """Say whether a score is the best that there is, 0 or 1, up to rounding."""
    return abs(value - best) < (1e-9 if best else 1e-15)


PREDICT = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}

LOWER_IS_BETTER = {"brier", "log_loss", "mae", "median_absolute_error", "rmse"}

Metric = Callable[[Predictions], float]

METRICS: dict[str, Metric] = {
    "accuracy": lambda p: metrics.accuracy_score(p.truth, p.decided),
    "balanced_accuracy": lambda p: metrics.balanced_accuracy_score(p.truth, p.decided),
    "brier": lambda p: metrics.brier_score_loss(p.truth, p.scores),
    "f1": lambda p: metrics.f1_score(p.truth, p.decided),
    "log_loss": lambda p: metrics.log_loss(p.truth, p.scores, labels=p.classes),
    "macro_f1": lambda p: metrics.f1_score(p.truth, p.decided, average="macro"),
    "mae": lambda p: metrics.mean_absolute_error(p.truth, p.scores),
    "median_absolute_error": lambda p: metrics.median_absolute_error(p.truth, p.scores),
    "r2": lambda p: metrics.r2_score(p.truth, p.scores),
    "rmse": lambda p: metrics.root_mean_squared_error(p.truth, p.scores),
    "roc_auc": lambda p: metrics.roc_auc_score(p.truth, p.scores),
    "roc_auc_ovr": lambda p: metrics.roc_auc_score(
        p.truth, p.scores, multi_class="ovr", labels=p.classes
    ),
}
