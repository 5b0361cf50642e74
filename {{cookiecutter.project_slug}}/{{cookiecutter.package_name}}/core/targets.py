"""What is predicted: the target, as each task needs it."""

import numpy as np
import pandas as pd

from .errors import UserError
from .params import Columns, Params


def classes(table: pd.DataFrame, columns: Columns) -> pd.Series:
    """Return the class of each row as text.

    With a positive class, every other is the one that it is not.

    Examples
    --------
    >>> table = pd.DataFrame({"t": [1, 2, 3], "x": 0})
    >>> columns = Columns(target="t", positive="1", numeric=["x"], categorical=[])
    >>> list(classes(table, columns))
    ['1', 'not 1', 'not 1']
    """
    text = table[columns.target].astype(str)
    if columns.positive is None:
        return text
    return text.where(text == columns.positive, f"not {columns.positive}")


def labels(table: pd.DataFrame, settings: Params) -> np.ndarray:
    """Return what a model learns, shape (rows,).

    1 and 0 for the positive class and the rest, the names of classes, or numbers.

    Raises
    ------
    UserError
        If a regression's target is no number.
    """
    return LABELS[settings.task](table, settings.columns)


def _binary(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    return (classes(table, columns) == columns.positive).to_numpy(int)


def _multiclass(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    return classes(table, columns).to_numpy(dtype=str)


def _regression(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    target = table[columns.target]
    if not pd.api.types.is_numeric_dtype(target):
        raise UserError(
            f"columns.target names '{target.name}', which holds {target.dtype}: a "
            "regression needs numbers"
        )
    return target.to_numpy(float)


LABELS = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}
