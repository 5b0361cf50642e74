"""What guards a run of DVC, tested in an environment that has DVC."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ..conftest import ROOT

pytestmark = pytest.mark.e2e
VERIFIER = ROOT / "verifier"


def test_the_guard_does_what_its_tests_say(interpreter: Path) -> None:
    parts = [VERIFIER / "src", VERIFIER / "tests", VERIFIER]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, parts))}
    command = [str(interpreter), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    finished = subprocess.run(
        [*command, "--rootdir", str(VERIFIER), str(VERIFIER / "tests/guard")],
        cwd=VERIFIER,
        env=environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    passed = re.search(r"(\d+) passed", finished.stdout)
    assert passed and int(passed[1]) > 100
