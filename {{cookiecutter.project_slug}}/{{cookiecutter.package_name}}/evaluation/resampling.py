"""The rows of groups that are drawn again and again."""

import numpy as np


class Members:
    """Find the rows of any groups at the cost of those rows alone.

    Parameters
    ----------
    codes
        The group of each row, from 0 and without a gap, shape (rows,).

    Examples
    --------
    >>> Members(np.array([1, 0, 1])).rows(np.array([1, 0, 1])).tolist()
    [0, 2, 1, 0, 2]
    """

    def __init__(self, codes: np.ndarray) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._sizes = np.bincount(codes)
        self._starts = np.cumsum(self._sizes) - self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """Return the rows of groups, group after group, as often as each is chosen."""
        sizes = self._sizes[chosen]
        ends = np.cumsum(sizes)
        # Where a group's rows begin in the order, less where they begin in the result.
        shifts = np.repeat(self._starts[chosen] - ends + sizes, sizes)
        rows: np.ndarray = self._order[np.arange(ends[-1]) + shifts]
        return rows
