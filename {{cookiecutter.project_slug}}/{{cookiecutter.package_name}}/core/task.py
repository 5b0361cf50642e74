"""What each task of ``params.yaml`` brings with it, by name.

Nothing heavy is imported here: `params` reads this table in every stage.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """The names that belong to a task.

    Attributes
    ----------
    estimators
        What a candidate can be; their classes stand in `models`.
    metrics
        What is measured on the test side; their functions stand in `scores`.
    sections
        The figures of each section of the report, by its title; what they are drawn
        from is made in `curves`.
    scores
        What `tune` can look for, as examples: any scorer of scikit-learn will do.
    note
        What the report says of the predictions; it can name ``{positive}``.
    """

    estimators: tuple[str, ...]
    metrics: tuple[str, ...]
    sections: dict[str, tuple[str, ...]]
    scores: str
    note: str = ""

    @property
    def figures(self) -> list[str]:
        """The figures of all sections."""
        return [name for names in self.sections.values() for name in names]


CLASSIFIERS = ("dummy", "logistic_regression", "hist_gradient_boosting")

TASKS = {
    "binary": Task(
        estimators=CLASSIFIERS,
        metrics=(
            "roc_auc",
            "accuracy",
            "balanced_accuracy",
            "f1",
            "brier",
            "log_loss",
        ),
        sections={
            "ROC and calibration": ("roc", "calibration"),
            "Confusion matrix": ("confusion_matrix",),
        },
        scores="roc_auc, accuracy or neg_log_loss",
        note="A class is predicted from the threshold in the parameters; the positive "
        "class is {positive}.",
    ),
    "multiclass": Task(
        estimators=CLASSIFIERS,
        metrics=(
            "roc_auc_ovr",
            "accuracy",
            "balanced_accuracy",
            "macro_f1",
            "log_loss",
        ),
        sections={
            "ROC and calibration": ("roc_by_class", "confidence"),
            "Confusion matrix": ("confusion_matrix",),
        },
        scores="roc_auc_ovr, accuracy or neg_log_loss",
        note="The class with the highest probability is predicted.",
    ),
    "regression": Task(
        estimators=("dummy", "ridge_regression", "hist_gradient_boosting"),
        metrics=("rmse", "mae", "median_absolute_error", "r2"),
        sections={"Predictions and residuals": ("predictions", "residuals")},
        scores="r2, neg_root_mean_squared_error or neg_mean_absolute_error",
    ),
}
