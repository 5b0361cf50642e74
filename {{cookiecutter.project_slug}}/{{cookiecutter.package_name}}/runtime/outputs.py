"""Read and write JSON and records; a stage writes all of its outputs or none.

The same content gives the same bytes every time.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from .errors import UserError, missing, unreadable

Record = TypeVar("Record")
SIGNIFICANT_DIGITS = 10


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    UserError
        If the file is missing or is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise missing(path) from None
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, "JSON", error) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_record(path: Path, kind: type[Record]) -> Record:
    """Read a record that `Outputs.json` wrote.

    Parameters
    ----------
    path
        The file.
    kind
        A dataclass of ``records/``, or a type that is built of some.

    Raises
    ------
    UserError
        If the file is missing, is not JSON, or is another record.
    """
    read_json(path)
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"{path} is not the record that its stage writes: {key or 'all of it'}: "
            f"{first['msg'].lower()}; remove it, then run `invoke repro`"
        ) from None


def to_json(content: Any) -> str:
    """Write JSON, or a record, with sorted keys and floats of 10 significant digits.

    Examples
    --------
    >>> print(to_json({"b": 0.1 + 0.2, "a": [1, None]}), end="")
    {
      "a": [
        1,
        null
      ],
      "b": 0.3
    }
    """
    text = json.dumps(
        _rounded(content), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    return text + "\n"


def _rounded(content: Any) -> Any:
    if is_dataclass(content) and not isinstance(content, type):
        return _rounded(asdict(content))
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_rounded(value) for value in content]
    if isinstance(content, float):  # numpy's float64 is one
        digits = float(f"{content:.{SIGNIFICANT_DIGITS}g}")
        return digits if math.isfinite(digits) else None
    if hasattr(content, "item"):  # another numpy scalar
        return content.item()
    return content


class Outputs:
    """Write the outputs of a stage, all or none.

    Files are written beside their place and moved there together when the block
    ends. If it ends with an error, nothing is moved and nothing stays behind.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with Outputs() as outputs:
    ...     outputs.json(folder / "answer.json", {"answer": 42})
    >>> read_json(folder / "answer.json")
    {'answer': 42}
    """

    def __init__(self) -> None:
        self._partial: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            for path, partial in self._partial.items():
                partial.replace(path)
        else:
            for partial in self._partial.values():
                partial.unlink(missing_ok=True)

    def binary(self, path: Path, content: bytes) -> None:
        """Write bytes.

        Parameters
        ----------
        path
            The file.
        content
            All of it.
        """
        self.chunks(path, [content])

    def chunks(self, path: Path, content: Iterable[bytes]) -> None:
        """Write bytes as they come, without holding them all.

        Parameters
        ----------
        path
            The file.
        content
            Its parts, in their order.
        """
        # The name is fixed, so that what a killed run left is overwritten.
        partial = path.with_name(f".{path.name}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._partial[path] = partial
            with partial.open("wb") as stream:
                stream.writelines(content)
        except OSError as error:
            raise UserError(f"{path} can't be written: {error.strerror}") from None

    def text(self, path: Path, content: str) -> None:
        """Write text as UTF-8, with the same line ends on every system.

        Parameters
        ----------
        path
            The file.
        content
            All of it, with `\\n` at the end of a line.
        """
        self.binary(path, content.encode("utf-8"))

    def json(self, path: Path, content: Any) -> None:
        """Write JSON; see `to_json`.

        Parameters
        ----------
        path
            The file.
        content
            A record, or what JSON can hold.
        """
        self.text(path, to_json(content))
