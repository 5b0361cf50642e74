"""The datasets that are validated, by name."""

from pathlib import Path

import pandas as pd

from ..runtime import paths
from ..runtime.errors import UserError, missing
from ..runtime.outputs import digest, read_json
from ..runtime.params import Params
from . import groups, parquet, raw

TABLES = {
    "raw": paths.RAW,
    "prepared": paths.PREPARED,
    "train": paths.TRAIN,
    "test": paths.TEST,
}


def read(names: list[str], parameters: Params) -> dict[str, pd.DataFrame]:
    """Read datasets; with both sides of the split comes `groups`, which joins them.

    Parameters
    ----------
    names
        Keys of `TABLES`.
    parameters
        How the raw table is read, and what names a group.

    Raises
    ------
    UserError
        If a file is missing or is no table, or a row has no group.
    """
    tables = {
        name: (
            raw.read(TABLES[name], parameters.data)
            if name == "raw"
            else parquet.read(TABLES[name])
        )
        for name in names
    }
    if {"train", "test"} <= tables.keys():
        tables["groups"] = join_groups(*groups.name_sides(tables, parameters.columns))
    return tables


def verdict(names: list[str]) -> dict[str, dict[str, str]]:
    """Return what a gate holds: the digest of each dataset that passed."""
    return {"datasets": {name: digest(TABLES[name]) for name in names}}


def check_passed(name: str, gate: Path) -> None:
    """Check that a dataset is still the one that its validation passed.

    Parameters
    ----------
    name
        A key of `TABLES`.
    gate
        What the validation wrote.

    Raises
    ------
    UserError
        If it is another, or the validation has not run.
    """
    try:
        passed = read_json(gate)["datasets"][name]
    except (KeyError, TypeError):
        passed = None
    if not TABLES[name].exists():
        raise missing(TABLES[name])
    if digest(TABLES[name]) != passed:
        raise UserError(
            f"{TABLES[name]} is not the table that {gate} passed; run `invoke repro`"
        )


def join_groups(train: pd.Series, test: pd.Series) -> pd.DataFrame:
    """Return one row per group and side; a group on both sides stands twice.

    Parameters
    ----------
    train
        The group of each row of the training side.
    test
        The group of each row of the test side.
    """
    sides = [
        pd.DataFrame({"group": side.unique(), "side": name})
        for name, side in (("train", train), ("test", test))
    ]
    return pd.concat(sides, ignore_index=True)
