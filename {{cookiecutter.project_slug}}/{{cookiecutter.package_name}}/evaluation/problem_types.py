"""The problem types as evaluation sees them."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sklearn.pipeline import Pipeline

from ..runtime.params import Params
from . import curves, metrics, predictions


@dataclass(frozen=True)
class ProblemType:
    """What a problem type brings to evaluation.

    Attributes
    ----------
    predict
        Makes the predictions of a model for a table that holds the target.
    metrics
        What is measured, by name.
    figures
        What is drawn, by name, in the order of the report.
    note
        How a prediction is made; it can name ``{positive}``.
    """

    predict: Callable[[Pipeline, pd.DataFrame, Params], predictions.Predictions]
    metrics: dict[str, metrics.Metric]
    figures: dict[str, curves.Curve]
    note: str = ""


PROBLEM_TYPES = {
    "binary": ProblemType(
        predict=predictions.predict_positive,
        metrics=metrics.BINARY,
        figures=curves.BINARY,
        note="A class is predicted from the threshold in the parameters; the positive "
        "class is {positive}.",
    ),
    "multiclass": ProblemType(
        predict=predictions.predict_class,
        metrics=metrics.MULTICLASS,
        figures=curves.MULTICLASS,
        note="The class with the highest probability is predicted.",
    ),
    "regression": ProblemType(
        predict=predictions.predict_number,
        metrics=metrics.REGRESSION,
        figures=curves.REGRESSION,
    ),
}
