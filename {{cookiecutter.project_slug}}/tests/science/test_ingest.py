"""Wrong, missing or broken raw data is one line, and leaves nothing."""

import contextlib
import gzip
import hashlib
import os
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.runtime import errors
from {{ cookiecutter.package_name }}.runtime.outputs import Outputs, digest
from {{ cookiecutter.package_name }}.stages.ingest import ingest
from {{ cookiecutter.package_name }}.tables import download

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LARGE = 64 * 2**20
# Each limit where it is to be met, and nowhere else: a slow machine meets others too.
LIMITS = {
    "it is larger than 10000 bytes": download.Limits(size=10_000),
    "it takes too long": download.Limits(seconds=1),
    "timed out": download.Limits(silence=0.5),
}
REDIRECTS = {
    "/moved.csv": "/whole.csv",
    "/to-file": "file:///etc/hostname",
    "/to-ftp": "ftp://127.0.0.1/x.csv",
    "/to-data": "data:text/plain,hello",
    "/round": "/round",
    "/to-nonsense": "http://127.0.0.1:port/x?token=secret",
}


class Server(BaseHTTPRequestHandler):
    """Serve what a server can serve, right and wrong, by the path."""

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """Answer by the path."""
        path = self.path.partition("?")[0]
        name = path.strip("/").partition(".")[0].replace("-", "_")
        answer = getattr(self, f"_{name}", None)
        with contextlib.suppress(ConnectionError):
            if path in REDIRECTS:
                self._begin(302, Location=REDIRECTS[path])
            elif answer:
                answer()
            else:
                self.send_error(404, "Not Found")

    def _begin(self, code: int = 200, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _whole(self) -> None:
        self._begin(Content_Length=str(len(CONTENT)))
        self.wfile.write(CONTENT)

    def _unmeasured(self) -> None:
        self._begin()
        self.wfile.write(CONTENT)

    def _truncated(self) -> None:
        self._begin(Content_Length=str(len(CONTENT)))
        self.wfile.write(CONTENT[:3])

    def _chunked(self) -> None:
        self._begin(Transfer_Encoding="chunked")
        self.wfile.write(b"3\r\n" + CONTENT[:3] + b"\r\n")

    def _compressed(self) -> None:
        self._begin(Content_Encoding="gzip")
        self.wfile.write(gzip.compress(CONTENT))

    def _announced(self) -> None:
        self._begin(Content_Length="99999999999")

    def _large(self) -> None:
        self._begin()
        self._zeros()

    def _heavy(self) -> None:
        """Redirect, with a page of its own that is large."""
        self._begin(302, Location="/large")
        self._zeros()

    def _zeros(self) -> None:
        # In pieces: what this thread holds is counted in the test's memory.
        for _ in range(LARGE // 2**20):
            self.wfile.write(bytes(2**20))

    def _dripping(self) -> None:
        self._begin()
        for _ in range(200):
            self.wfile.write(b"a")
            time.sleep(0.05)

    def _slow_to_begin(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for number in range(200):
            self.wfile.write(f"X-{number}: x\r\n".encode())
            time.sleep(0.05)

    def _silent(self) -> None:
        self._begin(Content_Length="9")
        time.sleep(10)

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture(name="url", scope="module")
def fixture_url() -> Iterator[str]:
    """Serve on a free port of this machine, past any proxy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_and_a_url_give_their_bytes(tmp_path: Path, url: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    sources = [str(path), f"{url}/whole.csv", f"{url}/unmeasured", f"{url}/moved.csv"]
    for source in [*sources, f"HTTP{url[4:]}/whole.csv?token=secret"]:
        assert b"".join(ingest(source, SHA256)) == CONTENT


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{url}/truncated.csv", "broke off after 3 bytes"),
        ("{url}/chunked", "broke off after 3 bytes"),
        ("{url}/other.csv", "the server says 404 Not Found"),
        ("{url}/compressed", "the server sends it compressed"),
        ("{url}/to-file", "redirects to file:, which is neither http nor https"),
        ("{url}/to-ftp", "redirects to ftp:"),
        ("{url}/to-data", "redirects to data:"),
        ("{url}/round", "infinite loop"),
        ("{url}/to-nonsense", "one that it redirects to, is not valid"),
        ("{url}/announced", "it is larger than 10000 bytes"),
        ("{url}/large", "it is larger than 10000 bytes"),
        ("{url}/dripping", "it takes too long"),
        ("{url}/slow-to-begin", "it takes too long"),
        ("{url}/silent", "timed out"),
        ("http://127.0.0.1:1/x.csv", "can't be fetched"),
        ("http://127.0.0.1:1/{\n}", "can't be fetched"),
        ("http://", "can't be fetched"),
        ("http://[::1/x", "can't be fetched"),
        ("no/such/file.csv", "No such file"),
        ("file:///etc/hostname", "No such file"),
        (".", "it is a folder"),
        ("a\0b", "can't be read"),
        ("x" * 5000, "can't be read"),
    ],
)
def test_what_cannot_be_read_is_named(url: str, source: str, words: str) -> None:
    source = source.replace("{url}", url)
    with pytest.raises(errors.UserError) as caught:
        list(ingest(source, SHA256, LIMITS.get(words, download.DEFAULT)))
    assert words in str(caught.value)
    # Of a name of a file the slashes that mean nothing are not shown.
    shown = errors.printable(source.replace("\n", " ").replace("///", "/"))
    assert str(caught.value).startswith(f"data.source '{shown}' can't be ")
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there is no such file")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(errors.UserError, match="it is not a regular file"):
        list(ingest(str(tmp_path / "pipe"), SHA256))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{url}/x.csv?token=secret", "{url}/x.csv?***"),
        ("http://127.0.0.1:1/x.csv#secret", "http://127.0.0.1:1/x.csv?***"),
        ("http://me:secret@127.0.0.1:1/x.csv", "http://***@127.0.0.1:1/x.csv' holds a"),
        ("http://secret@127.0.0.1:1/x.csv", "http://***@127.0.0.1:1/x.csv' holds a"),
        ("HTTPS://me:secret@x@127.0.0.1:1", "HTTPS://***@127.0.0.1:1"),
        ("{url}/x y?token=secret", "{url}/x y?***"),
        ("{url}/whole.csv?token=secret", "{url}/whole.csv?*** has SHA-256"),
    ],
)
def test_what_may_be_secret_in_a_url_is_not_shown(
    url: str, source: str, shown: str
) -> None:
    with pytest.raises(errors.UserError) as caught:
        list(ingest(source.replace("{url}", url), "0" * 64))
    assert shown.replace("{url}", url) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_large_source_is_not_held_in_memory(tmp_path: Path, url: str) -> None:
    sha256 = hashlib.sha256(bytes(LARGE)).hexdigest()
    (tmp_path / "zeros").write_bytes(bytes(LARGE))
    for source in (str(tmp_path / "zeros"), f"{url}/large", f"{url}/heavy"):
        tracemalloc.start()
        with Outputs() as outputs:
            outputs.chunks(tmp_path / "raw.csv", ingest(source, sha256))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < LARGE / 4
        assert digest(tmp_path / "raw.csv") == sha256


def test_other_bytes_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT + b"3,4\n")
    with pytest.raises(errors.UserError, match=f"data.sha256 is {SHA256}"):
        with Outputs() as outputs:
            outputs.chunks(tmp_path / "raw.csv", ingest(str(path), SHA256))
    assert list(tmp_path.iterdir()) == [path]
