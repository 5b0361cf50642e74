"""Wrong, missing or broken raw data is one line, and leaves nothing."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.core import errors
from {{ cookiecutter.package_name }}.stages.ingest import ingest

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(BaseHTTPRequestHandler):
    """Serve a whole file, a truncated one, and nothing else."""

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """Answer by the path."""
        if self.path not in ("/whole.csv", "/truncated.csv"):
            self.send_error(404, "Not Found")
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if self.path == "/whole.csv" else CONTENT[:3])

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture(name="url", scope="module")
def fixture_url() -> Iterator[str]:
    """Serve on a free port of this machine."""
    server = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_and_a_url_give_their_bytes(tmp_path: Path, url: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    assert ingest(str(path), SHA256) == CONTENT
    assert ingest(f"{url}/whole.csv", SHA256) == CONTENT


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{url}/truncated.csv", "broke off after 3 bytes"),
        ("{url}/other.csv", "404"),
        ("http://127.0.0.1:1/x.csv", "can't be fetched"),
        ("http://", "can't be fetched"),
        ("no/such/file.csv", "No such file"),
        (".", "can't be read"),
    ],
)
def test_what_cannot_be_read_is_named(url: str, source: str, words: str) -> None:
    source = source.replace("{url}", url)
    with pytest.raises(errors.UserError) as caught:
        ingest(source, SHA256)
    assert words in str(caught.value)
    assert source in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT + b"3,4\n")
    with pytest.raises(errors.UserError, match=f"data.sha256 is {SHA256}"):
        ingest(str(path), SHA256)
