"""Bakes for tests: in this process, or through the real command lines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
# A shell lets what it runs in the background ignore it, and so all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"  # the Python that runs this


def bake_into(folder: Path, **answers: str) -> Path:
    """Bake the template into a folder and return the project's folder."""
    memory = {
        "replay_dir": str(folder / "replay"),
        "cookiecutters_dir": str(folder / "templates"),
    }
    project = cookiecutter(
        str(ROOT),
        no_input=True,
        extra_context=answers,
        default_config=memory,
        output_dir=str(folder / "baked"),
    )
    return Path(project)


@pytest.fixture
def bake(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that bakes with the answers that it is given."""
    return lambda **answers: bake_into(tmp_path, **answers)


@pytest.fixture(scope="session")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bake with default answers, which no test may change."""
    return bake_into(tmp_path_factory.mktemp("default"))


def git(project: Path, *arguments: str) -> str:
    """Return what a git command prints."""
    command = ["git", "-C", str(project), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Machine:
    """A user's machine: a home, a folder for temporary files and one to work in."""

    def __init__(self, folder: Path, umask: int = 0o022, **environment: str) -> None:
        self.folder, self.umask = folder, umask
        self.home, self.temporary = folder / "home", folder / "temporary"
        self.work = folder / "some" / "where" / "work"
        for each in (self.home, self.temporary, self.work):
            each.mkdir(parents=True)
        kept = {
            key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ
        }
        self.environment = kept | {
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "TMPDIR": str(self.temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "200",
            **environment,
        }

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a module of this Python, as ``python -m`` does."""
        return subprocess.run(
            [sys.executable, "-m", *map(str, command)],
            cwd=self.work,
            env=self.environment,
            umask=self.umask if os.name == "posix" else -1,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )

    def bake(self, **answers: str) -> subprocess.CompletedProcess[str]:
        """Run cookiecutter's command line."""
        words = [f"{question}={answer}" for question, answer in answers.items()]
        return self.run("cookiecutter", "--no-input", ROOT, *words)

    def files(self) -> set[Path]:
        """Return all that the machine holds."""
        return set(self.folder.rglob("*"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine on which nobody has worked."""
    return Machine(tmp_path / "machine")
