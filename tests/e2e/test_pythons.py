"""The same locks and the same bytes on every Python that is supported."""

import json
import sys
from pathlib import Path

import pytest

from .environment import baked_project, build_interpreter, find_python
from .project import Project

pytestmark = pytest.mark.e2e

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
# The lowest and the highest; `make demo`, which the README's test runs, takes 3.12.
OTHERS = [version for version in ("3.11", "3.13") if version != HERE]


@pytest.mark.parametrize("version", OTHERS)
def test_another_python_gives_the_same_bytes(
    ran: Project, tmp_path: Path, version: str
) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on PATH or under pyenv")
    project = baked_project(tmp_path, build_interpreter(tmp_path, python))
    project.invoke("check-locks")
    project.invoke("repro")
    shown = project.python("-c", "import sys; print(sys.version)").stdout
    assert shown.startswith(version)
    assert project.digests() == ran.digests()
    # Clean on the platform of the reference, and elsewhere as with the first Python.
    assert project.status() == ran.status()
    lock = [root / "dvc.lock" for root in (project.root, ran.root)]
    assert lock[0].read_bytes() == lock[1].read_bytes()
    record = json.loads((project.root / "reports/metrics.json").read_text())
    assert record["lock_differences"] == 0
