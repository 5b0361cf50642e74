"""Split once, before training, and keep every group on one side."""

import hashlib

import pandas as pd

from ..core import params, paths
from ..core.artifacts import Outputs, read_table
from ..core.errors import UserError


def position(group: str, key: str) -> float:
    """Place a group in [0, 1) by a keyed hash.

    It depends on nothing but the two arguments: not on the order of the rows, nor on
    which other groups there are, nor on the root seed.

    Examples
    --------
    >>> round(position("a", "key"), 6) == round(position("a", "key"), 6)
    True
    >>> position("a", "key") == position("a", "another key")
    False
    """
    word = hashlib.blake2b(group.encode(), key=key.encode(), digest_size=8).digest()
    # 53 bits fit a float exactly; 64 would round up to 1.0 in the end.
    return (int.from_bytes(word, "big") >> 11) / 2**53


def split(
    table: pd.DataFrame, group: str, settings: params.Split
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a table by group.

    Parameters
    ----------
    table
        One row per example.
    group
        The column that holds the group of a row.
    settings
        The key of the hash, and the share of groups on the test side.

    Returns
    -------
    train, test
        The rows in their order.

    Raises
    ------
    UserError
        If a row has no group, or a side is empty.
    """
    if table[group].isna().any():
        row = int(table[group].isna().to_numpy().argmax())
        raise UserError(f"row {row} of {paths.PREPARED} has no {group}; give it one")
    places = {name: position(str(name), settings.key) for name in table[group].unique()}
    is_test = table[group].map(places) < settings.test_share
    train, test = table[~is_test], table[is_test]
    for name, side in (("train", train), ("test", test)):
        if side.empty:
            raise UserError(
                f"the {name} side is empty: change split.test_share "
                f"({settings.test_share}) or split.key"
            )
    return train.reset_index(drop=True), test.reset_index(drop=True)


def check_balance(
    train: pd.Series, test: pd.Series, positive: str, max_class_gap: float
) -> None:
    """Check that the classes have about the same shares on both sides.

    Raises
    ------
    UserError
        If a class is missing on a side, or the shares of the positive class are
        further apart than the bound.
    """
    shares = [float((side == positive).mean()) for side in (train, test)]
    for name, share in zip(("train", "test"), shares, strict=True):
        if share in (0.0, 1.0):
            raise UserError(
                f"the {name} side has one class only (columns.positive is '{positive}')"
            )
    gap = abs(shares[0] - shares[1])
    if gap > max_class_gap:
        raise UserError(
            f"the share of '{positive}' is {shares[0]:.3f} in train and "
            f"{shares[1]:.3f} in test: {gap:.3f} apart, more than split.max_class_gap "
            f"({max_class_gap}); choose another split.key"
        )


def main(arguments: list[str]) -> None:
    """Write ``data/train.parquet`` and ``data/test.parquet``."""
    settings = params.load()
    columns = settings.columns
    table = read_table(paths.PREPARED)
    train, test = split(table, columns.group, settings.split)
    check_balance(
        train[columns.target],
        test[columns.target],
        columns.positive,
        settings.split.max_class_gap,
    )
    with Outputs() as outputs:
        outputs.table(paths.TRAIN, train)
        outputs.table(paths.TEST, test)
