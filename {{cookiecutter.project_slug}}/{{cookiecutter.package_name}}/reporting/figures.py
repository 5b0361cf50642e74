"""The figures of the report, each from a small table of the same name."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOR = "#1f5a92"
QUIET = "#9a9a9a"
# Nothing of the user's own matplotlib settings gets in.
mpl.rcdefaults()
mpl.rcParams.update({"axes.grid": True, "grid.alpha": 0.25, "font.size": 9})


def _new(title: str, x: str, y: str) -> tuple[Figure, "mpl.axes.Axes"]:
    figure = Figure(figsize=(4.8, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(title=title, xlabel=x, ylabel=y)
    return figure, axes


def roc(table: pd.DataFrame) -> Figure:
    """Draw the ROC curve of columns false_positive_rate and true_positive_rate."""
    figure, axes = _new("ROC curve", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1)
    axes.plot(table["false_positive_rate"], table["true_positive_rate"], color=COLOR)
    axes.set_aspect("equal")
    return figure


def roc_by_class(table: pd.DataFrame) -> Figure:
    """Draw a ROC curve for each value of the column class."""
    figure, axes = _new(
        "ROC curves, each class against the others",
        "false positive rate",
        "true positive rate",
    )
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1)
    for name, rows in table.groupby("class", sort=False):
        axes.plot(
            rows["false_positive_rate"], rows["true_positive_rate"], label=str(name)
        )
    axes.set_aspect("equal")
    axes.legend()
    return figure


def confusion_matrix(table: pd.DataFrame) -> Figure:
    """Draw the confusion matrix of columns actual, predicted and count."""
    matrix = table.pivot(index="actual", columns="predicted", values="count")
    order = [str(name) for name in dict.fromkeys(table["actual"])]
    counts = matrix.loc[order, order].to_numpy()
    figure, axes = _new("Confusion matrix", "predicted", "actual")
    axes.imshow(counts, cmap="Blues", vmin=0)
    axes.grid(visible=False)
    tilt = 90 if len(order) > 4 else 0
    axes.set_xticks(range(len(order)), order, rotation=tilt)
    axes.set_yticks(range(len(order)), order)
    for (row, column), count in np.ndenumerate(counts):
        shade = "white" if count > counts.max() / 2 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=shade)
    return figure


def confidence(table: pd.DataFrame) -> Figure:
    """Draw the calibration of the class that is predicted."""
    return calibration(table, "Calibration of the predicted class")


def calibration(table: pd.DataFrame, title: str = "Calibration") -> Figure:
    """Draw the calibration of columns predicted and observed."""
    figure, axes = _new(title, "mean predicted probability", "observed share")
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1)
    axes.plot(table["predicted"], table["observed"], color=COLOR, marker="o")
    axes.set_aspect("equal")
    return figure


def predictions(table: pd.DataFrame) -> Figure:
    """Draw columns predicted against actual."""
    figure, axes = _new("Predicted against actual", "actual", "predicted")
    ends = [table.to_numpy().min(), table.to_numpy().max()]
    axes.plot(ends, ends, color=QUIET, linestyle="--", linewidth=1)
    axes.plot(table["actual"], table["predicted"], ".", color=COLOR, alpha=0.6)
    return figure


def residuals(table: pd.DataFrame) -> Figure:
    """Draw column residual over predicted."""
    figure, axes = _new("Residuals", "predicted", "actual less predicted")
    axes.axhline(0, color=QUIET, linestyle="--", linewidth=1)
    axes.plot(table["predicted"], table["residual"], ".", color=COLOR, alpha=0.6)
    return figure


def permutation_importance(table: pd.DataFrame) -> Figure:
    """Draw the importance of columns feature, mean and std."""
    figure, axes = _new("Permutation importance", "fall of the score", "")
    rows = table[::-1]
    axes.barh(rows["feature"], rows["mean"], xerr=rows["std"], color=COLOR)
    return figure


def trials(table: pd.DataFrame) -> Figure:
    """Draw the mean score of columns trial, candidate, mean and standard_error."""
    figure, axes = _new("Trials", "trial", "mean score over the folds")
    for candidate, rows in table.groupby("candidate", sort=False):
        axes.errorbar(
            rows["trial"],
            rows["mean"],
            rows["standard_error"],
            fmt="o",
            capsize=3,
            label=str(candidate),
        )
    axes.legend()
    return figure


DRAW = {
    "roc": roc,
    "roc_by_class": roc_by_class,
    "confusion_matrix": confusion_matrix,
    "calibration": calibration,
    "confidence": confidence,
    "predictions": predictions,
    "residuals": residuals,
    "permutation_importance": permutation_importance,
    "trials": trials,
}
