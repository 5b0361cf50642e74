"""Other tools make the environment, and install the same locked versions."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ..conftest import HERE, PYTHONS, ROOT
from ..locked import locked_python
from .console import run_page
from .environment import baked_project
from .project import Project

pytestmark = pytest.mark.e2e

PAGE = "docs/environments.md"
LOCK = ROOT / "requirements" / "managers.txt"
LAYERS = ("build", "runtime", "pipeline")


@pytest.fixture()
def project(tmp_path: Path, interpreter: Path) -> Project:
    """Return a bake for the Python that is here, without an environment."""
    return baked_project(tmp_path, interpreter, python_version=HERE)


def program(name: str) -> Path:
    """Return the folder of a tool: of a lock of its own, or as installed here."""
    if name in ("pipenv", "poetry"):
        return locked_python("managers", LOCK).parent
    # GitHub's machines have conda at the place that CONDA names, and not on PATH.
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    folders += [str(Path(home, "bin")) for home in [os.environ.get("CONDA")] if home]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        pytest.skip(f"{name} is not installed; no registry of packages has it")
    return Path(found).parent


@pytest.mark.skipif(sys.platform == "win32", reason="the page is read by bash")
@pytest.mark.parametrize("heading", ["uv", "Poetry", "Pipenv", "conda"])
def test_a_tool_installs_the_locked_versions(
    project: Project, tmp_path: Path, heading: str
) -> None:
    folder = program(heading.lower())
    kept = tmp_path / "kept"
    environ = {
        "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
        "PIPENV_IGNORE_VIRTUALENVS": "1",
        "PIP_NO_COMPILE": "1",
        # A user's own indexes may make pip warn, which is no concern of the page.
        "PIP_QUIET": "1",
        "POETRY_CONFIG_DIR": str(kept / "config"),
        "POETRY_VIRTUALENVS_PATH": str(kept / "poetry"),
        "VIRTUAL_ENV": "",
        "WORKON_HOME": str(kept / "pipenv"),
    }
    page = project.root / PAGE
    assert run_page(page, project.root, environ, part=heading) > 1
    # What the page ends with trips where a version is another one.
    lock = project.root / "requirements/pipeline.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(text.replace("invoke==", "invoke==9", 1), encoding="utf-8")
    finished = subprocess.run(
        ["bash", "-c", last_command(page, heading)],
        cwd=project.root,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert "invoke is" in finished.stdout + finished.stderr


def last_command(page: Path, heading: str) -> str:
    """Return the last command of a part of a page."""
    part = (
        page.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    )
    return [line[2:] for line in part.splitlines() if line.startswith("$ ")][-1]


@pytest.mark.skipif(sys.platform == "win32", reason="Binder is Linux")
@pytest.mark.parametrize("version", PYTHONS)
def test_binder_builds_through_the_same_door(
    tmp_path: Path, interpreter: Path, version: str
) -> None:
    project = baked_project(tmp_path, interpreter, python_version=version)
    renderer = Path(sys.executable).with_name("jupyter-repo2docker")
    options = ["--no-build", "--debug", "--user-id", "1000", "--user-name", "worker"]
    finished = subprocess.run(
        [str(renderer), *options, str(project.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    rendered = finished.stdout + finished.stderr
    assert finished.returncode == 0, rendered[-3000:]
    assert f"conda environment for python={version}\n" in rendered
    assert "RUN ./binder/postBuild" in rendered
    assert "slim-bookworm" not in rendered  # the Dockerfile at the root


@pytest.mark.skipif(sys.platform == "win32", reason="Binder is Linux")
def test_binder_gets_the_kernel_of_the_locks(copy: Project, tmp_path: Path) -> None:
    (copy.root / ".venv").symlink_to(copy.interpreter.parents[1])
    data = tmp_path / "jupyter"
    binder = replace(copy, settings={"JUPYTER_DATA_DIR": str(data)})
    assert "Report: " in binder.run("binder/postBuild").stdout
    kernel = json.loads((data / "kernels/python3/kernel.json").read_text())
    assert kernel["argv"][0] == str(copy.root / ".venv/bin/python")
