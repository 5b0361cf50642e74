"""Which rows belong together, and which group comes after which."""

import numpy as np
import pandas as pd

from ..runtime.errors import UserError, quoted
from ..runtime.params import Columns
from . import rows


def names(table: pd.DataFrame, columns: Columns) -> pd.Series:
    """Return the name of each row's group.

    Without a column for it, each row is a group of its own: its name is made of what
    stands in the columns that ``params.yaml`` names, the target among them, and of its
    number among equal rows.

    Parameters
    ----------
    table
        One row per example.
    columns
        Which column names the group, if any does, and which are used.

    Raises
    ------
    UserError
        If a row has no group.
    """
    if columns.group is not None:
        _check_complete(table[columns.group])
        return table[columns.group].astype(str)
    digests = rows.digest(table, columns.used)
    return rows.names(digests, rows.number(digests))


def name_sides(
    tables: dict[str, pd.DataFrame], columns: Columns
) -> tuple[pd.Series, pd.Series]:
    """Return the names of the groups of ``train`` and of ``test``.

    Without a column for them a row has the name of the prepared row that it is: equal
    rows may be on both sides, but no more of them than there are in ``prepared``.

    Parameters
    ----------
    tables
        The datasets `train` and `test`, and `prepared` if it is known.
    columns
        Which column names the group, if any does, and which are used.

    Raises
    ------
    UserError
        If a row has no group.
    """
    train, test = tables["train"], tables["test"]
    if columns.group is not None:
        return names(train, columns), names(test, columns)
    digests = rows.digest(pd.concat([train, test], ignore_index=True), columns.used)
    prepared = tables.get("prepared")
    if prepared is None:
        numbers = rows.number(digests)
    else:
        numbers = rows.number_known(digests, rows.digest(prepared, columns.used))
    named = rows.names(digests, numbers)
    return named[: len(train)], named[len(train) :]


def codes(table: pd.DataFrame, columns: Columns) -> np.ndarray:
    """Return the number of each row's group, from 0, shape (rows,).

    Groups are numbered in the order of their names; without a column for them, the
    rows as they come. Text would cost some functions the square of the groups.

    Parameters
    ----------
    table
        One row per example.
    columns
        Which column names the group, if any does.

    Raises
    ------
    UserError
        If a row has no group.
    """
    if columns.group is None:
        return np.arange(len(table))
    return pd.factorize(names(table, columns), sort=True)[0]


def later(table: pd.DataFrame, columns: Columns) -> pd.Series:
    """Return for each row the share of groups that end later than its own.

    It is 0 for the last group and below 1 for the first. A group ends with its latest
    row; groups that end at the same time have the same share, that of the last.

    Parameters
    ----------
    table
        One row per example.
    columns
        Which columns name the time and the group.

    Raises
    ------
    UserError
        If a row has no group or no time, or a text is no time.
    """
    numbers = codes(table, columns)
    ends = _times(table, columns).groupby(numbers).max()
    shares = (len(ends) - ends.rank(method="max")) / len(ends)
    return pd.Series(shares.to_numpy()[numbers], index=table.index)


def _times(table: pd.DataFrame, columns: Columns) -> pd.Series:
    times = table[str(columns.time)]
    _check_complete(times)
    if isinstance(times.dtype, pd.CategoricalDtype):
        times = times.astype(times.cat.categories.dtype)
    dates = times
    if pd.api.types.is_string_dtype(times):
        # pandas takes words too: "now" is another time in each run, "nat" is none.
        dates = times.where(times.str.match(r"\d{4}"))
    elif times.dtype != object:  # a date without a time of day is an object of Python
        return times
    found = pd.to_datetime(dates, format="ISO8601", utc=True, errors="coerce")
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise UserError(
            f"row {row + 1} that prepare makes: {times.name}: "
            f"{quoted(times.iloc[row])} is not a calendar date in ISO 8601, such as "
            "2026-01-31 or 2026-01-31T12:00, but columns.time names the column; "
            "rewrite it in prepare"
        )
    return found


def _check_complete(column: pd.Series) -> None:
    if column.isna().any():
        row = int(column.isna().to_numpy().argmax())
        raise UserError(
            f"row {row + 1} that prepare makes has no {column.name}; give it one, or "
            "leave the row out"
        )
