"""A fresh bake passes its own hooks and checks, whatever its name."""

import subprocess
from collections.abc import Callable

import pytest

from .environment import find_python
from .project import Project

pytestmark = pytest.mark.e2e

NAMES = ["aaa", "zzz", "a" * 30]


def status(project: Project) -> str:
    """Return what git says of the work tree."""
    return project.run("git", "status", "--porcelain").stdout


@pytest.mark.parametrize("name", NAMES)
def test_formatters_leave_a_bake_as_it_is(
    bake_named: Callable[[str], Project], name: str
) -> None:
    project = bake_named(name)
    assert project.package == name
    project.tool("black", "--check", "-q", ".")
    project.tool("isort", "--check", ".")
    project.tool("flake8")
    assert status(project) == ""


def test_hidden_randomness_is_refused(fresh: Project) -> None:
    stage = fresh.root / fresh.package / "stages/split.py"
    text = stage.read_text(encoding="utf-8")
    bad = "import random\n\n\ndef draw() -> float:\n    return random.random()\n"
    stage.write_text(text + "\n\n" + bad, encoding="utf-8")
    finished = fresh.python("-m", "flake8", code=1)
    assert "stages/split.py" in finished.stdout and "RND102" in finished.stdout
    assert "take a seeded stream, made for this use" in finished.stdout


def test_the_hooks_change_no_file(fresh: Project) -> None:
    # All of `invoke lint` runs in test_workflows.py, as the tests of a bake do.
    shown = fresh.tool("pre_commit", "run", "--all-files", "--hook-stage", "manual")
    for hook in ("black", "isort", "flake8"):
        assert f"{hook}." in shown.stdout
    assert status(fresh) == ""


def test_lint_refuses_a_bad_file_and_format_fixes_it(fresh: Project) -> None:
    path = fresh.root / fresh.package / "runtime" / "errors.py"
    good = path.read_text(encoding="utf-8")
    path.write_text("import sys\nimport os\n" + good, encoding="utf-8")
    finished = fresh.invoke("lint", code=1)
    assert "F401" in finished.stdout
    path.write_text(good.replace("\n\n\n", "\n"), encoding="utf-8")
    fresh.invoke("format")
    assert path.read_text(encoding="utf-8") == good


def test_the_locks_are_checked_and_a_bad_pin_is_found(fresh: Project) -> None:
    fresh.invoke("check-locks")
    lock = fresh.root / "requirements/pipeline.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(text.replace("invoke==", "invoke==9", 1), encoding="utf-8")
    finished = fresh.invoke("check-locks", code=1)
    assert "invoke" in finished.stdout + finished.stderr


def test_every_task_is_listed_and_has_help(fresh: Project) -> None:
    shown = fresh.invoke("--list").stdout
    for name in ("repro", "expectations", "data-docs", "test", "lint", "lock"):
        assert f"\n  {name} " in shown


def test_an_unpacked_archive_runs(fresh: Project) -> None:
    archive = fresh.scratch / "archive.tar"
    fresh.run("git", "archive", "-o", str(archive), "HEAD")
    folder = fresh.scratch / "unpacked"
    folder.mkdir()
    subprocess.run(["tar", "xf", archive, "-C", folder], check=True)
    unpacked = Project(folder, fresh.interpreter, package=fresh.package)
    shown = unpacked.invoke("repro").stdout
    if unpacked.is_pinned():
        assert shown.endswith("\nIdentical to the reference.\n")
    assert (folder / "reports/report.html").is_file()


def test_bootstrap_says_what_is_wrong_on_an_old_python(fresh: Project) -> None:
    found = {f"3.{minor}": find_python(f"3.{minor}") for minor in range(6, 11)}
    tried = {version: python for version, python in found.items() if python}
    if not tried:
        pytest.skip("there is no Python from 3.6 to 3.10 on PATH or under pyenv")
    for version, python in tried.items():
        said = fresh.run(python, "bootstrap.py", "repro", code=1).stderr
        wrong = f"bootstrap.py: Python {version} is not supported; use Python 3.11 to "
        assert said.startswith(wrong) and said.count("\n") == 1
    assert not (fresh.root / ".venv").exists()
