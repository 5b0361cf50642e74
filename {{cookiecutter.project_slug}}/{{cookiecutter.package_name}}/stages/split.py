"""Split once, before training, and keep every group on one side.

The side of a group is drawn by a keyed hash of its name, within each stratum if the
split is stratified. If there is a time column, the test side is what ends last instead.
"""

import hashlib

import numpy as np
import pandas as pd

from ..records.counts import Sides
from ..runtime import params, paths
from ..runtime.errors import UserError, warn
from ..runtime.outputs import Outputs
from ..tables import balance, groups, leakage, parquet, strata, targets
from ..training import folds

UNEVEN = 0.1  # how far the share of rows may be from that of groups


def position(group: str, key: str) -> float:
    """Place a group in [0, 1) by a keyed hash.

    It depends on nothing but the two arguments: not on the order of the rows, nor on
    which other groups there are, nor on the root seed.

    Parameters
    ----------
    group
        The name of the group.
    key
        `split.key`, of at most 64 bytes.

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


def split(table: pd.DataFrame, parameters: params.Params) -> np.ndarray:
    """Choose the rows of the test side, group by group.

    Without strata a group is there if its hash is below `split.test_share`: other
    groups don't matter. Of each stratum the share with the lowest hashes is there.
    By time, no row of the training side is later than the end of a test group.

    Parameters
    ----------
    table
        One row per example.
    parameters
        Which columns hold the group and the time of a row, if any does; the key of the
        hash, the share of groups on the test side, and whether there are strata.

    Returns
    -------
    numpy.ndarray
        Whether each row is on the test side, shape (rows,).

    Raises
    ------
    UserError
        If a row has no group or no time, or a side is empty.
    """
    share = parameters.split.test_share
    if parameters.columns.time is not None:
        is_test = (groups.later(table, parameters.columns) < share).to_numpy()
    else:
        codes, names = pd.factorize(groups.names(table, parameters.columns))
        places = np.array([position(name, parameters.split.key) for name in names])
        chosen = places < share
        if parameters.stratified:
            chosen = strata.take(places, _strata(table, codes, parameters), share)
        is_test = chosen[codes]
    for name, side in (("train", ~is_test), ("test", is_test)):
        if not side.any():
            reason = _why_empty(table, parameters)
            raise UserError(f"the {name} side is empty: {reason}")
    return is_test


def _why_empty(table: pd.DataFrame, parameters: params.Params) -> str:
    """Say what keeps all rows on one side, and what would part them."""
    columns, codes = parameters.columns, groups.codes(table, parameters.columns)
    other = f"name another columns.group than '{columns.group}'"
    kind = "row" if columns.group is None else "group"
    if codes.max() == 0:
        return f"all rows are of one group; {other}" if columns.group else "1 row only"
    if columns.time is not None:
        if groups.later(table, columns).nunique() == 1:
            same = f"every {kind} ends at the same '{columns.time}'"
            return f"{same}; make columns.time null"
        return f"change split.test_share ({parameters.split.test_share})"
    if parameters.stratified and parameters.has_classes:
        count = targets.classes(table, columns).nunique()
        way = "is the problem a regression?" if columns.group is None else other
        if count == codes.max() + 1:
            return f"each of the {count} classes has 1 {kind}, and it takes 2; {way}"
    return f"change split.test_share ({parameters.split.test_share}) or split.key"


def _strata(
    table: pd.DataFrame, codes: np.ndarray, parameters: params.Params
) -> np.ndarray:
    if parameters.has_classes:
        return strata.by_class(codes, targets.classes(table, parameters.columns))
    target = targets.numbers(table, parameters.columns)
    return strata.by_quantile(codes, target, parameters.split.test_share)


def check_classes(
    table: pd.DataFrame, is_test: np.ndarray, parameters: params.Params
) -> list[str]:
    """Check that no class is too rare for a side or for the folds.

    Parameters
    ----------
    table
        One row per example.
    is_test
        Whether each row is on the test side, shape (rows,).
    parameters
        The columns, the number of folds, and how the split was made.

    Returns
    -------
    list of str
        Warnings, if the classes of a stratified split have too different shares, or
        several values of a binary target count as one class.

    Raises
    ------
    UserError
        If a class is too rare, or the shares of any other split are too different.
    """
    columns, count = parameters.columns, parameters.tune.folds
    classes, codes = targets.classes(table, columns), groups.codes(table, columns)
    balance.check_classes(classes, columns.positive)
    balance.check_sides(classes, codes, is_test, parameters)
    train, test = classes[~is_test], classes[is_test]
    if columns.time is None:
        folds.check_counts(train, codes[~is_test], count)
    else:
        forward = folds.forward_folds(table[~is_test], columns, count)
        folds.check_classes(forward, train)
    others = balance.find_others(table[columns.target], columns.positive)
    gap = balance.find_gap(train, test, parameters.split.max_class_gap or 1.0)
    if gap and not parameters.stratified:
        # A split in time has no key to choose.
        way = "choose another split.key" if columns.time is None else "raise it"
        raise UserError(f"{gap}; {way}, or make it null")
    return [one for one in (others, gap) if one]


def find_uneven(is_test: np.ndarray, parameters: params.Params) -> list[str]:
    """Say whether the test side's share of the rows is far from that of the groups.

    Parameters
    ----------
    is_test
        Whether each row is on the test side.
    parameters
        Whether there are groups, and their share on the test side.
    """
    found, share = float(is_test.mean()), parameters.split.test_share
    if parameters.columns.group is None or abs(found - share) <= UNEVEN:
        return []
    return [
        f"the test side has {found:.0%} of the rows, but split.test_share is {share}: "
        "that is a share of the groups"
    ]


def main(arguments: list[str]) -> None:
    """Write ``data/train.parquet``, ``data/test.parquet`` and ``data/split.json``."""
    parameters = params.load()
    columns = parameters.columns
    table = parquet.read(paths.PREPARED)
    is_test = split(table, parameters)
    if parameters.has_classes:
        doubtful = check_classes(table, is_test, parameters)
        classes = targets.classes(table, columns)
        doubtful += leakage.find_in_classes(table, classes, columns)
    else:
        target = targets.numbers(table, columns)
        codes = groups.codes(table, columns)
        balance.check_values(target[is_test], codes[is_test], parameters)
        doubtful = leakage.find_in_numbers(table, target, columns)
    doubtful += find_uneven(is_test, parameters)
    warn(doubtful)
    train, test = (table[side].reset_index(drop=True) for side in (~is_test, is_test))
    with Outputs() as outputs:
        parquet.write(outputs, paths.TRAIN, train)
        parquet.write(outputs, paths.TEST, test)
        outputs.json(paths.SPLIT, Sides(len(train), len(test), doubtful))
