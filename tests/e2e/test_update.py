"""A project made with cruft takes a newer template, a user's edit included."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT

pytestmark = pytest.mark.e2e

IDENTITY = ["-c", "user.name=A User", "-c", "user.email=user@example.com"]
TEMPLATE = "{{cookiecutter.project_slug}}"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder."""
    return subprocess.run(
        ["git", *IDENTITY, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def cruft(folder: Path, *words: str) -> None:
    """Run cruft in a folder."""
    finished = subprocess.run(
        [sys.executable, "-m", "cruft", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture()
def template(tmp_path: Path) -> Path:
    """A repository of its own that holds the template as it is here."""
    folder = tmp_path / "template"
    folder.mkdir()
    for name in ("cookiecutter.json", "local_extensions.py"):
        shutil.copy2(ROOT / name, folder)
    for name in ("hooks", "templates", TEMPLATE):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "The template")
    return folder


def test_an_update_keeps_the_users_edit_and_leaves_no_reject(
    tmp_path: Path, template: Path
) -> None:
    cruft(tmp_path, "create", "--no-input", str(template))
    (record,) = tmp_path.glob("*/.cruft.json")
    project = record.parent
    assert not (project / ".git").exists()
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "Bake")
    params = project / "params.yaml"
    edited = params.read_text(encoding="utf-8").replace("folds: 5", "folds: 7")
    params.write_text(edited, encoding="utf-8")
    git(project, "commit", "-qam", "Edit")

    readme = template / TEMPLATE / "CONTRIBUTING.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text + "\nA line of the newer template.\n", encoding="utf-8")
    git(template, "commit", "-qam", "A newer template")
    cruft(project, "update", "--skip-apply-ask")

    assert "A line of the newer template." in (project / "CONTRIBUTING.md").read_text()
    assert params.read_text(encoding="utf-8") == edited
    assert not list(project.rglob("*.rej"))
    newest = git(template, "rev-parse", "HEAD").strip()
    assert json.loads(record.read_text())["commit"] == newest
