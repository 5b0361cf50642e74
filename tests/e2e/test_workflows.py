"""The workflows are executed: a step that would fail at GitHub fails here."""

import shutil
import sys
from pathlib import Path

import pytest

from ..conftest import HERE, ROOT
from .act import execute, stand_ins
from .project import Project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("act", path=str(Path(sys.executable).parent)) is None
        or sys.platform == "win32",
        reason="act is not installed, or this is Windows",
    ),
]

LINUX = ["--matrix", "os:ubuntu-latest"]
# What is said where an image can't be built: nothing to build with, or no base image.
NO_BASE = ("no engine for images", "pinging container registry", "registry-1.docker.io")


@pytest.fixture()
def hosted(copy: Project) -> Project:
    """A bake that ran, as a runner with this environment would see it."""
    (copy.root / ".venv").symlink_to(copy.interpreter.parents[1])
    return copy


@pytest.mark.parametrize(
    ("workflow", "options", "shows"),
    [
        ("lint.yml", [], ["agree", "black....", "rated at 10.00/10"]),
        (
            "test.yml",
            ["--matrix", f"python-version:{HERE}", *LINUX],
            [" passed", "Nothing is"],
        ),
        ("docs.yml", [], ["Would upload"]),
        ("image.yml", [], ["image"]),
    ],
)
def test_a_push_executes_a_workflow(
    hosted: Project, tmp_path: Path, workflow: str, options: list[str], shows: list[str]
) -> None:
    finished = execute(hosted.root, workflow, "push", tmp_path, *options)
    for text in shows:
        assert text in finished.stdout, finished.stdout[-4000:]
    if workflow == "image.yml" and any(text in finished.stdout for text in NO_BASE):
        pytest.skip("image.yml ran to its build; no engine, or no registry, is here")
    assert finished.returncode == 0, finished.stdout[-4000:]
    assert "Job succeeded" in finished.stdout


def lose_model(project: Project) -> None:
    """Set a remote that can't be reached, and miss what it should give."""
    (project.root.parent / "storage").write_text("in the way", encoding="utf-8")
    project.invoke("remote", "../storage")
    project.run("git", "commit", "-qam", "Set a remote")
    model = project.root / "models/model.skops"
    lock = (project.root / "dvc.lock").read_text(encoding="utf-8")
    md5 = lock.split("path: models/model.skops\n")[1].split("md5: ")[1][:32]
    model.unlink()
    (project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()


def test_a_pull_request_without_secrets_shows_metrics_against_main(
    hosted: Project, tmp_path: Path
) -> None:
    lose_model(hosted)
    hosted.run("git", "switch", "-qc", "change")
    hosted.edit("params.yaml", "margin: 0.1", "margin: 0.05")
    hosted.run("git", "commit", "-qam", "Ask for less")
    finished = execute(
        hosted.root,
        "pipeline.yml",
        "pull_request",
        tmp_path,
        "--env",
        "GITHUB_BASE_REF=",
    )
    assert finished.returncode == 0, finished.stdout[-4000:]
    assert "Not all was pulled, see above; `repro` runs what is missing." in (
        finished.stdout
    )
    assert "Running stage 'select'" in finished.stdout
    assert "Running stage 'tune'" not in finished.stdout
    assert "Would upload" in finished.stdout
    assert "The summary is in" in finished.stdout


def test_a_push_needs_what_it_pulls(hosted: Project, tmp_path: Path) -> None:
    lose_model(hosted)
    finished = execute(hosted.root, "pipeline.yml", "push", tmp_path)
    assert finished.returncode != 0 and "Running stage" not in finished.stdout
    assert "not all was pulled, see above; push it from" in finished.stdout


def test_a_failing_step_fails_the_job(hosted: Project, tmp_path: Path) -> None:
    (hosted.root / "bad.py").write_text("import os\n", encoding="utf-8")
    hosted.run("git", "add", "bad.py")
    finished = execute(hosted.root, "lint.yml", "push", tmp_path)
    assert finished.returncode != 0
    assert "F401" in finished.stdout and "Job failed" in finished.stdout


def test_an_unknown_action_is_an_error(tmp_path: Path) -> None:
    workflow = tmp_path / "one.yml"
    workflow.write_text("    - uses: somebody/something@v1\n", encoding="utf-8")
    with pytest.raises(KeyError, match="somebody/something"):
        stand_ins(workflow)


# Not test.yml, whose one step is what runs this.
@pytest.mark.parametrize(
    ("workflow", "shows"),
    [("lint.yml", "Success: no issues"), ("docs.yml", "docs/_build/html/index.html")],
)
def test_the_templates_own_workflows(tmp_path: Path, workflow: str, shows: str) -> None:
    finished = execute(ROOT, workflow, "push", tmp_path)
    assert finished.returncode == 0, finished.stdout[-4000:]
    assert shows in finished.stdout
