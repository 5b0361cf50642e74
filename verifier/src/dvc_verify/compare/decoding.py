"""What files hold, decoded for a comparison: nothing in them is ever run."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any


def read_skops(path: Path) -> Any:
    """Parse a skops archive without loading it; ids and names of members don't count.

    skops names members by ``id()``: they are numbered here in the order of the schema.
    """
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    schema.pop("_skops_version", None)
    ids: dict[Any, int] = {}

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        copy = {key: plain(value) for key, value in node.items() if key != "file"}
        if "__id__" in node:
            copy["__id__"] = ids.setdefault(node["__id__"], len(ids))
        if "file" in node:
            copy["file"] = _array(node["file"], members[node["file"]])
        return copy

    return plain(schema)


def _array(name: str, content: bytes) -> Any:
    """Decode an array of numbers; other members stay bytes."""
    if PurePosixPath(name).suffix == ".npy":
        import numpy as np

        return np.load(io.BytesIO(content), allow_pickle=False)
    return content.hex()


def read_json(path: Path) -> Any:
    """Parse JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_csv(path: Path) -> Any:
    """Parse CSV into rows of numbers and texts."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [[number(cell) for cell in row] for row in csv.reader(stream)]


def number(cell: str) -> float | str:
    """Return a cell as a number if it is one."""
    try:
        return float(cell)
    except ValueError:
        return cell


def read_parquet(path: Path) -> Any:
    """Decode Parquet into its column names and types, then its rows."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    schema = [[field.name, str(field.type)] for field in table.schema]
    return [schema, *(list(row.values()) for row in table.to_pylist())]


def read_npy(path: Path) -> Any:
    """Decode an array; one that needs a pickle is refused."""
    import numpy as np

    return np.load(path, allow_pickle=False)


def read_png(path: Path) -> Any:
    """Decode a picture into its pixels, rows by columns by channels."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"))


DECODERS: dict[str, Callable[[Path], Any]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".npy": read_npy,
    ".parquet": read_parquet,
    ".png": read_png,
    ".skops": read_skops,
}
