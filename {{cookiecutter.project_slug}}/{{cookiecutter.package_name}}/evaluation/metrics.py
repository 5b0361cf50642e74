"""The metrics of each problem type.

A new metric is one line here, in the table of its problem type.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sklearn import metrics

from .predictions import Predictions


@dataclass(frozen=True)
class Metric:
    """A number that is computed of predictions, and the best that it can be."""

    compute: Callable[[Predictions], float]
    best: float = 1.0


ACCURACY: dict[str, Metric] = {
    "accuracy": Metric(lambda p: metrics.accuracy_score(p.truth, p.decided)),
    "balanced_accuracy": Metric(
        lambda p: metrics.balanced_accuracy_score(p.truth, p.decided)
    ),
    "log_loss": Metric(
        lambda p: metrics.log_loss(p.truth, p.scores, labels=p.classes), best=0.0
    ),
}
BINARY: dict[str, Metric] = {
    **ACCURACY,
    "brier": Metric(lambda p: metrics.brier_score_loss(p.truth, p.scores), best=0.0),
    "f1": Metric(lambda p: metrics.f1_score(p.truth, p.decided)),
    "roc_auc": Metric(lambda p: metrics.roc_auc_score(p.truth, p.scores)),
}
MULTICLASS: dict[str, Metric] = {
    **ACCURACY,
    "macro_f1": Metric(lambda p: metrics.f1_score(p.truth, p.decided, average="macro")),
    "roc_auc_ovr": Metric(
        lambda p: metrics.roc_auc_score(
            p.truth, p.scores, multi_class="ovr", labels=p.classes
        )
    ),
}
REGRESSION: dict[str, Metric] = {
    "mae": Metric(lambda p: metrics.mean_absolute_error(p.truth, p.scores), best=0.0),
    "median_absolute_error": Metric(
        lambda p: metrics.median_absolute_error(p.truth, p.scores), best=0.0
    ),
    "r2": Metric(lambda p: metrics.r2_score(p.truth, p.scores)),
    "rmse": Metric(
        lambda p: metrics.root_mean_squared_error(p.truth, p.scores), best=0.0
    ),
}
