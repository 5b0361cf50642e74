"""The fault bench on a few cases, through its own functions, so that it can't rot."""

import os
from pathlib import Path

import pytest

from bench.cases import read_cases
from bench.detectors import examine
from bench.tables import by_case, by_detector, missed_bars

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="DVC asks no shell on Windows"),
]
QUICK = ("set-order", "path-in-output", "forged-metric", "sorted-set", "seeded-shuffle")


@pytest.mark.parametrize("name", QUICK)
def test_a_case_is_judged_right(name: str, tmp_path: Path, interpreter: Path) -> None:
    (case,) = (each for each in read_cases() if each.name == name)
    done = examine(case, tmp_path / "case", interpreter, ("verify", "lint"))
    answer = done.answers["verify"]
    assert answer.caught is answer.cause is not case.clean, answer
    assert list(missed_bars([done], 0.0)) == []
    assert name in "\n".join(by_case([done])) and "verify" in "".join(
        by_detector([done])
    )
    assert not (tmp_path / "case").exists()
