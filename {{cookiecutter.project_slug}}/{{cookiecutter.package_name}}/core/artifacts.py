"""Read and write tables, models, figures and JSON.

The same content gives the same bytes every time, and a stage writes all of its
outputs or none.
"""

import hashlib
import io
import json
import math
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .errors import UserError, missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SIGNIFICANT_DIGITS = 10


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_table(path: Path) -> "pd.DataFrame":
    """Read a table from a Parquet file; `raw.read` reads CSV.

    Raises
    ------
    UserError
        If the file is missing or is not a table.
    """
    import pandas as pd

    try:
        with path.open("rb") as stream:  # pandas would take a folder for a table
            return pd.read_parquet(stream)
    except FileNotFoundError:
        raise missing(path) from None
    except Exception as error:  # pylint: disable=broad-exception-caught
        raise _unreadable(path, "a table", error) from None


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
        raise _unreadable(path, "JSON", error) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unreadable(path: Path, kind: str, error: Exception) -> UserError:
    """Say in one line why a file can't be read; what a library raises may be empty."""
    reason = str(error).strip() or type(error).__name__
    return UserError(f"{path} can't be read as {kind}: {reason.splitlines()[0][:300]}")


def read_model(path: Path) -> Any:
    """Read a model that `Outputs.model` wrote.

    Raises
    ------
    UserError
        If the file is missing or is not such a model.
    """
    from . import model_files

    try:
        model = model_files.loads(path.read_bytes())
    except FileNotFoundError:
        raise missing(path) from None
    # There is no list of what skops raises for a file that it didn't write.
    except Exception as error:  # pylint: disable=broad-exception-caught
        raise _unreadable(path, "a model", error) from None
    if not hasattr(model, "predict"):
        kind = type(model).__name__
        raise UserError(f"{path} can't be read as a model: it holds a {kind}")
    return model


def to_json(content: Any) -> str:
    """Write JSON with sorted keys and floats of 10 significant digits.

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
        """Write bytes."""
        self.chunks(path, [content])

    def chunks(self, path: Path, content: Iterable[bytes]) -> None:
        """Write bytes as they come, without holding them all."""
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
        """Write text as UTF-8, with the same line ends on every system."""
        self.binary(path, content.encode("utf-8"))

    def json(self, path: Path, content: Any) -> None:
        """Write JSON; see `to_json`."""
        self.text(path, to_json(content))

    def csv(self, path: Path, table: "pd.DataFrame") -> None:
        """Write a table as CSV, floats with 10 significant digits."""
        text = table.to_csv(
            index=False, lineterminator="\n", float_format=f"%.{SIGNIFICANT_DIGITS}g"
        )
        self.text(path, text)

    def table(self, path: Path, table: "pd.DataFrame") -> None:
        """Write a table as Parquet, without the metadata of pandas (versions)."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        buffer = io.BytesIO()
        try:
            content = pa.Table.from_pandas(table, preserve_index=False)
        except (pa.ArrowException, TypeError, ValueError) as error:
            # Of a column that holds values of several types; its name comes last.
            reason = "; ".join(str(part) for part in error.args)
            raise UserError(f"{path} can't hold the table: {reason}") from None
        pq.write_table(content.replace_schema_metadata(None), buffer)
        self.binary(path, buffer.getvalue())

    def model(self, path: Path, model: Any) -> None:
        """Write a scikit-learn model; see `model_files.dumps`."""
        from . import model_files

        self.binary(path, model_files.dumps(model))

    def figure(self, path: Path, figure: "Figure") -> bytes:
        """Write a figure as PNG without a stamp, and return its bytes."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
        self.binary(path, buffer.getvalue())
        return buffer.getvalue()
