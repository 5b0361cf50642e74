"""The pipeline that is fitted: whatever learns from data is inside it."""

import inspect

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ..records.trials import Trial
from ..runtime import seeding
from ..runtime.params import Params
from .problem_types import PROBLEM_TYPES


def build(trial: Trial, parameters: Params) -> Pipeline:
    """Build the unfitted pipeline of a trial.

    Parameters
    ----------
    trial
        Its estimator and hyperparameters; its candidate, which names the stream of
        randomness.
    parameters
        The problem type, which columns are numeric and which categorical, how many
        levels of a categorical column are kept apart, the root seed.

    Raises
    ------
    TypeError, ValueError
        If the estimator does not take a hyperparameter.
    """
    # A column may be missing in all rows of a fold; there its value tells nothing.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    numeric = make_pipeline(imputer, StandardScaler())
    # Levels beyond the most frequent are one, or a column of names would never end.
    categorical = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=parameters.tune.max_categories,
        sparse_output=False,
    )
    features = ColumnTransformer(
        [
            ("numeric", numeric, parameters.columns.numeric),
            ("categorical", categorical, parameters.columns.categorical),
        ]
    )
    kind = PROBLEM_TYPES[parameters.problem_type].estimators[trial.estimator]
    given = dict(trial.hyperparameters)
    if "random_state" in inspect.signature(kind).parameters:
        seed = seeding.integer_seed(parameters.seed, f"model/{trial.candidate}")
        given = {"random_state": seed, **given}
    return Pipeline([("features", features), ("estimator", kind(**given))])
