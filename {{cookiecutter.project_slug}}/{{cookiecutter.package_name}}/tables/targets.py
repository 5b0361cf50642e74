"""What is predicted: the target, as each problem type needs it."""

import numpy as np
import pandas as pd

from ..runtime.errors import UserError
from ..runtime.params import Columns


def classes(table: pd.DataFrame, columns: Columns) -> pd.Series:
    """Return the class of each row as text.

    With a positive class, every other is the one that it is not.

    Parameters
    ----------
    table
        One row per example.
    columns
        Which column is the target, and which class is positive, if one is.

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


def positives(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    """Return 1 for the positive class and 0 for the rest, shape (rows,).

    Parameters
    ----------
    table
        One row per example.
    columns
        Which column is the target, and which class is positive.
    """
    return (classes(table, columns) == columns.positive).to_numpy(int)


def names(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    """Return the names of the classes, shape (rows,).

    Parameters
    ----------
    table
        One row per example.
    columns
        Which column is the target, and which class is positive, if one is.
    """
    return classes(table, columns).to_numpy(dtype=str)


def numbers(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    """Return the target as floats, shape (rows,).

    Parameters
    ----------
    table
        One row per example.
    columns
        Which column is the target.

    Raises
    ------
    UserError
        If it is no number.
    """
    target = table[columns.target]
    if not pd.api.types.is_numeric_dtype(target):
        raise UserError(
            f"columns.target names '{target.name}', which holds {target.dtype}: a "
            "regression needs numbers"
        )
    return target.to_numpy(float)
