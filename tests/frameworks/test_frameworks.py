"""Two processes train to the same weights; without the call, to different ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT

pytestmark = pytest.mark.frameworks

HERE = Path(__file__).parent
CORE = ROOT / "{{cookiecutter.project_slug}}" / "{{cookiecutter.package_name}}" / "core"
# What the door of a bake fixes before the interpreter starts.
FIXED = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


def build(framework: str) -> Path:
    """Build the environment of a framework, or skip aloud if it can't be had."""
    lock = HERE / "requirements" / f"{framework}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = ROOT / ".cache" / f"{framework}-python{version}"
    windows = sys.platform == "win32"
    python = folder / ("Scripts/python.exe" if windows else "bin/python")
    stamp = folder / "built-from"
    if stamp.is_file() and stamp.read_text() == lock.read_text():
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    # With pip: it takes a CPU build where the user's settings offer one.
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "-r",
        str(lock),
    ]
    finished = subprocess.run(install, capture_output=True, text=True, check=False)
    if finished.returncode:
        reason = (finished.stderr.strip().splitlines() or ["no reason given"])[-1]
        pytest.skip(f"{framework} can't be installed on Python {version}: {reason}")
    stamp.write_text(lock.read_text())
    return python


def train(python: Path, framework: str, mode: str) -> str:
    """Train in a process of its own and return the digest of the weights."""
    finished = subprocess.run(
        [python, HERE / "train.py", CORE, framework, mode],
        env={**os.environ, **FIXED},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished.stdout.split("WEIGHTS ")[1].strip()


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow", "jax"])
def test_seeded_processes_agree_and_others_do_not(framework: str) -> None:
    python = build(framework)
    seeded = {train(python, framework, "seeded") for _ in range(2)}
    assert len(seeded) == 1
    unseeded = {train(python, framework, "unseeded") for _ in range(2)}
    assert len(unseeded) == 2
    assert not seeded & unseeded
