"""A project below the top of its repository does there all that it does elsewhere."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench.checkout import SETTINGS, commit

from .project import Project
from .test_merges import set_driver
from .test_storage import UP_TO_DATE

pytestmark = pytest.mark.e2e

# What repositories of data commonly ignore.
IGNORED = "data/ models/ reports/ gx/ .* *.lock *.csv *.json *.dvc".split()


def top_of(project: Project) -> Project:
    """Return the repository that holds a project."""
    return replace(project, root=project.root.parents[1])


@pytest.fixture(scope="module", name="below")
def fixture_below(ran: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that ran, committed below the top of a repository."""
    top = tmp_path_factory.mktemp("monorepo") / "čelo one"
    project = ran.copy(top / "ml code" / "penguins")
    shutil.rmtree(project.root / ".git")
    project = replace(project, settings=SETTINGS)
    (top / ".gitignore").write_text("\n".join(IGNORED), encoding="utf-8")
    for words in (["init", "-qb", "main"], ["commit", "-qm", "Start", "--allow-empty"]):
        top_of(project).run("git", *words)
    project.run("git", "tag", "start")
    commit(project)
    return project


@pytest.fixture(name="project")
def fixture_project(below: Project, tmp_path: Path) -> Project:
    """Return a copy of it, free to be changed."""
    top = tmp_path / "čelo other"
    shutil.copytree(top_of(below).root, top, symlinks=True)
    return replace(below, root=top / "ml code" / "penguins")


def test_what_belongs_to_it_is_committed_whatever_is_ignored_around(
    below: Project, ran: Project
) -> None:
    here = set(below.run("git", "ls-files").stdout.splitlines())
    there = set(ran.run("git", "ls-files").stdout.splitlines())
    assert there == here


def test_dvc_works_with_the_repository_around(project: Project) -> None:
    # As a run has left it that found no repository.
    local = project.root / ".dvc/config.local"
    local.write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    shown = project.invoke("repro").stdout
    assert shown.startswith("There is a git repository now, so DVC works with it.")
    assert UP_TO_DATE in shown and "no_scm" not in local.read_text(encoding="utf-8")
    assert project.status() == ""
    project.edit("params.yaml", "margin: 0.1", "margin: 0.05")
    assert re.search(
        r"select\.margin +0\.1 +0\.05", project.tool("dvc", "params", "diff").stdout
    )
    project.tool("dvc", "metrics", "diff")
    shown = project.tool("dvc", "exp", "run").stdout
    assert "Ran experiment" in shown and "Running stage 'tune'" not in shown
    shown = project.invoke("summary", "--base", "main").stdout
    assert re.search(r"\| accuracy \| 0\.\d+ \| 0\.\d+ \|", shown)
    assert "| select.margin | 0.1000 | 0.0500 |" in shown
    assert "that are committed: dvc.lock, reports/" in shown


def test_what_the_hook_leaves_to_dvc_comes_back_in_a_clone(
    project: Project, tmp_path: Path
) -> None:
    names = ["data/new.csv", "data/a/b.csv", "data/source/c.csv", "models/d.skops"]
    for name in names:
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).write_text(name, encoding="utf-8")
        project.run("git", "add", "--force", name)
        said = project.python("tasks/hooks.py", "data", name, code=1).stdout
        # Do as it says, and as DVC says then.
        for command in re.findall("`((?:git rm|dvc add) .*?)`", said):
            told = project.run(*command.split()).stdout
        (command,) = re.findall(r"^\s*(git add .*)", told, re.M)
        project.run(*command.split())
        project.python("tasks/hooks.py", "data", f"{name}.dvc")
    project.invoke("remote", "../storage")
    commit(project)
    assert not set(names) & set(project.run("git", "ls-files").stdout.splitlines())
    project.invoke("push")
    project.run(
        "git", "clone", "--quiet", str(top_of(project).root), str(tmp_path / "c")
    )
    shutil.copytree(project.root.parent / "storage", tmp_path / "c/ml code/storage")
    clone = replace(project, root=tmp_path / "c" / "ml code" / "penguins")
    clone.invoke("pull")
    for name in names:
        assert (clone.root / name).read_text(encoding="utf-8") == name
    assert clone.digests() == project.digests()


def test_hooks_look_at_the_project_alone(project: Project) -> None:
    project.tool("pre_commit", "install", "--allow-missing-config")
    top = top_of(project)
    for at, name in ((top, "theirs.py"), (project, "ours.py")):
        (at.root / name).write_text("import os\n", encoding="utf-8")
    top.run("git", "add", "theirs.py")
    top.run("git", "commit", "-m", "Not ours")
    project.run("git", "add", "ours.py")
    said = project.run("git", "commit", "-m", "Ours", code=1)
    assert "ours.py:1:1: F401" in said.stdout + said.stderr
    assert "theirs.py" not in said.stdout + said.stderr
    # Where the project isn't, commits are as before.
    project.run("git", "reset", "-q", "--hard")
    top.run("git", "switch", "--quiet", "--create", "earlier", "start")
    top.run("git", "commit", "--allow-empty", "-m", "Earlier")


def test_branches_meet_and_another_repository_in_the_environment_is_left_alone(
    project: Project, tmp_path: Path
) -> None:
    set_driver(project)
    project.run("git", "switch", "--quiet", "--create", "theirs")
    project.edit("dvc.lock", "resamples: 500", "resamples: 501")
    commit(project)
    project.run("git", "switch", "--quiet", "main")
    project.edit("dvc.lock", "permutations: 10", "permutations: 11")
    commit(project)
    said = project.run("git", "merge", "--no-edit", "theirs")
    assert "ml code/penguins/dvc.lock: both sides changed evaluate" in said.stderr
    # As in a hook of another repository.
    other = replace(project, root=tmp_path / "another")
    other.root.mkdir()
    other.run("git", "init", "--quiet")
    before = (other.root / ".git/config").read_bytes()
    places = {"GIT_DIR": str(other.root / ".git"), "GIT_WORK_TREE": str(other.root)}
    hooked = replace(project, settings={**SETTINGS, **places})
    shown = hooked.invoke("summary", "--base", "main").stdout
    assert "that are committed." in shown
    assert (other.root / ".git/config").read_bytes() == before
    assert not (project.root / ".dvc/config.local").exists()
