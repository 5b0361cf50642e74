"""Features that give the target away."""

import numpy as np
import pandas as pd

from ..runtime.params import Columns

ENOUGH = 10  # rows per value, or values of a number: with fewer it may be chance


def find_in_classes(
    table: pd.DataFrame, classes: pd.Series, columns: Columns
) -> list[str]:
    """Say which features tell the class alone.

    Either each value goes with one class, whatever stands where it is missing, or it
    is missing in all rows of one class and in no other.

    Parameters
    ----------
    table
        All rows.
    classes
        The class of each row.
    columns
        Which columns are features.
    """
    kinds = pd.factorize(classes)[0]
    found = []
    for name in columns.features:
        codes, values = pd.factorize(table[name])
        known = codes >= 0
        if _tells(codes[known], kinds[known], len(values)):
            where = "" if known.all() else ", where it is not missing"
            found.append(
                f"each of the {len(values)} values of '{name}' goes with one class "
                f"only{where}: it gives the target away"
            )
        elif _parts(kinds[known], kinds[~known]):
            found.append(f"whether '{name}' is missing gives the target away")
    return found


def _tells(codes: np.ndarray, kinds: np.ndarray, values: int) -> bool:
    if values * ENOUGH > len(codes):
        return False
    pairs = pd.DataFrame({"code": codes, "kind": kinds}).drop_duplicates()
    return pairs["code"].is_unique and pairs["kind"].nunique() > 1


def _parts(kinds: np.ndarray, others: np.ndarray) -> bool:
    """Say whether two sets of rows, neither empty, have no class in common."""
    enough = len(kinds) + len(others) >= 2 * ENOUGH
    both = len(kinds) > 0 and len(others) > 0
    return enough and both and not np.isin(kinds, others).any()


def find_in_numbers(
    table: pd.DataFrame, target: np.ndarray, columns: Columns
) -> list[str]:
    """Say which numeric features are the target on another scale.

    Where it is not missing, such a feature has the order of the target, or the reverse,
    and equal values where the target has them.

    Parameters
    ----------
    table
        All rows.
    target
        The number of each row.
    columns
        Which columns are features.
    """
    found = []
    for name in columns.numeric:
        values = table[name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(values)
        own, ranks = (
            pd.Series(numbers[known]).rank().to_numpy() for numbers in (values, target)
        )
        same = (own == ranks).all() or (own == len(own) + 1 - ranks).all()
        if same and np.unique(ranks).size >= ENOUGH:
            where = "" if known.all() else ", where it is not missing"
            found.append(
                f"'{name}' rises or falls exactly with the target{where}: it gives the "
                "target away"
            )
    return found


def is_perfect(value: float, best: float) -> bool:
    """Say whether a score is the best that there is, 0 or 1, up to rounding.

    Parameters
    ----------
    value
        The score.
    best
        The best that there is, 0 or 1.
    """
    return abs(value - best) < (1e-9 if best else 1e-15)
