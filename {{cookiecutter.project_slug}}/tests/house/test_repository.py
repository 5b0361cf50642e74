"""Git's repository is found wherever the project is in it, and told how to merge."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tasks import pipeline, repository

NAME = "merge.dvc-lock.driver"
NO_SCM = "[core]\n    no_scm = true\n"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(name="top")
def fixture_top(tmp_path: Path) -> Path:
    """Return a repository with a project below it, and one commit."""
    (tmp_path / "top/it's 50%A/project").mkdir(parents=True)
    (tmp_path / "top/it's 50%A/project/dvc.yaml").touch()
    git(tmp_path / "top", "init", "--quiet")
    git(tmp_path / "top", "add", "--all")
    git(tmp_path / "top", "commit", "--quiet", "--message", "Start")
    return tmp_path / "top"


@pytest.fixture(name="root")
def fixture_root(top: Path) -> Path:
    """Return the root of that project."""
    return top / "it's 50%A" / "project"


def driver(folder: Path) -> list[str]:
    """Return the words of the driver as the shell gets them."""
    return shlex.split(git(folder, "config", "--get", NAME).replace("%%", "%"))


def test_the_driver_is_set_once_and_again_when_the_folder_moves(
    top: Path, root: Path
) -> None:
    python = root / ".venv/bin/python"
    repository.set_merge_driver(root, python)
    script = root / "tasks/merging.py"
    wanted = [str(python), str(script), "%O", "%A", "%B", "%P"]
    assert driver(root) == wanted
    config = top / ".git/config"
    before = config.stat().st_mtime_ns
    repository.set_merge_driver(root, python)
    assert config.stat().st_mtime_ns == before
    moved = top.rename(top.with_name("moved")) / root.relative_to(top)
    repository.set_merge_driver(moved, moved / ".venv/bin/python")
    assert driver(moved)[:2] == [
        str(moved / ".venv/bin/python"),
        str(moved / "tasks/merging.py"),
    ]
    assert git(moved, "config", "--get-all", NAME).count("\n") == 1


def test_a_further_work_tree_and_a_submodule_are_found(
    top: Path, root: Path, tmp_path: Path
) -> None:
    git(top, "worktree", "add", "--quiet", str(tmp_path / "further"))
    further = tmp_path / "further" / root.relative_to(top)
    found = repository.find_git(further)
    assert found and found.resolve() == (top / ".git").resolve()
    git(tmp_path, "init", "--quiet", "around")
    words = ["submodule", "--quiet", "add", str(top), "inner"]
    git(tmp_path / "around", "-c", "protocol.file.allow=always", *words)
    inner = tmp_path / "around/inner" / root.relative_to(top)
    found = repository.find_git(inner)
    assert found and found.resolve() == tmp_path / "around/.git/modules/inner"
    repository.set_merge_driver(inner, inner / "python")
    assert driver(inner)[0] == str(inner / "python")


def test_a_folder_called_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "a/.git").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/.git").write_text("nothing", encoding="utf-8")
    for name in ("a", "b"):
        assert not repository.is_in_git(tmp_path / name)


@pytest.mark.parametrize("place", ["the folder", "its repository"])
def test_a_place_that_cannot_be_looked_at_is_no_repository(
    tmp_path: Path, place: str
) -> None:
    # A name that is too long is an error for root too; a folder without the right to
    # enter it is one for others.
    long = "x" * 300
    (tmp_path / ".git").write_text(f"gitdir: {long}\n", encoding="utf-8")
    root = tmp_path / long if place == "the folder" else tmp_path
    assert repository.find_git(root) is None


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may enter any folder"
)
def test_a_folder_that_may_not_be_entered_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir(mode=0)
    assert repository.find_git(tmp_path) is None


def test_what_ignores_the_project_does_not_hold_it(top: Path, root: Path) -> None:
    assert repository.is_in_git(root)
    (top / ".gitignore").write_text("project/\n", encoding="utf-8")
    assert not repository.is_in_git(root)
    repository.set_merge_driver(root, root / "python")
    assert "dvc-lock" not in (top / ".git/config").read_text(encoding="utf-8")


def test_another_repository_in_the_environment_is_left_alone(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet", "other")
    other = tmp_path / "other/.git"
    before = (other / "config").read_bytes()
    monkeypatch.setenv("GIT_DIR", str(other))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    repository.set_merge_driver(root, root / "python")
    assert (other / "config").read_bytes() == before
    assert "GIT_DIR" not in repository.untied()
    monkeypatch.delenv("GIT_DIR")
    assert driver(root)[0] == str(root / "python")


def test_where_it_can_not_be_set_nothing_is_said(
    top: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    repository.set_merge_driver(root, root / "python")
    assert repository.is_in_git(root), "git itself isn't needed to know it"
    monkeypatch.undo()
    if sys.platform != "win32":
        monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
        repository.set_merge_driver(root, root / "python")
    assert "dvc-lock" not in (top / ".git/config").read_text(encoding="utf-8") or (
        sys.platform == "win32"
    )


@pytest.mark.parametrize(
    ("before", "without"),
    [
        ("", NO_SCM),
        ("[core]\n    autostage = true\n", f"{NO_SCM}    autostage = true\n"),
        (
            "['remote \"a\"']\n    user = b\n",
            f"{NO_SCM}['remote \"a\"']\n    user = b\n",
        ),
    ],
)
def test_dvc_works_without_git_until_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, without: str
) -> None:
    monkeypatch.setattr(pipeline, "ROOT", tmp_path)
    config = tmp_path / ".dvc/config.local"
    config.parent.mkdir()
    if before:
        config.write_text(before, encoding="utf-8")
    for _ in range(2):
        pipeline.allow_no_git()
        assert config.read_text(encoding="utf-8") == without
    git(tmp_path, "init", "--quiet")
    pipeline.allow_no_git()
    assert "no_scm" not in config.read_text(encoding="utf-8")
    assert config.read_text(encoding="utf-8").replace("[core]\n", "", 1) == (
        before.replace("[core]\n", "", 1)
    )


@pytest.mark.parametrize("text", ["=\n", "<<<<<<< HEAD\n", "[core\n"])
def test_a_configuration_that_git_cannot_read_is_one_line(top: Path, text: str) -> None:
    assert repository.config_problem(top) == ""
    config = top / ".git/config"
    config.write_text(text, encoding="utf-8")
    said = repository.config_problem(top / "it's 50%A")
    assert said.startswith("git can't read its configuration: bad config line 1 in")
    assert said.endswith("config; fix it") and "\n" not in said


def test_without_git_its_configuration_is_no_problem(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (top / ".git/config").write_text("=\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(top))
    assert repository.config_problem(top) == ""
