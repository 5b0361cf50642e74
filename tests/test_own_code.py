"""The template's own code is clean, and what it says twice agrees."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

from .conftest import ROOT


def test_lint_finds_nothing() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "invoke", "lint"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_make_offers_every_task() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "invoke", "--complete"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    targets = re.search(r"^TASKS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert targets and sorted(targets[1].split()) == sorted(listed), listed


def test_the_version_is_one_wherever_it_stands() -> None:
    """That of the verifier's distribution too: they are released together."""

    def read(name: str) -> str:
        return (ROOT / name).read_text(encoding="utf-8")

    def found(name: str, pattern: str) -> list[str]:
        return re.findall(pattern, read(name), re.M)

    version = json.loads(read("cookiecutter.json"))["_version"]
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == version
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    verifier = "verifier/src/dvc_verify/__init__.py"
    assert found(verifier, r'^__version__ = "(.+)"$') == [version]
    assert found("docs/moved.md", r"^# What moved in (.+)$") == [version]
    assert found("docs/guide.md", r"cookiecutter-reproducible-ml (\d\S*)$") == [version]
    released = found("CHANGELOG.md", r"^## (\d\S*)$")
    assert released[:1] == [version]


def test_the_hooks_have_the_versions_of_the_lock() -> None:
    pins = re.compile(r"\b([a-z0-9-]+)==([\w.]+)")
    hooks = pins.findall((ROOT / ".pre-commit-config.yaml").read_text())
    locked = dict(pins.findall((ROOT / "requirements/dev.txt").read_text()))
    assert hooks
    assert hooks == [(name, locked[name]) for name, _ in hooks]


def test_no_committed_line_belongs_to_one_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")[:-1]
    homes = (str(Path.home()) + "/", str(ROOT) + "/")
    option = re.compile(r"^--?(extra-)?(index-url|find-links|trusted-host)", re.M)
    for name in tracked:
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        assert not any(home in text for home in homes), name
        if name.endswith(".txt"):
            assert not option.search(text), name
