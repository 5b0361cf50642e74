"""A project made with cruft takes a newer template, a user's edit included."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT
from .project import Project

pytestmark = pytest.mark.e2e

IDENTITY = ["-c", "user.name=A User", "-c", "user.email=user@example.com"]
TEMPLATE = "{{cookiecutter.project_slug}}"
# The verifier was a folder of a bake.
BEFORE = "ecfb6fe2c9007f9581b912646b87d0c37766d362"  # pragma: allowlist secret


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
    git(folder, "init", "-q", "-b", "main")
    fill(folder)
    return folder


def fill(folder: Path) -> None:
    """Put the template as it is here into a repository, and commit it."""
    for name in ("cookiecutter.json", "local_extensions.py"):
        shutil.copy2(ROOT / name, folder)
    for name in ("hooks", "templates", TEMPLATE):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "The template")


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


@pytest.fixture()
def template_before(tmp_path: Path) -> Path:
    """A repository that holds the template as it was when bakes held the verifier."""
    packed = subprocess.run(
        ["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip("the history of the template isn't here; fetch all of it")
    folder = tmp_path / "before" / "template"
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "The template")
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="verifying needs Linux or macOS")
def test_an_update_takes_the_verifier_out_of_a_project_and_verifies_it(
    tmp_path: Path, template_before: Path, interpreter: Path
) -> None:
    cruft(tmp_path, "create", "--no-input", str(template_before))
    (record,) = tmp_path.glob("*/.cruft.json")
    root = record.parent
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Bake")
    assert (root / "reproducibility/verify.py").is_file()
    edits = {
        "README.md": change(root / "README.md", r"\A# .*", "# My own title"),
        "data/README.md": change(root / "data/README.md", r"\A# .*", "# My data"),
    }
    (root / "tests/test_mine.py").write_text("def test_mine() -> None: ...\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Edit")

    for old in [*template_before.iterdir()]:
        if old.name in ("cookiecutter.json", "local_extensions.py"):
            old.unlink()
        elif old.name in ("hooks", "templates", TEMPLATE):
            shutil.rmtree(old)
    fill(template_before)
    cruft(root, "update", "--skip-apply-ask")

    assert not list(root.rglob("*.rej"))
    assert not (root / "reproducibility").exists()
    for name, text in edits.items():
        assert (root / name).read_text("utf-8").startswith(text.splitlines()[0])
    (wheel,) = (ROOT / TEMPLATE / "requirements/verifier").iterdir()
    kept = root / "requirements/verifier" / wheel.name
    assert kept.read_bytes() == wheel.read_bytes()

    git(root, "add", "-A")
    git(root, "commit", "-qm", "Update")
    project = Project(root, interpreter, package="penguins")
    project.invoke("repro")  # the package is a newer one
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Results", "--allow-empty")
    shown = project.invoke("verify").stdout
    assert "outputs, identical" in shown and "reports/certificate.json" in shown
    certified = json.loads((root / "reports/certificate.json").read_text("utf-8"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert certified["verifier"]["wheel"] == digest
