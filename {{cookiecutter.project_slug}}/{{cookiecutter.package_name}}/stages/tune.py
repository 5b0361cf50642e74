"""Try every candidate with every point of its grid, and keep every trial."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import ParameterGrid, cross_val_score
from tqdm import tqdm

from ..records.trials import Trial, Trials
from ..runtime import environment, params, paths, seeding
from ..runtime.errors import UserError, warn
from ..runtime.outputs import Outputs
from ..tables import datasets, leakage, parquet
from ..training import models, plan
from ..training.folds import Folds
from ..training.problem_types import PROBLEM_TYPES


def tune(table: pd.DataFrame, parameters: params.Params) -> list[Trial]:
    """Run all trials.

    Parameters
    ----------
    table
        The training side.
    parameters
        The problem type, the candidates and their grids, the score, the folds, the
        root seed.

    Returns
    -------
    list of Trial
        In the order of ``params.yaml``.

    Raises
    ------
    UserError
        If an estimator or the score is unknown or not one for the problem type, no
        folds can be made, or every trial failed.
    """
    problem = PROBLEM_TYPES[parameters.problem_type]
    labels = problem.labels(table, parameters.columns)
    plan.check(parameters, labels)
    made = problem.folds(table, labels, parameters)
    points = [
        (name, candidate.estimator, point)
        for name, candidate in parameters.tune.candidates.items()
        for point in ParameterGrid(candidate.grid)
    ]
    planned = [
        Trial(number, *point, scores=[], mean=None, standard_error=None, failure=None)
        for number, point in enumerate(points, start=1)
    ]
    # With disable=None the bar shows on a terminal and not in a log.
    shown = tqdm(planned, desc="trials", unit="trial", disable=None)
    trials = [run(trial, table, labels, parameters, made) for trial in shown]
    if all(trial.failure for trial in trials):
        raise UserError(
            f"all {len(trials)} trials failed (problem_type {parameters.problem_type}, "
            f"tune.score {parameters.tune.score}): {trials[0].failure}"
        )
    return trials


def run(
    trial: Trial,
    table: pd.DataFrame,
    labels: np.ndarray,
    parameters: params.Params,
    folds: Folds,
) -> Trial:
    """Fit and score a trial on each fold; one that fails says why.

    Parameters
    ----------
    trial
        What is planned.
    table, labels
        The training side, and what is learned of it, shape (rows,).
    parameters
        The columns that are features, the score.
    folds
        The rows to learn from, and those to score on.
    """
    try:
        with warnings.catch_warnings():
            # A fit that did not converge depends on where it was stopped.
            warnings.simplefilter("error", ConvergenceWarning)
            scores = cross_val_score(
                models.build(trial, parameters),
                table[parameters.columns.features],
                labels,
                cv=folds,
                scoring=get_scorer(parameters.tune.score),
                error_score="raise",
            )
        if not np.isfinite(scores).all():
            raise ValueError(f"a fold's {parameters.tune.score} is not a finite number")
    # A trial that fails is a result, whatever the reason.
    except Exception as error:  # pylint: disable=broad-exception-caught
        reason = str(error).partition("\n")[0]
        return replace(trial, failure=f"{type(error).__name__}: {reason}")
    return replace(
        trial,
        scores=scores.tolist(),
        mean=float(scores.mean()),
        standard_error=float(scores.std(ddof=1) / np.sqrt(len(scores))),
    )


def find_perfect(trials: list[Trial], score: str) -> list[str]:
    """Say which trials have the best mean score that there is, if any has.

    Parameters
    ----------
    trials
        All trials.
    score
        The name of the scorer.
    """
    best = 0.0 if score.startswith("neg_") else 1.0
    found = [str(one.trial) for one in trials if leakage.is_perfect(one.rank, best)]
    if not found:
        return []
    which = (
        f"trial {found[0]} has"
        if len(found) == 1
        else f"trials {', '.join(found)} have"
    )
    return [
        f"{which} a perfect {score} in every fold: does a feature give the target away?"
    ]


def main(arguments: list[str]) -> None:
    """Write ``data/trials.json``."""
    parameters = params.load()
    datasets.check_passed("train", paths.GATE_SPLITS)
    seeding.seed_frameworks(parameters.seed)
    trials = tune(parquet.read(paths.TRAIN), parameters)
    warned = find_perfect(trials, parameters.tune.score)
    warn(warned)
    tuning = Trials(
        score=parameters.tune.score,
        seed=parameters.seed,
        trials=trials,
        warnings=warned,
        lock_differences=environment.differences(paths.RUNTIME_LOCK),
    )
    with Outputs() as outputs:
        outputs.json(paths.TRIALS, tuning)
