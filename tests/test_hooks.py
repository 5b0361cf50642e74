"""The hook that makes a git repository, rendered and imported."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
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
    "_version": "0.2.0",
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
        "Start from cookiecutter-reproducible-ml 0.2.0"
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


def test_under_cruft_the_commands_are_printed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = load({key: ANSWERS[key] for key in ANSWERS if key != "_output_dir"})
    hook.main(project, hook.ANSWERS)
    said = capsys.readouterr().out
    assert not (project / ".git").exists()
    assert "cruft compares" in said and "git init -b main" in said and ends_well(said)


@pytest.fixture(name="around")
def fixture_around(project: Path) -> Path:
    """Return a repository with one commit around the bake."""
    top = project.parent
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Start"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(top), *identity, *words], check=True)
    return top


@pytest.mark.parametrize("cruft", [False, True])
def test_inside_a_repository_the_advice_is_to_commit_to_that_one(
    around: Path, project: Path, capsys: pytest.CaptureFixture[str], cruft: bool
) -> None:
    answers = dict(ANSWERS)
    if cruft:
        del answers["_output_dir"]
    hook = load(answers)
    hook.main(project, hook.ANSWERS)
    said = capsys.readouterr().out
    assert not (project / ".git").exists()
    assert "git init" not in said and ends_well(said)
    (command,) = (line for line in said.splitlines() if line.startswith("  git add"))
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for part in command.split("&&"):
        words = ["git", *identity, *shlex.split(part)[1:]]
        subprocess.run(words, cwd=around, check=True, capture_output=True)
    assert log(around, "%s").strip() == "Add penguins"
    assert "leave out" not in said


@pytest.mark.parametrize("pattern", ["*.md", "penguins/*", "READ*"])
def test_files_that_the_repository_around_ignores_are_named(
    around: Path,
    hook: ModuleType,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    pattern: str,
) -> None:
    (around / ".gitignore").write_text(f"# ours\n{pattern}\n", encoding="utf-8")
    hook.main(project, hook.ANSWERS)
    (line,) = (x for x in capsys.readouterr().out.splitlines() if "leave out" in x)
    assert f"penguins/README.md (`{pattern}`, " in line and ".gitignore:2)" in line
    (remedy,) = (part for part in line.split("`") if part.startswith("git add"))
    subprocess.run(remedy.split(), cwd=around, check=True)
    listed = subprocess.check_output(["git", "ls-files"], cwd=around, text=True)
    assert listed == "penguins/README.md\n"


def test_a_folder_that_the_repository_around_ignores_gets_its_own(
    around: Path,
    hook: ModuleType,
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (around / ".gitignore").write_text("penguins/\n", encoding="utf-8")
    hook.main(project, hook.ANSWERS)
    assert ends_well(said := capsys.readouterr().out) and "git" not in said
    assert log(project, "%s").startswith("Start from")
    assert log(around, "%s").strip() == "Start"


def test_a_folder_called_git_is_no_repository(hook: ModuleType, project: Path) -> None:
    (project.parent / ".git").mkdir()
    hook.main(project, hook.ANSWERS)
    assert (project / ".git" / "HEAD").is_file()


@pytest.mark.parametrize("place", ["the folder", "its repository"])
def test_a_place_that_cannot_be_looked_at_is_no_repository(
    hook: ModuleType, tmp_path: Path, place: str
) -> None:
    # As a folder that may not be entered, but an error for root too.
    long = tmp_path / ("x" * 300)
    if place == "its repository" and os.name != "nt":
        (tmp_path / ".git").symlink_to(long.name)
    assert not hook.is_repository(long if place == "the folder" else tmp_path)


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
