"""The same answers bake the same tree on any machine, and under cruft."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from .conftest import ROOT, Machine, git
from .rendered import files


def contents(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and bytes of every file of a bake."""
    return {
        path.relative_to(project).as_posix(): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes(),
        )
        for path in files(project)
    }


def spoil(machine: Machine) -> None:
    """Give a machine a git configuration in which nothing works as usual."""
    template = machine.folder / "template"
    (template / "hooks").mkdir(parents=True)
    for folder in (template / "hooks", machine.home / "hooks"):
        folder.mkdir(exist_ok=True)
        (folder / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
        (folder / "pre-commit").chmod(0o755)
    (machine.home / ".config" / "git").mkdir(parents=True)
    (machine.home / ".config" / "git" / "ignore").write_text("*.py\n")
    (machine.home / ".config" / "git" / "attributes").write_text("*.md eol=crlf\n")
    (machine.home / ".gitconfig").write_text(
        "[commit]\n  gpgsign = true\n[gpg]\n  program = false\n"
        "[user]\n  useConfigOnly = true\n"
        "[core]\n  autocrlf = true\n  hooksPath = ~/hooks\n  fileMode = false\n"
        f"[init]\n  templateDir = {template}\n  defaultBranch = trunk\n"
    )


def test_the_machine_does_not_matter(tmp_path: Path) -> None:
    usual = Machine(tmp_path / "usual", TZ="UTC", PYTHONHASHSEED="1")
    other = Machine(
        tmp_path / "other",
        umask=0o077,
        TZ="Asia/Tokyo",
        PYTHONHASHSEED="2",
        LC_ALL="C",
        GIT_DIR=str(tmp_path / "elsewhere"),
        GIT_AUTHOR_NAME="Somebody Else",
    )
    spoil(other)
    trees = []
    for machine in (usual, other):
        finished = machine.bake(author_name="Ada Lovelace")
        assert finished.returncode == 0, finished.stdout
        assert finished.stdout.splitlines()[0].startswith("cd "), finished.stdout
        project = machine.work / "penguins"
        assert git(project, "log", "--format=%an %D") == "Ada Lovelace HEAD -> main\n"
        trees.append((git(project, "rev-parse", "HEAD^{tree}"), contents(project)))
    assert trees[0] == trees[1]
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Return the template as a repository of its own, which cruft can clone."""
    home = tmp_path / "published"
    home.mkdir()
    for name in ("cookiecutter.json", "local_extensions.py"):
        shutil.copy2(ROOT / name, home)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("hooks", "templates", "{{cookiecutter.project_slug}}"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, home / name, ignore=ignored)
    git(home, "init", "-q")
    publish(home)
    return home


def publish(template: Path) -> None:
    """Commit all of a repository."""
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    git(template, "add", "--all")
    git(template, *identity, "-c", "commit.gpgsign=false", "commit", "-qm", "x")


def test_cruft_says_one_line_and_leaves_nothing(
    machine: Machine, published: Path
) -> None:
    before = machine.files()
    create = ("cruft", "create", published, "--no-input", "--extra-context")
    finished = machine.run(*create, '{"package_name": "class"}')
    assert finished.returncode == 1
    (line,) = finished.stdout.splitlines()
    assert line.startswith("package_name 'class' is a Python keyword")
    assert machine.files() == before


def test_cruft_keeps_answers_and_takes_a_new_filter(
    machine: Machine, published: Path
) -> None:
    create = ("cruft", "create", published, "--no-input", "--extra-context")
    finished = machine.run(*create, '{"description": "Numbat {{ 1 / 0 }}"}')
    assert finished.returncode == 0, finished.stdout
    project = machine.work / "penguins"
    assert not (project / ".git").exists()
    assert "git init -b main" in finished.stdout
    git(project, "init", "-q")
    publish(project)

    extension = published / "local_extensions.py"
    code = extension.read_text("utf-8").replace('filters["yaml"]', 'filters["newer"]')
    extension.write_text(code + "\n# Without yaml.\n", "utf-8")
    citation = published / "{{cookiecutter.project_slug}}" / "CITATION.cff"
    citation.write_text(
        citation.read_text("utf-8").replace("| yaml", "| newer"), "utf-8"
    )
    (citation.parent / "NEWS.md").write_text("{{ cookiecutter.description | newer }}\n")
    publish(published)
    finished = machine.run("cruft", "update", "-y", "--project-dir", project)
    assert finished.returncode == 0, finished.stdout
    assert (project / "NEWS.md").read_text() == '"Numbat {{ 1 / 0 }}"\n'
    assert list(project.rglob("*.rej")) == []
