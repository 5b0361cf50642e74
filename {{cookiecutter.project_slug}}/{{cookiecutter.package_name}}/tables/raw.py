"""The one reader of the raw table: its values are read as they are in the file."""

import math
import re
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ..runtime.errors import UserError, listed, quoted
from ..runtime.params import Data
from . import csv_file

BLOCK = 1 << 24  # bytes that are parsed at once; a row of several is refused
SAMPLE = 100
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
# A number that a float holds and prints as the same number. Others need a closer look.
PLAIN = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][+-][0-9]{1,2})?$"
FRACTION = r"\.|[eE][+-]"


def read(path: Path, data: Data) -> pd.DataFrame:
    """Read a CSV file: UTF-8, commas, one header line.

    A column of whole numbers becomes integers (nullable if values are missing), one of
    decimals floats, any other is text. Nothing is guessed but this, and the type of a
    column doesn't depend on the order of its rows.

    Parameters
    ----------
    path
        The file.
    data
        Which columns are text whatever they hold, and what counts as missing.

    Raises
    ------
    UserError
        If the file is no such table, or a value would not print back as it is.
    """
    names, has_quotes = csv_file.inspect(path)
    if data.text != "all":
        if unknown := [name for name in data.text if name not in names]:
            raise UserError(
                f"data.text names {listed(unknown)}, but {path} has the columns "
                f"{listed(names)}"
            )
    if has_quotes:  # what is wrong with quotes, the fast reader doesn't see
        csv_file.check_rows(path)
    # No other name for the columns, so that each is freed once it is typed.
    columns = dict(
        zip(names, _read_text(path, names, data.missing, has_quotes), strict=True)
    )
    as_text = names if data.text == "all" else data.text
    for name, column in columns.items():
        if name not in as_text:
            columns[name] = _typed(path, name, column)
    return pd.DataFrame(
        {name: _to_pandas(columns.pop(name)) for name in names}, copy=False
    )


def _read_text(
    path: Path, names: list[str], missing: list[str], has_quotes: bool
) -> list[pa.ChunkedArray]:
    try:
        table = csv.read_csv(
            path,
            csv.ReadOptions(use_threads=False, block_size=BLOCK),
            csv.ParseOptions(newlines_in_values=has_quotes),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=missing,
                strings_can_be_null=True,
            ),
        )
    except ValueError as error:  # ArrowInvalid is one
        csv_file.explain(path, str(error))
    if table.column_names != names:
        raise UserError(f"{path}: the header can't be read: {listed(names)}")
    if not table.num_rows:
        csv_file.explain(path, "no row is found")
    return list(table.columns)


def _typed(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of text as numbers, if it holds nothing else."""
    if column.null_count == len(column):
        return column.cast(pa.float64())
    for kind in (pa.int64(), pa.float64()):
        try:
            column.slice(0, SAMPLE).cast(kind)  # every value that fails costs time
            numbers = column.cast(kind)
        except pa.ArrowInvalid:
            continue
        odd = _odd(column, numbers)
        if not all(re.fullmatch(NUMBER, text) for text in odd):
            return column  # such as 0x10, inf, nan
        if odd:
            _check_kept(path, column, odd, name, int if kind == pa.int64() else float)
        return numbers
    return column


def _odd(column: pa.ChunkedArray, numbers: pa.ChunkedArray) -> list[str]:
    """Return the texts that might not be the same as their numbers, each once."""
    if numbers.type == pa.int64():
        same = pc.equal(numbers.cast(pa.string()), column)
    else:
        same = pc.match_substring_regex(column, PLAIN)
    if pc.all(same).as_py():
        return []
    found: list[str] = column.filter(pc.invert(same)).unique().to_pylist()
    return found


def _check_kept(
    path: Path,
    column: pa.ChunkedArray,
    odd: list[str],
    name: str,
    kind: type[int] | type[float],
) -> None:
    """Refuse the first of some texts whose number is not the same as the text."""
    has_fraction = pc.any(pc.match_substring_regex(column, FRACTION)).as_py()
    for text in odd:
        if not _is_kept(text, has_fraction):
            line = csv_file.find(path, name, text)
            raise UserError(
                f"{path}: {name}: {quoted(text)} would become {kind(text)}; name it in "
                f"data.text (line {line})"
            )


def _is_kept(text: str, has_fraction: bool) -> bool:
    """Say whether a text that is a number is still the same as a number."""
    if re.match(r"[+-]?0[0-9]", text):
        return False  # 007 is a name
    if not has_fraction and re.fullmatch(r"[+-]?[0-9]+([eE][0-9]+)?", text):
        return False  # a whole number has one text only; 1e5 may be a name
    number = float(text)
    if math.isinf(number) or (number == 0 and re.match(r"[^eE]*[1-9]", text)):
        return False
    if re.match(r"[+-]?[0-9]{16}", text):
        return Decimal(text) in (Decimal(number), Decimal(repr(number)))
    return True


def _to_pandas(column: pa.ChunkedArray) -> pd.Series:
    nullable = {pa.int64(): pd.Int64Dtype()} if column.null_count else {}
    made: pd.Series = column.to_pandas(types_mapper=nullable.get)
    return made
