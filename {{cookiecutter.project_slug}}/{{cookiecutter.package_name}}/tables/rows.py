"""Names for rows where no column names them: their content and a number.

Equal rows are numbered, so every name is there once. A name depends on no other row but
the equal ones: in another order the names are the same, and added rows only add some.
"""

import hashlib
import struct

import numpy as np
import pandas as pd

EXACT = 2**53  # below it a float holds every whole number
WIDTH = 16  # bytes of a digest


def names(digests: pd.DataFrame, numbers: np.ndarray) -> pd.Series:
    """Return the name of each row.

    Parameters
    ----------
    digests
        What `digest` gave.
    numbers
        The number of each row among equal ones, such as `number` gives.
    """
    text = digests.to_numpy().tobytes().hex()
    width = 2 * WIDTH
    named = [
        f"{text[start : start + width]}-{number}"
        for start, number in zip(range(0, len(text), width), numbers, strict=True)
    ]
    return pd.Series(named, index=digests.index, dtype=str)


def number(digests: pd.DataFrame) -> np.ndarray:
    """Number the rows among those of equal content, from 0, shape (rows,)."""
    return digests.groupby(["high", "low"], sort=False).cumcount().to_numpy()


def number_known(digests: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """Number rows as those of another table, so that a row too many repeats a number.

    Parameters
    ----------
    digests
        The rows to number, as `digest` gives them.
    known
        The digests of the table that holds each row once.

    Examples
    --------
    >>> table = digest(pd.DataFrame({"x": [1, 2, 2]}), ["x"])
    >>> [int(n) for n in number_known(table.iloc[[0, 1, 2, 0, 1]], table)]
    [0, 0, 1, 0, 0]
    """
    both = pd.concat([known, digests], ignore_index=True)
    codes = both.groupby(["high", "low"], sort=False).ngroup().to_numpy()
    there = np.bincount(codes[: len(known)], minlength=codes.max() + 1)
    copies = there[codes[len(known) :]]
    numbers = number(digests)
    return np.where(copies > 0, numbers % np.maximum(copies, 1), numbers)


def digest(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return a digest of the content of each row, in columns high and low.

    It doesn't depend on the order of the columns.

    Parameters
    ----------
    table
        One row per example.
    columns
        Which columns make the content of a row.
    """
    content = np.empty((len(table), len(columns)), dtype="<u8")
    for place, name in enumerate(sorted(columns)):
        content[:, place] = _words(table[name])
    packed = content.tobytes()
    step = content.shape[1] * content.itemsize
    joined = b"".join(
        hashlib.blake2b(packed[start : start + step], digest_size=WIDTH).digest()
        for start in range(0, len(packed), step)
    )
    halves = np.frombuffer(joined, dtype="<u8").reshape(-1, 2)
    return pd.DataFrame(halves, columns=["high", "low"], index=table.index)


def _words(column: pd.Series) -> np.ndarray:
    """Return 64 bits for each value; for equal values the same in every type."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
        if not (np.abs(numbers) >= EXACT).any():
            # Adding 0 turns -0.0 into 0.0; a missing value has one pattern of bits.
            bits = np.where(np.isnan(numbers), np.nan, numbers + 0.0)
            return bits.astype("<f8").view("<u8")
    codes, values = pd.factorize(column)
    words = np.array([*(_word(value) for value in values), _word(np.nan)], dtype="<u8")
    return words[codes]  # a missing value has the code -1


def _word(value: object) -> int:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool | int | float):
        as_float = float(plain)
        if np.isnan(as_float) or as_float == plain:
            return int.from_bytes(struct.pack("<d", as_float + 0.0), "little")
    text = str(value).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
