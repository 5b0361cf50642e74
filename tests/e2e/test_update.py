"""A project made with cruft takes a newer template, a user's edit included."""

import json
import re
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


@pytest.fixture()
def project(tmp_path: Path, template: Path) -> Path:
    """A project that cruft made from it, committed."""
    cruft(tmp_path, "create", "--no-input", str(template))
    (record,) = tmp_path.glob("*/.cruft.json")
    folder = record.parent
    assert not (folder / ".git").exists()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Bake")
    return folder


def change(path: Path, pattern: str, new: str) -> str:
    """Replace all that matches in a file, and return what it holds then."""
    text = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, new, text)
    assert changed != text
    path.write_text(changed, encoding="utf-8", newline="\n")
    return changed


def test_an_update_keeps_the_users_edit_and_leaves_no_reject(
    project: Path, template: Path
) -> None:
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
    assert json.loads((project / ".cruft.json").read_text())["commit"] == newest


@pytest.mark.parametrize("ran", [True, False])
def test_an_update_leaves_results_to_the_user(
    project: Path, template: Path, ran: bool
) -> None:
    """The template's reference is another one now, and nothing of it is put in."""
    names = ("dvc.lock", "reports/metrics.json", "reports/trials.csv")
    if ran:  # and committed what came of it
        for name in names:
            change(project / name, "[0-9]", "7")
        git(project, "commit", "-qam", "Other results")
    results = {name: (project / name).read_bytes() for name in names}
    for name in names:
        change(template / TEMPLATE / name, "[1-8]", "9")
    (template / TEMPLATE / "reports/new.json").write_text("{}\n", encoding="utf-8")
    change(template / TEMPLATE / "params.yaml", "folds: 5", "folds: 6")
    git(template, "add", "-A", "-f")
    git(template, "commit", "-qm", "Another reference")
    cruft(project, "update", "--skip-apply-ask")

    assert {name: (project / name).read_bytes() for name in names} == results
    assert not (project / "reports/new.json").exists()
    assert "folds: 6" in (project / "params.yaml").read_text(encoding="utf-8")
    assert not list(project.rglob("*.rej"))
    cruft(project, "check")
    cruft(project, "diff", "--exit-code")
