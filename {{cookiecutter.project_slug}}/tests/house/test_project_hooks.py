"""Hooks run in each project of a work tree, on its own files."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tasks import project_hooks

ROOT = Path(__file__).parents[2]
SHOW = "import os, sys; print(os.path.basename(os.getcwd()), *sys.argv[1:])"


@pytest.fixture(name="top")
def fixture_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the top of a work tree with two projects, and stand there."""
    for name in ("a é", "a é/b"):
        script = tmp_path / name / project_hooks.HERE
        script.parent.mkdir(parents=True)
        script.write_bytes((ROOT / project_hooks.HERE).read_bytes())
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entry(*words: str) -> str:
    """Run what pre-commit runs, and return what it prints."""
    config = YAML(typ="safe").load(
        (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    )
    _, *command = shlex.split(config["repos"][0]["hooks"][0]["entry"])
    return subprocess.run(
        [sys.executable, *command, *words], check=True, capture_output=True, text=True
    ).stdout


def test_a_command_runs_where_the_files_are(top: Path) -> None:
    command = [sys.executable, "-c", SHOW]
    names = ["theirs.py", "a é/one.py", "a é/b/two.py", "a é/b/c/three.py"]
    said = entry(*command, "--", *names)
    assert sorted(said.splitlines()) == ["a é one.py", "b two.py c/three.py"]
    assert entry(*command, "--", "theirs.py") == ""
    # Without files it is for all of them.
    assert sorted(entry(*command).splitlines()) == ["a é", "b"]
    assert top.is_dir()


def test_a_project_at_the_top_needs_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tasks").mkdir()
    script = (ROOT / project_hooks.HERE).read_bytes()
    (tmp_path / project_hooks.HERE).write_bytes(script)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    said = entry(sys.executable, "-c", SHOW, "--", "one.py")
    assert said == f"{tmp_path.name} one.py\n"


def test_one_failure_is_a_failure(top: Path) -> None:
    fail = "import os; raise SystemExit(os.path.basename(os.getcwd()) == 'b')"
    command = [sys.executable, "-c", fail, "--"]
    assert project_hooks.main([*command, "a é/b/two.py", "a é/one.py"]) == 1
    assert project_hooks.main([*command, "a é/one.py"]) == 0
    assert top.is_dir()


def test_git_works_below_the_top(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a commit of some files, or in a further work tree."""
    monkeypatch.setenv("GIT_DIR", str(top / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    environ = project_hooks.environ()
    assert "GIT_DIR" not in environ and os.path.isabs(environ["GIT_INDEX_FILE"])
    command = ["git", "diff", "--cached", "--name-only"]
    subprocess.run(["git", "add", "--all"], check=True)
    root = top / "a é"
    listed = subprocess.check_output(command, cwd=root, env=environ, text=True)
    assert listed.splitlines() == ["b/tasks/project_hooks.py", project_hooks.HERE]
