"""Bring in the raw data, and check that it is the data we know."""

import hashlib
import http.client
import urllib.error
import urllib.request
from pathlib import Path

from ..core import params, paths
from ..core.artifacts import Outputs
from ..core.errors import UserError

TIMEOUT_SECONDS = 60


def ingest(source: str, sha256: str) -> bytes:
    """Read a file or a URL.

    Parameters
    ----------
    source
        A path, or an http or https URL.
    sha256
        What the content must hash to, in hexadecimal.

    Raises
    ------
    UserError
        If the source can't be read in full or is not what was expected.
    """
    is_url = source.startswith(("http://", "https://"))
    content = _download(source) if is_url else _read(Path(source))
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise UserError(
            f"{source} has SHA-256 {found}, but data.sha256 is {sha256}: "
            "restore the data, or state the new hash if the change is meant"
        )
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"data.source '{path}' can't be read: {error.strerror}; "
            "give a file, or an http(s) URL"
        ) from None


def _download(url: str) -> bytes:
    reason = ""
    try:
        # Only http and https come here, see `ingest`.
        with urllib.request.urlopen(  # noqa: S310
            url, timeout=TIMEOUT_SECONDS
        ) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        reason = f"the server says {error.code} {error.reason}"
    except http.client.IncompleteRead as error:
        reason = f"the download broke off after {len(error.partial)} bytes"
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
    # Past the handlers, so that the message stands alone.
    raise UserError(f"data.source '{url}' can't be fetched: {reason}")


def main(arguments: list[str]) -> None:
    """Write ``data/raw.csv``."""
    data = params.load().data
    with Outputs() as outputs:
        outputs.binary(paths.RAW, ingest(data.source, data.sha256))
