"""Each hook refuses what it is there for, and passes what is right."""

import json
from pathlib import Path

import pytest

from .project import Project

pytestmark = pytest.mark.e2e

NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "one",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}],
            "source": ["print(1)"],
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
# Put together here, so that this file holds no secret itself.
LEAKED = "AKIA" + "QWERTZUIOPASDFGH"

BAD = [
    ("isort", "one.py", "import sys\nimport os\n\nprint(os, sys)\n", "Fixing"),
    ("black", "one.py", "print( 'a' )\n", "reformatted"),
    ("flake8", "one.py", "import os\n", "F401"),
    ("flake8", "bugbear.py", "def f(a=[]):\n    return a\n", "B006"),
    ("flake8", "bandit.py", "print(eval(input()))\n", "S307"),
    (
        "flake8",
        "zone.py",
        "import datetime\n\nprint(datetime.datetime.now())\n",
        "DTZ005",
    ),
    ("end-of-file-fixer", "one.md", "text", "Fixing one.md"),
    ("trailing-whitespace", "one.md", "text \n", "Fixing one.md"),
    ("check-merge-conflict", "one.md", "<<<<<<< HEAD\n", "Merge conflict"),
    ("check-yaml", "one.yaml", "a: [1\n", "expected ',' or ']'"),
    ("check-toml", "one.toml", "a = = 1\n", "one.toml"),
    ("check-json", "one.json", "{1}\n", "one.json"),
    ("check-added-large-files", "one.md", "x" * 2_000_000 + "\n", "exceeds 1024 KB"),
    ("notebooks", "one.ipynb", json.dumps(NOTEBOOK), "one.ipynb"),
    ("secrets", "one.md", f"aws_access_key_id = {LEAKED}\n", "AWS Access Key"),
    ("data", "data/new.txt", "1,2\n", "data/new.txt is data"),
    ("data", "notes/table.csv", "a,b\n", "notes/table.csv is data"),
]


@pytest.mark.parametrize(
    ("hook", "name", "text", "shows"), BAD, ids=[f"{bad[0]}-{bad[3]}" for bad in BAD]
)
def test_a_hook_refuses_a_bad_file(
    fresh: Project, hook: str, name: str, text: str, shows: str
) -> None:
    path = fresh.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    fresh.run("git", "add", "--force", name)
    run = ["-m", "pre_commit", "run", hook, "--files"]
    assert shows in fresh.python(*run, name, code=1).stdout
    # The same hook lets the files of a fresh bake pass, or has none of its kind.
    shown = fresh.python(*run, "params.yaml", "tasks/hooks.py", "README.md").stdout
    assert "Passed" in shown or "Skipped" in shown


def test_every_hook_has_a_bad_file(fresh: Project) -> None:
    import yaml

    config = yaml.safe_load((fresh.root / ".pre-commit-config.yaml").read_text())
    hooks = {hook["id"] for hook in config["repos"][0]["hooks"]}
    refused = {hook for hook, *_ in BAD}
    assert hooks - refused == {"dvc-status", "dvc-push", "dvc-checkout"}


def pre_commit(project: Project, hook: str, stage: str, *words: str) -> str:
    """Run a hook of one stage and return what it prints."""
    run = ["-m", "pre_commit", "run", hook, "--hook-stage", stage, *words]
    return project.python(*run).stdout


def test_a_commit_shows_what_is_out_of_date(copy: Project) -> None:
    assert "up to date" in pre_commit(copy, "dvc-status", "pre-commit", "--all-files")
    copy.edit("params.yaml", "margin: 0.1", "margin: 0.05")
    copy.run("git", "add", "params.yaml")
    shown = pre_commit(copy, "dvc-status", "pre-commit")
    assert "select:" in shown and "tune:" not in shown


def test_a_push_takes_the_data_along(copy: Project, tmp_path: Path) -> None:
    assert "No DVC remote is set" in pre_commit(copy, "dvc-push", "pre-push")
    store = tmp_path / "store"
    copy.tool("dvc", "remote", "add", "--local", "-d", "store", str(store))
    assert "pushed" in pre_commit(copy, "dvc-push", "pre-push")
    assert len(list(store.rglob("*/*/*"))) > 10


def test_a_checkout_brings_the_data_along(copy: Project) -> None:
    path = copy.root / "data/trials.json"
    before = path.read_bytes()
    path.unlink()
    revisions = ["--from-ref", "HEAD", "--to-ref", "HEAD", "--checkout-type", "1"]
    pre_commit(copy, "dvc-checkout", "post-checkout", *revisions)
    assert path.read_bytes() == before


def test_the_hooks_are_installed_and_stop_a_commit(fresh: Project) -> None:
    fresh.tool("pre_commit", "install")
    (fresh.root / "one.py").write_text("import os\n", encoding="utf-8")
    fresh.run("git", "add", "one.py")
    finished = fresh.run("git", "commit", "-m", "Bad", code=1)
    assert "F401" in finished.stdout + finished.stderr
    for kind in ("pre-push", "post-checkout"):
        assert (fresh.root / ".git/hooks" / kind).is_file()


def test_format_fixes_ends_of_files_and_notebooks(fresh: Project) -> None:
    (fresh.root / "one.md").write_text("text  ", encoding="utf-8")
    (fresh.root / "notebooks").mkdir(exist_ok=True)
    notebook = fresh.root / "notebooks" / "one.ipynb"
    notebook.write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    fresh.run("git", "add", "one.md", "notebooks/one.ipynb")
    fresh.invoke("format")
    assert (fresh.root / "one.md").read_bytes() == b"text\n"
    (cell,) = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert cell["outputs"] == []
