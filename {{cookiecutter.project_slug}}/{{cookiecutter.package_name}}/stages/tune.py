"""Try every candidate with every setting of its grid, and keep every trial."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import (
    GroupKFold,
    ParameterGrid,
    StratifiedGroupKFold,
    cross_val_score,
)
from tqdm import tqdm

from ..core import (
    datasets,
    environment,
    groups,
    models,
    params,
    paths,
    seeding,
    targets,
)
from ..core.artifacts import Outputs, read_table
from ..core.errors import UserError

Folds = list[tuple[np.ndarray, np.ndarray]]


def make_folds(table: pd.DataFrame, settings: params.Params) -> Folds:
    """Make cross-validation folds that keep every group on one side.

    With a time column they are forward in time; see `groups.forward_folds`.

    Raises
    ------
    UserError
        If there are fewer groups than folds, or too few times.
    """
    count = settings.tune.folds
    if settings.columns.time is not None:
        return groups.forward_folds(table, settings.columns, count)
    names = groups.names(table, settings.columns)
    if names.nunique() < count:
        raise UserError(
            f"tune.folds is {count}, but train has {names.nunique()} groups only"
        )
    splitter = GroupKFold if settings.task == "regression" else StratifiedGroupKFold
    folds = splitter(
        count,
        shuffle=True,
        random_state=seeding.integer_seed(settings.seed, "folds"),
    )
    return list(folds.split(table, targets.labels(table, settings), names))


def tune(table: pd.DataFrame, settings: params.Params) -> list[dict[str, Any]]:
    """Run all trials.

    Returns
    -------
    list of dict
        One per trial, in the order of ``params.yaml``: candidate, estimator,
        settings, fold scores, their mean and standard error, or the failure.

    Raises
    ------
    UserError
        If the score is unknown, or every trial failed.
    """
    score = settings.tune.score
    if score not in get_scorer_names():
        raise UserError(
            f"tune.score is '{score}'; use a scorer of scikit-learn, "
            f"such as {settings.names.scores}"
        )
    folds = make_folds(table, settings)
    planned = [
        {"candidate": name, "estimator": candidate.estimator, "settings": setting}
        for name, candidate in settings.tune.candidates.items()
        for setting in ParameterGrid(candidate.grid)
    ]
    trials = [
        {"trial": number, **trial, **_score(trial, table, settings, folds)}
        for number, trial in enumerate(_progress(planned), start=1)
    ]
    if all(trial["failure"] for trial in trials):
        raise UserError(
            f"all {len(trials)} trials failed (task {settings.task}, tune.score "
            f"{score}): {trials[0]['failure']}"
        )
    return trials


def _score(
    trial: dict[str, Any],
    table: pd.DataFrame,
    settings: params.Params,
    folds: Folds,
) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            # A fit that did not converge depends on where it was stopped.
            warnings.simplefilter("error", ConvergenceWarning)
            scores = cross_val_score(
                models.build(trial, settings),
                table[settings.columns.features],
                targets.labels(table, settings),
                cv=folds,
                scoring=get_scorer(settings.tune.score),
                error_score="raise",
            )
        if not np.isfinite(scores).all():
            raise ValueError(f"a fold's {settings.tune.score} is not a finite number")
    # A trial that fails is a result, whatever the reason.
    except Exception as error:  # pylint: disable=broad-exception-caught
        reason = str(error).partition("\n")[0]
        return {
            "scores": [],
            "mean": None,
            "standard_error": None,
            "failure": f"{type(error).__name__}: {reason}",
        }
    return {
        "scores": scores.tolist(),
        "mean": float(scores.mean()),
        "standard_error": float(scores.std(ddof=1) / np.sqrt(len(scores))),
        "failure": None,
    }


def _progress(planned: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    # With disable=None the bar shows on a terminal and not in a log.
    return tqdm(planned, desc="trials", unit="trial", disable=None)


def main(arguments: list[str]) -> None:
    """Write ``data/trials.json``."""
    settings = params.load()
    datasets.check_passed("train", paths.GATE_SPLITS)
    seeding.seed_frameworks(settings.seed)
    trials = tune(read_table(paths.TRAIN), settings)
    record = {
        "score": settings.tune.score,
        "seed": settings.seed,
        "trials": trials,
        "lock_differences": environment.differences(paths.RUNTIME_LOCK),
    }
    with Outputs() as outputs:
        outputs.json(paths.TRIALS, record)
