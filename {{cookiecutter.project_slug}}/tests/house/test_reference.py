"""How results are compared and proved here; the rest is tested with the verifier."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dvc_verify.compare import platforms
from dvc_verify.errors import Refusal

from requirements import state
from tasks import commands, locks, reference


def test_stages_compute_in_the_environment_that_is_fixed_for_them() -> None:
    place = reference.place()
    assert place.environment["PYTHONHASHSEED"] == "0"
    assert place.options.placeholders == {"<package>": commands.package()}
    assert all((place.root / name).is_file() for name in place.options.amounts)
    assert (place.root / place.options.reference).is_file()


def test_the_kernel_that_is_told_is_that_of_the_stages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blas = platforms.describe_platform(reference.place().environment)["blas"]
    for value in ("", "Prescott", "nonsense"):
        monkeypatch.setenv("OPENBLAS_CORETYPE", value)
        monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "X86_V2")  # numpy refuses it
        about = platforms.describe_platform(reference.place().environment)
        assert about["blas"] == blas
    if reference.is_pinned():
        assert blas.endswith(" for Haswell")


def test_where_versions_are_not_checked_nothing_is_pinned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLOW_OTHER_ENVIRONMENT", "1")
    assert not reference.place().pinned


def test_the_platform_has_a_system_and_a_library_of_linear_algebra() -> None:
    about = platforms.describe_platform()
    assert about["system"] and about["machine"] and about["blas"] != "unknown"
    assert " for " not in about["blas"]  # what kernel a stage uses isn't known
    assert about["python"] in platforms.sentence(about)


@pytest.mark.parametrize("name", ["dvc.lock", "dvc.yaml"])
def test_a_file_of_dvc_that_can_not_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for each in ("dvc.lock", "dvc.yaml", "pyproject.toml"):
        (root / each).write_bytes((commands.ROOT / each).read_bytes())
    (root / "reports").mkdir()
    record = commands.ROOT / "reports/reference.json"
    (root / "reports/reference.json").write_bytes(record.read_bytes())
    monkeypatch.setattr(reference, "ROOT", root)
    monkeypatch.chdir(root)
    (root / name).write_text("<<<<<<< ours\n", encoding="utf-8")
    with pytest.raises(
        Refusal, match=f"^{name} can't be used: a merge left a conflict"
    ):
        reference.report()


def test_the_verifier_knows_the_variable_that_lets_the_process_be() -> None:
    process = importlib.import_module(f"{commands.package()}.runtime.process")
    assert reference.place().options.unfixed == f"{process.UNFIXED}=1"


PIPELINE = """\
stages:
  seeded:
    cmd: python draw.py seeded
    deps: [draw.py]
    outs: [seeded.txt]
  unseeded:
    cmd: python draw.py unseeded
    deps: [draw.py]
    outs: [unseeded.txt]
"""
DRAW = """\
import random, sys
stream = {"seeded": random.Random(1), "unseeded": random}[sys.argv[1]]
with open(sys.argv[1] + ".txt", "w", encoding="utf-8") as out:
    out.write(str(stream.random()))
"""
GIT = {
    f"GIT_{role}_{part}": "somebody@example.com"
    for role in ("AUTHOR", "COMMITTER")
    for part in ("NAME", "EMAIL")
}


def verify(root: Path) -> tuple[int, dict[str, Any]]:
    """Make a repository of two stages, verify it, and return the certificate."""
    (root / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (root / "draw.py").write_text(DRAW, encoding="utf-8")
    dvc = [sys.executable, "-m", "dvc"]
    env = {**os.environ, **GIT, "DVC_NO_ANALYTICS": "1"}
    for command in (
        ["git", "init", "--quiet"],
        [*dvc, "init", "--quiet"],
        [*dvc, "repro", "--quiet"],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "--message", "Draw"],
    ):
        subprocess.run(command, cwd=root, env=env, check=True)
    command = [sys.executable, "-m", "dvc_verify", "run", str(root)]
    finished = subprocess.run(command, env=env, capture_output=True, check=False)
    certificate = root / "certificate.json"
    return finished.returncode, json.loads(certificate.read_text(encoding="utf-8"))


@pytest.mark.skipif(os.name != "posix", reason="DVC asks no shell on Windows")
def test_a_seeded_draw_is_had_again_and_an_unseeded_one_is_named(
    tmp_path: Path,
) -> None:
    code, certificate = verify(tmp_path)
    grades = {each["path"]: each["grade"] for each in certificate["outputs"]}
    assert grades == {"seeded.txt": "identical", "unseeded.txt": "different"}
    (wheel,) = state.read_wheels(locks.VERIFIER)
    assert certificate["verifier"]["version"] == wheel.version
    (finding,) = certificate["findings"]
    assert (code, finding["stage"]) == (1, "unseeded")
    assert finding["cause"] == "unseeded or concurrent"
