"""However a verification ends, nothing of it is left; two at once don't collide."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.checkout import VERIFIER, Checkout, command, commit

from .repositories import FILES, USE, repository

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]
MEMORY = Path("/dev/shm")  # noqa: S108
SLOW = "import random, time\ntime.sleep(1)\n" + USE
UNSEEDED = SLOW + "open('out.txt', 'w').write(str(random.random()))\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, interpreter: Path) -> Checkout:
    """Return a repository whose last stage is slow, and differs."""
    root = tmp_path_factory.mktemp("ends") / "repository"
    return repository(root, interpreter, {**FILES, "use.py": UNSEEDED})


@pytest.fixture()
def temporary(tmp_path: Path) -> Iterator[Path]:
    """Return a folder for temporary files of one verification alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield folder


def start(project: Checkout, temporary: Path) -> "subprocess.Popen[str]":
    """Start a verification that can be told apart by its temporary folder."""
    return subprocess.Popen(
        command(project, "run", "--to", str(temporary.parent / "certificate.json")),
        cwd=VERIFIER,
        env={**project.environ(), "TMPDIR": str(temporary), "MARKER": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
        # In the background a shell lets its commands ignore an interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def run_under(
    prefix: list[str], project: Checkout, *options: str
) -> "subprocess.CompletedProcess[str]":
    """Run a verification to its end, started by another command."""
    return subprocess.run(
        [*prefix, *command(project, "run", *options)],
        cwd=VERIFIER,
        env=project.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def processes(marker: str) -> list[str]:
    """Return the commands of processes that have a marker in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def in_memory() -> set[str]:
    return {path.name for path in MEMORY.glob("*verify-*")}


def wait_until_gone(temporary: Path, token: str) -> None:
    """Wait until no process, folder or shared memory of a verification is left."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        left = [*processes(str(temporary)), *map(str, temporary.iterdir())]
        left += [name for name in in_memory() if token in name]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(left)


@pytest.mark.parametrize(
    "moment",
    [
        "control run: stage 2 of 2, use",
        "experiment run: stage 2 of 2, use",
        "looking for the cause",
    ],
)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_nothing_is_left_after_a_signal(
    project: Checkout, temporary: Path, moment: str, name: str
) -> None:
    with start(project, temporary) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(moment):
                break
        else:
            raise AssertionError("the moment did not come")
        time.sleep(0.5)  # so that the stage runs
        (folder,) = temporary.glob("verify-*")
        process.send_signal(signal.Signals[name])
        process.wait(timeout=30)
        rest = process.stdout.read()
    assert "Traceback" not in rest
    wait_until_gone(temporary, folder.name)
    assert not (temporary.parent / "certificate.json").exists()


def test_nothing_is_left_after_the_end(project: Checkout, temporary: Path) -> None:
    with start(project, temporary) as process:
        assert process.wait(timeout=120) == 1
    wait_until_gone(temporary, "verify-")
    assert (temporary.parent / "certificate.json").is_file()


def test_two_at_once_do_not_collide(
    project: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("pair") / "repository"
    clean = repository(root, project.interpreter, {**FILES, "use.py": SLOW})
    folders = [tmp_path_factory.mktemp("temporary") / "inner" for _ in range(2)]
    for folder in folders:
        folder.mkdir()
    running = [start(clean, folder) for folder in folders]
    shown = [process.communicate(timeout=240)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], shown
    assert all("3 outputs, identical" in text for text in shown)


@pytest.mark.parametrize(
    ("megabytes", "script"),
    [
        (1, USE),  # too small for what git holds
        (8, USE + "open('out.txt', 'wb').write(bytes(9_000_000))\n"),
    ],
)
def test_a_full_disk_is_one_line(
    interpreter: Path, tmp_path: Path, megabytes: int, script: str
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    enter = f"mount -t tmpfs -o size={megabytes}m none {small} && TMPDIR={small} exec "
    unshare = shutil.which("unshare") or "unshare"
    prefix = [
        unshare,
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        f'{enter} "$@"',
    ]
    try:
        subprocess.run([*prefix, "sh", "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("unshare is missing, or may not mount a file system here")
    project = repository(
        tmp_path / "repository", interpreter, {**FILES, "use.py": script}
    )
    (project.root / "large.bin").write_bytes(os.urandom(2_000_000))
    commit(project)
    target = tmp_path / "certificate.json"
    finished = run_under([*prefix, "sh"], project, "--to", str(target))
    assert finished.returncode == 2, finished.stdout
    line = finished.stdout.splitlines()[-1]
    assert line.startswith("error: the disk is full at ")
    assert "Traceback" not in finished.stdout and not target.exists()


def test_a_partial_verdict_is_an_error_where_a_full_one_is_required(
    tmp_path: Path, interpreter: Path
) -> None:
    """As on a machine that forbids namespaces."""
    if sys.platform == "win32" or os.geteuid() or shutil.which("setpriv") is None:
        pytest.skip("only root can give up the right to make namespaces")
    project = repository(tmp_path / "repository", interpreter, FILES)
    less = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    for options, code in ((), 0), (("--require-verified",), 1):
        finished = run_under(less, project, *options)
        assert finished.returncode == code, finished.stdout
        assert "Partial: " in finished.stdout and "without network" in finished.stdout
        said = "error: a partial verdict is not enough here" in finished.stdout
        assert said == bool(options)
