"""Tables in Parquet files; `raw` reads CSV."""

import io
from pathlib import Path

import pandas as pd

from ..runtime.errors import UserError, missing, unreadable
from ..runtime.outputs import Outputs


def read(path: Path) -> pd.DataFrame:
    """Read a table.

    Raises
    ------
    UserError
        If the file is missing or is not a table.
    """
    try:
        with path.open("rb") as stream:  # pandas would take a folder for a table
            return pd.read_parquet(stream)
    except FileNotFoundError:
        raise missing(path) from None
    except Exception as error:  # pylint: disable=broad-exception-caught
        raise unreadable(path, "a table", error) from None


def write(outputs: Outputs, path: Path, table: pd.DataFrame) -> None:
    """Write a table without the metadata of pandas, which holds versions.

    Parameters
    ----------
    outputs
        The outputs of the stage.
    path
        The file.
    table
        Columns of one type each; its index is not kept.

    Raises
    ------
    UserError
        If a column holds values of several types.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    try:
        content = pa.Table.from_pandas(table, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        # The name of the column comes last.
        reason = "; ".join(str(part) for part in error.args)
        raise UserError(f"{path} can't hold the table: {reason}") from None
    pq.write_table(content.replace_schema_metadata(None), buffer)
    outputs.binary(path, buffer.getvalue())
