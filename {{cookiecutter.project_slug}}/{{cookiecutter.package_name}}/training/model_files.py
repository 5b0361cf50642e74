"""Models as bytes: skops files that are the same for the same model.

skops names the members of its archive by ``id()`` and stamps them with the clock.
Here both are replaced: numbers in the order of the schema, and a fixed date.
"""

import io
import json
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import skops.io

from ..runtime.errors import UserError, missing, unreadable

SCHEMA = "schema.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip archive can hold

# What a model may hold beside what skops trusts by itself. Nothing else is loaded.
TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
]


def read(path: Path) -> Any:
    """Read a model from a file that holds what `dumps` gave.

    Raises
    ------
    UserError
        If the file is missing or is not such a model.
    """
    try:
        model = loads(path.read_bytes())
    except FileNotFoundError:
        raise missing(path) from None
    # There is no list of what skops raises for a file that it didn't write.
    except Exception as error:  # pylint: disable=broad-exception-caught
        raise unreadable(path, "a model", error) from None
    if not hasattr(model, "predict"):
        kind = type(model).__name__
        raise UserError(f"{path} can't be read as a model: it holds a {kind}")
    return model


def dumps(model: Any) -> bytes:
    """Write a model.

    Raises
    ------
    ValueError
        If skops wrote a member that the schema doesn't refer to.
    """
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        schema = json.loads(archive.read(SCHEMA))
        del schema["_skops_version"]  # a stamp that loading doesn't read
        contents = {name: archive.read(name) for name in archive.namelist()}
    members: dict[str, str] = {}
    schema = _renumber(schema, {}, members)
    unknown = contents.keys() - members.keys() - {SCHEMA}
    if unknown:
        raise ValueError(f"members of the model without a reference: {sorted(unknown)}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        # Not sorted: the order of a dict is part of the model.
        text = json.dumps(schema, indent=1)
        _add(archive, SCHEMA, text.encode())
        for old, new in members.items():
            _add(archive, new, contents[old])
    return buffer.getvalue()


def loads(content: bytes) -> Any:
    """Read a model; types outside skops' own list and `TRUSTED` are refused.

    Raises
    ------
    skops.io.exceptions.UntrustedTypesFoundException
        If the model holds another type.
    ValueError
        If the file would unpack to more than it holds, or is otherwise none of ours.
    """
    _check_members(content)
    return skops.io.loads(content, trusted=TRUSTED)


def _check_members(content: bytes) -> None:
    """Refuse what `dumps` never writes, before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if SCHEMA not in names:
            raise ValueError(f"it has no {SCHEMA}")
        if len(set(names)) < len(names):
            raise ValueError("it has a member twice")
        # Nothing is compressed, so a small file can't fill the memory.
        if any(each.compress_type != zipfile.ZIP_STORED for each in members):
            raise ValueError("it has a compressed member")
        if sum(each.file_size for each in members) > len(content):
            raise ValueError("its members are larger than the file")
        if not isinstance(json.loads(archive.read(SCHEMA)), dict):
            raise ValueError(f"its {SCHEMA} is not an object")


def _renumber(node: Any, ids: dict[int, int], members: dict[str, str]) -> Any:
    """Copy a schema with ids and member names numbered as they come."""
    if isinstance(node, list):
        return [_renumber(item, ids, members) for item in node]
    if not isinstance(node, dict):
        return node
    copy: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            copy[key] = ids.setdefault(value, len(ids))
        elif key == "file":
            suffix = PurePosixPath(value).suffix
            copy[key] = members.setdefault(value, f"{len(members):04d}{suffix}")
        else:
            copy[key] = _renumber(value, ids, members)
    return copy


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3  # the same on Windows
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
