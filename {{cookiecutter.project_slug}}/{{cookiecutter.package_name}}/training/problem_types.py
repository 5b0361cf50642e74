"""The problem types as training sees them: what can be fitted, to what, in which folds.

A new estimator is one line here: its class, under the name that ``params.yaml`` uses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge

from ..runtime.params import Columns, Params
from ..tables import targets
from . import folds

CLASSIFIERS: dict[str, type[Any]] = {
    "dummy": DummyClassifier,
    "logistic_regression": LogisticRegression,
    "hist_gradient_boosting": HistGradientBoostingClassifier,
}
REGRESSORS: dict[str, type[Any]] = {
    "dummy": DummyRegressor,
    "ridge_regression": Ridge,
    "hist_gradient_boosting": HistGradientBoostingRegressor,
}


@dataclass(frozen=True)
class ProblemType:
    """What a problem type brings to training.

    Attributes
    ----------
    estimators
        What a candidate can be.
    labels
        Makes what a model learns of a table, shape (rows,).
    folds
        Makes the folds of a table with these labels.
    scores
        Examples of what `tune` can look for; any suitable scorer of scikit-learn will
        do.
    example
        A few labels, to see whether a scorer is suitable.
    """

    estimators: dict[str, type[Any]]
    labels: Callable[[pd.DataFrame, Columns], np.ndarray]
    folds: Callable[[pd.DataFrame, np.ndarray, Params], folds.Folds]
    scores: str
    example: list[Any]


PROBLEM_TYPES = {
    "binary": ProblemType(
        estimators=CLASSIFIERS,
        labels=targets.positives,
        folds=folds.make_class_folds,
        scores="roc_auc, accuracy or neg_log_loss",
        example=[0, 1],
    ),
    "multiclass": ProblemType(
        estimators=CLASSIFIERS,
        labels=targets.names,
        folds=folds.make_class_folds,
        scores="roc_auc_ovr, accuracy or neg_log_loss",
        example=["a", "b", "c"],
    ),
    "regression": ProblemType(
        estimators=REGRESSORS,
        labels=targets.numbers,
        folds=folds.make_folds,
        scores="r2, neg_root_mean_squared_error or neg_mean_absolute_error",
        example=[1.0, 2.0, 4.0],
    ),
}
