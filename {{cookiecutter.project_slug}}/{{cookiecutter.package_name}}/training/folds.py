"""Folds for cross-validation, and whether each class is in every fold.

`split` looks here too, whether the folds can be made of what it leaves for training.
So scikit-learn is imported only where folds are drawn.
"""

import numpy as np
import pandas as pd

from ..runtime import seeding
from ..runtime.errors import UserError, counted
from ..runtime.params import Columns, Params
from ..tables import groups, targets
from ..tables.balance import last_way, spread

Folds = list[tuple[np.ndarray, np.ndarray]]  # the rows to learn from, and to score on


def make_folds(table: pd.DataFrame, labels: np.ndarray, parameters: Params) -> Folds:
    """Make folds that keep every group on one side.

    Parameters
    ----------
    table
        The training side.
    labels
        What is learned, shape (rows,).
    parameters
        How many folds, which column names the group or the time, the root seed.

    Raises
    ------
    UserError
        If there are fewer groups than folds, or too few times.
    """
    if parameters.columns.time is not None:
        return forward_folds(table, parameters.columns, parameters.tune.folds)
    return _draw_folds(table, labels, parameters)


def make_class_folds(
    table: pd.DataFrame, labels: np.ndarray, parameters: Params
) -> Folds:
    """Make folds that hold every class in each part; else as `make_folds`.

    Without a time the classes have about the same shares in each.

    Parameters
    ----------
    table
        The training side.
    labels
        What is learned, shape (rows,).
    parameters
        The columns, how many folds, the root seed.
    """
    classes = targets.classes(table, parameters.columns)
    if parameters.columns.time is not None:
        made = forward_folds(table, parameters.columns, parameters.tune.folds)
    else:
        made = _draw_folds(table, labels, parameters, classes)
    check_classes(made, classes)
    return made


def _draw_folds(
    table: pd.DataFrame,
    labels: np.ndarray,
    parameters: Params,
    classes: pd.Series | None = None,
) -> Folds:
    from sklearn import model_selection

    count, grouped = parameters.tune.folds, parameters.columns.group is not None
    codes = groups.codes(table, parameters.columns)
    if (found := np.unique(codes).size) < count:
        kind = "groups" if grouped else "rows"
        raise UserError(f"tune.folds is {count}, but train has {found} {kind} only")
    if classes is not None:
        check_counts(classes, codes, count)
    kinds = {  # by whether there are classes, and whether rows are grouped
        (True, True): model_selection.StratifiedGroupKFold,
        (True, False): model_selection.StratifiedKFold,
        (False, True): model_selection.GroupKFold,
        (False, False): model_selection.KFold,
    }
    seed = seeding.integer_seed(parameters.seed, "folds")
    splitter = kinds[classes is not None, grouped](
        count, shuffle=True, random_state=seed
    )
    return list(splitter.split(table, labels, codes if grouped else None))


def forward_folds(table: pd.DataFrame, columns: Columns, count: int) -> Folds:
    """Make folds that are forward in time: each learns from what ends before it.

    The groups are put into ``count + 1`` blocks by the time of their end. Fold *n*
    learns from the first *n* blocks and is scored on the next.

    Parameters
    ----------
    table
        The training side.
    columns
        Which name the time and the group.
    count
        How many folds.

    Raises
    ------
    UserError
        If there are too few times for so many folds.
    """
    # The share of a block's first group is a fraction: no rounding may move it down.
    steps = np.floor(groups.later(table, columns) * (count + 1) + 1e-9).astype(int)
    blocks = count - steps.to_numpy()
    if len(set(blocks)) <= count:
        raise UserError(
            f"tune.folds is {count}, but the times in train fill only "
            f"{len(set(blocks))} of the {count + 1} blocks that this needs"
        )
    return [
        (np.flatnonzero(blocks < block), np.flatnonzero(blocks == block))
        for block in range(1, count + 1)
    ]


def check_counts(classes: pd.Series, codes: np.ndarray, count: int) -> None:
    """Check that no class is in fewer groups than there are folds.

    Parameters
    ----------
    classes, codes
        The class and the group of each row of the training side.
    count
        How many folds there will be.

    Raises
    ------
    UserError
        If one is; it names the rarest.
    """
    rarest, found = min(spread(classes, codes).items(), key=lambda item: item[1])
    if found < count:
        rows = int((classes == rarest).sum())
        way = f"lower tune.folds to at most {found}"
        if found == 1:
            other = "name another columns.group, or " if rows > 1 else ""
            way = f"lower split.test_share, or {other}{last_way(classes.nunique())}"
        raise UserError(
            f"train has {counted(rows, found)} of class '{rarest}', too few for "
            f"tune.folds ({count}): {way}"
        )


def check_classes(folds: Folds, classes: pd.Series) -> None:
    """Check that each fold learns from every class and is scored on every class.

    Parameters
    ----------
    folds
        The rows to learn from and to score on, of each fold.
    classes
        The class of each row.

    Raises
    ------
    UserError
        If a class is missing in a part of a fold.
    """
    kinds, names = pd.factorize(classes, sort=True)
    for number, parts in enumerate(folds, start=1):
        for part, use in zip(parts, ("learn from", "be scored on"), strict=True):
            missing = np.flatnonzero(
                np.bincount(kinds[part], minlength=len(names)) == 0
            )
            if missing.size:
                rows = int((kinds == missing[0]).sum())
                raise UserError(
                    f"train has {counted(rows)} of class '{names[missing[0]]}', but "
                    f"fold {number} has none to {use}: {_way(len(folds), len(names))}"
                )


def _way(count: int, classes: int) -> str:
    lower = f"tune.folds ({count})" if count > 2 else "split.test_share"
    return f"lower {lower}, or {last_way(classes)}"
