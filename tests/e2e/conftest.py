"""Bakes with an environment: one environment and one pipeline run a session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import HERE
from .environment import baked_project, build_interpreter
from .project import FIRST_RUN, Project
from .tiny import make_tiny


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of the environment that the locks of a bake give."""
    return build_interpreter(tmp_path_factory.mktemp("environment"))


@pytest.fixture()
def bake_named(tmp_path: Path, interpreter: Path) -> Callable[[str], Project]:
    """Bake a project whose package has a given name."""
    return lambda name: baked_project(tmp_path, interpreter, package_name=name)


@pytest.fixture()
def fresh(tmp_path: Path, interpreter: Path) -> Project:
    """Return a fresh bake; nothing has run."""
    return baked_project(tmp_path, interpreter)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, interpreter: Path) -> Project:
    """Return a bake whose pipeline ran once. Do not change it: take `copy`."""
    folder = tmp_path_factory.mktemp("ran")
    project = baked_project(folder, interpreter, python_version=HERE)
    shown = project.invoke("repro").stdout
    (project.scratch / FIRST_RUN).write_text(shown, encoding="utf-8")
    return project


@pytest.fixture()
def copy(ran: Project, tmp_path: Path) -> Project:
    """Return a copy of `ran`, results committed, free to be changed."""
    project = ran.copy(tmp_path / ran.root.name)
    project.run("git", "add", "-A")
    # On the platform of the reference, nothing has changed.
    project.run("git", "commit", "-qm", "Run the pipeline", "--allow-empty")
    return project


@pytest.fixture(scope="session")
def tiny_ran(tmp_path_factory: pytest.TempPathFactory, interpreter: Path) -> Project:
    """Return a bake whose small pipeline ran once. Do not change it: take `tiny`."""
    project = baked_project(tmp_path_factory.mktemp("tiny"), interpreter)
    make_tiny(project).invoke("repro")
    return project


@pytest.fixture()
def tiny(tiny_ran: Project, tmp_path: Path) -> Project:
    """Return a copy of `tiny_ran`, free to be changed."""
    return tiny_ran.copy(tmp_path / tiny_ran.root.name)
