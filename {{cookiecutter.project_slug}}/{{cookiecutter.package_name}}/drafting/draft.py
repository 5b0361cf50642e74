"""Propose a suite of expectations from a table, for people to read and edit.

``python -m <package>.drafting.draft DATA [SUITE]`` writes it to a new file, by default
``gx/expectations/<stem of DATA>.json``.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..runtime import params, paths
from ..runtime.errors import UserError
from ..runtime.outputs import Outputs
from ..runtime.params import Data
from ..tables import parquet, raw

FEW = 20  # a column of at most so many different values is a set, if each is frequent
FREQUENT = 5  # how often each of them must stand there, in the mean
ROOM = 0.1  # what a range leaves on each side, as a share of what was seen
QUANTILES = (0.25, 0.5, 0.75)

Entry = dict[str, Any]


def draft(table: pd.DataFrame) -> list[Entry]:
    """Propose expectations that the table meets, with room for the next one.

    Ranges, sets, types and missing values are critical; quantiles are warnings.

    Raises
    ------
    UserError
        If the table has no row, or a name that isn't text or stands there twice.
    """
    if table.empty:
        raise UserError("a table without rows tells nothing to expect")
    names = list(table.columns)
    if not table.columns.is_unique or not all(isinstance(n, str) and n for n in names):
        raise UserError("each column of the table needs a name of its own, in text")
    rows = len(table)
    entries = [
        _entry(
            "expect_table_columns_to_match_ordered_list",
            column_list=names,
        ),
        _entry(
            "expect_table_row_count_to_be_between",
            min_value=rows // 2 or 1,
            max_value=rows * 10,
        ),
    ]
    for make in (_of_type, _not_null, _unique, _in_set, _between, _quantiles):
        found = (make(table[name]) for name in table)
        entries += [entry for entry in found if entry]
    return entries


def _entry(kind: str, severity: str = "critical", **kwargs: Any) -> Entry:
    return {"type": kind, "kwargs": kwargs, "severity": severity}


def _of_type(column: pd.Series) -> Entry:
    # Great Expectations compares the type of the values, and knows it by this name.
    dtype = column.dtype
    kind = str(dtype) if isinstance(dtype, np.dtype) else dtype.type.__name__
    return _entry("expect_column_values_to_be_of_type", column=column.name, type_=kind)


def _not_null(column: pd.Series) -> Entry | None:
    kind, share = "expect_column_values_to_not_be_null", float(column.notna().mean())
    if share == 1:
        return _entry(kind, column=column.name)
    mostly = math.floor((share - ROOM) * 100) / 100
    return _entry(kind, column=column.name, mostly=mostly) if mostly > 0 else None


def _unique(column: pd.Series) -> Entry | None:
    """A name or number that never repeats; a measurement does so by chance."""
    is_name = _is_text(column) or pd.api.types.is_integer_dtype(column)
    if not is_name or len(column) <= FEW or not column.is_unique:
        return None
    return _entry("expect_column_values_to_be_unique", column=column.name)


def _in_set(column: pd.Series) -> Entry | None:
    if not _is_set(column):
        return None
    values = sorted(column.dropna().unique().tolist())
    kind = "expect_column_values_to_be_in_set"
    return _entry(kind, column=column.name, value_set=values)


def _between(column: pd.Series) -> Entry | None:
    if not _is_measured(column):
        return None
    low, high = _around(column, float(column.min()), float(column.max()))
    kind = "expect_column_values_to_be_between"
    return _entry(kind, column=column.name, min_value=low, max_value=high)


def _quantiles(column: pd.Series) -> Entry | None:
    if not _is_measured(column):
        return None
    # As Great Expectations has them: a value that is there.
    found = column.dropna().quantile(list(QUANTILES), interpolation="nearest")
    ranges = [list(_around(column, float(value), float(value))) for value in found]
    return _entry(
        "expect_column_quantile_values_to_be_between",
        "warning",
        column=column.name,
        quantile_ranges={"quantiles": list(QUANTILES), "value_ranges": ranges},
    )


def _is_text(column: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(column)


def _is_set(column: pd.Series) -> bool:
    if not (_is_text(column) or pd.api.types.is_integer_dtype(column)):
        return False
    different = column.nunique()
    return 0 < different <= FEW and column.count() >= FREQUENT * different


def _is_measured(column: pd.Series) -> bool:
    is_flag = pd.api.types.is_bool_dtype(column)
    if is_flag or not pd.api.types.is_numeric_dtype(column):
        return False
    known = column.dropna()
    return not _is_set(column) and not known.empty and bool(abs(known).max() < math.inf)


def _around(column: pd.Series, low: float, high: float) -> tuple[float, float]:
    """Leave room on both sides, in round numbers, and do not cross zero for it."""
    least, most = float(column.min()), float(column.max())
    span = most - least or abs(high) or 1.0
    if not 1e-300 < span < 1e300:  # there is no room for round numbers
        return low, high
    step = 10.0 ** (math.floor(math.log10(span)) - 1)
    digits = max(0, -round(math.log10(step)))
    bottom = round(math.floor((low - ROOM * span) / step) * step, digits)
    top = round(math.ceil((high + ROOM * span) / step) * step, digits)
    if least >= 0:
        bottom = max(0.0, bottom)
    if most <= 0:
        top = min(0.0, top)
    return min(bottom, low), max(top, high)


def read(source: Path, data: Data) -> pd.DataFrame:
    """Read a Parquet file, or else CSV as the pipeline does.

    Parameters
    ----------
    source
        The table, as CSV or Parquet.
    data
        How a CSV file is read.
    """
    if not source.exists() and source.parent != paths.RAW.parent:
        raise UserError(f"{source} is missing; name a table that is there")
    if source.suffix.lower() == ".parquet":
        return parquet.read(source)
    return raw.read(source, data)


def write(source: Path, target: Path, data: Data) -> int:
    """Draft a suite from a file, check that the table meets it, and write it.

    Parameters
    ----------
    source, target
        The table, and the new file.
    data
        How CSV is read.

    Returns
    -------
    int
        The number of expectations.

    Raises
    ------
    UserError
        If the target is there already, or the table can't be read.
    """
    if target.exists():
        raise UserError(f"{target} is there already; name another file, or remove it")
    table = read(source, data)
    entries = draft(table)
    # Great Expectations takes seconds to import; an error above comes at once.
    from ..expectations import results, suites

    suite = suites.parse(target, {"expectations": entries})
    found = suites.validate(table, suite)
    if failed := results.failures(found, "critical"):
        print(results.tabulate(source.stem, failed))
        raise UserError(f"{source} does not meet its own draft, see above")
    met = [one for one, result in zip(entries, found, strict=True) if result.success]
    content = {"name": target.stem, "expectations": met}
    with Outputs() as outputs:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        outputs.text(target, text + "\n")
    return len(met)


def main(arguments: list[str]) -> int:
    """Write the draft that the command line asks for; an error is one line."""
    source = Path(arguments[0])
    target = (
        Path(arguments[1]) if arguments[1:] else paths.SUITES / f"{source.stem}.json"
    )
    try:
        count = write(source, target, params.load().data)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"{target}: {count} expectations, drafted from {source}. Read them, then edit."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
