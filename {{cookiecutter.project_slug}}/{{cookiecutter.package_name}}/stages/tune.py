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
    KFold,
    ParameterGrid,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from tqdm import tqdm

from ..core import (
    datasets,
    environment,
    folds,
    groups,
    models,
    params,
    paths,
    seeding,
    targets,
)
from ..core.artifacts import Outputs, read_table
from ..core.errors import UserError, warn
from ..core.folds import Folds
from ..core.scores import is_perfect

SPLITTERS = {  # by whether there are classes, and whether rows are grouped
    (True, True): StratifiedGroupKFold,
    (True, False): StratifiedKFold,
    (False, True): GroupKFold,
    (False, False): KFold,
}


def make_folds(table: pd.DataFrame, settings: params.Params) -> Folds:
    """Make cross-validation folds that keep every group on one side.

    With a time column they are forward in time; see `folds.make_forward`.

    Raises
    ------
    UserError
        If there are fewer groups than folds, too few times, or a class is missing in a
        part of a fold.
    """
    columns, count = settings.columns, settings.tune.folds
    if columns.time is not None:
        made = folds.make_forward(table, columns, count)
    else:
        made = _draw_folds(table, settings)
    if settings.task != "regression":
        folds.check_classes(made, targets.classes(table, columns))
    return made


def _draw_folds(table: pd.DataFrame, settings: params.Params) -> Folds:
    count = settings.tune.folds
    codes = groups.codes(table, settings.columns)
    if (found := np.unique(codes).size) < count:
        kind = "rows" if settings.columns.group is None else "groups"
        raise UserError(f"tune.folds is {count}, but train has {found} {kind} only")
    labels = targets.labels(table, settings)
    if settings.task != "regression":
        classes = targets.classes(table, settings.columns)
        folds.check_counts(classes, codes, count)
    grouped = settings.columns.group is not None
    splitter = SPLITTERS[settings.task != "regression", grouped](
        count,
        shuffle=True,
        random_state=seeding.integer_seed(settings.seed, "folds"),
    )
    return list(splitter.split(table, labels, codes if grouped else None))


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
        If the score is unknown or not one for the task, or every trial failed.
    """
    score = settings.tune.score
    made = make_folds(table, settings)
    labels = targets.labels(table, settings)
    _check_score(labels, settings)
    planned = [
        {"candidate": name, "estimator": candidate.estimator, "settings": setting}
        for name, candidate in settings.tune.candidates.items()
        for setting in ParameterGrid(candidate.grid)
    ]
    trials = [
        {"trial": number, **trial, **_score(trial, table, labels, settings, made)}
        for number, trial in enumerate(_progress(planned), start=1)
    ]
    if all(trial["failure"] for trial in trials):
        raise UserError(
            f"all {len(trials)} trials failed (task {settings.task}, tune.score "
            f"{score}): {trials[0]['failure']}"
        )
    return trials


def _check_score(labels: np.ndarray, settings: params.Params) -> None:
    """Score a model that knows nothing, so that no trial is run in vain."""
    score, reason = settings.tune.score, ""
    if score in get_scorer_names():
        nothing = np.zeros((len(labels), 1))
        model = models.ESTIMATORS[settings.task]["dummy"]().fit(nothing, labels)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                get_scorer(score)(model, nothing, labels)
                return
        # A scorer raises what it likes.
        except Exception as error:  # pylint: disable=broad-exception-caught
            reason = f" ({str(error).partition(chr(10))[0]})"
    raise UserError(
        f"tune.score is '{score}', which is no scorer of scikit-learn for "
        f"{settings.task}{reason}; use one such as {settings.names.scores}"
    )


def _score(
    trial: dict[str, Any],
    table: pd.DataFrame,
    labels: np.ndarray,
    settings: params.Params,
    made: Folds,
) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            # A fit that did not converge depends on where it was stopped.
            warnings.simplefilter("error", ConvergenceWarning)
            scores = cross_val_score(
                models.build(trial, settings),
                table[settings.columns.features],
                labels,
                cv=made,
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


def find_perfect(trials: list[dict[str, Any]], score: str) -> list[str]:
    """Say which trials have the best mean score that there is, if any has."""
    best = 0.0 if score.startswith("neg_") else 1.0
    found = [
        str(trial["trial"])
        for trial in trials
        if trial["failure"] is None and is_perfect(trial["mean"], best)
    ]
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


def _progress(planned: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    # With disable=None the bar shows on a terminal and not in a log.
    return tqdm(planned, desc="trials", unit="trial", disable=None)


def main(arguments: list[str]) -> None:
    """Write ``data/trials.json``."""
    settings = params.load()
    datasets.check_passed("train", paths.GATE_SPLITS)
    seeding.seed_frameworks(settings.seed)
    trials = tune(read_table(paths.TRAIN), settings)
    found = find_perfect(trials, settings.tune.score)
    warn(found)
    record = {
        "score": settings.tune.score,
        "seed": settings.seed,
        "trials": trials,
        "warnings": found,
        "lock_differences": environment.differences(paths.RUNTIME_LOCK),
    }
    with Outputs() as outputs:
        outputs.json(paths.TRIALS, record)
