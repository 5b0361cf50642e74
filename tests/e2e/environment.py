"""One environment for all bakes: their locks are the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from ..conftest import ROOT, bake_into
from .project import WINDOWS, Project

CACHE = ROOT / ".cache"


def find_python(version: str) -> str | None:
    """Return the path of a Python by its version, such as 3.12, or None."""
    # A shim of pyenv starts nothing unless it is told the version.
    environ = {**os.environ, "PYENV_VERSION": version}
    command = [f"python{version}", "-c", "import sys; print(sys.executable)"]
    try:
        finished = subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return finished.stdout.strip() if finished.returncode == 0 else None


def build_interpreter(scratch: Path, python: str = sys.executable) -> Path:
    """Build an environment from the locks of a bake, through its own door.

    It is kept between sessions; `bootstrap.py` builds it again when a lock changes.

    Parameters
    ----------
    scratch
        Where to bake.
    python
        The interpreter that runs the door.
    """
    version = "import sys; print('%d.%d' % sys.version_info[:2])"
    found = subprocess.check_output([python, "-c", version], text=True).strip()
    home = CACHE / f"python{found}"
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / f"python{found}.lock"):  # of several test processes
        _open_door(python, bake_into(scratch / "environment"), home)
    folder = home / ".venv" / ("Scripts" if WINDOWS else "bin")
    return folder / ("python.exe" if WINDOWS else "python")


def _open_door(python: str, baked: Path, root: Path) -> None:
    """Copy what a bake's door needs into a folder, and let it build there."""
    for name in ("bootstrap.py", "pyproject.toml", ".python-version"):
        shutil.copy2(baked / name, root)
    for name in ("requirements", "tasks"):
        shutil.copytree(baked / name, root / name, dirs_exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        [python, "bootstrap.py", "--list"],
        cwd=root,
        env={**os.environ, "PATH": path},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def baked_project(output: Path, interpreter: Path, **answers: str) -> Project:
    """Bake a project; `answers` are those that differ from the defaults."""
    root = bake_into(output, **answers)
    (stages,) = root.glob("*/stages")
    return Project(root, interpreter, package=stages.parent.name)
