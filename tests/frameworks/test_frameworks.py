"""Two processes train to the same weights; without the call, to different ones."""

import os
import subprocess
from pathlib import Path

import pytest

from ..conftest import ROOT
from ..locked import locked_python

pytestmark = pytest.mark.frameworks

HERE = Path(__file__).parent
PACKAGE = ROOT / "{{cookiecutter.project_slug}}" / "{{cookiecutter.package_name}}"
RUNTIME = PACKAGE / "runtime"
# What `__main__.py` of a bake fixes before the interpreter starts.
FIXED = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


def build(framework: str) -> Path:
    """Build the environment of a framework, or skip aloud if it can't be had."""
    try:
        return locked_python(framework, HERE / "requirements" / f"{framework}.txt")
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        pytest.skip(f"{framework} can't be installed: {reason}")


def train(python: Path, framework: str, mode: str) -> str:
    """Train in a process of its own and return the digest of the weights."""
    finished = subprocess.run(
        [python, HERE / "train.py", RUNTIME, framework, mode],
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
