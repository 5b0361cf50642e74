"""Build the repository of a case, and serve what it talks to."""

import functools
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from .cases import NEEDS, Case
from .checkout import SETTINGS, VERIFIER, Checkout, commit

# What stands in a file or a variable for the port of the case's server, for a day that
# comes, and for the folder that the repository is in.
PORT, SOON, FOLDER = "@PORT@", "@SOON@", "@FOLDER@"
SOON_DAYS = 100  # fewer than the verifier shifts the clock by
IGNORED = "__pycache__/\n"
DVC_IGNORED = "/config.local\n/tmp\n/cache\n"
# Of the machine that runs the bench; all else is left out, so that a case depends on
# nothing that is set there.
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "USER", "LOGNAME")


@contextmanager
def open_case(case: Case, folder: Path, interpreter: Path) -> Iterator[Checkout]:
    """Build a case's repository in a folder, with what it talks to until the end."""
    with serve(case.serves) as port:
        yield build(case, folder, interpreter, port)


def build(case: Case, folder: Path, interpreter: Path, port: int) -> Checkout:
    """Write a case's files, run its pipeline, commit, and do what comes then."""
    root = folder / "repository"
    root.mkdir(parents=True)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    for place in own.values():
        Path(place).mkdir()
    for name, text in case.home.items():
        write(folder / "home" / name, text)
    for name, text in case.outside.items():
        write(folder / name, text)
    path = os.pathsep.join([str(interpreter.parent), os.environ["PATH"]])
    soon = (datetime.now(UTC) + timedelta(SOON_DAYS)).date().isoformat()
    marks = {PORT: str(port), SOON: soon, FOLDER: str(folder)}
    env = {name: fill(value, marks) for name, value in case.env.items()}
    settings = {**kept, "PATH": path, **own, **SETTINGS, **env}
    project = Sealed(root, interpreter, settings)
    files = {".gitignore": IGNORED, ".dvc/config": "", ".dvc/.gitignore": DVC_IGNORED}
    for name, text in {**files, **case.files}.items():
        write(root / name, fill(text, marks))
    project.run("git", "init", "--quiet", "--initial-branch=main")
    if case.adds:
        project.tool("dvc", "add", "--quiet", *case.adds)
    project.tool("dvc", "repro", "--quiet", "--all-pipelines")
    commit(project)
    for each in case.then:
        change(project, each)
    if project.run("git", "status", "--porcelain").stdout:
        commit(project)
    return project


def fill(text: str, marks: Mapping[str, str]) -> str:
    """Put what is true here in the place of marks."""
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


class Sealed(Checkout):
    """A project whose commands see nothing but its settings."""

    def environ(self) -> dict[str, str]:
        """Return the settings alone."""
        return dict(self.settings)


def write(path: Path, text: str) -> None:
    """Write a file, whatever is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


def change(project: Checkout, operation: Mapping[str, Any]) -> None:
    """Do one of the things that come after the first run.

    Raises
    ------
    ValueError
        If it isn't known.
    """
    ((kind, value),) = operation.items()
    if kind == "write":
        for name, text in value.items():
            write(project.root / name, text)
    elif kind == "commit":
        project.tool("dvc", "commit", "--force", "--quiet")
    elif kind == "repro":
        project.tool("dvc", "repro", "--quiet", "--force", *value)
    elif kind == "cache":
        for name, text in value.items():
            write(cached(project.root, digest_of(project.root, name)), text)
    else:
        raise ValueError(f"{kind} is no operation")


def locks(root: Path) -> dict[str, dict[str, Any]]:
    """Return what the locks of a repository say of each stage."""
    found = {}
    for path in sorted(root.rglob("dvc.lock")):
        place = path.parent.relative_to(root).as_posix()
        prefix = "" if place == "." else f"{place}/dvc.yaml:"
        read = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for name, stage in read.get("stages", {}).items():
            found[prefix + name] = stage
    return found


def digest_of(root: Path, path: str) -> str:
    """Return the digest that a lock, or a file of DVC, holds of a path.

    Raises
    ------
    ValueError
        If none does.
    """
    outs = [out for stage in locks(root).values() for out in stage.get("outs", [])]
    for file in root.rglob("*.dvc"):
        if file.is_file():
            outs += yaml.safe_load(file.read_text(encoding="utf-8"))["outs"]
    for out in outs:
        if out["path"] == path or path.endswith("/" + out["path"]):
            return str(out["md5"])
    raise ValueError(f"no lock knows {path}")


def cached(root: Path, digest: str) -> Path:
    """Return where the cache holds a content."""
    return root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]


@contextmanager
def serve(pages: Mapping[str, str]) -> Iterator[int]:
    """Serve texts on a free port of this machine alone, and yield the port."""
    if not pages:
        yield 0
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the library's name
            text = pages.get(self.path)
            self.send_response(404 if text is None else 200)
            self.end_headers()
            with suppress(OSError):  # of one who doesn't wait for the answer
                self.wfile.write((text or "").encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@functools.cache
def tools(interpreter: Path) -> frozenset[str]:
    """Return which of `NEEDS` there are here, as the verifier finds them."""
    script = """import json; from dvc_verify.runs.machine import find_tools
t = find_tools(0)
print(json.dumps([bool(t.strace), bool(t.clock), not t.namespaces, len(t.cpus) > 1]))"""
    command = [str(interpreter), "-c", script]
    found = json.loads(subprocess.check_output(command, cwd=VERIFIER, text=True))
    return frozenset(name for name, there in zip(NEEDS, found, strict=True) if there)
