"""Look at a CSV file: is it one, what does its header name, which line is wrong."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ..runtime.errors import UserError, missing, quoted

CHUNK = 1 << 20
WANTED = "write it as CSV in UTF-8 with commas"
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# What a file of another kind begins with.
KINDS = {
    rb"PK\x03\x04": "an Excel or zip file",
    rb"\xd0\xcf\x11\xe0": "an old Excel file",
    rb"\x1f\x8b": "a gzip file",
    rb"BZh[1-9]1AY&SY": "a bzip2 file",
    rb"\xfd7zXZ|7z\xbc\xaf": "an xz or 7z file",
    rb"\x28\xb5\x2f\xfd": "a Zstandard file",
    rb"PAR1[\x00-\x1f]": "a Parquet file",
    rb"ARROW1\x00": "an Arrow file",
    rb"\x89HDF": "an HDF5 file",
    rb"SQLite format 3\x00": "an SQLite database",
    rb"\xff\xfe|\xfe\xff": "text in UTF-16",
    rb"%PDF-": "a PDF",
    rb"version https://git-lfs": "a pointer of Git LFS and not the file itself",
    rb"\s*<(!doctype|html|\?xml)": "a page of HTML or XML",
    rb'\s*(\{\s*["}]|\[\s*[\[{"])': "JSON",
}


def inspect(path: Path) -> tuple[list[str], bool]:
    """Read the header of a CSV file, and say whether a quote is anywhere in the file.

    Raises
    ------
    UserError
        If the file is missing, empty or of another kind, has a NUL byte, or its header
        is not one name for each column.
    """
    with _opened(path):
        has_quotes = _scan(path)
        names = _read_header(path)
    if len(names) == 1:
        _check_one_name(path, names[0])
    seen: set[str] = set()
    for number, name in enumerate(names, start=1):
        if not name.strip():
            raise UserError(
                f"{path}: column {number} has no name in the header; give it one, or "
                "take the column out"
            )
        if name in seen:
            raise UserError(
                f"{path}: two columns are named {quoted(name)} in the header; "
                "rename one"
            )
        seen.add(name)
    return names, has_quotes


@contextmanager
def _opened(path: Path) -> Iterator[None]:
    """Turn what can happen to a file that is read into one line."""
    try:
        yield
    except FileNotFoundError:
        raise missing(path) from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        _explain_encoding(path)


def _scan(path: Path) -> bool:
    """Look at all bytes once: refuse other kinds of files, and look for quotes."""
    has_quotes = False
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
        if not head.removeprefix(b"\xef\xbb\xbf").strip():
            raise UserError(f"{path} is empty; it needs a header and rows")
        for pattern, kind in KINDS.items():
            if re.match(pattern, head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
                raise UserError(f"{path} is {kind}; {WANTED}")
        chunk, lines = head, 1
        while chunk:
            if (place := chunk.find(b"\0")) >= 0:
                line = lines + chunk.count(b"\n", 0, place)
                raise UserError(f"{path}, line {line}: a NUL byte; {WANTED}")
            has_quotes = has_quotes or b'"' in chunk
            lines += chunk.count(b"\n")
            chunk = stream.read(CHUNK)
    return has_quotes


@contextmanager
def _rows(path: Path, strict: bool = False) -> Iterator[Any]:
    """Open a reader of the rows, blank lines included as empty ones."""
    csv.field_size_limit(2**31 - 1)  # what a C long holds everywhere
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield csv.reader(stream, strict=strict)


def _read_header(path: Path) -> list[str]:
    with _rows(path) as reader:
        return next((row for row in reader if row), [])


def _check_one_name(path: Path, name: str) -> None:
    if name.startswith("#"):
        raise UserError(f"{path}: line 1 is a comment; take it out: {quoted(name)}")
    for mark, kind in DELIMITERS.items():
        if mark in name:
            raise UserError(
                f"{path}: the header has {kind} between its names, {quoted(name)}; "
                f"{WANTED}"
            )


def check_rows(path: Path) -> int:
    """Check that each row has a value for each column, and each quote an end.

    Returns
    -------
    int
        The number of rows below the header.

    Raises
    ------
    UserError
        If not: it names the first line that is wrong.
    """
    with _opened(path), _rows(path, strict=True) as reader:
        width, begin, count = 0, 1, -1
        try:
            for row in reader:
                width = width or len(row)
                if row and len(row) != width:
                    _explain_width(path, begin, len(row), width)
                begin = reader.line_num + 1
                count += bool(row)
        except csv.Error as error:
            raise UserError(f"{path}, line {begin}: {_explain_quote(error)}") from None
    return count


def _explain_quote(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "a quote is opened here and never closed"
    if "expected after" in str(error):
        return 'text follows a closing quote; a quote inside a value is written ""'
    return str(error)


def _explain_width(path: Path, line: int, found: int, width: int) -> NoReturn:
    header = ",".join(_read_header(path))
    if header.startswith("#"):
        hint = f"is line 1 a comment, {quoted(header)}? Take it out"
    elif marks := [m for m in DELIMITERS if header.count(m) > header.count(",")]:
        hint = f"the header has {DELIMITERS[marks[0]]} between its names; {WANTED}"
    elif found > width:
        hint = "a value with a comma needs quotes around it"
    else:
        hint = "a missing value needs its comma"
    raise UserError(
        f"{path}, line {line}: {found} value(s), but the header names {width} "
        f"column(s); {hint}"
    )


def _explain_encoding(path: Path) -> NoReturn:
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", content[: error.start])) + 1
        raise UserError(
            f"{path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8, it "
            "may be Latin-1 or Windows-1252; save the file as UTF-8"
        ) from None
    raise UserError(f"{path} changed while it was read")


def explain(path: Path, reason: str) -> NoReturn:
    """Say in one line why a file could not be read.

    Parameters
    ----------
    path
        The file.
    reason
        What its reader said.

    Raises
    ------
    UserError
        Always: it names the first line that is wrong, or else the given reason.
    """
    if not check_rows(path):
        raise UserError(f"{path} is a header without rows")
    raise UserError(f"{path} can't be read: {reason.partition(chr(10))[0]}")


def find(path: Path, name: str, text: str) -> int | None:
    """Return the line of the first row that holds a text in a column, if one does.

    Parameters
    ----------
    path
        The file.
    name
        The column.
    text
        The value, as it stands in the file.
    """
    if not path.exists():
        return None
    with _rows(path) as reader:
        names: list[str] = []
        begin = 1
        for row in reader:
            place = names.index(name) if name in names else len(names)
            if names and row and row[place : place + 1] == [text]:
                return begin
            names, begin = names or row, reader.line_num + 1
    return None
