"""The datasets that are held against expectations, by name."""

import pandas as pd

from . import groups, paths
from .artifacts import read_table
from .params import Columns

TABLES = {
    "raw": paths.RAW,
    "prepared": paths.PREPARED,
    "train": paths.TRAIN,
    "test": paths.TEST,
}


def read(names: list[str], columns: Columns | None) -> dict[str, pd.DataFrame]:
    """Read datasets; with both sides of the split comes `groups`, which joins them.

    Parameters
    ----------
    names
        Keys of `TABLES`.
    columns
        What names a group; without it there is no `groups`.

    Raises
    ------
    UserError
        If a file is missing or is no table, or a row has no group.
    """
    tables = {name: read_table(TABLES[name]) for name in names}
    if columns and {"train", "test"} <= tables.keys():
        tables["groups"] = join_groups(*groups.name_sides(tables, columns))
    return tables


def join_groups(train: pd.Series, test: pd.Series) -> pd.DataFrame:
    """Return one row per group and side; a group on both sides stands twice."""
    sides = [
        pd.DataFrame({"group": side.unique(), "side": name})
        for name, side in (("train", train), ("test", test))
    ]
    return pd.concat(sides, ignore_index=True)
