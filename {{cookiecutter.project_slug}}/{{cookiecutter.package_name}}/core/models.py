"""The estimators that ``params.yaml`` can name, each at the end of a pipeline."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from . import seeding
from .params import Columns

ESTIMATORS = {
    "dummy": DummyClassifier,
    "logistic_regression": LogisticRegression,
    "hist_gradient_boosting": HistGradientBoostingClassifier,
}


def build(trial: dict[str, Any], columns: Columns, seed: int) -> Pipeline:
    """Build the unfitted pipeline of a trial.

    Whatever learns from data is inside it, the imputation included.

    Parameters
    ----------
    trial
        Its `candidate`, `estimator` and `settings`.
    columns
        Which columns are numeric and which categorical.
    seed
        The root seed.

    Raises
    ------
    TypeError, ValueError
        If the estimator does not take a setting.
    """
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categorical = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    features = ColumnTransformer(
        [
            ("numeric", numeric, columns.numeric),
            ("categorical", categorical, columns.categorical),
        ]
    )
    estimator = ESTIMATORS[trial["estimator"]](
        random_state=seeding.integer_seed(seed, f"model/{trial['candidate']}"),
        **trial["settings"],
    )
    return Pipeline([("features", features), ("estimator", estimator)])


def labels(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    """Return 1 where the target is the positive class, else 0; shape (rows,)."""
    positive: np.ndarray = (table[columns.target] == columns.positive).to_numpy(int)
    return positive
