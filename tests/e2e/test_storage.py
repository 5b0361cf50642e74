"""Data and models go to a remote and come back, byte for byte."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ..conftest import ROOT
from ..locked import locked_python
from .project import Project

pytestmark = pytest.mark.e2e

LOCK = ROOT / "requirements" / "s3.txt"
MAKE_BUCKET = """
import sys
import boto3
boto3.client("s3", endpoint_url=sys.argv[1]).create_bucket(Bucket="bucket")
"""
UP_TO_DATE = "Data and pipelines are up to date."


def clone(project: Project, root: Path) -> Project:
    """Clone a project as a colleague would."""
    project.run("git", "clone", "--quiet", str(project.root), str(root))
    return replace(project, root=root)


def cached(project: Project, path: str) -> Path:
    """Return the file in DVC's cache that holds an output."""
    text = (project.root / "dvc.lock").read_text(encoding="utf-8")
    md5 = text.split(f"path: {path}\n")[1].split("md5: ")[1][:32]
    return project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def corrupt(path: Path) -> bytes:
    """Change a byte of a file as a disk would, and return what it was."""
    right, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o644)
    path.write_bytes(bytes([right[0] ^ 1]) + right[1:])
    path.chmod(mode)  # DVC trusts a file that is read-only
    return right


@pytest.fixture()
def shared(copy: Project) -> Project:
    """Return a project that ran and was pushed to a folder."""
    copy.invoke("remote", "../storage")
    copy.run("git", "commit", "-qam", "Set a remote")
    copy.invoke("push")
    return copy


def test_a_clone_pulls_every_byte_and_runs_nothing(
    shared: Project, tmp_path: Path
) -> None:
    other = clone(shared, tmp_path / "clone")
    assert other.digests() != shared.digests()
    other.invoke("pull")
    assert other.digests() == shared.digests()
    assert UP_TO_DATE in other.invoke("repro").stdout
    assert other.status() == ""


def test_before_the_first_run_nothing_is_pushed_or_checked_out(fresh: Project) -> None:
    fresh.invoke("remote", "../storage")
    finished = fresh.invoke("push", code=1)
    assert finished.stderr == (
        "DVC's cache holds nothing of this project; run `invoke repro` first\n"
    )
    fresh.tool("pre_commit", "install")
    finished = fresh.run("git", "switch", "-c", "another")
    assert "nothing to bring along" in finished.stdout + finished.stderr


def test_a_clone_without_the_data_makes_them_again(copy: Project) -> None:
    other = clone(copy, copy.scratch / "clone")
    shown = other.invoke("repro").stdout
    assert "No full run has ended here yet" in shown
    assert shown.count("Running stage") == 9
    assert other.digests() == copy.digests() and other.status() == ""


def test_the_run_cache_comes_with_it(shared: Project, tmp_path: Path) -> None:
    """An earlier result that was pushed is not computed again."""
    shared.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    shared.invoke("repro")
    shared.invoke("push")
    other = clone(shared, tmp_path / "clone")
    other.invoke("pull")
    other.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    shown = other.tool("dvc", "repro", "--pull").stdout
    assert "Stage 'evaluate' is cached" in shown
    assert "Running stage 'evaluate'" not in shown
    assert other.digests() == shared.digests()


def test_a_corrupted_cache_is_named_not_pushed_and_made_again(shared: Project) -> None:
    path = cached(shared, "data/train.parquet")
    right = corrupt(path)
    finished = shared.invoke("push", code=1)
    assert "of data/train.parquet is corrupted" in finished.stderr
    assert path.name in finished.stderr and "Traceback" not in finished.stderr
    shared.invoke("repro", "--force")
    assert path.read_bytes() == right
    shared.invoke("push")
    corrupt(path)
    shown = shared.invoke("pull").stdout
    assert "of data/train.parquet is corrupted; it is fetched again" in shown
    assert path.read_bytes() == right


def test_a_corrupted_object_at_the_remote_is_named(
    shared: Project, tmp_path: Path
) -> None:
    name = cached(shared, "models/model.skops").relative_to(shared.root / ".dvc/cache")
    corrupt(shared.root.parent / "storage" / name)
    other = clone(shared, tmp_path / "clone")
    finished = other.invoke("pull", code=1)
    said = finished.stdout + finished.stderr
    assert "models/model.skops" in said and "Traceback" not in said
    assert not (other.root / "models/model.skops").exists()


def test_what_was_not_pushed_is_said(shared: Project, tmp_path: Path) -> None:
    name = cached(shared, "data/test.parquet").relative_to(shared.root / ".dvc/cache")
    (shared.root.parent / "storage" / name).unlink()
    finished = clone(shared, tmp_path / "clone").invoke("pull", code=1)
    assert "data/test.parquet" in finished.stdout + finished.stderr
    assert "push it from where it is" in finished.stderr


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def joined(project: Project, packages: str) -> Path:
    """Return the Python of an environment that also has the packages of another."""
    home = project.scratch / "joined"
    project.python("-m", "venv", "--without-pip", str(home))
    python = home / project.interpreter.relative_to(project.interpreter.parents[1])
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = project.python("-c", where).stdout.strip()
    inner = subprocess.check_output([python, "-c", where], text=True).strip()
    text = f"{own}\n{packages}\n"
    (Path(inner) / "joined.pth").write_text(text, encoding="utf-8")
    return python


@pytest.fixture()
def s3(copy: Project) -> Iterator[Project]:
    """Yield a project whose remote is a server that speaks S3."""
    python = locked_python("s3", LOCK)
    # What its owner would get by writing dvc[s3] into pipeline.in.
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.check_output([python, "-c", where], text=True).strip()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    credentials = {**dict.fromkeys(names, "any"), "AWS_DEFAULT_REGION": "us-east-1"}
    interpreter = joined(copy, packages)
    project = replace(copy, interpreter=interpreter, settings=credentials)
    port = free_port()
    command = [str(python), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(port, server)
            address = f"http://127.0.0.1:{port}"
            project.python("-c", MAKE_BUCKET, address)
            shown = project.invoke("remote", "s3://bucket/penguins").stdout
            assert "needs more of DVC" not in shown
            project.tool("dvc", "remote", "modify", "storage", "endpointurl", address)
            project.run("git", "commit", "-qam", "Set a remote")
            yield project
        finally:
            server.terminate()


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until a server listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def test_s3_gives_back_every_byte(s3: Project, tmp_path: Path) -> None:
    s3.invoke("push")
    other = clone(s3, tmp_path / "clone")
    other.invoke("pull")
    assert other.digests() == s3.digests()
    assert UP_TO_DATE in other.invoke("repro").stdout
    path = cached(other, "models/model.skops")
    right = corrupt(path)
    assert "of models/model.skops is corrupted" in other.invoke("pull").stdout
    assert path.read_bytes() == right


def test_a_remote_that_does_not_answer_is_said(shared: Project) -> None:
    storage = shared.root.parent / "storage"
    shutil.rmtree(storage)
    storage.write_text("in the way", encoding="utf-8")
    finished = shared.invoke("push", code=1)
    assert finished.stderr.endswith("push again once that is put right\n")
    assert "Traceback" not in finished.stderr


def test_the_extra_that_a_service_needs_is_named(copy: Project) -> None:
    shown = copy.invoke("remote", "gs://bucket/path").stdout
    assert "write dvc[gs] for dvc in requirements/pipeline.in" in shown
