"""Fetch a URL: only http and https, with limits on bytes and time, in little memory."""

import http.client
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Protocol
from urllib.parse import urljoin, urlsplit

from ..runtime.errors import UserError

CHUNK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What a download may take.

    Attributes
    ----------
    size
        In bytes.
    seconds
        For all of it: redirects, waiting, every byte.
    silence
        Seconds without a byte.
    """

    size: int = 10 * 2**30
    seconds: float = 3600
    silence: float = 60


DEFAULT = Limits()


class _Answer(Protocol):
    """What is used of the answer of a server."""

    headers: Any
    length: int | None

    def read1(self, n: int = -1, /) -> bytes:
        """Read what has come."""


class _Refused(Exception):
    """Why a download isn't taken; it never holds the URL."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow to http and https only; the usual one follows to ftp too."""

    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
    ) -> Any:
        """Follow, if it may be."""
        target = headers.get("location") or headers.get("uri") or ""
        scheme = urlsplit(urljoin(req.full_url, target)).scheme
        if scheme not in ("http", "https"):
            raise _Refused(
                f"it redirects to {scheme}:, which is neither http nor https"
            )
        fp.close()  # or its own page would be read, however long that is
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def is_url(source: str) -> bool:
    """Say whether a source is an http or https URL."""
    return re.match(r"https?://", source, re.IGNORECASE) is not None


def masked(url: str) -> str:
    """Return a URL without what may be secret in it.

    Examples
    --------
    >>> masked("https://me:secret@example.org/x.csv?token=secret")
    'https://***@example.org/x.csv?***'
    """
    shown = re.sub(r"(?<=//)[^/?#]*@", "***@", url)
    return re.sub(r"\s", " ", re.sub(r"[?#].*", "?***", shown, flags=re.DOTALL))


def fetch(url: str, limits: Limits = DEFAULT) -> Iterator[bytes]:
    """Yield the content of a URL, chunk by chunk.

    Parameters
    ----------
    url
        An http or https URL. A proxy is taken from the environment.
    limits
        What the download may take.

    Raises
    ------
    UserError
        If the URL holds a password, can't be fetched in full, or takes too much.
    """
    if re.match("[^/]*//[^/?#]*@", url):
        raise UserError(
            f"data.source '{masked(url)}' holds a user name or a password, and "
            "params.yaml is read by many: take it out"
        )
    chunks: queue.Queue[bytes | Exception | None] = queue.Queue(maxsize=4)
    # A thread, since a server may drag out any single step: a name, a header, a byte.
    worker = threading.Thread(target=_work, args=(url, limits, chunks), daemon=True)
    worker.start()
    end = time.monotonic() + limits.seconds
    while (chunk := _next(chunks, end)) is not None:
        if isinstance(chunk, Exception):
            raise UserError(
                f"data.source '{masked(url)}' can't be fetched: {_explain(chunk)}"
            )
        yield chunk


def _next(
    chunks: "queue.Queue[bytes | Exception | None]", end: float
) -> bytes | Exception | None:
    while (left := end - time.monotonic()) > 0:
        try:
            # On Windows no interrupt comes through before it looks up.
            return chunks.get(timeout=min(left, 1.0))
        except queue.Empty:
            continue
    return _Refused("it takes too long")


def _work(
    url: str, limits: Limits, chunks: "queue.Queue[bytes | Exception | None]"
) -> None:
    try:
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler,
            urllib.request.HTTPHandler,
            urllib.request.HTTPSHandler,
            urllib.request.HTTPDefaultErrorHandler,
            urllib.request.HTTPErrorProcessor,
            _Redirects,
        ):
            opener.add_handler(handler())
        with opener.open(url, timeout=limits.silence) as answer:
            for chunk in _read(answer, limits.size):
                chunks.put(chunk)
        chunks.put(None)
    # The other thread says what went wrong, whatever it is.
    except Exception as error:  # pylint: disable=broad-exception-caught
        chunks.put(error)


def _read(answer: _Answer, size: int) -> Iterator[bytes]:
    encoding = answer.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise _Refused("the server sends it compressed; name a URL that gives it plain")
    if (answer.length or 0) > size:
        raise _Refused(f"it is larger than {size} bytes")
    received = 0
    try:
        while chunk := answer.read1(CHUNK):
            received += len(chunk)
            if received > size:
                raise _Refused(f"it is larger than {size} bytes")
            yield chunk
    except http.client.IncompleteRead:
        raise _Refused(f"the download broke off after {received} bytes") from None
    if answer.length:  # read1 doesn't say so
        raise _Refused(f"the download broke off after {received} bytes")


def _explain(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        reason = f"the server says {error.code} {error.reason}"
    elif isinstance(error, ValueError | http.client.InvalidURL):
        # What they say holds parts of the URL.
        reason = "the URL, or one that it redirects to, is not valid"
    else:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
    return reason.partition("\n")[0][:200]
