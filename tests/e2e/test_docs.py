"""Every command of READMEs and docs is executed, and prints what the page shows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import HERE, ROOT, git
from .console import run_page
from .environment import baked_project
from .project import Project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="the pages are read by bash"),
]

TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
ELSEWHERE = {
    "docs/add-a-stage.md": "test_additions.py",
    "docs/environments.md": "test_environments.py",
    "docs/tutorial.md": "below, in a fresh bake",
    "docs/verify.md": "below, where all that it needs is there",
    "docs/your-own-data.md": "test_own_data.py",
}
IDENTITY = ["-c", "user.name=A Reader", "-c", "user.email=reader@example.com"]
AUTHOR = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "A Reader"), ("EMAIL", "reader@example.com"))
}


def pages_with_commands(root: Path) -> list[str]:
    """Return the pages of a repository that show commands."""
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    return sorted(
        page.relative_to(root).as_posix()
        for page in pages
        if "```console" in page.read_text(encoding="utf-8")
    )


def read(project: Project, page: str) -> int:
    """Do what a page says, in a project whose environment is there."""
    (project.root / ".venv").symlink_to(project.interpreter.parents[1])
    return run_page(project.root / page, project.root, project.environ() | AUTHOR)


@pytest.mark.parametrize(
    "page", sorted({*pages_with_commands(TEMPLATE)} - {*ELSEWHERE})
)
def test_a_page_of_a_bake_is_true(copy: Project, page: str) -> None:
    assert read(copy, page) > 0


def test_the_tutorial_is_true(tmp_path: Path, interpreter: Path) -> None:
    project = baked_project(tmp_path, interpreter, python_version=HERE)
    assert read(project, "docs/tutorial.md") > 0


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("strace") is None,
    reason="the page shows what is seen where strace is there",
)
def test_the_page_on_verifying_is_true(copy: Project) -> None:
    assert read(copy, "docs/verify.md") > 0
    certificate = copy.root / "reports/certificate.json"
    record = json.loads(certificate.read_text(encoding="utf-8"))
    assert record["verdict"] == "verified"
    assert {each["runs"] for each in record["stages"]} == {2}
    assert str(Path.home()) not in certificate.read_text(encoding="utf-8")


@pytest.fixture()
def checkout(tmp_path: Path) -> Path:
    """Return a clone of this repository as it is here, with its environment."""
    root = tmp_path / "cookiecutter-reproducible-ml"
    options = ["--cached", "--others", "--exclude-standard", "-z"]
    for name in git(ROOT, "ls-files", *options).split("\0"):
        if name and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(Path(sys.executable).parents[1])
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "--all", "--force", ":!.venv")
    git(root, *IDENTITY, "commit", "-qm", "The template")
    return root


# test_alone.py has the environment of the other page.
@pytest.mark.parametrize(
    "page", sorted({*pages_with_commands(ROOT)} - {"docs/dvc-verify.md"})
)
def test_a_page_of_the_template_is_true(checkout: Path, page: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # The guide is for one who stands beside the clone.
    folder = checkout if page == "README.md" else checkout.parent
    assert (
        run_page(checkout / page, folder, {"PATH": path, "HOME": str(folder)} | AUTHOR)
        > 0
    )


def test_the_docs_of_the_template_are_built(checkout: Path) -> None:
    door = [sys.executable, "bootstrap.py", "docs"]
    assert subprocess.run(door, cwd=checkout, check=False).returncode == 0
    reference = (checkout / "docs/_build/html/api.html").read_text(encoding="utf-8")
    assert "local_extensions.BadAnswer" in reference
    page = checkout / "docs/guide.md"
    page.write_text("# Guide\n\n[a](gone.md)\n", encoding="utf-8")
    finished = subprocess.run(
        door, cwd=checkout, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert "the link 'gone.md' leads to no file" in finished.stderr


def test_the_pages_that_run_elsewhere_are_there() -> None:
    assert {*ELSEWHERE} <= {*pages_with_commands(TEMPLATE)}


def test_the_docs_of_a_bake_are_built(copy: Project) -> None:
    shown = copy.invoke("docs").stdout
    pages = copy.root / "docs/_build/html"
    assert str(pages / "index.html") in shown
    reference = (pages / "api.html").read_text(encoding="utf-8")
    assert f"{copy.package}.runtime.seeding.generator" in reference
    assert copy.run("git", "status", "--porcelain").stdout == ""
    tip = copy.root / "docs/tips/3-randomness.md"
    text = tip.read_text(encoding="utf-8")
    tip.write_text(text.replace("(True, False)", "(True, True)"), encoding="utf-8")
    assert "(True, True)" in copy.invoke("docs", code=1).stderr
    tip.write_text(text + "\n{gone}`role`\n", encoding="utf-8")
    assert "gone" in copy.invoke("docs", code=1).stderr
