"""The image, Binder, conda and the devcontainer: one Python, the same locks."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from invoke.exceptions import Exit

from tasks import image, locks


def read(name: str) -> str:
    """Return the text of a file of the project."""
    return Path(name).read_text(encoding="utf-8")


def test_all_have_the_chosen_python() -> None:
    chosen = read(".python-version").strip()
    bases = re.findall(r"^FROM (\S+) AS (\S+)$", read("Dockerfile"), re.M)
    assert bases[0][0].startswith(f"python:{chosen}-slim-") and bases[0][1] == "base"
    assert {base for base, _ in bases[1:]} == {"base"}
    assert read("binder/runtime.txt").strip() == f"python-{chosen}"
    assert f"- python={chosen}\n" in read("environment.yml")


def test_all_have_the_same_locks() -> None:
    named = re.findall(r"- -r requirements/(\w+)\.txt", read("environment.yml"))
    *layers, last = locks.LAYERS
    assert named == [*layers, "verifier", last]
    assert "bootstrap.py" in read("binder/postBuild")
    assert "python bootstrap.py" in read("Dockerfile")
    container = json.loads(read(".devcontainer/devcontainer.json"))
    assert container["postCreateCommand"] == "python bootstrap.py"
    target = container["build"]["target"]
    assert re.search(rf"^FROM base AS {target}$", read("Dockerfile"), re.M)


def test_every_install_of_the_image_requires_hashes() -> None:
    installs = re.findall(r"pip install.*", read("Dockerfile"))
    assert installs and all("--require-hashes" in line for line in installs)
    assert all("--no-build-isolation" in line for line in installs[1:])


def test_every_tool_installs_the_verifier_alone_and_with_its_hash() -> None:
    """By no name, so that nobody can register it and be installed instead."""
    text = read("docs/environments.md")
    lines = re.findall(r"^\$ .* -r requirements/verifier\.txt$", text, re.M)
    assert len(lines) >= 3  # uv, Poetry and Pipenv; conda reads environment.yml
    assert all("--require-hashes --no-deps" in line for line in lines)
    for layer in locks.LAYERS:
        assert "dvc-verify" not in read(f"requirements/{layer}.in")
    assert "\n!requirements/verifier\n" in read(".dockerignore")


def test_the_images_run_as_a_number_that_is_not_root() -> None:
    stages = re.split(r"^FROM ", read("Dockerfile"), flags=re.M)[1:]
    users = [re.findall(r"^USER (\S+)$", stage, re.M) for stage in stages]
    assert users[0] == ["1000:1000"]  # of the base, and so of what is built on it
    assert all(not found or found[-1] == "1000:1000" for found in users)


def test_the_images_have_the_targets_that_are_built() -> None:
    targets = re.findall(r"^FROM base AS (\S+)$", read("Dockerfile"), re.M)
    assert set(image.TARGETS) < set(targets) and targets[-1] == "pipeline"


def test_without_an_engine_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Exit, match="there is no engine for images here"):
        image.image.body(None, "")


def test_an_engine_that_does_not_answer_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("the stand-ins are shell scripts")
    for name, code in (("docker", 1), ("podman", 0)):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), "/bin", "/usr/bin"]))
    assert image.find_engine() == "podman"
