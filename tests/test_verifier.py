"""The wheel of the verifier in a bake: current, built again alike, and complete."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from .conftest import ROOT

VERIFIER = ROOT / "verifier"
BAKE = ROOT / "{{cookiecutter.project_slug}}"
FOLDER = BAKE / "requirements" / "verifier"
STALE = "the wheel in the bake is not what verifier/ gives: run `invoke wheel`"
NAME = re.compile(r"dvc_verify-(\d+(?:\.\d+)*)-py3-none-any\.whl")
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)", re.M)


def build(source: Path, folder: Path, **environment: str) -> Path:
    """Build the wheel of a source and return where it is."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*command, "--directory", str(folder)],
        cwd=source,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_is_what_the_verifier_gives(tmp_path: Path) -> None:
    built = build(VERIFIER, tmp_path)
    (kept,) = FOLDER.iterdir()
    assert kept.name == built.name, STALE
    assert kept.read_bytes() == built.read_bytes(), STALE


def test_built_again_elsewhere_it_has_the_same_bytes(tmp_path: Path) -> None:
    """In another place, at other times, under another umask, locale and hash seed."""
    copy = tmp_path / "elsewhere" / "verifier"
    ignored = shutil.ignore_patterns("__pycache__", "tests", "bench")
    shutil.copytree(VERIFIER, copy, ignore=ignored)
    for path in copy.rglob("*"):
        if path.is_file():
            os.utime(path, (10**9, 10**9))
            path.chmod(0o600)
    one = build(VERIFIER, tmp_path / "one")
    settings = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    two = build(copy, tmp_path / "two", **settings)
    assert one.read_bytes() == two.read_bytes()


def test_the_line_of_the_requirements_names_the_wheel_and_its_hash() -> None:
    (kept,) = FOLDER.iterdir()
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    lines = (BAKE / "requirements/verifier.txt").read_text(encoding="utf-8")
    (line,) = (each for each in lines.splitlines() if not each.startswith("#"))
    assert line == f"./requirements/verifier/{kept.name} --hash=sha256:{digest}"


def test_the_version_is_one_wherever_it_stands() -> None:
    text = (VERIFIER / "src/dvc_verify/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.M)
    assert found
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        text=True,
    )
    named: dict[str, set[str]] = {}
    for name in listed.split("\0")[:-1]:
        path = ROOT / name
        if versions := {*NAME.findall(name)}:
            named[name] = versions
        if path.is_file() and path.suffix != ".whl" and path != Path(__file__):
            content = path.read_text(encoding="utf-8", errors="replace")
            if versions := {*NAME.findall(content)}:
                named[name] = versions
    assert {version for each in named.values() for version in each} == {found[1]}
    places = {name.removeprefix(f"{BAKE.name}/") for name in named}
    wheel = f"requirements/verifier/dvc_verify-{found[1]}-py3-none-any.whl"
    assert {".flake8", "requirements/verifier.txt", wheel} <= places


def normal(name: str) -> str:
    """Return the canonical form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_of(*layers: str) -> dict[str, tuple[int, ...]]:
    """Return the versions that locks of a bake pin, as numbers."""
    return {
        normal(name): tuple(map(int, re.findall(r"\d+", version)))
        for layer in layers
        for name, version in PIN.findall(
            (BAKE / f"requirements/{layer}.txt").read_text(encoding="utf-8")
        )
    }


def test_what_the_verifier_needs_is_in_the_locks_of_a_bake() -> None:
    project = tomllib.loads((VERIFIER / "pyproject.toml").read_text("utf-8"))["project"]
    layers = ["build", "runtime", "pipeline"]
    optional = project["optional-dependencies"]["clock"]
    for needed, pins in (
        (project["dependencies"], pins_of(*layers)),
        (optional, pins_of(*layers, "dev")),
    ):
        for requirement in needed:
            name, _, lowest = requirement.partition(";")[0].partition(">=")
            assert pins[normal(name)] >= tuple(map(int, re.findall(r"\d+", lowest)))


def test_it_is_installed_by_no_name() -> None:
    """Nobody can register its name and be installed in its place."""
    for path in (BAKE / "requirements").glob("*.in"):
        assert "dvc-verify" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["penguins", "cookiecutter", "invoke", "core/"])
def test_the_verifier_knows_nothing_of_the_template(word: str) -> None:
    for path in (VERIFIER / "src").rglob("*.*"):
        if path.suffix in (".py", ".json"):
            assert word not in path.read_text(encoding="utf-8").lower(), path


def test_a_bake_has_the_wheel_byte_for_byte(baked: Path) -> None:
    (kept,) = FOLDER.iterdir()
    copied = baked / "requirements" / "verifier" / kept.name
    assert copied.read_bytes() == kept.read_bytes()
