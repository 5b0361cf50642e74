"""Bring in the raw data, and check that it is the data we know."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ..runtime import params, paths
from ..runtime.errors import UserError
from ..runtime.outputs import Outputs
from ..tables import download


def ingest(
    source: str, sha256: str, limits: download.Limits = download.DEFAULT
) -> Iterator[bytes]:
    """Read a file or a URL, chunk by chunk; only at the end is it known to be right.

    Parameters
    ----------
    source
        A path, or an http or https URL.
    sha256
        What the content must hash to, in hexadecimal.
    limits
        What a download may take.

    Raises
    ------
    UserError
        If the source can't be read in full or is not what was expected.
    """
    is_url = download.is_url(source)
    found = hashlib.sha256()
    for chunk in download.fetch(source, limits) if is_url else _read(Path(source)):
        found.update(chunk)
        yield chunk
    if found.hexdigest() != sha256:
        raise UserError(
            f"{download.masked(source) if is_url else source} has SHA-256 "
            f"{found.hexdigest()}, but data.sha256 is {sha256}: "
            "restore the data, or state the new hash if the change is meant"
        )


def _read(path: Path) -> Iterator[bytes]:
    reason = ""
    try:
        if path.exists() and not path.is_file():
            reason = "it is a folder" if path.is_dir() else "it is not a regular file"
        else:
            with path.open("rb") as stream:
                while chunk := stream.read(download.CHUNK):
                    yield chunk
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    if reason:
        raise UserError(
            f"data.source '{path}' can't be read: {reason}; "
            "give a file, or an http(s) URL"
        )


def main(arguments: list[str]) -> None:
    """Write ``data/raw.csv``."""
    data = params.load().data
    with Outputs() as outputs:
        outputs.chunks(paths.RAW, ingest(data.source, data.sha256))
