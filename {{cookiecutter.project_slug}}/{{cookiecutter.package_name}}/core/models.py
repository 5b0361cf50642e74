"""The estimators that ``params.yaml`` can name, each at the end of a pipeline."""

import inspect
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from . import seeding
from .params import Params

CLASSIFIERS = {
    "dummy": DummyClassifier,
    "logistic_regression": LogisticRegression,
    "hist_gradient_boosting": HistGradientBoostingClassifier,
}
REGRESSORS = {
    "dummy": DummyRegressor,
    "ridge_regression": Ridge,
    "hist_gradient_boosting": HistGradientBoostingRegressor,
}
ESTIMATORS = {
    "binary": CLASSIFIERS,
    "multiclass": CLASSIFIERS,
    "regression": REGRESSORS,
}


def build(trial: dict[str, Any], settings: Params) -> Pipeline:
    """Build the unfitted pipeline of a trial.

    Whatever learns from data is inside it, the imputation included.

    Parameters
    ----------
    trial
        Its `candidate`, `estimator` and `settings`.
    settings
        The task, which columns are numeric and which categorical, how many levels of
        a categorical column are kept apart, the root seed.

    Raises
    ------
    TypeError, ValueError
        If the estimator does not take a setting.
    """
    # A column may be missing in all rows of a fold; there its value tells nothing.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    numeric = make_pipeline(imputer, StandardScaler())
    # Levels beyond the most frequent are one, or a column of names would never end.
    categorical = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=settings.tune.max_categories,
        sparse_output=False,
    )
    features = ColumnTransformer(
        [
            ("numeric", numeric, settings.columns.numeric),
            ("categorical", categorical, settings.columns.categorical),
        ]
    )
    kind = ESTIMATORS[settings.task][trial["estimator"]]
    given = dict(trial["settings"])
    if "random_state" in inspect.signature(kind).parameters:
        seed = seeding.integer_seed(settings.seed, f"model/{trial['candidate']}")
        given = {"random_state": seed, **given}
    return Pipeline([("features", features), ("estimator", kind(**given))])
