"""Environments of a lock each, beside that of the bakes."""

import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from .conftest import HERE, ROOT


def locked_python(name: str, lock: Path) -> Path:
    """Build an environment from a lock and return its Python.

    It is kept between sessions, and built again when the lock changes.

    Parameters
    ----------
    name
        What it is called in the cache.
    lock
        The requirements to install, with pip: it takes a CPU build where the user's
        settings offer one, and checks the hashes of a lock that holds them.

    Raises
    ------
    subprocess.CalledProcessError
        If the lock can't be installed; `stderr` says why.
    """
    folder = ROOT / ".cache" / f"{name}-python{HERE}"
    windows = sys.platform == "win32"
    python = folder / ("Scripts/python.exe" if windows else "bin/python")
    stamp, wanted = folder / "built-from", lock.read_text(encoding="utf-8")
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):  # of several test processes
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return python
        _run(sys.executable, "-m", "venv", "--clear", folder)
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
        ]
        _run(*install, "-r", lock)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
