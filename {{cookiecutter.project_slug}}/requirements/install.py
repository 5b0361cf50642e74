"""Build an environment from locks, with uv if that is on PATH, else with pip."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from . import settings, state

# What an installer says, and what helps.
ADVICE = {
    r"DO NOT MATCH THE HASHES|[Hh]ash mismatch": "the index has another file than the "
    "lock names; use another index, or make new locks with the task `lock`",
    r"[Nn]o space left": "the disk is full",
    r"[Pp]ermission denied": "this user may not write there",
    r"(?i)connect|resolve|certificate|fetch|proxy|retries|matching distribution": "is "
    "the index reached? An index, a proxy and certificates are taken from the settings "
    "of pip and uv (PIP_INDEX_URL, PIP_PROXY, PIP_CERT)",
}


class Failure(Exception):
    """One line for the user."""


def running_version() -> str:
    """Return the version of this Python, such as 3.12."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def base_python(environment: Path) -> str:
    """Return the Python to build with: not that of an environment, which may go."""
    for name in ("venv", "ensurepip"):
        if importlib.util.find_spec(name) is None:
            raise Failure(
                f"this Python has no module {name}; install it (on Debian and Ubuntu: "
                f"apt install python{running_version()}-venv), or use another Python"
            )
    base: str = getattr(sys, "_base_executable", None) or sys.executable
    inside = os.path.realpath(sys.prefix) == os.path.realpath(environment)
    if inside and sys.platform == "win32":
        raise Failure(
            "Windows can't remove the Python that runs this, and .venv must be built: "
            f'run `deactivate`, then `"{base}" bootstrap.py`'
        )
    return base


def build(environment: Path, locks: list[Path], problem: str, held: int) -> None:
    """Build the environment from clean, so that nothing stays that no lock names."""
    base = base_python(environment)
    if environment.is_symlink():
        # Its target may be gone, or be the link itself.
        target = os.path.realpath(environment)
        print(f".venv was a link to {target}, which stays as it is.")
        environment.unlink()
    elif environment.is_file():
        raise Failure(".venv is a file, and must be a folder; move it away")
    elif environment.exists():
        print(f".venv is built anew: {problem}.")
        state.remove_record(environment)
    running = running_version()
    print(f"Building .venv from requirements/ with Python {running} ...", flush=True)
    clean = settings.keep(os.environ)
    call([base, "-I", "-m", "venv", "--clear", str(environment)], clean, held)
    python = state.interpreter_of(environment)
    try:
        environ = settings.for_installers(python, os.environ)
    except ValueError as error:
        raise Failure(str(error)) from None
    for command in install_commands(python, locks):
        call(command, environ, held)
    # A path in a file of requirements is relative to where the installer stands.
    for command in wheel_commands(python, locks):
        call(command, environ, held, environment.parent)
    problems = state.installed_problems(environment, locks)
    if problems:
        raise Failure(f"the environment could not be built: {problems[0]}")
    # Last: an environment without it was interrupted.
    state.write_record(environment, locks)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[int]:
    """Hold a file while no other process does."""
    with path.open("a", encoding="utf-8") as stream:
        if not take(stream.fileno()):
            print("Another bootstrap.py builds .venv; this one waits.", flush=True)
            while not take(stream.fileno()):
                time.sleep(0.2)
        yield stream.fileno()


def take(number: int) -> bool:
    """Lock an open file, unless another process has; its end unlocks it.

    Raises
    ------
    OSError
        If the file can't be locked here, whoever has it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # pylint: disable=import-error

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def call(
    command: list[str], environ: dict[str, str], held: int, folder: Path | None = None
) -> None:
    """Run a command that must succeed; it holds the locked file while it runs."""
    try:
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            start_new_session=True,
            stderr=subprocess.PIPE,
            pass_fds=() if sys.platform == "win32" else (held,),
        ) as process:
            try:
                said = show(process)
                code = process.wait()
            except BaseException:
                kill(process)
                raise
    except OSError as error:
        raise Failure(f"{command[0]} can't be started: {error.strerror}") from None
    if code:
        found = [each for words, each in ADVICE.items() if re.search(words, said)]
        raise Failure(
            f"the environment could not be built ({Path(command[0]).name} ended with "
            f"{code}, see above): {(found or ['the next call starts afresh'])[0]}"
        )


def show(process: "subprocess.Popen[bytes]") -> str:
    """Pass on what a process says, and return it."""
    said = []
    for line in process.stderr or ():
        said.append(line.decode(errors="replace"))
        sys.stderr.write(said[-1])
    return "".join(said)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process that leads a session, with all that it started.

    `venv` starts ensurepip, which would go on writing into the environment.
    """
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def install_commands(python: Path, locks: list[Path]) -> list[list[str]]:
    """Return the commands that install the locks, hashes required.

    The first lock holds what builds the one source distribution; so there is no
    isolated build, which would fetch a setuptools that no hash protects.
    """
    install = _installer(python)
    plain = [lock for lock in locks if not state.read_wheels(lock)]
    first, *others = (["-r", str(lock)] for lock in plain)
    rest = [word for pair in others for word in pair]
    return [[*install, *first], [*install, "--no-build-isolation", *rest]]


def wheel_commands(python: Path, locks: list[Path]) -> list[list[str]]:
    """Return the commands that install wheels of this repository, hashes required.

    No name is resolved and no index asked: what they need is in the other locks.
    """
    alone = ["--no-deps", "--no-index"]
    return [
        [*_installer(python), *alone, "-r", str(lock)]
        for lock in locks
        if state.read_wheels(lock)
    ]


def _installer(python: Path) -> list[str]:
    """Return the command that installs with uv if it is there, else with pip."""
    uv = shutil.which("uv")
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        return [*install, "--require-hashes", "--compile-bytecode"]
    install = [str(python), "-I", "-m", "pip", "install", "--quiet", "--no-input"]
    return [*install, "--disable-pip-version-check", "--require-hashes"]
