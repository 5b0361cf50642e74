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


def is_repository(folder: Path) -> bool:
    """Say whether a folder is the top of a git work tree."""
    marker = folder / ".git"
    # A file is that of a submodule or of a further work tree. Before Python 3.14,
    # Path.is_file() fails where a folder may not be entered.
    return os.path.isfile(marker) or os.path.isfile(marker / "HEAD")


def lies_inside(project: Path) -> bool:
    """Say whether a git repository is around a project, and may hold it.

    One that ignores the whole folder never will.
    """
    around = any(is_repository(folder) for folder in (project, *project.parents))
    return around and not ignored(project, [str(project)])


def obstacle(project: Path, answers: Mapping[str, Any]) -> str | None:
    """Say why no git repository can be made here, or nothing."""
    if lies_inside(project):
        return "the folder lies inside one"
    if "_output_dir" not in answers:  # cruft, which compares whole trees
        return "cruft compares the whole folder"
    if shutil.which("git") is None:
        return "git is not installed"
    return None


def ignored(project: Path, names: list[str]) -> list[tuple[str, str]]:
    """Return the names that the repository around ignores, each with the reason."""
    command = ["git", "check-ignore", "--verbose", "--no-index", "-z", "--stdin"]
    try:
        finished = subprocess.run(
            command,
            cwd=project,
            env={key: value for key, value in os.environ.items() if key[:4] != "GIT_"},
            input="\0".join(names).encode(),
            capture_output=True,
            check=False,
        )
    except OSError:  # no git
        return []
    words = finished.stdout.decode("utf-8", "replace").split("\0")
    found = zip(words[::4], words[1::4], words[2::4], words[3::4], strict=False)
    return [
        (name, f"`{pattern}`, {source}:{line}")
        for source, line, pattern, name in found
        if pattern[:1] != "!"
    ]


def advice(project: Path) -> list[str]:
    """Return how to commit a project of which no repository was made."""
    if not lies_inside(project):
        return [
            "To make one in the new folder:",
            '  git init -b main && git add --all && git commit -m "First commit"',
        ]
    lines = [
        "To commit the project to that one:",
        f'  git add {project.name} && git commit -m "Add {project.name}"',
    ]
    files = [path for path in project.rglob("*") if path.is_file()]
    names = sorted(path.relative_to(project).as_posix() for path in files)
    if lost := ignored(project, names):
        name, reason = lost[0]
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        lines.append(
            f"git would leave out {project.name}/{name} ({reason}){more}: change what "
            f"is ignored, or write `git add --force {project.name}`."
        )
    return lines


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
        first, *others = advice(project)
        print(f"No git repository was made: {reason}. {first}")
        for line in others:
            print(line)
    print(f"cd {answers['project_slug']}")
    print("make repro    (or: python bootstrap.py repro)")
    print("make test     (or: python bootstrap.py test)")


if __name__ == "__main__":
    main(Path.cwd(), ANSWERS)
    # cookiecutter leaves its rendered copy of this file, answers included, behind.
    if Path(__file__).resolve().parent == Path(tempfile.gettempdir()).resolve():
        Path(__file__).unlink()
