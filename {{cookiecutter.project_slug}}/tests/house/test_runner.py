"""Why DVC hasn't run is one line, whatever it refuses."""

import os
import subprocess
from pathlib import Path

import pytest
from dvc import lock
from dvc.exceptions import DvcException
from dvc.repo import Repo

from tasks import copies, dvc_locks, runner


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository of DVC."""
    Repo.init(str(tmp_path), no_scm=True).close()
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(copies, "ROOT", tmp_path)
    monkeypatch.setattr(copies, "HOME", tmp_path / ".dvc/tmp/before-run")
    monkeypatch.setattr(dvc_locks, "WHOLE", tmp_path / ".dvc/tmp/lock")
    return tmp_path


def refusal() -> str:
    """Prepare a run that DVC refuses, and return what is said of it."""
    with pytest.raises((DvcException, OSError, ValueError)) as refused:
        runner.prepare([])
    return runner.explain(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            ".dvc/config",
            "[core]\n    no_scm = true\n    other = 3\n",
            "a configuration of DVC can't be used: config file error: extra keys not "
            "allowed @ data['core']['other']; fix it",
        ),
        (
            "in/dvc.yaml",
            "stages: [",
            "dvc.yaml', YAML file structure is corrupted; fix it",
        ),
        ("dvc.yaml", "stages: 3\n", "dvc.yaml can't be used: expected a dictionary"),
    ],
)
def test_a_file_that_dvc_refuses_is_named(
    root: Path, name: str, text: str, words: str
) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    said = refusal()
    assert words in said and "\n" not in said


def test_a_configuration_of_git_that_dvc_cannot_read_is_said(root: Path) -> None:
    (root / ".dvc/config").write_text("")  # it works with git again
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    (root / ".git/config").write_text("[core\n")
    said = refusal()
    assert said.startswith("DVC can't open the project: ") and "\n" not in said


def test_a_dvc_that_holds_the_project_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "DEFAULT_TIMEOUT", 0)
    with Repo(str(root)) as repo:
        with repo.lock:
            said = refusal()
    line = f"DVC is at work here (process {os.getpid()}); wait for it, or end it"
    assert said == line
    assert not copies.HOME.exists()
