"""The figures of each problem type, each drawn from a small table.

A new figure is a function here and its entry in the table of its problem type: the
section of the report, the title, and the kind of plot with its columns and labels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.calibration import calibration_curve

from ..records.evaluation import Plot
from ..runtime.params import Evaluate
from .predictions import Predictions

POINTS = 1000  # of a figure with a point per row: the tables are committed to git


def thin(table: pd.DataFrame) -> pd.DataFrame:
    """Keep at most `POINTS` rows, evenly spread, the first and the last among them.

    Examples
    --------
    >>> list(thin(pd.DataFrame({"x": range(5000)}))["x"].iloc[[0, 1, -1]])
    [0, 5, 4999]
    """
    if len(table) <= POINTS:
        return table
    rows = np.linspace(0, len(table) - 1, POINTS).round().astype(int)
    return table.iloc[rows].reset_index(drop=True)


def roc(predictions: Predictions, _: Evaluate) -> pd.DataFrame:
    """Return the ROC curve of the positive class."""
    return _roc(predictions.truth, predictions.scores)


def roc_by_class(predictions: Predictions, _: Evaluate) -> pd.DataFrame:
    """Return the ROC curve of each class against the others."""
    curves = []
    for place, (label, name) in enumerate(
        zip(predictions.classes, predictions.names, strict=True)
    ):
        curve = _roc(predictions.truth == label, predictions.scores[:, place])
        curve.insert(0, "class", name)
        curves.append(curve)
    return pd.concat(curves, ignore_index=True)


def _roc(truth: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    false_positive, true_positive, _ = metrics.roc_curve(truth, scores)
    return thin(
        pd.DataFrame(
            {
                "false_positive_rate": false_positive,
                "true_positive_rate": true_positive,
            }
        )
    )


def calibration(predictions: Predictions, parameters: Evaluate) -> pd.DataFrame:
    """Return how often the positive class is seen where it is predicted.

    Parameters
    ----------
    predictions
        Of a binary problem.
    parameters
        The number of bins, of equally many rows each.
    """
    return _calibration(predictions.truth, predictions.scores, parameters)


def confidence(predictions: Predictions, parameters: Evaluate) -> pd.DataFrame:
    """Return how often the predicted class is the right one.

    Parameters
    ----------
    predictions
        Of a problem with several classes.
    parameters
        The number of bins, of equally many rows each.
    """
    right = (predictions.truth == predictions.decided).astype(int)
    return _calibration(right, predictions.scores.max(axis=1), parameters)


def _calibration(
    truth: np.ndarray, probability: np.ndarray, parameters: Evaluate
) -> pd.DataFrame:
    observed, predicted = calibration_curve(
        truth, probability, n_bins=parameters.calibration_bins, strategy="quantile"
    )
    return pd.DataFrame({"observed": observed, "predicted": predicted})


def confusion_matrix(predictions: Predictions, _: Evaluate) -> pd.DataFrame:
    """Return how many rows of each class were taken for which."""
    counts = metrics.confusion_matrix(
        predictions.truth, predictions.decided, labels=predictions.classes
    )
    return pd.DataFrame(
        [
            {"actual": actual, "predicted": predicted, "count": int(count)}
            for actual, row in zip(predictions.names, counts, strict=True)
            for predicted, count in zip(predictions.names, row, strict=True)
        ]
    )


def predicted_and_actual(predictions: Predictions, _: Evaluate) -> pd.DataFrame:
    """Return predicted and actual numbers, in the order of the predicted."""
    table = pd.DataFrame({"actual": predictions.truth, "predicted": predictions.scores})
    return thin(table.sort_values(["predicted", "actual"], ignore_index=True))


def residuals(predictions: Predictions, parameters: Evaluate) -> pd.DataFrame:
    """Return what is left when the prediction is taken from the truth.

    Parameters
    ----------
    predictions
        Of a regression.
    parameters
        Of the evaluation; none is used.
    """
    table = predicted_and_actual(predictions, parameters)
    left = table["actual"] - table["predicted"]
    return pd.DataFrame({"predicted": table["predicted"], "residual": left})


@dataclass(frozen=True)
class Curve:
    """A figure: what it is drawn from, how, and where in the report it stands."""

    section: str
    title: str
    table: Callable[[Predictions, Evaluate], pd.DataFrame]
    plot: Plot


_ROC = Plot("lines", "false_positive_rate", "true_positive_rate", guide="unit")
_CALIBRATION = Plot(
    "lines",
    "predicted",
    "observed",
    "mean predicted probability",
    "observed share",
    guide="unit",
    marked=True,
)
_CONFUSION = Curve(
    "Confusion matrix",
    "Confusion matrix",
    confusion_matrix,
    Plot("matrix", "predicted", "actual", z="count"),
)
_SHAPE = "ROC and calibration"  # a section of the report
_VALUES = "Predictions and residuals"  # another
BINARY: dict[str, Curve] = {
    "roc": Curve(_SHAPE, "ROC curve", roc, _ROC),
    "calibration": Curve(_SHAPE, "Calibration", calibration, _CALIBRATION),
    "confusion_matrix": _CONFUSION,
}
MULTICLASS: dict[str, Curve] = {
    "roc_by_class": Curve(
        _SHAPE,
        "ROC curves, each class against the others",
        roc_by_class,
        replace(_ROC, by="class"),
    ),
    "confidence": Curve(
        _SHAPE, "Calibration of the predicted class", confidence, _CALIBRATION
    ),
    "confusion_matrix": _CONFUSION,
}
REGRESSION: dict[str, Curve] = {
    "predictions": Curve(
        _VALUES,
        "Predicted against actual",
        predicted_and_actual,
        Plot("points", "actual", "predicted", guide="equal"),
    ),
    "residuals": Curve(
        _VALUES,
        "Residuals",
        residuals,
        Plot(
            "points",
            "predicted",
            "residual",
            y_label="actual less predicted",
            guide="zero",
        ),
    ),
}
