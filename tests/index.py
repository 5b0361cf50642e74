"""An index of packages on this machine, with two small ones that exist nowhere else."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# In the place of Invoke: what the door starts. It shows its words and its environment.
INVOKE = """
import json, os, sys
import science
print(json.dumps([sys.argv[1:], science.__file__, sorted(os.environ)]))
"""
FILES = {
    "invoke": {"invoke/__init__.py": "", "invoke/__main__.py": INVOKE},
    "science": {
        "science/__init__.py": "VALUE = {version!r}\n",
        "science/rest.py": "",
        "science/inner/deep/last.py": "LAST = 1\n",
    },
}


def make_wheel(folder: Path, name: str, version: str) -> str:
    """Write a wheel into a folder of an index, and return its line of a lock."""
    info = f"{name}-{version}.dist-info"
    texts = {
        path: text.format(version=version) if "{version" in text else text
        for path, text in FILES[name].items()
    }
    texts[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    )
    texts[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    texts[f"{info}/RECORD"] = "".join(
        f"{path},,\n" for path in [*texts, f"{info}/RECORD"]
    )
    path = folder / "simple" / name / f"{name}-{version}-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in texts.items():
            archive.writestr(inner, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"


class Handler(SimpleHTTPRequestHandler):
    """Serve a folder, and note what was asked for."""

    asked: list[str]

    def log_message(self, format: str, *args: object) -> None:
        """Note it in the server, and print nothing."""
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@contextmanager
def serve(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve an index from a folder; yield its address, and what is asked for."""
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=folder)
    ) as it:
        asked: list[str] = []
        it.asked = asked  # type: ignore[attr-defined]
        threading.Thread(target=it.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{it.server_port}/simple", asked
        finally:
            it.shutdown()
