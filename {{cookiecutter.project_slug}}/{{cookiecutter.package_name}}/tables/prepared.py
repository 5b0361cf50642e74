"""The prepared table: each column has the type and the values that its part needs."""

import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..runtime import paths
from ..runtime.errors import UserError, listed, quoted
from ..runtime.params import Columns, Params
from . import csv_file
from .raw import NUMBER

Prepare = Callable[[pd.DataFrame], pd.DataFrame]


def apply(prepare: Prepare, raw: pd.DataFrame) -> pd.DataFrame:
    """Call a function that prepares the raw table; what it raises becomes one line.

    Parameters
    ----------
    prepare
        Makes the prepared table of the raw one.
    raw
        The raw table.

    Raises
    ------
    UserError
        If the function fails, or doesn't give a table with rows, or the raw table has
        one column only.
    """
    if len(raw.columns) == 1:  # no target beside a feature
        raise UserError(
            f"{paths.RAW} has one column only, {quoted(raw.columns[0])}: is there "
            f"another mark than a comma between its values? If so, {csv_file.WANTED}"
        )
    try:
        table = prepare(raw.copy(deep=False))  # it may change what it is given
    except UserError:
        raise
    # It is the user's own function: it may raise whatever there is.
    except Exception as error:  # pylint: disable=broad-exception-caught
        raise UserError(_explain(error, raw)) from None
    if not isinstance(table, pd.DataFrame) or not table.columns.is_unique:
        raise UserError("prepare must give a table whose columns have different names")
    if table.empty:
        raise UserError(f"prepare keeps none of the {len(raw)} rows that it was given")
    return table


def _explain(error: Exception, raw: pd.DataFrame) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).name == "prepare.py"] or frames
    place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}"
    # A dict of the user's own raises a KeyError too.
    in_pandas = Path(pd.__file__).parent in Path(frames[-1].filename).parents
    if isinstance(error, KeyError) and error.args and in_pandas:
        asked = error.args[0] if isinstance(error.args[0], list) else [error.args[0]]
        if unknown := [name for name in asked if name not in raw.columns]:
            return (
                f"{place}: there is no column {listed(unknown)}; {paths.RAW} has "
                f"{listed(list(raw.columns))}"
            )
    reason = str(error).partition("\n")[0]
    return f"{place}: {type(error).__name__}: {reason}"


def finish(table: pd.DataFrame, parameters: Params) -> pd.DataFrame:
    """Make numbers of the numeric columns and text of the others, and check both.

    Categorical columns, the group and the classes are text, as `str` writes them:
    1, 1.0, True. A missing value stays missing. Columns that play no part, and the
    time, stay as they are.

    Parameters
    ----------
    table
        What the stage `prepare` made.
    parameters
        The problem type, and what each column is for.

    Raises
    ------
    UserError
        If a column is missing, a number is none or is infinite, or the target is
        missing in a row or doesn't suit the problem type.
    """
    columns = parameters.columns
    _check_columns(table, columns)
    numeric = dict.fromkeys(columns.numeric, "columns.numeric")
    texts = [*columns.categorical, *([columns.group] if columns.group else [])]
    if not parameters.has_classes:
        numeric[columns.target] = "columns.target"
    else:
        texts.append(columns.target)
    made = {name: as_text(table[name]) for name in texts}
    for name, parameter in numeric.items():
        made[name], wrong = as_numbers(table[name])
        if wrong is not None:
            raise UserError(_explain_number(table[name], wrong, parameter))
    table = table.copy(deep=False)
    for name, column in made.items():  # `assign` takes no column named self
        table[name] = column
    _check_target(table[columns.target], parameters)
    return table


def _check_columns(table: pd.DataFrame, columns: Columns) -> None:
    if missing := [name for name in columns.used if name not in table]:
        raise UserError(
            f"params.yaml: columns names {listed(missing)}, which prepare doesn't "
            f"make; it makes {listed(list(table.columns))}"
        )
    if unknown := int(table[columns.target].isna().sum()):
        raise UserError(
            f"{unknown} prepared row(s) have no {columns.target}, the target: let "
            "prepare leave them out"
        )
    for name in columns.numeric:
        if table[name].isna().all():
            raise UserError(
                f"columns.numeric names {quoted(name)}, which has no value in any row; "
                "take it out"
            )


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as text; missing values stay missing.

    Examples
    --------
    >>> list(as_text(pd.Series([1, 0])))
    ['1', '0']
    >>> list(as_text(pd.Series([1.0, 0.5])))
    ['1.0', '0.5']
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        # Of itself pandas would make 1.0 of 1 where a value is missing.
        names = pd.array([str(one) for one in column.cat.categories], dtype="str")
        texts = names.take(column.cat.codes.to_numpy(), allow_fill=True)
        return pd.Series(texts, index=column.index, name=column.name)
    return column.astype("str")


def as_numbers(column: pd.Series) -> tuple[pd.Series, int | None]:
    """Return a column as numbers, and the first row that holds none or infinity.

    Text is a number if a number is all that it holds. Integers stay integers; nullable
    ones, which the raw table has where a value is missing, become floats.
    """
    kind = column.dtype
    if isinstance(kind, np.dtype) and kind.kind in "iu":
        return column, None
    if pd.api.types.is_numeric_dtype(kind) and kind.kind in "iufb":
        values = column.to_numpy("float64", na_value=np.nan)
    elif kind.kind in "mMc":  # a time is no number, nor is a complex one
        return column, int(column.notna().to_numpy().argmax())
    else:
        text = pc.utf8_trim_whitespace(pa.array(as_text(column)))
        wrong = pc.invert(pc.match_substring_regex(text, f"^({NUMBER})$"))
        if pc.any(wrong).as_py():
            return column, int(pc.index(wrong, True).as_py())
        values = text.cast(pa.float64()).to_numpy(False)
    infinite = np.isinf(values)
    numbers = pd.Series(values, index=column.index, name=column.name)
    return numbers, int(infinite.argmax()) if infinite.any() else None


def _explain_number(column: pd.Series, row: int, parameter: str) -> str:
    """Say where a value stands that is no number, and what can be done."""
    name, value = column.name, column.iloc[row]
    line = csv_file.find(paths.RAW, str(name), value) if isinstance(value, str) else 0
    place = f"{paths.RAW}, line {line}" if line else f"row {row + 1} that prepare makes"
    what = "finite" if isinstance(value, float) else "a number"
    return (
        f"{place}: {name}: {quoted(value)} is not {what}, but {parameter} names the "
        "column; correct the value there or in prepare, or name it in data.missing if "
        "it means that nothing is known"
    )


def _check_target(target: pd.Series, parameters: Params) -> None:
    """Check that there is something to learn."""
    found = target.unique()
    name, positive = quoted(target.name), parameters.columns.positive
    if len(found) == 1:
        raise UserError(
            f"columns.target names {name}, which is {quoted(found[0])} in every row: "
            "there is nothing to learn"
        )
    if not parameters.has_classes:
        return
    classes = sorted(found)
    if positive is not None and positive not in classes:
        raise UserError(
            f"columns.positive is {quoted(positive)}, which {name} never is; it is "
            f"{listed(classes)}"
        )
    if parameters.problem_type == "multiclass" and len(classes) == 2:
        raise UserError(
            f"problem_type is multiclass, but {name} has two classes, "
            f"{listed(classes)}: make it binary and give columns.positive"
        )
