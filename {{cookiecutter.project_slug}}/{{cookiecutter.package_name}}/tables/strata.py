"""Groups that are alike in their target, so that each kind of them can be split."""

import numpy as np
import pandas as pd

QUANTILES = 10  # strata of a regression, if there are groups enough


def by_class(codes: np.ndarray, classes: pd.Series) -> np.ndarray:
    """Return the stratum of each group: its most frequent class.

    Of classes that are equally frequent in a group, the one that is rarest in the table
    counts; of those, the first by name.

    Parameters
    ----------
    codes
        The group of each row, from 0, shape (rows,).
    classes
        The class of each row.

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1, 1, 2])
    >>> by_class(codes, pd.Series(["a", "b", "a", "a", "b", "a"])).tolist()
    ['b', 'a', 'a']
    """
    kinds, names = pd.factorize(classes, sort=True)
    rarest = np.argsort(np.bincount(kinds), kind="stable")  # equals in order of name
    ranks = np.argsort(rarest)[kinds]
    pairs, counts = np.unique(codes * len(names) + ranks, return_counts=True)
    groups, ranks = np.divmod(pairs, len(names))
    order = np.lexsort((ranks, -counts, groups))
    first = np.diff(groups[order], prepend=-1) > 0
    return np.asarray(names, dtype=object)[rarest][ranks[order][first]]


def by_quantile(codes: np.ndarray, target: np.ndarray, share: float) -> np.ndarray:
    """Return the stratum of each group: between which quantiles its median lies.

    Equal medians are in one stratum. There are at most `QUANTILES` strata, and so few
    that each can give a group to both sides.

    Parameters
    ----------
    codes
        The group of each row, from 0, shape (rows,).
    target
        The number of each row.
    share
        The share of groups that goes to the test side.

    Examples
    --------
    >>> by_quantile(np.arange(8), np.arange(8.0), 0.25).tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    medians = pd.Series(target).groupby(codes).median()
    count = max(1, min(QUANTILES, int(len(medians) * min(share, 1 - share))))
    # Twice the mean rank, a whole number: many equal medians don't take others along.
    ranks, whole = (2 * medians.rank()).to_numpy(int), 2 * len(medians)
    return (ranks * count + whole - 1) // whole - 1


def take(positions: np.ndarray, strata: np.ndarray, share: float) -> np.ndarray:
    """Return whether each group is among the first of its stratum.

    Of n groups these are ``round(share * n)``, but one at least and not all, if there
    are two.

    Parameters
    ----------
    positions
        What orders the groups, shape (groups,).
    strata
        The stratum of each group.
    share
        How many to take of each.

    Examples
    --------
    >>> take(np.array([0.3, 0.1, 0.2, 0.9]), np.array([0, 0, 0, 1]), 0.4).tolist()
    [False, True, False, False]
    """
    strata = pd.factorize(strata)[0]
    sizes = np.bincount(strata)
    quotas = np.array([_quota(int(size), share) for size in sizes])
    order = np.lexsort((positions, strata))
    places = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    taken = np.empty(len(order), dtype=bool)
    taken[order] = places < quotas[strata[order]]
    return taken


def _quota(size: int, share: float) -> int:
    wanted = round(share * size)
    return min(max(wanted, 1), size - 1) if size > 1 else wanted
