"""Whether the classes are on both sides of a split, and in about the same shares."""

import math

import numpy as np
import pandas as pd

from ..runtime.errors import UserError, counted, listed, quoted
from ..runtime.params import Params
from . import strata

MEASURABLE = 0.6  # of the resamples, in expectation: `evaluate` needs half of them


def check_classes(classes: pd.Series, positive: str | None) -> None:
    """Check that there are two classes, the positive among them if there is one.

    Parameters
    ----------
    classes
        The class of each row.
    positive
        The positive class, if the problem is binary.

    Raises
    ------
    UserError
        If there aren't.
    """
    names = sorted(classes.unique())
    if positive is not None and positive not in names:
        raise UserError(f"columns.positive is '{positive}', which the target never is")
    if len(names) < 2:
        raise UserError(f"the target has one class only: '{names[0]}'")


def check_sides(
    classes: pd.Series, codes: np.ndarray, is_test: np.ndarray, parameters: Params
) -> None:
    """Check that every class is on both sides, and often enough in test to measure.

    Parameters
    ----------
    classes, codes, is_test
        The class of each row, its group, and whether it is on the test side.
    parameters
        How they were split.

    Raises
    ------
    UserError
        If a class is too rare on a side.
    """
    names, mostly = classes.unique(), strata.by_class(codes, classes)
    for side, there in (("train", ~is_test), ("test", is_test)):
        for name in sorted(set(names) - set(classes[there].unique())):
            found = codes[(classes == name).to_numpy()]
            groups = np.unique(found).size
            raise UserError(
                f"the {side} side has no row of class '{name}', which has "
                f"{counted(len(found), groups)}: "
                f"{_way(side, groups, mostly == name, len(names), parameters)}"
            )
    _check_resamples(classes[is_test], codes[is_test], parameters)


def _way(
    side: str, groups: int, is_mostly: np.ndarray, classes: int, parameters: Params
) -> str:
    """Say what would help a class that is missing on a side."""
    if groups == 1:
        column = parameters.columns.group
        other = f"name another columns.group than '{column}', or " if column else ""
        return other + last_way(classes)
    move = "raise" if side == "test" else "lower"
    share = f"{move} split.test_share ({parameters.split.test_share})"
    if parameters.columns.time is not None:
        return f"{share}, or {last_way(classes)}"
    if not parameters.stratified and is_mostly.sum() > 1:
        return "set split.stratify to true"
    return f"{share}, or choose another split.key"


def _check_resamples(classes: pd.Series, codes: np.ndarray, parameters: Params) -> None:
    groups = spread(classes, codes)
    total = np.unique(codes).size
    # The share of resamples that hold a class, as if the classes were independent.
    held = math.prod(1 - (1 - found / total) ** total for found in groups.values())
    if held < MEASURABLE:
        rarest, found = min(groups.items(), key=lambda item: item[1])
        rows = int((classes == rarest).sum())
        raise UserError(
            f"test has {counted(rows, found)} of class '{rarest}': only "
            f"{held:.0%} of the bootstrap's resamples would hold every class; raise "
            f"split.test_share ({parameters.split.test_share}), or "
            f"{last_way(len(groups), 'the rarest classes')}"
        )


def check_values(target: np.ndarray, codes: np.ndarray, parameters: Params) -> None:
    """Check that most resamples of a regression's test side hold two values.

    Parameters
    ----------
    target, codes
        The number of each row of the test side, and its group.
    parameters
        How they were split.

    Raises
    ------
    UserError
        If they don't, so that not every metric could be measured.
    """
    groups = pd.Series(target).groupby(codes).agg(["first", "nunique"])
    single = groups.loc[groups["nunique"] == 1, "first"].value_counts()
    held = 1 - float(((single / len(groups)) ** len(groups)).sum())
    if held < MEASURABLE:
        raise UserError(
            f"test has {counted(len(target), len(groups))}: only {held:.0%} of the "
            "bootstrap's resamples would hold two values of the target; raise "
            f"split.test_share ({parameters.split.test_share}), or get more rows"
        )


def find_gap(train: pd.Series, test: pd.Series, bound: float) -> str | None:
    """Say which class has the most different shares on the sides, if it is too much.

    Parameters
    ----------
    train, test
        The class of each row; every class is on both.
    bound
        How far apart the shares of a class may be.
    """
    first, second = (
        side.value_counts(normalize=True).to_dict() for side in (train, test)
    )
    gaps = {name: abs(first[name] - second[name]) for name in sorted(train.unique())}
    worst = max(gaps, key=lambda name: gaps[name])
    if gaps[worst] <= bound:
        return None
    return (
        f"the share of '{worst}' is {first[worst]:.3f} in train and "
        f"{second[worst]:.3f} in test: {gaps[worst]:.3f} apart, more than "
        f"split.max_class_gap ({bound})"
    )


def find_others(target: pd.Series, positive: str | None) -> str | None:
    """Say which values of a target count as one class, if they are several.

    Parameters
    ----------
    target
        The value of each row.
    positive
        The class that all others are held against, if the problem is binary.
    """
    others = sorted(set(target.astype(str)) - {positive})
    if positive is None or len(others) < 2:
        return None
    return (
        f"{quoted(target.name)} has {len(others)} values besides {quoted(positive)}, "
        f"{listed(others)}: they count as one class, since the problem is binary"
    )


def spread(classes: pd.Series, codes: np.ndarray) -> dict[str, int]:
    """Return in how many groups each class is, by its name.

    Parameters
    ----------
    classes
        The class of each row.
    codes
        The group of each row, from 0, shape (rows,).

    Examples
    --------
    >>> spread(pd.Series(["b", "a", "a", "a"]), np.array([0, 0, 0, 1]))
    {'a': 2, 'b': 1}
    """
    kinds, names = pd.factorize(classes, sort=True)
    pairs = np.unique(codes * len(names) + kinds)
    counts = np.bincount(pairs % len(names))
    return dict(zip(names, counts.tolist(), strict=True))


def last_way(classes: int, which: str = "the class") -> str:
    """Say what helps rare classes if no parameter does.

    Parameters
    ----------
    classes
        How many classes there are.
    which
        What to call the rare ones.

    Examples
    --------
    >>> last_way(3), last_way(2)
    ('leave the class out in prepare', 'get more rows of the class')
    """
    if classes == 2:  # of two classes none can be left out
        return "get more rows of the class"
    return f"leave {which} out in prepare"
