"""One environment for all bakes: their locks are the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ..conftest import ROOT, bake_into
from .project import WINDOWS, Project

CACHE = ROOT / ".cache"


def build_interpreter(scratch: Path) -> Path:
    """Build an environment from the locks of a bake, through its own door.

    It is kept between sessions; `bootstrap.py` builds it again when a lock changes.
    """
    home = CACHE / f"python{sys.version_info.major}.{sys.version_info.minor}"
    home.mkdir(parents=True, exist_ok=True)
    baked = bake_into(scratch / "environment")
    for name in ("bootstrap.py", "pyproject.toml", ".python-version"):
        shutil.copy2(baked / name, home)
    for name in ("requirements", "tasks"):
        shutil.copytree(baked / name, home / name, dirs_exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        [sys.executable, "bootstrap.py", "--list"],
        cwd=home,
        env={**os.environ, "PATH": path},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    folder = home / ".venv" / ("Scripts" if WINDOWS else "bin")
    return folder / ("python.exe" if WINDOWS else "python")


def baked_project(output: Path, interpreter: Path, **answers: str) -> Project:
    """Bake a project; `answers` are those that differ from the defaults."""
    root = bake_into(output, **answers)
    (main,) = root.glob("*/__main__.py")
    return Project(root, main.parent.name, interpreter)
