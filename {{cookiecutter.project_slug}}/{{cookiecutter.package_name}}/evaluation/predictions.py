"""The predictions of a model, as each problem type makes them."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from ..runtime.params import Params
from ..tables import targets


@dataclass(frozen=True)
class Predictions:
    """What is true and what was predicted.

    Attributes
    ----------
    truth
        What a model learns, as `targets` gives it, shape (rows,).
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


def predict_positive(
    model: Pipeline, table: pd.DataFrame, parameters: Params
) -> Predictions:
    """Predict the positive class where its probability reaches the threshold.

    Parameters
    ----------
    model
        A fitted binary classifier.
    table
        The rows to predict, with their target.
    parameters
        The columns, and the threshold of the probability.
    """
    columns = parameters.columns
    probability = model.predict_proba(table[columns.features])[:, 1]
    decided = (probability >= parameters.evaluate.threshold).astype(int)
    truth = targets.positives(table, columns)
    names = [f"not {columns.positive}", str(columns.positive)]
    return Predictions(truth, probability, decided, [0, 1], names)


def predict_class(
    model: Pipeline, table: pd.DataFrame, parameters: Params
) -> Predictions:
    """Predict the class with the highest probability.

    Parameters
    ----------
    model
        A fitted classifier.
    table
        The rows to predict, with their target.
    parameters
        The columns.
    """
    probability = model.predict_proba(table[parameters.columns.features])
    decided = model.classes_[probability.argmax(axis=1)]
    names = [str(name) for name in model.classes_]
    truth = targets.names(table, parameters.columns)
    return Predictions(truth, probability, decided, names, names)


def predict_number(
    model: Pipeline, table: pd.DataFrame, parameters: Params
) -> Predictions:
    """Predict a number.

    Parameters
    ----------
    model
        A fitted regressor.
    table
        The rows to predict, with their target.
    parameters
        The columns.
    """
    values = model.predict(table[parameters.columns.features])
    truth = targets.numbers(table, parameters.columns)
    return Predictions(truth, values, values, [], [])
