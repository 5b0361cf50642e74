"""Make the bake a git repository with one commit, and say what to do next.

cookiecutter renders this file, then runs it inside the new project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# tojson escapes quotes and angle brackets, so no answer can end this string.
ANSWERS: dict[str, Any] = json.loads(r"""{{ cookiecutter | tojson }}""")

# Nothing in the user's configuration may change what is committed.
SETTINGS = [
    "commit.gpgsign=false",
    "core.autocrlf=false",
    f"core.attributesFile={os.devnull}",
    f"core.excludesFile={os.devnull}",
    "core.hooksPath=",
    "init.templateDir=",
]


def git_environment(
    environment: Mapping[str, str], name: str, email: str
) -> dict[str, str]:
    """Return an environment in which git knows the author, and no other setting."""
    mine = {key: value for key, value in environment.items() if key[:4] != "GIT_"}
    mine["GIT_CONFIG_GLOBAL"] = mine["GIT_CONFIG_SYSTEM"] = os.devnull
    mine["GIT_CONFIG_NOSYSTEM"] = "1"
    for role in ("AUTHOR", "COMMITTER"):
        mine[f"GIT_{role}_NAME"] = git_name(name, email)
        mine[f"GIT_{role}_EMAIL"] = email
    return mine


def git_name(name: str, email: str) -> str:
    """Return a name that git takes: it refuses one of nothing but punctuation."""
    kept = any(character > " " and character not in ".,:;<>\"\\'" for character in name)
    return name if kept else email


def message(version: str) -> str:
    """Return the message of the first commit."""
    return f"Start from cookiecutter-reproducible-ml {version}"


def commands(version: str) -> list[list[str]]:
    """Return the git commands that make a repository of a bake."""
    return [
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "--no-verify", f"--message={message(version)}"],
    ]


def obstacle(project: Path, answers: Mapping[str, Any]) -> str | None:
    """Say why no git repository can be made here, or nothing."""
    if "_output_dir" not in answers:  # cruft, which compares whole trees
        return "cruft compares the whole folder"
    if any((folder / ".git").exists() for folder in (project, *project.parents)):
        return "the folder lies inside one"
    if shutil.which("git") is None:
        return "git is not installed"
    return None


def make_repository(project: Path, answers: Mapping[str, Any]) -> str | None:
    """Make the repository and its commit; say why if that fails, leaving no part."""
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    environment = git_environment(
        os.environ, answers["author_name"], answers["author_email"]
    )
    try:
        for program, *arguments in commands(answers["_version"]):
            subprocess.run(
                [program, *settings, *arguments],
                cwd=project,
                env=environment,
                check=True,
                capture_output=True,
            )
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        shutil.rmtree(project / ".git", ignore_errors=True)
        said = getattr(error, "stderr", None) or str(error).encode()
        return str(said.decode("utf-8", "replace").strip().split("\n")[-1])
    return None


def main(project: Path, answers: Mapping[str, Any]) -> None:
    """Do it, and print what to do next."""
    reason = obstacle(project, answers) or make_repository(project, answers)
    if reason:
        print(f"No git repository was made: {reason}. To make one in the new folder:")
        print('  git init -b main && git add --all && git commit -m "First commit"')
    print(f"cd {answers['project_slug']}")
    print("make repro    (or: python bootstrap.py repro)")
    print("make test     (or: python bootstrap.py test)")


if __name__ == "__main__":
    main(Path.cwd(), ANSWERS)
    # cookiecutter leaves its rendered copy of this file, answers included, behind.
    if Path(__file__).resolve().parent == Path(tempfile.gettempdir()).resolve():
        Path(__file__).unlink()
