"""Which rows belong together, and which group comes after which."""

import hashlib

import numpy as np
import pandas as pd

from . import paths
from .errors import UserError
from .params import Columns


def names(table: pd.DataFrame, columns: Columns) -> pd.Series:
    """Return the name of each row's group.

    Without a column for it, a group is all rows of equal content: what stands in the
    columns that ``params.yaml`` names.

    Raises
    ------
    UserError
        If a row has no group.
    """
    if columns.group is not None:
        _check_complete(table[columns.group])
        return table[columns.group].astype(str)
    contents = zip(*(table[name] for name in columns.used), strict=True)
    return pd.Series([_hash(row) for row in contents], index=table.index, dtype=str)


def _hash(row: tuple[object, ...]) -> str:
    # The text of a float is exact and the same everywhere; numpy's own would not be.
    word = "\x1f".join(str(value) for value in row)
    return hashlib.blake2b(word.encode(), digest_size=16).hexdigest()


def later(table: pd.DataFrame, columns: Columns) -> pd.Series:
    """Return for each row the share of groups that end later than its own.

    It is 0 for the last group and below 1 for the first. A group ends with its latest
    row; groups that end at the same time have the same share, that of the last.

    Raises
    ------
    UserError
        If a row has no group or no time, or a text is no time.
    """
    groups = names(table, columns)
    ends = _times(table, columns).groupby(groups).max()
    shares = (len(ends) - ends.rank(method="max")) / len(ends)
    return groups.map(shares)


def _times(table: pd.DataFrame, columns: Columns) -> pd.Series:
    times = table[str(columns.time)]
    _check_complete(times)
    if not pd.api.types.is_string_dtype(times.dtype):
        return times
    try:
        return pd.to_datetime(times, format="ISO8601", utc=True)
    except ValueError as error:
        raise UserError(
            f"columns.time names '{columns.time}', whose text is no time in ISO 8601, "
            f"such as 2026-01-31: {str(error).partition(chr(10))[0]}"
        ) from None


def _check_complete(column: pd.Series) -> None:
    if column.isna().any():
        row = int(column.isna().to_numpy().argmax())
        raise UserError(
            f"row {row} of {paths.PREPARED} has no {column.name}; give it one"
        )


def forward_folds(
    table: pd.DataFrame, columns: Columns, count: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Make folds that are forward in time: each learns from what ends before it.

    The groups are put into ``count + 1`` blocks by the time of their end. Fold *n*
    learns from the first *n* blocks and is scored on the next.

    Raises
    ------
    UserError
        If there are too few times for so many folds.
    """
    # The share of a block's first group is a fraction: no rounding may move it down.
    steps = np.floor(later(table, columns) * (count + 1) + 1e-9).astype(int)
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
