"""Folds that are forward in time, and whether each class is in every fold."""

import numpy as np
import pandas as pd

from . import groups
from .errors import UserError, counted
from .params import Columns

Folds = list[tuple[np.ndarray, np.ndarray]]


def make_forward(table: pd.DataFrame, columns: Columns, count: int) -> Folds:
    """Make folds that are forward in time: each learns from what ends before it.

    The groups are put into ``count + 1`` blocks by the time of their end. Fold *n*
    learns from the first *n* blocks and is scored on the next.

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


def spread(classes: pd.Series, codes: np.ndarray) -> dict[str, int]:
    """Return in how many groups each class is, by its name.

    Examples
    --------
    >>> spread(pd.Series(["b", "a", "a", "a"]), np.array([0, 0, 0, 1]))
    {'a': 2, 'b': 1}
    """
    kinds, names = pd.factorize(classes, sort=True)
    pairs = np.unique(codes * len(names) + kinds)
    counts = np.bincount(pairs % len(names))
    return dict(zip(names, counts.tolist(), strict=True))


def check_classes(folds: Folds, classes: pd.Series) -> None:
    """Check that each fold learns from every class and is scored on every class.

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


def last_way(classes: int, which: str = "the class") -> str:
    """Say what helps rare classes if no parameter does.

    Examples
    --------
    >>> last_way(3), last_way(2)
    ('leave the class out in prepare', 'get more rows of the class')
    """
    if classes == 2:  # of two classes none can be left out
        return "get more rows of the class"
    return f"leave {which} out in prepare"
