"""The trials as a table and as a figure."""

import pandas as pd

from ..records.evaluation import Figure, Plot
from ..records.trials import Trial
from .page import in_words


def tabulate(trials: list[Trial]) -> pd.DataFrame:
    """Return one row per trial.

    Returns
    -------
    pandas.DataFrame
        Columns trial, candidate, estimator, hyperparameters, mean, standard_error,
        fold_1 and so on, failure.
    """
    rows = [
        {
            "trial": trial.trial,
            "candidate": trial.candidate,
            "estimator": trial.estimator,
            "hyperparameters": in_words(trial.hyperparameters),
            "mean": trial.mean,
            "standard_error": trial.standard_error,
            **{f"fold_{n}": score for n, score in enumerate(trial.scores, 1)},
            "failure": trial.failure,
        }
        for trial in trials
    ]
    table = pd.DataFrame(rows)
    # A first trial that failed has no fold columns, which would come last then.
    return table[[name for name in table if name != "failure"] + ["failure"]]


def plot(trials: list[Trial]) -> Figure:
    """Return the figure of the mean scores of the trials that succeeded."""
    return Figure(
        name="trials",
        section="Trials",
        title="Trials",
        plot=Plot(
            "points",
            "trial",
            "mean",
            y_label="mean score over the folds",
            by="candidate",
            error="standard_error",
        ),
        columns=["trial", "candidate", "mean", "standard_error"],
        data=[
            [trial.trial, trial.candidate, trial.mean, trial.standard_error]
            for trial in trials
            if trial.failure is None
        ],
    )
