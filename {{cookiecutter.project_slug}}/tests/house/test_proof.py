"""The verifier works here: a smoke test, since its own tests are the template's."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from requirements import state
from tasks import locks

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
