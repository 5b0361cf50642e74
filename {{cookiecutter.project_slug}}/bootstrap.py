"""The door: build `.venv` from the locks, then run `invoke TASK`.

    python bootstrap.py            list the tasks
    python bootstrap.py TASK ...   run a task

It needs nothing but Python. It installs with uv if that is on PATH, else with pip,
and only when a lock or the version of Python changed.
"""

import hashlib
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path

LAYERS = ("build", "runtime", "pipeline", "dev")


class Failure(Exception):
    """One line for the user."""


def check_python(root, version):  # type: ignore[no-untyped-def]
    """Return what is wrong with a version of Python, or "".

    It has no types, and the file no newer syntax, so that an old Python gets this far.
    """
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text)
    if found is None:
        return "pyproject.toml: requires-python is not of the form >=3.X,<3.Y"
    low, high = int(found.group(1)), int(found.group(2))
    if (3, low) <= tuple(version[:2]) < (3, high):
        return ""
    form = "Python {}.{} is not supported; use Python 3.{} to 3.{}"
    return form.format(version[0], version[1], low, high - 1)


# Here, since what follows needs a newer Python to be read at all.
_HERE = Path(__file__).resolve().parent
_PROBLEM = check_python(_HERE, sys.version_info)  # type: ignore[no-untyped-call]
if _PROBLEM:
    sys.exit("bootstrap.py: " + _PROBLEM)


def find_locks(root: Path, platform: str = sys.platform) -> list[Path]:
    """Return the locks to install, in order: the first installs the others."""
    layers = [*LAYERS, "windows"] if platform == "win32" else LAYERS
    locks = [root / "requirements" / f"{layer}.txt" for layer in layers]
    found = [lock for lock in locks if lock.is_file()]
    if not found or found[0] != locks[0]:
        raise Failure("requirements/build.txt is missing; restore it from git")
    return found


def stamp_of(locks: list[Path]) -> str:
    """Return what an environment must have been built from to be right."""
    digest = hashlib.sha256(sys.version.encode())
    for lock in locks:
        digest.update(lock.name.encode() + b"\0" + lock.read_bytes())
    return digest.hexdigest()


def interpreter_of(environment: Path) -> Path:
    """Return the Python of an environment."""
    windows = sys.platform == "win32"
    folder, name = ("Scripts", "python.exe") if windows else ("bin", "python")
    return environment / folder / name


def call(command: list[str]) -> None:
    """Run a command that must succeed."""
    try:
        with subprocess.Popen(command, start_new_session=True) as process:
            try:
                code = process.wait()
            except BaseException:
                kill(process)
                raise
    except OSError as error:
        raise Failure(f"{command[0]} can't be started: {error.strerror}") from None
    if code:
        raise Failure(
            f"the environment could not be built ({Path(command[0]).name} ended with "
            f"{code}, see above); the next call starts afresh"
        )


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
    uv = shutil.which("uv")
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        install += ["--require-hashes", "--compile-bytecode"]
    else:
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-input"]
        install += ["--disable-pip-version-check", "--require-hashes"]
    first, *others = (["-r", str(lock)] for lock in locks)
    rest = [word for pair in others for word in pair]
    return [[*install, *first], [*install, "--no-build-isolation", *rest]]


def prepare(root: Path) -> Path:
    """Build the environment unless it is right, and return its Python."""
    environment = root / ".venv"
    python = interpreter_of(environment)
    locks = find_locks(root)
    stamp, wanted = environment / "built-from", stamp_of(locks)
    if stamp.is_file() and python.exists() and stamp.read_text() == wanted:
        return python
    running = running_version()
    print(f"Building .venv from requirements/ with Python {running} ...", flush=True)
    stamp.unlink(missing_ok=True)
    # From clean, so that nothing stays that no lock names.
    call([sys.executable, "-m", "venv", "--clear", str(environment)])
    for command in install_commands(python, locks):
        call(command)
    # Last: an environment without it was interrupted.
    stamp.write_text(wanted)
    return python


def set_merge_driver(root: Path, python: Path) -> None:
    """Tell git how to merge dvc.lock; see tasks/repository.py."""
    script = root / "tasks" / "repository.py"
    if script.is_file():
        runpy.run_path(str(script))["set_merge_driver"](root, python)


def running_version() -> str:
    """Return the version of this Python, such as 3.12."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def note_version(root: Path) -> None:
    """Say so if this is another Python than the one chosen."""
    path = root / ".python-version"
    chosen = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    running = running_version()
    if chosen and chosen != running:
        print(f"Note: this is Python {running}; .python-version says {chosen}.")


def end(number: int, frame: object) -> None:
    """End as an error does, so that the installer ends too."""
    sys.exit(128 + number)


def start(root: Path, command: list[str]) -> int:
    """Run a command in the root and return its exit code.

    Where a process can become another it does, and gets every signal itself.
    """
    if sys.platform != "win32":
        os.chdir(root)
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.run(command, cwd=root, check=False).returncode


def main(root: Path, arguments: list[str]) -> int:
    """Prepare the environment, run a task and return its exit code."""
    signal.signal(signal.SIGTERM, end)
    try:
        note_version(root)
        python = prepare(root)
        set_merge_driver(root, python)
        return start(root, [str(python), "-m", "invoke", *(arguments or ["--list"])])
    except Failure as failure:
        print(f"bootstrap.py: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"bootstrap.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent, sys.argv[1:]))
