"""The hook that makes a git repository, rendered and imported."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cookiecutter.utils import create_env_with_context

from .conftest import ROOT, Machine

ANSWERS = {
    "project_slug": "penguins",
    "author_name": "Ada Lovelace",
    "author_email": "ada@example.com",
    "_version": "0.1.0",
    "_output_dir": "/somewhere",
}
NEXT = ["cd penguins", "make repro ", "make test "]


def load(answers: Mapping[str, Any]) -> ModuleType:
    """Render the hook as cookiecutter does, and import the result."""
    source = (ROOT / "hooks" / "post_gen_project.py").read_text("utf-8")
    environment = create_env_with_context({"cookiecutter": {}})
    module = ModuleType("post_gen_project")
    code = environment.from_string(source).render(cookiecutter=answers)
    exec(compile(code, "post_gen_project.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def hook() -> ModuleType:
    """Return the hook for ordinary answers."""
    return load(ANSWERS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a bake of one file."""
    folder = tmp_path / "penguins"
    folder.mkdir()
    (folder / "README.md").write_text("# Penguins\n")
    return folder


def log(project: Path, form: str) -> str:
    """Return what git says about the last commit."""
    command = ["git", "-C", str(project), "log", "-1", f"--format={form}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ends_well(said: str) -> bool:
    """Say whether an output ends in the three lines about what to do next."""
    last = said.splitlines()[-3:]
    return all(line.startswith(start) for line, start in zip(last, NEXT, strict=True))


@pytest.mark.parametrize(
    "text", ['"""', "'''", "\\", "a\nb", "</script>", "{{ x }}", "🐧"]
)
def test_no_answer_breaks_out_of_the_hook(text: str) -> None:
    assert load({**ANSWERS, "description": text}).ANSWERS["description"] == text


def test_one_commit_on_main_by_the_author(
    hook: ModuleType, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hook.main(project, hook.ANSWERS)
    assert log(project, "%D|%an|%ae|%cn|%P|%s").strip() == (
        "HEAD -> main|Ada Lovelace|ada@example.com|Ada Lovelace||"
        "Start from cookiecutter-reproducible-ml 0.1.0"
    )
    said = capsys.readouterr().out
    assert ends_well(said) and len(said.splitlines()) == 3
    assert "user" not in (project / ".git" / "config").read_text()


@pytest.mark.parametrize("name", ['"', "...", "<>", ' ";'])
def test_a_name_that_git_refuses_becomes_the_address(project: Path, name: str) -> None:
    hook = load({**ANSWERS, "author_name": name})
    hook.main(project, hook.ANSWERS)
    assert log(project, "%an").strip() == "ada@example.com"


@pytest.mark.parametrize("name", ['O\'Neil "the" \\ <x>', "Žofie\n🐧", "{{ x }}"])
def test_any_other_name_is_kept_as_far_as_git_can(project: Path, name: str) -> None:
    hook = load({**ANSWERS, "author_name": name})
    hook.main(project, hook.ANSWERS)
    kept = "".join(character for character in name if character not in "<>\n")
    assert log(project, "%an").strip() == kept


def without_key(answers: dict[str, str], _: Path) -> None:
    """Answer as cruft does."""
    del answers["_output_dir"]


def inside(_: dict[str, str], project: Path) -> None:
    """Put the bake into another repository."""
    subprocess.run(["git", "init", "-q", str(project.parent)], check=True)


@pytest.mark.parametrize("arrange", [without_key, inside])
def test_no_repository_where_none_belongs(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    arrange: Callable[[dict[str, str], Path], None],
) -> None:
    answers = dict(ANSWERS)
    arrange(answers, project)
    hook = load(answers)
    hook.main(project, hook.ANSWERS)
    said = capsys.readouterr().out
    assert not (project / ".git").exists()
    assert "git init -b main" in said and "git commit" in said and ends_well(said)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for git is a shell script")
@pytest.mark.parametrize(
    "script", [None, 'mkdir -p .git; echo "disk full" >&2; exit 3']
)
def test_without_a_working_git_the_commands_are_printed(
    hook: ModuleType,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str | None,
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    if script:
        (tools / "git").write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    hook.main(project, hook.ANSWERS)
    said = capsys.readouterr().out
    assert not (project / ".git").exists()
    assert ("disk full" if script else "git is not installed") in said
    assert "git init -b main" in said and ends_well(said)


def test_command_line_ends_in_three_lines_and_leaves_no_temporary_file(
    machine: Machine,
) -> None:
    finished = machine.bake(author_name='"', project_slug="penguins")
    assert finished.returncode == 0, finished.stdout
    assert ends_well(finished.stdout) and len(finished.stdout.splitlines()) == 3
    assert list(machine.temporary.iterdir()) == []
    assert [path.name for path in machine.work.iterdir()] == ["penguins"]
