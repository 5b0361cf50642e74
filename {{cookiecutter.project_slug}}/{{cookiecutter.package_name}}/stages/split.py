"""Split once, before training, and keep every group on one side.

The side of a group is drawn by a keyed hash of its name. If there is a time column, the
test side is what ends last instead.
"""

import hashlib

import pandas as pd

from ..core import groups, params, paths, targets
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
    table: pd.DataFrame, columns: params.Columns, settings: params.Split
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a table by group.

    By time, no row of the training side is later than the end of a test group.

    Parameters
    ----------
    table
        One row per example.
    columns
        Which columns hold the group and the time of a row, if any does.
    settings
        The key of the hash, and the share of groups on the test side.

    Returns
    -------
    train, test
        The rows in their order.

    Raises
    ------
    UserError
        If a row has no group or no time, or a side is empty.
    """
    if columns.time is None:
        names = groups.names(table, columns)
        places = names.map(
            {name: position(name, settings.key) for name in names.unique()}
        )
    else:
        places = groups.later(table, columns)
    is_test = places < settings.test_share
    train, test = table[~is_test], table[is_test]
    for name, side in (("train", train), ("test", test)):
        if side.empty:
            raise UserError(
                f"the {name} side is empty: change split.test_share "
                f"({settings.test_share}) or split.key"
            )
    return train.reset_index(drop=True), test.reset_index(drop=True)


def check_balance(
    train: pd.Series, test: pd.Series, positive: str | None, max_class_gap: float
) -> None:
    """Check that the classes have about the same shares on both sides.

    Parameters
    ----------
    train, test
        The class of each row, as `targets.classes` gives it.
    positive
        The positive class, if there is one.
    max_class_gap
        How far apart the shares of a class may be.

    Raises
    ------
    UserError
        If there are no two classes, one is missing on a side, or its shares are
        further apart.
    """
    names = sorted(set(train) | set(test))
    if positive is not None and positive not in names:
        raise UserError(f"columns.positive is '{positive}', which the target never is")
    if len(names) < 2:
        raise UserError(f"the target has one class only: '{names[0]}'")
    shares = [side.value_counts(normalize=True) for side in (train, test)]
    for side, found in zip(("train", "test"), shares, strict=True):
        if missing := [name for name in names if name not in found.index]:
            raise UserError(f"the {side} side has no row of class '{missing[0]}'")
    gaps = {name: abs(shares[0][name] - shares[1][name]) for name in names}
    worst = max(names, key=lambda name: gaps[name])
    if gaps[worst] > max_class_gap:
        raise UserError(
            f"the share of '{worst}' is {shares[0][worst]:.3f} in train and "
            f"{shares[1][worst]:.3f} in test: {gaps[worst]:.3f} apart, more than "
            f"split.max_class_gap ({max_class_gap}); choose another split.key"
        )


def main(arguments: list[str]) -> None:
    """Write ``data/train.parquet`` and ``data/test.parquet``."""
    settings = params.load()
    columns = settings.columns
    table = read_table(paths.PREPARED)
    train, test = split(table, columns, settings.split)
    if settings.task != "regression":
        check_balance(
            targets.classes(train, columns),
            targets.classes(test, columns),
            columns.positive,
            settings.split.max_class_gap or 1.0,
        )
    with Outputs() as outputs:
        outputs.table(paths.TRAIN, train)
        outputs.table(paths.TEST, test)
