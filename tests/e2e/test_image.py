"""The images: built and run for real, with the same outputs as outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import HERE, PYTHONS
from . import images
from .environment import baked_project
from .project import Project

pytestmark = pytest.mark.e2e


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint's name differs there")
@pytest.mark.parametrize("version", PYTHONS)
def test_hadolint_finds_nothing(
    tmp_path: Path, interpreter: Path, version: str
) -> None:
    project = baked_project(tmp_path, interpreter, python_version=version)
    program = Path(sys.executable).with_name("hadolint")
    command = [str(program), "--failure-threshold", "style", "Dockerfile"]
    finished = subprocess.run(
        command, cwd=project.root, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0 and finished.stdout == "", finished.stdout
    dockerfile = project.root / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8")
    dockerfile.write_text(text.replace("USER 1000:1000", "USER root"), "utf-8")
    assert subprocess.run(command, cwd=project.root, check=False).returncode != 0


@pytest.mark.skipif(images.obstacle() is not None, reason=f"{images.obstacle()}")
def test_the_images_give_the_same_outputs_as_outside(
    ran: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "storage.conf"
    places = [f'{name} = "{tmp_path / name}"' for name in ("graphroot", "runroot")]
    settings.write_text('[storage]\ndriver = "vfs"\n' + "\n".join(places), "utf-8")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(settings))
    images.make_base()
    root = tmp_path / "bake"
    project = baked_project(root, ran.interpreter, python_version=HERE)
    monkeypatch.setenv("BUILDAH_ISOLATION", "chroot")
    # The base is Buildah's alone: other engines that are here must not answer.
    for engine in ("docker", "podman"):
        (tmp_path / engine).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (tmp_path / engine).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    shown = project.invoke("image", "--options", images.build_options()).stdout
    assert "Built penguins:runtime and penguins:pipeline with buildah" in shown

    check_the_pipeline(ran)
    check_the_runtime(ran)


def check_the_pipeline(ran: Project) -> None:
    """Run the image as it runs by default, and compare what it wrote."""
    about = images.config("localhost/penguins:pipeline")
    assert about["User"] == "1000:1000" and about["WorkingDir"] == "/work"
    assert about["Cmd"] == ["python", "bootstrap.py", "repro"]
    container, folder = images.start("localhost/penguins:pipeline")
    work = folder / "work"
    assert not (work / ".git").exists() and not (work / "reports").exists()
    assert work.stat().st_uid == 1000
    said = images.run(
        "buildah", "run", "--network", "none", container, "--", *about["Cmd"]
    )
    assert "Report: /work/reports/report.html" in said
    assert Project(work, ran.interpreter, package="penguins").digests() == ran.digests()
    images.run("buildah", "rm", container)


def check_the_runtime(ran: Project) -> None:
    """Run one stage in the small image, on what the stages before it wrote."""
    about = images.config("localhost/penguins:runtime")
    assert about["User"] == "1000:1000"
    container, folder = images.start("localhost/penguins:runtime")
    work = folder / "work"
    names = {path.name for path in (work / ".venv/lib").glob("python*/site-packages/*")}
    assert "sklearn" in names and not names & {"dvc", "invoke", "pytest"}
    for path in ran.artifacts():
        copy = work / path.relative_to(ran.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    images.run("chown", "-R", "1000:1000", work / "data")
    (work / "data/evaluation.json").unlink()
    images.run("buildah", "run", container, "--", *about["Entrypoint"], "evaluate")
    same = [root / "data/evaluation.json" for root in (work, ran.root)]
    assert same[0].read_bytes() == same[1].read_bytes()
    images.run("buildah", "rm", container)
