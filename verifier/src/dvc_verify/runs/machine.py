"""What this machine is, and which tools of it a verification can use."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from . import launch

MEMORY = Path("/dev/shm")  # noqa: S108  # where Linux keeps files in memory

# "%file" would cost twice as much as this list.
CALLS = """open openat openat2 creat rename renameat renameat2 unlink unlinkat link
    linkat symlink symlinkat truncate chdir fchdir connect execve execveat"""
SHIFT = "+400d"
# Inside: not the clock that waits are measured with, and not the times of files, by
# which Python knows whether its bytecode is current.
CLOCK = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME": SHIFT}
WAITS = """
import threading, time
start = time.monotonic()
time.sleep(0.05)
threading.Event().wait(0.05)
print(time.time(), time.monotonic() - start)
"""


@dataclass(frozen=True)
class Tools:
    """What can be used here; a text says why something can't."""

    strace: list[str]
    no_strace: str
    process_namespace: list[str]
    namespaces: str
    clock: dict[str, str]
    no_clock: str
    tmpfs: Path | None
    cpus: list[int]


def find_tools(needed: int) -> Tools:
    """Try each tool and return what works.

    Parameters
    ----------
    needed
        Bytes that a clone takes, which a file system in memory must have room for.
    """
    strace, no_strace = find_strace()
    clock, no_clock = find_clock()
    return Tools(
        strace,
        no_strace,
        find_process_namespace(),
        find_namespaces(),
        clock,
        no_clock,
        find_tmpfs(needed),
        find_cpus(),
    )


def find_cpus() -> list[int]:
    """Return the processors that this process may use, where they can be chosen."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return []


def _works(command: list[str]) -> str:
    """Return why a command doesn't work, or ""."""
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = finished.stderr.strip().splitlines() or [f"ended with {finished.returncode}"]
    return said[-1] if finished.returncode else ""


def find_strace() -> tuple[list[str], str]:
    """Return the command that traces, or why there is none."""
    path = shutil.which("strace")
    if path is None:
        return [], "strace is not installed"
    calls = ",".join(CALLS.split())
    argv = [path, "-f", "-ff", "--seccomp-bpf", "-qq", "-y", "-v", "-s", "4096"]
    argv += ["-e", f"trace=?{calls.replace(',', ',?')}", "-e", "signal=none"]
    with tempfile.TemporaryDirectory() as folder:
        reason = _works([*argv, "-o", f"{folder}/trace", "true"])
    return ([], f"strace doesn't work: {reason}") if reason else (argv, "")


def find_process_namespace() -> list[str]:
    """Return a prefix that ends all that a command started when it ends, or nothing."""
    if sys.platform == "win32":
        raise NotImplementedError
    path = shutil.which("unshare")
    if path is None:
        return []
    argv = [path, "--fork", "--pid", "--kill-child", "--mount-proc"]
    if os.geteuid():
        argv += ["--user", "--map-current-user"]
    return [] if _works([*argv, "true"]) else argv


def find_namespaces() -> str:
    """Return why the network can't be taken away and the user not changed, or ""."""
    if sys.platform != "linux":
        return "Linux only"
    folder = str(Path(launch.__file__).parent)
    script = "import sys; sys.path.insert(0, sys.argv[1]); import launch\n"
    script += "launch.isolate(54321, False, 'another')"
    return _works([sys.executable, "-S", "-c", script, folder])


def find_clock() -> tuple[dict[str, str], str]:
    """Return the variables that shift the clock of a process, or why none do."""
    spec = find_spec("libfaketime")
    if sys.platform != "linux" or spec is None or not spec.submodule_search_locations:
        return {}, "libfaketime is not installed"
    home = Path(next(iter(spec.submodule_search_locations)))
    library = home / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    clock = {**CLOCK, "LD_PRELOAD": str(library)}
    with shared_clock(f"verify-self-test-{os.getpid()}") as names:
        try:
            shown = subprocess.run(
                [sys.executable, "-S", "-c", WAITS],
                env={**os.environ, **clock, **names},
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            ).stdout.split()
        except (OSError, subprocess.SubprocessError):
            return {}, "libfaketime doesn't work here"
    shifted, waited = float(shown[0]) - time.time() > 3e7, float(shown[1])
    if not shifted or not 0.09 < waited < 8:
        return {}, "libfaketime doesn't shift the clock here, or breaks waiting"
    return clock, ""


@contextlib.contextmanager
def shared_clock(name: str) -> Iterator[dict[str, str]]:
    """Make the shared memory of a shifted clock, and remove it afterwards.

    The library names its own by process id, which two process namespaces share.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if MEMORY.is_dir():
            libc.sem_open(f"/{name}".encode(), os.O_CREAT, 0o600, 1)
            (MEMORY / name).write_bytes(bytes(4096))
        yield {"FAKETIME_SHARED": f"/{name} /{name}"}
    finally:
        for path in shared_files(name):
            path.unlink(missing_ok=True)


def shared_files(name: str) -> list[Path]:
    """Return the files that `shared_clock` makes."""
    return [MEMORY / name, MEMORY / f"sem.{name}"]


def find_tmpfs(needed: int) -> Path | None:
    """Return a file system in memory with room for twice what is needed, if any."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free > 2 * needed else None
